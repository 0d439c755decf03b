using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Data;

namespace Lectern.Reproduction;

/// <summary>The folder of an experiment's runs, which several processes may work in: a file a finished run.</summary>
internal sealed class RunFolder
{
    private const string SettingFile = "setting.json";
    private const int LockTries = 1500;                 // of 20 ms: half a minute

    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private readonly string path, setting, digest;

    /// <param name="experiment">The experiment.</param>
    /// <param name="root">The folder of all experiments' folders.</param>
    internal RunFolder(Experiment experiment, string root)
    {
        (Experiment, path, setting) = (experiment, Path.Combine(root, experiment.Id), experiment.Setting.ToJsonString());
        digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(setting)))[..16];
    }

    /// <summary>The experiment.</summary>
    internal Experiment Experiment { get; }

    /// <summary>Whether the folder is there.</summary>
    internal bool Exists => Directory.Exists(path);

    /// <summary>Whether all runs are done.</summary>
    internal bool IsComplete => Experiment.Runs.All(run => IsDone(run.Name));

    /// <summary>Makes the folder ready for runs; those made under another setting do not belong there, and go.</summary>
    /// <exception cref="IOException">Another process is at work under another setting.</exception>
    internal void Begin()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var alone = Alone();
        if (Exists && !HasSetting())
        {
            foreach (string claim in Directory.EnumerateFiles(path, "*.claim"))
                if (Claim.Holder(claim) is { } holder)
                    throw new IOException($"{holder} is at work in '{path}' under another setting. Let it end, or end it.");
            if (File.Exists(Path.Combine(path, SettingFile))) Directory.Delete(path, recursive: true);
        }
        Directory.CreateDirectory(path);
        if (!HasSetting()) File.WriteAllText(Path.Combine(path, SettingFile), setting);
    }

    /// <summary>Forgets a run, and its checkpoint, unless a process does it at this moment.</summary>
    internal void Forget(string run)
    {
        using var alone = Alone();
        if (Holder(run) is not null) return;
        Remove($"{run}.*");
    }

    /// <summary>Whether a run is done.</summary>
    internal bool IsDone(string run) => File.Exists(FileOf(run));

    /// <summary>Who does a run at this moment; null: nobody.</summary>
    internal string? Holder(string run) => Claim.Holder(Path.Combine(path, $"{run}.claim"));

    /// <summary>Does a run, unless it is done, another process does it, or what it builds on is missing.</summary>
    /// <returns>Whether it was done here and now.</returns>
    internal bool TryDo(SweepRun run, Shard shard)
    {
        if (!run.After.All(IsDone) || TryClaim(run.Name) is not { } claim) return false;
        using var mine = claim;
        string checkpoint = CheckpointOf(run.Name);
        using var clock = new RunClock(Path.Combine(path, $"{run.Name}.seconds"));
        var outcome = run.Measure([.. run.After.Select(name => Read(name)).Select(done => new Outcome(done.Values, done.Text))], checkpoint);
        var finished = Experiment.Finished(run.Name, digest, shard, clock.Seconds, outcome);
        using var alone = Alone();
        if (!claim.IsMine) return false;                // this process stood still, and another one took over
        Write(finished);
        Remove($"{run.Name}.checkpoint*");
        clock.Delete();
        return true;
    }

    /// <summary>Takes part in a run that rank 0 of the job does and keeps.</summary>
    internal void TakePart(SweepRun run) => run.Measure([], CheckpointOf(run.Name));

    /// <summary>A finished run.</summary>
    /// <exception cref="InvalidDataException">Its file is damaged, or of something else.</exception>
    internal FinishedRun Read(string run) => Parse(FileOf(run));

    /// <summary>The finished runs, in the experiment's order.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or does not belong here; the message names it.</exception>
    internal IReadOnlyList<FinishedRun> Finished()
    {
        if (!Exists) return [];
        if (File.Exists(Path.Combine(path, SettingFile)) && !HasSetting())
            throw new InvalidDataException($"'{path}' has runs of another setting than {Experiment.Id} has now. Move it away, or let "
                + $"'{Experiment.Command}' begin anew.");
        var names = Experiment.Runs.Select(run => run.Name).ToHashSet();
        foreach (string file in Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal))
            if (Path.GetFileName(file) != SettingFile && !names.Contains(Path.GetFileNameWithoutExtension(file)))
                throw new InvalidDataException($"'{file}' is no run of {Experiment.Id}, whose runs are {Experiment.Runs[0].Name} to "
                    + $"{Experiment.Runs[^1].Name}. Move it away.");
        return [.. Experiment.Runs.Where(run => IsDone(run.Name)).Select(run => Read(run.Name))];
    }

    /// <summary>Takes over what is finished in a copy of the folder from another machine.</summary>
    /// <returns>How many runs were new.</returns>
    /// <exception cref="InvalidDataException">A file there is damaged or does not belong there, or a run was done in both with
    /// different values.</exception>
    internal int Merge(RunFolder copy)
    {
        var theirs = copy.Finished();
        Finished();                                     // what is here under another setting is named, not thrown away
        Begin();
        using var alone = Alone();
        int added = 0;
        foreach (var run in theirs)
        {
            if (!IsDone(run.Run))
            {
                Write(run);
                added++;
            }
            else if (Read(run.Run) is var ours && !Sorted(ours).SequenceEqual(Sorted(run)))
            {
                throw new InvalidDataException(
                    $"'{copy.FileOf(run.Run)}' and '{FileOf(run.Run)}' are the same run with different values. Keep one of them.");
            }
        }
        return added;
    }

    private static IEnumerable<KeyValuePair<string, double>> Sorted(FinishedRun run) =>
        run.Values.OrderBy(value => value.Key, StringComparer.Ordinal);

    private string CheckpointOf(string run) => Path.Combine(path, $"{run}.checkpoint");

    private string FileOf(string run) => Path.Combine(path, $"{run}.json");

    private bool HasSetting() =>
        Path.Combine(path, SettingFile) is var file && File.Exists(file) && File.ReadAllText(file) == setting;

    private Claim? TryClaim(string run)
    {
        if (IsDone(run)) return null;
        using var alone = Alone();
        return IsDone(run) || Holder(run) is not null ? null : new Claim(Path.Combine(path, $"{run}.claim"));
    }

    private void Remove(string pattern)
    {
        foreach (string file in Directory.EnumerateFiles(path, pattern)) File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(path, pattern)) Directory.Delete(folder, recursive: true);
    }

    private void Write(FinishedRun run) => WholeFile.Write(FileOf(run.Run), JsonSerializer.Serialize(run, Json));

    private FinishedRun Parse(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        try
        {
            var fields = JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new JsonException("it is no object");
            // Files of before there were sweeps: seed, time and values alone.
            if (fields["Run"] is null && name == $"seed-{fields["Seed"]}" && fields["Seconds"] is { } seconds && fields["Values"] is { } values)
                return Experiment.Finished(name, digest, new Shard(0, 1), (double)seconds,
                    new Outcome(values.Deserialize<Dictionary<string, double>>()!));
            var run = fields.Deserialize<FinishedRun>(Json)!;
            return (run.Experiment, run.Run, run.Setting) == (Experiment.Id, name, digest) ? run : throw new InvalidDataException(
                $"'{file}' is '{run.Run}' of {run.Experiment} under setting {run.Setting}; expected is '{name}' of {Experiment.Id} "
                + $"under setting {digest}. Move it away: the run is then done again.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"'{file}' is damaged, or not a run's result ({error.Message}). Delete it: the run is then done again.", error);
        }
    }

    /// <summary>The folder for this process alone, for a moment.</summary>
    private FileStream Alone()
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < LockTries)
            {
                Thread.Sleep(20);
            }
        }
    }
}
