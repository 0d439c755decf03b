namespace Lectern.KnowledgeGraphs;

/// <summary>
/// How plausible a triple is, from the vectors of its parts; higher is more plausible. A scorer has no table of
/// vectors of its own (<see cref="LinkPredictor"/> has them); what else it learns are its parameters as a module.
/// </summary>
/// <remarks>Rows: B questions. Entities are [N, E], the same for all questions, or [B, K, E], candidates for
/// each.</remarks>
public interface IScorer
{
    /// <summary>Numbers an entity, E.</summary>
    long EntityWidth { get; }

    /// <summary>Numbers a relation.</summary>
    long RelationWidth { get; }

    /// <summary>Whether only tails can be scored, so that (?, r, t) has to be asked as (t, r⁻¹, ?).</summary>
    bool OnlyTails => false;

    /// <summary>What a scorer wants to be otherwise in tables that have just been drawn.</summary>
    /// <param name="entities">[n, E].</param>
    /// <param name="relations">[m, R].</param>
    void Begin(Tensor entities, Tensor relations)
    {
    }

    /// <summary>Scores of entities as tails of (h, r, ?).</summary>
    /// <param name="h">Vectors of the heads: [B, E].</param>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <param name="entities">[N, E] or [B, K, E].</param>
    /// <returns>[B, N] or [B, K].</returns>
    Tensor Tails(Tensor h, Tensor r, Tensor entities);

    /// <summary>Scores of entities as heads of (?, r, t).</summary>
    /// <param name="r">Vectors of the relations: [B, R].</param>
    /// <param name="t">Vectors of the tails: [B, E].</param>
    /// <param name="entities">[N, E] or [B, K, E].</param>
    /// <returns>[B, N] or [B, K].</returns>
    Tensor Heads(Tensor r, Tensor t, Tensor entities);
}

/// <summary>The two ways in which scorers compare a vector with entities.</summary>
internal static class Compare
{
    /// <summary>⟨q, e⟩ for all e.</summary>
    internal static Tensor Dot(Tensor q, Tensor entities) =>
        entities.dim() == 2 ? q.mm(entities.t()) : entities.bmm(q.unsqueeze(2)).squeeze(2);

    /// <summary>-‖q - e‖_p for all e.</summary>
    internal static Tensor Distance(Tensor q, Tensor entities, double p) =>
        entities.dim() == 2 ? -cdist(q, entities, p) : -(q.unsqueeze(1) - entities).norm(2, p: (float)p);

    /// <summary>The two halves of the last dimension: real and imaginary parts, or a vector and what goes with it.</summary>
    internal static (Tensor, Tensor) Halves(Tensor x)
    {
        long half = x.shape[^1] / 2;
        return (x.narrow(-1, 0, half), x.narrow(-1, half, half));
    }
}
