using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>What the experiments measure of a detector on the scenes that they share, and how they quote it.</summary>
internal static class SharedTrial
{
    private static readonly (string Metric, Func<ShapesResult, double> Of)[] Shares =
    [
        (Show.MaskAp, found => found.Masks.Ap), ("mask AP50", found => found.Masks.Ap50),
        ("mask AP75", found => found.Masks.Ap75), ("box AP", found => found.Boxes.Ap),
    ];

    /// <summary>What a trained network reaches, and how long a picture takes.</summary>
    internal static Dictionary<string, double> Measure(
        ShapesTrial trial, Func<IReadOnlyList<Tensor>, Detections[]> detect)
    {
        var found = trial.Measure(detect);
        var measures = Shares.ToDictionary(share => share.Metric, share => share.Of(found));
        measures[Show.PictureTime] = trial.Milliseconds(detect)[0];
        return measures;
    }

    /// <summary>The same of all seeds, as a record has it.</summary>
    internal static IEnumerable<Result> Summarise(IReadOnlyList<IReadOnlyDictionary<string, double>> runs) =>
    [
        .. Shares.Select(share =>
            Result.Of(share.Metric, "%", runs.Select(run => 100 * run[share.Metric])).Rounded(1)),
        Result.Of(Show.PictureTime, "ms", runs.Select(run => run[Show.PictureTime])).Rounded(1),
    ];

    /// <summary>
    /// What another lesson's record says of these, if it was made on the same scenes in the same way; passes may be
    /// more, and the name says how many then.
    /// </summary>
    /// <param name="lesson">That lesson.</param>
    /// <param name="trial">The trial that asks.</param>
    /// <param name="name">What its metrics are called by here.</param>
    /// <param name="experiment">Its experiment.</param>
    internal static IEnumerable<Result> Quote(string lesson, ShapesTrial trial, string name, string experiment = Show.MaskTrial) =>
        from one in Record.Load(lesson)
        where one.Experiment == experiment
        let epochs = (int?)one.Setting["trial"]?["epochs"] ?? 0
        where epochs >= trial.Epochs && JsonNode.DeepEquals(one.Setting["trial"],
            JsonNode.Parse(Record.SettingOf(trial with { Epochs = epochs }).ToJsonString()))
        let called = epochs == trial.Epochs ? name : $"{name} after {epochs} passes"
        from result in one.Results
        where Shares.Any(share => share.Metric == result.Metric) || result.Metric == Show.PictureTime
        select result with { Metric = $"{called}, {result.Metric}" };
}
