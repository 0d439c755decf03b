using System.Globalization;

namespace Lectern.Lessons;

public static partial class Show
{
    /// <summary>The library's own lines, to stand beside the mathematics.</summary>
    /// <param name="path">The file within the library, such as <c>Papers/Theory/OverSmoothing.cs</c>.</param>
    /// <param name="member">A type, method, property or field of it; the whole file where none is
    /// given.</param>
    /// <returns>The lines with their numbers in the file.</returns>
    /// <exception cref="FileNotFoundException">The kit has no such file.</exception>
    /// <exception cref="ArgumentException">The file declares no such member.</exception>
    public static View Code(string path, string? member = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Source(path);
        var (first, lines) = member is null
            ? (0, source.TrimEnd().Split('\n'))
            : SourceText.Find(source, member)
                ?? throw new ArgumentException($"{path} declares no '{member}'.", nameof(member));
        var width = (first + lines.Length).ToString(CultureInfo.InvariantCulture).Length;
        string Number(int i) => (first + i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(width);
        var text = string.Join("\n", lines.Select((line, i) => $"{Number(i)}  {line}".TrimEnd()));
        var html = string.Join("\n",
            lines.Select((line, i) => $"<span style=\"opacity:.65\">{Number(i)}</span>  {Colour(line)}"));
        return new View(
            $"<div style=\"margin:8px 0\"><div style=\"font-size:12px;opacity:.7\">src/Lectern/{View.Escape(path)}</div>" +
            $"<pre style=\"margin:2px 0;padding:8px 10px;border:{HtmlTable.Border};border-radius:4px;overflow-x:auto;" +
            $"font-size:13px;line-height:1.45\">{html}</pre></div>",
            $"src/Lectern/{path}\n{text}");
    }

    // The paper-facing sources travel inside the assembly under their paths.
    private static string Source(string path)
    {
        var kit = typeof(Show).Assembly;
        using var stream = kit.GetManifestResourceStream("source/" + path);
        if (stream is null)
        {
            var known = kit.GetManifestResourceNames()
                .Where(name => name.StartsWith("source/", StringComparison.Ordinal))
                .Select(name => name["source/".Length..]).Order(StringComparer.Ordinal);
            throw new FileNotFoundException(
                $"The kit carries no source '{path}'. It has: {string.Join(", ", known)}.", path);
        }
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    // Comments stand back from code; nothing else is coloured. No one green is dark enough on white and bright enough on
    // black: it takes some of the text's own colour, and older browsers keep the first.
    private const string Comment = "color:#4C8C6B;color:color-mix(in srgb, currentColor 30%, #2E9E6B)";

    private static string Colour(string line)
    {
        var code = SourceText.Blank(line).TrimEnd().Length;
        var comment = line.IndexOf("//", Math.Min(code, line.Length), StringComparison.Ordinal);
        if (comment < 0) return View.Escape(line);
        return View.Escape(line[..comment]) +
            $"<span style=\"{Comment}\">{View.Escape(line[comment..])}</span>";
    }
}
