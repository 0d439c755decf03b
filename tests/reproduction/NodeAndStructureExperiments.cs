using System.Text.Json.Nodes;
using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Theory;

namespace Lectern.Reproduction;

/// <summary>Links and triads of Cora: single-node structure (GIN) against samples of positions (MC-SVD, CGNN).</summary>
internal static class NodeAndStructureExperiments
{
    private static readonly int[] Seeds = [1, 2, 3];
    private static readonly int[] Samples = [1, 5];

    internal static IEnumerable<Experiment> All() =>
    [
        Cora("cora-triads", "triads", new(Sketches: 5), withWords: true,
            (graph, x, seed) => SetTask.Triads(graph, x, 200, seed), colliding: true, Seeds),
        Cora("cora-links", "links; non-edges from all nodes, as in the authors' code", new(Sketches: 5), withWords: true,
            (graph, x, seed) => SetTask.Links(graph, x, 200, seed), colliding: true, [1, 2]),
        Cora("cora-same-degrees", "links without words; ends of non-edges drawn as ends of edges",
            new(Sketches: 5, Epochs: 200), withWords: false,
            (graph, x, seed) => SetTask.Links(graph, x, 200, seed, sameDegrees: true), colliding: false, [1, 2]),
        Cora("cora-triads-longer", "triads, four times the paper's epochs", new(Sketches: 5, Epochs: 200), withWords: true,
            (graph, x, seed) => SetTask.Triads(graph, x, 200, seed), colliding: false, [1, 2]),
    ];

    private static Experiment Cora(string name, string task, NodeAndStructureSettings settings, bool withWords,
        Func<Graph, SparseMatrix?, int, SetTask> make, bool colliding, int[] seeds)
    {
        var setting = Record.SettingOf(settings);
        setting["samples"] = new JsonArray([.. Samples.Select(m => JsonValue.Create(m))]);
        setting["words"] = withWords;
        return new Experiment("NodeAndStructure", name, $"Cora, three induced graphs (1208 / 500 / 1000 nodes), {task}", 8, setting, seeds,
            (seed, _) =>
            {
                using var scope = torch.NewDisposeScope();
                SetTask[] tasks = [.. NodeAndStructure.Induce(Planetoid.Cora())
                    .Select((part, i) => make(part.Graph, withWords ? part.X : null, 10 * seed + i))];
                var measures = new Dictionary<string, double>();
                void Add(string model, SetResult result)
                {
                    measures[$"{model}, micro-F1"] = 100 * result.MicroF1;
                    if (!double.IsNaN(result.Auc)) measures[$"{model}, AUC"] = 100 * result.Auc;
                    Console.WriteLine(FormattableString.Invariant($"    {model}: {100 * result.MicroF1:0.0}"));
                }
                Add("GIN", NodeAndStructure.Train(tasks, null, settings, seed));
                IPositions[] positions = [.. tasks.Select(t => new SvdPositions(t.Graph, settings, seed))];
                foreach (int m in Samples)
                    Add($"MC-SVD, M = {m}", NodeAndStructure.Train(tasks, positions, settings with { Samples = m }, seed));
                Add("MC-SVD, M = 5, as released (f not joint)",
                    NodeAndStructure.Train(tasks, positions, settings with { Samples = 5, Joint = false }, seed));
                if (!colliding) return measures;
                SplashSchedule[] schedules = [.. tasks.Select(t => new SplashSchedule(t.Graph, seed: seed))];
                var network = CollidingNetwork.Train((tasks[0].Graph, tasks[0].X!, schedules[0]),
                    (tasks[1].Graph, tasks[1].X!, schedules[1]), settings, seed);
                IPositions[] drawn = [.. tasks.Select((t, i) => new CollidingPositions(network, schedules[i], t.X!, 5))];
                foreach (int m in Samples)
                    Add($"CGNN, M = {m}", NodeAndStructure.Train(tasks, drawn, settings with { Samples = m }, seed));
                return measures;
            },
            runs => [.. runs[0].Keys.Select(key => Result.Of(key, "%", runs.Select(run => run[key]),
                name == "cora-triads" && key == "MC-SVD, M = 1, micro-F1" ? 40.4 : null,
                source: name == "cora-triads" && key == "MC-SVD, M = 1, micro-F1" ? "output stored in the authors' notebook" : null))]);
    }
}
