using System.Text.Json;

namespace Lectern.Host.Grading;

/// <summary>What the process that runs answers says: a line of its own, marked by a word that an answer cannot know.</summary>
/// <param name="Exercise">The exercise that begins or, with an outcome, has ended; 0: a cell of the lesson begins.</param>
/// <param name="Outcome">What came out; null at the beginning.</param>
/// <param name="Message">The hint or the fault; at exercise 0 why the lesson itself cannot go on.</param>
internal sealed record AnswerEvent(int Exercise, GradeOutcome? Outcome = null, string Message = "")
{
    /// <summary>The event as a line; a line break first, since an answer may have written half a line.</summary>
    public string ToLine(string mark) => $"\n{mark}{JsonSerializer.Serialize(this)}";

    /// <summary>The event in a line; null where the line is something else.</summary>
    public static AnswerEvent? Parse(string line, string mark) =>
        line.StartsWith(mark, StringComparison.Ordinal) ? JsonSerializer.Deserialize<AnswerEvent>(line[mark.Length..]) : null;
}
