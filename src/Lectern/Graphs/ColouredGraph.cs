namespace Lectern.Graphs;

/// <summary>An undirected graph without loops whose nodes have one colour each: what formulas speak about.</summary>
public sealed class ColouredGraph
{
    /// <summary>Five names that lessons and data use where none are given.</summary>
    public static IReadOnlyList<string> FiveColours { get; } = ["Blue", "Red", "Green", "Yellow", "Grey"];

    /// <param name="graph">Each edge in both directions, none from a node to itself; weights are not used.</param>
    /// <param name="colours">The colour of each node, a place in the palette: [N].</param>
    /// <param name="palette">Names of the colours; <see cref="FiveColours"/> where none are given.</param>
    /// <exception cref="ArgumentException">A node has no colour of the palette, or an edge runs one way or in
    /// a loop.</exception>
    public ColouredGraph(Graph graph, int[] colours, IReadOnlyList<string>? palette = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(colours);
        (Graph, Colours, Palette) = (graph, colours, palette ?? FiveColours);
        if (colours.Length != graph.Nodes)
            throw new ArgumentException(
                $"{colours.Length} colours for {graph.Nodes} nodes: give one each.", nameof(colours));
        int bad = Array.FindIndex(colours, c => (uint)c >= (uint)Palette.Count);
        if (bad >= 0)
            throw new ArgumentException($"Node {bad} has the colour {colours[bad]}; the palette's are 0 to "
                + $"{Palette.Count - 1} ({string.Join(", ", Palette)}).", nameof(colours));
        for (int e = 0; e < graph.Edges; e++)
            if (graph.Sources[e] == graph.Targets[e] || !Joined(graph.Sources[e], graph.Targets[e]))
                throw new ArgumentException($"The edge {graph.Sources[e]} → {graph.Targets[e]} is a loop or does not "
                    + "run back; formulas speak of undirected graphs: make it with Graph.Undirected.", nameof(graph));
    }

    /// <summary>The edges.</summary>
    public Graph Graph { get; }

    /// <summary>The colour of each node, a place in <see cref="Palette"/>: [N].</summary>
    public int[] Colours { get; }

    /// <summary>Names of the colours.</summary>
    public IReadOnlyList<string> Palette { get; }

    /// <summary>Number of nodes, N.</summary>
    public int Nodes => Graph.Nodes;

    /// <summary>Whether two nodes are joined. Cost O(log degree).</summary>
    public bool Joined(int x, int y) => Graph.Neighbours(x).BinarySearch(y) >= 0;

    /// <summary>The place of a colour in the palette.</summary>
    /// <exception cref="ArgumentException">The palette has no such colour.</exception>
    public int ColourOf(string name)
    {
        for (int c = 0; c < Palette.Count; c++)
            if (Palette[c] == name) return c;
        throw new ArgumentException(
            $"There is no colour '{name}'; the palette has {string.Join(", ", Palette)}.", nameof(name));
    }
}
