using System.Diagnostics;

namespace Lectern.Training;

/// <summary>
/// Trains a module: epochs of steps with a progress bar, a history of what was measured, early stopping, the best weights
/// kept, checkpoints from which a run goes on exactly where it stopped.
/// </summary>
/// <param name="model">What is trained.</param>
/// <param name="optimizer">What changes it.</param>
public sealed class Trainer(nn.Module model, OptimizerHelper optimizer)
{
    /// <summary>What the progress bar says is being done.</summary>
    public string Task { get; init; } = "train";

    /// <summary>Epochs at most.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>The measure whose best epoch counts, as named by the evaluation; null: the last epoch counts.</summary>
    public string? Best { get; init; }

    /// <summary>Whether the best is the highest value of <see cref="Best"/>; otherwise the lowest.</summary>
    public bool HigherIsBetter { get; init; }

    /// <summary>Asked after each epoch: whether its weights count from now on. For rules that are more than one measure's best,
    /// and then instead of <see cref="Best"/>.</summary>
    public Func<History, bool>? KeepWhen { get; init; }

    /// <summary>Epochs without a new best after which training ends; 0: never.</summary>
    public int Patience { get; init; }

    /// <summary>A further rule for ending early, asked after each epoch. What it answers must follow from the history alone, so
    /// that a run that goes on from a checkpoint ends where an uninterrupted one does.</summary>
    public Func<History, bool>? StopWhen { get; init; }

    /// <summary>File that a checkpoint is written to, and that a run goes on from if it is there; null: none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Epochs from one checkpoint to the next; a run that is stopped within an epoch goes on from the last one.</summary>
    public int CheckpointEvery { get; init; } = 10;

    /// <summary>Whether matrix products and convolutions compute in bfloat16, on the device where the model is. Weights, gradients,
    /// sums over neighbours and the loss stay in single precision.</summary>
    public bool MixedPrecision { get; init; }

    /// <summary>Called before each step, when the gradients are there: to clip them.</summary>
    public Action? BeforeStep { get; init; }

    /// <summary>Called before each epoch with all that was measured so far: to set the learning rate. What it does must follow from the
    /// history alone, so that a run that goes on from a checkpoint does the same.</summary>
    public Action<History>? Schedule { get; init; }

    /// <summary>Called after each epoch's step and before its evaluation, without gradients: schedulers, weight constraints.</summary>
    public Action<int>? AfterEpoch { get; init; }

    /// <summary>The processes that train this model together; null: this one alone. Each rank gives the same number of batches, its share of
    /// each; the loss has to be a mean over a batch's items, so that the ranks' mean is that of the whole batch. Weights are rank 0's at the
    /// start, losses and measures are means over the ranks, buffers (a batch normalisation's statistics) are rank 0's after each epoch,
    /// and rank 0 writes the checkpoint, which all must be able to read.</summary>
    public Ranks? Ranks { get; init; }

    /// <summary>Trains on everything at once, one step an epoch.</summary>
    /// <param name="loss">The loss to take a step on, a scalar.</param>
    /// <param name="evaluate">What is measured after each epoch, by name; the model is in evaluation mode, no gradients are recorded.</param>
    public History Run(Func<Tensor> loss, Func<IReadOnlyDictionary<string, double>>? evaluate = null) => Run(_ => [0], (int _) => loss(), evaluate);

    /// <summary>Trains batch by batch.</summary>
    /// <param name="batches">The batches of an epoch, by its number from 0.</param>
    /// <param name="loss">The loss of a batch to take a step on, a scalar.</param>
    /// <param name="evaluate">What is measured after each epoch, by name; the model is in evaluation mode, no gradients are recorded.</param>
    /// <returns>What was measured; the model holds the best weights (or the last, without <see cref="Best"/>).</returns>
    /// <exception cref="NonFiniteLossException">A loss is not a number; the model holds the best weights so far.</exception>
    /// <exception cref="NotSupportedException"><see cref="MixedPrecision"/> is asked for, and the engine has none.</exception>
    /// <exception cref="OperationCanceledException">The reader stopped it; the model holds the best weights so far, and a checkpoint is
    /// there from which the run goes on.</exception>
    public History Run<TBatch>(Func<int, IEnumerable<TBatch>> batches, Func<TBatch, Tensor> loss, Func<IReadOnlyDictionary<string, double>>? evaluate = null)
    {
        var history = new History();
        Dictionary<string, Tensor>? best = null;
        if (HasCheckpoint()) best = Training.Checkpoint.Read(Checkpoint!, model, optimizer, history);
        Ranks?.Synchronise(model);
        using var averaging = Ranks?.Average(model);
        bool between = true;                                            // two epochs: the only place to go on from exactly
        var watch = Stopwatch.StartNew();
        using var progress = Progress.Start(Task, Epochs, history.Epochs);
        try
        {
            for (int epoch = history.Epochs; epoch < Epochs && !HasEnded(history); epoch++)
            {
                Interrupt.Token.ThrowIfCancellationRequested();
                between = false;
                Schedule?.Invoke(history);
                double mean = RunEpoch(epoch, batches, loss, averaging);
                using (no_grad()) AfterEpoch?.Invoke(epoch);
                Ranks?.Synchronise(model.buffers());
                var measured = Measure(evaluate);
                history.Add(mean, measured, watch.Elapsed.TotalSeconds);
                watch.Restart();
                if (IsBest(history)) Keep(ref best);
                between = true;
                if ((epoch + 1) % CheckpointEvery == 0) Write(history, best);
                progress.Step(history.Summary());
            }
            Write(history, best);
        }
        catch (OperationCanceledException) when (between)
        {
            Write(history, best);
            throw;
        }
        finally
        {
            Restore(best);
            model.eval();
        }
        return history;
    }

    private bool HasCheckpoint()
    {
        bool here = Checkpoint is not null && File.Exists(Checkpoint);
        if (Ranks is null || Ranks.Average(here ? 1 : 0) is 0 or 1) return here;
        throw new InvalidOperationException(
            $"Some ranks find the checkpoint '{Checkpoint}' and others do not (rank {Ranks.Rank}: {(here ? "found" : "not found")}). "
            + "Keep it in a folder that all machines share.");
    }

    private void Write(History history, Dictionary<string, Tensor>? best)
    {
        if (Checkpoint is not null && (Ranks is null || Ranks.IsFirst)) Training.Checkpoint.Write(Checkpoint, model, optimizer, history, best);
    }

    private double RunEpoch<TBatch>(int epoch, Func<int, IEnumerable<TBatch>> batches, Func<TBatch, Tensor> loss, Ranks.Averaging? averaging)
    {
        model.train();
        Ranks?.Reseed();
        double total = 0;
        int steps = 0;
        foreach (var batch in batches(epoch))
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var value = MixedPrecision ? Mixed(loss, batch) : loss(batch);
            double number = value.detach().to(ScalarType.Float64).item<double>();
            if (Ranks is not null) number = Ranks.Average(number);
            if (!double.IsFinite(number)) throw new NonFiniteLossException(number, epoch, steps);
            if (averaging is null) value.backward();
            else averaging.Backward(value);
            BeforeStep?.Invoke();
            optimizer.step();
            total += number;
            steps++;
        }
        return steps == 0 ? 0 : total / steps;
    }

    private Tensor Mixed<TBatch>(Func<TBatch, Tensor> loss, TBatch batch)
    {
        using var mixed = Kernels.Mixed(model.parameters().First().device_type);
        return loss(batch).to(ScalarType.Float32);
    }

    private IReadOnlyDictionary<string, double> Measure(Func<IReadOnlyDictionary<string, double>>? evaluate)
    {
        if (evaluate is null) return new Dictionary<string, double>();
        model.eval();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return Ranks is null ? evaluate() : Ranks.Average(evaluate());
    }

    private bool IsBest(History history) => KeepWhen is not null
        ? KeepWhen(history)
        : Best is not null && history.BestEpoch(Best, HigherIsBetter) == history.Epochs - 1;

    private bool HasEnded(History history) => history.Epochs > 0
        && ((Patience > 0 && Best is not null && history.Epochs - 1 - history.BestEpoch(Best, HigherIsBetter) >= Patience)
            || StopWhen?.Invoke(history) == true);

    private void Keep(ref Dictionary<string, Tensor>? best)
    {
        using var quiet = no_grad();
        var state = model.state_dict();
        best ??= state.ToDictionary(entry => entry.Key, entry => empty_like(entry.Value.detach()).DetachFromDisposeScope());
        foreach (var (name, value) in state) best[name].copy_(value);
    }

    private void Restore(Dictionary<string, Tensor>? best)
    {
        if (best is null) return;
        using var quiet = no_grad();
        foreach (var (name, value) in model.state_dict()) value.copy_(best[name]);
        foreach (var value in best.Values) value.Dispose();
    }
}
