using System.Runtime.InteropServices;

namespace Lectern.Graphs;

/// <summary>
/// Colour refinement, the test of Weisfeiler and Leman (1968): each node's new colour stands for its old one and the
/// multiset of its neighbours' old ones. One dictionary serves all graphs, so colours can be compared between them.
/// </summary>
/// <remarks>
/// c⁰(v) = the node's label; cᵗ⁺¹(v) = number of (cᵗ(v), {{cᵗ(u) : u → v}}). Different counts of colours prove that two
/// graphs are not isomorphic; equal ones prove nothing: a ring of six and two rings of three stay alike for ever.
/// Cost O((N + E) log degree) a round. Source: Shervashidze et al., JMLR 2011, algorithms 1 and 2.
/// </remarks>
public sealed class WeisfeilerLeman
{
    private readonly List<int[][]> colours = [];
    private readonly List<int> counts = [];

    private WeisfeilerLeman()
    {
    }

    /// <summary>Rounds that were done; round 0 is the labels.</summary>
    public int Rounds => colours.Count - 1;

    /// <summary>Whether the last round parted no two nodes that the one before had together, so that no later one will.</summary>
    public bool IsStable { get; private set; }

    /// <summary>Number of graphs.</summary>
    public int Graphs => colours[0].Length;

    /// <summary>The colour of each node of each graph after a round.</summary>
    /// <param name="round">From 0 to <see cref="Rounds"/>.</param>
    public IReadOnlyList<int[]> this[int round] => colours[round];

    /// <summary>Number of different colours after a round, over all graphs.</summary>
    /// <param name="round">From 0 to <see cref="Rounds"/>.</param>
    public int Count(int round) => counts[round];

    /// <summary>Refines the colours of one or more graphs.</summary>
    /// <param name="graphs">The graphs.</param>
    /// <param name="labels">Label of each node of each graph; null where all are alike.</param>
    /// <param name="edgeLabels">Label of each edge of each graph in the numbering of <see cref="Graph.Sources"/>, to be
    /// respected too; null to leave them out.</param>
    /// <param name="rounds">At most as many; less than 0: until no colour splits any more.</param>
    /// <exception cref="ArgumentException">A graph has another number of nodes or edges than of labels.</exception>
    public static WeisfeilerLeman Refine(
        IReadOnlyList<Graph> graphs, IReadOnlyList<int[]>? labels = null, IReadOnlyList<int[]>? edgeLabels = null, int rounds = -1)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        for (int g = 0; g < graphs.Count; g++)
        {
            if (labels is not null && labels[g].Length != graphs[g].Nodes)
                throw new ArgumentException($"Graph {g} has {graphs[g].Nodes} nodes and {labels[g].Length} labels; each node needs one.", nameof(labels));
            if (edgeLabels is not null && edgeLabels[g].Length != graphs[g].Edges)
                throw new ArgumentException($"Graph {g} has {graphs[g].Edges} edges and {edgeLabels[g].Length} labels; each edge needs one.", nameof(edgeLabels));
        }
        var result = new WeisfeilerLeman();
        result.Add([.. graphs.Select((graph, g) => labels?[g] ?? new int[graph.Nodes])]);
        while (rounds < 0 ? !result.IsStable : result.Rounds < rounds)
        {
            var numbers = new Dictionary<int[], int>(Signatures.Same);
            var next = new int[graphs.Count][];
            for (int g = 0; g < graphs.Count; g++) next[g] = Round(graphs[g], result.colours[^1][g], edgeLabels?[g], numbers);
            int before = result.counts[^1];
            result.Add(next);
            // A colour only ever splits, so as many as before means the same parts as before.
            result.IsStable = result.counts[^1] == before;
        }
        return result;
    }

    /// <summary>Whether counts of colours prove that two graphs are not isomorphic.</summary>
    /// <param name="a">A graph.</param>
    /// <param name="b">Another.</param>
    /// <param name="labelsOfA">Labels of its nodes; null where all are alike.</param>
    /// <param name="labelsOfB">Those of the other's.</param>
    /// <returns>True: not isomorphic. False: unknown.</returns>
    public static bool TellsApart(Graph a, Graph b, int[]? labelsOfA = null, int[]? labelsOfB = null)
    {
        var refined = Refine([a, b], labelsOfA is null && labelsOfB is null
            ? null
            : [labelsOfA ?? new int[a.Nodes], labelsOfB ?? new int[b.Nodes]]);
        return !refined.Histogram(refined.Rounds, 0).SequenceEqual(refined.Histogram(refined.Rounds, 1));
    }

    /// <summary>How many nodes of a graph have each colour after a round, by colour.</summary>
    /// <param name="round">From 0 to <see cref="Rounds"/>.</param>
    /// <param name="graph">Which graph.</param>
    public IReadOnlyList<(int Colour, int Nodes)> Histogram(int round, int graph) =>
        [.. colours[round][graph].GroupBy(c => c).OrderBy(c => c.Key).Select(c => (c.Key, c.Count()))];

    /// <summary>The subtree kernel of all pairs of graphs: k(G, G') = Σ over rounds 0 … h of ⟨counts of G, counts of G'⟩.</summary>
    /// <param name="rounds">h; less than 0 for all that were done.</param>
    /// <param name="normalized">Whether to divide by √(k(G, G) k(G', G')), so that each graph has 1 with itself.</param>
    /// <returns>[graphs, graphs], positive semi-definite.</returns>
    /// <remarks>Shervashidze et al. 2011, definition 5. Cost: for each colour, the square of the graphs that have it.</remarks>
    public double[,] SubtreeKernel(int rounds = -1, bool normalized = false)
    {
        var kernel = new double[Graphs, Graphs];
        for (int round = 0; round <= (rounds < 0 ? Rounds : rounds); round++)
        {
            var holders = new List<(int Graph, int Nodes)>[counts[round]];
            for (int g = 0; g < Graphs; g++)
                foreach (var (colour, nodes) in Histogram(round, g)) (holders[colour] ??= []).Add((g, nodes));
            foreach (var list in holders)
            {
                var span = CollectionsMarshal.AsSpan(list);
                for (int i = 0; i < span.Length; i++)
                    for (int j = 0; j <= i; j++) kernel[span[i].Graph, span[j].Graph] += (double)span[i].Nodes * span[j].Nodes;
            }
        }
        for (int i = 0; i < Graphs; i++)
            for (int j = 0; j < i; j++)
            {
                if (normalized) kernel[i, j] /= Math.Sqrt(kernel[i, i] * kernel[j, j]);
                kernel[j, i] = kernel[i, j];
            }
        if (normalized) for (int i = 0; i < Graphs; i++) kernel[i, i] = 1;
        return kernel;
    }

    private static int[] Round(Graph graph, int[] colours, int[]? edgeLabels, Dictionary<int[], int> numbers)
    {
        var next = new int[graph.Nodes];
        var pairs = new List<(int Edge, int Colour)>();
        for (int node = 0; node < graph.Nodes; node++)
        {
            pairs.Clear();
            for (int e = graph.Adjacency.RowPointers[node]; e < graph.Adjacency.RowPointers[node + 1]; e++)
                pairs.Add((edgeLabels?[e] ?? 0, colours[graph.Sources[e]]));
            pairs.Sort();
            var signature = new int[1 + (edgeLabels is null ? 1 : 2) * pairs.Count];
            signature[0] = colours[node];
            int at = 1;
            foreach (var (edge, colour) in pairs)
            {
                if (edgeLabels is not null) signature[at++] = edge;
                signature[at++] = colour;
            }
            if (!numbers.TryGetValue(signature, out next[node])) numbers.Add(signature, next[node] = numbers.Count);
        }
        return next;
    }

    // Colours are numbered from 0 without gaps, whatever the labels are.
    private void Add(int[][] next)
    {
        int[] known = [.. next.SelectMany(c => c).Distinct().Order()];
        if (known.Length > 0 && known[^1] != known.Length - 1)
            next = [.. next.Select(c => c.Select(colour => Array.BinarySearch(known, colour)).ToArray())];
        colours.Add(next);
        counts.Add(known.Length);
    }

    private sealed class Signatures : IEqualityComparer<int[]>
    {
        public static readonly Signatures Same = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] signature)
        {
            var hash = new HashCode();
            foreach (int part in signature) hash.Add(part);
            return hash.ToHashCode();
        }
    }
}
