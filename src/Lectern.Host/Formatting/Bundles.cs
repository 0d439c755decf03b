using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Host.Engine;
using Lectern.Host.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

namespace Lectern.Host.Formatting;

/// <summary>Puts a value into the forms in which a notebook can show it.</summary>
internal static class Bundles
{
    // A page with more text than this in one place scrolls no more. Console.Write has no bound.
    private const int Characters = 100_000;

    /// <summary>A value's forms.</summary>
    /// <param name="value">Any value, also null.</param>
    /// <param name="mimeTypes">The forms wanted; those that suit the value where none is named.</param>
    public static MimeBundle Of(object? value, IReadOnlyCollection<string> mimeTypes)
    {
        if (value is Kernel.Preformatted ready)
        {
            return new MimeBundle().With(ready.MimeType, Content(ready.Content, ready.MimeType));
        }
        if (mimeTypes.Count > 0)
        {
            return Join(value, mimeTypes);
        }
        return value switch
        {
            null => new MimeBundle().With("text/plain", "null"),
            string text => new MimeBundle().With("text/plain", LongText.Cut(text, Characters)),
            IEnumerable items when RecordTable.Of(items) is { } table =>
                new MimeBundle().With("text/html", table.Html).With("text/plain", table.Text),
            _ => Join(value, [.. Formatter.GetPreferredMimeTypesFor(value.GetType()), "text/plain"]),
        };
    }

    private static MimeBundle Join(object? value, IReadOnlyCollection<string> mimeTypes)
    {
        var bundle = new MimeBundle();
        foreach (var mimeType in mimeTypes.Distinct())
        {
            var content = value.ToDisplayString(mimeType);
            if (mimeType == "text/html")
            {
                content = WithoutStyle(content);
                // What is only its plain text between tags gains nothing from them, and costs every reader of the file.
                if (mimeTypes.Count > 1 && content.StartsWith("<div class=\"dni-plaintext\">", StringComparison.Ordinal)
                    && content.IndexOf("</div>", StringComparison.Ordinal) == content.Length - "</div>".Length)
                {
                    continue;
                }
            }
            bundle.With(mimeType, Content(mimeType == "text/plain" ? LongText.Cut(content, Characters) : content, mimeType));
        }
        return bundle;
    }

    // The formatting package ends each of its fragments with one and the same style sheet; the pages have it once.
    private static string WithoutStyle(string html)
    {
        var start = html.LastIndexOf("<style>\n.dni-code-hint", StringComparison.Ordinal);
        start = start < 0 ? html.LastIndexOf("<style>\r\n.dni-code-hint", StringComparison.Ordinal) : start;
        return start < 0 || !html.EndsWith("</style>", StringComparison.Ordinal) ? html : html[..start];
    }

    private static JsonNode Content(string content, string mimeType)
    {
        if (mimeType.EndsWith("json", StringComparison.Ordinal))
        {
            try
            {
                return JsonNode.Parse(content) ?? JsonValue.Create(content);
            }
            catch (JsonException)
            {
                // Text all the same: the reader sees what was written, and can see what is wrong with it.
            }
        }
        return JsonValue.Create(content);
    }
}
