using System.Text.Json;
using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Reproduction;

/// <summary>
/// Query2Box and GQE on the same queries: Hits@3 of the answers that need a test triple, for each of the nine structures, of the last step.
/// </summary>
internal static class Query2BoxExperiments
{
    // Main results table, as the sheet of facts gives it; its rows add up to the averages that the paper states.
    private const string Source = "main table (H@3), by the sheet of facts; not compared with the print";

    private static readonly double[] PaperBoxes = [46.7, 24.0, 18.6, 32.4, 45.3, 10.8, 20.5, 23.9, 19.3];
    private static readonly double[] PaperPoints = [40.2, 21.3, 15.5, 29.2, 40.6, 8.3, 17.0, 16.9, 16.3];

    private sealed record Model(string Name, Query2BoxSettings Settings, double? Average = null, double[]? Paper = null);

    internal static IEnumerable<Experiment> All() => [Countries(), Freebase()];

    private static Experiment Countries()
    {
        var settings = new Query2BoxSettings(
            Width: 64, Gamma: 12, Negatives: 64, Batch: 256, LearningRate: 0.01, Steps: 600, Period: 100);
        return On("countries", "countries, a tenth of the triples each for validation and test, cut by the seed",
            10, [1, 2, 3], settings,
            [
                new("Query2Box", settings), new("GQE", settings with { Boxes = false }),
                new("GQE of twice the width", settings with { Boxes = false, Width = 128 }),
            ],
            trained: 2000, asked: 300, seed => LinkDataset.Cut(KnowledgeGraphs.Countries.Graph(), 0.1, seed, "countries"));
    }

    private static Experiment Freebase()
    {
        var settings = new Query2BoxSettings(
            Width: 200, Negatives: 64, LearningRate: 1e-3, Steps: 3500, Period: 250);
        return On("fb15k-237", "FB15k-237, with queries of our own sampling", 60, [1], settings,
            [
                new("Query2Box", settings, 26.8, PaperBoxes), new("GQE", settings with { Boxes = false }, 22.8, PaperPoints),
            ],
            trained: 149_689, asked: 5000, _ => TripleFiles.Load("fb15k-237"));
    }

    private static Experiment On(string name, string dataset, double minutes, IReadOnlyList<int> seeds,
        Query2BoxSettings settings, Model[] models, int trained, int asked, Func<int, LinkDataset> load)
    {
        var setting = Record.SettingOf(settings);
        setting["queries_a_structure_at_most"] = trained;
        setting["test_queries_a_structure_at_most"] = asked;
        return new Experiment("Query2Box", name, dataset, minutes, setting, seeds,
            (seed, unfinished) =>
            {
                var graph = new QueryGraph(load(seed));
                var (train, test) = (QuerySampling.Training(graph, trained, seed), QuerySampling.Test(graph, asked, 1000 + seed));
                // A run takes long: it goes on with the model, and the step, that it was stopped in.
                var measures = File.Exists(unfinished)
                    ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))!
                    : [];
                foreach (var model in models)
                {
                    if (measures.ContainsKey($"{model.Name} Hits@3")) continue;
                    using var scope = torch.NewDisposeScope();
                    string checkpoint = $"{unfinished}.{model.Name.Replace(' ', '-')}";
                    var (trainedModel, _) = Query2BoxTraining.Train(graph, train, model.Settings with { Seed = seed }, checkpoint);
                    var metrics = test.Select(set => Query2BoxTraining.Rank(trainedModel, set)).ToList();
                    for (int s = 0; s < test.Count; s++)
                        measures[$"{model.Name} {test[s].Structure.Name}"] = 100 * metrics[s].Hits3;
                    measures[$"{model.Name} MRR"] = 100 * metrics.Average(m => m.Mrr);
                    measures[$"{model.Name} Hits@3"] = 100 * metrics.Average(m => m.Hits3);
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            {
                var results = new List<Result>();
                foreach (var model in models)
                {
                    Result Of(string metric, string key, double? paper) => Result.Of(metric, "%",
                        runs.Select(run => run[$"{model.Name} {key}"]), paper, source: paper is null ? null : Source).Rounded(1);
                    results.Add(Of($"{model.Name}, Hits@3, mean of the nine structures", "Hits@3", model.Average));
                    results.Add(Of($"{model.Name}, MRR, mean of the nine structures", "MRR", null));
                    results.AddRange(QueryStructure.All.Select((s, i) =>
                        Of($"{model.Name}, Hits@3, {s.Name}", s.Name, model.Paper?[i])));
                }
                return results;
            });
    }
}
