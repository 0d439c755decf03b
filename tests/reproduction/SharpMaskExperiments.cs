using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>DeepMask and its refinement on the same scenes: average recall of masks and of boxes.</summary>
internal static class SharpMaskExperiments
{
    private const int Train = 1000, Test = 200, First = 12, Second = 7;
    private static readonly int[] Counts = [10, 100];

    internal static IEnumerable<Experiment> All() => [Recall()];

    private static Experiment Recall()
    {
        var setting = Record.SettingOf(ShapeProposals.Settings);
        setting["refinement"] = Record.SettingOf(ShapeProposals.Refinement);
        (setting["scenes"], setting["batch"]) = (Train, ShapeProposals.Batch);
        (setting["first_stage_steps"], setting["second_stage_steps"]) =
            (First * ShapeProposals.StepsAnEpoch, Second * ShapeProposals.StepsAnEpoch);
        return new Experiment("SharpMask", "recall", $"shapes of 96 pixels, {Train} / {Test}", 53, setting, [1, 2, 3],
            (seed, unfinished) =>
            {
                using var scope = NewDisposeScope();
                var (train, test) = (ShapeProposals.Data.Draw(Train, seed), ShapeProposals.Data.Draw(Test, 1000));
                var deepMask = ShapeProposals.First(train, First, seed, unfinished + ".first");
                using var sharpMask = ShapeProposals.Second(deepMask, train, Second, seed, unfinished + ".second");
                var measures = new Dictionary<string, double>();
                foreach (var (name, proposer) in new (string, IMaskProposer)[]
                {
                    ("DeepMask", deepMask), ("SharpMask", sharpMask),
                })
                {
                    var found = ShapeProposals.Found(proposer, test, Counts[^1]);
                    foreach (var matching in (CocoMatching[])[CocoMatching.Masks, CocoMatching.Boxes])
                    {
                        var scores = CocoEvaluation.Evaluate(
                            Shapes.GroundTruth(test.Scenes), found, matching, CocoSettings.Proposals);
                        foreach (int count in Counts)
                            measures[Key(name, matching, count)] = 100 * scores.AverageRecall(count);
                    }
                }
                File.Delete(unfinished + ".first");
                File.Delete(unfinished + ".second");
                return measures;
            },
            runs =>
            [
                .. from matching in (CocoMatching[])[CocoMatching.Masks, CocoMatching.Boxes]
                   from count in Counts
                   from name in (string[])["DeepMask", "SharpMask"]
                   let key = Key(name, matching, count)
                   select Result.Of(key, "%", runs.Select(run => run[key])).Rounded(1),
            ]);
    }

    private static string Key(string name, CocoMatching matching, int count) =>
        $"{name}, AR@{count} of {(matching == CocoMatching.Masks ? "masks" : "boxes")}";
}
