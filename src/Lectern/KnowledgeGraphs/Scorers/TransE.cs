namespace Lectern.KnowledgeGraphs;

/// <summary>TransE: -‖h + r - t‖_p, the norm itself and not its square. Bordes et al., NIPS 2013.</summary>
public sealed class TransE : nn.Module, IScorer
{
    private readonly double p;

    /// <param name="width">D, numbers an entity and a relation.</param>
    /// <param name="p">The norm, 1 or 2.</param>
    public TransE(long width, double p = 2) : base(nameof(TransE)) => (EntityWidth, this.p) = (width, p);

    /// <inheritdoc/>
    public long EntityWidth { get; }

    /// <inheritdoc/>
    public long RelationWidth => EntityWidth;

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) => Compare.Distance(h + r, entities, p);

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) => Compare.Distance(t - r, entities, p);
}
