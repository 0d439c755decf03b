using Lectern.Graphs;

namespace Lectern.Bench;

/// <summary>
/// Sparse times dense on random graphs of ten edges a node: our kernel beside torch.sparse's CSR and COO products and gather
/// with index_add, through the same libtorch, forward only.
/// </summary>
internal static class SpmmBench
{
    private const int EdgesANode = 10;

    internal static void Run(Report report)
    {
        var slopes = new Dictionary<int, List<(double Edges, double Seconds)>>();
        foreach (int edges in (int[])[10_000, 100_000, 1_000_000, 10_000_000])
        {
            int nodes = edges / EdgesANode;
            var graph = Generators.RandomEdges(nodes, edges, 0);
            graph = graph.WithWeights(rand(graph.Edges));
            foreach (int width in (int[])[16, 64, 256])
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                var x = rand(nodes, width);
                var pointers = tensor(graph.Adjacency.RowPointers).to(int64);
                var (rows, columns) = (tensor(graph.Targets).to(int64), tensor(graph.Sources).to(int64));
                var csr = sparse_csr(pointers, columns, graph.Weights!, nodes);
                var coo = sparse_coo_tensor(stack([rows, columns]), graph.Weights!, [nodes, nodes]);
                Tensor Gather() => zeros(nodes, width).index_add(0, rows, x.index_select(0, columns) * graph.Weights!.unsqueeze(1), 1);

                double Time(Func<Tensor> work) => Timing.Of(() => { using (NewDisposeScope()) work(); }, edges >= 1_000_000 ? 2 : 0.7);
                double ours = Time(() => graph.Sum(x));
                // A row an edge: beyond this it would not fit beside the rest.
                bool fits = (long)edges * width * 4 < 6_000_000_000;
                report.Add($"{edges:N0} edges × {width}", ours,
                    [("CSR", csr is null ? null : Time(() => csr.matmul(x))), ("COO", Time(() => coo.matmul(x))), ("gather, index_add", fits ? Time(Gather) : null)]);
                (slopes.TryGetValue(width, out var list) ? list : slopes[width] = []).Add((graph.Edges, ours));
            }
        }
        foreach (var (width, points) in slopes)
        {
            var logs = points.Select(p => (X: Math.Log(p.Edges), Y: Math.Log(p.Seconds))).ToList();
            double meanX = logs.Average(p => p.X), meanY = logs.Average(p => p.Y);
            double slope = logs.Sum(p => (p.X - meanX) * (p.Y - meanY)) / logs.Sum(p => (p.X - meanX) * (p.X - meanX));
            report.Notes.Add(FormattableString.Invariant($"{width} columns: time grows as edges^{slope:0.00}"));
        }
    }

    private static Tensor? sparse_csr(Tensor pointers, Tensor columns, Tensor values, long nodes) =>
#if LECTERN_BRIDGE
        sparse_csr_tensor(pointers, columns, values, [nodes, nodes]);
#else
        null;                                                           // TorchSharp has no CSR tensors
#endif
}
