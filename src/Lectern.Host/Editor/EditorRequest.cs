using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Host.Jupyter;
using Lectern.Host.Languages;

namespace Lectern.Host.Editor;

/// <summary>A line from an editor: <c>{"id":…,"type":…,"content":{…}}</c>.</summary>
/// <param name="Id">What its reply names; 0 where it has none.</param>
/// <param name="Type">What is asked.</param>
/// <param name="Content">Its arguments.</param>
internal sealed record EditorRequest(long Id, string Type, JsonObject Content)
{
    /// <summary>The cell that a question is about, with those above it.</summary>
    public Draft Draft => new(
        Content.Text("code") ?? throw new FormatException($"'{Type}' needs the cell's text as 'code'."),
        [.. (Content["before"] as JsonArray ?? []).Select(text => (string?)text ?? "")]);

    /// <summary>The place in the cell, in UTF-16 units.</summary>
    public int At => Content.Number("at") ?? throw new FormatException($"'{Type}' needs a place in the cell as 'at'.");

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It is no request.</exception>
    public static EditorRequest Read(string line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json && json.Text("type") is { Length: > 0 } type
                ? new EditorRequest(json["id"] is JsonValue id && id.TryGetValue<long>(out var number) ? number : 0, type, json["content"] as JsonObject ?? [])
                : throw new FormatException("A line is a JSON object with 'id', 'type' and 'content'.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"A line is a JSON object with 'id', 'type' and 'content'; this one is no JSON ({fault.Message.TrimEnd('.')}).", fault);
        }
    }
}
