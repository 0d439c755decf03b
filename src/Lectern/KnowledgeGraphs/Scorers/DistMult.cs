namespace Lectern.KnowledgeGraphs;

/// <summary>DistMult: Σ_k h_k r_k t_k; the same from both sides, for every relation. Yang et al., ICLR 2015.</summary>
public sealed class DistMult : ProductScorer
{
    /// <param name="width">D, numbers an entity and a relation.</param>
    public DistMult(long width) : base(nameof(DistMult)) => EntityWidth = width;

    /// <inheritdoc/>
    public override long EntityWidth { get; }

    /// <inheritdoc/>
    public override long RelationWidth => EntityWidth;

    /// <inheritdoc/>
    public override Tensor TailQuery(Tensor h, Tensor r) => h * r;

    /// <inheritdoc/>
    public override Tensor HeadQuery(Tensor r, Tensor t) => r * t;
}
