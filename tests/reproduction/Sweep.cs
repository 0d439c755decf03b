using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>Does one part of the runs of some experiments, beside other processes that do theirs.</summary>
/// <param name="experiments">The experiments; their runs are numbered through, and dealt out by number.</param>
/// <param name="root">The folder of all runs.</param>
/// <param name="records">The folder of the records; null: the kit's.</param>
internal sealed class Sweep(IReadOnlyList<Experiment> experiments, string root, string? records = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly RunFolder[] folders = [.. experiments.Select(experiment => new RunFolder(experiment, root))];
    private readonly HashSet<RunFolder> recorded = [];

    /// <summary>The runs of a part, in the order in which they are done.</summary>
    /// <param name="shard">The part.</param>
    internal IEnumerable<(RunFolder Folder, SweepRun Run)> Part(Shard shard) => folders
        .SelectMany(folder => folder.Experiment.Runs.Select(run => (folder, run))).Where((_, number) => shard.Has(number));

    /// <summary>Does what is not done of a part, then writes the records of all experiments that are done.</summary>
    /// <remarks>
    /// Where a run builds on runs of other parts, it waits for those that a process does at that moment, and those that
    /// nobody does are done here: a part can always be done alone.
    /// </remarks>
    /// <param name="shard">The part.</param>
    /// <param name="fresh">Whether to forget what was done of it.</param>
    internal void Run(Shard shard, bool fresh = false)
    {
        if (Ranks.OfJob is { } ranks && experiments.FirstOrDefault(e => !e.Distributes || e.Runs.Any(run => run.After.Count > 0)) is { } single)
            throw new NotSupportedException(
                $"{single.Id} is trained by one process, and this is one of {ranks.Count}. Start it with {single.Command}.");
        List<(RunFolder Folder, SweepRun Run)> open = [.. Part(shard)];
        if (Ranks.OfJob is { IsFirst: false } others)
        {
            // Rank 0 keeps the runs and writes the records; the others take part in the training.
            others.Wait();
            foreach (var (folder, run) in open.Where(one => !one.Folder.IsDone(one.Run.Name)).ToList()) folder.TakePart(run);
            others.Wait();                                              // rank 0 may still measure
            return;
        }
        foreach (var folder in folders)
        {
            var experiment = folder.Experiment;
            folder.Begin();
            Console.WriteLine($"{experiment.Lesson} {experiment.Name} on {experiment.Dataset}: {experiment.Runs.Count} runs, "
                + $"about {experiment.Minutes:0.#} minutes on 2 cores.");
        }
        if (shard.Count > 1) Console.WriteLine($"Part {shard}: {open.Count} of these runs.");
        if (fresh) foreach (var (folder, run) in open) folder.Forget(run.Name);
        Ranks.OfJob?.Wait();

        string? said = null;
        while (true)
        {
            var ended = open.Where(one => one.Folder.IsDone(one.Run.Name)).ToList();       // before, or by others
            foreach (var (folder, run) in ended) Tell(folder, run);
            open.RemoveAll(ended.Contains);
            if (open.Count == 0) break;
            var next = open.Concat(open.SelectMany(one => Before(one.Folder, one.Run)))
                .FirstOrDefault(one => one.Folder.TryDo(one.Run, shard));
            if (next.Run is null)
            {
                var (folder, run) = open.Concat(open.SelectMany(one => Before(one.Folder, one.Run)))
                    .FirstOrDefault(one => one.Folder.Holder(one.Run.Name) is not null, open[0]);
                string wait = $"  waits for {run.Name} of {folder.Experiment.Id}, done by {folder.Holder(run.Name) ?? "another process"}";
                if (wait != said) Console.WriteLine(said = wait);
                Interrupt.Token.WaitHandle.WaitOne(Pause);
                Interrupt.Token.ThrowIfCancellationRequested();
            }
            else
            {
                Tell(next.Folder, next.Run);
                open.Remove(next);
                if (next.Folder.IsComplete) WriteRecord(next.Folder);
            }
        }
        Ranks.OfJob?.Wait();
        // Asked at the end: the others may have ended meanwhile.
        foreach (var folder in folders.Except(recorded).ToList())
        {
            if (folder.IsComplete) WriteRecord(folder);
            else Console.WriteLine($"  {folder.Experiment.Id}: {folder.Finished().Count} of {folder.Experiment.Runs.Count} runs are done; "
                + $"the record is written when the others are: ./lectern results {folder.Experiment.Lesson}");
        }
    }

    /// <summary>Writes the record of an experiment whose runs are all done.</summary>
    internal void WriteRecord(RunFolder folder)
    {
        var record = folder.Experiment.ToRecord(folder.Finished());
        string path = record.Save(records);
        recorded.Add(folder);
        Console.WriteLine($"{folder.Experiment.Id}:");
        foreach (var result in record.Results)
        {
            string spread = result.Deviation is { } deviation ? FormattableString.Invariant($" ± {deviation:0.##}") : "";
            Console.WriteLine(FormattableString.Invariant(
                $"  {result.Metric}: {result.Measured:0.##}{spread} {result.Unit} (paper: {result.Paper?.ToString("0.##") ?? "none"})"));
        }
        Console.WriteLine($"  record: {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    private static void Tell(RunFolder folder, SweepRun run) => Console.WriteLine($"  {folder.Experiment.Name} {run.Name}: "
        + string.Join(", ", folder.Read(run.Name).Values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:0.0000}"))));

    private static IEnumerable<(RunFolder Folder, SweepRun Run)> Before(RunFolder folder, SweepRun run) =>
        from earlier in folder.Experiment.Runs
        where run.After.Contains(earlier.Name) && !folder.IsDone(earlier.Name)
        from one in Before(folder, earlier).Append((folder, earlier))
        select one;
}
