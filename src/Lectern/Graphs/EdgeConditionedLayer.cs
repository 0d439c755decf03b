namespace Lectern.Graphs;

/// <summary>
/// Edge-conditioned convolution: each edge has weights of its own, which a small network makes from the edge's label,
/// x'_i = mean or sum over the edges j → i of Θ(l_ji) x_j, plus b; the edge i → i has a matrix W of its own where asked for.
/// </summary>
/// <remarks>
/// Simonovsky and Komodakis, CVPR 2017, eq. 1; Θ(l) = Linear(ReLU(Linear(l))) as a matrix D × F. The network's second
/// layer is linear in its H hidden units, so Σ_e Θ(l_e) x_e = Σ_k T_k Σ_e r_k(l_e) x_e: the E matrices are never made.
/// Cost O(E·H·F + N·H·F·D), memory O(N·H·F).
/// </remarks>
public sealed class EdgeConditionedLayer : nn.Module<Graph, Tensor, Tensor, Tensor>
{
    private readonly Linear first;                              // labels to H hidden units
    private readonly Parameter filters;                         // T_0 … T_H: [(H + 1) F, D], T_0 the second layer's bias
    private readonly Linear? root;
    private readonly Parameter bias;                            // [D]
    private readonly long inFeatures;
    private readonly bool mean;

    /// <param name="inFeatures">F, columns of x.</param>
    /// <param name="outFeatures">D, columns of x'.</param>
    /// <param name="edgeFeatures">Columns of the edge labels.</param>
    /// <param name="hidden">H, hidden units of the network that makes the weights.</param>
    /// <param name="mean">Whether to divide by the number of arriving edges, as the paper does; a sum otherwise.</param>
    /// <param name="hasRoot">Whether a node's own state enters through a matrix of its own: the edge from i to i, whose label no
    /// other edge has.</param>
    public EdgeConditionedLayer(long inFeatures, long outFeatures, long edgeFeatures, long hidden = 16, bool mean = true, bool hasRoot = false)
        : base(nameof(EdgeConditionedLayer))
    {
        (this.inFeatures, this.mean) = (inFeatures, mean);
        first = nn.Linear(edgeFeatures, hidden);
        double bound = 1 / Math.Sqrt(hidden);                           // as a linear layer from H units starts
        filters = new Parameter(empty((hidden + 1) * inFeatures, outFeatures).uniform_(-bound, bound));
        root = hasRoot ? nn.Linear(inFeatures, outFeatures, hasBias: false) : null;
        bias = new Parameter(zeros(outFeatures));
        RegisterComponents();
    }

    /// <param name="graph">The edges; their weights are not read.</param>
    /// <param name="x">Node states: [N, F].</param>
    /// <param name="labels">A row an edge, in the numbering of <see cref="Graph.Sources"/>: [E, edgeFeatures]; or one row for all
    /// edges: [1, edgeFeatures].</param>
    /// <returns>[N, D].</returns>
    /// <exception cref="ArgumentException">There is neither a row an edge nor one for all.</exception>
    public override Tensor forward(Graph graph, Tensor x, Tensor labels)
    {
        Require.Features(x, graph.Nodes, inFeatures, nameof(x));
        if (labels.dim() != 2 || (labels.shape[0] != graph.Edges && labels.shape[0] != 1))
            throw new ArgumentException(
                $"The edge labels must be [{graph.Edges}, L], a row an edge, or [1, L]; given were [{string.Join(", ", labels.shape)}].", nameof(labels));
        using var scope = NewDisposeScope();
        var r = nn.functional.relu(first.call(labels));                 // [E, H]
        r = cat([ones([r.shape[0], 1], r.dtype, r.device), r], dim: 1);  // [E, H + 1]: r_0 = 1 belongs to T_0
        long terms = r.shape[1];
        Tensor next;                                                    // [N, D]
        if (labels.shape[0] == 1)                                       // one matrix for all edges: Θ = Σ r_k T_k
        {
            var theta = (r.t() * filters.view(terms, -1)).sum(dim: 0).view(inFeatures, -1);      // [F, D]
            next = graph.WithWeights(null).Sum(x).mm(theta);
        }
        else next = graph.Sum(x.repeat(1, terms), r).mm(filters);       // Σ_e r_k(e) x_j: [N, (H + 1) F]
        if (root is not null) next = next + root.call(x);
        if (mean) next = next / Counts(graph, x);
        return (next + bias).MoveToOuterDisposeScope();
    }

    // With weights of its own a node counts among its neighbours.
    private Tensor Counts(Graph graph, Tensor x) => tensor(
        [.. Enumerable.Range(0, graph.Nodes).Select(i => (float)Math.Max(1, graph.Neighbours(i).Length + (root is null ? 0 : 1)))],
        dtype: x.dtype, device: x.device).unsqueeze(1);                 // [N, 1]
}
