using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>The integral loss beside the loss of one threshold, on the same proposals of a SharpMask.</summary>
internal static class MultiPathNetExperiments
{
    private const int Train = 600, Test = 150, Proposals = 100, First = 5, Second = 3, Epochs = 12, Batch = 4;

    private static readonly MultiPathNetSettings Integral = new()
    {
        Classes = 7, Pictures = new PictureSizes(96, 96, 8), Bins = 5, Width = 32, Hidden = 64, Dropout = 0.2,
        Gain = 100,
    };

    private static readonly (string Name, MultiPathNetSettings Settings)[] Variants =
        [("integral loss", Integral), ("one threshold, 0.5", Integral with { Thresholds = [0.5] })];

    internal static IEnumerable<Experiment> All() => [Loss()];

    private static Experiment Loss()
    {
        var setting = Record.SettingOf(Integral);
        (setting["scenes"], setting["batch"], setting["steps"]) = (Train, Batch, Epochs * Train / Batch);
        (setting["proposals"], setting["proposals_from"]) =
            (Proposals, $"SharpMask after {First} and {Second} epochs of {ShapeProposals.StepsAnEpoch} batches");
        return new Experiment("MultiPathNet", "integral-loss", $"shapes of 96 pixels, {Train} / {Test}", 57, setting,
            [1, 2, 3], Measure,
            runs =>
            [
                .. from metric in (string[])["AP", "AP50", "AP75"]
                   from matching in (string[])["boxes", "masks"]
                   from variant in Variants
                   let key = $"{variant.Name}, {metric} of {matching}"
                   select Result.Of(key, "%", runs.Select(run => run[key])).Rounded(1),
            ]);
    }

    private static IReadOnlyDictionary<string, double> Measure(int seed, string unfinished)
    {
        using var scope = NewDisposeScope();
        var (train, test) = (ShapeProposals.Data.Draw(Train, seed), ShapeProposals.Data.Draw(Test, 1000));
        var deepMask = ShapeProposals.First(train, First, seed, unfinished + ".first");
        using var sharpMask = ShapeProposals.Second(deepMask, train, Second, seed, unfinished + ".second");
        using var none = no_grad();
        Tensor[] learned = [.. train.Pictures.Select(picture =>
        {
            using var own = NewDisposeScope();
            return sharpMask.Propose(picture, Proposals).Boxes.MoveToOuterDisposeScope();
        })];
        var measures = new Dictionary<string, double>();
        var truth = Shapes.GroundTruth(test.Scenes);
        foreach (var (name, settings) in Variants)
        {
            string checkpoint = $"{unfinished}.{settings.Thresholds.Count}";
            using var network = Learn(train, learned, settings with { Seed = seed }, seed, checkpoint);
            var found = ShapeProposals.Found(test, picture =>
            {
                var of = network.Detect([picture], [sharpMask.Propose(picture, Proposals)])[0];
                return (of.Boxes, of.Labels, of.Scores, of.Masks);
            });
            foreach (var matching in (CocoMatching[])[CocoMatching.Boxes, CocoMatching.Masks])
            {
                var scores = CocoEvaluation.Evaluate(truth, found, matching);
                string of = matching == CocoMatching.Boxes ? "boxes" : "masks";
                foreach (var (metric, value) in new[]
                {
                    ("AP", scores.Ap), ("AP50", scores.Ap50), ("AP75", scores.Ap75),
                })
                    measures[$"{name}, {metric} of {of}"] = 100 * value;
            }
            File.Delete(checkpoint);
        }
        File.Delete(unfinished + ".first");
        File.Delete(unfinished + ".second");
        return measures;
    }

    private static MultiPathNet Learn(ShapeProposals.Data data, Tensor[] proposals, MultiPathNetSettings settings,
        int seed, string checkpoint)
    {
        using var learning = enable_grad();
        manual_seed(seed);
        const double rate = 2e-3;
        var network = new MultiPathNet(settings, new SmallBackbone([24, 48], withStem: true));
        network.MeasureSteps(proposals, data.Objects);
        using var optimizer = optim.Adam(network.parameters(), rate);
        new Trainer(network, optimizer)
        {
            Task = $"MultiPathNet, {settings.Thresholds.Count} thresholds", Epochs = Epochs, Checkpoint = checkpoint,
            CheckpointEvery = 2,
            Schedule = history => ShapeProposals.SetRate(optimizer, history.Epochs, Epochs, rate),
        }.Run(epoch =>
        {
            int[] order = [.. Enumerable.Range(0, data.Pictures.Count)];
            new Random(seed * 1000 + epoch).Shuffle(order);
            return order.Chunk(Batch);
        }, batch => network.Losses([.. batch.Select(i => data.Pictures[i])], [.. batch.Select(i => proposals[i])],
            [.. batch.Select(i => data.Objects[i])]).Total());
        return network;
    }
}
