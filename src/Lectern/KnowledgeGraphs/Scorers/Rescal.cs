namespace Lectern.KnowledgeGraphs;

/// <summary>RESCAL: hᵀ W_r t with a full matrix a relation. Nickel, Tresp and Kriegel, ICML 2011.</summary>
public sealed class Rescal : nn.Module, IScorer
{
    private readonly long width;

    /// <param name="width">D, numbers an entity; a relation has D².</param>
    public Rescal(long width) : base(nameof(Rescal)) => this.width = width;

    /// <inheritdoc/>
    public long EntityWidth => width;

    /// <inheritdoc/>
    public long RelationWidth => width * width;

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) =>
        Compare.Dot(h.unsqueeze(1).bmm(r.view(-1, width, width)).squeeze(1), entities);             // Wᵀ h: [B, D]

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) =>
        Compare.Dot(r.view(-1, width, width).bmm(t.unsqueeze(2)).squeeze(2), entities);             // W t: [B, D]
}
