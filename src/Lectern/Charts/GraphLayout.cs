using System.Collections.Immutable;

namespace Lectern.Charts;

/// <summary>Places for the nodes of a drawn graph, from -1 to 1; the same input gives the same
/// places.</summary>
public static class GraphLayout
{
    /// <summary>Nodes on a circle, the first at the top, the others clockwise.</summary>
    /// <param name="nodes">Number of nodes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of nodes is negative.</exception>
    public static ImmutableArray<(double X, double Y)> Circular(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        return [.. Enumerable.Range(0, nodes).Select(i => Round(
            Math.Sin(2 * Math.PI * i / nodes), Math.Cos(2 * Math.PI * i / nodes)))];
    }

    /// <summary>
    /// Neighbours near each other, others apart: edges pull like springs, nodes repel each other (Fruchterman
    /// and Reingold
    /// 1991), and a weak pull to the middle keeps parts together that no edge joins.
    /// </summary>
    /// <param name="nodes">Number of nodes.</param>
    /// <param name="edges">Edges as pairs of nodes; direction and repetition do not matter.</param>
    /// <param name="seed">Where the nodes start.</param>
    /// <param name="iterations">Rounds of moving; by default 300, and fewer from about 1000 nodes on.</param>
    /// <remarks>Cost O(nodes²) a round: about a second at 3,000 nodes. Draw a part of a larger
    /// graph.</remarks>
    /// <exception cref="ArgumentException">An edge names a node that does not exist.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of nodes is negative.</exception>
    public static ImmutableArray<(double X, double Y)> Spring(
        int nodes, IEnumerable<(int Source, int Target)> edges, int seed = 1, int? iterations = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        var pairs = Require(nodes, edges);
        if (nodes == 0) return [];
        var random = new Random(seed);
        var (x, y) = (new double[nodes], new double[nodes]);
        for (var i = 0; i < nodes; i++)
            (x[i], y[i]) = (random.NextDouble() * 2 - 1, random.NextDouble() * 2 - 1);

        var rounds = iterations ?? (int)Math.Clamp(3e8 / ((double)nodes * nodes), 30, 300);
        var ideal = 2 / Math.Sqrt(
            nodes);                           // an edge's length where pull and push are even
        var (dx, dy) = (new double[nodes], new double[nodes]);
        for (var round = 0; round < rounds; round++)
        {
            Array.Clear(dx);
            Array.Clear(dy);
            Push(x, y, dx, dy, ideal * ideal);
            foreach (var (a, b) in pairs) Pull(x, y, dx, dy, a, b, ideal);
            // Smaller and smaller steps, so that nodes come to rest.
            var step = 0.2 * (1 - (double)round / rounds) + 0.001;
            for (var i = 0; i < nodes; i++)
            {
                dx[i] -= 0.6 * x[i];
                dy[i] -= 0.6 * y[i];
                var length = Math.Sqrt(dx[i] * dx[i] + dy[i] * dy[i]);
                if (length == 0) continue;
                var scale = Math.Min(step, length) / length;
                x[i] += dx[i] * scale;
                y[i] += dy[i] * scale;
            }
        }
        return Fit(x, y);
    }

    /// <summary>Neighbours near each other, others apart; see the other form.</summary>
    /// <param name="nodes">Number of nodes.</param>
    /// <param name="edges">Edges [2, E]: row 0 sources, row 1 targets; direction and repetition do not
    /// matter.</param>
    /// <param name="seed">Where the nodes start.</param>
    /// <param name="iterations">Rounds of moving.</param>
    /// <exception cref="ArgumentException">The tensor is not [2, E], or an edge names a node that does not
    /// exist.</exception>
    public static ImmutableArray<(double X, double Y)> Spring(
        long nodes, Tensor edges, int seed = 1, int? iterations = null) =>
        Spring(checked((int)nodes), Pairs(edges), seed, iterations);

    internal static (int Source, int Target)[] Pairs(Tensor edges)
    {
        ArgumentNullException.ThrowIfNull(edges);
        if (edges.dim() != 2 || edges.shape[0] != 2)
            throw new ArgumentException($"Edges are [2, E], not [{string.Join(", ", edges.shape)}].",
                nameof(edges));
        var values = Numbers.Of(edges);
        var count = values.Length / 2;
        return [.. Enumerable.Range(0, count).Select(e => ((int)values[e], (int)values[count + e]))];
    }

    internal static (int Source, int Target)[] Require(int nodes, IEnumerable<(int Source, int Target)> edges)
    {
        ArgumentNullException.ThrowIfNull(edges);
        var pairs = edges.ToArray();
        foreach (var (a, b) in pairs)
        {
            if ((uint)a >= (uint)nodes || (uint)b >= (uint)nodes)
                throw new ArgumentException($"Edge ({a}, {b}) names a node outside 0 to {nodes - 1}.",
                    nameof(edges));
        }
        return pairs;
    }

    private static void Push(double[] x, double[] y, double[] dx, double[] dy, double strength)
    {
        for (var i = 0; i < x.Length; i++)
        {
            var (fx, fy) = (0.0, 0.0);
            for (var j = 0; j < i; j++)
            {
                var (ex, ey) = (x[i] - x[j], y[i] - y[j]);
                var force = strength / (ex * ex + ey * ey + 1e-9);
                (fx, fy) = (fx + ex * force, fy + ey * force);
                dx[j] -= ex * force;
                dy[j] -= ey * force;
            }
            dx[i] += fx;
            dy[i] += fy;
        }
    }

    private static void Pull(double[] x, double[] y, double[] dx, double[] dy, int a, int b, double ideal)
    {
        var (ex, ey) = (x[a] - x[b], y[a] - y[b]);
        var force = Math.Sqrt(ex * ex + ey * ey) / ideal;
        dx[a] -= ex * force;
        dy[a] -= ey * force;
        dx[b] += ex * force;
        dy[b] += ey * force;
    }

    private static ImmutableArray<(double X, double Y)> Fit(double[] x, double[] y)
    {
        var (midX, midY) = ((x.Min() + x.Max()) / 2, (y.Min() + y.Max()) / 2);
        var half = Math.Max(x.Max() - x.Min(), y.Max() - y.Min()) / 2;
        if (half == 0) half = 1;
        return [.. Enumerable.Range(0, x.Length)
            .Select(i => Round((x[i] - midX) / half, (y[i] - midY) / half))];
    }

    // Four digits are a fraction of a pixel; + 0.0 turns -0 into 0.
    private static (double X, double Y) Round(double x, double y) =>
        (Math.Round(x, 4) + 0.0, Math.Round(y, 4) + 0.0);
}
