using Lectern.Graphs;
using Lectern.Papers.Theory;

namespace Lectern.Tests.Papers.Theory;

/// <summary>Depth versus width: the gadget, programs on it, the messages that cross, and the trained network.</summary>
public sealed class DepthVsWidthTests
{
    // ------------------------------------------------------------------------------------ the gadget

    [Theory]
    [InlineData(2, 7, 9)]
    [InlineData(3, 13, 24)]
    [InlineData(5, 31, 90)]
    [InlineData(7, 57, 224)]
    public void A_polarity_graph_has_q2_plus_q_plus_1_nodes_half_q_times_q_plus_1_squared_edges_and_no_4_cycle(int q, int nodes, int edges)
    {
        var f = DepthVsWidth.PolarityGraph(q);
        Assert.Equal((nodes, edges), (f.Nodes, f.Pairs().Count()));
        Assert.False(DepthVsWidth.HasFourCycle(f));
        Assert.False(Slowly(f));
        Assert.Throws<ArgumentOutOfRangeException>(() => DepthVsWidth.PolarityGraph(4));
    }

    private static bool Slowly(Graph g)
    {
        bool Joined(int a, int b) => g.Neighbours(a).Contains(b);
        for (int a = 0; a < g.Nodes; a++)
            for (int b = 0; b < a; b++)
                if (Enumerable.Range(0, g.Nodes).Count(m => Joined(a, m) && Joined(b, m)) >= 2) return true;
        return false;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void The_gadget_has_a_4_cycle_if_and_only_if_the_two_edge_sets_meet(int q)
    {
        var f = DepthVsWidth.PolarityGraph(q);
        var edges = f.Pairs().ToArray();
        var random = new Random(q);
        int met = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            double share = 0.2 + 0.3 * random.NextDouble();
            var (a, b) = (edges.Where(_ => random.NextDouble() < share).ToList(), edges.Where(_ => random.NextDouble() < 0.1).ToList());
            bool meet = a.Intersect(b).Any();
            var gadget = DepthVsWidth.Gadget(f.Nodes, a, b);
            Assert.Equal(meet, DepthVsWidth.HasFourCycle(gadget));
            if (q < 5) Assert.Equal(meet, Slowly(gadget));
            met += meet ? 1 : 0;
        }
        Assert.InRange(met, 10, 190);
    }

    [Fact]
    public void Samples_are_half_positive_with_one_shared_edge_and_edges_do_not_tell_them_apart()
    {
        var f = DepthVsWidth.PolarityGraph(3);
        var samples = DepthVsWidth.Samples(f, 2000, seed: 1);
        Assert.Equal(1000, samples.Count(s => s.HasCycle));
        Assert.All(samples, s => Assert.Equal(s.HasCycle, DepthVsWidth.HasFourCycle(s.Graph)));
        double Mean(bool has) => samples.Where(s => s.HasCycle == has).Average(s => s.Graph.Edges / 2.0);
        Assert.Equal(Mean(true), Mean(false), 0.4);                             // deviation of the difference: 0.1
        Assert.Equal(13 + 16, Mean(false), 0.4);                                // 13 twins and two thirds of 24 edges
        foreach (var sample in samples.Take(50))
        {
            var pairs = sample.Graph.Pairs().ToHashSet();
            int shared = f.Pairs().Count(e => pairs.Contains(e) && pairs.Contains((e.Item1 + 13, e.Item2 + 13)));
            Assert.Equal(sample.HasCycle ? 1 : 0, shared);
        }
        Assert.Equal(samples[7].Graph.Sources, DepthVsWidth.Samples(f, 2000, seed: 1)[7].Graph.Sources);
    }

    // ------------------------------------------------------------------------------------ programs

    [Fact]
    public void By_hand_a_square_of_twins_is_found_in_two_layers_with_a_slice_of_two()
    {
        // F is one edge 0 - 1; both own it: 0 - 1 - 3 - 2 is a cycle.
        var gadget = DepthVsWidth.Gadget(2, [(0, 1)], [(0, 1)]);
        var (program, input, depth) = DepthVsWidth.SliceProgram(2, 2);
        Assert.Equal(2, depth);
        var run = MessageMachine.Run(gadget, program, depth, input);
        Assert.Equal([0, 1, 0], run.States[1][0]);                              // node 0 hears the id 1, no hit yet
        Assert.Equal([0, 0, 1], run.States[2][0]);                              // the twin has heard it, too; no ids are left
        Assert.Equal((3, 5, 5), (run.StateWidth, run.MessageWidth, run.Width));
        Assert.True(run.Any);
        Assert.False(MessageMachine.Run(DepthVsWidth.Gadget(2, [(0, 1)], []), program, depth, input).Any);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_slice_program_is_always_right_with_all_its_layers_and_misses_some_with_fewer(int q)
    {
        var f = DepthVsWidth.PolarityGraph(q);
        var samples = DepthVsWidth.Samples(f, 60, seed: 3);
        foreach (int slice in new[] { 1, 2, 3, 5, f.Nodes })
        {
            var (program, input, depth) = DepthVsWidth.SliceProgram(f.Nodes, slice);
            Assert.Equal(1 + Math.Ceiling(f.Nodes / (double)slice), depth);
            Assert.Equal(1, DepthVsWidth.ProgramAccuracy(samples, slice, depth));
            Assert.Equal(2 * slice + 1, MessageMachine.Run(samples[0].Graph, program, depth, input).Width);
        }
        double few = DepthVsWidth.ProgramAccuracy(samples, 1, f.Nodes / 2);
        Assert.InRange(few, 0.5, 0.95);
        // It never says yes without a cycle.
        Assert.Equal(1, DepthVsWidth.ProgramAccuracy([.. samples.Where(s => !s.HasCycle)], 1, 2));
    }

    [Fact]
    public void Flooding_tells_every_node_the_whole_graph_after_diameter_layers_and_not_before()
    {
        var graph = Generators.Path(6);                                         // diameter 5
        var (program, input) = DepthVsWidth.Flood(graph);
        double[] truth = [.. from i in Enumerable.Range(0, 6) from j in Enumerable.Range(0, 6) select Math.Abs(i - j) == 1 ? 1.0 : 0];
        // A node's own edges are known at the start, so the last edge, 4 - 5, takes 4 layers from node 4 to node 0.
        Assert.NotEqual(truth, MessageMachine.Run(graph, program, 3, input).States[^1][0]);
        Assert.All(MessageMachine.Run(graph, program, 5, input).States[^1], state => Assert.Equal(truth, state));
    }

    [Fact]
    public void What_happens_further_away_than_the_depth_changes_nothing()
    {
        var graph = Generators.Path(8);
        var random = new Random(1);
        var weights = Enumerable.Range(0, 8).Select(_ => random.NextDouble()).ToArray();
        var program = new MessageProgram((_, _, xj, i, j) => [Math.Sin(3 * xj[0] + i - j)], (_, sum, _) => [Math.Tanh(sum[0])]);
        double After(int depth, double first) =>
            MessageMachine.Run(graph, program, depth, i => [i == 0 ? first : weights[i]]).States[^1][5][0];
        Assert.Equal(After(4, 0), After(4, 9));
        Assert.NotEqual(After(5, 0), After(5, 9));
    }

    [Fact]
    public void Alices_side_runs_alone_on_the_recorded_messages_which_are_N_times_d_times_w_scalars()
    {
        var f = DepthVsWidth.PolarityGraph(3);
        int n = f.Nodes;
        var (program, input, depth) = DepthVsWidth.SliceProgram(n, 4);
        foreach (var sample in DepthVsWidth.Samples(f, 10, seed: 5))
        {
            bool Alice(int i) => i < n;
            var all = MessageMachine.Run(sample.Graph, program, depth, input, records: Alice);
            var alone = MessageMachine.Run(sample.Graph, program, depth, input, simulates: Alice, heard: all.Crossed);
            for (int l = 0; l <= depth; l++)
                for (int u = 0; u < n; u++) Assert.Equal(all.States[l][u], alone.States[l][u]);
            Assert.Empty(alone.States[^1][n]);
            Assert.Equal(DepthVsWidth.CutScalars(n, depth, all.MessageWidth), all.Crossed.Values.Sum(m => m.Length));
            Assert.Contains("not recorded", Assert.Throws<ArgumentException>(() =>
                MessageMachine.Run(sample.Graph, program, depth, input, simulates: Alice)).Message);
        }
    }

    // ------------------------------------------------------------------------------------ bounds

    [Fact]
    public void Bounds_grow_as_the_table_says_and_room_counts_bits()
    {
        var even = DepthVsWidth.Bounds[0];
        Assert.Equal(("d·w", 32 / 10.0), (even.Quantity, even.At(1024)));
        Assert.Equal(1024 / 10.0, DepthVsWidth.Bounds[1].At(1024));
        Assert.True(DepthVsWidth.Bounds.Single(b => b.Quantity == "d").At(1024) > 10_000);
        // 7 twins, 2 layers, width 3, 4 bits each way: 336 bits for 9 edges.
        Assert.Equal(336 / 9.0, DepthVsWidth.Room(DepthVsWidth.PolarityGraph(2), 2, 3, 4));
    }

    // ------------------------------------------------------------------------------------ the trained network

    [Fact]
    public void A_batch_of_two_is_two_batches_of_one_and_ids_that_move_with_their_nodes_change_nothing()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var f = DepthVsWidth.PolarityGraph(2);
        var samples = DepthVsWidth.Samples(f, 2, seed: 1);
        var net = new CapacityNetwork(14, new DepthVsWidthSettings(3, 6));
        net.eval();
        Tensor Scores(params Graph[] graphs) => net.call(new GraphBatch(graphs));
        var both = Scores(samples[0].Graph, samples[1].Graph);
        Assert.True((both - cat([Scores(samples[0].Graph), Scores(samples[1].Graph)])).abs().max().item<float>() < 1e-4);

        // Nodes renumbered, and the rows of the ids with them.
        int[] order = [.. Enumerable.Range(0, 14)];
        new Random(2).Shuffle(order);
        var moved = Graph.Undirected(14, [.. samples[0].Graph.Pairs().Select(p => (order[p.Item1], order[p.Item2]))]);
        float before = both[0].item<float>();
        Assert.True(Math.Abs(before - Scores(moved).item<float>()) > 1e-6);     // other ids: another answer is allowed
        using (no_grad())
        {
            var ids = net.named_parameters().Single(p => p.name == "ids.weight").parameter;
            var rows = new long[14];
            for (int i = 0; i < 14; i++) rows[order[i]] = i;
            ids.copy_(ids.index_select(0, tensor(rows)));
        }
        Assert.Equal(before, Scores(moved).item<float>(), 1e-4);
    }

    [Fact]
    public void Without_ids_a_ring_of_six_and_two_triangles_are_the_same()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var net = new CapacityNetwork(6, new DepthVsWidthSettings(4, 8));
        net.eval();
        var triangles = Graph.Undirected((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5));
        double Apart() => Math.Abs((net.call(new GraphBatch([Generators.Cycle(6)])) - net.call(new GraphBatch([triangles]))).item<float>());
        Assert.True(Apart() > 1e-4);
        using (no_grad())
        {
            var ids = net.named_parameters().Single(p => p.name == "ids.weight").parameter;
            ids.copy_(ids.narrow(0, 0, 1).expand(6, 8).clone());
        }
        Assert.True(Apart() < 1e-4);
    }

    [Fact]
    public void States_have_the_width_and_number_asked_for_and_see_no_further_than_their_depth()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var net = new CapacityNetwork(10, new DepthVsWidthSettings(3, 5));
        net.eval();
        var states = net.States(new GraphBatch([Generators.Path(10)]));
        Assert.Equal(4, states.Count);
        Assert.All(states, x => Assert.Equal(new long[] { 10, 5 }, x.shape));
        var cut = Graph.Undirected(10, [.. Generators.Path(10).Pairs().Where(p => p != (5, 6))]);
        var after = net.States(new GraphBatch([cut]));
        Assert.Equal(0, (after[3][2] - states[3][2]).abs().max().item<float>());        // 3 steps from node 5
        Assert.True((after[3][3] - states[3][3]).abs().max().item<float>() > 0);
        Assert.Contains("10 ids", Assert.Throws<ArgumentException>(() => net.call(new GraphBatch([Generators.Path(11)]))).Message);
    }

    [Fact]
    public void Gradients_reach_every_parameter()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var net = new CapacityNetwork(14, new DepthVsWidthSettings(2, 8));
        var samples = DepthVsWidth.Samples(DepthVsWidth.PolarityGraph(2), 8, seed: 2);
        var scores = net.call(new GraphBatch([.. samples.Select(s => s.Graph)]));
        (scores * randn(8)).sum().backward();
        Assert.All(net.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Depth_and_width_learn_what_one_layer_of_width_one_does_not_and_seeds_repeat()
    {
        using var scope = NewDisposeScope();
        var f = DepthVsWidth.PolarityGraph(2);
        var (train, test) = (DepthVsWidth.Samples(f, 600, seed: 1), DepthVsWidth.Samples(f, 300, seed: 2));
        var settings = new DepthVsWidthSettings(4, 16, Epochs: 25, HalveEvery: 10);
        var wide = DepthVsWidth.Train(train, test, settings, seed: 1);
        var narrow = DepthVsWidth.Train(train, test, settings with { Depth = 1, Width = 1, Epochs = 8 }, seed: 1);
        Assert.True(wide.TestAccuracy > 0.85, $"d = 4, w = 16: {wide.TestAccuracy}");
        Assert.True(narrow.TestAccuracy < 0.65, $"d = 1, w = 1: {narrow.TestAccuracy}");
        Assert.Equal(narrow.TestAccuracy, DepthVsWidth.Train(train, test, settings with { Depth = 1, Width = 1, Epochs = 8 }, seed: 1).TestAccuracy);
    }
}
