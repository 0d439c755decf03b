namespace Lectern.Graphs;

/// <summary>Random parts of neighbourhoods, so that a layer's cost does not follow the largest degree.</summary>
public static class NeighbourSampling
{
    /// <summary>
    /// The graph with at most <paramref name="fanOut"/> of the edges that arrive at each node, drawn without replacement and in
    /// random order. Cost O(E).
    /// </summary>
    public static Graph Sample(this Graph graph, int fanOut, Random random)
    {
        if (fanOut < 1) throw new ArgumentOutOfRangeException(nameof(fanOut), fanOut, "A node keeps at least one neighbour.");
        var pointers = new int[graph.Nodes + 1];
        var sources = new List<int>();
        var kept = new List<long>();
        for (int node = 0; node < graph.Nodes; node++)
        {
            int begin = graph.Adjacency.RowPointers[node];
            int[] places = [.. Enumerable.Range(begin, graph.Neighbours(node).Length)];
            random.Shuffle(places);
            foreach (int place in places.Take(fanOut))
            {
                sources.Add(graph.Sources[place]);
                kept.Add(place);
            }
            pointers[node + 1] = sources.Count;
        }
        var sampled = new Graph(SparseMatrix.FromRows(graph.Nodes, graph.Nodes, pointers, [.. sources]));
        return graph.Weights is null ? sampled : sampled.WithWeights(graph.Weights.index_select(0, tensor([.. kept], device: graph.Weights.device)));
    }
}
