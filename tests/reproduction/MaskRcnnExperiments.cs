using System.Text.Json;
using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// Mask R-CNN from scratch on drawn scenes, with RoIAlign and with RoIPool; and from JPEG files to a COCO results
/// file on twenty photographs, learned by heart.
/// </summary>
internal static class MaskRcnnExperiments
{
    private static readonly (string Name, RegionReading Reading)[] Variants =
        [("RoIAlign", RegionReading.Align), ("RoIPool", RegionReading.Pool)];

    internal static IEnumerable<Experiment> All() =>
    [
        OnShapes(Trial, 90), OnPhotographs(new PhotographsTrial(), 60),
    ];

    /// <summary>The scenes, and how long is learned from them.</summary>
    internal static ShapesTrial Trial { get; } = new() { Training = 1500, Epochs = 36 };

    /// <summary>Channels of the backbone's stages.</summary>
    internal static IReadOnlyList<long> Channels { get; } = [32, 48, 64, 96];

    /// <summary>A small network for scenes of about a hundred pixels; what is not named is the paper's.</summary>
    internal static MaskRcnnSettings Small(int classes) => new()
    {
        Classes = classes, Width = 64, Hidden = 256, MaskLayers = [64, 64], MaskWidth = 64, Regions = 64,
        Detections = 50,
        Proposals = new ProposalSettings
        {
            Sizes = [12, 24, 36, 52, 72], Samples = 128, Before = (400, 300), After = (200, 100),
        },
    };

    /// <summary>How records say what the backbone is.</summary>
    internal static string Backbone(IReadOnlyList<long> channels) =>
        $"convolutions of {string.Join(", ", channels)} channels, two a stage, from random weights";

    private static Experiment OnShapes(ShapesTrial trial, double minutes)
    {
        var settings = Small(Shapes.Names.Count + 1) with { Pictures = new PictureSizes(trial.Scenes.Height) };
        var setting = Record.SettingOf(settings);
        setting["backbone"] = Backbone(Channels);
        setting["trial"] = Record.SettingOf(trial);
        return new Experiment("MaskRcnn", Show.MaskTrial,
            $"{trial.Training} drawn scenes of {trial.Scenes.Height}×{trial.Scenes.Width} to learn from, "
            + $"{trial.Validation} others to measure on", minutes, setting, [1],
            (seed, unfinished) =>
            {
                // A run takes long: it goes on with the variant, and the epoch, that it was stopped in.
                var measures = File.Exists(unfinished)
                    ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))!
                    : [];
                foreach (var (name, reading) in Variants)
                {
                    if (measures.ContainsKey($"{name} mask AP")) continue;
                    using var scope = NewDisposeScope();
                    manual_seed(seed);
                    using var network = new MaskRcnn(
                        settings with { Reading = reading, Seed = seed }, new SmallBackbone(Channels));
                    var of = trial with { Seed = seed };
                    string checkpoint = $"{unfinished}.{name}";
                    of.Train(
                        network, (pictures, objects) => network.Losses(pictures, objects).Total(), name, checkpoint);
                    var found = of.Measure(network.Detect);
                    measures[$"{name} mask AP"] = found.Masks.Ap;
                    measures[$"{name} mask AP50"] = found.Masks.Ap50;
                    measures[$"{name} mask AP75"] = found.Masks.Ap75;
                    measures[$"{name} box AP"] = found.Boxes.Ap;
                    measures[$"{name} milliseconds"] = of.Milliseconds(network.Detect)[0];
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            {
                Result Of(string metric, string key, string unit = "%", int digits = 1) => Result.Of(
                    metric, unit, runs.Select(run => run[key] * (unit == "%" ? 100 : 1))).Rounded(digits);
                return
                [
                    // The chart that the segmentation lessons share finds these two by their names.
                    Of(Show.MaskAp, "RoIAlign mask AP"), Of(Show.PictureTime, "RoIAlign milliseconds", "ms"),
                    Of("mask AP50", "RoIAlign mask AP50"), Of("mask AP75", "RoIAlign mask AP75"),
                    Of("box AP", "RoIAlign box AP"),
                    Of("RoIPool, mask AP", "RoIPool mask AP"), Of("RoIPool, mask AP50", "RoIPool mask AP50"),
                    Of("RoIPool, mask AP75", "RoIPool mask AP75"), Of("RoIPool, box AP", "RoIPool box AP"),
                ];
            });
    }

    private static Experiment OnPhotographs(PhotographsTrial trial, double minutes)
    {
        long[] channels = [48, 64, 96, 128];
        var settings = Small(CocoCategory.Published.Count + 1) with
        {
            Pictures = new PictureSizes(trial.ShortSide, 2 * trial.ShortSide), Hidden = 512,
            Proposals = Small(0).Proposals with { Sizes = [16, 32, 64, 112, 176] },
        };
        return trial.On("MaskRcnn", minutes, Record.SettingOf(settings), Backbone(channels), seed =>
        {
            var network = new MaskRcnn(settings with { Seed = seed }, new SmallBackbone(channels));
            return (network, (pictures, objects) => network.Losses(pictures, objects).Total(), network.Detect);
        });
    }
}
