namespace Lectern.Graphs;

/// <summary>Graph isomorphism layer: h'_v = MLP((1 + ε) h_v + Σ h_u over the edges u → v).</summary>
/// <remarks>Xu et al. 2019, eq. 4.1. GIN-0 keeps ε = 0, GIN-ε learns it.</remarks>
public sealed class GinLayer : nn.Module<Graph, Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> mlp;
    private readonly Parameter? epsilon;                        // [1]
    private readonly long? inFeatures;

    /// <param name="mlp">What is applied to each node's sum: [N, F] to [N, D].</param>
    /// <param name="learnsEpsilon">Whether ε is learned.</param>
    /// <param name="inFeatures">F, where the layer is to check it; null leaves that to the MLP.</param>
    public GinLayer(nn.Module<Tensor, Tensor> mlp, bool learnsEpsilon = false, long? inFeatures = null)
        : base(nameof(GinLayer))
    {
        (this.mlp, this.inFeatures) = (mlp, inFeatures);
        epsilon = learnsEpsilon ? new Parameter(zeros(1)) : null;
        RegisterComponents();
    }

    /// <summary>The layer with the paper's two-layer MLP, batch-normalised between.</summary>
    public static GinLayer WithTwoLayers(long inFeatures, long hidden, long outFeatures, bool learnsEpsilon = false) =>
        new(new NormedLayers(nn.Linear(inFeatures, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outFeatures)),
            learnsEpsilon, inFeatures);

    /// <param name="graph">The neighbourhoods; edges run from source to target.</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[N, D].</returns>
    public override Tensor forward(Graph graph, Tensor h)
    {
        Require.Features(h, graph.Nodes, inFeatures ?? (h.dim() == 2 ? h.shape[1] : 0), nameof(h));
        using var scope = NewDisposeScope();
        var own = epsilon is null ? h : h * (1 + epsilon);
        return mlp.call(own + graph.Sum(h)).MoveToOuterDisposeScope();  // eq. 4.1
    }
}
