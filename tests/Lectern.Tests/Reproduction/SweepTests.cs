using System.Diagnostics;
using Lectern.Reproduction;

namespace Lectern.Tests.Reproduction;

/// <summary>Sweeps by several processes, by the toy of <see cref="ToySweep"/>.</summary>
public sealed class SweepTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("lectern sweep ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Four_parts_by_two_processes_of_which_one_is_killed_and_redone_give_the_table_of_one_process()
    {
        string alone = In("alone"), many = In("many");
        Said(() => ToySweep.Run(alone, "Toy", "--only", "flat"));
        Assert.Equal(24, ToySweep.Log(alone).Length);

        // One process does parts 0 and 1; the other hangs in part 2's third run, and is killed.
        string[] Part(int i) => ["Toy", "--only", "flat", "--shard", $"{i}/4"];
        using var dying = ToySweep.Start(many, "seed-11", Part(2));
        Ends(0, many, Part(0));
        Ends(0, many, Part(1));
        Await(() => ToySweep.Hung(many) is not null);
        dying.Kill();
        dying.WaitForExit();
        string first = Path.Combine(ToySweep.Runs(many), "Toy.flat", "seed-3.json"), kept = File.ReadAllText(first);

        Assert.False(File.Exists(Path.Combine(many, "records", "Toy.flat.json")));
        string said = Said(() => ToySweep.Run(many, "results", "Toy", "--only", "flat", "--shards", "4"));
        Assert.Contains("Toy.flat: 14 of 24 runs are done", said);
        Assert.Contains("part 2/4: 2 of 6 runs are done; missing: flat seed-11, flat seed-15, flat seed-19, flat seed-23\n"
            + "  ./lectern reproduce Toy --only flat --shard 2/4\n", said);
        Assert.Contains("part 3/4: 0 of 6", said);
        Assert.DoesNotContain("part 0/4", said);

        Ends(0, many, Part(2));
        Ends(0, many, Part(3));

        Assert.Equal(kept, File.ReadAllText(first));
        Assert.Equal(ToySweep.Record(alone, "flat"), ToySweep.Record(many, "flat"));
        Assert.Equal(ToySweep.Log(alone).Append("seed-11").Order(), ToySweep.Log(many).Order());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(ToySweep.Runs(many), "Toy.flat"), "*.c*"));      // claims, checkpoints
    }

    [Fact]
    public void Two_processes_of_the_same_part_share_it_do_no_run_twice_and_take_over_what_a_dead_one_left()
    {
        string alone = In("alone"), many = In("many");
        Said(() => ToySweep.Run(alone, "Toy"));

        using var one = ToySweep.Start(many, "point-2-3", "Toy");
        using var two = ToySweep.Start(many, "point-2-3", "Toy");
        // One hangs; the other reaches the end of what it can do: fold 2 waits for the point that hangs.
        Await(() => ToySweep.Hung(many) is not null && ToySweep.Log(many).Contains("fold-3"));
        var (dying, other) = ToySweep.Hung(many) == one.Id ? (one, two) : (two, one);
        Assert.False(other.HasExited);
        dying.Kill();
        Assert.True(other.WaitForExit(Patience));
        Assert.Equal(0, other.ExitCode);

        Assert.Equal(ToySweep.Record(alone, "flat"), ToySweep.Record(many, "flat"));
        Assert.Equal(ToySweep.Record(alone, "grid"), ToySweep.Record(many, "grid"));
        Assert.Equal(ToySweep.Log(alone).Append("point-2-3").Order(), ToySweep.Log(many).Order());
    }

    [Fact]
    public void At_once_and_from_the_same_first_run_on_no_run_is_done_twice()
    {
        Said(() =>
        {
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => ToySweep.Run(folder, "Toy"));
            return 0;
        });

        Assert.Equal(48, ToySweep.Log(folder).Distinct().Count());
        Assert.Equal(48, ToySweep.Log(folder).Length);
    }

    [Fact]
    public void A_part_can_be_done_alone_since_it_does_what_its_runs_build_on()
    {
        // Runs 20 to 23 are the folds': part 3 of 4 has the last one, which builds on points of all parts.
        Said(() => ToySweep.Run(folder, "Toy", "--only", "grid", "--shard", "3/4"));

        Assert.Equal(["fold-3", "point-0-3", "point-1-2", "point-2-1", "point-3-0", "point-3-1", "point-3-2", "point-3-3", "point-3-4"],
            ToySweep.Log(folder).Order());
    }

    [Fact]
    public void A_clock_goes_on_from_what_was_kept_and_an_emptied_one_is_named()
    {
        string file = Path.Combine(folder, "run.seconds");
        File.WriteAllText(file, "120.5");
        using (var clock = new RunClock(file)) Assert.InRange(clock.Seconds, 120.5, 180);

        File.WriteAllText(file, "");                                            // as a power cut may leave it
        string said = Assert.Throws<InvalidDataException>(() => new RunClock(file)).Message;
        Assert.Contains(file, said);
        Assert.Contains("Delete it", said);
    }

    [Fact]
    public void Runs_are_dealt_out_over_all_experiments_of_a_lesson()
    {
        var sweep = new Sweep([ToySweep.Flat(folder), ToySweep.Flat(folder)], folder);

        Assert.Equal(["seed-20", "seed-16"], sweep.Part(new Shard(19, 20)).Select(one => one.Run.Name));     // of 48: numbers 19 and 39
    }

    [Fact]
    public void Copies_from_other_machines_merge_into_the_table_of_one_process()
    {
        string alone = In("alone"), left = In("left"), right = In("right"), home = In("home");
        Said(() => ToySweep.Run(alone, "Toy"));
        Said(() => ToySweep.Run(left, "Toy", "--shard", "0/2"));
        Said(() => ToySweep.Run(right, "Toy", "--shard", "1/2"));

        string said = Said(() => ToySweep.Run(home, "results", "--from", ToySweep.Runs(left), ToySweep.Runs(right)));

        Assert.Contains("Toy.flat: 12 runs from '", said);
        foreach (string experiment in (string[])["flat", "grid"])
            Assert.Equal(ToySweep.Record(alone, experiment), ToySweep.Record(home, experiment));
        string record = Path.Combine(home, "records", "Toy.flat.json");
        byte[] before = File.ReadAllBytes(record);
        Said(() => ToySweep.Run(home, "results", "Toy"));                  // and it is a function of the runs alone
        Assert.Equal(before, File.ReadAllBytes(record));
    }

#if LECTERN_BRIDGE
    [Fact]
    public void Two_ranks_do_each_run_together_and_rank_0_keeps_it()
    {
        string alone = In("alone"), both = In("both");
        Said(() => ToySweep.Run(alone, "Toy", "--only", "flat"));

        Assert.Equal([0, 0], Ranks(both, _ => { }, "Toy", "--only", "flat"));

        Assert.Equal(ToySweep.Record(alone, "flat"), ToySweep.Record(both, "flat"));
        Assert.Equal(ToySweep.Log(alone).Concat(ToySweep.Log(alone)).Order(), ToySweep.Log(both).Order());
    }

    [Fact]
    public void Ranks_are_refused_where_one_process_trains()
    {
        var said = new System.Collections.Concurrent.ConcurrentBag<string>();

        Assert.Equal([1, 1], Ranks(folder, said.Add, "Toy", "--only", "grid"));

        Assert.Contains(said, line => line.Contains("Toy.grid is trained by one process, and this is one of 2", StringComparison.Ordinal));
        Assert.Empty(ToySweep.Log(folder));
    }

    private static int[] Ranks(string folder, Action<string> told, params string[] arguments)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        string port = $"{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();
        Process[] ranks = [.. Enumerable.Range(0, 2).Select(rank => ToySweep.Start(folder, null,
            [("RANK", $"{rank}"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", port)], told, arguments))];
        try
        {
            Assert.All(ranks, rank => Assert.True(rank.WaitForExit(Patience)));
            foreach (var rank in ranks) rank.WaitForExit();            // and its last lines
            return [.. ranks.Select(rank => rank.ExitCode)];
        }
        finally
        {
            foreach (var rank in ranks)
            {
                if (!rank.HasExited) rank.Kill();
                rank.Dispose();
            }
        }
    }
#endif

    [Theory]
    [InlineData("seed-5.json", "{ \"Experiment\": \"Toy.fl", "seed-5.json' is damaged", "Delete it")]
    [InlineData("seed-5.json", "[]", "seed-5.json' is damaged", "Delete it")]
    [InlineData("seed-5.json", "{ \"Run\": \"seed-5\" }", "seed-5.json' is damaged", "Delete it")]
    [InlineData("notes.json", "{}", "notes.json' is no run of Toy.flat, whose runs are seed-1 to seed-24", "Move it away")]
    [InlineData("setting.json", "{\"scale\":3}", "has runs of another setting", "Move it away")]
    public void A_damaged_or_foreign_file_is_named_and_nothing_is_recorded(string name, string text, string what, string remedy)
    {
        Said(() => ToySweep.Run(folder, "Toy", "--only", "flat"));
        File.Delete(Path.Combine(folder, "records", "Toy.flat.json"));
        File.WriteAllText(Path.Combine(ToySweep.Runs(folder), "Toy.flat", name), text);

        string here = Said(() => ToySweep.Run(folder, "results", "Toy"), expected: 1);
        string there = Said(() => ToySweep.Run(In("home"), "results", "--from", ToySweep.Runs(folder)), expected: 1);

        foreach (string said in (string[])[here, there])
        {
            Assert.Contains(what, said);
            Assert.Contains(remedy, said);
        }
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "records")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "home", "records")));
    }

    [Fact]
    public void A_run_of_another_experiment_or_setting_is_not_taken_by_its_name()
    {
        Said(() => ToySweep.Run(folder, "Toy"));
        string runs = ToySweep.Runs(folder);
        File.Copy(Path.Combine(runs, "Toy.grid", "fold-1.json"), Path.Combine(runs, "Toy.flat", "seed-1.json"), overwrite: true);

        var error = Assert.Throws<InvalidDataException>(() => new RunFolder(ToySweep.Flat(folder), runs).Finished());
        Assert.Contains("is 'fold-1' of Toy.grid under setting", error.Message);
        Assert.Contains("expected is 'seed-1' of Toy.flat", error.Message);

        File.Delete(Path.Combine(runs, "Toy.flat", "setting.json"));
        error = Assert.Throws<InvalidDataException>(() => new RunFolder(ToySweep.Flat(folder, scale: 2), runs).Read("seed-2"));
        Assert.Contains("expected is 'seed-2' of Toy.flat under setting", error.Message);
    }

    [Fact]
    public void One_run_with_two_values_is_not_merged()
    {
        string here = In("here"), there = In("there");
        Said(() => ToySweep.Run(here, "Toy", "--only", "flat"));
        Said(() => ToySweep.Run(there, "Toy", "--only", "flat"));
        string file = Path.Combine(ToySweep.Runs(there), "Toy.flat", "seed-4.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"root\": 2", "\"root\": 2.5", StringComparison.Ordinal));

        string said = Said(() => ToySweep.Run(here, "results", "Toy", "--from", ToySweep.Runs(there)), expected: 1);

        Assert.Contains("seed-4.json' are the same run with different values. Keep one of them.", said);
    }

    [Fact]
    public void Fresh_forgets_the_part_and_leaves_the_others()
    {
        Said(() => ToySweep.Run(folder, "Toy", "--only", "flat"));

        Said(() => ToySweep.Run(folder, "Toy", "--only", "flat", "--shard", "1/12", "--fresh"));

        Assert.Equal(["seed-14", "seed-2"],
            ToySweep.Log(folder).GroupBy(run => run).Where(group => group.Count() == 2).Select(group => group.Key).Order());
    }

    [Fact]
    public void Runs_of_another_setting_go_and_those_of_before_there_were_sweeps_stay()
    {
        string runs = ToySweep.Runs(folder), flat = Directory.CreateDirectory(Path.Combine(runs, "Toy.flat")).FullName;
        File.WriteAllText(Path.Combine(flat, "setting.json"), "{\"scale\":1}");
        File.WriteAllText(Path.Combine(flat, "seed-4.json"), """{"Seed":4,"Seconds":9.5,"PeakMemoryMb":7,"Values":{"root":2}}""");
        var folderOfOne = new RunFolder(ToySweep.Flat(folder), runs);
        folderOfOne.Begin();
        Assert.Equal(9.5, Assert.Single(folderOfOne.Finished()).Seconds);

        var folderOfTwo = new RunFolder(ToySweep.Flat(folder, scale: 2), runs);
        folderOfTwo.Begin();
        Assert.Empty(folderOfTwo.Finished());
    }

    [Theory]
    [InlineData("There is no option '--shards'", "Toy", "--shards", "2")]
    [InlineData("--shard wants a part and their number, such as 0/2 and 1/2, not '2/2'", "Toy", "--shard", "2/2")]
    [InlineData("--only wants one value", "Toy", "--only")]
    [InlineData("Toy has no experiment 'flatt'; it has: flat, grid.", "Toy", "--only", "flatt")]
    [InlineData("There are no experiments for 'Tor'", "results", "Tor")]
    [InlineData("--from wants folders; there is no 'nowhere'", "results", "--from", "nowhere")]
    [InlineData("Name a lesson", "--fresh")]
    public void Arguments_that_cannot_be_are_named(string what, params string[] arguments) =>
        Assert.Contains(what, Said(() => ToySweep.Run(folder, arguments), expected: 2));

    private string In(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    private static void Ends(int code, string folder, string[] arguments)
    {
        using var process = ToySweep.Start(folder, null, arguments);
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(code, process.ExitCode);
    }

    private static void Await(Func<bool> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience, "another process did not get there");
            Thread.Sleep(20);
        }
    }

    private static string Said(Func<int> run, int expected = 0)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var said = new StringWriter();
        said.NewLine = "\n";
        Console.SetOut(said);
        Console.SetError(said);
        try
        {
            Assert.Equal(expected, run());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
        return said.ToString();
    }
}
