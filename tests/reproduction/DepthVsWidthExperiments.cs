using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Theory;

namespace Lectern.Reproduction;

/// <summary>Section 5: accuracy of 4-cycle detection over depth, width and the size of the graph.</summary>
internal static class DepthVsWidthExperiments
{
    private static readonly int[] Depths = [2, 4];
    private const int TrainCount = 1000, TestCount = 500;

    internal static IEnumerable<Experiment> All() => [Grid(7), Grid(10), Grid(13)];

    // The larger graphs need wider networks before anything is learned.
    private static Experiment Grid(int side)
    {
        int[] widths = side == 13 ? [2, 4, 8, 16, 32, 64] : [2, 4, 8, 16];
        var settings = new DepthVsWidthSettings(Epochs: 40, HalveEvery: 15);
        var setting = Record.SettingOf(settings);
        setting["depth"] = new JsonArray([.. Depths.Select(d => JsonValue.Create(d))]);
        setting["width"] = new JsonArray([.. widths.Select(w => JsonValue.Create(w))]);
        string part = side == 10 ? "a part of the polarity graph of order 3" : $"the polarity graph of order {(side == 7 ? 2 : 3)}";
        return new Experiment("DepthVsWidth", $"grid-{2 * side}",
            $"4-cycle gadgets of {2 * side} nodes on {part}, {TrainCount} / {TestCount}, half with a cycle", 1, setting, [0],
            (seed, _) =>
            {
                var f = DepthVsWidth.PolarityGraph(side == 7 ? 2 : 3).Subgraph([.. Enumerable.Range(0, side)]);
                var (train, test) = (DepthVsWidth.Samples(f, TrainCount, 1), DepthVsWidth.Samples(f, TestCount, 2));
                var measures = new Dictionary<string, double>();
                foreach (int depth in Depths)
                    foreach (int width in widths)
                    {
                        using var scope = NewDisposeScope();
                        var result = DepthVsWidth.Train(train, test, settings with { Depth = depth, Width = width }, seed);
                        measures[Key(side, depth, width)] = 100 * result.TestAccuracy;
                    }
                return measures;
            },
            runs =>
            [
                .. from depth in Depths
                   from width in widths
                   select Result.Of(Key(side, depth, width), "%", runs.Select(run => run[Key(side, depth, width)]), source: "Figure 3")
                       .Rounded(),
            ]);
    }

    private static string Key(int side, int depth, int width) => $"test accuracy, n = {2 * side}, d = {depth}, w = {width}";
}
