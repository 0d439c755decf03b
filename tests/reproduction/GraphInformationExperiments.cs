using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Papers.Theory;

namespace Lectern.Reproduction;

/// <summary>Both measures on Cora and Citeseer; accuracy on Cora as edges between classes go and as features are blurred.</summary>
internal static class GraphInformationExperiments
{
    private static readonly double[] Removed = [0, 0.5, 1];
    private static readonly int[] Steps = [0, 2, 8];

    internal static IEnumerable<Experiment> All() => [Smoothness(), Cora()];

    private static Experiment Smoothness() => new("GraphInformation", "smoothness", "Cora and Citeseer, all nodes with a label", 1,
        new JsonObject { ["features"] = "scaled to 0 … 1, column by column" }, [0],
        (_, _) =>
        {
            var measures = new Dictionary<string, double>();
            foreach (string name in new[] { "cora", "citeseer" })
            {
                using var scope = NewDisposeScope();
                var data = Planetoid.Load(name);
                measures[$"label {name}"] = GraphInformation.LabelSmoothness(data.Graph, data.Labels.data<long>().ToArray());
                measures[$"feature {name}"] = GraphInformation.FeatureSmoothness(data.Graph, data.Features.ToDense());
            }
            return measures;
        },
        runs =>
        [
            new("label smoothness, Cora", "", 0.19, null, "table of data sets", Math.Round(runs[0]["label cora"], 4), null, 1),
            new("label smoothness, Citeseer", "", 0.26, null, "table of data sets", Math.Round(runs[0]["label citeseer"], 4), null, 1),
            new("feature smoothness, Cora", "", null, null, null, Math.Round(runs[0]["feature cora"], 4), null, 1),
            new("feature smoothness, Citeseer", "", null, null, null, Math.Round(runs[0]["feature citeseer"], 4), null, 1),
        ]);

    private static Experiment Cora()
    {
        var settings = new GraphInformationSettings(Epochs: 100, Patience: 50);
        var setting = Record.SettingOf(settings);
        setting["removed_mismatches"] = new JsonArray([.. Removed.Select(share => JsonValue.Create(share))]);
        setting["broadcast_steps"] = new JsonArray([.. Steps.Select(steps => JsonValue.Create(steps))]);
        setting["gcn"] = Record.SettingOf(MessagePassingSettings.For(MessagePassingLayer.Gcn));
        var gcn = MessagePassingSettings.For(MessagePassingLayer.Gcn);
        return new Experiment("GraphInformation", "cora", "Cora, Planetoid split (20 a class / 500 / 1000)", 6, setting, [0],
            (seed, _) =>
            {
                var clean = Planetoid.Cora();
                long[] labels = clean.Labels.data<long>().ToArray();
                var measures = new Dictionary<string, double>();
                double Gcn(NodeDataset data) => 100 * MessagePassing.Train(data.WithRowNormalizedFeatures(), gcn, seed).TestAccuracy;
                // On a graph without edges Â is the identity: a GCN is a network of two layers on features alone.
                measures["features alone"] = Gcn(clean with { Graph = Graph.Undirected(clean.Graph.Nodes) });
                foreach (double share in Removed)
                {
                    using var scope = NewDisposeScope();
                    var data = clean with { Graph = GraphInformation.RemoveMismatches(clean.Graph, labels, share, seed) };
                    measures[$"GCN, removed {share}"] = Gcn(data);
                    measures[$"CS-GNN, removed {share}"] = 100 * GraphInformation.Train(data, settings, seed).TestAccuracy;
                    Console.WriteLine(FormattableString.Invariant($"    removed {share}: {measures[$"GCN, removed {share}"]} {measures[$"CS-GNN, removed {share}"]}"));
                }
                foreach (int steps in Steps)
                {
                    using var scope = NewDisposeScope();
                    var blurred = GraphInformation.Broadcast(clean.Graph, clean.Features.ToDense(), steps);
                    measures[$"lambda_f, blurred {steps}"] = GraphInformation.FeatureSmoothness(clean.Graph, blurred);
                    var alone = clean with { Features = Sparse(blurred), Graph = Graph.Undirected(clean.Graph.Nodes) };
                    measures[$"features alone, blurred {steps}"] = Gcn(alone);
                    measures[$"GCN, blurred {steps}"] = Gcn(alone with { Graph = clean.Graph });
                }
                return measures;
            },
            runs => [.. runs[0].Keys.Select(key => Rounded(key.StartsWith("lambda", StringComparison.Ordinal)
                ? key.Replace("lambda_f", "feature smoothness") : $"test accuracy, {key}",
                key.StartsWith("lambda", StringComparison.Ordinal) ? "" : "%", runs.Select(run => run[key])))]);
    }

    private static SparseMatrix Sparse(Tensor x)
    {
        var (rows, columns) = ((int)x.shape[0], (int)x.shape[1]);
        float[] values = x.contiguous().data<float>().ToArray();
        var (pointers, places, kept) = (new int[rows + 1], new List<int>(), new List<float>());
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float value = values[i * columns + j];
                if (value == 0) continue;
                places.Add(j);
                kept.Add(value);
            }
            pointers[i + 1] = places.Count;
        }
        return SparseMatrix.FromRows(rows, columns, pointers, [.. places], [.. kept]);
    }

    private static Result Rounded(string metric, string unit, IEnumerable<double> values) =>
        Result.Of(metric, unit, values).Rounded(4);
}
