using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Lectern.Data;
using Lectern.Lessons;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>One full-scale experiment: runs that are kept as they finish, and a record made of them.</summary>
/// <param name="Lesson">The lesson's name.</param>
/// <param name="Name">The experiment's name.</param>
/// <param name="Dataset">The data set, with its split.</param>
/// <param name="Minutes">About how long it takes on two cores.</param>
/// <param name="Setting">Everything that was chosen.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Runs">What is done, piece by piece.</param>
/// <param name="Summarise">The record's results, from the values of the runs that no other builds on.</param>
internal sealed record Experiment(string Lesson, string Name, string Dataset, double Minutes, JsonObject Setting, IReadOnlyList<int> Seeds,
    IReadOnlyList<SweepRun> Runs, Func<IReadOnlyList<IReadOnlyDictionary<string, double>>, IReadOnlyList<Result>> Summarise)
{
    private static readonly string ThisCommit = Commit();              // as the process began: what is changed later does not run

    /// <summary>An experiment with a run a seed.</summary>
    /// <param name="lesson">The lesson's name.</param>
    /// <param name="name">The experiment's name.</param>
    /// <param name="dataset">The data set, with its split.</param>
    /// <param name="minutes">About how long it takes on two cores.</param>
    /// <param name="setting">Everything that was chosen.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="measure">What one seed gives, by metric; the path is a checkpoint file of that run.</param>
    /// <param name="summarise">The record's results from all seeds' measures.</param>
    internal Experiment(string lesson, string name, string dataset, double minutes, JsonObject setting, IReadOnlyList<int> seeds,
        Func<int, string, IReadOnlyDictionary<string, double>> measure,
        Func<IReadOnlyList<IReadOnlyDictionary<string, double>>, IReadOnlyList<Result>> summarise)
        : this(lesson, name, dataset, minutes, setting, seeds,
            [.. seeds.Select(seed => new SweepRun($"seed-{seed}", (_, checkpoint) => new Outcome(measure(seed, checkpoint))))], summarise)
    {
    }

    /// <summary>Whether several processes can train a run together (<c>./lectern distribute</c>).</summary>
    internal bool Distributes { get; init; }

    /// <summary>LESSON.EXPERIMENT, the name of its folder and of its record.</summary>
    internal string Id => $"{Lesson}.{Name}";

    /// <summary>What does it all.</summary>
    internal string Command => $"./lectern reproduce {Lesson} --only {Name}";

    /// <summary>A run that ended on this machine just now.</summary>
    internal FinishedRun Finished(string run, string setting, Shard shard, double seconds, Outcome outcome)
    {
        using var process = Process.GetCurrentProcess();
        return new FinishedRun(Id, run, setting, shard.ToString(), seconds, process.PeakWorkingSet64 / 1e6, Machine(),
            $"libtorch {__version__}, {get_num_threads()} threads", DateOnly.FromDateTime(DateTime.Now), ThisCommit,
            new(outcome.Values), outcome.Text);
    }

    /// <summary>The record of all runs, the same on whichever machine it is made.</summary>
    /// <param name="done">The runs, in the order of <see cref="Runs"/>.</param>
    internal Record ToRecord(IReadOnlyList<FinishedRun> done)
    {
        var built = Runs.SelectMany(run => run.After).ToHashSet();
        var results = Summarise([.. done.Where(run => !built.Contains(run.Run)).Select(run => run.Values)]);
        string Each(Func<FinishedRun, string> fact) => string.Join("; ", done.Select(fact).Distinct());
        return new Record(Lesson, Name, Dataset, Command, Setting, Seeds, results, Math.Round(done.Sum(run => run.Seconds), 1),
            Math.Round(done.Max(run => run.PeakMemoryMb)), Each(run => run.Machine), Each(run => run.Engine),
            done.Max(run => run.Date), Each(run => run.Commit));
    }

    private static string Machine() => $"{Environment.ProcessorCount} cores, {ProcessorName()}"
        + (Devices.Chosen.type == DeviceType.CUDA ? ", CUDA" : "") + (Ranks.OfJob is { } ranks ? $", {ranks.Count} processes" : "");

    private static string ProcessorName()
    {
        const string facts = "/proc/cpuinfo";
        string? line = File.Exists(facts) ? File.ReadLines(facts).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>The commit that ran; "-dirty" where files differ from it, records themselves apart: a run of several writes
    /// them as it goes.</summary>
    private static string Commit()
    {
        try
        {
            string commit = Git("rev-parse --short HEAD");
            string changed = Git("status --porcelain --untracked-files=no -- :/ :(top,exclude)tests/reproduction/*.json");
            return changed.Length > 0 ? $"{commit}-dirty" : commit;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";                                           // no git on this machine
        }
    }

    private static string Git(string arguments)
    {
        using var git = Process.Start(
            new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        return git!.StandardOutput.ReadToEnd().Trim();
    }
}

/// <summary>How long a run takes that may be stopped and go on later: every piece counts.</summary>
internal sealed class RunClock : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(10);

    private readonly string file;
    private readonly double before;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Timer writer;

    /// <summary>Goes on from what the file says.</summary>
    /// <param name="file">Where it is kept.</param>
    internal RunClock(string file)
    {
        this.file = file;
        string kept = File.Exists(file) ? File.ReadAllText(file) : "0";
        before = double.TryParse(kept, CultureInfo.InvariantCulture, out double seconds) ? seconds
            : throw new InvalidDataException($"'{file}' holds the seconds that a run has taken so far, a number, but has '{kept}'. "
                + "Delete it, and the run goes on from its checkpoint; its time counts from then on.");
        writer = new Timer(_ => Write(), null, Often, Often);
    }

    /// <summary>Seconds of all pieces.</summary>
    internal double Seconds => before + watch.Elapsed.TotalSeconds;

    /// <summary>Forgets it.</summary>
    internal void Delete()
    {
        Dispose();
        File.Delete(file);
    }

    /// <summary>Stops writing.</summary>
    public void Dispose()
    {
        using var written = new ManualResetEvent(false);
        if (writer.Dispose(written)) written.WaitOne();
    }

    private void Write() => WholeFile.Write(file, Seconds.ToString(CultureInfo.InvariantCulture));
}

/// <summary>How the records write numbers.</summary>
internal static class Rounding
{
    /// <summary>The result with so many digits; more would only say which run it was.</summary>
    internal static Result Rounded(this Result result, int digits = 2) => result with
    {
        Measured = result.Measured is { } measured ? Math.Round(measured, digits) : null,
        Deviation = result.Deviation is { } deviation ? Math.Round(deviation, digits) : null,
    };
}
