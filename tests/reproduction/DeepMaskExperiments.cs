using Lectern.Lessons;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// DeepMask on the scenes of the trial that the segmentation lessons share: its masks have no kinds, so all kinds
/// count as one.
/// </summary>
internal static class DeepMaskExperiments
{
    private const int Epochs = 12;

    // Table 1, COCO: the network of 2015, on 5,000 validation pictures.
    private static readonly Dictionary<string, double?> Published = new()
    {
        ["mask AR@10"] = 12.6, ["mask AR@100"] = 24.5, ["box AR@10"] = 15.3, ["box AR@100"] = 31.3,
    };

    internal static IEnumerable<Experiment> All() => [OnShapes()];

    private static Experiment OnShapes()
    {
        var trial = new ShapesTrial();
        var setting = ShapeProposals.SettingOf(trial, Epochs);
        return new Experiment("DeepMask", Show.MaskTrial, ShapeProposals.Dataset, 45, setting, [1, 2, 3],
            (seed, unfinished) =>
            {
                using var scope = NewDisposeScope();
                var own = trial with { Seed = seed };
                var network = ShapeProposals.First(
                    ShapeProposals.Data.Seen(own), Epochs, seed, unfinished + ".first");
                using var none = no_grad();
                var measures = ShapeProposals.Judge(network, ShapeProposals.Data.Unseen(own), seed)
                    .ToDictionary(one => one.Metric, one => one.Value);
                measures[Show.PictureTime] = own.Milliseconds(
                    pictures => ShapeProposals.Detect(network, pictures))[0];
                network.Dispose();
                File.Delete(unfinished + ".first");
                return measures;
            },
            runs =>
            [
                .. ShapeProposals.Metrics.Select(metric =>
                    (Result.Of(metric, "%", runs.Select(run => 100 * run[metric])) with
                    {
                        Paper = Published.GetValueOrDefault(metric),
                        Source = Published.ContainsKey(metric) ? "Table 1, VGG-A on COCO" : null,
                    }).Rounded(1)),
                Result.Of(Show.PictureTime, "ms", runs.Select(run => run[Show.PictureTime])).Rounded(1),
            ]);
    }
}
