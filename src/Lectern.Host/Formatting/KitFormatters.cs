using System.Net;
using Lectern.Charts;
using Lectern.Graphs;
using Lectern.Lessons;
using Microsoft.DotNet.Interactive.Formatting;

namespace Lectern.Host.Formatting;

/// <summary>How the kit's own types show themselves.</summary>
internal static class KitFormatters
{
    private static readonly Lock Gate = new();
    private static bool registered;

    /// <summary>Registers the formatters, once for the process.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (registered)
            {
                return;
            }
            registered = true;
            Show<View>(view => view.Html, view => view.Text);
            Show<CheckResult>(result => result.ToView().Html, result => result.ToString());
            Show<Headline>(HeadlineHtml, headline => headline.ToString());
            Show<TorchSharp.torch.Tensor>(TensorFormatter.Html, TensorFormatter.Text);
            Show<Graph>(GraphFormatter.Html, GraphFormatter.Text);
            Show<Exception>(fault => $"<pre>{WebUtility.HtmlEncode(ExceptionText(fault))}</pre>", ExceptionText);

            Formatter.SetPreferredMimeTypesFor(typeof(Figure), Figure.MimeType, "text/html", "text/plain");
            Formatter.Register<Figure>((figure, writer) => writer.Write(figure.ToJson()), Figure.MimeType);
            Formatter.Register<Figure>((figure, writer) => writer.Write(figure.ToHtml()), "text/html");
            Formatter.Register<Figure>((figure, writer) => writer.Write(figure.ToString()), "text/plain");
        }
    }

    private static void Show<T>(Func<T, string> html, Func<T, string> text)
    {
        Formatter.SetPreferredMimeTypesFor(typeof(T), "text/html", "text/plain");
        Formatter.Register<T>((value, writer) => writer.Write(html(value)), "text/html");
        Formatter.Register<T>((value, writer) => writer.Write(text(value)), "text/plain");
    }

    // With what caused it, since wrappers such as AggregateException say little themselves.
    private static string ExceptionText(Exception fault)
    {
        var lines = new List<string>();
        for (var at = fault; at is not null && lines.Count < 10; at = at.InnerException)
        {
            lines.Add($"{(lines.Count == 0 ? "" : "because of ")}{at.GetType().FullName}: {LongText.Cut(LongText.Plain(at.Message), 2_000)}");
        }
        return string.Join("\n", lines);
    }

    private static string HeadlineHtml(Headline headline)
    {
        var text = headline.ToString();
        var number = text[(headline.Label.Length + 2)..];
        return $"<div class=\"lectern-headline\" style=\"border-left:4px solid #0072B2;padding:4px 10px;margin:4px 0\">" +
            $"{WebUtility.HtmlEncode(headline.Label)}: <b>{WebUtility.HtmlEncode(number)}</b></div>";
    }
}
