using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Random parts of neighbourhoods, so that a layer's cost does not follow the largest degree.</summary>
public static class NeighbourSampling
{
    /// <summary>
    /// The graph with at most <paramref name="fanOut"/> of the edges that arrive at each node, drawn without replacement and in
    /// random order. Cost O(N · fanOut). For a few nodes of a large graph: <see cref="NeighbourSampler"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The fan-out is below 1.</exception>
    public static Graph Sample(this Graph graph, int fanOut, Random random)
    {
        if (fanOut < 1) throw new ArgumentOutOfRangeException(nameof(fanOut), fanOut, "A node keeps at least one neighbour.");
        int[] nodes = [.. Enumerable.Range(0, graph.Nodes)];
        var (pointers, kept) = Draw(graph, nodes, fanOut, random.Next());
        foreach (int node in nodes)
            foreach (ref int place in kept.AsSpan(pointers[node]..pointers[node + 1])) place += graph.Adjacency.RowPointers[node];
        int[] sources = Array.ConvertAll(kept, edge => graph.Sources[edge]);
        var sampled = new Graph(SparseMatrix.FromRows(graph.Nodes, graph.Nodes, pointers, sources));
        if (graph.Weights is null) return sampled;
        using var scope = NewDisposeScope();
        var places = tensor(kept, dtype: ScalarType.Int64, device: graph.Weights.device);
        return sampled.WithWeights(graph.Weights.index_select(0, places));
    }

    /// <summary>Draws at most so many neighbours of each of some nodes, without replacement, shuffled.</summary>
    /// <param name="graph">Whose neighbours.</param>
    /// <param name="nodes">Who draws, each once.</param>
    /// <param name="fanOut">Neighbours of a node at most.</param>
    /// <param name="seed">The same seed gives a node the same draws, on however many threads and whoever draws beside it.</param>
    /// <returns>Where each node's draws begin and the last end, [nodes + 1], and places in <see cref="INeighbourhoods.Neighbours"/>.</returns>
    internal static (int[] Pointers, int[] Places) Draw(INeighbourhoods graph, int[] nodes, int fanOut, int seed)
    {
        var pointers = new int[nodes.Length + 1];
        for (int i = 0; i < nodes.Length; i++)
            pointers[i + 1] = checked(pointers[i] + Math.Min(fanOut, graph.Neighbours(nodes[i]).Length));
        var places = new int[pointers[^1]];
        SparseKernels.ForRows(pointers, width: 32, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                var random = new SplitMix(seed, nodes[i]);
                Choose(graph.Neighbours(nodes[i]).Length, places.AsSpan(pointers[i]..pointers[i + 1]), ref random);
            }
        });
        return (pointers, places);
    }

    /// <summary>Distinct ones of 0 … count - 1, every sequence equally likely.</summary>
    private static void Choose(int count, Span<int> chosen, ref SplitMix random)
    {
        // Floyd 1987: as many draws as there are to choose, so the cost does not follow the degree.
        for (int i = 0, last = count - chosen.Length; i < chosen.Length; i++, last++)
        {
            int draw = random.Next(last + 1);
            chosen[i] = chosen[..i].Contains(draw) ? last : draw;
        }
        for (int i = chosen.Length - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (chosen[i], chosen[other]) = (chosen[other], chosen[i]);
        }
    }
}
