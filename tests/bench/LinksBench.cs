using System.Diagnostics;
using System.Runtime.InteropServices;
using Lectern.Data;
using Lectern.KnowledgeGraphs;

namespace Lectern.Bench;

/// <summary>
/// ComplEx of width 128 on FB15k-237 (or on as many random triples): epochs of KvsAll and 1vsAll with Adagrad in batches of 512, and
/// filtered ranking of the test triples, beside a plain PyTorch version of the same work. Epochs are measured on 20 steps.
/// </summary>
internal static class LinksBench
{
    private const int Steps = 20;

    internal static void Run(Report report)
    {
        var data = Catalog.Has("fb15k-237") ? TripleFiles.Load("fb15k-237") : Random(14_541, 237, 272_115, 20_466);
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            void Write(string name, IReadOnlyList<Triple> triples) => File.WriteAllBytes(Path.Combine(folder, name),
                MemoryMarshal.AsBytes<int>(triples.SelectMany(t => (int[])[t.Head, t.Relation, t.Tail]).ToArray()).ToArray());
            Write("train.bin", data.Train);
            Write("valid.bin", data.Validation);
            Write("test.bin", data.Test);
            var peer = Peer.Run("links.py", folder, $"{data.Entities.Count}", $"{data.Relations.Count}", $"{Steps}");
            foreach (var type in (LinkTrainingType[])[LinkTrainingType.KvsAll, LinkTrainingType.OneVsAll])
                report.Add($"{Steps} steps of {type} on {data.Name}", Training(data, type), [("PyTorch", peer.Of($"{type}"))]);
            report.Add($"filtered ranking of {data.Test.Count:N0} triples", Ranking(data), [("PyTorch", peer.Of("rank"))]);
            using var process = Process.GetCurrentProcess();
            report.Notes.Add($"peak memory: ours {process.PeakWorkingSet64 / 1e6:0} MB"
                + (peer.Of("megabytes") is { } megabytes ? $", PyTorch's {megabytes:0} MB" : ""));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        foreach (int entities in (int[])[1_000, 10_000, 100_000, 1_000_000])
        {
            var some = Random(entities, 10, 2_000, 100);
            report.Add($"a KvsAll step of 128 and a ranking of 100 triples among {entities:N0} entities", Growth(some), []);
        }
    }

    private static LinkSettings Settings(LinkTrainingType type) =>
        new() { Model = LinkModel.ComplEx, Width = 128, Training = type, Batch = 512, LearningRate = 0.1, EvaluateEvery = 1 };

    private static double Training(LinkDataset data, LinkTrainingType type)
    {
        var settings = Settings(type);
        manual_seed(0);
        using var model = new LinkPredictor(data.Entities.Count, data.Relations.Count, settings);
        using var optimizer = optim.Adagrad(model.parameters(), settings.LearningRate);
        model.train();
        return Timing.Of(() =>
        {
            foreach (var step in LinkTraining.Steps(data, settings, 0).Take(Steps)) Learn(model, settings, optimizer, step);
        }, 3);
    }

    private static void Learn(LinkPredictor model, LinkSettings settings, TorchSharp.Modules.OptimizerHelper optimizer, LinkTraining.Step step)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        LinkTraining.Loss(model, settings, step).backward();
        optimizer.step();
    }

    private static double Ranking(LinkDataset data)
    {
        manual_seed(0);
        using var model = new LinkPredictor(data.Entities.Count, data.Relations.Count, Settings(LinkTrainingType.KvsAll));
        return Timing.Of(() => LinkRanking.Rank(model, data.Test, data.Known), 3);
    }

    private static double Growth(LinkDataset data)
    {
        var settings = Settings(LinkTrainingType.KvsAll) with { Batch = 128 };
        manual_seed(0);
        using var model = new LinkPredictor(data.Entities.Count, data.Relations.Count, settings);
        using var optimizer = optim.Adagrad(model.parameters(), settings.LearningRate);
        var step = LinkTraining.Steps(data, settings, 0).First();
        return Timing.Of(() =>
        {
            Learn(model, settings, optimizer, step);
            LinkRanking.Rank(model, data.Test, data.Known);
        }, 2);
    }

    internal static LinkDataset Random(int entities, int relations, int train, int test)
    {
        var random = new Random(1);
        Triple[] Some(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => new Triple(random.Next(entities), random.Next(relations), random.Next(entities)))];
        return new LinkDataset("random triples", [.. Enumerable.Range(0, entities).Select(i => $"{i}")],
            [.. Enumerable.Range(0, relations).Select(i => $"{i}")], Some(train), Some(test), Some(test));
    }
}
