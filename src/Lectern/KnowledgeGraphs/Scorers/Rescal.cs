namespace Lectern.KnowledgeGraphs;

/// <summary>RESCAL: hᵀ W_r t with a full matrix a relation. Nickel, Tresp and Kriegel, ICML 2011.</summary>
public sealed class Rescal : ProductScorer
{
    private readonly long width;

    /// <param name="width">D, numbers an entity; a relation has D².</param>
    public Rescal(long width) : base(nameof(Rescal)) => this.width = width;

    /// <inheritdoc/>
    public override long EntityWidth => width;

    /// <inheritdoc/>
    public override long RelationWidth => width * width;

    /// <inheritdoc/>
    public override Tensor TailQuery(Tensor h, Tensor r) =>
        h.unsqueeze(1).bmm(r.view(-1, width, width)).squeeze(1);                    // Wᵀ h

    /// <inheritdoc/>
    public override Tensor HeadQuery(Tensor r, Tensor t) =>
        r.view(-1, width, width).bmm(t.unsqueeze(2)).squeeze(2);                    // W t
}
