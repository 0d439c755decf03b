namespace Lectern.Host.Engine;

/// <summary>What became of work on a session's thread.</summary>
/// <param name="Value">What it gave; the default where it failed.</param>
/// <param name="Fault">What it threw; null where it went well.</param>
/// <param name="Stopped">Whether it was told to stop, and by whom; it may have gone well all the same.</param>
internal sealed record CellOutcome<T>(T? Value, Exception? Fault, StopReason Stopped);
