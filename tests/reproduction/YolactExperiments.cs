using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// YOLACT beside Mask R-CNN on drawn scenes, from scratch on the same backbone; twenty photographs learned by heart.
/// </summary>
internal static class YolactExperiments
{
    internal static IEnumerable<Experiment> All() => [Scenes(), OnPhotographs()];

    // Everything that the two networks share, so that nothing but the way to the masks differs.
    private const int Side = 96, Detections = 20;

    // A pass costs YOLACT a third of Mask R-CNN's: what is about the same is the time that both learn for.
    private const int EpochsOfMaskRcnn = 17;

    /// <summary>Channels of the backbone's stages.</summary>
    internal static IReadOnlyList<long> Channels { get; } = [32, 48, 64, 96];

    /// <summary>The scenes, and how long YOLACT learns from them.</summary>
    internal static ShapesTrial Trial { get; } =
        new() { Fresh = true, Changes = null, LearningRate = 2e-3, Epochs = 51 };

    /// <summary>The small network.</summary>
    internal static YolactSettings Single { get; } = new()
    {
        Classes = Shapes.Names.Count, Side = Side, Width = 64, Detections = Detections,
        // Three times the stride, as the paper's; what is larger than the picture is of no use.
        Sizes = [[24], [48], [80], [96], [96]],
        // The scenes' true masks, once at 24×24 and back, have an AP of 54 %; at 48×48 of 76 %.
        Doublings = [32, 32],
    };

    private static readonly MaskRcnnSettings Staged = MaskRcnnExperiments.Small(Shapes.Names.Count + 1) with
    {
        Pictures = new PictureSizes(Side),
        Detections = Detections,
    };

    private static Experiment Scenes()
    {
        var setting = Record.SettingOf(Single);
        setting["backbone"] = MaskRcnnExperiments.Backbone(Channels);
        setting["trial"] = Record.SettingOf(Trial);
        setting["mask_rcnn"] = Record.SettingOf(Staged);
        setting["mask_rcnn_epochs"] = EpochsOfMaskRcnn;
        return new Experiment("Yolact", Show.MaskTrial, $"{Trial.Training} new drawn scenes an epoch", 85, setting,
            [1, 2, 3],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                var own = Trial with { Seed = seed };
                manual_seed(seed);
                using var yolact = new Yolact(Single with { Seed = seed }, new SmallBackbone(Channels)).to(Devices.Chosen);
                manual_seed(seed);
                using var maskRcnn = new MaskRcnn(Staged with { Seed = seed }, new SmallBackbone(Channels)).to(Devices.Chosen);
                string[] files = [checkpoint + ".yolact", checkpoint + ".mask-rcnn"];
                own.Train(
                    yolact, (pictures, objects) => yolact.Losses(pictures, objects).Total(), "YOLACT", files[0]);
                (own with { Epochs = EpochsOfMaskRcnn }).Train(
                    maskRcnn, (pictures, objects) => maskRcnn.Losses(pictures, objects).Total(), "Mask R-CNN",
                    files[1]);
                double[] times = own.Milliseconds(yolact.Detect, maskRcnn.Detect);
                var measures = new Dictionary<string, double>
                {
                    [Show.PictureTime] = times[0], [Theirs(Show.PictureTime)] = times[1],
                };
                foreach (var (name, found) in new (Func<string, string>, ShapesResult)[]
                {
                    (metric => metric, own.Measure(yolact.Detect)), (Theirs, own.Measure(maskRcnn.Detect)),
                })
                {
                    measures[name(Show.MaskAp)] = found.Masks.Ap;
                    measures[name("mask AP50")] = found.Masks.Ap50;
                    measures[name("mask AP75")] = found.Masks.Ap75;
                    measures[name("box AP")] = found.Boxes.Ap;
                }
                foreach (string file in files) File.Delete(file);
                return measures;
            },
            runs =>
            {
                string[] shares = [Show.MaskAp, "mask AP50", "mask AP75", "box AP"];
                Result Share(string metric) =>
                    Result.Of(metric, "%", runs.Select(run => 100 * run[metric])).Rounded(1);
                Result Time(string metric) => Result.Of(metric, "ms", runs.Select(run => run[metric])).Rounded(1);
                return
                [
                    .. shares.Select(Share), Time(Show.PictureTime),
                    .. shares.Select(Theirs).Select(Share), Time(Theirs(Show.PictureTime)),
                    Result.Of("mask AP less than Mask R-CNN's by", "points",
                        runs.Select(run => 100 * (run[Theirs(Show.MaskAp)] - run[Show.MaskAp]))).Rounded(1),
                    Result.Of("times as fast as Mask R-CNN", "×",
                        runs.Select(run => run[Theirs(Show.PictureTime)] / run[Show.PictureTime])).Rounded(2),
                ];
            });
    }

    private static string Theirs(string metric) => $"Mask R-CNN, {metric}";

    private static Experiment OnPhotographs()
    {
        long[] channels = [32, 64, 128, 128];
        var trial = new PhotographsTrial { ShortSide = 256 };
        trial = trial with { Learning = trial.Learning with { Epochs = 300, Batch = 4 } };
        var settings = new YolactSettings
        {
            Classes = CocoCategory.Published.Count, Side = trial.ShortSide, Width = 64,
            Sizes = [[24], [48], [96], [150], [220]], Square = false,
        };
        return trial.On("Yolact", 40, Record.SettingOf(settings), MaskRcnnExperiments.Backbone(channels), seed =>
        {
            var network = new Yolact(settings with { Seed = seed }, new SmallBackbone(channels)).to(Devices.Chosen);
            return (network, (pictures, objects) => network.Losses(pictures, objects).Total(), network.Detect);
        });
    }
}
