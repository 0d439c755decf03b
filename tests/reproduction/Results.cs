namespace Lectern.Reproduction;

/// <summary>What is done of a lesson's sweep and what is missing.</summary>
internal static class Results
{
    private const int Named = 6;

    /// <summary>Takes over what other machines finished, says what is done, and writes the records of what is whole.</summary>
    /// <param name="experiments">Those of one lesson.</param>
    /// <param name="again">The command that does them, to which a part is added.</param>
    /// <param name="root">The folder of all runs.</param>
    /// <param name="copies">Copies of that folder, from other machines.</param>
    /// <param name="shards">How many parts the sweep has; null: as many as its last run says.</param>
    /// <param name="records">The folder of the records; null: the kit's.</param>
    /// <returns>Whether every file was in order.</returns>
    internal static bool Show(IReadOnlyList<Experiment> experiments, string again, string root, IReadOnlyList<string> copies,
        int? shards = null, string? records = null)
    {
        var sweep = new Sweep(experiments, root, records);
        bool isFine = true;
        foreach (var experiment in experiments)
        {
            var folder = new RunFolder(experiment, root);
            try
            {
                foreach (string from in copies)
                {
                    var copy = new RunFolder(experiment, from);
                    if (copy.Exists) Console.WriteLine($"{experiment.Id}: {folder.Merge(copy)} runs from '{from}'");
                }
                var done = folder.Finished();
                if (done.Count == experiment.Runs.Count) sweep.WriteRecord(folder);
                else Console.WriteLine($"{experiment.Id}: {done.Count} of {experiment.Runs.Count} runs are done");
                if (done.Count > 0) shards ??= int.Parse(done[^1].Shard.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (Exception error) when (error is InvalidDataException or IOException)
            {
                Console.Error.WriteLine($"{experiment.Id}: {error.Message}");
                isFine = false;
            }
        }
        for (int i = 0; i < (shards ?? 1); i++)
        {
            var shard = new Shard(i, shards ?? 1);
            var part = sweep.Part(shard).ToList();
            var open = part.Where(one => !one.Folder.IsDone(one.Run.Name)).ToList();
            if (open.Count == 0) continue;
            Console.WriteLine($"part {shard}: {part.Count - open.Count} of {part.Count} runs are done; missing: "
                + string.Join(", ", open.Take(Named).Select(one => $"{one.Folder.Experiment.Name} {one.Run.Name}"
                    + (one.Folder.Holder(one.Run.Name) is { } holder ? $" ({holder} does it)" : "")))
                + (open.Count > Named ? $" and {open.Count - Named} more" : "")
                + $"\n  {again}{(shard.Count > 1 ? $" --shard {shard}" : "")}");
        }
        return isFine;
    }
}
