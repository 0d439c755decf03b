using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Theory;

namespace Lectern.Reproduction;

/// <summary>Section 5: accuracy of 4-cycle detection over depth, width and the size of the graph.</summary>
internal static class DepthVsWidthExperiments
{
    private static readonly int[] Sides = [7, 10, 13], Depths = [2, 3, 5], Widths = [2, 5, 10, 20];
    private const int TrainCount = 1000, TestCount = 200;

    internal static IEnumerable<Experiment> All() => [Grid()];

    private static Experiment Grid()
    {
        var settings = new DepthVsWidthSettings(Epochs: 50);
        var setting = Record.SettingOf(settings);
        setting["nodes"] = new JsonArray([.. Sides.Select(n => JsonValue.Create(2 * n))]);
        setting["depth"] = new JsonArray([.. Depths.Select(d => JsonValue.Create(d))]);
        setting["width"] = new JsonArray([.. Widths.Select(w => JsonValue.Create(w))]);
        return new Experiment("DepthVsWidth", "grid",
            $"4-cycle gadgets on polarity graphs (14 and 26 nodes; 20 from a part of the larger), {TrainCount} / {TestCount}, half with a cycle",
            10, setting, [0],
            (seed, _) =>
            {
                var measures = new Dictionary<string, double>();
                foreach (int side in Sides)
                {
                    var whole = DepthVsWidth.PolarityGraph(side == 7 ? 2 : 3);
                    var f = whole.Subgraph([.. Enumerable.Range(0, side)]);
                    var (train, test) = (DepthVsWidth.Samples(f, TrainCount, 1), DepthVsWidth.Samples(f, TestCount, 2));
                    foreach (int depth in Depths)
                        foreach (int width in Widths)
                        {
                            using var scope = NewDisposeScope();
                            var result = DepthVsWidth.Train(train, test, settings with { Depth = depth, Width = width }, seed);
                            measures[Key(side, depth, width)] = 100 * result.TestAccuracy;
                        }
                }
                return measures;
            },
            runs =>
            [
                .. from side in Sides
                   from depth in Depths
                   from width in Widths
                   let result = Result.Of(Key(side, depth, width), "%", runs.Select(run => run[Key(side, depth, width)]), source: "Figure 3")
                   select result with
                   {
                       Measured = Math.Round(result.Measured!.Value, 2),
                       Deviation = result.Deviation is { } deviation ? Math.Round(deviation, 2) : null,
                   },
            ]);
    }

    private static string Key(int side, int depth, int width) => $"test accuracy, n = {2 * side}, d = {depth}, w = {width}";
}
