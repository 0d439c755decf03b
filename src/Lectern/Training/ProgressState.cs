using System.Globalization;

namespace Lectern.Training;

/// <summary>How far a task has come, as a <see cref="IProgressSink"/> shows it.</summary>
/// <param name="Id">Tells tasks apart: counts up from 1 in this process.</param>
/// <param name="Task">What is being done, in a word or two.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps in all; 0 where that is not known.</param>
/// <param name="Note">What the task says of itself, such as its loss; may be empty.</param>
/// <param name="Elapsed">Time since the task began.</param>
/// <param name="Remaining">Time that the remaining steps will take at the present rate; null where
/// unknown.</param>
/// <param name="Rate">Steps a second since the task began; 0 before the first step.</param>
/// <param name="Depth">0 for a task of its own, 1 for a task inside one, and so on.</param>
/// <param name="Finished">Whether this is the task's last state.</param>
public sealed record ProgressState(
    int Id, string Task, long Done, long Total, string Note,
    TimeSpan Elapsed, TimeSpan? Remaining, double Rate, int Depth, bool Finished)
{
    /// <summary>The outermost task that this one runs inside of; its own <see cref="Id"/> where there is
    /// none.</summary>
    public int Root { get; init; } = Id;

    /// <summary>Done over total, from 0 to 1; null where the total is not known.</summary>
    public double? Fraction => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : null;

    /// <summary>The state on one line: <c>train  120/200  60 %  41.2/s  0:02 left  loss 0.41</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string> { new string(' ', 2 * Depth) + Task };
        parts.Add(Total > 0 ? Invariant($"{Done}/{Total}") : Invariant($"{Done}"));
        if (Fraction is { } fraction && !Finished) parts.Add(Invariant($"{Math.Floor(100 * fraction)} %"));
        if (Rate > 0) parts.Add(FormatRate(Rate));
        if (Finished) parts.Add("in " + FormatTime(Elapsed));
        else if (Remaining is { } left) parts.Add(FormatTime(left) + " left");
        if (Note.Length > 0) parts.Add(Note);
        return string.Join("  ", parts);
    }

    /// <summary>A duration as <c>0:07</c>, <c>12:05</c> or <c>1:02:03</c>; below ten seconds as <c>3.4
    /// s</c>.</summary>
    /// <param name="time">The duration.</param>
    public static string FormatTime(TimeSpan time)
    {
        if (time < TimeSpan.FromSeconds(10)) return Invariant($"{time.TotalSeconds:0.0} s");
        var seconds = (long)Math.Round(time.TotalSeconds);
        return seconds < 3600
            ? Invariant($"{seconds / 60}:{seconds % 60:00}")
            : Invariant($"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}");
    }

    /// <summary>A rate as <c>41.2/s</c>, or as seconds a step when a step takes longer than one.</summary>
    /// <param name="rate">Steps a second, above 0.</param>
    public static string FormatRate(double rate) => rate switch
    {
        >= 1000 => Invariant($"{rate / 1000:0.0}k/s"),
        >= 1 => Invariant($"{rate:0.0}/s"),
        _ => Invariant($"{1 / rate:0.0} s each"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
