using Lectern.Lessons;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// DeepMask and its refinement on the scenes of the trial that the segmentation lessons share: average recall of
/// masks and of boxes, and average precision, all kinds counted as one.
/// </summary>
internal static class SharpMaskExperiments
{
    private const int First = 12, Second = 7;

    internal static IEnumerable<Experiment> All() => [OnShapes()];

    private static Experiment OnShapes()
    {
        var trial = new ShapesTrial();
        var setting = ShapeProposals.SettingOf(trial, First, Second);
        return new Experiment("SharpMask", Show.MaskTrial, ShapeProposals.Dataset, 70, setting, [1, 2, 3],
            (seed, unfinished) =>
            {
                using var scope = NewDisposeScope();
                var own = trial with { Seed = seed };
                var data = ShapeProposals.Data.Seen(own);
                var deepMask = ShapeProposals.First(data, First, seed, unfinished + ".first");
                using var sharpMask = ShapeProposals.Second(deepMask, data, Second, seed, unfinished + ".second");
                using var none = no_grad();
                var unseen = ShapeProposals.Data.Unseen(own);
                var measures = new Dictionary<string, double>();
                foreach (var (metric, value) in ShapeProposals.Judge(sharpMask, unseen, seed))
                    measures[metric] = value;
                foreach (var (metric, value) in ShapeProposals.Judge(deepMask, unseen, seed))
                    measures[Coarse(metric)] = value;
                double[] times = own.Milliseconds(pictures => ShapeProposals.Detect(sharpMask, pictures),
                    pictures => ShapeProposals.Detect(deepMask, pictures));
                (measures[Show.PictureTime], measures[Coarse(Show.PictureTime)]) = (times[0], times[1]);
                File.Delete(unfinished + ".first");
                File.Delete(unfinished + ".second");
                return measures;
            },
            runs =>
            {
                Result Share(string metric) =>
                    Result.Of(metric, "%", runs.Select(run => 100 * run[metric])).Rounded(1);
                Result Time(string metric) => Result.Of(metric, "ms", runs.Select(run => run[metric])).Rounded(1);
                return
                [
                    .. ShapeProposals.Metrics.Select(Share), Time(Show.PictureTime),
                    .. ShapeProposals.Metrics.Select(Coarse).Select(Share), Time(Coarse(Show.PictureTime)),
                    .. ShapeProposals.Counts.Select(count => ShapeProposals.Recall("mask", count)).Select(metric =>
                        Result.Of($"refinement adds to {metric}", "points",
                            runs.Select(run => 100 * (run[metric] - run[Coarse(metric)]))).Rounded(1)),
                ];
            });
    }

    private static string Coarse(string metric) => $"DeepMask, {metric}";
}
