using Lectern.Host.Engine;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Languages;

/// <summary><c>#!import</c>: runs what another file holds, as if it stood here.</summary>
internal sealed class Importing(Polyglot languages)
{
    private readonly HashSet<string> open = [];

    /// <summary>Runs a notebook's code cells, or a file of code.</summary>
    public void Run(string line, CellScope cell)
    {
        var name = line.Trim().Trim('"');
        var path = Path.GetFullPath(name.Replace('\\', Path.DirectorySeparatorChar), languages.Folder);
        if (!File.Exists(path))
        {
            throw new CellFailure(
                "FileNotFound", $"#!import: there is no file '{name}' (relative paths start at the notebook's folder, {languages.Folder}).");
        }
        if (!open.Add(path))
        {
            throw new CellFailure("ImportsItself", $"#!import: '{name}' imports itself.");
        }
        try
        {
            foreach (var (code, language, place) in PartsOf(path, name))
            {
                languages.Run(code, new CellScope(cell, place), language);
            }
        }
        finally
        {
            open.Remove(path);
        }
    }

    private static IEnumerable<(string Code, string Language, string Place)> PartsOf(string path, string name)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".ipynb":
                var cells = ReadNotebook(path).Cells.Where(c => c.Kind == CellKind.Code && !string.IsNullOrWhiteSpace(c.Source));
                return cells.Select((c, i) => (c.Source, LanguageOf(c), $"{Path.GetFileName(name)}, cell {i + 1}"));
            case ".cs" or ".csx":
                return [(File.ReadAllText(path), Polyglot.CSharp, Path.GetFileName(name))];
            case ".fs" or ".fsx":
                return [(File.ReadAllText(path), Polyglot.FSharp, Path.GetFileName(name))];
            default:
                throw new CellFailure("UnknownFileType", $"#!import: '{name}' is none of .ipynb, .cs, .csx, .fs, .fsx.");
        }
    }

    private static Notebook ReadNotebook(string path)
    {
        try
        {
            return Notebook.Read(path);
        }
        catch (FormatException fault)
        {
            throw new CellFailure("BadNotebook", $"#!import: {fault.Message}");
        }
    }

    // Polyglot Notebooks kept a cell's language beside it, not in it.
    private static string LanguageOf(Cell cell) =>
        (string?)cell.Json["metadata"]?["polyglot_notebook"]?["kernelName"]
        ?? (string?)cell.Json["metadata"]?["dotnet_interactive"]?["language"]
        ?? Polyglot.CSharp;
}
