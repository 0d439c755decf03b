namespace Lectern.Host.Engine;

/// <summary>Does a session's work on its one thread, and stops it: at a time limit, or when the reader wishes.</summary>
internal sealed class CellRunner : IDisposable
{
    // Time for a loop to notice Interrupt.Token before its thread is stopped, and then for native code to come back.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Lock gate = new();
    private readonly CellThread thread = new("notebook");
    private int turns;
    private int running;

    /// <summary>Whether work could not be stopped, so that the thread does no other.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Does work to its end, its failure, its time limit or its interruption.</summary>
    /// <param name="work">What to do; it is told how it will be stopped.</param>
    /// <param name="limit">How long it may take; null for no limit.</param>
    /// <param name="interrupt">Cancelled when the reader stops it.</param>
    /// <exception cref="InvalidOperationException">Earlier work could not be stopped.</exception>
    public async Task<CellOutcome<T>> RunAsync<T>(
        Func<CellStop, T> work, TimeSpan? limit = null, CancellationToken interrupt = default)
    {
        if (IsLost)
        {
            throw new InvalidOperationException("An earlier cell did not stop. Restart the session to run others.");
        }
        var turn = Interlocked.Increment(ref turns);
        using var soft = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using var hard = new CancellationTokenSource();
        var gaveUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onSoft = soft.Token.Register(() => _ = StopAsync(turn, hard, gaveUp));
        if (limit is { } time)
        {
            soft.CancelAfter(time);
        }

        var run = thread.Run(() => Do(work, turn, new CellStop(thread, soft.Token, hard.Token)));
        await Task.WhenAny(run, gaveUp.Task).ConfigureAwait(false);
        IsLost = !run.IsCompleted;
        var stopped = !soft.IsCancellationRequested ? StopReason.None
            : interrupt.IsCancellationRequested ? StopReason.Reader
            : StopReason.Limit;
        return new CellOutcome<T>(
            run.IsCompletedSuccessfully ? run.Result : default,
            run.IsCompleted ? run.Exception?.InnerException : new OperationCanceledException(),
            stopped);
    }

    /// <summary>Lets the thread end once its work is done.</summary>
    public void Dispose() => thread.Dispose();

    private T Do<T>(Func<CellStop, T> work, int turn, CellStop stop)
    {
        lock (gate)
        {
            running = turn;
        }
        try
        {
            return work(stop);
        }
        finally
        {
            lock (gate)
            {
                running = 0;
            }
            CellThread.ForgetInterrupt();
        }
    }

    // Asks, then stops the thread, then wakes it from a wait, and at last gives it up. Each step has its own time, since the
    // cancellation of `hard` itself blocks for as long as the thread cannot be stopped.
    private async Task StopAsync(int turn, CancellationTokenSource hard, TaskCompletionSource gaveUp)
    {
        await Task.Delay(Grace).ConfigureAwait(false);
        _ = Task.Run(() =>
        {
            try
            {
                hard.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work has ended by itself in this moment.
            }
        });
        await Task.Delay(Grace / 2).ConfigureAwait(false);
        lock (gate)
        {
            if (running == turn)
            {
                thread.Interrupt();
            }
        }
        await Task.Delay(Patience).ConfigureAwait(false);
        gaveUp.TrySetResult();
    }
}
