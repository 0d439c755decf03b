using System.Text.Json.Nodes;
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
    internal static IEnumerable<Experiment> All() =>
    [
        OnShapes(Show.MaskTrial, RegionReading.Align), OnShapes("roi-pool", RegionReading.Pool),
        OnPhotographs(new PhotographsTrial(), 60),
    ];

    /// <summary>The scenes, and how long is learned from them.</summary>
    internal static ShapesTrial Trial { get; } =
        new() { Training = 1500, Fresh = true, Changes = null, LearningRate = 2e-3, Epochs = 36 };

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

    private static readonly string[] Shares = [Show.MaskAp, "mask AP50", "mask AP75", "box AP"];

    private static Experiment OnShapes(string name, RegionReading reading)
    {
        var settings = Small(Shapes.Names.Count + 1) with
        {
            Pictures = new PictureSizes(Trial.Scenes.Height), Reading = reading,
        };
        var setting = Record.SettingOf(settings);
        setting["backbone"] = Backbone(Channels);
        setting["trial"] = Record.SettingOf(Trial);
        return new Experiment("MaskRcnn", name,
            $"{Trial.Training} new drawn scenes of {Trial.Scenes.Height}×{Trial.Scenes.Width} an epoch to learn from, "
            + $"{Trial.Validation} others to measure on", 60, setting, [1],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                manual_seed(seed);
                using var network = new MaskRcnn(settings with { Seed = seed }, new SmallBackbone(Channels));
                var of = Trial with { Seed = seed };
                of.Train(network, (pictures, objects) => network.Losses(pictures, objects).Total(), name, checkpoint);
                var found = of.Measure(network.Detect);
                return new Dictionary<string, double>
                {
                    [Show.MaskAp] = found.Masks.Ap, ["mask AP50"] = found.Masks.Ap50,
                    ["mask AP75"] = found.Masks.Ap75, ["box AP"] = found.Boxes.Ap,
                    [Show.PictureTime] = of.Milliseconds(network.Detect)[0],
                };
            },
            runs =>
            [
                .. Shares.Select(metric =>
                    Result.Of(metric, "%", runs.Select(run => 100 * run[metric])).Rounded(1)),
                Result.Of(Show.PictureTime, "ms", runs.Select(run => run[Show.PictureTime])).Rounded(1),
                .. reading == RegionReading.Align ? [] : OfShapes("RoIAlign"),
            ]);
    }

    /// <summary>What Mask R-CNN's own record says of the scenes that all share, if it was made on these.</summary>
    /// <param name="prefix">What its metrics are called by in another record.</param>
    internal static IEnumerable<Result> OfShapes(string prefix)
    {
        var trial = JsonNode.Parse(Record.SettingOf(Trial).ToJsonString());
        return Record.Load("MaskRcnn")
            .Where(one => one.Experiment == Show.MaskTrial && JsonNode.DeepEquals(one.Setting["trial"], trial))
            .SelectMany(one => one.Results)
            .Where(result => Shares.Append(Show.PictureTime).Contains(result.Metric))
            .Select(result => result with { Metric = $"{prefix}, {result.Metric}" });
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
