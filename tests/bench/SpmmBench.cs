using Lectern.Graphs;

namespace Lectern.Bench;

/// <summary>
/// Sparse times dense on random graphs: our kernel beside torch.sparse's CSR and COO products and gather with index_add,
/// through the same libtorch, forward only.
/// </summary>
internal static class SpmmBench
{
    private static readonly int[] Widths = [16, 64, 256];

    internal static void Run(Report report)
    {
        foreach (int edges in (int[])[10_000, 100_000, 1_000_000, 10_000_000])
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            int nodes = edges / 10;
            var graph = Random(nodes, edges);
            var pointers = tensor(graph.Adjacency.RowPointers).to(int64);
            var (rows, columns) = (tensor(graph.Targets).to(int64), tensor(graph.Sources).to(int64));
            var csr = sparse_csr(pointers, columns, graph.Weights!, nodes);
            var coo = sparse_coo_tensor(stack([rows, columns]), graph.Weights!, [nodes, nodes]);
            foreach (int width in Widths)
            {
                using var inner = NewDisposeScope();
                var x = rand(nodes, width);
                Tensor Gather() => zeros(nodes, width).index_add(0, rows, x.index_select(0, columns) * graph.Weights!.unsqueeze(1), 1);
                double budget = edges >= 1_000_000 ? 2 : 0.7;
                // A row an edge: beyond this it would not fit beside the rest.
                bool fits = (long)edges * width * 4 < 6_000_000_000;
                report.Add($"{edges:N0} edges × {width}", Time(() => graph.Sum(x), budget),
                    [("CSR", csr is null ? null : Time(() => csr.matmul(x), budget)), ("COO", Time(() => coo.matmul(x), budget)),
                     ("gather, index_add", fits ? Time(Gather, budget) : null)]);
            }
        }
        Growth(report);
    }

    /// <summary>
    /// How time grows with edges between the same nodes. Above, the operand grows with the edges, out of one cache after
    /// the other, and each edge costs what a row of it costs to fetch.
    /// </summary>
    private static void Growth(Report report)
    {
        const int nodes = 100_000;
        var times = Widths.ToDictionary(width => width, _ => new List<(double Edges, double Seconds)>());
        foreach (int edges in (int[])[300_000, 1_000_000, 3_000_000, 10_000_000])
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            var graph = Random(nodes, edges);
            foreach (int width in Widths)
            {
                var x = rand(nodes, width);
                times[width].Add((graph.Edges, Time(() => graph.Sum(x), 1)));
            }
        }
        foreach (var (width, points) in times)
        {
            var logs = points.Select(p => (X: Math.Log(p.Edges), Y: Math.Log(p.Seconds))).ToList();
            double meanX = logs.Average(p => p.X), meanY = logs.Average(p => p.Y);
            double slope = logs.Sum(p => (p.X - meanX) * (p.Y - meanY)) / logs.Sum(p => (p.X - meanX) * (p.X - meanX));
            report.Notes.Add(FormattableString.Invariant(
                $"{width} columns, {nodes:N0} nodes, 0.3 to 10 million edges: our time grows as edges^{slope:0.00}"));
        }
    }

    private static Graph Random(int nodes, int edges)
    {
        var graph = Generators.RandomEdges(nodes, edges, 0);
        return graph.WithWeights(rand(graph.Edges));
    }

    private static double Time(Func<Tensor> work, double seconds) => Timing.Of(() => { using (NewDisposeScope()) work(); }, seconds);

    private static Tensor? sparse_csr(Tensor pointers, Tensor columns, Tensor values, long nodes) =>
#if LECTERN_BRIDGE
        sparse_csr_tensor(pointers, columns, values, [nodes, nodes]);
#else
        null;                                                           // TorchSharp has no CSR tensors
#endif
}
