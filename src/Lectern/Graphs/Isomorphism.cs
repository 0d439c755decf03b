using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Whether two graphs are the same up to the numbers of their nodes: an exact search.</summary>
/// <remarks>
/// Colour refinement parts what it can. Where a colour has several nodes, one of the first graph gets a colour of its own
/// ("individualised"), each node of that colour in the second is tried as its partner, and the colours are refined again.
/// A mapping is accepted only after every edge was compared. Cost O(N + E) log a refinement, as many as there are colours
/// left to part; exponential only for pairs that were built to be hard.
/// </remarks>
public static class Isomorphism
{
    /// <summary>A mapping of the nodes that takes one graph to the other, labels included; null if there is none.</summary>
    /// <param name="a">A graph; its weights do not count.</param>
    /// <param name="b">Another.</param>
    /// <param name="labelsOfA">Label of each node of a; null where all are alike.</param>
    /// <param name="labelsOfB">Those of b's.</param>
    /// <param name="edgeLabelsOfA">Label of each edge of a, in the numbering of <see cref="Graph.Sources"/>; null where all are alike.</param>
    /// <param name="edgeLabelsOfB">Those of b's.</param>
    /// <returns>The node of b that belongs to each node of a: [N].</returns>
    /// <exception cref="ArgumentException">Labels are given for one of the graphs only.</exception>
    public static int[]? Find(Graph a, Graph b, int[]? labelsOfA = null, int[]? labelsOfB = null, int[]? edgeLabelsOfA = null, int[]? edgeLabelsOfB = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if ((labelsOfA is null) != (labelsOfB is null) || (edgeLabelsOfA is null) != (edgeLabelsOfB is null))
            throw new ArgumentException("Labels are given for one of the two graphs; give them for both or for none.", nameof(labelsOfB));
        if (a.Nodes != b.Nodes || a.Edges != b.Edges) return null;
        int[][]? edgeLabels = edgeLabelsOfA is null ? null : [edgeLabelsOfA, edgeLabelsOfB!];
        return Search(a, b, labelsOfA ?? new int[a.Nodes], labelsOfB ?? new int[b.Nodes], edgeLabels);
    }

    private static int[]? Search(Graph a, Graph b, int[] coloursOfA, int[] coloursOfB, int[][]? edgeLabels)
    {
        Interrupt.Token.ThrowIfCancellationRequested();
        var refined = WeisfeilerLeman.Refine([a, b], [coloursOfA, coloursOfB], edgeLabels);
        int[] ofA = refined[refined.Rounds][0], ofB = refined[refined.Rounds][1];
        int colours = refined.Count(refined.Rounds);
        var (inA, inB) = (new List<int>[colours], new List<int>[colours]);
        for (int c = 0; c < colours; c++) (inA[c], inB[c]) = ([], []);
        for (int v = 0; v < ofA.Length; v++) inA[ofA[v]].Add(v);
        for (int v = 0; v < ofB.Length; v++) inB[ofB[v]].Add(v);
        int branch = -1;                                                // the smallest colour that more than one node has
        for (int c = 0; c < colours; c++)
        {
            if (inA[c].Count != inB[c].Count) return null;              // refinement proves that they differ
            if (inA[c].Count > 1 && (branch < 0 || inA[c].Count < inA[branch].Count)) branch = c;
        }
        var mapping = new int[a.Nodes];
        for (int c = 0; c < colours; c++)
            for (int i = 0; i < inA[c].Count; i++) mapping[inA[c][i]] = inB[c][i];
        // Often any partners of one colour will do, such as the corners of a complete graph.
        if (KeepsEdges(a, b, mapping, edgeLabels)) return mapping;
        if (branch < 0) return null;
        int[] markedA = [.. ofA];
        markedA[inA[branch][0]] = colours;                              // a new colour
        foreach (int partner in inB[branch])
        {
            int[] markedB = [.. ofB];
            markedB[partner] = colours;
            if (Search(a, b, markedA, markedB, edgeLabels) is { } found) return found;
        }
        return null;
    }

    private static bool KeepsEdges(Graph a, Graph b, int[] mapping, int[][]? edgeLabels)
    {
        for (int e = 0; e < a.Edges; e++)
        {
            int target = mapping[a.Targets[e]], begin = b.Adjacency.RowPointers[target];
            int at = b.Neighbours(target).BinarySearch(mapping[a.Sources[e]]);           // sources of a target ascend
            if (at < 0 || (edgeLabels is not null && edgeLabels[0][e] != edgeLabels[1][begin + at])) return false;
        }
        return true;
    }
}
