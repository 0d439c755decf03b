namespace Lectern.Graphs;

/// <summary>What training a classifier of graphs needs beside the model: batches, the loss, the evaluation.</summary>
public static class GraphTraining
{
    /// <summary>The items of an epoch in random order, in batches. The same seed and epoch give the same batches, so that a
    /// run that goes on from a checkpoint sees what it would have seen.</summary>
    /// <param name="items">The graphs to learn from.</param>
    /// <param name="size">Graphs a batch. A last batch of a single graph joins the one before: batch normalisation
    /// needs two.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="epoch">Which epoch, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch has no graph.</exception>
    public static IEnumerable<int[]> Batches(IReadOnlyList<int> items, int size, int seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        int[] order = [.. items];
        new Random(seed + 7919 * epoch).Shuffle(order);
        for (int at = 0; at < order.Length;)
        {
            int end = Math.Min(at + size, order.Length);
            if (order.Length - end == 1) end = order.Length;
            yield return order[at..end];
            at = end;
        }
    }

    /// <summary>Cross-entropy of a model's scores, and for DiffPool its penalties.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sample">The graphs.</param>
    /// <returns>A scalar of the caller's scope.</returns>
    public static Tensor Loss(nn.Module<GraphSample, Tensor> model, GraphSample sample) => Loss(model, model.call(sample), sample);

    /// <summary>Accuracy (0 to 1) and mean loss over some graphs.</summary>
    /// <param name="model">The model; it is left in evaluation mode.</param>
    /// <param name="data">The set.</param>
    /// <param name="features">A row a node of the set: [ΣN, F].</param>
    /// <param name="graphs">Which graphs; at least one.</param>
    /// <param name="batchSize">Graphs at a time.</param>
    /// <exception cref="ArgumentException">There is no graph.</exception>
    public static (double Accuracy, double Loss) Evaluate(
        nn.Module<GraphSample, Tensor> model, GraphDataset data, Tensor features, IReadOnlyList<int> graphs, int batchSize = 128)
    {
        if (graphs.Count == 0) throw new ArgumentException("There is no graph to evaluate on.", nameof(graphs));
        model.eval();
        using var quiet = no_grad();
        double right = 0, loss = 0;
        foreach (int[] batch in graphs.Chunk(batchSize))
        {
            using var scope = NewDisposeScope();
            var sample = data.Batch(batch, features);
            var scores = model.call(sample);
            right += sample.Accuracy(scores) * batch.Length;
            loss += Loss(model, scores, sample).item<float>() * (double)batch.Length;
        }
        return (right / graphs.Count, loss / graphs.Count);
    }

    private static Tensor Loss(nn.Module<GraphSample, Tensor> model, Tensor scores, GraphSample sample)
    {
        var loss = nn.functional.cross_entropy(scores, sample.Labels);
        return model is DiffPoolClassifier { Penalty: { } penalty } ? loss + penalty : loss;
    }
}
