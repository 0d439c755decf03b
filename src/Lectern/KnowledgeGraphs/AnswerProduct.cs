using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// <see cref="AnswerLoss"/> of the scores Q Eᵀ, together with that product. Some questions at a time are scored, and their
/// loss and both gradients taken while the scores lie in the cache: a table of scores for all questions is the largest thing
/// of a step, and writing and reading it costs more than the arithmetic.
/// </summary>
/// <remarks>The gradients are made in the forward pass: dQ = G E and dE = Gᵀ Q with the loss's gradient G.</remarks>
internal sealed class AnswerProduct : autograd.SingleTensorFunction<AnswerProduct>
{
    private const int Chunk = 128;

    /// <inheritdoc/>
    public override string Name => nameof(AnswerProduct);

    /// <summary>The sum of the loss over the questions, times a factor.</summary>
    /// <param name="queries">Q: [B, E].</param>
    /// <param name="entities">[n, E].</param>
    /// <param name="answers">Right answers of each question.</param>
    /// <param name="loss">Cross-entropy or binary cross-entropy.</param>
    /// <param name="smoothing">As in <see cref="AnswerLoss"/>.</param>
    /// <param name="offset">As in <see cref="AnswerLoss"/>.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    internal static Tensor Of(Tensor queries, Tensor entities, AnswerRows answers, LinkLoss loss, double smoothing, double offset, double factor) =>
        queries.device_type == DeviceType.CPU && queries.dtype == ScalarType.Float32 && is_grad_enabled()
            && loss is LinkLoss.CrossEntropy or LinkLoss.BinaryCrossEntropy
            ? apply(queries, entities, answers, loss == LinkLoss.CrossEntropy, smoothing, offset, factor)
            : AnswerLoss.Of(Compare.Dot(queries, entities), answers, loss, smoothing, offset, factor, overwrite: true);

    /// <inheritdoc/>
    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (queries, entities) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous());
        var (answers, softmax) = ((AnswerRows)vars[2], (bool)vars[3]);
        var (smoothing, offset, factor) = ((double)vars[4], (double)vars[5], (double)vars[6]);
        int count = answers.Count, n = (int)entities.shape[0];
        var (dQueries, dEntities) = (empty_like(queries), empty_like(entities));
        var table = empty(Math.Min(Chunk, count), n);
        double loss = 0;
        for (int first = 0; first < count; first += Chunk)
        {
            int rows = Math.Min(Chunk, count - first);
            var (scores, some) = (table.narrow(0, 0, rows), queries.narrow(0, first, rows));
            scores.addmm_(some, entities.t(), beta: 0);
            float* s = Kernels.Pointer<float>(scores);
            loss += AnswerLoss.OfRows(s, s, n, answers, first, rows, softmax, smoothing, offset, factor);
            dQueries.narrow(0, first, rows).addmm_(scores, entities, beta: 0);
            dEntities.addmm_(scores.t(), some, beta: first == 0 ? 0 : 1);
        }
        ctx.save_for_backward([dQueries, dEntities]);
        dQueries.MoveToOuterDisposeScope();                                 // they live as long as the step
        dEntities.MoveToOuterDisposeScope();
        return tensor((float)loss).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var gradients = ctx.get_saved_variables();
        // The last sum of a loss passes 1 on; a pass over the entities is spared then.
        if (grad_output.item<float>() != 1) gradients = [.. gradients.Select(gradient => gradient * grad_output)];
        return [gradients[0], gradients[1], null!, null!, null!, null!, null!];
    }
}
