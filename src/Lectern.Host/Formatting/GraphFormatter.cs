using System.Globalization;
using System.Text;
using Lectern.Charts;
using Lectern.Graphs;

namespace Lectern.Host.Formatting;

/// <summary>A graph as its numbers, and a small drawing of it where it is small enough to be told apart.</summary>
internal static class GraphFormatter
{
    // Beyond these a drawing of this size is a ball of wool, and takes longer than a cell should.
    private const int DrawnNodes = 120;
    private const int DrawnEdges = 600;
    private const double Side = 260;
    private const double Margin = 12;

    /// <summary>The graph for a page.</summary>
    public static string Html(Graph graph)
    {
        var html = new StringBuilder($"<div><code>{Text(graph)}</code></div>");
        if (graph.Nodes is 0 or > DrawnNodes || graph.Edges > DrawnEdges)
        {
            return html.ToString();
        }
        var edges = IsUndirected(graph) ? [.. graph.Pairs().Distinct()] : graph.Sources.Zip(graph.Targets).ToList();
        var places = Spread(GraphLayout.Spring(graph.Nodes, edges));
        html.Append(CultureInfo.InvariantCulture, $"<svg width=\"{Side}\" height=\"{Side}\" role=\"img\" aria-label=\"the graph, drawn\">");
        var radius = Math.Clamp(40 / Math.Sqrt(graph.Nodes), 3, 8);
        foreach (var (source, target) in edges)
        {
            var (from, to) = (places[source], places[target]);
            html.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{from.X:0.#}\" y1=\"{from.Y:0.#}\" x2=\"{to.X:0.#}\" y2=\"{to.Y:0.#}\" stroke=\"#888888\" stroke-width=\"1\"/>");
            if (!IsUndirected(graph) && source != target)
            {
                html.Append(Head(from, to, radius));
            }
        }
        for (var node = 0; node < graph.Nodes; node++)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{places[node].X:0.#}\" cy=\"{places[node].Y:0.#}\" r=\"{radius:0.#}\" fill=\"{Theme.Colour(0)}\"><title>{node}</title></circle>");
        }
        return html.Append("</svg>").ToString();
    }

    /// <summary>The graph on one line.</summary>
    public static string Text(Graph graph)
    {
        var loops = graph.Sources.Zip(graph.Targets).Count(e => e.First == e.Second);
        var undirected = IsUndirected(graph);
        var edges = undirected ? ((graph.Edges - loops) / 2) + loops : graph.Edges;
        var kind = graph.Edges == 0 ? "" : undirected ? ", each edge both ways" : ", directed";
        return string.Create(CultureInfo.InvariantCulture,
            $"graph: {graph.Nodes:#,0} nodes, {edges:#,0} edges{kind}{(loops > 0 ? $", {loops:#,0} of them loops" : "")}{(graph.Weights is null ? "" : ", weighted")}");
    }

    private static bool IsUndirected(Graph graph)
    {
        var reversed = graph.Adjacency.Transpose();
        return graph.Adjacency.RowPointers.AsSpan().SequenceEqual(reversed.RowPointers)
            && graph.Sources.AsSpan().SequenceEqual(reversed.ColumnIndices);
    }

    // The layout's box, whatever its sides, over the whole picture.
    private static (double X, double Y)[] Spread(IReadOnlyList<(double X, double Y)> places)
    {
        double Fit(double value, double low, double high) =>
            high - low < 1e-9 ? Side / 2 : Margin + ((value - low) / (high - low) * (Side - (2 * Margin)));
        var (left, right) = (places.Min(p => p.X), places.Max(p => p.X));
        var (bottom, top) = (places.Min(p => p.Y), places.Max(p => p.Y));
        return [.. places.Select(p => (Fit(p.X, left, right), Side - Fit(p.Y, bottom, top)))];
    }

    private static string Head((double X, double Y) from, (double X, double Y) to, double radius)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = Math.Max(1e-9, Math.Sqrt((dx * dx) + (dy * dy)));
        (dx, dy) = (dx / length, dy / length);
        var (x, y) = (to.X - (radius * dx), to.Y - (radius * dy));
        return string.Create(CultureInfo.InvariantCulture,
            $"<polygon points=\"{x:0.#},{y:0.#} {x - (7 * dx) + (3 * dy):0.#},{y - (7 * dy) - (3 * dx):0.#} {x - (7 * dx) - (3 * dy):0.#},{y - (7 * dy) + (3 * dx):0.#}\" fill=\"#888888\"/>");
    }
}
