using System.Text.Json.Nodes;
using Lectern.Host.Engine;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Tests.Engine;

/// <summary>A session with the outputs of each cell that it ran.</summary>
internal sealed class Cells(string? folder = null) : IDisposable
{
    private readonly Dictionary<string, JsonObject> displays = [];

    public Session Session { get; } = new(folder ?? Path.GetTempPath());

    public List<CellOutputs> Outputs { get; } = [];

    public JsonArray Last => Outputs[^1].ToJson();

    public Task<CellResult> Run(string code, TimeSpan? limit = null, CancellationToken interrupt = default)
    {
        Outputs.Add(new CellOutputs(displays));
        return Session.ExecuteAsync(code, Outputs[^1], limit ?? TimeSpan.FromSeconds(60), interrupt);
    }

    /// <summary>The plain text of everything that the last cell has shown, in order.</summary>
    public string Plain => string.Concat(Last.Select(o => o!["text"] is { } stream
        ? NotebookJson.Text(stream)
        : NotebookJson.Text(o["data"]?["text/plain"] ?? o["data"]?.AsObject().First().Value) + "\n"));

    public string Text(string member, string mimeType) => NotebookJson.Text(Last[0]![member]![mimeType]);

    public void Dispose() => Session.Dispose();
}
