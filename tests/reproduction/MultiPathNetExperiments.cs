using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// The trial that the segmentation lessons share, on the proposals of a SharpMask; and there the integral loss beside
/// the loss of one threshold.
/// </summary>
internal static class MultiPathNetExperiments
{
    private const int Proposals = 100, First = 6, Second = 4;

    private static readonly ShapesTrial Trial = new() { Epochs = 10, Batch = 4 };
    private static readonly long[] Channels = [32, 64];

    private static readonly MultiPathNetSettings Integral = new()
    {
        Classes = Shapes.Names.Count + 1, Pictures = new PictureSizes(Trial.Scenes.Height, Trial.Scenes.Width, 8),
        Bins = 5, Width = 32, Hidden = 64, Dropout = 0.2, Gain = 100, Detections = 20,
    };

    private static readonly (Func<string, string> Name, MultiPathNetSettings Settings)[] Variants =
        [(metric => metric, Integral), (metric => $"one threshold, {metric}", Integral with { Thresholds = [0.5] })];

    // The claim is about exact fits: the thresholds of the upper half, together.
    private const string Exact = "AP at 0.75 to 0.95";

    private static readonly (string Name, Func<CocoScores, double> Of)[] Metrics =
    [
        ("AP", scores => scores.Ap), ("AP50", scores => scores.Ap50), ("AP75", scores => scores.Ap75),
        (Exact, scores => scores.Settings.Thresholds.Where(u => u > 0.74).Average(u => scores.AveragePrecision(u))),
    ];

    private static readonly string[] Matchings = ["mask", "box"];

    // What the authors' program states on 5,000 pictures, with 400 SharpMask proposals each.
    private static readonly Dictionary<string, double?> Released =
        new() { ["box AP"] = 24.4, ["box AP50"] = 40.2, ["box AP75"] = 26.8 };

    internal static IEnumerable<Experiment> All() => [OnShapes()];

    private static Experiment OnShapes()
    {
        var setting = Record.SettingOf(Integral);
        setting["backbone"] = MaskRcnnExperiments.Backbone(Channels);
        setting["trial"] = Record.SettingOf(Trial);
        (setting["proposals"], setting["proposals_from"]) =
            (Proposals, $"SharpMask after {First} and {Second} epochs of {ShapeProposals.StepsAnEpoch} batches");
        return new Experiment("MultiPathNet", Show.MaskTrial, "drawn scenes of overlapping shapes", 75, setting,
            [1, 2, 3], Measure, runs =>
            {
                Result Of(string metric, string unit, Func<IReadOnlyDictionary<string, double>, double> of) =>
                    (Result.Of(metric, unit, runs.Select(of)) with
                    {
                        Paper = Released.GetValueOrDefault(metric),
                        Source = Released.ContainsKey(metric) ? "released program, ResNet-18 on COCO" : null,
                    }).Rounded(1);
                return
                [
                    .. from variant in Variants
                       from matching in Matchings
                       from metric in Metrics
                       let key = variant.Name($"{matching} {metric.Name}")
                       select Of(key, "%", run => 100 * run[key]),
                    .. from matching in Matchings
                       let key = $"{matching} {Exact}"
                       select Of($"the integral loss adds to {key}", "points",
                           run => 100 * (run[Variants[0].Name(key)] - run[Variants[1].Name(key)])),
                    Of(Show.PictureTime, "ms", run => run[Show.PictureTime]),
                ];
            });
    }

    private static IReadOnlyDictionary<string, double> Measure(int seed, string unfinished)
    {
        using var scope = NewDisposeScope();
        var trial = Trial with { Seed = seed };
        var data = ShapeProposals.Data.Seen(trial);
        string[] stages = [unfinished + ".first", unfinished + ".second"];
        var deepMask = ShapeProposals.First(data, First, seed, stages[0]);
        using var sharpMask = ShapeProposals.Second(deepMask, data, Second, seed, stages[1]);
        Tensor[] learned = [.. Progress.Over("proposals", data.Pictures).Select(picture =>
        {
            using var own = NewDisposeScope();
            return sharpMask.Propose(picture, Proposals).Boxes.MoveToOuterDisposeScope();
        })];
        var measures = new Dictionary<string, double>();
        foreach (var (name, settings) in Variants)
        {
            string checkpoint = $"{unfinished}.{settings.Thresholds.Count}";
            using var network = Learn(trial, data, learned, settings with { Seed = seed }, checkpoint);
            Detections[] Detect(IReadOnlyList<Tensor> pictures) => network.Detect(
                pictures, [.. pictures.Select(picture => sharpMask.Propose(picture, Proposals))], sharpMask);
            var found = trial.Measure(Detect);
            foreach (var (matching, scores) in Matchings.Zip([found.Masks, found.Boxes]))
                foreach (var metric in Metrics)
                    measures[name($"{matching} {metric.Name}")] = metric.Of(scores);
            if (!measures.ContainsKey(Show.PictureTime)) measures[Show.PictureTime] = trial.Milliseconds(Detect)[0];
            File.Delete(checkpoint);
        }
        foreach (string stage in stages) File.Delete(stage);
        return measures;
    }

    private static MultiPathNet Learn(ShapesTrial trial, ShapeProposals.Data data, Tensor[] proposals,
        MultiPathNetSettings settings, string checkpoint)
    {
        manual_seed(trial.Seed);
        const double rate = 2e-3;
        var network = new MultiPathNet(settings, new SmallBackbone(Channels, withStem: true));
        network.MeasureSteps(proposals, data.Objects);
        using var optimizer = optim.Adam(network.parameters(), rate);
        new Trainer(network, optimizer)
        {
            Task = $"MultiPathNet, {settings.Thresholds.Count} thresholds", Epochs = trial.Epochs,
            Checkpoint = checkpoint, CheckpointEvery = 2,
            Schedule = history => ShapeProposals.SetRate(optimizer, history.Epochs, trial.Epochs, rate),
        }.Run(epoch =>
        {
            int[] order = [.. Enumerable.Range(0, data.Pictures.Count)];
            new Random(trial.Seed * 1000 + epoch).Shuffle(order);
            return order.Chunk(trial.Batch);
        }, batch => network.Losses([.. batch.Select(i => data.Pictures[i])], [.. batch.Select(i => proposals[i])],
            [.. batch.Select(i => data.Objects[i])]).Total());
        return network;
    }
}
