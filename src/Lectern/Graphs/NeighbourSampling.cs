using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Random parts of neighbourhoods, so that a layer's cost does not follow the largest degree.</summary>
public static class NeighbourSampling
{
    /// <summary>
    /// The graph with at most <paramref name="fanOut"/> of the edges that arrive at each node, drawn without replacement and in
    /// random order. Cost O(N · fanOut). For a few nodes of a large graph: <see cref="NeighbourSampler"/>.
    /// </summary>
    public static Graph Sample(this Graph graph, int fanOut, Random random)
    {
        if (fanOut < 1) throw new ArgumentOutOfRangeException(nameof(fanOut), fanOut, "A node keeps at least one neighbour.");
        int[] nodes = [.. Enumerable.Range(0, graph.Nodes)];
        var (pointers, kept) = Draw(graph.Adjacency, nodes, fanOut, random.Next());
        int[] sources = Array.ConvertAll(kept, edge => graph.Sources[edge]);
        var sampled = new Graph(SparseMatrix.FromRows(graph.Nodes, graph.Nodes, pointers, sources));
        if (graph.Weights is null) return sampled;
        using var scope = NewDisposeScope();
        var places = tensor(kept, dtype: ScalarType.Int64, device: graph.Weights.device);
        return sampled.WithWeights(graph.Weights.index_select(0, places));
    }

    /// <summary>Draws at most so many entries of each of some rows, without replacement, shuffled.</summary>
    /// <param name="matrix">The entries.</param>
    /// <param name="rows">Whose are drawn from.</param>
    /// <param name="fanOut">Entries of a row at most.</param>
    /// <param name="seed">The same seed gives the same entries, on however many threads.</param>
    /// <returns>Where each row's draws begin and the last end, [rows + 1], and the entries drawn.</returns>
    internal static (int[] Pointers, int[] Entries) Draw(
        SparseMatrix matrix, int[] rows, int fanOut, int seed)
    {
        var pointers = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++)
            pointers[i + 1] = checked(pointers[i] + Math.Min(fanOut, Degree(rows[i])));
        var entries = new int[pointers[^1]];
        SparseKernels.ForRows(pointers, width: 32, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                var random = new SplitMix(seed, i);
                var chosen = entries.AsSpan(pointers[i]..pointers[i + 1]);
                Choose(matrix.RowPointers[rows[i]], Degree(rows[i]), chosen, ref random);
            }
        });
        return (pointers, entries);

        int Degree(int row) => matrix.RowPointers[row + 1] - matrix.RowPointers[row];
    }

    /// <summary>Distinct ones of begin … begin + count - 1, every sequence equally likely.</summary>
    private static void Choose(int begin, int count, Span<int> chosen, ref SplitMix random)
    {
        // Floyd 1987: as many draws as there are to choose, so the cost does not follow the degree.
        for (int i = 0, last = count - chosen.Length; i < chosen.Length; i++, last++)
        {
            int draw = begin + random.Next(last + 1);
            chosen[i] = chosen[..i].Contains(draw) ? begin + last : draw;
        }
        for (int i = chosen.Length - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (chosen[i], chosen[other]) = (chosen[other], chosen[i]);
        }
    }
}
