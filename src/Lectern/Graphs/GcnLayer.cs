namespace Lectern.Graphs;

/// <summary>Graph convolution without its non-linearity: H' = Â H W (+ b).</summary>
/// <remarks>
/// Kipf and Welling 2017, eq. 2. Â comes with the graph: <c>graph.WithSelfLoops().Normalized()</c>. Cost O(N·F·D + E·D), no
/// temporary of E rows.
/// </remarks>
public sealed class GcnLayer : nn.Module<Graph, Tensor, Tensor>
{
    private readonly Parameter weight;                          // [F, D]
    private readonly Parameter? bias;                           // [D]

    /// <param name="inFeatures">F, columns of H.</param>
    /// <param name="outFeatures">D, columns of H'.</param>
    /// <param name="hasBias">Whether b is there; the authors' code has none.</param>
    public GcnLayer(long inFeatures, long outFeatures, bool hasBias = false) : base(nameof(GcnLayer))
    {
        weight = new Parameter(nn.init.xavier_uniform_(empty(inFeatures, outFeatures)));
        bias = hasBias ? new Parameter(zeros(outFeatures)) : null;
        RegisterComponents();
    }

    /// <summary>W: [F, D].</summary>
    public Parameter Weight => weight;

    /// <param name="graph">Â as edge weights; edges run from source to target.</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[N, D].</returns>
    public override Tensor forward(Graph graph, Tensor h)
    {
        Require.Features(h, graph.Nodes, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Propagate(graph, h.mm(weight)).MoveToOuterDisposeScope();    // [N, F] -> [N, D]
    }

    /// <inheritdoc cref="forward(Graph, Tensor)"/>
    public Tensor forward(Graph graph, SparseMatrix h)
    {
        Require.Features(h, graph.Nodes, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Propagate(graph, h.MatMul(weight)).MoveToOuterDisposeScope();    // [N, F] -> [N, D]
    }

    /// <summary>The layer on the part of a graph that a batch hears.</summary>
    /// <param name="aHat">Who hears whom, with the weights of Â: [T, N] (<see cref="SampledNeighbourhood.Convolutions"/>).</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[T, D].</returns>
    public Tensor forward(SparseMatrix aHat, Tensor h)
    {
        Require.Features(h, aHat.Columns, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Biased(aHat.MatMul(h.mm(weight))).MoveToOuterDisposeScope();     // [N, F] -> [T, D]
    }

    private Tensor Propagate(Graph graph, Tensor hw) => Biased(graph.Sum(hw));  // eq. 2: Σ Â_ij W h_j

    private Tensor Biased(Tensor next) => bias is null ? next : next + bias;
}
