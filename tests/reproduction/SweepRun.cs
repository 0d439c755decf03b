namespace Lectern.Reproduction;

/// <summary>What one run gave.</summary>
/// <param name="Values">Numbers, by metric.</param>
/// <param name="Text">What later runs need beside them; null: nothing.</param>
internal sealed record Outcome(IReadOnlyDictionary<string, double> Values, string? Text = null);

/// <summary>The unit of a sweep: what one process does in one go, and what is lost where it dies.</summary>
/// <param name="Name">Its name within the experiment, a file name.</param>
/// <param name="Measure">What it gives, from the outcomes of the runs in <paramref name="After"/>, in their order; the path is
/// a checkpoint file of its own.</param>
/// <param name="After">The runs that it builds on; they stand before it.</param>
internal sealed record SweepRun(
    string Name, Func<IReadOnlyList<Outcome>, string, Outcome> Measure, params IReadOnlyList<string> After);

/// <summary>A finished run, as its file has it.</summary>
/// <param name="Experiment">LESSON.EXPERIMENT.</param>
/// <param name="Run">The run's name.</param>
/// <param name="Setting">A digest of the setting that it was made under.</param>
/// <param name="Shard">Which part of which sweep did it.</param>
/// <param name="Seconds">Time, of all pieces where it was stopped.</param>
/// <param name="PeakMemoryMb">The process's largest resident memory in MB.</param>
/// <param name="Machine">Cores and accelerator.</param>
/// <param name="Engine">Version of libtorch and threads.</param>
/// <param name="Date">The day it ended.</param>
/// <param name="Commit">The kit's commit.</param>
/// <param name="Values">Numbers, by metric.</param>
/// <param name="Text">What later runs need beside them.</param>
internal sealed record FinishedRun(string Experiment, string Run, string Setting, string Shard, double Seconds, double PeakMemoryMb,
    string Machine, string Engine, DateOnly Date, string Commit, Dictionary<string, double> Values, string? Text);
