namespace Lectern.Host.Grading;

/// <summary>What became of an exercise.</summary>
internal enum GradeOutcome
{
    /// <summary>The kit's check says that it is right.</summary>
    Passed,

    /// <summary>The check gave a hint instead.</summary>
    Hint,

    /// <summary>It does not compile, or it or its check threw.</summary>
    Error,

    /// <summary>It did not end within the limit of a cell or of the notebook.</summary>
    TimedOut,

    /// <summary>Its process took more memory than allowed.</summary>
    Memory,

    /// <summary>Its process ended while it ran.</summary>
    Ended,

    /// <summary>The cell is as it was handed out.</summary>
    Unchanged,

    /// <summary>The notebook has no such cell.</summary>
    Missing,

    /// <summary>The file is no notebook.</summary>
    Unreadable,

    /// <summary>There is no file of the student's for this lesson.</summary>
    NotReturned,
}
