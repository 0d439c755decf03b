using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lectern.Host.Notebooks;

/// <summary>One cell of a notebook: a view on its JSON, so that what the kit does not know stays as it was.</summary>
internal sealed class Cell
{
    /// <summary>Wraps the JSON of a cell.</summary>
    /// <param name="json">The cell's object in the notebook.</param>
    public Cell(JsonObject json)
    {
        Json = json;
    }

    /// <summary>The cell as it stands in the file.</summary>
    public JsonObject Json { get; }

    /// <summary>What the cell holds.</summary>
    public CellKind Kind => (string?)Json["cell_type"] switch
    {
        "code" => CellKind.Code,
        "markdown" => CellKind.Markdown,
        _ => CellKind.Raw,
    };

    /// <summary>The cell's stable name within its notebook; empty where the file gives none.</summary>
    public string Id => (string?)Json["id"] ?? "";

    /// <summary>The cell's text.</summary>
    public string Source
    {
        get => NotebookJson.Text(Json["source"]);
        set => Json["source"] = NotebookJson.Lines(value);
    }

    /// <summary>The tags in the cell's metadata, such as <c>exercise</c>.</summary>
    public IReadOnlyList<string> Tags =>
        Json["metadata"] is JsonObject metadata && metadata["tags"] is JsonArray tags ? [.. tags.Select(NotebookJson.Text)] : [];

    /// <summary>The outputs of a code cell, in nbformat's JSON; empty for other cells.</summary>
    public JsonArray Outputs
    {
        get => Json["outputs"] as JsonArray ?? [];
        set => Json["outputs"] = value;
    }

    /// <summary>The place of the cell in the order of execution, from 1; null before it is run.</summary>
    public int? ExecutionCount
    {
        get => Json["execution_count"] is JsonValue count && count.GetValueKind() == JsonValueKind.Number ? (int)count : null;
        set => Json["execution_count"] = value;
    }

    /// <summary>A new code cell without outputs.</summary>
    /// <param name="id">Its stable name: up to 64 letters, digits, - and _.</param>
    /// <param name="source">Its code.</param>
    /// <param name="tags">Tags for its metadata.</param>
    public static Cell Code(string id, string source, params string[] tags) => new(new JsonObject
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = tags.Length == 0 ? [] : new JsonObject { ["tags"] = new JsonArray([.. tags.Select(t => JsonValue.Create(t))]) },
        ["outputs"] = new JsonArray(),
        ["source"] = NotebookJson.Lines(source),
    });

    /// <summary>A new Markdown cell.</summary>
    /// <param name="id">Its stable name: up to 64 letters, digits, - and _.</param>
    /// <param name="source">Its text.</param>
    public static Cell Markdown(string id, string source) => new(new JsonObject
    {
        ["cell_type"] = "markdown",
        ["id"] = id,
        ["metadata"] = new JsonObject(),
        ["source"] = NotebookJson.Lines(source),
    });
}
