using System.Net;
using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>Something that a lesson shows: a table, a drawing, a verdict.</summary>
/// <param name="Html">A self-contained fragment of HTML, with everything that came from outside
/// escaped.</param>
/// <param name="Text">The same as aligned plain text.</param>
[TypeFormatterSource(typeof(Formatters))]
public sealed record View(string Html, string Text)
{
    /// <summary>A line of text as a view.</summary>
    /// <param name="text">The text; it is escaped in the HTML form.</param>
    public static View Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new View($"<p>{Escape(text)}</p>", text);
    }

    /// <summary>Views one under the other.</summary>
    /// <param name="views">From top to bottom.</param>
    public static View Stack(params IEnumerable<View> views)
    {
        var all = views.ToList();
        return new View(string.Concat(all.Select(v => v.Html)), string.Join("\n\n", all.Select(v => v.Text)));
    }

    /// <summary>The plain-text form.</summary>
    public override string ToString() => Text;

    internal static string Escape(string? text) => WebUtility.HtmlEncode(text ?? "");
}
