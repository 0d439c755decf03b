namespace Lectern.Lessons;

/// <summary>What a lesson tells its host.</summary>
public static class Lesson
{
    /// <summary>The number that stands for the lesson: shown where it is said, and in the table at the end of
    /// a run.</summary>
    /// <param name="label">What was measured.</param>
    /// <param name="value">The measured value.</param>
    /// <param name="unit">Its unit; may be empty.</param>
    /// <param name="paper">The paper's value in the same unit; null where the paper gives none.</param>
    /// <returns>The headline; let it be the cell's value.</returns>
    /// <exception cref="ArgumentException">The label is empty.</exception>
    public static Headline Headline(string label, double value, string unit = "", double? paper = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        ArgumentNullException.ThrowIfNull(unit);
        return new Headline(label, value, unit, paper);
    }
}
