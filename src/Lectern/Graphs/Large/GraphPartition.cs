using System.Runtime.InteropServices;

namespace Lectern.Graphs.Large;

/// <summary>Which part of a graph each node belongs to: parts of about equal size with few edges between them, so that a process
/// that trains on one part's nodes mostly reads that part's features.</summary>
public sealed class GraphPartition
{
    private readonly int[] part;

    private GraphPartition(int[] part, int parts) => (this.part, Parts) = (part, parts);

    /// <summary>Number of parts.</summary>
    public int Parts { get; }

    /// <summary>Each node's part: [N].</summary>
    public ReadOnlySpan<int> Part => part;

    /// <summary>
    /// Nodes in their order, each put where most of its neighbours are, weighed by the room that is left there: linear
    /// deterministic greedy (Stanton and Kliot, KDD 2012, section 4: |P_i ∩ N(v)| (1 − |P_i| / C)). Further passes
    /// know where the last one put the neighbours that are still to come (restreaming: Nishimura and Ugander, KDD 2013).
    /// </summary>
    /// <remarks>Cost O(passes · (E + N·parts)), memory 4 bytes a node.</remarks>
    /// <param name="graph">The graph; edges in one direction count as well.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="passes">Number of passes.</param>
    /// <param name="slack">How much larger than the mean a part may become: C = (1 + slack) N / parts.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no parts or passes, or the slack is negative.</exception>
    public static GraphPartition Greedy(INeighbourhoods graph, int parts, int passes = 10, double slack = 0.01)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(slack);
        int capacity = (int)Math.Max(Math.Ceiling((double)graph.Nodes / parts), (1 + slack) * graph.Nodes / parts);
        int[] part = new int[graph.Nodes], near = new int[parts];
        Array.Fill(part, -1);
        for (int pass = 0; pass < passes; pass++)
        {
            int[] sizes = new int[parts];
            for (int node = 0; node < part.Length; node++)
            {
                Array.Clear(near);
                foreach (int other in graph.Neighbours(node))
                    if (part[other] >= 0) near[part[other]]++;
                int best = -1;
                double most = -1;
                for (int i = 0; i < parts; i++)
                {
                    double score = near[i] * (1 - (double)sizes[i] / capacity);
                    // A full part scores 0, and there is always a smaller one that does not score less.
                    if (score > most || (score == most && sizes[i] < sizes[best])) (best, most) = (i, score);
                }
                part[node] = best;
                sizes[best]++;
            }
        }
        return new GraphPartition(part, parts);
    }

    /// <summary>Equal parts drawn by lot: what <see cref="Greedy"/> has to beat. Of its edges a share 1 − 1/parts is cut.</summary>
    /// <param name="nodes">N.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="seed">Of the lot.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no part.</exception>
    public static GraphPartition Random(int nodes, int parts, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        int[] part = [.. Enumerable.Range(0, nodes).Select(node => node % parts)];
        new Random(seed).Shuffle(part);
        return new GraphPartition(part, parts);
    }

    /// <summary>Share of the edges whose ends are in two parts, 0 to 1.</summary>
    public double Cut(INeighbourhoods graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        long cut = 0, edges = 0;
        for (int node = 0; node < part.Length; node++)
        {
            foreach (int other in graph.Neighbours(node))
                if (part[other] != part[node]) cut++;
            edges += graph.Neighbours(node).Length;
        }
        return edges == 0 ? 0 : (double)cut / edges;
    }

    /// <summary>The largest part's size over the mean: 1 where all are equal.</summary>
    public double Balance() => part.Length == 0 ? 1 : part.CountBy(one => one).Max(one => one.Value) * (double)Parts / part.Length;

    /// <summary>Writes the parts beside a <see cref="StoredGraph"/>: <c>parts-P.i32</c>, [N].</summary>
    /// <param name="folder">The graph's folder.</param>
    public void Save(string folder) => File.WriteAllBytes(FileOf(folder, Parts), MemoryMarshal.AsBytes<int>(part).ToArray());

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The graph's folder.</param>
    /// <param name="nodes">N.</param>
    /// <param name="parts">Number of parts.</param>
    /// <exception cref="InvalidDataException">The file is missing, or is not of this graph.</exception>
    public static GraphPartition Load(string folder, int nodes, int parts)
    {
        string file = FileOf(folder, parts);
        byte[] bytes = File.Exists(file) ? File.ReadAllBytes(file) : [];
        int[] part = MemoryMarshal.Cast<byte, int>(bytes).ToArray();
        if (bytes.Length != nodes * (long)sizeof(int) || part.Any(one => (uint)one >= (uint)parts))
            throw new InvalidDataException($"'{file}' is not there, or does not give {nodes} nodes a part from 0 to {parts - 1}: "
                + $"write it with {nameof(GraphPartition)}.{nameof(Greedy)}(graph, {parts}).{nameof(Save)}(folder).");
        return new GraphPartition(part, parts);
    }

    private static string FileOf(string folder, int parts) => Path.Combine(folder, $"parts-{parts}.i32");
}
