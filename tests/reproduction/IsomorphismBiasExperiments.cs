using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Reproduction;

/// <summary>Orbits of TU data sets, exactly; kernels over ten folds, on the original and the cleaned sets.</summary>
internal static class IsomorphismBiasExperiments
{
    private const int Folds = 10, Rounds = 5;
    private const string OrbitFiles = "the authors' orbit files", Statistics = "the authors' repository, statistics";

    private sealed record Published(int Orbits, int InOrbits, double PairShare, int Largest, int Cleaned,
        double? Mismatched = null, double? Ceiling = null, double? LabelledShare = null, double? LabelledMismatched = null);

    internal static IEnumerable<Experiment> All() =>
    [
        Set("mutag", new(30, 79, 0.489, 7, 135, 6.91, 96.81, 19.15, 0), models: true, minutes: 0.5),
        Set("imdb-binary", new(116, 579, 0.672, 48, 493, 31.80, 88.60), models: true, minutes: 2),
        Set("proteins", new(34, 151, 0.104, 22, 975, null, null, 6.65, 2.61), models: true, minutes: 3),
        Set("nci1", new(224, 523, 0.005, 10, 3785, null, null, 0.41, 0.05), models: false, minutes: 1),
        Gin("mutag", minutes: 5),
        Gin("imdb-binary", minutes: 25),
    ];

    // The paper's network on shapes alone, so that copies look alike to it: on the original and on the cleaned set.
    private static Experiment Gin(string name, double minutes)
    {
        var settings = new IsomorphismGinSettings(Epochs: 100);
        var setting = Record.SettingOf(settings);
        (setting["folds"], setting["features"]) = (Folds, "degrees, one-hot; no node labels");
        return new Experiment("IsomorphismBias", $"{name}-gin", name.ToUpperInvariant(), minutes, setting, [1, 2, 3],
            (seed, _) =>
            {
                var data = TuFormat.Load(name) with { NodeLabels = null };
                var classes = IsomorphismBias.Find(data);
                var cleaned = data.Subset(IsomorphismBias.Clean(classes, data.Labels));
                PeeringResult Of(GraphDataset set, IsomorphismClasses among) => IsomorphismBias.CrossValidate(among, set.Labels, Folds, seed,
                    (train, test, fold) => IsomorphismBias.Gin(set, train, test, settings, 100 * seed + fold));
                var (original, clean) = (Of(data, classes), Of(cleaned, IsomorphismBias.Find(cleaned)));
                return new Dictionary<string, double>
                {
                    ["original"] = 100 * original.All, ["original, with a copy in training"] = 100 * original.Iso,
                    ["original, without"] = 100 * original.New, ["original, peered (one class)"] = 100 * original.PeeredHomogeneous,
                    ["original, peered (all orbits)"] = 100 * original.Peered, ["cleaned"] = 100 * clean.All,
                };
            },
            runs => [.. runs[0].Keys.Select(key => Result.Of($"accuracy, GIN, {key}", "%", runs.Select(run => run[key])).Rounded())]);
    }

    private static Experiment Set(string name, Published published, bool models, double minutes)
    {
        var setting = new JsonObject();
        if (models) (setting["folds"], setting["wl_rounds"], setting["svm_c"]) = (Folds, Rounds, 10);
        return new Experiment("IsomorphismBias", name, name.ToUpperInvariant(), minutes, setting, models ? [1, 2, 3] : [1],
            (seed, _) =>
            {
                var data = TuFormat.Load(name);
                var classes = IsomorphismBias.Find(data);
                var counts = IsomorphismBias.Count(classes, data.Labels);
                var measures = new Dictionary<string, double>
                {
                    ["orbits"] = counts.Orbits, ["in orbits"] = counts.InOrbits, ["pairs"] = 100 * counts.PairShare,
                    ["largest"] = counts.Largest, ["mismatched"] = 100 * counts.MismatchedShare, ["cleaned"] = counts.Cleaned,
                    ["ceiling"] = 100 * counts.Ceiling, ["refuted"] = classes.Refuted,
                };
                if (data.NodeLabels is not null)
                {
                    var labelled = IsomorphismBias.Count(IsomorphismBias.Find(data, CopyNotion.NodeLabels), data.Labels);
                    (measures["labelled"], measures["labelled mismatched"]) = (100 * labelled.Share, 100 * labelled.MismatchedShare);
                }
                if (!models) return measures;
                // Shapes alone: the classifiers get degrees, not the node labels, so that copies look alike to them.
                var shapes = data with { NodeLabels = null };
                Add("original", shapes, classes);
                var cleaned = shapes.Subset(IsomorphismBias.Clean(classes, data.Labels));
                Add("cleaned", cleaned, IsomorphismBias.Find(cleaned));
                return measures;

                void Add(string which, GraphDataset set, IsomorphismClasses of)
                {
                    var refined = WeisfeilerLeman.Refine(set.Graphs, rounds: Rounds).SubtreeKernel(normalized: true);
                    var histograms = IsomorphismBias.VertexHistogramKernel(set);
                    Run($"1-NN on colours, {which}", (train, test, _) => IsomorphismBias.NearestNeighbour(refined, set.Labels, train, test));
                    Run($"WL kernel, {which}", (train, test, _) => Svm(refined, train, test));
                    Run($"vertex histogram, {which}", (train, test, _) => Svm(histograms, train, test));

                    IReadOnlyList<int> Svm(double[,] kernel, int[] train, int[] test)
                    {
                        var machine = KernelSvm.Fit(kernel, set.Labels, train, c: 10);
                        return [.. test.Select(g => machine.Predict(kernel, g))];
                    }

                    void Run(string model, Func<int[], int[], int, IReadOnlyList<int>> train)
                    {
                        var result = IsomorphismBias.CrossValidate(of, set.Labels, Folds, seed, train);
                        measures[$"{model}"] = 100 * result.All;
                        if (which == "cleaned") return;
                        measures[$"{model}, with a copy in training"] = 100 * result.Iso;
                        measures[$"{model}, without"] = 100 * result.New;
                        measures[$"{model}, peered (one class)"] = 100 * result.PeeredHomogeneous;
                    }
                }
            },
            runs =>
            {
                var results = new List<Result>();
                void Exact(string metric, string unit, string key, double? paper, string? source)
                {
                    if (!runs[0].TryGetValue(key, out double value)) return;
                    int digits = key == "pairs" ? 3 : 2;
                    results.Add(Result.Of(metric, unit, [Math.Round(value, digits)], paper, source: paper is null ? null : source));
                }
                Exact("orbits", "", "orbits", published.Orbits, OrbitFiles);
                Exact("graphs in orbits", "", "in orbits", published.InOrbits, OrbitFiles);
                Exact("isomorphic pairs", "%", "pairs", published.PairShare, OrbitFiles);
                Exact("largest orbit", "", "largest", published.Largest, OrbitFiles);
                Exact("mismatched graphs", "%", "mismatched", published.Mismatched, OrbitFiles);
                Exact("graphs after cleaning", "", "cleaned", published.Cleaned, "the authors' cleaned sets");
                Exact("ceiling of the whole set", "%", "ceiling", published.Ceiling, OrbitFiles);
                Exact("graphs in orbits, node labels respected", "%", "labelled", published.LabelledShare, Statistics);
                Exact("mismatched graphs, node labels respected", "%", "labelled mismatched", published.LabelledMismatched, Statistics);
                Exact("pairs of equal colours that are not isomorphic", "", "refuted", null, null);
                foreach (string key in runs[0].Keys.Where(k => k.Contains("original") || k.Contains("cleaned,") || k.EndsWith(", cleaned", StringComparison.Ordinal)))
                    results.Add(Result.Of($"accuracy, {key}", "%", runs.Select(run => Math.Round(run[key], 2))));
                return results;
            });
    }
}
