namespace Lectern.Graphs;

/// <summary>Graphs whose edges add up: nodes merged into clusters, and two graphs laid over each other.</summary>
public static class GraphMerging
{
    /// <summary>The graph between clusters: an edge weighs what all edges between the two weigh together; those inside one go.</summary>
    /// <remarks>In matrices: the off-diagonal part of Pᵀ A P, whose Laplacian is Pᵀ L P. Cost O(N + E log degree).</remarks>
    /// <param name="graph">The fine graph, with weights or without.</param>
    /// <param name="cluster">The cluster of each node, from 0: [N].</param>
    /// <param name="count">Number of clusters.</param>
    /// <exception cref="ArgumentException">A node has no cluster, or one that does not exist.</exception>
    public static Graph Merged(this Graph graph, IReadOnlyList<int> cluster, int count)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Count != graph.Nodes)
            throw new ArgumentException($"{cluster.Count} clusters for {graph.Nodes} nodes: give one each.", nameof(cluster));
        for (int node = 0; node < cluster.Count; node++)
            if ((uint)cluster[node] >= (uint)count)
                throw new ArgumentException($"Node {node} is in cluster {cluster[node]}; the clusters are 0 to {count - 1}.", nameof(cluster));
        var (sources, targets, weights) = (new List<int>(graph.Edges), new List<int>(graph.Edges), new List<float>(graph.Edges));
        var given = WeightsOf(graph);
        for (int e = 0; e < graph.Edges; e++)
        {
            int from = cluster[graph.Sources[e]], to = cluster[graph.Targets[e]];
            if (from == to) continue;
            sources.Add(from);
            targets.Add(to);
            weights.Add(given?[e] ?? 1);
        }
        return Summed(count, [.. sources], [.. targets], [.. weights]);
    }

    /// <summary>Both graphs' edges, weights added where both have one: A + factor · B.</summary>
    /// <param name="graph">A.</param>
    /// <param name="other">B, on as many nodes.</param>
    /// <param name="factor">What B's weights are multiplied by.</param>
    /// <exception cref="ArgumentException">The numbers of nodes differ.</exception>
    public static Graph Plus(this Graph graph, Graph other, double factor = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(other);
        if (other.Nodes != graph.Nodes)
            throw new ArgumentException($"One graph has {graph.Nodes} nodes and the other {other.Nodes}: they must be on the same ones.", nameof(other));
        float[] mine = WeightsOf(graph) ?? Ones(graph.Edges), theirs = WeightsOf(other) ?? Ones(other.Edges);
        return Summed(graph.Nodes, [.. graph.Sources, .. other.Sources], [.. graph.Targets, .. other.Targets],
            [.. mine, .. theirs.Select(w => (float)(w * factor))]);
    }

    /// <summary>A graph from its edges in any order, the weights of repeated ones added up.</summary>
    private static Graph Summed(int nodes, int[] sources, int[] targets, float[] weights)
    {
        var sorted = SparseMatrix.FromEntries(nodes, nodes, targets, sources, out int[] order);
        var (pointers, columns, sums) = (new int[nodes + 1], sorted.ColumnIndices, new double[order.Length]);
        int count = 0;
        for (int row = 0; row < nodes; row++)
        {
            var range = sorted.RowPointers[row]..sorted.RowPointers[row + 1];
            columns.AsSpan(range).Sort(order.AsSpan(range));
            for (int entry = range.Start.Value; entry < range.End.Value; entry++)
            {
                if (count == pointers[row] || columns[count - 1] != columns[entry]) columns[count++] = columns[entry];
                sums[count - 1] += weights[order[entry]];
            }
            pointers[row + 1] = count;
        }
        return new Graph(SparseMatrix.FromRows(nodes, nodes, pointers, columns[..count], [.. sums.AsSpan(0, count).ToArray().Select(s => (float)s)]));
    }

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private static float[]? WeightsOf(Graph graph) => graph.Weights?.data<float>().ToArray();
}
