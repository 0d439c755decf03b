namespace Lectern.Graphs;

/// <summary>
/// Puts each graph's nodes in an order that does not depend on their numbers, and keeps the first k: a set becomes a
/// sequence of fixed length, which convolutions can read.
/// </summary>
/// <remarks>Zhang, Cui, Neumann and Chen, AAAI 2018, section 3.2. Cost O(N log n · ties + B·k·D).</remarks>
public static class SortPooling
{
    /// <summary>The first k rows of each graph, by the last column descending; ties by the columns before it. Graphs with
    /// fewer nodes end in rows of zeros.</summary>
    /// <param name="graphs">The graphs.</param>
    /// <param name="h">Node states: [N, D].</param>
    /// <param name="k">Rows a graph.</param>
    /// <returns>[B, k, D]; gradients reach the rows that are kept.</returns>
    /// <exception cref="ArgumentOutOfRangeException">k is below 1.</exception>
    public static Tensor Apply(GraphBatch graphs, Tensor h, int k)
    {
        Require.Nodes(h, graphs.Nodes, nameof(h));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        using var scope = NewDisposeScope();
        int width = (int)h.shape[1], nodes = graphs.Nodes;
        float[] values = h.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        var descending = Comparer<int>.Create((a, b) =>
        {
            for (int column = width - 1; column >= 0; column--)
            {
                int order = values[b * width + column].CompareTo(values[a * width + column]);
                if (order != 0) return order;
            }
            return 0;
        });
        var rows = new long[graphs.Count * k];
        Array.Fill(rows, nodes);                                        // a row of zeros stands after the nodes
        for (int g = 0; g < graphs.Count; g++)
        {
            int[] own = [.. Enumerable.Range(graphs.Offsets[g], graphs.Offsets[g + 1] - graphs.Offsets[g])];
            Array.Sort(own, descending);
            for (int i = 0; i < Math.Min(k, own.Length); i++) rows[g * k + i] = own[i];
        }
        var padded = cat([h, zeros([1, width], h.dtype, h.device)], dim: 0);    // [N + 1, D]
        return padded.index_select(0, tensor(rows, device: h.device)).view(graphs.Count, k, width).MoveToOuterDisposeScope();
    }

    /// <summary>The k that a share of the graphs has fewer nodes than (and at least 10).</summary>
    /// <param name="graphs">The graphs of a data set.</param>
    /// <param name="share">From 0 to 1; the authors' code takes 0.6.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not above 0 and at most 1.</exception>
    public static int K(IReadOnlyList<Graph> graphs, double share)
    {
        if (share is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        int[] sizes = [.. graphs.Select(graph => graph.Nodes).Order()];
        return Math.Max(10, sizes[(int)Math.Ceiling(share * sizes.Length) - 1]);
    }
}
