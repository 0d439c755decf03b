namespace Lectern.Host.Languages;

/// <summary>A stretch of a cell: one magic's line, or the lines of one language.</summary>
/// <param name="Magic">The magic's name without <c>#!</c>; null for code.</param>
/// <param name="Language">The language of the code, or the one that a magic stands in.</param>
/// <param name="Text">The code, or what follows the magic on its line.</param>
/// <param name="Line">The number of its first line in the cell, from 0.</param>
internal sealed record CellPart(string? Magic, string Language, string Text, int Line)
{
    /// <summary>Whether there is something to run.</summary>
    public bool IsEmpty => Magic is null && string.IsNullOrWhiteSpace(Text);

    /// <summary>The text behind as many empty lines as stand before it in the cell, so that compilers count right.</summary>
    public string Padded => new string('\n', Line) + Text;

    /// <summary>Divides a cell at the lines that begin with <c>#!</c>.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="languageOf">The language that a magic switches to; null for a magic that switches nothing.</param>
    /// <param name="language">The language that the cell begins in.</param>
    public static IReadOnlyList<CellPart> Of(string code, Func<string, string?> languageOf, string language)
    {
        var parts = new List<CellPart>();
        var lines = code.Split('\n');
        var begin = 0;
        for (var i = 0; i <= lines.Length; i++)
        {
            if (i < lines.Length && !IsMagic(lines[i]))
            {
                continue;
            }
            var text = new CellPart(null, language, string.Join('\n', lines[begin..i]), begin);
            if (!text.IsEmpty)
            {
                parts.Add(text);
            }
            if (i < lines.Length)
            {
                var (name, rest) = MagicOf(lines[i]);
                if (languageOf(name) is { } other)
                {
                    language = other;
                }
                else
                {
                    parts.Add(new CellPart(name, language, rest, i));
                }
            }
            begin = i + 1;
        }
        return parts;
    }

    /// <summary>A magic's name, and what follows it.</summary>
    public static (string Name, string Words) MagicOf(string line)
    {
        var words = line.Trim()[2..].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        return (words.Length == 0 ? "" : words[0].ToLowerInvariant(), words.Length > 1 ? words[1].Trim() : "");
    }

    /// <summary>Whether a line is a magic.</summary>
    public static bool IsMagic(string line) => line.AsSpan().TrimStart().StartsWith("#!", StringComparison.Ordinal);
}
