using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Applications;

namespace Lectern.Reproduction;

/// <summary>
/// The learned search beside plain BRKGA, local and random search at equal evaluations, on 20 graphs that it was not trained on: training
/// steps of the kit's networks, and generated graphs with a second set from a rule that it has not seen.
/// </summary>
internal static class ComputationGraphsExperiments
{
    private const int Graphs = 20, Long = 1000, Searches = 10, Room = 20;

    private const string Source = "abstract: 372 TensorFlow graphs, not public";

    internal static IEnumerable<Experiment> All() =>
    [
        Networks(), Generated("layered-memory", Settings, CostGraphFamily.Mirrored),
        Generated("layered-time", Settings with { Objective = PlanObjective.RunningTime }, CostGraphFamily.ForkJoin),
    ];

    // Searches of as many evaluations as it is tested with; one round of messages learns sooner than three.
    private static ComputationGraphsSettings Settings => new(Width: 16, Rounds: 1, LearningRate: 4e-3, Updates: 2500, Graphs: 64, Evaluations: 100, Last: 0.1);

    private static Experiment Networks()
    {
        var settings = Settings with { Updates = 5000 };
        return On("networks", "training steps of the kit's networks with room for improvement, 400 to train on, 20 others to test",
            45, settings, paper: 3.56, () =>
            (GeneratedCostGraphs.WithRoom(NetworkGraphs.Many(2000, 1), 400, settings),
                [("networks", GeneratedCostGraphs.WithRoom(NetworkGraphs.Many(200, 2), Graphs, settings))]));
    }

    private static Experiment Generated(string name, ComputationGraphsSettings settings, CostGraphFamily unseen) => On(name,
        $"generated graphs with room for improvement: layered, 50 to 200 operations, 400 to train on, 20 others and 20 {unseen} ones to test",
        45, settings, paper: null, () =>
        {
            IReadOnlyList<CostGraph> Some(CostGraphFamily family, int from, int count) => GeneratedCostGraphs.WithRoom(
                Enumerable.Range(from, 50 * count).Select(i => GeneratedCostGraphs.Make(family, 50 + i * 37 % 151, i)), count, settings);
            return (Some(CostGraphFamily.Layered, 0, 400),
                [("layered", Some(CostGraphFamily.Layered, 1_000_000, Graphs)), ($"{unseen}, a rule not trained on", Some(unseen, 2_000_000, Graphs))]);
        });

    private static Experiment On(string name, string dataset, double minutes, ComputationGraphsSettings settings, double? paper,
        Func<(IReadOnlyList<CostGraph> Train, (string Name, IReadOnlyList<CostGraph> Graphs)[] Tests)> make)
    {
        var setting = Record.SettingOf(settings);
        setting["longer_evaluations"] = Long;
        setting["searches_a_test_graph"] = Searches;
        int budget = settings.Evaluations;
        int[] evaluations = [budget, Long];
        string[] methods = ["learned BRKGA", "local search", "random search"];
        return new Experiment("ComputationGraphs", name, dataset, minutes, setting, [1, 2, 3], (seed, unfinished) =>
        {
            var (train, tests) = make();
            var (policy, _) = ComputationGraphs.Train(train, settings with { Seed = seed }, unfinished);
            var measures = new Dictionary<string, double>();
            foreach (var (set, graphs) in tests)
            {
                KeyProposals[] proposals = [.. graphs.Select(policy.Propose)];
                double[][] Curves(int searches, Func<int, int, SearchResult> search) => ComputationGraphs.Curves(graphs, searches, search);
                var plain = Curves(Searches, (g, s) => ComputationGraphs.Search(graphs[g], settings, Long, s));
                double[][][] found =
                [
                    Curves(Searches, (g, s) => ComputationGraphs.Search(graphs[g], settings, Long, s, proposals[g])),
                    Curves(Searches, (g, s) => PlanSearch.Local(new PlanSimulator(graphs[g], settings.Devices), settings.Objective, Long, s)),
                    Curves(Searches, (g, s) => PlanSearch.Random(new PlanSimulator(graphs[g], settings.Devices), settings.Objective, Long, s)),
                ];
                var room = Curves(1, (g, s) => ComputationGraphs.Search(graphs[g], settings, Room * budget, s));
                for (int g = 0; g < graphs.Count; g++)
                {
                    for (int m = 0; m < methods.Length; m++)
                        foreach (int e in evaluations)
                            measures[$"{set}|{methods[m]}|{e}|{g}"] = 100 * (1 - found[m][g][e - 1] / plain[g][e - 1]);
                    measures[$"{set}|room|{budget}|{g}"] = 100 * (1 - room[g][^1] / plain[g][budget - 1]);
                }
            }
            return measures;
        },
        runs =>
        {
            var results = new List<Result>();
            foreach (string set in runs[0].Keys.Select(key => key.Split('|')[0]).Distinct())
            {
                // A graph's value is its mean over the trainings; the deviation is over graphs.
                double[] Of(string method, int e) => [.. Enumerable.Range(0, Graphs).Select(g => runs.Average(run => run[$"{set}|{method}|{e}|{g}"]))];
                foreach (string method in methods)
                    foreach (int e in evaluations)
                    {
                        double? quoted = method == methods[0] && e == budget ? paper : null;
                        results.Add(Result.Of($"{set}: {method} below plain BRKGA, {e} evaluations, over {Graphs} graphs", "%", Of(method, e),
                            quoted, source: quoted is null ? null : Source).Rounded());
                    }
                double[] gain = Of(methods[0], budget), room = Of("room", budget);
                results.Add(Result.Of($"{set}: plain BRKGA of {Room * budget} evaluations below plain BRKGA of {budget}, over {Graphs} graphs", "%", room).Rounded());
                results.Add(Result.Of($"{set}: share of that room that the learned search takes", "%", [100 * gain.Average() / room.Average()],
                    paper is null ? null : 54, source: paper is null ? null : Source).Rounded(1));
                results.Add(Result.Of($"{set}: graphs on which it is better, {budget} evaluations", $"of {Graphs}", [gain.Count(x => x > 0)]));
            }
            return results;
        });
    }
}
