using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Theory;

namespace Lectern.Reproduction;

/// <summary>Section 6: a formula that needs a readout, on lines, and the nested counting formulas on random graphs.</summary>
internal static class LogicalExpressivenessExperiments
{
    private const string Lesson = "LogicalExpressiveness";

    internal static IEnumerable<Experiment> All() => [Lines(), Counting()];

    // 5000 training graphs of 50-100 nodes, 500 of the same size and 500 larger ones to test on.
    private static Experiment Lines()
    {
        (string Name, LogicSettings Settings, double? Paper)[] models =
        [
            ("AC-5", new(LogicModel.AC, 5), null),
            ("AC-7", new(LogicModel.AC, 7), null),
            ("GIN-5", new(LogicModel.Gin, 5), null),
            ("AC-FR-2", new(LogicModel.ACFinalReadout, 2, Readout: LogicPooling.Max), null),
            ("ACR-1", new(LogicModel.ACR, 1, Readout: LogicPooling.Max), 100),
        ];
        var formula = LogicalExpressiveness.RedAndSomewhereBlue;
        IReadOnlyList<LabelledGraph>[]? data = null;
        return Make("lines", "lines coloured by rule, 5000 of 50-100 nodes / 500 of 50-100 / 500 of 100-200", 10, [0], models,
            formula.ToString(), (_, which) => (data ??=
            [
                LogicalExpressiveness.Label(LogicalExpressiveness.Lines(5000, 50, 100, seed: 1), formula),
                LogicalExpressiveness.Label(LogicalExpressiveness.Lines(500, 50, 100, seed: 2), formula),
                LogicalExpressiveness.Label(LogicalExpressiveness.Lines(500, 100, 200, seed: 3), formula),
            ])[which], "Table 1");
    }

    private static Experiment Counting()
    {
        var models =
            from i in new[] { 1, 2, 3 }
            from settings in new[]
            {
                new LogicSettings(LogicModel.AC, 3, CombineByMlp: true),
                new LogicSettings(LogicModel.ACR, i, CombineByMlp: true),
            }
            select ($"α{i}, {settings.Model}-{settings.Layers}", settings, (double?)null);
        var data = new Dictionary<(int, int), IReadOnlyList<LabelledGraph>>();
        return Make("counting", "G(n, 8n) with 9-15 blue nodes, 2000 of 40-50 nodes / 500 of 40-50 / 500 of 51-60", 15, [0], [.. models],
            "α1, α2, α3 of equation 6", (name, which) =>
            {
                int i = name[1] - '0';
                if (!data.TryGetValue((i, which), out var graphs))
                    data[(i, which)] = graphs = LogicalExpressiveness.Label(which switch
                    {
                        0 => LogicalExpressiveness.RandomGraphs(2000, 40, 50, seed: 1),
                        1 => LogicalExpressiveness.RandomGraphs(500, 40, 50, seed: 2),
                        _ => LogicalExpressiveness.RandomGraphs(500, 51, 60, seed: 3),
                    }, LogicalExpressiveness.Alpha(i));
                return graphs;
            }, "Table 2");
    }

    private static readonly string[] Sets = ["training graphs", "same size", "larger"];

    private static Experiment Make(string name, string dataset, double minutes, int[] seeds,
        IReadOnlyList<(string Name, LogicSettings Settings, double? Paper)> models, string formula,
        Func<string, int, IReadOnlyList<LabelledGraph>> data, string source)
    {
        var setting = new JsonObject { ["formula"] = formula };
        foreach (var (model, settings, _) in models) setting[model] = Record.SettingOf(settings);
        return new Experiment(Lesson, name, dataset, minutes, setting, seeds,
            (seed, _) =>
            {
                var measures = new Dictionary<string, double>();
                foreach (var (model, settings, _) in models)
                {
                    using var scope = NewDisposeScope();
                    var result = LogicalExpressiveness.Train(data(model, 0), settings, seed);
                    double[] accuracies = [result.TrainAccuracy, LogicalExpressiveness.Accuracy(result.Model, data(model, 1)),
                        LogicalExpressiveness.Accuracy(result.Model, data(model, 2))];
                    for (int i = 0; i < 3; i++) measures[$"{model}, {Sets[i]}"] = 100 * accuracies[i];
                    Console.WriteLine(FormattableString.Invariant($"    {model}: {accuracies[0]:0.000} {accuracies[1]:0.000} {accuracies[2]:0.000}"));
                }
                return measures;
            },
            runs => [.. from model in models
                        from set in Sets
                        select Result.Of($"accuracy over nodes, {model.Name}, {set}", "%",
                            runs.Select(run => run[$"{model.Name}, {set}"]), model.Paper, source: source).Rounded()]);
    }
}
