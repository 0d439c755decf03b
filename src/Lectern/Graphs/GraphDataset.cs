using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// Many graphs with a class each, and what is known of their nodes and edges. The i-th entry of each list belongs
/// to graph i; features of all nodes stand below one another, graph after graph (<see cref="Offsets"/>).
/// </summary>
public sealed record GraphDataset
{
    private IReadOnlyList<Graph> graphs = [];
    private int[]? offsets;

    /// <summary>What the set is called.</summary>
    public required string Name { get; init; }

    /// <summary>The graphs. An undirected edge is two directed ones.</summary>
    public required IReadOnlyList<Graph> Graphs
    {
        get => graphs;
        init => (graphs, offsets) = (value, null);
    }

    /// <summary>Class of each graph, 0 … Classes - 1: [Count].</summary>
    public required int[] Labels { get; init; }

    /// <summary>Number of classes.</summary>
    public required int Classes { get; init; }

    /// <summary>What the files call class 0, 1, …; null where they have no names.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Label of each node of each graph, 0 … NodeLabelCount - 1; null where nodes have none.</summary>
    public IReadOnlyList<int[]>? NodeLabels { get; init; }

    /// <summary>Number of different node labels.</summary>
    public int NodeLabelCount { get; init; }

    /// <summary>Label of each edge of each graph, in the numbering of <see cref="Graph.Sources"/>; null where
    /// edges have none.</summary>
    public IReadOnlyList<int[]>? EdgeLabels { get; init; }

    /// <summary>Number of different edge labels.</summary>
    public int EdgeLabelCount { get; init; }

    /// <summary>Numbers that describe each node, [N, NodeAttributeCount] node after node, of each graph; null
    /// where there are none.</summary>
    public IReadOnlyList<float[]>? NodeAttributes { get; init; }

    /// <summary>Numbers a node.</summary>
    public int NodeAttributeCount { get; init; }

    /// <summary>Coarser versions of each graph, for models that pool by them; null until <see cref="WithPyramids"/>.</summary>
    public IReadOnlyList<KronPyramid>? Pyramids { get; init; }

    /// <summary>The same set with coarser versions of its graphs. Cost O(n³) a graph.</summary>
    /// <param name="levels">How often to reduce.</param>
    public GraphDataset WithPyramids(int levels) =>
        this with { Pyramids = [.. Progress.Over("coarser graphs", Graphs).Select(graph => KronPyramid.Build(graph, levels))] };

    /// <summary>Number of graphs.</summary>
    public int Count => Graphs.Count;

    /// <summary>The row of each graph's first node in features of all nodes, and their number last: [Count + 1].</summary>
    public int[] Offsets => offsets ??= Starts();

    /// <summary>Number of nodes of all graphs, ΣN.</summary>
    public int Nodes => Offsets[^1];

    /// <summary>The data set of some of the graphs, in the order given; counts of labels and classes stay.</summary>
    /// <param name="graphs">Which ones; one may come twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such graph.</exception>
    public GraphDataset Subset(IReadOnlyList<int> graphs)
    {
        foreach (int g in graphs)
            if ((uint)g >= (uint)Count)
                throw new ArgumentOutOfRangeException(
                    nameof(graphs), g, $"'{Name}' has the graphs 0 to {Count - 1}.");
        return this with
        {
            Graphs = [.. graphs.Select(g => Graphs[g])],
            Labels = [.. graphs.Select(g => Labels[g])],
            NodeLabels = NodeLabels is null ? null : [.. graphs.Select(g => NodeLabels[g])],
            EdgeLabels = EdgeLabels is null ? null : [.. graphs.Select(g => EdgeLabels[g])],
            NodeAttributes = NodeAttributes is null ? null : [.. graphs.Select(g => NodeAttributes[g])],
            Pyramids = Pyramids is null ? null : [.. graphs.Select(g => Pyramids[g])],
        };
    }

    // ------------------------------------------------------------------------------------ features of all nodes

    /// <summary>A one in the column of each node's label: [ΣN, NodeLabelCount].</summary>
    /// <exception cref="InvalidOperationException">Nodes have no labels.</exception>
    public Tensor OneHotLabels() => OneHot(
        NodeLabels?.SelectMany(labels => labels) ?? throw Lacking("labels"), NodeLabelCount);

    /// <summary>The numbers that describe each node: [ΣN, NodeAttributeCount].</summary>
    /// <exception cref="InvalidOperationException">Nodes have none.</exception>
    public Tensor Attributes() => tensor([.. (NodeAttributes ?? throw Lacking("attributes")).SelectMany(a => a)])
        .reshape(Nodes, NodeAttributeCount).DetachFromDisposeScope();

    /// <summary>Number of edges that arrive at each node: [ΣN, 1].</summary>
    public Tensor Degrees() => tensor([.. ArrivingEdges().Select(d => (float)d)])
        .reshape(Nodes, 1).DetachFromDisposeScope();

    /// <summary>A one in the column of each node's degree: [ΣN, cap + 1]; degrees above the cap share the last.</summary>
    /// <param name="cap">The largest degree with a column of its own; 0 or less for the largest there is.</param>
    public Tensor OneHotDegrees(int cap = 0)
    {
        int[] degrees = [.. ArrivingEdges()];
        int last = cap > 0 ? cap : degrees.Max();
        return OneHot(degrees.Select(d => Math.Min(d, last)), last + 1);
    }

    /// <summary>The same number one for each node: [ΣN, 1].</summary>
    public Tensor Ones() => ones(Nodes, 1).DetachFromDisposeScope();

    /// <summary>What most papers feed a network: labels and attributes where there are any, degrees one-hot where
    /// not.</summary>
    /// <returns>[ΣN, F].</returns>
    public Tensor Features()
    {
        if (NodeLabels is null) return NodeAttributes is null ? OneHotDegrees() : Attributes();
        if (NodeAttributes is null) return OneHotLabels();
        using var scope = NewDisposeScope();
        using Tensor labels = OneHotLabels(), attributes = Attributes();
        return cat([labels, attributes], dim: 1).DetachFromDisposeScope();
    }

    // ------------------------------------------------------------------------------------ mini-batches

    /// <summary>Some of the graphs as one, with their nodes' rows and their classes.</summary>
    /// <param name="graphs">Which ones, in order.</param>
    /// <param name="features">A row a node of the whole set: [ΣN, F].</param>
    /// <returns>The graphs, their rows [n, F] and their classes [B]; the tensors belong to the caller's scope.</returns>
    /// <exception cref="ArgumentException">The features are not of this set's nodes.</exception>
    public GraphSample Batch(IReadOnlyList<int> graphs, Tensor features)
    {
        Require.Nodes(features, Nodes, nameof(features));
        var batch = new GraphBatch([.. graphs.Select(g => Graphs[g])]);
        var rows = new long[batch.Nodes];
        int at = 0;
        foreach (int g in graphs)
            for (int row = Offsets[g]; row < Offsets[g + 1]; row++) rows[at++] = row;
        using var scope = NewDisposeScope();
        var labels = tensor([.. graphs.Select(g => (long)Labels[g])], device: features.device);
        return new GraphSample(batch,
            features.index_select(0, tensor(rows, device: features.device)).MoveToOuterDisposeScope(),
            labels.MoveToOuterDisposeScope())
        {
            Pyramids = Pyramids is null ? null : [.. graphs.Select(g => Pyramids[g])],
            EdgeLabels = EdgeLabels is null ? null : [.. graphs.SelectMany(g => EdgeLabels[g])],
        };
    }

    private IEnumerable<int> ArrivingEdges() =>
        Graphs.SelectMany(graph => Enumerable.Range(0, graph.Nodes).Select(i => graph.Neighbours(i).Length));

    private static Tensor OneHot(IEnumerable<int> columns, int width)
    {
        int[] hot = [.. columns];
        var values = new float[hot.Length * width];
        for (int row = 0; row < hot.Length; row++) values[row * width + hot[row]] = 1;
        return tensor(values).reshape(hot.Length, width).DetachFromDisposeScope();
    }

    private int[] Starts()
    {
        var starts = new int[Count + 1];
        for (int g = 0; g < Count; g++) starts[g + 1] = starts[g] + Graphs[g].Nodes;
        return starts;
    }

    private InvalidOperationException Lacking(string what) => new(
        $"The nodes of '{Name}' have no {what}; OneHotDegrees(), Degrees() or Ones() make features from the graphs alone.");
}
