namespace Lectern.Graphs;

/// <summary>
/// Several graphs as one disconnected graph: graph g owns the nodes Offsets[g] … Offsets[g + 1] - 1. Whatever runs on a graph
/// runs on a batch, and pooling brings node rows back to graph rows.
/// </summary>
public sealed class GraphBatch
{
    /// <param name="graphs">The graphs, in order; all with weights or all without.</param>
    /// <exception cref="ArgumentException">There is no graph, or some have weights and others none.</exception>
    public GraphBatch(IReadOnlyList<Graph> graphs)
    {
        if (graphs.Count == 0) throw new ArgumentException("A batch wants at least one graph.", nameof(graphs));
        if (graphs.Any(g => g.Weights is null) && graphs.Any(g => g.Weights is not null))
            throw new ArgumentException("Graphs with and without weights do not mix in a batch; give all of them weights or none.", nameof(graphs));
        Offsets = new int[graphs.Count + 1];
        for (int g = 0; g < graphs.Count; g++) Offsets[g + 1] = Offsets[g] + graphs[g].Nodes;
        this.graphs = graphs;
        membership = SparseMatrix.FromRows(graphs.Count, Offsets[^1], Offsets, [.. Enumerable.Range(0, Offsets[^1])]);
    }

    private readonly IReadOnlyList<Graph> graphs;
    private Graph? joint;                                       // made for whoever reads edges
    private readonly SparseMatrix membership;
    private SparseMatrix? averaging;                            // made for the first mean

    private SparseMatrix Averaging => averaging ??= membership.WithValues(tensor(
        [.. Enumerable.Range(0, Count).SelectMany(g => Enumerable.Repeat(1f / (Offsets[g + 1] - Offsets[g]), Offsets[g + 1] - Offsets[g]))]));

    /// <summary>All graphs as one.</summary>
    public Graph Graph => joint ??= Join();

    /// <summary>Number of nodes of all graphs.</summary>
    public int Nodes => Offsets[^1];

    /// <summary>Number of graphs.</summary>
    public int Count => Offsets.Length - 1;

    /// <summary>Where each graph's nodes begin: [Count + 1].</summary>
    public int[] Offsets { get; }

    /// <summary>The graph of each node: [N].</summary>
    public int[] GraphOfNode() => membership.EntryRows();

    /// <summary>Sum of each graph's node rows: [N, D] gives [Count, D].</summary>
    public Tensor Sum(Tensor x) => SparseProduct.Multiply(membership, null, x);

    /// <summary>Mean of each graph's node rows: [N, D] gives [Count, D].</summary>
    public Tensor Mean(Tensor x) => SparseProduct.Multiply(Averaging, Averaging.Values, x);

    /// <summary>Largest of each graph's node rows, column by column: [N, D] gives [Count, D].</summary>
    public Tensor Max(Tensor x) => NeighbourMax.Of(membership, x);

    private Graph Join()
    {
        var (pointers, sources) = (new int[Nodes + 1], new int[graphs.Sum(g => g.Edges)]);
        for (int g = 0, at = 0; g < graphs.Count; g++)
        {
            var (rows, columns, first) = (graphs[g].Adjacency.RowPointers, graphs[g].Sources, Offsets[g]);
            for (int i = 0; i < graphs[g].Nodes; i++) pointers[first + i + 1] = at + rows[i + 1];
            for (int e = 0; e < columns.Length; e++) sources[at + e] = columns[e] + first;
            at += columns.Length;
        }
        var adjacency = SparseMatrix.FromRows(Nodes, Nodes, pointers, sources);
        return new Graph(graphs[0].Weights is null ? adjacency : adjacency.WithValues(cat([.. graphs.Select(g => g.Weights!)])));
    }
}
