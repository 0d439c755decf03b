using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Lessons;

namespace Lectern.Reproduction;

/// <summary>One full-scale experiment: runs that are kept as they finish, and a record made of them.</summary>
/// <param name="Lesson">The lesson's name.</param>
/// <param name="Name">The experiment's name.</param>
/// <param name="Dataset">The data set, with its split.</param>
/// <param name="Minutes">About how long it takes on two cores.</param>
/// <param name="Setting">Everything that was chosen.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Measure">What one seed gives, by metric; the path is a checkpoint file of that run.</param>
/// <param name="Summarise">The record's results from all seeds' measures.</param>
internal sealed record Experiment(string Lesson, string Name, string Dataset, double Minutes, JsonObject Setting, IReadOnlyList<int> Seeds,
    Func<int, string, IReadOnlyDictionary<string, double>> Measure, Func<IReadOnlyList<IReadOnlyDictionary<string, double>>, IReadOnlyList<Result>> Summarise)
{
    private sealed record Done(int Seed, double Seconds, double PeakMemoryMb, Dictionary<string, double> Values);

    /// <summary>Runs the seeds that are not done yet, then writes the record.</summary>
    /// <param name="fresh">Whether to forget what was done.</param>
    /// <param name="shard">Which part of the seeds this process runs: every <paramref name="shards"/>-th from this one.</param>
    /// <param name="shards">Number of parts; the record is written by whoever finds all of them done.</param>
    internal void Run(bool fresh, int shard = 0, int shards = 1)
    {
        string folder = Path.Combine(Record.Folder() ?? throw new DirectoryNotFoundException("Run this inside a clone of the kit."),
            "..", "..", "artifacts", "reproduction", $"{Lesson}.{Name}");
        if (fresh && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        // Runs made under another setting do not belong to this record.
        string settingFile = Path.Combine(folder, "setting.json"), setting = Setting.ToJsonString();
        if (File.Exists(settingFile) && File.ReadAllText(settingFile) != setting)
        {
            Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }
        File.WriteAllText(settingFile, setting);

        Console.WriteLine($"{Lesson} {Name} on {Dataset}: {Seeds.Count} runs, about {Minutes:0.#} minutes on 2 cores.");
        string FileOf(int seed) => Path.Combine(folder, $"seed-{seed}.json");
        for (int place = shard; place < Seeds.Count; place += shards)
        {
            int seed = Seeds[place];
            string file = FileOf(seed), checkpoint = Path.Combine(folder, $"seed-{seed}.checkpoint");
            if (!File.Exists(file))
            {
                using var clock = new RunClock(Path.Combine(folder, $"seed-{seed}.seconds"));
                var values = new Dictionary<string, double>(Measure(seed, checkpoint));
                using var process = Process.GetCurrentProcess();
                File.WriteAllText(file + ".new", JsonSerializer.Serialize(
                    new Done(seed, clock.Seconds, process.PeakWorkingSet64 / 1e6, values)));
                File.Move(file + ".new", file, overwrite: true);        // another shard never reads half a file
                File.Delete(checkpoint);
                clock.Delete();
            }
            Console.WriteLine($"  seed {seed}: {string.Join(", ", Read(seed).Values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:0.0000}")))}");
        }

        // Asked at the end: the others may have ended meanwhile.
        Done Read(int seed) => JsonSerializer.Deserialize<Done>(File.ReadAllText(FileOf(seed)))!;
        List<Done> done = [.. Seeds.Where(seed => File.Exists(FileOf(seed))).Select(Read)];
        if (done.Count < Seeds.Count)
        {
            Console.WriteLine($"  {done.Count} of {Seeds.Count} runs are done; the record is written when the other shards' are.");
            return;
        }
        var results = Summarise([.. done.Select(run => run.Values)]);
        string path = new Record(Lesson, Name, Dataset, $"./lectern reproduce {Lesson} --only {Name}", Setting, Seeds, results,
            Math.Round(done.Sum(run => run.Seconds), 1), Math.Round(done.Max(run => run.PeakMemoryMb)), Machine(),
            $"libtorch {__version__}, {get_num_threads()} threads", DateOnly.FromDateTime(DateTime.Now), Commit()).Save();
        foreach (var result in results)
            Console.WriteLine(FormattableString.Invariant(
                $"  {result.Metric}: {result.Measured:0.##} ± {result.Deviation:0.##} {result.Unit} (paper: {result.Paper?.ToString("0.##") ?? "none"})"));
        Console.WriteLine($"  record: {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    private static string Machine() => $"{Environment.ProcessorCount} cores, {ProcessorName()}"
        + (Training.Devices.Chosen.type == DeviceType.CUDA ? ", CUDA" : "");

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
        before = File.Exists(file) ? double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : 0;
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

    private void Write()
    {
        File.WriteAllText(file + ".new", Seconds.ToString(CultureInfo.InvariantCulture));
        File.Move(file + ".new", file, overwrite: true);
    }
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
