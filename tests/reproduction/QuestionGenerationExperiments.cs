using System.Text.Json;
using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.Applications;

namespace Lectern.Reproduction;

/// <summary>Questions on passages: the whole system, what each part is worth by its removal, and the hybrid stage beside
/// cross-entropy for as long.</summary>
internal static class QuestionGenerationExperiments
{
    // Ablations without BERT and reward, on a training set twenty times as large with GloVe's vectors.
    private const string Source = "ablations on SQuAD split-2, by the sheet of facts; not compared with the print";

    private sealed record Model(string Name, QuestionSettings Settings, double? Paper = null);

    internal static IEnumerable<Experiment> All() => [OfCountries(), OfSquad()];

    private static Experiment OfCountries()
    {
        var settings = new QuestionSettings(Words: 64, Hidden: 64, Vocabulary: 60, WordDropout: 0.2, StateDropout: 0.1, Batch: 40,
            LearningRate: 3e-3, Epochs: 12, RewardRate: 3e-4, RewardEpochs: 5, Most: 20);
        return On("countries", "passages of two sentences about countries, those of validation and test kept from training", 60, [1, 2, 3],
            settings,
            [
                new("whole, static graph", settings), new("dynamic graph", settings with { Graph = PassageGraph.Dynamic }),
                new("no graph", settings with { Graph = PassageGraph.None }), new("along the arcs only", settings with { Directions = ArcDirections.Forward }),
                new("no copying", settings with { Copy = false }), new("no alignment", settings with { AlignWords = false, AlignContext = false }),
            ],
            seed =>
            {
                var passages = new CountryPassages(Countries.Table());
                return (passages.Write(5000, 200, 600, sentences: 2, seed: seed), new WordVectors(settings.Words, passages.Kinds));
            });
    }

    private static Experiment OfSquad()
    {
        var settings = new QuestionSettings(Words: 96, Hidden: 96, Vocabulary: 3000, Graph: PassageGraph.Dynamic, WordDropout: 0.2,
            StateDropout: 0.2, Batch: 32, LearningRate: 2e-3, Epochs: 20, RewardRate: 1e-4, RewardEpochs: 3, Most: 25);
        return On("squad-20", "SQuAD 1.1, twenty articles, cut by article; passages are sentences", 35, [1], settings,
            [
                new("whole, dynamic graph", settings, 16.81), new("no graph", settings with { Graph = PassageGraph.None }, 16.14),
                new("no copying", settings with { Copy = false }),
            ],
            seed => (Squad.Load("squad-20", seed: seed), new WordVectors(settings.Words)));
    }

    private static Experiment On(string name, string dataset, double minutes, IReadOnlyList<int> seeds, QuestionSettings settings,
        Model[] models, Func<int, (QuestionData Data, WordVectors Vectors)> load)
    {
        string[] stages = ["cross-entropy for as long", "hybrid"];
        return new Experiment("QuestionGeneration", name, dataset, minutes, Record.SettingOf(settings), seeds,
            (seed, unfinished) =>
            {
                var (data, vectors) = load(seed);
                // A run takes long: it goes on with the model, and the pass, that it was stopped in.
                var measures = File.Exists(unfinished) ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))! : [];
                foreach (var model in models)
                {
                    bool staged = model == models[0];
                    if (measures.ContainsKey($"{(staged ? stages[1] : model.Name)} BLEU-4")) continue;
                    using var scope = torch.NewDisposeScope();
                    string checkpoint = $"{unfinished}.{model.Name.Replace(' ', '-').Replace(",", "")}";
                    var (trained, _) = QuestionTraining.Train(data, model.Settings with { Seed = seed }, vectors, checkpoint);
                    Keep(model.Name, trained);
                    // Both second stages start from the same weights, the checkpoint's best.
                    foreach (string stage in staged ? stages : [])
                    {
                        if (measures.ContainsKey($"{stage} BLEU-4")) continue;
                        (trained, _) = QuestionTraining.Train(data, model.Settings with { Seed = seed }, vectors, checkpoint);
                        string second = $"{checkpoint}.{stage.Replace(' ', '-')}";
                        QuestionTraining.FineTune(trained, data, stage == stages[1] ? null : 0, second);
                        Keep(stage, trained);
                        File.Delete(second);
                    }
                    File.Delete(checkpoint);
                }
                return measures;

                void Keep(string what, GraphToSequence trained)
                {
                    var scores = QuestionTraining.Score(trained, data.Test);
                    measures[$"{what} BLEU-4"] = scores.Bleu4;
                    measures[$"{what} ROUGE-L"] = scores.RougeL;
                    measures[$"{what} right"] = scores.Right;
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                }
            },
            runs =>
            {
                Result Of(string what, string key, string metric, double? paper = null) => Result.Of($"{what}, {metric}", "%",
                    runs.Select(run => run[$"{what} {key}"]), paper, source: paper is null ? null : Source).Rounded(1);
                var results = new List<Result>();
                foreach (var (what, paper) in models.Select(m => (m.Name, m.Paper)).Concat(stages.Select(s => (s, (double?)null))))
                {
                    results.Add(Of(what, "BLEU-4", "BLEU-4", paper));
                    results.Add(Of(what, "ROUGE-L", "ROUGE-L"));
                    results.Add(Of(what, "right", name == "countries" ? "questions that ask for the right fact" : "questions as the reference has them"));
                }
                results.Add(Result.Of("hybrid above cross-entropy for as long, BLEU-4", "points",
                    runs.Select(run => run["hybrid BLEU-4"] - run["cross-entropy for as long BLEU-4"])).Rounded(1));
                return results;
            });
    }
}
