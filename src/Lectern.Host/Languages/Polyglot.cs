using Lectern.Host.Engine;
using Lectern.Host.Formatting;

namespace Lectern.Host.Languages;

/// <summary>A session's languages: runs the parts of a cell, each by the one that it is written in.</summary>
internal sealed class Polyglot
{
    /// <summary>The language in which every cell begins.</summary>
    public const string CSharp = "csharp";

    /// <summary>The other language whose cells compute.</summary>
    public const string FSharp = "fsharp";

    // The names that .NET Interactive accepted, short ones too.
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["csharp"] = CSharp, ["cs"] = CSharp, ["c#"] = CSharp,
        ["fsharp"] = FSharp, ["fs"] = FSharp, ["f#"] = FSharp,
        ["html"] = "html", ["markdown"] = "markdown", ["md"] = "markdown", ["mermaid"] = "mermaid",
        ["javascript"] = "javascript", ["js"] = "javascript",
    };

    private readonly Dictionary<string, string> sources = [];
    private FSharpLanguage? fsharp;

    /// <summary>Begins without variables; F# is loaded when the first cell asks for it.</summary>
    /// <param name="folder">Where relative paths start.</param>
    public Polyglot(string folder)
    {
        Folder = folder;
        Main = new CSharpLanguage(folder, sources);
        Packages = new Packages(this);
        Magics = new Magics(this);
    }

    /// <summary>The languages that a magic switches to, by their full names.</summary>
    public static IEnumerable<string> Languages => Switches.Values.Distinct();

    /// <summary>Where relative paths start.</summary>
    public string Folder { get; }

    /// <summary>C#.</summary>
    public CSharpLanguage Main { get; }

    /// <summary>F#, loaded now if it was not.</summary>
    public FSharpLanguage Other => fsharp ??= new FSharpLanguage(Folder, sources, Packages.References);

    /// <summary>What <c>#r "nuget: …"</c> has brought.</summary>
    public Packages Packages { get; }

    /// <summary>The magics that are not languages.</summary>
    public Magics Magics { get; }

    /// <summary>The languages that have been used.</summary>
    public IEnumerable<ILanguage> Started => fsharp is not null ? [Main, fsharp] : [Main];

    /// <summary>Divides a cell.</summary>
    public static IReadOnlyList<CellPart> Divide(string code, string language = CSharp) =>
        CellPart.Of(code, Switches.GetValueOrDefault, Switches.GetValueOrDefault(language, language));

    /// <summary>The language of the lines after a magic's.</summary>
    public static string LanguageAfter(string magic, string language) =>
        Switches.GetValueOrDefault(CellPart.MagicOf(magic).Name) ?? language;

    /// <summary>A language by the name that a magic has for it.</summary>
    /// <exception cref="CellFailure">No language of that name computes here.</exception>
    public ILanguage Named(string name) => Switches.GetValueOrDefault(name.ToLowerInvariant()) switch
    {
        CSharp => Main,
        FSharp => Other,
        _ => throw new CellFailure("UnknownLanguage", $"'{name}' holds no variables here; {CSharp} and {FSharp} do."),
    };

    /// <summary>Runs a cell on the session's thread.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="cell">Its number and outputs.</param>
    /// <param name="language">The language that it begins in.</param>
    /// <returns>The value of its last expression, or null.</returns>
    /// <exception cref="CellFailure">A part of it failed; those before it have had their effect.</exception>
    public object? Run(string code, CellScope cell, string language = CSharp)
    {
        sources[cell.File] = code;
        object? value = null;
        var parts = Divide(code, language);
        Magics.Check(parts);
        using var timer = Magics.TimerOf(parts, cell);
        foreach (var part in parts)
        {
            cell.Language = part.Language;
            value = part.Magic is null ? Run(part, cell) : Magics.Run(part, cell);
        }
        return value;
    }

    /// <summary>All variables, by name, on the session's thread: putting a value into words runs the reader's code.</summary>
    public IReadOnlyList<VariableText> VariableTexts() =>
    [
        .. Started.SelectMany(language => language.Variables)
            .OrderBy(variable => variable.Name, StringComparer.Ordinal)
            .Select(VariableText.Of),
    ];

    /// <summary>What an exception says, with the cells and lines that it passed.</summary>
    public CellError Describe(Exception fault) => ErrorReport.Of(fault, sources);

    private object? Run(CellPart part, CellScope cell)
    {
        switch (part.Language)
        {
            case CSharp or FSharp:
                var code = Packages.Take(part.Padded, cell);
                return string.IsNullOrWhiteSpace(code) ? null : Named(part.Language).Run(code, cell);
            case "html":
                cell.Show(new MimeBundle().With("text/html", part.Text));
                return null;
            case "javascript":
                cell.Show(new MimeBundle().With("text/html", Markup.Script(part.Text)));
                return null;
            case "markdown":
                cell.Show(new MimeBundle().With("text/markdown", part.Text));
                return null;
            case "mermaid":
                cell.Show(Markup.Mermaid(part.Text));
                return null;
            default:
                throw new CellFailure(
                    "UnknownLanguage", $"Lectern has no language '{part.Language}'; it has {string.Join(", ", Languages)}.");
        }
    }
}
