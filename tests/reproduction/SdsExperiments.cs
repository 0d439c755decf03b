using System.Text.Json;
using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// The trial that the segmentation lessons share, by regions of contours: the three ways to train the two paths, and
/// refinement, on the same proposals.
/// </summary>
internal static class SdsExperiments
{
    private static readonly ShapesTrial Trial = new() { Training = 400 };

    private static readonly McgSettings Proposals = McgSettings.Small with { Proposals = 120 };

    // A hundred scenes are enough for a forest on fifteen numbers.
    private const int Grouped = 100;

    private static readonly SdsSettings Settings = new()
    {
        Classes = Shapes.Names.Count, Steps = 3000, Drop = 2000, Batch = 64, LearningRate = 0.02, Fresh = 1, C = 0.1,
        Retrain = 1000,
        Layout = CaffeLayout.Small with
        {
            Hidden = [64],
            Dropout = 0.2,
            Layers = [new(16, 3, 1, 1, Pool: true), new(32, 3, 1, 1, Pool: true), new(64, 3, 1, 1, Pool: true)],
        },
        Refinement = new RefinementSettings { LeastArea = 12 },
    };

    private static readonly SdsVariant[] Variants = [SdsVariant.A, SdsVariant.B, SdsVariant.C];
    private const string Refined = "C, refined";

    internal static IEnumerable<Experiment> All() => [OnShapes()];

    private static Experiment OnShapes()
    {
        var setting = Record.SettingOf(Settings);
        setting["proposals"] = Record.SettingOf(Proposals);
        setting["scenes_that_proposals_learn_from"] = Grouped;
        setting["trial"] = Record.SettingOf(Trial);
        return new Experiment("Sds", Show.MaskTrial,
            $"{Trial.Training} drawn scenes of {Trial.Scenes.Height}×{Trial.Scenes.Width} to learn from, "
            + $"{Trial.Validation} others to measure on", 75, setting, [1, 2, 3], Measure, runs =>
            {
                Result Of(string metric, string key) =>
                    Result.Of(metric, "%", runs.Select(run => 100 * run[key])).Rounded(1);
                return
                [
                    Of(Show.MaskAp, $"{Refined}, mask AP"),
                    Result.Of(Show.PictureTime, "ms", runs.Select(run => run[Show.PictureTime])).Rounded(1),
                    Of("best proposal's overlap, mean over objects", "best proposal"),
                    .. from way in (string[])["A", "B", "C"]
                       from metric in (string[])["AP^r", "AP^r_vol", "mask AP"]
                       select Of($"{way}, {metric}", $"{way}, {metric}"),
                    Of($"{Refined}, AP^r", $"{Refined}, AP^r") with { Paper = 49.7, Source = "Table 1, VOC 2012" },
                    Of($"{Refined}, AP^r_vol", $"{Refined}, AP^r_vol"),
                ];
            });
    }

    private static IReadOnlyDictionary<string, double> Measure(int seed, string unfinished)
    {
        // A run takes long: it goes on with what it was stopped in, a variant's training or its measurement.
        var measures = File.Exists(unfinished)
            ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))!
            : [];
        using var scope = NewDisposeScope();
        var trial = Trial with { Seed = seed };
        var (train, held) = (Shapes.Draw(trial.Training, seed, trial.Scenes),
            Shapes.Draw(trial.Validation, seed + 1_000_000, trial.Scenes));
        var mcg = new Mcg(Proposals with { Seed = seed }).Fit(
            [.. train.Take(Grouped).Select(one => one.Picture)], [.. train.Take(Grouped).Select(one => one.Masks)]);
        SdsPicture[] Of(IReadOnlyList<ShapeScene> scenes) => [.. Progress.Over("proposals", scenes).Select(one =>
            new SdsPicture(one.Picture, mcg.Propose(one.Picture), new Instances(one.Boxes, one.Labels, one.Masks)))];
        var (seen, unseen) = (Of(train), Of(held));
        measures["best proposal"] = unseen.SelectMany(BestOverlaps).Average();
        // A variant's paths go on from those of the one before.
        Sds? begun = null;
        foreach (var variant in Variants)
        {
            manual_seed(seed);
            var sds = new Sds(Settings with { Variant = variant, Seed = seed });
            string weights = WeightsOf(variant);
            if (File.Exists(weights)) sds.Network.load(weights);
            else
            {
                sds.FineTune(seen, begun);
                sds.Network.save(weights + ".new");
                File.Move(weights + ".new", weights, overwrite: true);
            }
            begun?.Dispose();
            begun = sds;
            if (measures.ContainsKey($"{variant}, AP^r")) continue;
            sds.TrainDetectors(seen);
            Judge(measures, $"{variant}", sds, held, unseen, refine: false);
            if (variant == SdsVariant.C)
            {
                sds.TrainRefinement(seen);
                Judge(measures, Refined, sds, held, unseen, refine: true);
                // From pixels to masks: proposals are what takes long.
                measures[Show.PictureTime] = trial.Milliseconds(pictures =>
                    [.. pictures.Select(picture => sds.Detect(picture, mcg.Propose(picture)))])[0];
            }
            File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
        }
        begun?.Dispose();
        foreach (var variant in Variants) File.Delete(WeightsOf(variant));
        return measures;

        string WeightsOf(SdsVariant variant) => $"{unfinished}.{variant}";
    }

    private static IEnumerable<double> BestOverlaps(SdsPicture of)
    {
        float[,] overlaps = of.Proposals.Overlaps(of.Objects.Masks);
        return Enumerable.Range(0, overlaps.GetLength(0)).Select(g =>
            (double)Enumerable.Range(0, of.Proposals.Count).Select(r => overlaps[g, r]).DefaultIfEmpty(0).Max());
    }

    private static void Judge(Dictionary<string, double> measures, string name, Sds sds,
        IReadOnlyList<ShapeScene> scenes, IReadOnlyList<SdsPicture> pictures, bool refine)
    {
        var truth = Shapes.GroundTruth(scenes);
        List<CocoDetection> found = [.. pictures.SelectMany((one, i) =>
        {
            using var scope = NewDisposeScope();
            var of = sds.Detect(one.Picture, one.Proposals, refine);
            return CocoDetection.Of(i + 1, of.Boxes, of.Labels, of.Scores, of.Masks);
        })];
        measures[$"{name}, mask AP"] = CocoEvaluation.Evaluate(truth, found, CocoMatching.Masks).Ap;
        measures[$"{name}, AP^r"] = VocEvaluation.Ap(truth, found);
        measures[$"{name}, AP^r_vol"] = VocEvaluation.ApVolume(truth, found);
    }
}
