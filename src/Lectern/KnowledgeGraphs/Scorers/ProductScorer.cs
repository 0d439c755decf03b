namespace Lectern.KnowledgeGraphs;

/// <summary>A scorer whose score is the product ⟨q, e⟩ of what a question becomes with an entity's vector.</summary>
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

    /// <summary>What (h, r, ?) becomes.</summary>
    /// <param name="h">Vectors of the heads: [B, E].</param>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <returns>q: [B, E].</returns>
    public abstract Tensor TailQuery(Tensor h, Tensor r);

    /// <summary>What (?, r, t) becomes.</summary>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <param name="t">Vectors of the tails: [B, E].</param>
    /// <returns>q: [B, E].</returns>
    /// <exception cref="InvalidOperationException">The scorer scores tails only.</exception>
    public abstract Tensor HeadQuery(Tensor r, Tensor t);

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities) => Compare.Dot(TailQuery(h, r), entities);

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities) => Compare.Dot(HeadQuery(r, t), entities);
}
