using System.Runtime;

namespace Lectern.Host.Engine;

/// <summary>How work on a session's thread learns that it is to stop, and how it is stopped when it does not listen.</summary>
/// <param name="thread">The thread that does the work.</param>
/// <param name="soft">Cancelled first: for what asks.</param>
/// <param name="hard">Cancelled a moment later: ends the reader's code wherever it is.</param>
internal sealed class CellStop(CellThread thread, CancellationToken soft, CancellationToken hard)
{
    /// <summary>Cancelled as soon as the work is to end; a compiler or a download asks it.</summary>
    public CancellationToken Token => soft;

    /// <summary>Runs code that need not ask anything; on the session's thread only, and not within itself.</summary>
    public void Run(Action action)
    {
#pragma warning disable SYSLIB0046 // Stopping a loop that asks nothing is what a notebook's Stop button is for.
        ControlledExecution.Run(action, hard);
#pragma warning restore SYSLIB0046
    }

    /// <summary>Within <see cref="Run"/>: lets what is posted to the session's thread run until the task has ended.</summary>
    public void Await(Task task) => thread.RunUntil(task, hard);
}
