using System.Diagnostics;
using System.Globalization;
using System.Net;
using Lectern.Host.Engine;
using Lectern.Host.Formatting;

namespace Lectern.Host.Languages;

/// <summary>The magics that are not languages.</summary>
internal sealed class Magics
{
    private readonly Polyglot languages;

    /// <summary>Makes them for a session's languages.</summary>
    public Magics(Polyglot languages)
    {
        this.languages = languages;
        var sharing = new Sharing(languages);
        var importing = new Importing(languages);
        All =
        [
            new("time", "Shows how long the cell took.", (_, _) => { }),
            new("whos", "Lists the variables: name, type and value.", (_, cell) => ShowVariables(cell, withValues: true)),
            new("who", "Lists the names of the variables.", (_, cell) => ShowVariables(cell, withValues: false)),
            new("import FILE", "Runs the code of a notebook (.ipynb) or of a file (.cs, .csx, .fs, .fsx).", importing.Run),
            new("share --from LANGUAGE NAME [--as NAME]", "Takes a variable over from another language.", sharing.Share),
            new("set --value @LANGUAGE:NAME|@input:PROMPT|TEXT --name NAME", "Gives a variable a value; @input and @password ask for it.", sharing.Set),
            new("lsmagic", "Lists the magics.", (_, cell) => ShowHelp(cell)),
            new("help", "Lists the magics.", (_, cell) => ShowHelp(cell)),
            new("about", "Says what runs here.", (_, cell) => cell.Show(About)),
        ];
    }

    /// <summary>The magics.</summary>
    public IReadOnlyList<Magic> All { get; }

    private static string About => string.Create(
        CultureInfo.InvariantCulture,
        $"Lectern {typeof(Magics).Assembly.GetName().Version?.ToString(3)}: C# {typeof(Microsoft.CodeAnalysis.CSharp.CSharpCompilation).Assembly.GetName().Version?.ToString(2)} (Roslyn), .NET {Environment.Version}");

    /// <summary>Looks for magics that do not exist, before anything of the cell is run.</summary>
    /// <exception cref="CellFailure">There is one.</exception>
    public void Check(IEnumerable<CellPart> parts)
    {
        if (parts.FirstOrDefault(part => part.Magic is not null && Find(part.Magic) is null) is { } unknown)
        {
            throw new CellFailure(
                "UnknownMagic",
                $"There is no magic '#!{unknown.Magic}'. Languages: {List(Polyglot.Languages)}. Others: {List(All.Select(m => m.Name))}.");
        }
    }

    /// <summary>Runs one.</summary>
    /// <returns>Nothing: a magic has no value.</returns>
    public object? Run(CellPart part, CellScope cell)
    {
        Find(part.Magic!)!.Run(part.Text, cell);
        return null;
    }

    /// <summary>Where the cell has <c>#!time</c>: shows its time when it is disposed.</summary>
    public IDisposable? TimerOf(IEnumerable<CellPart> parts, CellScope cell) =>
        parts.Any(part => part.Magic == "time") ? new Timer(cell) : null;

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"#!{name}"));

    private Magic? Find(string name) => All.FirstOrDefault(magic => magic.Name == name);

    private void ShowHelp(CellScope cell)
    {
        var rows = Polyglot.Languages.Select(name => ($"#!{name}", $"The lines that follow are {name}."))
            .Concat(All.Select(magic => ($"#!{magic.Usage}", magic.Summary)))
            .Append(("#r \"nuget: NAME, VERSION\"", "Brings a package from NuGet; without a version the newest."))
            .Append(("#r \"FILE.dll\" or #r \"FOLDER\"", "References an assembly, or all of a folder."))
            .Append(("#i \"nuget: SOURCE\"", "Names one more source of packages: an address or a folder."))
            .Append(("#load \"FILE.csx\"", "Runs a file of C# as if it stood here."))
            .ToList();
        ShowTable(cell, ["Magic", "What it does"], [.. rows.Select(row => new[] { row.Item1, row.Item2 })]);
    }

    private void ShowVariables(CellScope cell, bool withValues)
    {
        var rows = languages.VariableTexts()
            .Select(variable => withValues ? new[] { variable.Name, variable.Type, variable.Value } : [variable.Name])
            .ToList();
        if (rows.Count == 0)
        {
            cell.Show("No variables so far.");
            return;
        }
        ShowTable(cell, withValues ? ["Name", "Type", "Value"] : ["Name"], rows);
    }

    private static void ShowTable(CellScope cell, string[] heads, List<string[]> rows)
    {
        var widths = heads.Select((head, i) => rows.Select(row => row[i].Length).Append(head.Length).Max()).ToArray();
        string Line(string[] row) => string.Join("  ", row.Select((text, i) => text.PadRight(widths[i]))).TrimEnd();
        string Html(string[] row, string tag) =>
            $"<tr>{string.Concat(row.Select(text => $"<{tag} style=\"text-align:left\">{WebUtility.HtmlEncode(text)}</{tag}>"))}</tr>";
        cell.Show(
            $"<table><thead>{Html(heads, "th")}</thead><tbody>{string.Concat(rows.Select(row => Html(row, "td")))}</tbody></table>",
            string.Join('\n', rows.Prepend(heads).Select(Line)));
    }

    private sealed class Timer(CellScope cell) : IDisposable
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();

        public void Dispose() => cell.Show(string.Create(
            CultureInfo.InvariantCulture,
            $"Wall time: {(watch.Elapsed.TotalSeconds < 1 ? $"{watch.Elapsed.TotalMilliseconds:0.#} ms" : $"{watch.Elapsed.TotalSeconds:0.00} s")}"));
    }
}
