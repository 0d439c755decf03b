namespace Lectern.KnowledgeGraphs;

/// <summary>DistMult: Σ_k h_k r_k t_k; the same from both sides, for every relation. Yang et al., ICLR 2015.</summary>
public sealed class DistMult : nn.Module, IScorer
{
    /// <param name="width">D, numbers an entity and a relation.</param>
    public DistMult(long width) : base(nameof(DistMult)) => EntityWidth = width;

    /// <inheritdoc/>
    public long EntityWidth { get; }

    /// <inheritdoc/>
    public long RelationWidth => EntityWidth;

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) => Compare.Dot(h * r, entities);

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) => Compare.Dot(r * t, entities);
}
