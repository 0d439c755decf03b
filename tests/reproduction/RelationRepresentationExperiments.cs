using System.Text.Json.Nodes;
using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Reproduction;

/// <summary>What WN18RR's relations are like, and how models of each kind do on them.</summary>
internal static class RelationRepresentationExperiments
{
    private const string Authors = "the authors' MuRE code, d = 40";

    internal static IEnumerable<Experiment> All() =>
    [
        Facts(),
        Countries(),
        WordNet(RelationModel.MuRE, epochs: 150, new(0, 0.459, 0.429, 0.474, 0.528, 0)),
        WordNet(RelationModel.MuREI, epochs: 150),
        WordNet(RelationModel.DistMult, epochs: 100),
        WordNet(RelationModel.TransE, epochs: 100),
    ];

    private static Experiment Facts() => new("RelationRepresentation", "wn18rr-relations",
        "WN18RR, all three parts", 1, new JsonObject(), [1],
        (_, _) =>
        {
            var data = TripleFiles.Load("wn18rr");
            var values = new Dictionary<string, double>();
            foreach (var facts in RelationRepresentation.Describe(data.All, data.Relations))
            {
                values[$"{facts.Name}, Krackhardt"] = facts.Krackhardt;
                values[$"{facts.Name}, symmetric pairs"] = facts.Symmetry;
                values[$"{facts.Name}, longest shortest path"] = facts.LongestPath;
                values[$"{facts.Name}, mean shortest path"] = facts.MeanPath;
            }
            return values;
        },
        runs => [.. runs[0].Select(value => Result.Of(value.Key, "", [value.Value]).Rounded())]);

    /// <summary>The countries that ship with the kit: all models in one way, three seeds.</summary>
    private static Experiment Countries()
    {
        var settings = RelationRepresentation.Settings(RelationModel.MuRE, width: 32) with
        {
            Training = LinkTrainingType.OneVsAll,
            Loss = LinkLoss.CrossEntropy,
            Batch = 256,
            EntityDropout = 0.2,
            Optimizer = LinkOptimizer.Adagrad,
            LearningRate = 0.3,
            Start = LinkStart.Normal,
            StartScale = 0.1,
            Epochs = 40,
            EvaluateEvery = 10,
        };
        return new Experiment("RelationRepresentation", "countries",
            "the countries that ship with the kit, a tenth held out for validation and for test each", 4,
            Record.SettingOf(settings), [1, 2, 3],
            (seed, _) =>
            {
                var data = LinkDataset.Cut(KnowledgeGraphs.Countries.Graph(), 0.1, seed, "countries");
                var values = new Dictionary<string, double>();
                foreach (var model in Enum.GetValues<RelationModel>())
                {
                    var own = RelationRepresentation.Settings(model, width: 32);
                    var (trained, _) = LinkTraining.Train(data,
                        settings with { Model = own.Model, Stretches = own.Stretches, Seed = seed });
                    using var owned = trained;
                    var ranks = LinkRanking.Rank(trained, data.Test, data.Known);
                    values[$"Hits@10, {model}, all"] = ranks.All.Hits10;
                    values[$"MRR, {model}, all"] = ranks.All.Mrr;
                    foreach (var (type, result) in RelationRepresentation.ByType(
                        ranks, data.Relations, RelationRepresentation.Countries))
                        values[$"MRR, {model}, {type}"] = result.Metrics.Mrr;
                }
                return values;
            },
            runs =>
            [
                .. runs[0].Keys.Select(key =>
                    Result.Of($"test {key}", "", runs.Select(run => run[key])).Rounded(3)),
            ]);
    }

    private static Experiment WordNet(RelationModel model, int epochs, LinkMetrics? paper = null)
    {
        var settings = RelationRepresentation.Settings(model) with
        {
            Epochs = epochs,
            EvaluateEvery = 10,
            Patience = 0,
        };
        return new Experiment("RelationRepresentation", $"wn18rr-{model.ToString().ToLowerInvariant()}",
            "WN18RR, its own split; filtered ranks of both sides", 90, Record.SettingOf(settings), [1],
            (seed, checkpoint) =>
            {
                var data = TripleFiles.Load("wn18rr");
                var (trained, history) = LinkTraining.Train(data, settings with { Seed = seed }, checkpoint);
                using var owned = trained;
                var ranks = LinkRanking.Rank(trained, data.Test, data.Known);
                var values = new Dictionary<string, double>
                {
                    ["MRR"] = ranks.All.Mrr, ["Hits@1"] = ranks.All.Hits1, ["Hits@3"] = ranks.All.Hits3,
                    ["Hits@10"] = ranks.All.Hits10, ["epochs"] = history.Epochs * settings.EvaluateEvery,
                };
                foreach (var result in RelationRepresentation.ByRelation(ranks, data.Relations))
                    values[$"Hits@10, {result.Name}"] = result.Metrics.Hits10;
                foreach (var (type, result) in RelationRepresentation.ByType(
                    ranks, data.Relations, RelationRepresentation.WordNet))
                    values[$"Hits@10, type {type}"] = result.Metrics.Hits10;
                return values;
            },
            runs =>
            [
                .. runs[0].Keys.Select(key =>
                {
                    double? published = key switch
                    {
                        "MRR" => paper?.Mrr,
                        "Hits@1" => paper?.Hits1,
                        "Hits@3" => paper?.Hits3,
                        "Hits@10" => paper?.Hits10,
                        _ => null,
                    };
                    return Result.Of(key == "epochs" ? key : $"test {key}", "", runs.Select(run => run[key]),
                        published, source: published is null ? null : Authors).Rounded(4);
                }),
            ]);
    }
}
