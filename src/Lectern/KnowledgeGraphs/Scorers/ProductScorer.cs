namespace Lectern.KnowledgeGraphs;

/// <summary>
/// A scorer whose scores are products ⟨q, e⟩ of a vector for the question and one for the entity. Training against all
/// entities then needs no table of all scores.
/// </summary>
public abstract class ProductScorer : nn.Module, IScorer
{
    private protected ProductScorer(string name) : base(name)
    {
    }

    /// <inheritdoc/>
    public abstract long EntityWidth { get; }

    /// <inheritdoc/>
    public abstract long RelationWidth { get; }

    /// <inheritdoc/>
    public virtual bool OnlyTails => false;

    /// <summary>q of (h, r, ?).</summary>
    /// <param name="h">Vectors of the heads: [B, E].</param>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <returns>[B, E].</returns>
    public abstract Tensor TailQuery(Tensor h, Tensor r);

    /// <summary>q of (?, r, t).</summary>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <param name="t">Vectors of the tails: [B, E].</param>
    /// <returns>[B, E].</returns>
    public abstract Tensor HeadQuery(Tensor r, Tensor t);

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) => Compare.Dot(TailQuery(h, r), entities);

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) => Compare.Dot(HeadQuery(r, t), entities);
}
