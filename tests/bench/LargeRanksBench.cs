using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lectern.Graphs;
using Lectern.Graphs.Large;
using Lectern.Training;

namespace Lectern.Bench;

/// <summary>
/// GCN by sampling on a stored graph of 10⁶ nodes and 10⁷ pairs: two processes of one thread, each on its part's nodes, beside
/// one process of one thread at the same batch. Seconds a step, and how far their losses lie apart over the first twenty steps.
/// </summary>
internal static class LargeRanksBench
{
    private const int Curve = 20, Timed = 40, Parts = 2;

    internal static void Run(Report report)
    {
        if (!OperatorRecorder.IsAvailable)
        {
            report.Notes.Add("TorchSharp's package has no process groups.");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("lectern-large-ranks-");
        try
        {
            new PlantedGraph().Write(folder.FullName, 1);
            using (var graph = StoredGraph.Open(folder.FullName)) GraphPartition.Greedy(graph, Parts).Save(folder.FullName);
            var (one, two) = (Start(folder.FullName, 1), Start(folder.FullName, 2));
            double apart = one.Losses.Zip(two.Losses).Max(pair => Math.Abs(pair.First - pair.Second));
            report.Add("sampled GCN, 1,024 nodes a step", two.Seconds, [("one process", one.Seconds)], FormattableString.Invariant(
                $"{one.Seconds / two.Seconds:0.00} × as fast; losses from {one.Losses[0]:0.###} to {one.Losses[^1]:0.###}, at most {apart:0.0e+0} apart"));
            report.Notes.Add("each process has a core of its own and no other, so that the runtime's threads count, too; no batch is made ahead");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Measured(double[] Losses, double Seconds);

    /// <summary>What one process does: it trains and writes what it measured.</summary>
    internal static void Work(string folder, string file)
    {
        if (OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            process.ProcessorAffinity = 1 << (Ranks.OfJob?.Rank ?? 0);
        }
        using var graph = StoredGraph.Open(folder);
        int[] train = [.. Enumerable.Range(0, graph.Nodes / 10).Select(i => 10 * i)];
        var partition = GraphPartition.Load(folder, graph.Nodes, Parts);
        History Train(int epochs, int steps)
        {
            var settings = new SampledSettings(Hidden: 64, FanOuts: [10, 10], Batch: 1024, StepsAnEpoch: steps, Epochs: epochs, Ahead: 0);
            var (model, history) = SampledGcn.Train(graph, partition, train, [], settings, 1, Ranks.OfJob);
            model.Dispose();
            return history;
        }
        var curve = Train(Curve, 1);                                    // a loss a step, and everything is warm
        File.WriteAllText(file, JsonSerializer.Serialize(new Measured([.. curve.Loss], Train(1, Timed).Seconds / Timed)));
        Ranks.OfJob?.Wait();
    }

    private static Measured Start(string folder, int count)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var processes = Enumerable.Range(0, count).Select(rank =>
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
                ? [typeof(LargeRanksBench).Assembly.Location] : [])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            foreach (string word in (string[])["--rank", folder, Path.Combine(folder, $"measured-{rank}")]) start.ArgumentList.Add(word);
            foreach (string name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LECTERN_THREADS"]) start.Environment[name] = "1";
            if (count > 1)
                foreach (var (name, value) in new[]
                {
                    ("RANK", $"{rank}"), ("WORLD_SIZE", $"{count}"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", port.ToString(CultureInfo.InvariantCulture)),
                })
                    start.Environment[name] = value;
            return Process.Start(start)!;
        }).ToArray();
        var errors = processes.Select(process => (process.StandardOutput.ReadToEndAsync(), Errors: process.StandardError.ReadToEndAsync()).Errors).ToArray();
        for (int rank = 0; rank < count; rank++)
        {
            processes[rank].WaitForExit();
            if (processes[rank].ExitCode != 0) throw new InvalidOperationException($"Rank {rank} of {count} failed: {errors[rank].Result}");
            processes[rank].Dispose();
        }
        return JsonSerializer.Deserialize<Measured>(File.ReadAllText(Path.Combine(folder, "measured-0")))!;
    }
}
