using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Foundations;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>The subtree kernel and GIN on TU sets, ten folds, one run a fold.</summary>
internal static class GraphClassificationExperiments
{
    internal static IEnumerable<Experiment> All() =>
    [
        Kernel("mutag", 90.4, 5.7, 1),
        Kernel("ptc_mr", 59.9, 4.3, 2),
        Kernel("proteins", 75.0, 3.1, 20),
        Kernel("imdb-binary", 73.8, 3.9, 20),
        Kernel("nci1", 86.0, 1.8, 240),
        Gin("mutag", 89.4, 5.6, 15),
        Gin("ptc_mr", 64.6, 7.0, 25),
    ];

    private static Experiment Kernel(string data, double paper, double deviation, double minutes) => new(
        "GraphClassification", $"{data}-wl", $"{data.ToUpperInvariant()}, 10 folds, rounds and C chosen inside each training part", minutes,
        new() { ["inner_folds"] = 5, ["rounds"] = "0 to 10", ["c"] = "0.1, 1, 10, 100, 1000", ["normalized"] = true, ["folds"] = 10 }, [1],
        (seed, _) => Folds(GraphClassification.Kernel(TuFormat.Load(data), seed: seed)),
        runs => [Summary("test accuracy, WL subtree kernel with an SVM", [.. runs[0].Values], paper, deviation)]);

    private static Experiment Gin(string data, double paper, double deviation, double minutes)
    {
        // 100 of the paper's 350 epochs: the rate is halved twice by then, and the curves are flat.
        var settings = GraphClassificationSettings.For(GraphNetwork.Gin) with { Hidden = 32, Epochs = 100 };
        return new Experiment("GraphClassification", $"{data}-gin", $"{data.ToUpperInvariant()}, 10 folds, node labels as features", minutes,
            Record.SettingOf(settings), [.. Enumerable.Range(0, 10)],
            (fold, checkpoint) =>
            {
                var set = TuFormat.Load(data);
                var parts = Splits.StratifiedFolds(set.Labels, 10, seed: 1);
                var (_, history) = GraphClassification.Train(set, settings, [.. Enumerable.Range(0, set.Count).Except(parts[fold])], parts[fold],
                    1 + fold, checkpoint);
                return history["test accuracy"].Select((value, epoch) => ($"{epoch}", value)).ToDictionary(e => e.Item1, e => e.value);
            },
            runs =>
            {
                var result = new GraphClassificationResult([.. runs.Select(run => (IReadOnlyList<double>)[.. run.Values])]);
                return
                [
                    Summary("test accuracy at the epoch that is best on the mean of the test folds", result.AtBestEpoch.Values, paper, deviation),
                    Summary("test accuracy at the last epoch", result.AtLastEpoch.Values, null, null),
                ];
            });
    }

    private static Dictionary<string, double> Folds(Spread folds) =>
        folds.Values.Select((value, fold) => ($"fold {fold}", value)).ToDictionary(entry => entry.Item1, entry => entry.value);

    private static Result Summary(string metric, IReadOnlyList<double> folds, double? paper, double? deviation)
    {
        var spread = new Spread([.. folds.Select(value => 100 * value)]);
        return new Result(metric, "%", paper, deviation, paper is null ? null : "Xu et al. 2019, Table 1",
            Math.Round(spread.Mean, 2), Math.Round(spread.Deviation, 2), folds.Count);
    }
}
