using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Reproduction;

/// <summary>DeepWalk alone and inside GraphZoom at one to three levels, on Cora and Citeseer; accuracy and processor time.</summary>
internal static class GraphZoomExperiments
{
    // The authors' README; they give no such table for Citeseer.
    private static readonly (double Accuracy, double Speed, double Nodes)[] CoraPaper =
        [(71.4, 1, 2708), (76.9, 2.5, 1169), (77.3, 6.3, 519), (75.1, 40.8, 218)];

    internal static IEnumerable<Experiment> All() => [On("cora", 2, 3, CoraPaper), On("citeseer", 10, 4, null), MillionEdges()];

    // What GraphZoom adds to a method, at a size where nothing dense would fit: four phases but the embedding.
    private static Experiment MillionEdges()
    {
        const int nodes = 250_000, words = 5_000, each = 10;
        var settings = new GraphZoomSettings(Levels: 3, Neighbours: 5);
        var setting = Record.SettingOf(settings);
        setting["nodes"] = nodes;
        setting["words_a_node"] = each;
        return new Experiment("GraphZoom", "million-edges", "a random graph of 250,000 nodes and a million edges, 5,000 words", 1, setting, [0],
            (seed, _) =>
            {
                using var scope = torch.NewDisposeScope();
                var graph = Generators.ErdosRenyi(nodes, 8.0 / nodes, seed);
                var random = new Random(seed);
                var features = SparseMatrix.FromRows(nodes, words, [.. Enumerable.Range(0, nodes + 1).Select(i => each * i)],
                    [.. Enumerable.Range(0, each * nodes).Select(_ => random.Next(words))]);
                var result = GraphZoom.Run(graph, features, settings, (coarse, _, _) => torch.zeros(coarse.Nodes, 128), seed);
                return new Dictionary<string, double>
                {
                    ["edges"] = graph.Edges / 2, ["fusion"] = result.FusionSeconds, ["coarsening"] = result.CoarseningSeconds,
                    ["refinement"] = result.RefinementSeconds, ["nodes left"] = result.Sizes[^1],
                };
            },
            runs =>
            [
                Rounded("edges", "", runs.Select(run => run["edges"])),
                Rounded("fusion, processor time", "s", runs.Select(run => run["fusion"])),
                Rounded("coarsening, three levels, processor time", "s", runs.Select(run => run["coarsening"])),
                Rounded("refinement of 128 columns, processor time", "s", runs.Select(run => run["refinement"])),
                Rounded("nodes left", "", runs.Select(run => run["nodes left"])),
            ]);
    }

    private static Experiment On(string data, int neighbours, double minutes, (double Accuracy, double Speed, double Nodes)[]? paper)
    {
        var settings = new GraphZoomSettings(Neighbours: neighbours);
        var setting = Record.SettingOf(settings);
        setting["method"] = "DeepWalk: 10 walks of 80 nodes, window 10, 128 dimensions, hierarchical softmax, 5 epochs, subsampling 0.001";
        setting["judge"] = "softmax regression with ℓ2 penalty, C = 1";
        var variants = new (string Name, GraphZoomSettings Settings)[]
        {
            ("DeepWalk", settings with { Levels = 0, Fusion = false }),
            ("GraphZoom-1", settings with { Levels = 1 }),
            ("GraphZoom-2", settings with { Levels = 2 }),
            ("GraphZoom-3", settings with { Levels = 3 }),
            ("GraphZoom-1 to a third of the nodes", settings with { Levels = 1, Shrink = 0.34 }),
            ("GraphZoom-2 without fusion", settings with { Levels = 2, Fusion = false }),
            ("GraphZoom-2 without filter", settings with { Levels = 2, Hops = 0 }),
        };
        NodeDataset? loaded = null;
        return new Experiment("GraphZoom", $"{data}-deepwalk",
            $"{char.ToUpperInvariant(data[0])}{data[1..]}, Planetoid's training nodes (20 a class) and 1000 test nodes", minutes, setting, [0],
            (seed, _) =>
            {
                if (loaded is null)
                {
                    loaded = Planetoid.Load(data);
                    // What is compiled at first use is compiled before anything is timed.
                    GraphZoom.Run(loaded.Graph, loaded.Features, settings with { Levels = 1 },
                        GraphZoom.Walks(new(new WalkSettings(1, 5), new SkipGramSettings(8, Negatives: 0, Epochs: 1))), 0);
                }
                var measures = new Dictionary<string, double>();
                foreach (var (name, variant) in variants)
                {
                    using var scope = torch.NewDisposeScope();
                    var result = GraphZoom.Run(loaded.Graph, loaded.Features, variant, GraphZoom.Walks(GraphZoomSettings.DeepWalk), seed);
                    measures[$"accuracy, {name}"] = 100 * NodeEmbeddings.Accuracy(result.Vectors, loaded);
                    measures[$"seconds, {name}"] = result.Seconds;
                    measures[$"nodes, {name}"] = result.Sizes[^1];
                }
                return measures;
            },
            runs =>
            {
                IEnumerable<double> Of(string name) => runs.Select(run => run[name]);
                var results = new List<Result>();
                for (int i = 0; i < variants.Length; i++)
                {
                    string name = variants[i].Name, source = "authors' README, table";
                    var known = paper is not null && i < paper.Length ? paper[i] : ((double Accuracy, double Speed, double Nodes)?)null;
                    results.Add(Rounded($"test accuracy, {name}", "%", Of($"accuracy, {name}"), known?.Accuracy, known is null ? null : source));
                    results.Add(Rounded($"speed-up in processor time, {name}", "×",
                        runs.Select(run => run["seconds, DeepWalk"] / run[$"seconds, {name}"]), known?.Speed, known is null ? null : source));
                    results.Add(Rounded($"processor time, {name}", "s", Of($"seconds, {name}")));
                    results.Add(Rounded($"nodes that were embedded, {name}", "", Of($"nodes, {name}"), known?.Nodes, known is null ? null : source));
                }
                return results;
            });
    }

    private static Result Rounded(string metric, string unit, IEnumerable<double> values, double? paper = null, string? source = null)
    {
        var result = Result.Of(metric, unit, values, paper, source: source);
        return result with
        {
            Measured = Math.Round(result.Measured!.Value, 2),
            Deviation = result.Deviation is { } of ? Math.Round(of, 2) : null,
        };
    }
}
