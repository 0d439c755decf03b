using System.Diagnostics;

namespace Lectern.Host.Running;

/// <summary>How far a lesson is, for whoever watches.</summary>
/// <param name="Name">The lesson.</param>
internal sealed record LessonStatus(string Name)
{
    private readonly Stopwatch watch = new();

    /// <summary>The cell that runs, from 1.</summary>
    public int Cell { get; private set; }

    /// <summary>The notebook's code cells.</summary>
    public int Cells { get; private set; }

    /// <summary>What the lesson says of its progress; empty where it says nothing.</summary>
    public string Note { get; private set; } = "";

    /// <summary>How far the task is that the note speaks of, from 0 to 1; null where that is not known.</summary>
    public double? Fraction { get; private set; }

    /// <summary>What came out; null before the end.</summary>
    public LessonReport? Report { get; private set; }

    /// <summary>Whether the lesson's process runs.</summary>
    public bool IsRunning => watch.IsRunning;

    /// <summary>Time since the process was started.</summary>
    public TimeSpan Elapsed => watch.Elapsed;

    /// <summary>The process starts.</summary>
    public void Start() => watch.Start();

    /// <summary>The process has ended.</summary>
    public void End(LessonReport report)
    {
        watch.Stop();
        Report = report;
    }

    /// <summary>The process says something.</summary>
    public void Take(RunEvent said)
    {
        if (said.Cell > 0)
        {
            (Cell, Cells, Note, Fraction) = (said.Cell, said.Cells, "", null);
        }
        if (said.Note is { } note)
        {
            (Note, Fraction) = (note, said.Fraction);
        }
    }

    /// <summary>The status on one line.</summary>
    public override string ToString() => Report switch
    {
        { Failure: null } => $"{Name}: done in {Elapsed.TotalSeconds:0} s",
        not null => $"{Name}: failed after {Elapsed.TotalSeconds:0} s",
        null when !IsRunning => $"{Name}: waiting",
        null => $"{Name}: {(Cells > 0 ? $"cell {Cell}/{Cells}" : "starting")}, {Elapsed.TotalSeconds:0} s{(Note.Length > 0 ? $"  {Note}" : "")}",
    };
}
