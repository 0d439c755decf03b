using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;

namespace Lectern.Reproduction;

/// <summary>Deep Graph Infomax, DeepWalk and node2vec on Cora and Citeseer under the splits of Planetoid.</summary>
internal static class NodeEmbeddingsExperiments
{
    internal static IEnumerable<Experiment> All() =>
    [
        Infomax("cora", 82.3, 0.6, 5),
        Infomax("citeseer", 71.8, 0.7, 12),
        Walks("cora", 67.2, 5),
        Walks("citeseer", 43.2, 5),
    ];

    private static string Split(string data) => $"{char.ToUpperInvariant(data[0])}{data[1..]}, Planetoid split (20 a class / 500 / 1000)";

    private static Experiment Infomax(string data, double paper, double deviation, double minutes)
    {
        var settings = new InfomaxSettings();
        var setting = Record.SettingOf(settings);
        setting["judges"] = "50 softmax regressions a seed, Adam 0.01, 100 steps";
        NodeDataset? loaded = null;
        return new Experiment("NodeEmbeddings", $"{data}-infomax", Split(data), minutes, setting, [0, 1, 2],
            (seed, checkpoint) =>
            {
                using var scope = torch.NewDisposeScope();
                loaded ??= Planetoid.Load(data).WithRowNormalizedFeatures();
                var (_, history, vectors) = NodeEmbeddings.Infomax(loaded, settings, seed, checkpoint);
                var accuracy = NodeEmbeddings.Probe(vectors, loaded, seed);
                return new Dictionary<string, double>
                {
                    ["test accuracy"] = 100 * accuracy.Mean,
                    ["l2 accuracy"] = 100 * NodeEmbeddings.Accuracy(vectors, loaded),
                    ["epochs"] = history.Epochs,
                };
            },
            runs =>
            [
                Rounded("test accuracy", "%", runs.Select(run => run["test accuracy"]), paper, deviation, "Veličković et al. 2019, Table 2"),
                Rounded("test accuracy by ℓ2 regression, C = 1", "%", runs.Select(run => run["l2 accuracy"])),
                Rounded("epochs", "", runs.Select(run => run["epochs"])),
            ]);
    }

    private static Experiment Walks(string data, double paper, double minutes)
    {
        var (deepWalk, node2Vec) = (WalkEmbeddingSettings.DeepWalk, WalkEmbeddingSettings.Node2Vec);
        var setting = new JsonObject { ["deepwalk"] = Setting(deepWalk), ["node2vec"] = Setting(node2Vec) };
        NodeDataset? loaded = null;
        return new Experiment("NodeEmbeddings", $"{data}-walks", Split(data), minutes, setting, [0, 1, 2],
            (seed, _) =>
            {
                using var scope = torch.NewDisposeScope();
                loaded ??= Planetoid.Load(data);
                double Of(WalkEmbeddingSettings settings) =>
                    100 * NodeEmbeddings.Accuracy(NodeEmbeddings.FromWalks(loaded.Graph, settings, seed), loaded);
                return new Dictionary<string, double> { ["deepwalk"] = Of(deepWalk), ["node2vec"] = Of(node2Vec) };
            },
            runs =>
            [
                Rounded("test accuracy, DeepWalk", "%", runs.Select(run => run["deepwalk"]), paper, null, "Kipf & Welling 2017, Table 2"),
                Rounded("test accuracy, node2vec, p = q = 1", "%", runs.Select(run => run["node2vec"])),
            ]);
    }

    private static JsonObject Setting(WalkEmbeddingSettings settings)
    {
        var setting = Record.SettingOf(settings.Walks);
        foreach (var (name, value) in Record.SettingOf(settings.SkipGram))
            if (name != "threads") setting[name] = value?.DeepClone();
        return setting;
    }

    private static Result Rounded(
        string metric, string unit, IEnumerable<double> values, double? paper = null, double? deviation = null, string? source = null) =>
        Result.Of(metric, unit, values, paper, deviation, source).Rounded();
}
