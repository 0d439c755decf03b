using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// <see cref="AnswerLoss"/> of the products of questions with all entities. Scores are made, turned into their own
/// gradient and multiplied back, at most 512 questions at a time, in memory that the next ones take over: 30 MB among
/// 14,541 entities, however large the batch is.
/// </summary>
internal sealed class ProductLoss : autograd.SingleTensorFunction<ProductLoss>
{
    // As many rows as products are fast with: with half as many they take a twentieth longer.
    private const int Rows = 512;

    /// <inheritdoc/>
    public override string Name => nameof(ProductLoss);

    /// <summary>The sum over questions, times a factor.</summary>
    /// <param name="queries">[B, E], single precision, on the CPU.</param>
    /// <param name="entities">[n, E], likewise.</param>
    /// <param name="answers">Right answers of each question.</param>
    /// <param name="loss">Cross-entropy or binary cross-entropy.</param>
    /// <param name="smoothing">ε.</param>
    /// <param name="offset">c.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    internal static Tensor Of(Tensor queries, Tensor entities, AnswerRows answers, LinkLoss loss, double smoothing = 0,
        double offset = 0, double factor = 1)
    {
        AnswerLoss.RequireAll(loss);
        return apply(queries, entities, answers, loss == LinkLoss.CrossEntropy, smoothing, offset, factor);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (queries, entities) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous());
        var answers = (AnswerRows)vars[2];
        var (softmax, smoothing, offset, factor) = ((bool)vars[3], (double)vars[4], (double)vars[5], (double)vars[6]);
        long count = queries.shape[0];
        var (ofQueries, ofEntities) = (empty_like(queries), empty_like(entities));
        using var room = empty([Math.Min(Rows, count), entities.shape[0]]);
        double loss = 0;
        for (long first = 0; first < count; first += Rows)
        {
            using var scope = NewDisposeScope();
            long rows = Math.Min(Rows, count - first);
            var (some, scores) = (queries.narrow(0, first, rows), room.narrow(0, 0, rows));
            MatrixProduct.Write(scores, some, entities.t());                                        // s = q eᵀ
            loss += AnswerLoss.OfRows(scores, scores, answers, (int)first, softmax, smoothing, offset, factor);
            MatrixProduct.Write(ofQueries.narrow(0, first, rows), scores, entities);                // ds e
            MatrixProduct.Write(ofEntities, scores.t(), some, add: first > 0);                      // dsᵀ q
        }
        ctx.save_for_backward([ofQueries, ofEntities]);
        return tensor((float)loss);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (ofQueries, ofEntities) = (ctx.get_saved_variables()[0], ctx.get_saved_variables()[1]);
        // The last sum of a loss passes 1 on; a pass over a large table is spared then.
        return grad_output.item<float>() == 1
            ? [ofQueries, ofEntities, null!, null!, null!, null!, null!]
            : [ofQueries * grad_output, ofEntities * grad_output, null!, null!, null!, null!, null!];
    }
}
