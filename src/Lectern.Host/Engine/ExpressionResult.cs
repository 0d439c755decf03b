namespace Lectern.Host.Engine;

/// <summary>The value of an expression that a front end asked for beside a cell, or why there is none.</summary>
/// <param name="Value">The value's forms; null where it failed.</param>
/// <param name="Error">What went wrong; null where it went well.</param>
internal sealed record ExpressionResult(MimeBundle? Value, CellError? Error);
