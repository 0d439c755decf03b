using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>YOLACT++ from scratch on the drawn scenes of YOLACT's trial, with that trial's record beside it.</summary>
internal static class YolactPlusPlusExperiments
{
    // Deformable from C3 on, as the paper's ResNet-50 is; the map at stride 4 is not read.
    private static readonly DeformableBlocks Blocks = new([0, 2, 2, 2]);

    // While masks fit nothing their judge learns to say 0, and its last ReLU says it for ever: it learns in the last passes only.
    private const int JudgedEpochs = 6;

    // Between YOLACT's passes of the whole and a start anew.
    private const double JudgedRate = 5e-4;

    internal static IEnumerable<Experiment> All() => [OnShapes(YolactExperiments.Trial, 85)];

    /// <summary>YOLACT's small network with the paper's parts; what is not named is the paper's.</summary>
    private static YolactPlusPlusSettings Small(YolactSettings of) => new()
    {
        Classes = of.Classes, Side = of.Side, Width = of.Width, Prototypes = of.Prototypes,
        Detections = of.Detections,
        // Around YOLACT's side, which is the middle one of the three.
        Sizes = [.. of.Sizes.Select(sizes => YolactPlusPlusSettings.ThreeOf(sizes[0] / Math.Cbrt(2)))],
        Doublings = of.Doublings,
        // Prototypes are 48×48 here, not 138×138: four layers reach their middle, and 16 cells are a small object.
        RescoringLayers = [8, 16, 32, 64], LeastCells = 16,
    };

    private static Experiment OnShapes(ShapesTrial trial, double minutes)
    {
        var settings = Small(YolactExperiments.Single);
        var setting = Record.SettingOf(settings);
        setting["backbone"] = MaskRcnnExperiments.Backbone(YolactExperiments.Channels);
        setting["deformable"] = Record.SettingOf(Blocks);
        setting["trial"] = Record.SettingOf(trial);
        setting["judged_epochs"] = JudgedEpochs;
        setting["judged_rate"] = JudgedRate;
        return new Experiment("YolactPlusPlus", Show.MaskTrial, $"{trial.Training} new drawn scenes an epoch", minutes,
            setting, [1, 2, 3],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                var own = trial with { Seed = seed };
                manual_seed(seed);
                using var network = new YolactPlusPlus(
                    settings with { Seed = seed },
                    new SmallBackbone(YolactExperiments.Channels, deformable: Blocks)).to(Devices.Chosen);
                string[] files = [checkpoint + ".masks", checkpoint + ".judged"];
                (own with { Epochs = own.Epochs - JudgedEpochs }).Train(
                    network, (pictures, objects) => (network.Losses(pictures, objects) with { Rescoring = null }).Total(),
                    "YOLACT++", files[0]);
                // Other scenes than those of the passes before.
                (own with { Epochs = JudgedEpochs, LearningRate = JudgedRate, Seed = seed + 500_000 }).Train(
                    network, (pictures, objects) => network.Losses(pictures, objects).Total(), "and its judge", files[1]);
                var measures = SharedTrial.Measure(own, network.Detect);
                // The same masks, ranked by the scores of their classes.
                var ranked = own.Measure(pictures =>
                    [.. network.Detect(pictures).Select(one => one with { MaskScores = one.Scores })]);
                measures[Unscored(Show.MaskAp)] = ranked.Masks.Ap;
                measures[Unscored("mask AP75")] = ranked.Masks.Ap75;
                foreach (string file in files) File.Delete(file);
                return measures;
            },
            runs =>
            [
                .. SharedTrial.Summarise(runs),
                .. from metric in (string[])[Show.MaskAp, "mask AP75"]
                   let key = Unscored(metric)
                   select Result.Of(key, "%", runs.Select(run => 100 * run[key])).Rounded(1),
                .. OfYolact([.. runs.Select(run => 100 * run[Show.MaskAp])]),
            ]);
    }

    private static string Unscored(string metric) => $"ranked by class alone, {metric}";

    /// <summary>What YOLACT's own record says, if it was made on these scenes, and how much less it reached.</summary>
    private static IEnumerable<Result> OfYolact(double[] reached)
    {
        var theirs = SharedTrial.Quote("Yolact", YolactExperiments.Trial, "YOLACT").ToList();
        foreach (var result in theirs) yield return result;
        if (theirs.FirstOrDefault(result => result.Metric == $"YOLACT, {Show.MaskAp}")?.Measured is { } least)
            yield return Result.Of("mask AP more than YOLACT's mean", "points",
                reached.Select(own => own - least)).Rounded(1);
    }
}
