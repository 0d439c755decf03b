using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Reproduction;

/// <summary>Calibration on sets with true negatives (WN11, FB13) and on sets without (WN18RR, UMLS).</summary>
internal static class CalibrationExperiments
{
    private const string Source = "the authors' raw results";
    private const int Ranked = 250;                 // validation triples that an evaluation in training ranks

    /// <summary>What the paper gives: by method in the order of the rows, then accuracies.</summary>
    private sealed record Published(double[] Brier, double[]? LogLoss = null, double? Relation = null,
        double? Isotonic = null, double? Synthetic = null);

    internal static IEnumerable<Experiment> All() =>
    [
        Labelled("wn11", LinkModel.TransE, LinkLoss.SelfAdversarial, minutes: 12,
            new([.443, .089, .087, .091, .087], [1.959, .302, .295, .308, .296], .882, .889, .889)),
        Labelled("wn11", LinkModel.DistMult, LinkLoss.Margin, minutes: 12,
            new([.224, .217, .211, .217, .211], null, .625, .657, .659)),
        Labelled("wn11", LinkModel.ComplEx, LinkLoss.CrossEntropy, minutes: 12,
            new([.243, .208, .203, .208, .203], null, .650, .675, .675)),
        Labelled("fb13", LinkModel.TransE, LinkLoss.SelfAdversarial, minutes: 30,
            new([.446, .124, .124, .142, .141], [1.534, .390, .390, .446, .442], .821, .824, .802)),
        Labelled("fb13", LinkModel.DistMult, LinkLoss.SelfAdversarial, minutes: 30,
            new([.473, .178, .170, .186, .192], null, .808, .732, .702)),
        Labelled("fb13", LinkModel.ComplEx, LinkLoss.SelfAdversarial, minutes: 30,
            new([.481, .177, .170, .182, .189], null, .836, .742, .724)),
        Unlabelled("wn18rr", LinkModel.ComplEx, LinkLoss.CrossEntropy, 200, [1], minutes: 30,
            new([.165, .115, .114], [.470, .370, .363])),
        Unlabelled("umls", LinkModel.TransE, LinkLoss.SelfAdversarial, 50, [1, 2, 3], minutes: 1),
        Unlabelled("umls", LinkModel.DistMult, LinkLoss.BinaryCrossEntropy, 50, [1, 2, 3], minutes: 1),
        Unlabelled("umls", LinkModel.ComplEx, LinkLoss.BinaryCrossEntropy, 50, [1, 2, 3], minutes: 1),
    ];

    // Fewer passes than the paper's 1,000, at a higher rate than its 1e-4, and 10 negatives a triple instead of 20.
    // An L1 distance adds up the noise of all its coordinates: TransE wants the lower rate.
    private static LinkSettings Settings(LinkModel model, LinkLoss loss, int width, int batch, int epochs) => new()
    {
        Model = model, Width = width, Norm = 1, Training = LinkTrainingType.NegativeSampling, Loss = loss, Margin = 1,
        Offset = loss == LinkLoss.SelfAdversarial ? 3 : 0, HeadNegatives = 5, TailNegatives = 5, Batch = batch,
        Optimizer = LinkOptimizer.Adam, LearningRate = model == LinkModel.TransE ? 0.002 : 0.01, Start = LinkStart.XavierUniform,
        StartScale = 1, Epochs = epochs, EvaluateEvery = 5, Patience = 4,
    };

    private static Experiment Labelled(string set, LinkModel model, LinkLoss loss, double minutes, Published published)
    {
        // 64 batches an epoch.
        var settings = set == "wn11" ? Settings(model, loss, 100, 1725, 20) : Settings(model, loss, 50, 4942, 10);
        var calibration = new CalibrationSettings();
        return Make(set, model, settings, calibration, [1], minutes, published, seed =>
        {
            var data = LabelledTripleFiles.Load(set);
            return (data.Links, trained => Calibration.Study(trained, data, calibration with { Seed = seed }));
        });
    }

    private static Experiment Unlabelled(
        string set, LinkModel model, LinkLoss loss, int width, int[] seeds, double minutes,
        Published? published = null)
    {
        var settings = set == "umls" ? Settings(model, loss, width, 256, 60) with { LearningRate = 0.01 }
            : Settings(model, loss, width, 1357, 30);
        var calibration = new CalibrationSettings();
        return Make(set, model, settings, calibration, seeds, minutes, published, seed =>
        {
            var data = TripleFiles.Load(set);
            return (data, trained => (Calibration.Study(trained, data, calibration with { Seed = seed }), null));
        });
    }

    private delegate (IReadOnlyList<CalibrationRow> Rows, double? ByRelation) Study(LinkPredictor trained);

    private static Experiment Make(string set, LinkModel model, LinkSettings settings, CalibrationSettings calibration,
        int[] seeds, double minutes, Published? published, Func<int, (LinkDataset Links, Study Study)> open)
    {
        var setting = Record.SettingOf(settings);
        (setting["corruptions"], setting["base_rate"]) = (calibration.Corruptions, calibration.BaseRate);
        setting["ranked"] = Ranked;
        return new Experiment("Calibration", $"{set}-{model}".ToLowerInvariant(), set.ToUpperInvariant(), minutes, setting, seeds,
            (seed, checkpoint) =>
            {
                var (links, study) = open(seed);
                var (trained, history) = LinkTraining.Train(links, settings with { Seed = seed }, checkpoint, Ranked);
                using var owned = trained;
                var (rows, byRelation) = study(trained);
                var values = new Dictionary<string, double>();
                foreach (var row in rows) values[$"Brier score, {row.Method}"] = row.Quality.Brier;
                foreach (var row in rows) values[$"log loss, {row.Method}"] = row.Quality.LogLoss;
                foreach (var row in rows) values[$"calibration error, {row.Method}"] = row.Quality.CalibrationError;
                if (byRelation is { } accuracy) values["accuracy, a threshold a relation"] = accuracy;
                foreach (var row in rows) values[$"accuracy at 1/2, {row.Method}"] = row.Quality.Accuracy;
                values["validation MRR"] = history[LinkTraining.ValidationMrr].Max();
                return values;
            },
            runs =>
            {
                var paper = Paper(published, runs[0].Keys);
                return [.. runs[0].Keys.Select(key => Result.Of(key, "", runs.Select(run => run[key]),
                    paper.TryGetValue(key, out double value) ? value : null,
                    source: paper.ContainsKey(key) ? Source : null).Rounded(3))];
            });
    }

    private static Dictionary<string, double> Paper(Published? published, IEnumerable<string> metrics)
    {
        var numbers = new Dictionary<string, double>();
        if (published is null) return numbers;
        void Rows(string metric, double[]? values)
        {
            if (values is null) return;
            foreach (var (key, value) in metrics.Where(m => m.StartsWith(metric, StringComparison.Ordinal)).Zip(values))
                numbers[key] = value;
        }
        void One(string metric, double? value)
        {
            if (value is { } number) numbers[metric] = number;
        }
        Rows("Brier score", published.Brier);
        Rows("log loss", published.LogLoss);
        One("accuracy, a threshold a relation", published.Relation);
        One("accuracy at 1/2, isotonic", published.Isotonic);
        One("accuracy at 1/2, isotonic, synthetic", published.Synthetic);
        return numbers;
    }
}
