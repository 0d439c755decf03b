using Lectern.Papers.Applications;

namespace Lectern.Tests.Papers.Applications;

/// <summary>DGN: the kernel by hand, what it must be blind to, the losses, the worlds' rules on hand episodes, what training is worth.</summary>
public sealed class MultiAgentGamesTests
{
    private static readonly MultiAgentSettings Small = new(Width: 16, EncoderWidth: 16, Heads: 4, Gamma: 0.9, LearningRate: 3e-3,
        Batch: 16, Replay: 2000, Epsilon: 0.6, EpsilonDecay: 0.9, Episode: 20, Episodes: 4, Warmup: 1, Every: 1, Copies: 2);

    private static AgentNetwork Net(AgentModel model = AgentModel.Dgn, int layers = 2, int seed = 1) =>
        new(5, 3, Small with { Model = model, Layers = layers, Seed = seed, Regularisation = model == AgentModel.Dgn ? 0.03 : 0 });

    private static Tensor Observations(int seed, int s = 2, int n = 6)
    {
        manual_seed(seed);
        return randn(s, n, 5);
    }

    /// <summary>A path 0 - 1 - 2 - …, with self.</summary>
    private static Tensor Path(int s, int n)
    {
        var c = new bool[s * n * n];
        for (int b = 0; b < s; b++)
            for (int i = 0; i < n; i++)
                for (int j = Math.Max(0, i - 1); j <= Math.Min(n - 1, i + 1); j++) c[(b * n + i) * n + j] = true;
        return tensor(c, [s, n, n]);
    }

    private static double Gap(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    // Observations are large, or attention would hardly differ from a mean before training.
    private static AgentBatch Batch(int seed = 3, int n = 6) => new(Observations(seed, 2, n) * 8, tensor([.. Enumerable.Range(0, 2 * n).Select(i => (long)(i % 3))], [2L, n]),
        randn(2, n), Observations(seed + 1, 2, n) * 8, tensor([.. Enumerable.Range(0, 2 * n).Select(i => i % 4 == 1 ? 1f : 0)], [2L, n]), Path(2, n));

    private static float[] Step(AgentWorld world, params int[] actions) => Step(world, out _, actions);

    private static float[] Step(AgentWorld world, out bool[] ended, params int[] actions)
    {
        var rewards = new float[world.Agents];
        ended = new bool[world.Agents];
        world.Step(actions, rewards, ended);
        return rewards;
    }

    // ------------------------------------------------------------------------------------ the network

    [Fact]
    public void The_kernel_is_its_formula_in_loops()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        const int n = 4, d = 6, heads = 2, k = 3;
        var layer = new RelationLayer(d, heads);
        var p = layer.named_parameters().ToDictionary(x => x.name, x => x.parameter);
        var (h, c) = (randn(1, n, d), Path(1, n));
        var (y, logAlpha) = layer.call(h, c);
        var qkv = (h[0].mm(p["project.weight"].t()) + p["project.bias"]).relu();         // [N, 3 D]
        double Of(int part, int agent, int head, int i) => qkv[agent, part * d + head * k + i].item<float>();
        for (int i = 0; i < n; i++)
        {
            var heard = new float[d];
            for (int m = 0; m < heads; m++)
            {
                int[] near = [.. Enumerable.Range(0, n).Where(j => Math.Abs(i - j) <= 1)];
                double[] weights = [.. near.Select(j => Math.Exp(Enumerable.Range(0, k).Sum(x => Of(0, i, m, x) * Of(1, j, m, x)) / Math.Sqrt(k)))];
                for (int a = 0; a < near.Length; a++)
                {
                    Assert.Equal(weights[a] / weights.Sum(), Math.Exp(logAlpha[0, m, i, near[a]].item<float>()), 1e-5);
                    for (int x = 0; x < k; x++) heard[m * k + x] += (float)(weights[a] / weights.Sum() * Of(2, near[a], m, x));
                }
            }
            Assert.True(Gap((p["output.weight"].mv(tensor(heard)) + p["output.bias"]).relu(), y[0, i]) < 1e-5);
        }
    }

    [Theory]
    [InlineData(AgentModel.Dgn)]
    [InlineData(AgentModel.MeanKernel)]
    [InlineData(AgentModel.CommNet)]
    [InlineData(AgentModel.Dqn)]
    public void Permuted_agents_have_permuted_values_and_a_batch_is_its_parts(AgentModel model)
    {
        using var scope = NewDisposeScope();
        var (net, o, c) = (Net(model), Observations(2), Path(2, 6));
        var q = net.call(o, c).Q;
        var order = tensor(new long[] { 3, 0, 5, 1, 4, 2 });
        var permuted = net.call(o.index_select(1, order), c.index_select(1, order).index_select(2, order)).Q;
        Assert.True(Gap(permuted, q.index_select(1, order)) < 1e-5);
        Assert.True(Gap(permuted, q) > 1e-3);
        Assert.True(Gap(net.call(o[1..], c[1..]).Q, q[1..]) < 1e-5);
    }

    [Fact]
    public void Attention_sums_to_one_over_neighbours_and_is_zero_elsewhere_and_equal_in_the_mean_kernel()
    {
        using var scope = NewDisposeScope();
        var c = Path(2, 6);
        var alpha = Net().call(Observations(2), c).LogAttention.exp();
        Assert.True(Gap(alpha.sum(3), ones(2, 4, 6)) < 1e-5);
        Assert.Equal(0, alpha.masked_fill(c.unsqueeze(1), 0).abs().max().item<float>());
        Assert.True(alpha[0, 0, 1, 0].item<float>() is > 0 and < 1);
        var mean = Net(AgentModel.MeanKernel).call(Observations(2), c).LogAttention.exp();
        Assert.True(Gap(mean[0, 0, 1, ..3], full(3, 1 / 3f)) < 1e-6);
    }

    [Fact]
    public void Without_neighbours_DGN_is_independent_Q_learning_that_attends_to_itself()
    {
        using var scope = NewDisposeScope();
        var (o, self) = (Observations(2), eye(6, dtype: ScalarType.Bool).expand(2, 6, 6));
        var (q, logAlpha) = Net().call(o, self);
        Assert.True(Gap(q, Net(AgentModel.Dqn).call(o, Path(2, 6)).Q) < 1e-6);
        Assert.True(Gap(logAlpha.exp(), eye(6).expand(2, 4, 6, 6)) < 1e-6);
    }

    [Fact]
    public void Two_layers_hear_two_hops_far_and_no_farther()
    {
        using var scope = NewDisposeScope();
        var (net, o, c) = (Net(), Observations(2), Path(2, 6));
        var changed = cat([o[.., ..1] + 3, o[.., 1..]], 1);
        var difference = (net.call(changed, c).Q - net.call(o, c).Q).abs().amax([0, 2]);
        for (int i = 0; i < 6; i++) Assert.Equal(i <= 2, difference[i].item<float>() > 1e-5);
        var one = Net(layers: 1);
        Assert.True(Gap(one.call(changed, c).Q[.., 2], one.call(o, c).Q[.., 2]) < 1e-6);
    }

    // ------------------------------------------------------------------------------------ losses

    [Fact]
    public void The_shift_is_its_definition_never_negative_and_zero_where_nothing_changed()
    {
        using var scope = NewDisposeScope();
        var (net, batch) = (Net(), Batch());
        using (no_grad())                                                   // untrained attention hardly differs from a mean
            foreach (var (name, p) in net.named_parameters())
                if (name.EndsWith("project.weight", StringComparison.Ordinal)) p.mul_(4);
        var alpha = net.call(batch.O, batch.C).LogAttention;
        var z = net.call(batch.Next, batch.C).LogAttention;
        Assert.Equal(0, MultiAgentGames.Shift(alpha, alpha, zeros(2, 6)).item<float>());
        double sum = 0;
        int counted = 0;
        for (int s = 0; s < 2; s++)
            for (int i = 0; i < 6; i++)
            {
                if (batch.Ended[s, i].item<float>() > 0) continue;
                for (int m = 0; m < 4; m++)
                {
                    double kl = 0;
                    for (int j = 0; j < 6; j++)
                        if (batch.C[s, i, j].item<bool>())
                            kl += Math.Exp(alpha[s, m, i, j].item<float>()) * (alpha[s, m, i, j].item<float>() - z[s, m, i, j].item<float>());
                    Assert.True(kl > -1e-4);
                    (sum, counted) = (sum + kl, counted + 1);
                }
            }
        Assert.Equal(1, MultiAgentGames.Shift(alpha, z, batch.Ended).item<float>() / (sum / counted), 1e-3);
        Assert.True(sum / counted > 0.01, $"{sum / counted}");
        var (now, next) = (alpha.detach().requires_grad_(), z.detach().requires_grad_());
        MultiAgentGames.Shift(now, next, batch.Ended).backward();
        Assert.NotNull(now.grad);
        Assert.Null(next.grad);                                             // the next step's attention is a target
    }

    [Fact]
    public void The_target_is_the_reward_where_an_agent_ended_and_looks_ahead_elsewhere()
    {
        using var scope = NewDisposeScope();
        var q = tensor(new float[] { 1, 5, 2, 7, 3, 0 }, [1, 2, 3]);
        var y = MultiAgentGames.Targets(tensor(new float[] { 1, 2 }, [1, 2]), tensor(new float[] { 0, 1 }, [1, 2]), q, 0.5);
        Assert.True(Gap(y, tensor(new float[] { 3.5f, 2 }, [1, 2])) < 1e-6);
    }

    [Fact]
    public void The_loss_is_its_formula_with_the_same_adjacency_for_both_steps()
    {
        using var scope = NewDisposeScope();
        var (online, target, batch) = (Net(), Net(seed: 2), Batch());
        var (loss, _) = MultiAgentGames.Loss(online, target, batch, Small with { RewardScale = 0.5 });
        var q = online.call(batch.O, batch.C).Q;
        var next = target.call(batch.Next, batch.C).Q;
        double sum = 0;
        for (int s = 0; s < 2; s++)
            for (int i = 0; i < 6; i++)
            {
                double y = 0.5 * batch.R[s, i].item<float>();
                if (batch.Ended[s, i].item<float>() == 0) y += Small.Gamma * Enumerable.Range(0, 3).Max(a => next[s, i, a].item<float>());
                sum += Math.Pow(y - q[s, i, batch.A[s, i].item<long>()].item<float>(), 2);
            }
        Assert.Equal(1, loss.item<float>() / (sum / 12), 1e-4);
    }

    [Fact]
    public void The_penalty_reaches_the_present_attention_alone_and_every_weight_learns()
    {
        using var scope = NewDisposeScope();
        var (online, target, batch) = (Net(), Net(seed: 2), Batch());
        Tensor Gradient(Tensor loss)
        {
            online.zero_grad();
            loss.backward();
            return cat([.. online.parameters().Select(p => p.grad is { } g ? g.flatten().clone() : zeros(p.numel()))]);
        }
        var (alpha, z) = (online.call(batch.O, batch.C).LogAttention, online.call(batch.Next, batch.C).LogAttention);
        var through = Gradient(((alpha.exp() * (alpha - z)).sum(3) * (1 - batch.Ended.unsqueeze(1))).sum());
        var (constant, next) = (z.detach(), online.call(batch.O, batch.C).LogAttention);
        double lives = (1 - batch.Ended).sum().item<float>() * 4;
        var present = Gradient(((next.exp() * (next - constant)).sum(3) * (1 - batch.Ended.unsqueeze(1))).sum() / lives);
        var shift = MultiAgentGames.Loss(online, target, batch, Small).Shift;
        Assert.True(Gap(Gradient(shift!), present) < 1e-4 * present.abs().max().item<float>());
        Assert.True(Gap(through / lives, present) > 0.1 * present.abs().max().item<float>());
        Gradient(MultiAgentGames.Loss(online, target, batch, Small).Q);
        Assert.All(online.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, p.name));
        Assert.All(target.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void A_target_that_follows_at_rate_one_is_the_network_and_at_a_half_the_mean()
    {
        using var scope = NewDisposeScope();
        var (online, target) = (Net(), Net(seed: 2));
        var before = target.parameters().Select(p => p.detach().clone()).ToList();
        MultiAgentGames.Follow(target, online, 0.5);
        Assert.All(target.parameters().Zip(before, online.parameters()), t => Assert.True(Gap(t.First, (t.Second + t.Third) / 2) < 1e-6));
        MultiAgentGames.Follow(target, online, 1);
        Assert.All(target.parameters().Zip(online.parameters()), t => Assert.Equal(t.Second.data<float>(), t.First.data<float>()));
    }

    // ------------------------------------------------------------------------------------ worlds

    [Fact]
    public void Jungle_by_hand_food_feeds_attacks_cost_two_together_and_taken_cells_stop()
    {
        var world = new Jungle(agents: 3, food: 1, size: 6, view: 1, neighbours: 1);
        world.Reset(1);
        world.Arrange((1, 1), (2, 1), (5, 5), (1, 0));
        Assert.Equal([1, 0, -0.01f], Step(world, 4, GridWorld.Stay, 5));    // up: the food; right: off the map
        Assert.Equal([2, -4, 0], Step(world, 5, GridWorld.Stay, GridWorld.Stay));
        Assert.Equal(-2, Step(world, 5, GridWorld.Stay, GridWorld.Stay).Sum());
        Assert.Equal([-2, -2, 0], Step(world, 5, 7, GridWorld.Stay));       // one another: both +2 - 4
        Step(world, 1, 1, 1);
        Assert.Equal([(1, 1), (3, 1), (5, 5), (1, 0)], world.Places);       // 0 found 1 in its way; 2 the border
        var o = new float[3 * world.Features];
        world.Observe(o);
        Assert.Equal([0, -1, 0, 0, 1, 0, 0, 0, 0, 0.2f, 0.2f], o[..world.Features]);
        Assert.Equal((1, 4), ((int)world.Counts["food"], (int)world.Counts["attacks on agents"]));
    }

    [Fact]
    public void In_any_jungle_episode_rewards_are_what_the_counts_say_and_no_cell_holds_two()
    {
        var world = new Jungle(agents: 8, food: 4, size: 6, view: 2);
        world.Reset(3);
        var random = new Random(1);
        double total = 0;
        for (int t = 0; t < 200; t++)
        {
            total += Step(world, [.. Enumerable.Range(0, 8).Select(_ => random.Next(9))]).Sum();
            Assert.Equal(12, world.Places.Distinct().Count());
        }
        Assert.True(world.Counts["attacks on agents"] > 10);
        Assert.Equal(world.Counts["food"] - 2 * world.Counts["attacks on agents"] - 0.01 * world.Counts["empty attacks"], total, 1e-2);
    }

    [Fact]
    public void Battle_by_hand_four_hits_kill_an_enemy_eight_an_agent_and_the_dead_are_replaced()
    {
        var world = new Battle(o => [6], Battle.Agent with { Count = 2 }, Battle.Enemy with { Count = 1 }, size: 6, view: 2, neighbours: 1);
        world.Reset(1);
        world.Arrange((3, 2), (5, 5), (3, 0));
        for (int hit = 0; hit < 3; hit++)                                   // the enemy attacks down, two cells far; agent 0 reaches only one
        {
            Assert.Equal([-0.01f, 0], Step(world, 4, GridWorld.Stay));
            Assert.Equal(10 - 1.6 * hit, world.Health[0], 1e-9);            // +0.4 a step, but never above 12
        }
        world.Arrange((3, 1), (5, 5), (3, 0));
        for (int hit = 0; hit < 3; hit++) Assert.Equal([5, 0], Step(world, 4, GridWorld.Stay));
        Assert.Equal(2, world.Health[2], 1e-9);
        Assert.Equal([5, 0], Step(world, 4, GridWorld.Stay));               // 8 points: the fourth kills
        Assert.Equal((1, 8), ((int)world.Counts["kills"], (int)world.Health[2]));
        Assert.Equal(3, world.Places.Distinct().Count());
        world.Reset(2);
        world.Arrange((3, 4), (5, 5), (3, 3));
        for (int hit = 1; hit < 8; hit++)
        {
            Step(world, out var lives, GridWorld.Stay, GridWorld.Stay);
            Assert.False(lives[0]);
        }
        Assert.Equal([-2, 0], Step(world, out var ended, GridWorld.Stay, GridWorld.Stay));   // 12 - 2 - 6 · 1.6 = 0.4 was left
        Assert.Equal([true, false], ended);
        Assert.Equal((1, 12), ((int)world.Counts["deaths"], (int)world.Health[0]));
    }

    [Fact]
    public void Enemies_move_two_cells_and_a_chaser_goes_for_the_nearest_and_attacks_it()
    {
        var world = new Battle(o => Battle.Chase(o, 3), Battle.Agent with { Count = 2 }, Battle.Enemy with { Count = 1 }, size: 8, view: 3, neighbours: 1);
        world.Reset(1);
        world.Arrange((3, 0), (7, 7), (0, 0));
        Step(world, GridWorld.Stay, GridWorld.Stay);
        Assert.Equal((2, 0), world.Places[2]);
        Step(world, GridWorld.Stay, GridWorld.Stay);
        Assert.Equal(10, world.Health[0], 1e-9);
    }

    [Fact]
    public void Routing_by_hand_a_link_has_room_for_one_and_is_free_again_when_its_packet_arrives()
    {
        var world = new Routing(packets: 2, routers: 6, neighbours: 1);
        world.Reset(1);
        var (a, b, steps) = world.Network.MaxBy(l => l.Steps);
        int from = a;
        int[] links = [.. world.Network.Select((l, i) => (l, i)).Where(x => x.l.A == from || x.l.B == from).Select(x => x.i)];
        int way = Array.FindIndex(links, i => world.Network[i] == (a, b, steps)), link = links[way];
        world.Place(0, a, b, 0.6);
        world.Place(1, a, b, 0.5);
        var rewards = Step(world, out var ended, way, way);
        Assert.Equal(-0.2f, rewards[1]);
        for (int t = 1; t < steps; t++)
        {
            Assert.Equal(0.6, world.Load[link], 1e-9);
            Assert.Equal((b, steps - t), (world[0].At, world[0].Left));
            rewards = Step(world, out ended, 3, 3);
        }
        Assert.Equal((10f, true), (rewards[0], ended[0]));
        Assert.All(world.Load, load => Assert.Equal(0, load));
        Assert.Equal((1, steps, 1), ((int)world.Counts["arrived"], (int)world.Counts["delay"], (int)world.Counts["refused"]));
        Assert.Equal(0, Step(world, 3, way)[1]);                            // now there is room
    }

    [Fact]
    public void In_any_routing_episode_no_link_is_overloaded_and_no_packet_is_faster_than_its_shortest_path()
    {
        var world = new Routing(packets: 12, routers: 10);
        world.Reset(4);
        var random = new Random(1);
        var (since, born) = (new int[12], Enumerable.Range(0, 12).Select(i => world.Shortest(world[i].At, world[i].Target)).ToArray());
        for (int t = 1; t <= 400; t++)
        {
            int[] actions = world.ShortestPathActions();
            Step(world, out var ended, [.. actions.Select(a => random.NextDouble() < 0.2 ? random.Next(4) : a)]);
            Assert.All(world.Load, load => Assert.InRange(load, 0, 1));
            for (int i = 0; i < 12; i++)
            {
                if (!ended[i]) continue;
                Assert.True(t - since[i] >= born[i]);
                (since[i], born[i]) = (t, world.Shortest(world[i].At, world[i].Target));
            }
        }
        Assert.True(world.Counts["arrived"] > 100);
        for (int t = 0; t < 20; t++) Step(world, [.. Enumerable.Repeat(3, 12)]);
        Assert.All(world.Load, load => Assert.Equal(0, load, 1e-9));        // all wait at routers
    }

    [Fact]
    public void Alone_a_packet_on_its_shortest_path_takes_exactly_so_long()
    {
        var world = new Routing(packets: 2, routers: 12);
        world.Reset(5);
        for (int target = 1; target < 12; target++)
        {
            world.Place(0, 0, target, 0.01);
            int waited = 0;
            bool[] ended;
            do
            {
                Step(world, out ended, world.ShortestPathActions()[0], 3);
                waited++;
            }
            while (!ended[0] && waited < 100);
            Assert.Equal(world.Shortest(0, target), waited);
        }
    }

    [Fact]
    public void Neighbours_are_the_nearest_and_oneself()
    {
        var world = new Jungle(agents: 4, food: 1, size: 9, view: 1, neighbours: 2);
        world.Reset(1);
        world.Arrange((0, 0), (1, 0), (3, 0), (7, 0), (8, 8));
        var c = new bool[16];
        world.Adjacency(c);
        Assert.Equal("1110 1110 1110 0111", string.Join(" ", c.Chunk(4).Select(row => string.Concat(row.Select(b => b ? 1 : 0)))));
    }

    // ------------------------------------------------------------------------------------ training

    [Fact]
    public void The_same_seed_trains_the_same_network_and_no_penalty_is_plain_Q_learning()
    {
        using var scope = NewDisposeScope();
        TrainedAgents Train(double lambda, int seed = 1) => MultiAgentGames.Train(() => new Jungle(4, 3, 6, 2), Small with { Regularisation = lambda, Seed = seed });
        static float[] Weights(TrainedAgents t) => [.. t.Network.parameters().SelectMany(p => p.data<float>().ToArray())];
        var (a, b, none, other) = (Train(0.03), Train(0.03), Train(0), Train(0.03, 2));
        Assert.Equal(a.Rewards, b.Rewards);
        Assert.Equal(Weights(a), Weights(b));
        Assert.NotEqual(Weights(a), Weights(none));
        Assert.NotEqual(Weights(a), Weights(other));
        Assert.Equal(Small.Episodes - Small.Warmup, a.Shifts.Count);
    }

    [Fact]
    public void Training_leaves_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        long Trained(int episodes)
        {
            long before = Live();
            using var net = MultiAgentGames.Train(() => new Jungle(4, 3, 6, 2), Small with { Episodes = episodes }).Network;
            return Live() - before;
        }
        Trained(2);
        Assert.Equal(Trained(2), Trained(4));
    }

    [Fact]
    public void Trained_agents_earn_far_more_than_random_ones()
    {
        using var scope = NewDisposeScope();
        AgentWorld Make() => new Jungle(6, 6, 8, 2);
        var trained = MultiAgentGames.Train(Make, Small with { Width = 32, EncoderWidth = 32, Episodes = 25, Batch = 32, Copies = 4 });
        PlayResult Play(Func<float[], bool[], int[]> policy)
        {
            var world = Make();
            world.Reset(77);
            return MultiAgentGames.Play(world, policy, 100);
        }
        var random = new Random(1);
        var (ours, chance) = (Play((o, c) => trained.Network.Act(o, c, 6)), Play((_, _) => [.. Enumerable.Range(0, 6).Select(_ => random.Next(9))]));
        Assert.True(ours.MeanReward > chance.MeanReward + 0.2, $"{ours.MeanReward} against {chance.MeanReward}");
    }

    // ------------------------------------------------------------------------------------ bad input

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("divisor", Assert.Throws<ArgumentException>(() => new RelationLayer(10, 4)).Message, StringComparison.Ordinal);
        Assert.Contains("two cells a unit", Assert.Throws<ArgumentException>(() => new Jungle(20, 12, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("even number", Assert.Throws<ArgumentException>(() => new Routing(5, 7)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 2 agents", Assert.Throws<ArgumentException>(() => new Jungle(1)).Message, StringComparison.Ordinal);
        Assert.Contains("only DGN has a penalty", Assert.Throws<ArgumentException>(() => MultiAgentGames.Train(() => new Jungle(4, 3, 6, 2),
            Small with { Model = AgentModel.Dqn })).Message, StringComparison.Ordinal);
        Assert.Contains("[S, N, 5]", Assert.Throws<ArgumentException>(() => Net().call(zeros(2, 6, 4), Path(2, 6))).Message, StringComparison.Ordinal);
        var world = new Jungle(4, 3, 6, 2);
        world.Reset(1);
        Assert.Contains("0 to 8", Assert.Throws<ArgumentOutOfRangeException>(() => Step(world, 9, 0, 0, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("4 actions", Assert.Throws<ArgumentException>(() => world.Step([0], new float[4], new bool[4])).Message, StringComparison.Ordinal);
        Assert.Contains("7 different cells", Assert.Throws<ArgumentException>(() => world.Arrange((0, 6))).Message, StringComparison.Ordinal);
    }
}
