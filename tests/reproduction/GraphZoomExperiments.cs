using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Reproduction;

/// <summary>A method alone and inside GraphZoom at one to three levels, on Cora and Citeseer; accuracy and processor time.</summary>
internal static class GraphZoomExperiments
{
    // The authors' README; they give no such table for Citeseer.
    private static readonly (double Accuracy, double Speed, double Nodes)[] CoraPaper =
        [(71.4, 1, 2708), (76.9, 2.5, 1169), (77.3, 6.3, 519), (75.1, 40.8, 218)];

    private sealed record Method(string Name, string Described, EmbeddingMethod Embed, EmbeddingMethod WarmUp);

    private static readonly WalkSettings Short = new(1, 5);

    private static readonly Method DeepWalk = new("DeepWalk",
        "10 walks of 80 nodes, window 10, 128 dimensions, hierarchical softmax, 5 epochs, subsampling 0.001",
        GraphZoom.Walks(GraphZoomSettings.DeepWalk), GraphZoom.Walks(new(Short, new SkipGramSettings(8, Negatives: 0, Epochs: 1))));

    private static readonly Method Node2Vec = new("node2vec",
        "10 walks of 80 nodes, p = q = 1, window 10, 128 dimensions, 5 negatives, 5 epochs, subsampling 0.001",
        GraphZoom.Walks(GraphZoomSettings.Node2Vec), GraphZoom.Walks(new(Short, new SkipGramSettings(8, Epochs: 1))));

    private static readonly Method Infomax = new("Infomax", "Deep Graph Infomax, 512 dimensions, Adam 0.001, patience 20",
        GraphZoom.Infomax(new InfomaxSettings()), GraphZoom.Infomax(new InfomaxSettings(8, Epochs: 2)));

    private static readonly Method Sage = new("GraphSAGE",
        "GraphSAGE without labels, 128 dimensions, fan-outs 25 and 10, 50 walks of 5 nodes, 20 negatives, Adam 0.001, 10 epochs",
        GraphZoom.Sage(new SageEmbeddingSettings()), GraphZoom.Sage(new SageEmbeddingSettings(8, Walks: 2, Epochs: 1)));

    internal static IEnumerable<Experiment> All() =>
    [
        On("cora", DeepWalk, 2, 8, CoraPaper), On("citeseer", DeepWalk, 10, 8), On("cora", Node2Vec, 2, 5), On("citeseer", Node2Vec, 10, 5),
        On("cora", Infomax, 2, 10), On("cora", Sage, 2, 5), MillionEdges(),
    ];

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

    private static Experiment On(string data, Method method, int neighbours, double minutes,
        (double Accuracy, double Speed, double Nodes)[]? paper = null)
    {
        var settings = new GraphZoomSettings(Neighbours: neighbours);
        var setting = Record.SettingOf(settings);
        setting["method"] = $"{method.Name}: {method.Described}";
        setting["judge"] = "softmax regression with ℓ2 penalty, C = 1";
        var variants = new List<(string Name, GraphZoomSettings Settings)>
        {
            (method.Name, settings with { Levels = 0, Fusion = false }),
            ("GraphZoom-1", settings with { Levels = 1 }),
            ("GraphZoom-2", settings with { Levels = 2 }),
            ("GraphZoom-3", settings with { Levels = 3 }),
        };
        if (method == DeepWalk)
            variants.AddRange(
            [
                ("GraphZoom-1 to a third of the nodes", settings with { Levels = 1, Shrink = 0.34 }),
                ("GraphZoom-2 without fusion", settings with { Levels = 2, Fusion = false }),
                ("GraphZoom-2 without filter", settings with { Levels = 2, Hops = 0 }),
            ]);
        NodeDataset? loaded = null;
        return new Experiment("GraphZoom", $"{data}-{method.Name.ToLowerInvariant()}",
            $"{char.ToUpperInvariant(data[0])}{data[1..]}, Planetoid's training nodes (20 a class) and 1000 test nodes",
            minutes, setting, [0, 1, 2],
            (seed, _) =>
            {
                if (loaded is null)
                {
                    loaded = Planetoid.Load(data);
                    // What is compiled at first use is compiled before anything is timed.
                    GraphZoom.Run(loaded.Graph, loaded.Features, settings with { Levels = 1 }, method.WarmUp, 0);
                }
                var measures = new Dictionary<string, double>();
                foreach (var (name, variant) in variants)
                {
                    using var scope = torch.NewDisposeScope();
                    var result = GraphZoom.Run(loaded.Graph, loaded.Features, variant, method.Embed, seed);
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
                for (int i = 0; i < variants.Count; i++)
                {
                    string name = variants[i].Name, source = "authors' README, table";
                    var known = paper is not null && i < paper.Length ? paper[i] : ((double Accuracy, double Speed, double Nodes)?)null;
                    results.Add(Rounded($"test accuracy, {name}", "%", Of($"accuracy, {name}"), known?.Accuracy, known is null ? null : source));
                    results.Add(Rounded($"speed-up in processor time, {name}", "×",
                        runs.Select(run => run[$"seconds, {method.Name}"] / run[$"seconds, {name}"]), known?.Speed, known is null ? null : source));
                    results.Add(Rounded($"processor time, {name}", "s", Of($"seconds, {name}")));
                    results.Add(Rounded($"nodes that were embedded, {name}", "", Of($"nodes, {name}"), known?.Nodes, known is null ? null : source));
                }
                return results;
            });
    }

    private static Result Rounded(
        string metric, string unit, IEnumerable<double> values, double? paper = null, string? source = null) =>
        Result.Of(metric, unit, values, paper, source: source).Rounded();
}
