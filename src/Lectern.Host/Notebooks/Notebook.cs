using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lectern.Host.Notebooks;

/// <summary>A notebook of nbformat 4, read and written so that what was not changed stays byte for byte.</summary>
internal sealed class Notebook
{
    private readonly JsonObject json;
    private readonly string indent;
    private readonly bool endsWithLineBreak;
    private readonly List<Cell> cells;

    private Notebook(JsonObject json, string indent, bool endsWithLineBreak)
    {
        this.json = json;
        this.indent = indent;
        this.endsWithLineBreak = endsWithLineBreak;
        cells = [.. ((JsonArray)json["cells"]!).Select(c => new Cell((JsonObject)c!))];
    }

    /// <summary>The kernel's name in every notebook of the kit; it is the one that .NET Interactive used.</summary>
    public const string KernelName = ".net-csharp";

    /// <summary>The kernel's name as a reader sees it.</summary>
    public const string KernelDisplayName = "C# (Lectern)";

    /// <summary>The cells in order.</summary>
    public IReadOnlyList<Cell> Cells => cells;

    /// <summary>Whether the file had names for its cells; otherwise they were given by place and text.</summary>
    public bool HadIds { get; private set; } = true;

    /// <summary>The notebook's metadata.</summary>
    public JsonObject Metadata => (JsonObject)json["metadata"]!;

    /// <summary>The first heading of level 1 in the Markdown, or null.</summary>
    public string? Title => cells.Where(c => c.Kind == CellKind.Markdown)
        .SelectMany(c => c.Source.Split('\n'))
        .FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim();

    /// <summary>An empty notebook of nbformat 4.5 for the kit's kernel.</summary>
    public static Notebook Create() => new(
        new JsonObject
        {
            ["cells"] = new JsonArray(),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject
                {
                    ["display_name"] = KernelDisplayName,
                    ["language"] = "C#",
                    ["name"] = KernelName,
                },
                ["language_info"] = new JsonObject
                {
                    ["file_extension"] = ".cs",
                    ["mimetype"] = "text/x-csharp",
                    ["name"] = "C#",
                    ["pygments_lexer"] = "csharp",
                },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        },
        " ",
        endsWithLineBreak: true);

    /// <summary>Reads a notebook.</summary>
    /// <param name="path">The <c>.ipynb</c> file.</param>
    /// <exception cref="FormatException">The file is no notebook of nbformat 4.</exception>
    public static Notebook Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (FormatException fault)
        {
            throw new FormatException($"{path}: {fault.Message}", fault);
        }
    }

    /// <summary>Reads a notebook from its text.</summary>
    /// <param name="text">The JSON of a notebook.</param>
    /// <exception cref="FormatException">The text is no notebook of nbformat 4.</exception>
    public static Notebook Parse(string text)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"Not JSON: {fault.Message}", fault);
        }
        if (root is not JsonObject json || json["cells"] is not JsonArray cells || cells.Any(c => c is not JsonObject))
        {
            throw new FormatException("Not a notebook: expected an object with a list of cells. Was it saved by Jupyter 4 or later?");
        }
        if (json["nbformat"] is not JsonValue format || format.ToJsonString() != "4")
        {
            throw new FormatException("Expected nbformat 4. Open and save it in a current Jupyter, which converts it.");
        }
        json["metadata"] ??= new JsonObject();
        var notebook = new Notebook(json, IndentOf(text), text.EndsWith('\n'));
        notebook.GiveIds();
        return notebook;
    }

    /// <summary>Adds a cell at the end.</summary>
    /// <param name="cell">A cell that stands in no other notebook.</param>
    /// <returns>This notebook.</returns>
    public Notebook Add(Cell cell)
    {
        ((JsonArray)json["cells"]!).Add(cell.Json);
        cells.Add(cell);
        return this;
    }

    /// <summary>The notebook's text, as <see cref="Write"/> saves it.</summary>
    public override string ToString() => NotebookJson.Write(json, indent) + (endsWithLineBreak ? "\n" : "");

    /// <summary>Saves the notebook; the file is either the old one or the new one, never half of one.</summary>
    /// <param name="path">Where to; its folder is made if it is not there.</param>
    public void Write(string path)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var partial = $"{full}.{Environment.ProcessId}.partial";
        File.WriteAllText(partial, ToString(), new UTF8Encoding(false));
        File.Move(partial, full, overwrite: true);
    }

    private static string IndentOf(string text)
    {
        var open = text.IndexOf('\n');
        var end = open + 1;
        while (end < text.Length && text[end] is ' ' or '\t')
        {
            end++;
        }
        return open < 0 || end == open + 1 ? " " : text[(open + 1)..end];
    }

    // Ids came with nbformat 4.5. Older files get ones that depend on place and text alone, so that two runs agree.
    private void GiveIds()
    {
        if (cells.All(c => c.Id.Length > 0))
        {
            return;
        }
        HadIds = cells.Any(c => c.Id.Length > 0);
        json["nbformat_minor"] = Math.Max(5, json["nbformat_minor"] is JsonValue minor ? (int)minor : 0);
        for (var i = 0; i < cells.Count; i++)
        {
            if (cells[i].Id.Length == 0)
            {
                var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{i}\n{cells[i].Source}"));
                cells[i].Json["id"] = Convert.ToHexStringLower(hash)[..8];
            }
        }
    }
}
