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
        OnShapes(Show.MaskTrial, RegionReading.Align, Trial),
        OnShapes(LikePaNet, RegionReading.Align, PaNetExperiments.Trial, PaNetExperiments.Regions),
        OnShapes("roi-pool", RegionReading.Pool, PaNetExperiments.Trial, PaNetExperiments.Regions),
        OnPhotographs(new PhotographsTrial(), 60),
    ];

    /// <summary>The scenes, and how long is learned from them.</summary>
    internal static ShapesTrial Trial { get; } =
        new() { Training = 1500, Fresh = true, Changes = null, LearningRate = 2e-3, Epochs = 56 };

    /// <summary>The experiment that learns as long as PANet's and RoIPool's, from as many regions: their neighbour.</summary>
    internal const string LikePaNet = "like-panet";

    /// <summary>Channels of the backbone's stages.</summary>
    internal static IReadOnlyList<long> Channels { get; } = [32, 48, 64, 96];

    /// <summary>A small network for scenes of about a hundred pixels; what is not named is the paper's.</summary>
    internal static MaskRcnnSettings Small(int classes) => new()
    {
        Classes = classes, Width = 64, Hidden = 256, MaskLayers = [64, 64, 64, 64], MaskWidth = 64, Regions = 64,
        Detections = 50,
        Proposals = new ProposalSettings
        {
            Sizes = [12, 24, 36, 52, 72], Samples = 128, Before = (400, 300), After = (200, 100),
        },
    };

    /// <summary>How records say what the backbone is.</summary>
    internal static string Backbone(IReadOnlyList<long> channels) =>
        $"convolutions of {string.Join(", ", channels)} channels, two a stage, from random weights";

    private static Experiment OnShapes(string name, RegionReading reading, ShapesTrial trial, int? regions = null)
    {
        var settings = Small(Shapes.Names.Count + 1) with
        {
            Pictures = new PictureSizes(trial.Scenes.Height),
            Reading = reading,
        };
        settings = settings with { Regions = regions ?? settings.Regions };
        var setting = Record.SettingOf(settings);
        setting["backbone"] = Backbone(Channels);
        setting["trial"] = Record.SettingOf(trial);
        return new Experiment("MaskRcnn", name,
            $"{trial.Training} new drawn scenes of {trial.Scenes.Height}×{trial.Scenes.Width} an epoch to learn from, "
            + $"{trial.Validation} others to measure on", 80, setting, [1],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                manual_seed(seed);
                using var network = new MaskRcnn(settings with { Seed = seed }, new SmallBackbone(Channels)).to(Devices.Chosen);
                var of = trial with { Seed = seed };
                of.Train(network, (pictures, objects) => network.Losses(pictures, objects).Total(), name, checkpoint);
                return SharedTrial.Measure(of, network.Detect);
            },
            runs =>
            [
                .. SharedTrial.Summarise(runs),
                .. reading == RegionReading.Align ? [] : SharedTrial.Quote("MaskRcnn", trial, "RoIAlign", LikePaNet),
            ])
        {
            Distributes = true,
        };
    }

    private static Experiment OnPhotographs(PhotographsTrial trial, double minutes)
    {
        long[] channels = [48, 64, 96, 128];
        var settings = Small(CocoCategory.Published.Count + 1) with
        {
            Pictures = new PictureSizes(trial.ShortSide, 2 * trial.ShortSide),
            Hidden = 512,
            MaskLayers = [64, 64],
            Proposals = Small(0).Proposals with { Sizes = [16, 32, 64, 112, 176] },
        };
        return trial.On("MaskRcnn", minutes, Record.SettingOf(settings), Backbone(channels), seed =>
        {
            var network = new MaskRcnn(settings with { Seed = seed }, new SmallBackbone(channels)).to(Devices.Chosen);
            return (network, (pictures, objects) => network.Losses(pictures, objects).Total(), network.Detect);
        });
    }
}
