using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>DeepMask and SharpMask on scenes of shapes: what both lessons' experiments train and ask.</summary>
internal static class ShapeProposals
{
    internal const int Batch = 32, StepsAnEpoch = 250;

    /// <summary>How records name the scenes, and what average precision is here.</summary>
    internal const string Dataset = "drawn scenes of overlapping shapes, all kinds counted as one; AP is of the best "
        + "100 masks less those whose boxes overlap a better one's by a half, AR of all of them";

    /// <summary>Windows of 64 pixels, the sizes in them in the proportions of the paper's 224. An object is of
    /// the right size within an octave.</summary>
    internal static readonly DeepMaskSettings Settings = new()
    {
        Patch = 64, Margin = 16, Stride = 8, Width = 48, CodeWidth = 128, MaskSize = 28, TargetSize = 64,
        ScoreWidth = 128, Dropout = 0.2, Canonical = 37, Shift = 6, LeastArea = 40, LeastSide = 4, Far = 9,
        FarOctaves = 1, EmptyOctaves = (-1, 1.5),
        Scales = [.. Enumerable.Range(-2, 6).Select(half => Math.Pow(2, half / 2.0))],
    };

    private static readonly long[] Channels = [24, 48];

    internal static readonly SharpMaskSettings Refinement = new() { Width = 32, SkipWidth = 32 };

    /// <summary>Scenes, and the same to learn from.</summary>
    internal sealed record Data(
        IReadOnlyList<ShapeScene> Scenes, IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)
    {
        /// <summary>What a trial learns from.</summary>
        internal static Data Seen(ShapesTrial trial) => Of(Shapes.Draw(trial.Training, trial.Seed, trial.Scenes));

        /// <summary>What it measures on.</summary>
        internal static Data Unseen(ShapesTrial trial) => Of(trial.Unseen());

        private static Data Of(IReadOnlyList<ShapeScene> scenes) =>
            new(scenes, [.. scenes.Select(scene => scene.Picture.to(float32) / 255)],
                [.. scenes.Select(scene => new Instances(scene.Boxes, scene.Labels, scene.Masks))]);
    }

    /// <summary>How records say what was chosen.</summary>
    /// <param name="trial">Its scenes; how it trains is for detectors.</param>
    /// <param name="stages">Epochs of DeepMask, and of its refinement if there is one.</param>
    internal static JsonObject SettingOf(ShapesTrial trial, params int[] stages)
    {
        var setting = Record.SettingOf(Settings);
        setting["backbone"] = MaskRcnnExperiments.Backbone(Channels);
        if (stages.Length > 1) setting["refinement"] = Record.SettingOf(Refinement);
        setting["scenes"] = Record.SettingOf(trial.Scenes);
        (setting["training"], setting["validation"]) = (trial.Training, trial.Validation);
        (setting["batch"], setting["steps"]) =
            (Batch, string.Join(" and ", stages.Select(epochs => epochs * StepsAnEpoch)));
        return setting;
    }

    /// <summary>Trains DeepMask.</summary>
    /// <param name="data">To learn from.</param>
    /// <param name="epochs">Of 250 batches.</param>
    /// <param name="seed">Of weights and windows.</param>
    /// <param name="checkpoint">A file to go on from.</param>
    internal static DeepMask First(Data data, int epochs, int seed, string checkpoint)
    {
        manual_seed(seed);
        var network = new DeepMask(Settings, new SmallBackbone(Channels, withStem: true));
        Run("DeepMask", network, network.parameters(), 2e-3, epochs, checkpoint,
            epoch => new WindowSampler(data.Pictures, data.Objects, Settings, seed * 1000 + epoch),
            sampler => network.Loss(sampler.Next(Batch)));
        return network;
    }

    /// <summary>Trains the refinement of a DeepMask.</summary>
    internal static SharpMask Second(DeepMask deepMask, Data data, int epochs, int seed, string checkpoint)
    {
        manual_seed(seed + 100);
        var network = new SharpMask(deepMask, Refinement);
        Run("SharpMask", network, network.Refiners(), 3e-3, epochs, checkpoint,
            epoch => new WindowSampler(data.Pictures, data.Objects, network.Sampling, seed * 1000 + 500 + epoch),
            sampler => network.Loss(sampler.DrawMasks(Batch)));
        return network;
    }

    private static void Run(string task, nn.Module network, IEnumerable<TorchSharp.Modules.Parameter> parameters,
        double rate, int epochs, string checkpoint, Func<int, WindowSampler> draw, Func<WindowSampler, Tensor> loss)
    {
        using var optimizer = optim.Adam(parameters, rate);
        WindowSampler? sampler = null;
        new Trainer(network, optimizer)
        {
            Task = task, Epochs = epochs, Checkpoint = checkpoint, CheckpointEvery = 2,
            Schedule = history => SetRate(optimizer, history.Epochs, epochs, rate),
        }.Run(epoch =>
        {
            sampler = draw(epoch);
            return Enumerable.Range(0, StepsAnEpoch);
        }, _ => loss(sampler!));
    }

    /// <summary>A fifth of the rate for the last third, and a fifth again for the last tenth.</summary>
    internal static void SetRate(TorchSharp.Modules.OptimizerHelper optimizer, int epoch, int epochs, double rate)
    {
        double factor = epoch >= 0.9 * epochs ? 0.04 : epoch >= 2 * epochs / 3.0 ? 0.2 : 1;
        foreach (var group in optimizer.ParamGroups) group.LearningRate = rate * factor;
    }

    /// <summary>Masks a picture that are asked for; as many as are counted at most.</summary>
    internal const int Most = 100;

    private const double Overlap = 0.5;

    /// <summary>Numbers of masks that recall is measured at.</summary>
    internal static readonly int[] Counts = [1, 10, Most];

    /// <summary>What <see cref="Judge"/> measures.</summary>
    internal static IReadOnlyList<string> Metrics { get; } =
    [
        Show.MaskAp, "mask AP50", "mask AP75", "box AP",
        .. from matching in (string[])["mask", "box"] from count in Counts select Recall(matching, count),
        Shuffled,
    ];

    /// <summary>Recall of ten masks if the best hundred come in any order: what the score is worth.</summary>
    internal const string Shuffled = "mask AR@10, the best 100 in random order";

    /// <summary>The name of average recall.</summary>
    internal static string Recall(string matching, int count) => $"{matching} AR@{count}";

    /// <summary>How good proposals are. All kinds count as one, since a proposal has none: average precision of
    /// those that suppression leaves, average recall of them as they come.</summary>
    internal static IEnumerable<(string Metric, double Value)> Judge(IMaskProposer proposer, Data data, int seed)
    {
        var (all, apart) = (new List<CocoDetection>(), new List<CocoDetection>());
        foreach (int i in Progress.Over("proposals", Enumerable.Range(0, data.Pictures.Count).ToList()))
        {
            using var scope = NewDisposeScope();
            var best = proposer.Propose(data.Pictures[i], Most);
            all.AddRange(CocoDetection.Of(
                i + 1, best.Boxes, ones_like(best.Scores).to(int64), best.Scores, best.Masks));
            var kept = Apart(best);
            apart.AddRange(CocoDetection.Of(i + 1, kept.Boxes, kept.Labels, kept.Scores, kept.Masks));
        }
        var truth = Shapes.GroundTruth(data.Scenes);
        CocoScores Of(IReadOnlyList<CocoDetection> found, CocoMatching matching) => CocoEvaluation.Evaluate(
            truth, found, matching, CocoSettings.Default with { ByCategory = false, MaxDetections = Counts });
        var (masks, boxes) = (Of(apart, CocoMatching.Masks), Of(apart, CocoMatching.Boxes));
        yield return (Show.MaskAp, masks.Ap);
        yield return ("mask AP50", masks.Ap50);
        yield return ("mask AP75", masks.Ap75);
        yield return ("box AP", boxes.Ap);
        foreach (var (matching, scores) in new[]
        {
            ("mask", Of(all, CocoMatching.Masks)), ("box", Of(all, CocoMatching.Boxes)),
        })
            foreach (int count in Counts) yield return (Recall(matching, count), scores.AverageRecall(count));
        var random = new Random(seed);
        yield return (Shuffled, Of([.. all.Select(one => one with { Score = random.NextDouble() })],
            CocoMatching.Masks).AverageRecall(10));
    }

    /// <summary>Proposals as detections of a single kind: of boxes that overlap by a half, the best stays.</summary>
    internal static Detections[] Detect(IMaskProposer proposer, IReadOnlyList<Tensor> pictures) =>
        [.. pictures.Select(picture => Apart(proposer.Propose(picture, Most)))];

    private static Detections Apart(MaskProposals found)
    {
        var kept = Suppression.Nms(found.Boxes, found.Scores, Overlap);
        var scores = found.Scores.index_select(0, kept);
        return new Detections(found.Boxes.index_select(0, kept), ones_like(scores).to(int64), scores,
            found.Masks.index_select(0, kept).to(float32));
    }
}
