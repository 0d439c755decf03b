namespace Lectern.KnowledgeGraphs;

/// <summary>
/// MuRE: -‖R h - (t + r)‖² + b_h + b_t with a diagonal R: a relation stretches the head and moves the tail.
/// Balažević, Allen and Hospedales, NeurIPS 2019, eq. 3 in Euclidean space.
/// </summary>
/// <remarks>
/// An entity is its vector and its two biases, [e, b as head, b as tail]; a relation is [diag R, r]. Without
/// stretching R is 1: MuRE_I of Allen et al. 2021.
/// </remarks>
public sealed class MuRE : nn.Module, IScorer
{
    private readonly long width;
    private readonly bool stretches;

    /// <param name="width">D, the dimension of an entity's vector.</param>
    /// <param name="stretches">Whether R is learnt; otherwise it is 1.</param>
    public MuRE(long width, bool stretches = true) : base(nameof(MuRE)) =>
        (this.width, this.stretches) = (width, stretches);

    /// <inheritdoc/>
    public long EntityWidth => width + 2;

    /// <inheritdoc/>
    public long RelationWidth => stretches ? 2 * width : width;

    /// <summary>Biases begin at 0 and R uniformly between -1 and 1, as in the authors' code: with both
    /// vectors and R near 0 there would be no slope.</summary>
    public void Begin(Tensor entities, Tensor relations)
    {
        using var scope = NewDisposeScope();
        entities.narrow(1, width, 2).zero_();
        if (stretches) relations.narrow(1, 0, width).uniform_(-1, 1);
    }

    /// <inheritdoc/>
    public Tensor Tails(Tensor h, Tensor r, Tensor entities)
    {
        var (stretch, move) = Parts(r);
        var head = h.narrow(-1, 0, width);
        return Scores((stretch is null ? head : stretch * head) - move, null, entities)     // R h - r against t
            + h.narrow(-1, width, 1) + entities.select(-1, width + 1);
    }

    /// <inheritdoc/>
    public Tensor Heads(Tensor r, Tensor t, Tensor entities)
    {
        var (stretch, move) = Parts(r);
        return Scores(t.narrow(-1, 0, width) + move, stretch, entities)                     // t + r against R h
            + t.narrow(-1, width + 1, 1) + entities.select(-1, width);
    }

    private (Tensor? Stretch, Tensor Move) Parts(Tensor r)
    {
        if (!stretches) return (null, r);
        var (stretch, move) = Compare.Halves(r);
        return (stretch, move);
    }

    /// <summary>-‖q - R e‖², for all e: [B, N] by the expanded square, [B, K] directly.</summary>
    private Tensor Scores(Tensor q, Tensor? stretch, Tensor entities)
    {
        var e = entities.narrow(-1, 0, width);
        if (e.dim() == 3)
            return -(q.unsqueeze(1) - (stretch is null ? e : stretch.unsqueeze(1) * e)).square().sum(-1);
        var own = q.square().sum(-1, keepdim: true);        // [B, 1]
        return stretch is null
            ? 2 * q.mm(e.t()) - own - e.square().sum(-1)
            : 2 * (q * stretch).mm(e.t()) - own - stretch.square().mm(e.square().t());
    }
}
