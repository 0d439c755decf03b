using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Lectern.Host.Languages;

/// <summary>The documentation of a member, read from its XML.</summary>
/// <param name="Summary">What it is or does.</param>
/// <param name="Parts">The rest, such as parameters and exceptions: a heading, then each name with its text.</param>
internal sealed partial record DocComment(string Summary, IReadOnlyList<(string Heading, string Name, string Text)> Parts)
{
    /// <summary>The heading above what is said of each parameter.</summary>
    public const string ParametersHeading = "Parameters";

    private static readonly (string Tag, string Heading, string? Attribute)[] Sections =
    [
        ("typeparam", "Type parameters", "name"), ("param", ParametersHeading, "name"), ("returns", "Returns", null),
        ("value", "Value", null), ("exception", "Exceptions", "cref"), ("remarks", "Remarks", null),
    ];

    /// <summary>Reads a comment; null where it says nothing.</summary>
    public static DocComment? Of(string? xml)
    {
        if (string.IsNullOrWhiteSpace(xml))
        {
            return null;
        }
        XElement root;
        try
        {
            root = XElement.Parse($"<doc>{xml}</doc>", LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
        var parts = Sections.SelectMany(section => root.Descendants(section.Tag).Select(element => (
            section.Heading,
            section.Attribute is null ? "" : NameOf((string?)element.Attribute(section.Attribute) ?? ""),
            TextOf(element)))).Where(part => part.Item3.Length > 0).ToList();
        var summary = root.Descendants("summary").FirstOrDefault() is { } first ? TextOf(first) : "";
        return summary.Length == 0 && parts.Count == 0 ? null : new DocComment(summary, parts);
    }

    /// <summary>The comment as plain text.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Summary);
        foreach (var section in Parts.GroupBy(part => part.Heading))
        {
            text.Append($"\n\n{section.Key}:");
            foreach (var (_, name, words) in section)
            {
                text.Append($"\n    {(name.Length > 0 ? name + ": " : "")}{words.Replace("\n", "\n    ", StringComparison.Ordinal)}");
            }
        }
        return text.ToString().Trim();
    }

    /// <summary>The comment as HTML.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<p>{Paragraphs(Summary)}</p>");
        foreach (var section in Parts.GroupBy(part => part.Heading))
        {
            html.Append($"<p><b>{section.Key}</b></p><ul>");
            foreach (var (_, name, words) in section)
            {
                html.Append($"<li>{(name.Length > 0 ? $"<code>{WebUtility.HtmlEncode(name)}</code>: " : "")}{Paragraphs(words)}</li>");
            }
            html.Append("</ul>");
        }
        return html.ToString();
    }

    private static string Paragraphs(string text) => WebUtility.HtmlEncode(text).Replace("\n", "<br>", StringComparison.Ordinal);

    private static string TextOf(XElement element)
    {
        var text = new StringBuilder();
        Append(element, text);
        var lines = text.ToString().Split('\n').Select(line => Blanks().Replace(line, " ").Trim()).Where(line => line.Length > 0);
        return string.Join('\n', lines);
    }

    // Only paragraphs and code break lines: the breaks in the file are those of its author's editor.
    private static void Append(XElement element, StringBuilder text)
    {
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText words:
                    text.Append(words.Value.ReplaceLineEndings(" "));
                    break;
                case XElement { Name.LocalName: "see" or "seealso" } see when see.IsEmpty:
                    text.Append(NameOf((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? (string?)see.Attribute("href") ?? ""));
                    break;
                case XElement { Name.LocalName: "paramref" or "typeparamref" } reference:
                    text.Append((string?)reference.Attribute("name"));
                    break;
                case XElement { Name.LocalName: "para" or "item" or "br" or "code" } block:
                    text.Append('\n');
                    if (block.Name == "code")
                    {
                        text.Append(block.Value.Trim('\r', '\n'));
                    }
                    else
                    {
                        Append(block, text);
                    }
                    text.Append('\n');
                    break;
                case XElement other:
                    Append(other, text);
                    break;
            }
        }
    }

    // M:System.Math.Abs(System.Int32) is Math.Abs to a reader.
    private static string NameOf(string cref)
    {
        if (cref.Length < 2 || cref[1] != ':')
        {
            return cref;
        }
        var path = Arity().Replace(cref[2..].Split('(')[0], "").Split('.');
        return cref[0] is 'T' or 'N' || path.Length < 2 ? path[^1] : $"{path[^2]}.{path[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();
}
