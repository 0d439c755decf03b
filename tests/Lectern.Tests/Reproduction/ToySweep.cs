using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Reproduction;
using Lectern.Training;

namespace Lectern.Tests.Reproduction;

/// <summary>
/// Two sweeps of 24 runs that cost nothing, in this process or in others. Each run adds a file to a log as it begins; in the
/// first of the processes that get to a named run it hangs, until it is killed.
/// </summary>
internal static class ToySweep
{
    private const string Arguments = "LECTERN_TOY", Folder = "LECTERN_TOY_FOLDER", Hanging = "LECTERN_TOY_HANGS";
    private const char Between = '\n';

    /// <summary>This program, started with those variables, is a process of the sweep and no test.</summary>
    [ModuleInitializer]
    internal static void BeAnother()
    {
        if (Environment.GetEnvironmentVariable(Arguments) is { } arguments)
            Environment.Exit(Run(Environment.GetEnvironmentVariable(Folder)!, arguments.Split(Between)));
    }

    internal static string Runs(string folder) => Path.Combine(folder, "runs");

    /// <summary>The process that hangs; null: none yet.</summary>
    internal static int? Hung(string folder) => Path.Combine(folder, "hangs") is var file && File.Exists(file)
        && File.ReadAllText(file) is [.. var number, '.'] ? int.Parse(number) : null;

    internal static string[] Log(string folder) =>
        Directory.Exists(Path.Combine(folder, "log"))
            ? [.. Directory.EnumerateFiles(Path.Combine(folder, "log")).Select(f => Path.GetFileName(f)!.Split('~')[0])]
            : [];

    /// <summary>A record's bytes without time, machine, date and commit.</summary>
    internal static string Record(string folder, string experiment)
    {
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "records", $"Toy.{experiment}.json")))!.AsObject();
        foreach (string own in (string[])["seconds", "peak_memory_mb", "machine", "date", "commit"]) Assert.True(record.Remove(own));
        return record.ToJsonString();
    }

    internal static int Run(string folder, params string[] arguments)
    {
        string records = Directory.CreateDirectory(Path.Combine(folder, "records")).FullName;
        return CommandLine.Run(new Dictionary<string, Func<IEnumerable<Experiment>>> { ["Toy"] = () => [Flat(folder), Grid(folder)] },
            arguments, Runs(folder), records);
    }

    /// <summary>The same in another process.</summary>
    internal static Process Start(string folder, string? hanging, params string[] arguments) => Start(folder, hanging, [], null, arguments);

    /// <summary>The same, with variables of its own, and its errors told.</summary>
    internal static Process Start(string folder, string? hanging, (string Name, string Value)[] variables, Action<string>? told, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ToySweep).Assembly.Location]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment[Arguments], start.Environment[Folder], start.Environment[Hanging]) =
            (string.Join(Between, arguments), folder, hanging ?? "");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => told?.Invoke(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>A run a seed. Two ranks have it only together: each is 1 off, in its own direction.</summary>
    internal static Experiment Flat(string folder, int scale = 1) => new("Toy", "flat", "numbers", 0, new JsonObject { ["scale"] = scale },
        [.. Enumerable.Range(1, 24)],
        (seed, checkpoint) =>
        {
            Begin(folder, $"seed-{seed}");
            File.WriteAllText(checkpoint, "half");
            double root = scale * Math.Sqrt(seed);
            return new Dictionary<string, double> { ["root"] = Ranks.OfJob is { } ranks ? ranks.Average(root + 1 - 2 * ranks.Rank) : root };
        },
        runs => [Result.Of("root", "", runs.Select(run => run["root"])).Rounded(6)])
    {
        Distributes = true,
    };

    // Four folds with five points each; the fold's own run needs all of them.
    private static Experiment Grid(string folder) => new("Toy", "grid", "numbers", 0, new JsonObject { ["points"] = 5 }, [0, 1, 2, 3],
        [
            .. from fold in Enumerable.Range(0, 4)
               from point in Enumerable.Range(0, 5)
               select new SweepRun($"point-{fold}-{point}", (_, _) =>
               {
                   Begin(folder, $"point-{fold}-{point}");
                   return new Outcome(new Dictionary<string, double> { ["value"] = Math.Sin(7 * fold + point) }, $"{point}");
               }),
            .. from fold in Enumerable.Range(0, 4)
               select new SweepRun($"fold-{fold}", (points, _) =>
               {
                   Begin(folder, $"fold-{fold}");
                   Assert.Equal("01234", string.Concat(points.Select(point => point.Text)));
                   return new Outcome(new Dictionary<string, double> { ["best"] = points.Max(point => point.Values["value"]) });
               }, [.. Enumerable.Range(0, 5).Select(point => $"point-{fold}-{point}")]),
        ],
        runs => [Result.Of("best", "", runs.Select(run => run["best"]))]);

    private static void Begin(string folder, string run)
    {
        // A file a beginning: nothing that two processes could write to at once.
        string log = Directory.CreateDirectory(Path.Combine(folder, "log")).FullName;
        File.WriteAllText(Path.Combine(log, $"{run}~{Guid.NewGuid()}"), "");
        if (Environment.GetEnvironmentVariable(Hanging) != run) return;
        try
        {
            using (var stream = new FileStream(Path.Combine(folder, "hangs"), FileMode.CreateNew))
                stream.Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId}."));
        }
        catch (IOException)
        {
            return;                                     // another one does, or did
        }
        Thread.Sleep(Timeout.Infinite);
    }
}
