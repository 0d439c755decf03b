using Lectern.Lessons;

namespace Lectern.Host.Running;

/// <summary>What came out of running one notebook.</summary>
internal sealed record LessonReport
{
    /// <summary>The lesson's name: its file's name without the extension.</summary>
    public required string Name { get; init; }

    /// <summary>The notebook's first heading.</summary>
    public string? Title { get; init; }

    /// <summary>Seconds from the first cell to the last.</summary>
    public double Seconds { get; init; }

    /// <summary>The headline numbers, in the order in which they were shown.</summary>
    public IReadOnlyList<Headline> Headlines { get; init; } = [];

    /// <summary>Why the notebook did not reach its end, in lines to show; null when it did.</summary>
    public IReadOnlyList<string>? Failure { get; init; }

    /// <summary>What each exercise's solution came to; empty where solutions were not asked for.</summary>
    public IReadOnlyList<ExerciseReport> Exercises { get; init; } = [];

    /// <summary>The page that shows the outputs; null where none was made.</summary>
    public string? Page { get; init; }
}
