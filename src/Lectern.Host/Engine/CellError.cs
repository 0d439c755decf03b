namespace Lectern.Host.Engine;

/// <summary>Why a cell did not end well.</summary>
/// <param name="Name">The exception's type, a compiler's error code, or <c>CellTimeLimit</c> and <c>CellInterrupted</c>.</param>
/// <param name="Message">What went wrong, and where.</param>
/// <param name="Traceback">What to show: the cell and line of the fault, the source line, then the calls.</param>
internal sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback)
{
    /// <summary>The name of a cell that ran into its time limit.</summary>
    public const string TimeLimit = "CellTimeLimit";

    /// <summary>The name of a cell that the reader stopped.</summary>
    public const string Interrupted = "CellInterrupted";
}
