using Lectern.Graphs;
using Lectern.Lessons;
using Lectern.Papers.Applications;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.Papers.Applications;

/// <summary>REGAL: the model of the devices by hand and by definition, the searches, the proposals, the policy, what training is worth.</summary>
public sealed class ComputationGraphsTests
{
    private static readonly ComputationGraphsSettings Small = new(Width: 16, Rounds: 2);

    private static readonly CostGraphFamily[] Families = Enum.GetValues<CostGraphFamily>();

    private static CostGraph Some(int i, int operations = 20) => GeneratedCostGraphs.Make(Families[i % 3], operations, i);

    private static double[] RandomKeys(PlanSimulator simulator, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, simulator.Keys).Select(_ => random.NextDouble())];
    }

    // ------------------------------------------------------------------------------------ devices, by hand

    [Fact]
    public void By_hand_a_diamond_on_two_devices_takes_five_seconds_and_fifty_five_bytes()
    {
        var simulator = new PlanSimulator(CostGraphTests.Diamond());
        var plan = simulator.Decode(simulator.KeysOf([0, 0, 1, 0]));
        Assert.Equal([(0, -1), (-1, 0), (1, -1), (2, -1), (-1, 2), (3, -1)], plan.Steps.Select(s => (s.Operation, s.Tensor)));
        Assert.Equal([(0, 1), (1, 1), (1, 3), (1, 4), (4, 4), (4, 5)], plan.Steps.Select(s => ((int)s.Start, (int)s.End)));
        Assert.Equal([(10, 0), (10, 10), (30, 10), (20, 40), (50, 30), (55, 0)], plan.Steps.Select(s => ((int)s.During[0], (int)s.During[1])));
        Assert.Equal([(10, 0), (10, 10), (20, 10), (20, 30), (50, 0), (5, 0)], plan.Steps.Select(s => ((int)s.After[0], (int)s.After[1])));
        Assert.Equal((5, 55), (plan.Seconds, plan.PeakBytes));
    }

    [Fact]
    public void By_hand_a_transfer_takes_both_devices_for_its_bytes()
    {
        var simulator = new PlanSimulator(CostGraphTests.Diamond(), new DeviceSettings(SecondsPerByte: 0.1));
        var plan = simulator.Decode(simulator.KeysOf([0, 0, 1, 0]));
        // 10 bytes go over from 1 to 2, 30 come back from 5 to 8; meanwhile the other device waits.
        Assert.Equal([(0, 1), (1, 2), (2, 4), (2, 5), (5, 8), (8, 9)], plan.Steps.Select(s => (Math.Round(s.Start, 9), Math.Round(s.End, 9))));
    }

    [Fact]
    public void By_hand_a_late_transfer_keeps_its_tensor_at_home_and_the_other_device_empty()
    {
        var simulator = new PlanSimulator(CostGraph.Of("fork", (1, 10, []), (1, 4, [0]), (1, 7, [0])));
        double[] keys = simulator.KeysOf([0, 0, 1]);
        Assert.Equal((2, 17), (simulator.Decode(keys).Seconds, simulator.Decode(keys).PeakBytes));
        keys.AsSpan(3 * 2 + 3).Clear();                                      // transfers last
        var plan = simulator.Decode(keys);
        Assert.Equal([(0, -1), (1, -1), (-1, 0), (2, -1)], plan.Steps.Select(s => (s.Operation, s.Tensor)));
        Assert.Equal(3, plan.Seconds);
        Assert.Equal([14L, 0], plan.Steps[1].After);                         // 0 has a reader elsewhere still
        Assert.Equal([4L, 10], plan.Steps[2].After);
    }

    [Fact]
    public void A_plan_that_does_not_fit_is_worse_than_all_that_do_and_the_worse_the_less_it_fits()
    {
        var graph = CostGraphTests.Diamond();
        PlanSimulator With(double memory) => new(graph, new DeviceSettings(MemoryBytes: memory));
        double[] keys = With(1).KeysOf([0, 0, 1, 0]);
        double Cost(double memory) => With(memory).Cost(keys, PlanObjective.RunningTime);
        Assert.Equal(5, Cost(55));
        Assert.True(Cost(54) > graph.SerialSeconds && Cost(30) > Cost(54));
        Assert.Equal(55, With(30).Cost(keys, PlanObjective.PeakMemory));
    }

    // ------------------------------------------------------------------------------------ devices, invariants

    [Fact]
    public void One_device_takes_the_sum_of_all_times_and_a_chain_takes_it_on_any_number()
    {
        for (int i = 0; i < 30; i++)
        {
            var one = new PlanSimulator(Some(i), new DeviceSettings(1));
            Assert.Equal(one.Graph.SerialSeconds, one.Cost(RandomKeys(one, i), PlanObjective.RunningTime), 1e-12);
            var chain = new PlanSimulator(CostGraph.Of("chain", [.. Enumerable.Range(0, 12).Select(v => (1.0 + v % 3, 5L, v == 0 ? [] : new[] { v - 1 }))]),
                new DeviceSettings(3));
            Assert.Equal(chain.Graph.SerialSeconds, chain.Decode(RandomKeys(chain, i)).Seconds, 1e-12);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_plan_is_an_order_that_can_run_within_its_bounds_and_memory_is_what_its_definition_says(int devices)
    {
        for (int i = 0; i < 30; i++)
        {
            var graph = Some(i, 10 + i);
            var simulator = new PlanSimulator(graph, new DeviceSettings(devices));
            double[] keys = RandomKeys(simulator, i);
            var plan = simulator.Decode(keys);
            Assert.Equal(Enumerable.Range(0, graph.Count), plan.Steps.Where(s => s.Operation >= 0).Select(s => s.Operation).Order());
            Assert.InRange(plan.Seconds, Math.Max(graph.CriticalSeconds, graph.SerialSeconds / devices) - 1e-12, graph.SerialSeconds + 1e-12);
            RequireByDefinition(graph, plan, devices);
            Assert.Equal(plan.PeakBytes, plan.Steps.Max(s => s.During.Max()));
            Assert.Equal((double)plan.PeakBytes, simulator.Cost(keys, PlanObjective.PeakMemory));
            Assert.Equal(plan.Seconds, simulator.Cost(keys, PlanObjective.RunningTime));     // the same, however often it is asked
        }
    }

    /// <summary>Who is where, found anew for every step: a tensor is on a device from the step that brings it to the last that needs it there.</summary>
    private static void RequireByDefinition(CostGraph graph, Plan plan, int devices)
    {
        int[] place = new int[graph.Count];
        foreach (var step in plan.Steps.Where(s => s.Operation >= 0)) place[step.Operation] = step.Device;
        int At(Predicate<PlanStep> which) => plan.Steps.ToList().FindIndex(which);
        var (begins, ends) = (new int[graph.Tensors, devices], new int[graph.Tensors, devices]);
        for (int t = 0; t < graph.Tensors; t++)
            for (int j = 0; j < devices; j++)
            {
                int home = place[graph.Producers[t]], tensor = t, device = j;
                int[] readers = [.. graph.Consumers[t].Where(v => place[v] == j).Select(v => At(s => s.Operation == v))];
                begins[t, j] = j == home ? At(s => s.Operation == graph.Producers[tensor])
                    : readers.Length > 0 ? At(s => s.Tensor == tensor && s.Device == device) : int.MaxValue;
                IEnumerable<int> leaves = j == home ? plan.Steps.Index().Where(s => s.Item.Tensor == tensor).Select(s => s.Index) : [];
                ends[t, j] = graph.Consumers[t].Length == 0 ? int.MaxValue : readers.Concat(leaves).DefaultIfEmpty(-1).Max();
                Assert.All(readers, reader => Assert.True(reader > begins[tensor, device]));    // an order that can run
            }
        for (int step = 0; step < plan.Steps.Count; step++)
            for (int j = 0; j < devices; j++)
            {
                long Bytes(int until) => Enumerable.Range(0, graph.Tensors).Where(t => begins[t, j] <= step && ends[t, j] >= until).Sum(t => graph.Bytes[t]);
                Assert.Equal(Bytes(step), plan.Steps[step].During[j]);
                Assert.Equal(Bytes(step + 1), plan.Steps[step].After[j]);
            }
        // At the end there is what nobody reads; and once every operation stood beside all that it reads.
        Assert.Equal(Enumerable.Range(0, graph.Tensors).Where(t => graph.Consumers[t].Length == 0).Sum(t => graph.Bytes[t]), plan.Steps[^1].After.Sum());
        Assert.True(plan.PeakBytes >= graph.Operations.Max(op => op.Inputs.Sum(t => graph.Bytes[t]) + op.OutputBytes.Sum()));
    }

    [Fact]
    public void Only_the_order_of_priorities_and_of_affinities_counts_and_devices_have_no_names()
    {
        for (int i = 0; i < 12; i++)
        {
            var simulator = new PlanSimulator(Some(i));
            int o = simulator.Graph.Count;
            double[] keys = RandomKeys(simulator, i), rescaled = [.. keys.Select(x => x * x * x / 2)], swapped = [.. keys];
            foreach (int first in Enumerable.Range(0, o).Select(v => 2 * v).Concat(Enumerable.Range(0, simulator.Graph.Tensors).Select(t => 3 * o + 2 * t)))
                (swapped[first], swapped[first + 1]) = (swapped[first + 1], swapped[first]);
            var (plan, same, other) = (simulator.Decode(keys), simulator.Decode(rescaled), simulator.Decode(swapped));
            Assert.Equal(plan.Steps.Select(s => (s.Operation, s.Tensor, s.Device)), same.Steps.Select(s => (s.Operation, s.Tensor, s.Device)));
            Assert.Equal((plan.Seconds, plan.PeakBytes), (other.Seconds, other.PeakBytes));
        }
    }

    // ------------------------------------------------------------------------------------ searches

    /// <summary>The least of both costs over all plans: every placement, and every order of operations and transfers.</summary>
    private static (double Seconds, long Peak) Exhaustive(CostGraph graph)
    {
        var (seconds, peak) = (double.PositiveInfinity, long.MaxValue);
        for (int code = 0; code < 1 << (graph.Count - 1); code++)            // devices have no names: the first operation is on 0
        {
            int[] place = [.. Enumerable.Range(0, graph.Count).Select(v => v == 0 ? 0 : code >> (v - 1) & 1)];
            Go([], [], new double[2], 0);

            void Go(HashSet<int> done, HashSet<int> moved, double[] clock, long most)
            {
                if (done.Count == graph.Count)
                {
                    (seconds, peak) = (Math.Min(seconds, clock.Max()), Math.Min(peak, most));
                    return;
                }
                bool IsAt(int t, int j) => done.Contains(graph.Producers[t]) && (place[graph.Producers[t]] == j || moved.Contains(t));
                bool Needed(int t, int j) => graph.Consumers[t].Length == 0 || graph.Consumers[t].Any(v => !done.Contains(v) && place[v] == j)
                    || (place[graph.Producers[t]] == j && graph.Consumers[t].Any(v => place[v] != j) && !moved.Contains(t));
                long Held(int j) => Enumerable.Range(0, graph.Tensors).Where(t => IsAt(t, j) && Needed(t, j)).Sum(t => graph.Bytes[t]);
                for (int v = 0; v < graph.Count; v++)
                    if (!done.Contains(v) && graph.Operations[v].Inputs.All(t => IsAt(t, place[v])))
                    {
                        long during = Held(place[v]) + graph.Bytes[v];
                        double[] next = [.. clock];
                        next[place[v]] += graph.Operations[v].Seconds;
                        Go([.. done, v], moved, next, Math.Max(most, during));
                    }
                for (int t = 0; t < graph.Tensors; t++)
                    if (done.Contains(t) && !moved.Contains(t) && graph.Consumers[t].Any(v => place[v] != place[t]))
                    {
                        long during = Held(1 - place[t]) + graph.Bytes[t];
                        double both = clock.Max();
                        Go(done, [.. moved, t], [both, both], Math.Max(most, during));
                    }
            }
        }
        return (seconds, peak);
    }

    [Fact]
    public void With_evaluations_enough_BRKGA_finds_the_best_of_all_plans()
    {
        for (int i = 0; i < 5; i++)
        {
            var random = new Random(i);
            var graph = CostGraph.Of($"random {i}", [.. Enumerable.Range(0, 5).Select(v => ((double)random.Next(1, 9), (long)random.Next(1, 50),
                v == 0 ? Array.Empty<int>() : [.. random.GetItems([.. Enumerable.Range(0, v)], 2).Distinct().Order()]))]);
            var (seconds, peak) = Exhaustive(graph);
            var settings = new BrkgaSettings(Population: 60, Elite: 10, Mutants: 20);
            Assert.Equal(peak, new Brkga(new PlanSimulator(graph), PlanObjective.PeakMemory, 1, settings: settings).Run(4000).Cost);
            Assert.Equal(seconds, new Brkga(new PlanSimulator(graph), PlanObjective.RunningTime, 1, settings: settings).Run(4000).Cost, 1e-12);
        }
    }

    [Fact]
    public void The_best_never_gets_worse_the_elite_stay_bit_for_bit_and_only_new_plans_are_evaluated()
    {
        var simulator = new PlanSimulator(Some(0, 40));
        var search = new Brkga(simulator, PlanObjective.PeakMemory, seed: 3);
        var result = search.Run(20);
        for (int generation = 1; generation < 8; generation++)
        {
            double[][] elite = [.. search.Population.Take(4).Select(keys => (double[])keys.Clone())];
            double[] before = result.Best;
            result = search.Run(20 + 16 * generation);                      // 4 elites are not evaluated again
            Assert.Equal(20 + 16 * generation, result.Best.Length);
            Assert.Equal(before, result.Best[..before.Length]);
            // All four are still there, unless better ones have pushed them back in the order.
            Assert.All(elite, keys => Assert.Contains(search.Population, other => other.AsSpan().SequenceEqual(keys)));
            Assert.Equal(search.Costs.Order(), search.Costs);
        }
        Assert.All(result.Best.Zip(result.Best.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
        Assert.True(result.Best[^1] < result.Best[19]);
        Assert.Equal(result.Cost, simulator.Cost(result.Keys, PlanObjective.PeakMemory));
        Assert.Equal(30, new Brkga(simulator, PlanObjective.PeakMemory, 3).Run(30).Best.Length);
    }

    [Fact]
    public void With_a_bias_of_one_children_are_copies_of_the_elite_and_else_a_mixture_of_elite_and_other_by_the_bias()
    {
        var simulator = new PlanSimulator(Some(1, 40));
        (double[][] Before, IReadOnlyList<double[]> After) Generation(double bias)
        {
            var search = new Brkga(simulator, PlanObjective.PeakMemory, 5, settings: new BrkgaSettings(20, 4, 0, bias));
            search.Run(20);
            double[][] before = [.. search.Population];
            search.Run(36);
            return (before, search.Population);
        }
        var (old, clones) = Generation(1);
        Assert.All(clones, keys => Assert.Contains(old.Take(4), elite => elite.AsSpan().SequenceEqual(keys)));
        var (parents, children) = Generation(0.7);
        double fromElite = 0, all = 0;
        foreach (double[] child in children.Where(keys => !parents.Any(parent => parent.AsSpan().SequenceEqual(keys))))
            for (int key = 0; key < child.Length; key++, all++)
            {
                Assert.Contains(parents, parent => parent[key] == child[key]);
                if (parents.Take(4).Any(elite => elite[key] == child[key])) fromElite++;
            }
        Assert.InRange(fromElite / all, 0.67, 0.73);
    }

    [Fact]
    public void The_other_searches_keep_to_their_evaluations_and_never_get_worse()
    {
        var simulator = new PlanSimulator(Some(2, 30));
        foreach (var objective in Enum.GetValues<PlanObjective>())
            foreach (var result in (SearchResult[])[PlanSearch.Random(simulator, objective, 50, 1), PlanSearch.Local(simulator, objective, 50, 1)])
            {
                Assert.Equal(50, result.Best.Length);
                Assert.All(result.Best.Zip(result.Best.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
                Assert.Equal(result.Cost, simulator.Cost(result.Keys, objective));
            }
        var depthFirst = simulator.Decode(PlanSearch.DepthFirst(simulator));
        Assert.All(depthFirst.Steps, step => Assert.Equal(0, step.Device));
        // Of two chains that start at once the second is begun when the first has ended.
        var chains = new PlanSimulator(CostGraph.Of("chains", (1, 1, []), (1, 1, []), (1, 1, [0]), (1, 1, [1]), (1, 1, [2]), (1, 1, [3])));
        Assert.Equal([0, 2, 4, 1, 3, 5], chains.Decode(PlanSearch.DepthFirst(chains)).Steps.Select(s => s.Operation));
    }

    // ------------------------------------------------------------------------------------ proposals

    [Fact]
    public void Betas_have_the_mean_and_the_variance_of_their_levels()
    {
        const int draws = 40_000;
        for (int m = 0; m < 5; m++)
            for (int s = 0; s < 5; s++)
            {
                double mu = (m + 1) / 6.0, variance = mu * (1 - mu) * (s + 1) / 6.0;
                var (alpha, beta) = QuantisedBeta.Shape(5, m, s);
                Assert.Equal(mu, alpha / (alpha + beta), 1e-12);
                Assert.Equal(variance, alpha * beta / ((alpha + beta) * (alpha + beta) * (alpha + beta + 1)), 1e-12);
                double[] x = [.. Enumerable.Range(0, draws).Select(i => QuantisedBeta.Quantile(5, m, s, (i + 0.5) / draws))];
                Assert.Equal(mu, x.Average(), 2e-3);
                Assert.Equal(variance, x.Average(value => (value - mu) * (value - mu)), 2e-3);
                Assert.All(x.Zip(x.Skip(1)), pair => Assert.True(pair.First <= pair.Second));
            }
        Assert.Equal((1, 1), QuantisedBeta.Shape(5, 2, 1));
        Assert.Equal(0.123, QuantisedBeta.Quantile(5, 2, 1, 0.123));
    }

    [Fact]
    public void Quantiles_agree_with_closed_forms()
    {
        // μ = 1/3 and ν = 3/2 give Beta(1/2, 1), whose quantile is u²; μ = 2/3 its mirror image; ν = 2 and μ = 2/3 come of two k.
        var (alpha, beta) = QuantisedBeta.Shape(14, 4, 5);
        Assert.Equal(0.5, alpha, 1e-12);
        Assert.Equal(1, beta, 1e-12);
        foreach (double u in new[] { 0.1, 0.37, 0.5, 0.93 })
        {
            Assert.Equal(u * u, QuantisedBeta.Quantile(14, 4, 5, u), 2e-4);
            Assert.Equal(1 - (1 - u) * (1 - u), QuantisedBeta.Quantile(14, 9, 5, u), 2e-4);
            Assert.Equal(QuantisedBeta.Quantile(11, 7, 3, u), QuantisedBeta.Quantile(5, 3, 1, u), 1e-9);
        }
    }

    [Fact]
    public void With_all_levels_at_the_anchor_the_search_is_plain_BRKGAs_step_by_step()
    {
        var graph = Some(4, 30);
        var simulator = new PlanSimulator(graph);
        int[] anchor = [.. Enumerable.Range(0, graph.Count * 3).SelectMany(_ => new[] { 2, 1 })];
        var (plain, proposed) = (ComputationGraphs.Search(graph, Small, 150, 7), ComputationGraphs.Search(graph, Small, 150, 7, KeyProposals.Of(simulator, 5, anchor)));
        Assert.Equal(plain.Best, proposed.Best);
        Assert.Equal(plain.Keys, proposed.Keys);
        anchor[5] = 4;
        Assert.NotEqual(plain.Keys, ComputationGraphs.Search(graph, Small, 150, 7, KeyProposals.Of(simulator, 5, anchor)).Keys);
        // Of three keys of operation 0, the last is its priority, at o d.
        var one = KeyProposals.Of(simulator, 5, [.. anchor.Select((level, i) => i == 4 ? 4 : i == 5 ? 0 : level)]);
        Assert.Equal(QuantisedBeta.Quantile(5, 4, 0, 0.3), one.Draw(2 * graph.Count, 0.3));
        Assert.Equal(0.3, one.Draw(2 * graph.Count + 1, 0.3));
    }

    // ------------------------------------------------------------------------------------ policy

    private static ProposalPolicy Fresh()
    {
        manual_seed(2);
        return new ProposalPolicy(Small);
    }

    private static float MaxDifference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    [Fact]
    public void An_untrained_policy_proposes_plain_BRKGA_in_the_shapes_that_it_says()
    {
        using var scope = NewDisposeScope();
        using var policy = Fresh();
        CostGraph[] graphs = [Some(0), Some(1, 25)];
        var (logits, baseline) = policy.call(new CostGraphBatch(graphs));
        Assert.Equal([graphs.Sum(g => g.Count), 3, 2, 5], logits.shape);
        Assert.Equal([2], baseline.shape);
        foreach (var graph in graphs)
            Assert.Equal(ComputationGraphs.Search(graph, Small, 40, 1).Best, ComputationGraphs.Search(graph, Small, 40, 1, policy.Propose(graph)).Best);
    }

    [Fact]
    public void A_batch_is_its_graphs_one_by_one_and_renumbering_operations_permutes_the_heads()
    {
        using var scope = NewDisposeScope();
        using var policy = Fresh();
        var graph = new CostGraph("g", [new("a", 1, [4], []), new("b", 2, [8, 1], []), new("c", 1, [2], [0, 1]), new("d", 3, [16], [3]), new("e", 1, [1], [0])]);
        // The same as b, a, e, c, d: tensors 0 -> 2, 1 -> 0, 2 -> 1, 3 -> 4, 4 -> 5, 5 -> 3.
        var moved = new CostGraph("h", [new("b", 2, [8, 1], []), new("a", 1, [4], []), new("e", 1, [1], [2]), new("c", 1, [2], [0, 2]), new("d", 3, [16], [4])]);
        int[] place = [1, 0, 4, 2, 3];
        var (logits, baseline) = policy.call(new CostGraphBatch([graph, Some(3), moved]));
        var (alone, guess) = policy.call(new CostGraphBatch([graph]));
        Assert.True(MaxDifference(logits[..5], alone) < 1e-5);
        Assert.True(MaxDifference(baseline[0], guess[0]) < 1e-5);
        Assert.True(MaxDifference(logits[25..], alone.index_select(0, tensor(place.Select(v => (long)v).ToArray()))) < 1e-5);
        Assert.True(MaxDifference(baseline[0], baseline[2]) < 1e-5);
        Assert.True(MaxDifference(logits[0], logits[1]) > 1e-4);
    }

    [Fact]
    public void Messages_run_both_ways_along_edges_and_no_further_than_the_rounds()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var policy = new ProposalPolicy(Small with { Rounds = 1 });
        // Two chains in one graph: the mean over the graph is the only way between them, and it is the same for both variants.
        CostGraph Chains(long first, long last) => CostGraph.Of("chains", (1, first, []), (1, 5, [0]), (1, 5, [1]), (1, 5, [2]), (1, 100, []),
            (1, last, [4]));
        CostGraphBatch a = new([Chains(5, 5)]), b = new([Chains(9, 5)]);
        var (h, g) = (policy.call(a).Logits, policy.call(b).Logits);
        var change = (h - g).abs().amax([1, 2, 3]);
        // Operation 3 is three steps away and changes by the mean alone, as 5 does; 0 and 1 change by more.
        Assert.True(change[0].item<float>() > 3 * change[3].item<float>());
        Assert.True(change[1].item<float>() > 3 * change[3].item<float>());
    }

    [Fact]
    public void The_loss_has_the_gradient_of_its_formula_and_none_where_the_reward_is_what_was_guessed()
    {
        using var scope = NewDisposeScope();
        var batch = new CostGraphBatch([Some(0, 6), Some(1, 6)]);
        int n = (int)batch.NodeFeatures.shape[0];
        manual_seed(4);
        var logits = randn(n, 3, 2, 5).requires_grad_();
        var actions = randint(0, 5, [n, 3, 2], dtype: ScalarType.Int64);
        var (rewards, guess) = (tensor(new[] { -0.9f, -1.1f }), tensor(new[] { -1f, -0.7f }).requires_grad_());
        ComputationGraphs.Loss(batch, logits, guess, actions, rewards, entropy: 0).backward();
        // d/dlogits = -(r - b) (onehot - softmax) / B; d/db = 2 (b - r) / B.
        var onehot = zeros_like(logits).scatter(-1, actions.unsqueeze(-1), ones_like(actions.unsqueeze(-1)).to(float32));
        var advantage = (rewards - guess.detach()).index_select(0, batch.Owners).view(-1, 1, 1, 1);
        Assert.True(MaxDifference(logits.grad!, -advantage * (onehot - nn.functional.softmax(logits, -1)) / 2) < 1e-6);
        Assert.True(MaxDifference(guess.grad!, guess - rewards) < 1e-6);
        var again = logits.detach().clone().requires_grad_();
        ComputationGraphs.Loss(batch, again, rewards.clone(), actions, rewards, entropy: 0).backward();
        Assert.Equal(0, again.grad!.abs().max().item<float>());
        // Entropy alone pulls towards equal shares.
        var pulled = logits.detach().clone().requires_grad_();
        ComputationGraphs.Loss(batch, pulled, rewards.clone(), actions, rewards, entropy: 1).backward();
        var next = pulled.detach() - 0.1 * pulled.grad!;
        double Spread(Tensor t) => nn.functional.softmax(t, -1).square().sum().item<float>();
        Assert.True(Spread(next) < Spread(pulled));
    }

    [Fact]
    public void A_gradient_reaches_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var policy = Fresh();
        var batch = new CostGraphBatch([Some(0), Some(2)]);
        var actions = zeros(batch.NodeFeatures.shape[0], 3, 2, dtype: ScalarType.Int64);
        var verdict = Check.AllParametersLearn(policy, () =>
        {
            var (logits, guess) = policy.call(batch);
            return ComputationGraphs.Loss(batch, logits, guess, actions, tensor(new[] { 0f, -1f }), 1e-3);
        });
        Assert.True(verdict.Right, verdict.Message);
    }

    // ------------------------------------------------------------------------------------ training

    [Fact]
    public void Trained_a_little_it_beats_plain_BRKGA_on_graphs_that_it_has_not_seen()
    {
        CostGraph Layered(int seed) => GeneratedCostGraphs.Make(CostGraphFamily.Layered, 30, seed);
        CostGraph[] train = [.. Enumerable.Range(0, 60).Select(Layered)], test = [.. Enumerable.Range(1000, 20).Select(Layered)];
        var settings = Small with { Rounds = 1, Updates = 300, Graphs = 48, Evaluations = 24 };
        var (policy, history) = ComputationGraphs.Train(train, settings);
        using var held = policy;
        Assert.Equal(300, history["reward"].Count);
        KeyProposals[] proposals = [.. test.Select(policy.Propose)];
        var learned = ComputationGraphs.Curves(test, 5, (g, seed) => ComputationGraphs.Search(test[g], settings, 24, seed, proposals[g]));
        var plain = ComputationGraphs.Curves(test, 5, (g, seed) => ComputationGraphs.Search(test[g], settings, 24, seed));
        double gain = test.Select((_, g) => 100 * (1 - learned[g][^1] / plain[g][^1])).Average();
        Assert.True(gain > 3, $"{gain:0.00} % better than plain BRKGA.");
    }

    [Fact]
    public void The_same_seed_gives_the_same_policy_on_one_thread_as_on_two()
    {
        CostGraph[] graphs = [Some(0), Some(1), Some(2)];
        var settings = Small with { Updates = 3, Graphs = 4, Evaluations = 20 };
        int threads = get_num_threads();
        double[] Rewards(int with, int seed = 1)
        {
            set_num_threads(with);
            var (policy, history) = ComputationGraphs.Train(graphs, settings with { Seed = seed });
            using (policy) return [.. history["reward"]];
        }
        try
        {
            Assert.Equal(Rewards(1), Rewards(2));
            Assert.NotEqual(Rewards(1), Rewards(1, seed: 2));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    // ------------------------------------------------------------------------------------ graphs

    [Fact]
    public void Generated_graphs_are_of_the_size_asked_for_and_their_seed_says_which()
    {
        foreach (var family in Families)
            foreach (int operations in new[] { 10, 50, 120 })
            {
                var graph = GeneratedCostGraphs.Make(family, operations, 1);
                Assert.InRange(graph.Count, 0.8 * operations, 1.2 * operations);
                Assert.All(graph.Bytes, bytes => Assert.InRange(bytes, 1_000_000, 64_000_000));
                Assert.Equal(graph.Bytes, GeneratedCostGraphs.Make(family, operations, 1).Bytes);
                Assert.NotEqual(graph.Bytes, GeneratedCostGraphs.Make(family, operations, 2).Bytes);
                Assert.Equal(1, ToComponents(graph));
            }
        // A mirrored graph is twice its chain, and what comes back last has passed everything.
        var mirrored = GeneratedCostGraphs.Make(CostGraphFamily.Mirrored, 40, 3);
        Assert.Equal(39, mirrored.Depths()[^1]);
    }

    private static int ToComponents(CostGraph graph) => Graph.Undirected(graph.Count, [.. graph.Edges()]).Components().Count;

    [Fact]
    public void Graphs_with_room_have_it()
    {
        var settings = Small with { Evaluations = 40 };
        var candidates = Enumerable.Range(0, 60).Select(i => Some(i, 15 + i % 15)).ToList();
        var graphs = GeneratedCostGraphs.WithRoom(candidates, 6, settings, room: 0.05);
        Assert.Equal(6, graphs.Count);
        Assert.All(graphs, graph =>
        {
            Assert.Contains(graph, candidates);
            double[] best = ComputationGraphs.Search(graph, settings, 400, GeneratedCostGraphs.SelectionSeed).Best;
            Assert.True(best[^1] <= 0.95 * best[39]);
        });
        string fault = Assert.Throws<InvalidOperationException>(() => GeneratedCostGraphs.WithRoom(candidates.Take(3), 2, settings, room: 0.9)).Message;
        Assert.Contains("Of 3 graphs only 0", fault);
    }

    [Fact]
    public void Every_network_of_the_kit_gives_a_graph_that_runs_forth_and_back()
    {
        Assert.SkipUnless(OperatorRecorder.IsAvailable, "This engine cannot record operators.");
        var graphs = NetworkGraphs.Many(6, 1).ToList();
        Assert.Equal(NetworkGraphs.Kinds, graphs.Select(graph => graph.Name.Split(' ')[0]));
        Assert.All(graphs, graph =>
        {
            Assert.InRange(graph.Count, 20, 250);
            Assert.Contains(graph.Operations, op => op.Name is "mm" or "FastLinear_backward" or "convolution_backward");
            // All but what is made from nothing hangs together, from the data to the last gradient.
            Assert.True(graph.Depths().Max() > 15);
            Assert.DoesNotContain(graph.Operations, op => op.Name is "view" or "t" or "detach" or "linear");
        });
        Assert.Equal(graphs[1].Bytes, NetworkGraphs.Record("GCN", 1001).Bytes);
        Assert.Contains("ResNet", Assert.Throws<ArgumentException>(() => NetworkGraphs.Record("VGG", 1)).Message);
    }

    // ------------------------------------------------------------------------------------ bad input

    [Fact]
    public void Bad_input_is_named_with_what_was_expected()
    {
        var graph = CostGraphTests.Diamond();
        var simulator = new PlanSimulator(graph);
        string Fault(Func<object?> call) => Assert.ThrowsAny<ArgumentException>(call).Message;
        Assert.Contains("at least one", Fault(() => new PlanSimulator(graph, new DeviceSettings(0))));
        Assert.Contains("takes 20 keys; given were 3", Fault(() => simulator.Decode([1, 2, 3])));
        Assert.Contains("0 to 1", Fault(() => simulator.KeysOf([0, 0, 2, 0])));
        Assert.Contains("each of the operations", Fault(() => simulator.KeysOf([0, 0, 1, 0], [0, 1, 1, 2])));
        Assert.Contains("elite", Fault(() => new Brkga(simulator, PlanObjective.PeakMemory, 1, settings: new BrkgaSettings(10, 6, 2))));
        Assert.Contains("bias", Fault(() => new Brkga(simulator, PlanObjective.PeakMemory, 1, settings: new BrkgaSettings(Bias: 0.4))));
        Assert.Contains("make them for this graph", Fault(() => new Brkga(simulator, PlanObjective.PeakMemory, 1, KeyProposals.Uniform(7))));
        Assert.Contains("[4, 3, 2]", Fault(() => KeyProposals.Of(simulator, 5, [1, 2])));
        Assert.Contains("Levels are", Fault(() => QuantisedBeta.Shape(5, 5, 0)));
        Assert.Contains("odd", Fault(() => new ProposalPolicy(Small with { Levels = 4 })));
        Assert.Contains("at least one graph", Fault(() => new CostGraphBatch([])));
        Assert.Contains("at least one graph", Fault(() => ComputationGraphs.Train([], Small)));
        Fault(() => new Brkga(simulator, PlanObjective.PeakMemory, 1).Run(5));
        Fault(() => GeneratedCostGraphs.Make(CostGraphFamily.Layered, 2, 1));
        Fault(() => GeneratedCostGraphs.Make((CostGraphFamily)9, 10, 1));
    }
}
