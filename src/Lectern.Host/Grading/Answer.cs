namespace Lectern.Host.Grading;

/// <summary>A student's answer to an exercise, ready to be run.</summary>
/// <param name="Exercise">The exercise's place in its lesson, from 1.</param>
/// <param name="Before">Cells that the student has put before the exercise's own.</param>
/// <param name="Code">The student's cell without its check.</param>
/// <param name="Whole">The student's cell with its check: for answers that name what the check declares.</param>
/// <param name="Check">The lesson's own check.</param>
internal sealed record Answer(int Exercise, IReadOnlyList<string> Before, string Code, string Whole, string Check);
