namespace Lectern.Host.Running;

/// <summary>What an exercise's own solution came to.</summary>
/// <param name="Number">The exercise's place in its notebook, from 1.</param>
/// <param name="Fault">Why the solution does not stand; null when its check says that it is right.</param>
internal sealed record ExerciseReport(int Number, string? Fault);
