namespace Lectern.KnowledgeGraphs;

/// <summary>
/// TuckER: W ×₁ h ×₂ r ×₃ t with one core W for all relations. Balažević, Allen and Hospedales, EMNLP 2019, eq. 3,
/// with the batch norms and dropouts of its section 4.3.
/// </summary>
public sealed class TuckER : ProductScorer
{
    private readonly Parameter core;                                    // [R, E, E]
    private readonly BatchNorm1d? normHead, normTail;
    private readonly Dropout dropHead, dropMatrix, dropTail;

    /// <param name="width">E, numbers an entity.</param>
    /// <param name="relationWidth">R, numbers a relation.</param>
    /// <param name="dropouts">Of the head, of the relation's matrix, of the product.</param>
    /// <param name="normalizes">Whether head and product go through batch norms. Then only tails can be
    /// scored.</param>
    public TuckER(long width, long relationWidth, (double Head, double Matrix, double Product) dropouts = default,
        bool normalizes = true) : base(nameof(TuckER))
    {
        (EntityWidth, RelationWidth) = (width, relationWidth);
        core = new Parameter(rand(relationWidth, width, width) * 2 - 1);
        if (normalizes) (normHead, normTail) = (nn.BatchNorm1d(width), nn.BatchNorm1d(width));
        (dropHead, dropMatrix) = (nn.Dropout(dropouts.Head), nn.Dropout(dropouts.Matrix));
        dropTail = nn.Dropout(dropouts.Product);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override long EntityWidth { get; }

    /// <inheritdoc/>
    public override long RelationWidth { get; }

    /// <inheritdoc/>
    public override bool OnlyTails => normHead is not null;

    /// <inheritdoc/>
    public override Tensor TailQuery(Tensor h, Tensor r)
    {
        h = dropHead.call(normHead is null ? h : normHead.call(h));
        var product = h.unsqueeze(1).bmm(dropMatrix.call(Matrix(r))).squeeze(1);                    // [B, E]
        return dropTail.call(normTail is null ? product : normTail.call(product));
    }

    /// <inheritdoc/>
    public override Tensor HeadQuery(Tensor r, Tensor t) => OnlyTails
        ? throw new InvalidOperationException(
            "TuckER with batch norms scores tails only; ask for heads by reciprocal relations.")
        : dropTail.call(dropMatrix.call(Matrix(r)).bmm(dropHead.call(t).unsqueeze(2)).squeeze(2));

    /// <summary>W ×₂ r: [B, E, E].</summary>
    private Tensor Matrix(Tensor r) => r.mm(core.view(RelationWidth, -1)).view(-1, EntityWidth, EntityWidth);
}
