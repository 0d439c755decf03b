using System.IO.Enumeration;
using System.Text.Json.Nodes;

namespace Lectern.Host.Jupyter;

/// <summary>The cells that this kernel has run. It keeps no history beyond its own life.</summary>
internal sealed class History
{
    // The number of this kernel's session; those before it are not kept.
    private const int Session = 1;
    private const int Kept = 10_000;
    private const int LongestOutput = 10_000;

    private readonly List<(int Number, string Code, string? Output)> cells = [];

    /// <summary>Adds a cell that was run.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="code">Its code.</param>
    /// <param name="output">Its value as text; null where it had none.</param>
    public void Add(int number, string code, string? output)
    {
        cells.Add((number, code, output is { Length: > LongestOutput } ? output[..LongestOutput] : output));
        if (cells.Count > Kept)
        {
            cells.RemoveRange(0, Kept / 10);
        }
    }

    /// <summary>The answer to a <c>history_request</c>: its content's <c>history</c>.</summary>
    /// <param name="asked">The request's content.</param>
    public JsonArray Answer(JsonObject asked)
    {
        var some = asked.Text("hist_access_type") switch
        {
            "range" => Range(asked.Number("session") ?? 0, asked.Number("start") ?? 0, asked.Number("stop")),
            "search" => Search(asked.Text("pattern") ?? "*", asked.Flag("unique"), asked.Number("n")),
            _ => cells.TakeLast(asked.Number("n") ?? cells.Count),
        };
        var withOutput = asked.Flag("output");
        return new JsonArray([.. some.Select(cell => new JsonArray(
            Session, cell.Number, withOutput ? new JsonArray(cell.Code, cell.Output) : JsonValue.Create(cell.Code)))]);
    }

    private IEnumerable<(int Number, string Code, string? Output)> Range(int session, int start, int? stop) =>
        session is 0 or Session ? cells.Where(cell => cell.Number >= start && (stop is null || cell.Number < stop)) : [];

    private IEnumerable<(int Number, string Code, string? Output)> Search(string pattern, bool unique, int? n)
    {
        var found = cells.Where(cell => FileSystemName.MatchesSimpleExpression(pattern, cell.Code, ignoreCase: false));
        if (unique)
        {
            // The last of those that are alike.
            found = found.Reverse().DistinctBy(cell => cell.Code).Reverse();
        }
        return n is { } most ? found.TakeLast(most) : found;
    }
}
