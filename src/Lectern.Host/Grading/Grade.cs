namespace Lectern.Host.Grading;

/// <summary>What became of one exercise of one student.</summary>
/// <param name="Student">Who: the name of the folder, or what the file's name says beside the lesson's.</param>
/// <param name="Lesson">The lesson.</param>
/// <param name="Exercise">The exercise's place in it, from 1.</param>
/// <param name="Outcome">What came out.</param>
/// <param name="Message">The hint, or what went wrong, on one line; empty where all is said.</param>
internal sealed record Grade(string Student, string Lesson, int Exercise, GradeOutcome Outcome, string Message = "")
{
    private const int Longest = 300;

    /// <summary>The outcome as a reader sees it.</summary>
    public string Word => Outcome switch
    {
        GradeOutcome.TimedOut => "timed out",
        GradeOutcome.Memory => "too much memory",
        GradeOutcome.Ended => "ended its process",
        GradeOutcome.NotReturned => "not returned",
        _ => Outcome.ToString().ToLowerInvariant(),
    };

    /// <summary>The outcome, and the message behind it.</summary>
    public string Text => Message.Length == 0 ? Word : $"{Word}: {Message}";

    /// <summary>Text of a student's program as a message: one line, without control characters, not long.</summary>
    public static string Line(string text)
    {
        var line = new string([.. text.Take(Longest + 1).Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return text.Length > Longest ? line[..Math.Min(line.Length, Longest - 1)] + "…" : line;
    }
}
