namespace Lectern.Host.Engine;

/// <summary>How a cell ended.</summary>
/// <param name="Number">The cell's place in the order of execution, from 1.</param>
/// <param name="Value">The value of its last expression; null where there is none.</param>
/// <param name="Error">What ended it early; null when it went through.</param>
/// <param name="Elapsed">Time from start to end, compiling included.</param>
internal sealed record CellResult(int Number, object? Value, CellError? Error, TimeSpan Elapsed);
