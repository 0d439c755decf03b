using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Graph attention without its non-linearity: K heads, each h'_i = Σ_j α_ij W h_j over the edges j → i.</summary>
/// <remarks>
/// Veličković et al. 2018, eqs. 1–6, in the efficient form e_ij = LeakyReLU(a_lᵀ W h_i + a_rᵀ W h_j). The graph should have
/// self-loops, so that a node attends to itself. Cost O(N·F·K·D + E·K·D); the only temporaries of E rows have K columns.
/// </remarks>
public sealed class GatLayer : nn.Module<Graph, Tensor, Tensor>
{
    private readonly Parameter weight;                          // [F, K·D]
    private readonly Parameter attendTarget;                    // a_l: [K, D]
    private readonly Parameter attendSource;                    // a_r: [K, D]
    private readonly Parameter bias;                            // [K·D], or [D] where heads are averaged
    private readonly double attentionDropout;
    private readonly double slope;

    /// <param name="inFeatures">F, columns of h.</param>
    /// <param name="outFeatures">D, columns of each head.</param>
    /// <param name="heads">K.</param>
    /// <param name="concatenate">Whether heads lie side by side (eq. 5) or are averaged (eq. 6).</param>
    /// <param name="attentionDropout">Share of the α that is dropped in training.</param>
    /// <param name="slope">Slope of the LeakyReLU below zero.</param>
    public GatLayer(long inFeatures, long outFeatures, int heads = 1, bool concatenate = true, double attentionDropout = 0, double slope = 0.2)
        : base(nameof(GatLayer))
    {
        (Heads, Concatenate, this.attentionDropout, this.slope) = (heads, concatenate, attentionDropout, slope);
        // Glorot for each head apart: a head's W is [F, D], its a is [2·D, 1].
        weight = new Parameter(cat([.. Enumerable.Range(0, heads).Select(_ => nn.init.xavier_uniform_(empty(inFeatures, outFeatures)))], 1));
        var a = stack(Enumerable.Range(0, heads).Select(_ => nn.init.xavier_uniform_(empty(2 * outFeatures, 1)).squeeze(1)));   // [K, 2·D]
        attendTarget = new Parameter(a.narrow(1, 0, outFeatures).clone());
        attendSource = new Parameter(a.narrow(1, outFeatures, outFeatures).clone());
        bias = new Parameter(zeros(concatenate ? heads * outFeatures : outFeatures));
        RegisterComponents();
    }

    /// <summary>K.</summary>
    public int Heads { get; }

    /// <summary>Whether heads lie side by side in the output.</summary>
    public bool Concatenate { get; }

    /// <param name="graph">The neighbourhoods, with self-loops; edges run from source to target. Its weights are not used.</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[N, K·D] with heads side by side, [N, D] with heads averaged.</returns>
    public override Tensor forward(Graph graph, Tensor h)
    {
        Require.Features(h, graph.Nodes, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Attend(graph, h.mm(weight)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="forward(Graph, Tensor)"/>
    public Tensor forward(Graph graph, SparseMatrix h)
    {
        Require.Features(h, graph.Nodes, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Attend(graph, h.MatMul(weight)).MoveToOuterDisposeScope();
    }

    /// <summary>α of each edge and head: [E, K], without dropout.</summary>
    public Tensor Attention(Graph graph, Tensor h)
    {
        Require.Features(h, graph.Nodes, weight.shape[0], nameof(h));
        using var scope = NewDisposeScope();
        return Coefficients(graph, h.mm(weight).view(graph.Nodes, Heads, -1), 0).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Graph graph, Tensor wh)                       // [N, K·D]
    {
        var byHead = wh.view(graph.Nodes, Heads, -1);                   // [N, K, D]
        var alpha = Coefficients(graph, byHead, attentionDropout);      // [E, K]
        var next = graph.Sum(wh, alpha);                                // eq. 4: [N, K·D]
        if (!Concatenate)
            next = next.view(graph.Nodes, Heads, -1).mean([1]);         // eq. 6: [N, D]
        return next + bias;
    }

    private Tensor Coefficients(Graph graph, Tensor byHead, double dropout)
    {
        var ofTargets = (byHead * attendTarget).sum(dim: 2);            // a_lᵀ W h_i: [N, K]
        var ofSources = (byHead * attendSource).sum(dim: 2);            // a_rᵀ W h_j: [N, K]
        var sums = graph.EdgeSums(ofTargets, ofSources);                // at each edge j → i: [E, K]
        var alpha = graph.Softmax(nn.functional.leaky_relu(sums, slope));   // eq. 3
        return FastDropout.Apply(alpha, dropout, training);
    }
}
