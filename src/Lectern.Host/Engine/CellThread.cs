using System.Collections.Concurrent;

namespace Lectern.Host.Engine;

/// <summary>The one thread on which a session's cells run, with what follows their awaits.</summary>
/// <remarks>
/// One thread for all cells, because dispose scopes, gradient mode and generators of libtorch belong to a thread; and
/// because an endless loop can only be stopped on a thread that is known.
/// </remarks>
internal sealed class CellThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;

    /// <summary>Starts the thread; it does not keep the process alive.</summary>
    /// <param name="name">The thread's name in a debugger.</param>
    public CellThread(string name)
    {
        // Deep recursion is common in lessons on trees and graphs; the default of 1.5 MB on some systems is not much.
        thread = new Thread(Loop, 16 * 1024 * 1024) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Runs <paramref name="action"/> on the thread.</summary>
    public Task<T> Run<T>(Func<T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                done.SetResult(action());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        return done.Task;
    }

    /// <summary>On this thread: runs what is posted to it until <paramref name="task"/> has ended.</summary>
    /// <param name="task">What to wait for; its exception is not thrown here.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public void RunUntil(Task task, CancellationToken cancellation)
    {
        if (!task.IsCompleted)
        {
            task.ContinueWith(_ => work.Add(() => { }), TaskScheduler.Default);
        }
        while (!task.IsCompleted)
        {
            Do(work.Take(cancellation));
        }
    }

    /// <summary>Wakes the thread from a wait: a sleep, a lock, a join.</summary>
    public void Interrupt() => thread.Interrupt();

    /// <summary>On this thread: takes back an interruption that came too late, before it hits the wait for more work.</summary>
    public static void ForgetInterrupt()
    {
        try
        {
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
            // This is where it was to end.
        }
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback callback, object? state)
    {
        if (!work.IsAddingCompleted)
        {
            work.Add(() => callback(state));
        }
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Lets the thread end once its work is done.</summary>
    public void Dispose() => work.CompleteAdding();

    private void Loop()
    {
        SetSynchronizationContext(this);
        foreach (var action in work.GetConsumingEnumerable())
        {
            Do(action);
        }
    }

    private static void Do(Action action)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (fault is not ThreadAbortException and not ThreadInterruptedException)
        {
            // An `async void`, perhaps of an earlier cell: there is nobody to catch it, and the cell that waits here has not
            // failed.
            Console.Error.WriteLine($"Unhandled in the background: {fault.GetType().Name}: {fault.Message}");
        }
    }
}
