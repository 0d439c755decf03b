namespace Lectern.Host.Languages;

/// <summary>A cell as its C# compiler sees it: what is in other languages is blank, so that places stay the same.</summary>
/// <param name="Language">The language at the place that was asked for; empty on a magic's line.</param>
/// <param name="Code">The C# of the cell.</param>
internal sealed record MaskedCell(string Language, string Code)
{
    /// <summary>Masks a cell.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="position">The place whose language is wanted.</param>
    public static MaskedCell Of(string code, int position)
    {
        var lines = code.Split('\n');
        var blank = lines.Select(line => new string(' ', line.Length)).ToArray();
        var languages = new string[lines.Length];
        var language = Polyglot.CSharp;
        for (var i = 0; i < lines.Length; i++)
        {
            if (CellPart.IsMagic(lines[i]))
            {
                language = Polyglot.LanguageAfter(lines[i], language);
                languages[i] = "";
            }
            else
            {
                languages[i] = language;
            }
        }
        var at = code.AsSpan(0, position).Count('\n');
        return new MaskedCell(
            languages[at],
            string.Join('\n', lines.Select((line, i) => languages[i] == Polyglot.CSharp ? line : blank[i])));
    }
}
