using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>PANet from scratch on the drawn scenes of Mask R-CNN's trial, in fewer passes, with that trial's record beside it.</summary>
internal static class PaNetExperiments
{
    // A step costs more than twice as much as Mask R-CNN's. What keeps it within 90 minutes is to PANet's disadvantage:
    // fewer passes, and half as many sampled regions (pictures of four objects have enough).
    internal static IEnumerable<Experiment> All() => [OnShapes(Trial, 85)];

    /// <summary>The scenes, and how long is learned from them.</summary>
    internal static ShapesTrial Trial => MaskRcnnExperiments.Trial with { Epochs = 44 };

    /// <summary>Regions of a picture that are learned from.</summary>
    internal const int Regions = 32;

    /// <summary>Mask R-CNN's small network with the paper's parts; what is not named is the paper's.</summary>
    private static PaNetSettings Small(MaskRcnnSettings of) => new()
    {
        Classes = of.Classes, Pictures = of.Pictures, Width = of.Width, Hidden = of.Hidden,
        MaskLayers = of.MaskLayers, MaskWidth = of.MaskWidth, Regions = Regions, Detections = of.Detections,
        Proposals = of.Proposals, HeavyHead = false, Groups = 8,
    };

    private static Experiment OnShapes(ShapesTrial trial, double minutes)
    {
        var settings = Small(MaskRcnnExperiments.Small(Shapes.Names.Count + 1) with
        {
            Pictures = new PictureSizes(trial.Scenes.Height),
        });
        var setting = Record.SettingOf(settings);
        setting["backbone"] = MaskRcnnExperiments.Backbone(MaskRcnnExperiments.Channels);
        setting["trial"] = Record.SettingOf(trial);
        return new Experiment("PaNet", Show.MaskTrial,
            $"{trial.Training} new drawn scenes of {trial.Scenes.Height}×{trial.Scenes.Width} an epoch to learn from, "
            + $"{trial.Validation} others to measure on", minutes, setting, [1],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                manual_seed(seed);
                using var network = new PaNet(
                    settings with { Seed = seed }, new SmallBackbone(MaskRcnnExperiments.Channels)).to(Devices.Chosen);
                var of = trial with { Seed = seed };
                of.Train(
                    network, (pictures, objects) => network.Losses(pictures, objects).Total(), "PANet", checkpoint);
                return SharedTrial.Measure(of, network.Detect);
            },
            runs =>
            [
                .. SharedTrial.Summarise(runs),
                .. SharedTrial.Quote("MaskRcnn", trial, "Mask R-CNN on as many regions", MaskRcnnExperiments.LikePaNet),
                .. SharedTrial.Quote("MaskRcnn", trial, "Mask R-CNN"),
            ])
        {
            Distributes = true,
        };
    }
}
