using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>GCN and GAT on Cora and Citeseer under the splits of Planetoid, ten seeds each.</summary>
internal static class MessagePassingExperiments
{
    internal static IEnumerable<Experiment> All() =>
    [
        On("cora", MessagePassingLayer.Gcn, 81.5, null, "Kipf & Welling 2017, Table 2", 1),
        On("citeseer", MessagePassingLayer.Gcn, 70.3, null, "Kipf & Welling 2017, Table 2", 1),
        On("cora", MessagePassingLayer.Gat, 83.0, 0.7, "Veličković et al. 2018, Table 2", 6),
        On("citeseer", MessagePassingLayer.Gat, 72.5, 0.7, "Veličković et al. 2018, Table 2", 8),
    ];

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
