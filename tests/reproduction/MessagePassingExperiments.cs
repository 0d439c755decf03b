using Lectern.Graphs;
using Lectern.Graphs.Large;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>GCN and GAT on Cora and Citeseer under the splits of Planetoid, ten seeds each; GCN by sampling on a large graph.</summary>
internal static class MessagePassingExperiments
{
    internal static IEnumerable<Experiment> All() =>
    [
        On("cora", MessagePassingLayer.Gcn, 81.5, null, "Kipf & Welling 2017, Table 2", 1),
        On("citeseer", MessagePassingLayer.Gcn, 70.3, null, "Kipf & Welling 2017, Table 2", 1),
        On("cora", MessagePassingLayer.Gat, 83.0, 0.7, "Veličković et al. 2018, Table 2", 6),
        On("citeseer", MessagePassingLayer.Gat, 72.5, 0.7, "Veličković et al. 2018, Table 2", 8),
        Large(),
    ];

    /// <summary>A planted graph in files, beside the checkpoint; each process of several trains on its own of the parts.</summary>
    private static Experiment Large()
    {
        const int parts = 4;
        var planted = new PlantedGraph();
        var settings = new SampledSettings(Hidden: 64, FanOuts: [10, 10], Batch: 1024, StepsAnEpoch: 20, Epochs: 10);
        return new Experiment("MessagePassing", "large", $"planted: {planted.Nodes:N0} nodes, {planted.Pairs:N0} pairs; every tenth node learned from, 10,000 tested",
            3, Record.SettingOf(new { planted, settings, parts }), [0],
            (seed, checkpoint) =>
            {
                string folder = Path.Combine(Path.GetDirectoryName(checkpoint)!, $"graph-{seed}");
                if (Ranks.OfJob is null or { IsFirst: true } && !File.Exists(Path.Combine(folder, "done")))
                {
                    planted.Write(folder, seed);
                    using var written = StoredGraph.Open(folder);
                    GraphPartition.Greedy(written, parts).Save(folder);
                    File.WriteAllText(Path.Combine(folder, "done"), "");
                }
                Ranks.OfJob?.Wait();
                using var graph = StoredGraph.Open(folder);
                var partition = GraphPartition.Load(folder, graph.Nodes, parts);
                int[] train = [.. Enumerable.Range(0, graph.Nodes / 10).Select(i => 10 * i)], test = [.. Enumerable.Range(0, 10_000).Select(i => 10 * i + 1)];
                var (model, history) = SampledGcn.Train(graph, partition, train, test, settings, seed, Ranks.OfJob, checkpoint);
                model.Dispose();
                return new Dictionary<string, double>
                {
                    ["test accuracy"] = 100 * history["accuracy"][^1],
                    ["test accuracy, features alone"] = 100 * FeaturesAlone(graph, train, test),
                    ["edges between parts"] = 100 * partition.Cut(graph),
                };
            },
            runs => [.. runs[0].Select(one => new Result(one.Key, "%", null, null, "", Math.Round(one.Value, 2), null, 1))])
        { Distributes = true };
    }

    /// <summary>Accuracy of the nearest mean of a class, without the graph.</summary>
    private static double FeaturesAlone(StoredGraph graph, int[] train, int[] test)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (graph.FeaturesOf(train), graph.LabelsOf(train));
        var means = stack([.. Enumerable.Range(0, graph.Classes).Select(label => x.index_select(0, (y == label).nonzero().squeeze(1)).mean([0L]))]);
        return cdist(graph.FeaturesOf(test), means).argmin(1).eq(graph.LabelsOf(test)).to(ScalarType.Float32).mean().item<float>();
    }

    private static Experiment On(string data, MessagePassingLayer layer, double paper, double? deviation, string source, double minutes)
    {
        var settings = MessagePassingSettings.For(layer);
        NodeDataset? loaded = null;
        return new Experiment("MessagePassing", $"{data}-{layer.ToString().ToLowerInvariant()}",
            $"{char.ToUpperInvariant(data[0])}{data[1..]}, Planetoid split (20 a class / 500 / 1000)", minutes, Record.SettingOf(settings), [.. Enumerable.Range(0, 10)],
            (seed, checkpoint) =>
            {
                loaded ??= Planetoid.Load(data).WithRowNormalizedFeatures();
                var result = MessagePassing.Train(loaded, settings, seed, checkpoint);
                return new Dictionary<string, double> { ["test accuracy"] = 100 * result.TestAccuracy, ["epochs"] = result.History.Epochs };
            },
            runs =>
            {
                var accuracy = new Spread([.. runs.Select(run => run["test accuracy"])]);
                return [new Result("test accuracy", "%", paper, deviation, source, Math.Round(accuracy.Mean, 2), Math.Round(accuracy.Deviation, 2), runs.Count)];
            });
    }
}
