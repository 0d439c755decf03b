using Lectern.Graphs;
using Lectern.Papers.Theory;
using Lectern.Tests.Graphs;
using Lectern.Training;

namespace Lectern.Tests.Papers.Theory;

/// <summary>Logical expressiveness: compiled networks, trained ones, and what AC-GNNs cannot see.</summary>
public sealed class LogicalExpressivenessTests
{
    // ------------------------------------------------------------------------------------ the compiler

    [Fact]
    public void By_hand_a_red_node_with_two_blue_neighbours_has_these_weights_and_states()
    {
        using var scope = NewDisposeScope();
        var network = LogicalExpressiveness.Compile(FormulaParser.Parse("Red(x) & exists>=2 y (E(x,y) & Blue(y))"));
        Assert.Equal(["Red(x)", "Blue(x)", "∃≥2y (E(x,y) ∧ Blue(y))", "(Red(x) ∧ ∃≥2y (E(x,y) ∧ Blue(y)))"],
            network.Parts.Select(part => part.ToString()));
        Assert.Equal(2, network.Layers);
        Assert.False(network.UsesReadout);
        double[,] c = { { 1, 0, 0, 1 }, { 0, 1, 0, 0 }, { 0, 0, 0, 1 }, { 0, 0, 0, 0 } };
        double[,] a = { { 0, 0, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } };
        Assert.Equal(0, (network.C - tensor(c)).abs().max().item<double>());
        Assert.Equal(0, (network.A - tensor(a)).abs().max().item<double>());
        Assert.Equal([0, 0, -1, -1], network.B.data<double>().ToArray());
        // Star: 0 red in the middle, 1 and 2 blue, 3 red.
        var star = new ColouredGraph(Generators.Star(4), [1, 0, 0, 1]);
        var states = network.States(star);
        Assert.Equal([1, 0, 0, 0], states[0][0].data<double>().ToArray());
        Assert.Equal([1, 0, 1, 0], states[1][0].data<double>().ToArray());
        Assert.Equal([1, 0, 1, 1], states[2][0].data<double>().ToArray());
        Assert.Equal([true, false, false, false], network.Run(star));
    }

    [Fact]
    public void Every_formula_of_FOC2_compiles_to_a_network_that_is_right_at_every_node()
    {
        var random = new Random(4);
        for (int trial = 0; trial < 400; trial++)
        {
            var formula = FormulaTests.Random(random, trial % 5);
            var network = LogicalExpressiveness.Compile(formula);
            foreach (int seed in new[] { 2 * trial, 2 * trial + 1 })
            {
                using var scope = NewDisposeScope();
                var graph = FormulaTests.RandomGraph(4 + seed % 9, 0.15 + 0.1 * (seed % 5), seed);
                Assert.True(formula.Evaluate(graph).SequenceEqual(network.Run(graph)), formula.ToString());
                // Truth values all the way, and more layers change nothing.
                var states = network.States(graph);
                Assert.All(states, x => Assert.True((x.eq(0) | x.eq(1)).all().item<bool>()));
                var more = network.Step(graph.Graph, network.Step(graph.Graph, states[^1]));
                Assert.Equal(0, (more[.., network.Parts.Count - 1] - states[^1][.., network.Parts.Count - 1]).abs().max().item<double>());
            }
        }
    }

    [Fact]
    public void Graded_modal_formulas_need_no_readout()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 100; trial++)
        {
            var formula = FormulaTests.Random(random, 1 + trial % 4, graded: true);
            Assert.False(LogicalExpressiveness.Compile(formula).UsesReadout, formula.ToString());
        }
        Assert.True(LogicalExpressiveness.Compile(LogicalExpressiveness.RedAndSomewhereBlue).UsesReadout);
    }

    [Fact]
    public void Numbers_of_nodes_beyond_what_floats_hold_apart_are_counted_exactly()
    {
        // Neither E nor =: the others are the graph less the neighbours less the node, here 4998 of 5000.
        var graph = new ColouredGraph(Generators.Cycle(5000), new int[5000]);
        foreach (int n in new[] { 4997, 4998 })
        {
            var formula = FormulaParser.Parse($"exists>={n} y (!E(x,y) & x != y & Blue(y))");
            Assert.Equal(n == 4997, LogicalExpressiveness.Compile(formula).Run(graph)[17]);
        }
        Assert.Throws<ArgumentException>(() => LogicalExpressiveness.Compile(FormulaParser.Parse("E(x,y)")));
    }

    [Fact]
    public void The_three_formulas_count_those_that_are_not_neighbours_the_node_itself_among_them()
    {
        for (int i = 1; i <= 3; i++)
        {
            var graphs = LogicalExpressiveness.RandomGraphs(3, 40, 50, seed: i);
            foreach (var graph in graphs)
            {
                var truth = graph.Colours.Select(c => c == 0).ToArray();                // α_0
                foreach (var (least, most) in new[] { (8, 10), (10, 20), (10, 30) }.Take(i))
                    truth = [.. Enumerable.Range(0, graph.Nodes).Select(x =>
                        Enumerable.Range(0, graph.Nodes).Count(y => truth[y] && !graph.Joined(x, y)) is var n && n >= least && n <= most)];
                Assert.Equal(truth, LogicalExpressiveness.Alpha(i).Evaluate(graph));
                Assert.Equal(truth, LogicalExpressiveness.Compile(LogicalExpressiveness.Alpha(i)).Run(graph));
            }
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => LogicalExpressiveness.Alpha(4));
    }

    // ------------------------------------------------------------------------------------ what AC-GNNs cannot see

    private static readonly LogicModel[] Local = [LogicModel.AC, LogicModel.Gin];

    private static Tensor Scores(LogicClassifier model, params ColouredGraph[] graphs)
    {
        model.eval();
        using var quiet = no_grad();
        return model.call(new GraphBatch([.. graphs.Select(g => g.Graph)]), LogicalExpressiveness.OneHot(graphs));
    }

    [Theory]
    [InlineData(LogicPooling.Sum)]
    [InlineData(LogicPooling.Mean)]
    [InlineData(LogicPooling.Max)]
    public void A_lone_red_node_is_the_same_to_every_AC_GNN_with_and_without_a_blue_node_elsewhere(LogicPooling pooling)
    {
        using var scope = NewDisposeScope();
        var alone = new ColouredGraph(Graph.Undirected(1), [1]);
        var accompanied = new ColouredGraph(Graph.Undirected(2), [1, 0]);
        foreach (var model in Enum.GetValues<LogicModel>())
        {
            manual_seed(1);
            var net = new LogicClassifier(new LogicSettings(model, 3, 16, Aggregation: pooling, Readout: pooling));
            double apart = (Scores(net, alone)[0] - Scores(net, accompanied)[0]).abs().max().item<float>();
            if (Local.Contains(model)) Assert.Equal(0, apart);
            else Assert.True(apart > 1e-4, $"{model}: {apart}");
        }
    }

    [Fact]
    public void AC_GNNs_answer_alike_at_nodes_that_the_Weisfeiler_Leman_test_colours_alike()
    {
        using var scope = NewDisposeScope();
        // Six nodes in a ring, or in two: every node has two neighbours of its colour.
        var ring = new ColouredGraph(Generators.Cycle(6), [2, 2, 2, 2, 2, 2]);
        var rings = new ColouredGraph(Graph.Undirected((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)), [2, 2, 2, 2, 2, 2]);
        foreach (var model in Local)
        {
            var net = new LogicClassifier(new LogicSettings(model, 3, 16));
            var graph = FormulaTests.RandomGraph(40, 0.04, 6);
            int[] colours = Refined(graph, 3);
            var scores = Scores(net, graph);
            int pairs = 0;
            for (int i = 0; i < 40; i++)
                for (int j = 0; j < i; j++)
                    if (colours[i] == colours[j])
                    {
                        pairs++;
                        Assert.True((scores[i] - scores[j]).abs().max().item<float>() < 1e-5);
                    }
            Assert.True(pairs > 0);
            Assert.True((Scores(net, ring)[0] - Scores(net, rings)[5]).abs().max().item<float>() < 1e-5);
        }
    }

    private static int[] Refined(ColouredGraph graph, int rounds)
    {
        var colours = graph.Colours;
        for (int round = 0; round < rounds; round++)
        {
            var names = new Dictionary<string, int>();
            colours = [.. Enumerable.Range(0, graph.Nodes).Select(v =>
            {
                string name = $"{colours[v]}: {string.Join(" ", graph.Graph.Neighbours(v).ToArray().Select(u => colours[u]).Order())}";
                return names.TryAdd(name, names.Count) ? names.Count - 1 : names[name];
            })];
        }
        return colours;
    }

    // ------------------------------------------------------------------------------------ the trained networks

    [Theory]
    [InlineData(LogicModel.AC)]
    [InlineData(LogicModel.ACR)]
    [InlineData(LogicModel.ACFinalReadout)]
    [InlineData(LogicModel.Gin)]
    public void A_batch_of_two_is_two_batches_of_one_and_numbering_does_not_matter(LogicModel model)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var net = new LogicClassifier(new LogicSettings(model, 2, 12, CombineByMlp: true, MapLayers: 2));
        var (one, two) = (FormulaTests.RandomGraph(9, 0.3, 1), FormulaTests.RandomGraph(14, 0.2, 2));
        var single = cat([Scores(net, one), Scores(net, two)]);
        Assert.True((Scores(net, one, two) - single).abs().max().item<float>() < 1e-5);

        int[] order = [.. Enumerable.Range(0, 14)];
        new Random(3).Shuffle(order);                                           // node i is called order[i]
        var renamed = new ColouredGraph(
            Graph.Undirected(14, [.. two.Graph.Pairs().Select(p => (order[p.Item1], order[p.Item2]))]),
            [.. Enumerable.Range(0, 14).Select(v => two.Colours[Array.IndexOf(order, v)])]);
        var back = Scores(net, renamed).index_select(0, tensor(order.Select(i => (long)i).ToArray()));
        Assert.True((back - Scores(net, two)).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void A_layer_is_what_its_formula_says_node_by_node()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var layer = new LogicLayer(new LogicSettings(Hidden: 4), reads: true);
        var graphs = new[] { FormulaTests.RandomGraph(5, 0.5, 1), FormulaTests.RandomGraph(3, 0.7, 2) };
        var batch = new GraphBatch([.. graphs.Select(g => g.Graph)]);
        var h = randn(8, 4);
        var next = layer.call(batch, h);
        var weights = layer.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        Tensor Map(string name, Tensor row) => weights[$"{name}.weight"].mv(row) + weights[$"{name}.bias"];
        for (int v = 0; v < 8; v++)
        {
            var (first, size) = v < 5 ? (0, 5) : (5, 3);
            var (around, whole) = (zeros(4), zeros(4));
            foreach (int u in batch.Graph.Neighbours(v)) around += h[u];
            for (int u = first; u < first + size; u++) whole += h[u];
            var expected = (Map("own", h[v]) + Map("neighbours", around) + Map("everyone", whole)).relu();
            Assert.True((next[v] - expected).abs().max().item<float>() < 1e-5);
        }
    }

    [Theory]
    [InlineData(LogicModel.AC, 1, false)]
    [InlineData(LogicModel.ACR, 2, true)]
    [InlineData(LogicModel.ACFinalReadout, 1, true)]
    [InlineData(LogicModel.Gin, 0, false)]
    public void Gradients_reach_every_parameter(LogicModel model, int maps, bool mlp)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var net = new LogicClassifier(new LogicSettings(model, 3, 16, MapLayers: maps, CombineByMlp: mlp));
        // Two graphs: the readout of a single one is the same for all nodes, and batch norm takes it away.
        ColouredGraph[] graphs = [FormulaTests.RandomGraph(30, 0.2, 3), FormulaTests.RandomGraph(20, 0.3, 5)];
        var scores = net.call(new GraphBatch([.. graphs.Select(graph => graph.Graph)]), LogicalExpressiveness.OneHot(graphs));
        (scores * randn(50, 2)).sum().backward();
        Assert.All(net.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Colours_of_the_wrong_size_are_refused_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        var net = new LogicClassifier(new LogicSettings(Hidden: 4));
        var batch = new GraphBatch([Generators.Path(3)]);
        Assert.Contains("[3, 5]", Assert.Throws<ArgumentException>(() => net.call(batch, ones(3, 5))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogicClassifier(new LogicSettings(Layers: 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogicClassifier(new LogicSettings(MapLayers: 3)));
    }

    [Fact]
    public void Training_with_a_readout_learns_the_formula_and_without_one_does_not_and_seeds_repeat()
    {
        using var scope = NewDisposeScope();
        var formula = LogicalExpressiveness.RedAndSomewhereBlue;
        var train = LogicalExpressiveness.Label(LogicalExpressiveness.Lines(300, 20, 30, seed: 1), formula);
        var large = LogicalExpressiveness.Label(LogicalExpressiveness.Lines(100, 60, 80, seed: 2), formula);
        var settings = new LogicSettings(Hidden: 16, Readout: LogicPooling.Max, Epochs: 12, BatchSize: 32, HalveEvery: 40);
        double Large(LogicSettings s) => LogicalExpressiveness.Accuracy(LogicalExpressiveness.Train(train, s, 1).Model, large);
        double withReadout = Large(settings), without = Large(settings with { Model = LogicModel.AC, Layers = 2 });
        Assert.True(withReadout > 0.99, $"with a readout: {withReadout}");
        Assert.True(without < 0.95, $"without: {without}");
        Assert.Equal(withReadout, Large(settings));
    }

    // ------------------------------------------------------------------------------------ data

    [Fact]
    public void Lines_hold_red_and_blue_far_apart()
    {
        var lines = LogicalExpressiveness.Lines(100, 50, 100, seed: 1);
        Assert.All(lines, line => Assert.InRange(line.Nodes, 50, 100));
        Assert.All(lines.Take(30).Concat(lines.Skip(80).Take(10)), line => Assert.DoesNotContain(0, line.Colours));
        foreach (var line in lines.Skip(30).Take(50))
        {
            int half = line.Nodes / 2;
            Assert.Equal(0, line.Colours[0]);
            Assert.DoesNotContain(0, line.Colours[(half / 5)..]);
            Assert.DoesNotContain(1, line.Colours[..half]);
            Assert.True(line.Colours[half..].Count(c => c == 1) > 0.7 * (line.Nodes - half));
        }
        Assert.Equal(lines[40].Colours, LogicalExpressiveness.Lines(100, 50, 100, seed: 1)[40].Colours);
    }

    [Fact]
    public void Random_graphs_have_the_edges_and_blue_nodes_asked_for_and_the_formulas_hold_at_the_known_shares()
    {
        var graphs = LogicalExpressiveness.RandomGraphs(400, 40, 50, seed: 1);
        Assert.All(graphs, g => Assert.Equal(8 * g.Nodes, g.Graph.Pairs().Count()));
        Assert.All(graphs, g => Assert.InRange(g.Colours.Count(c => c == 0), 9, 15));
        // The shares that a simulation of the authors' generator gave: 0.45, 0.60, 0.61.
        foreach (var (i, share) in new[] { (1, 0.45), (2, 0.60), (3, 0.61) })
            Assert.Equal(share, LogicalExpressiveness.Label(graphs, LogicalExpressiveness.Alpha(i)).SelectMany(g => g.Labels)
                .Average(label => label ? 1.0 : 0), 0.05);
        Assert.Equal(30, LogicalExpressiveness.RandomGraphs(60, 40, 50, seed: 1, withoutBlue: 0.5).Count(g => !g.Colours.Contains(0)));
    }

    [Fact]
    public void A_graph_of_n_nodes_and_m_edges_has_them_and_every_pair_is_as_likely()
    {
        var counts = new int[6, 6];
        for (int seed = 0; seed < 3000; seed++)
        {
            var pairs = Generators.ErdosRenyiEdges(6, 5, seed).Pairs().ToList();
            Assert.Equal(5, pairs.Count);
            foreach (var (a, b) in pairs) counts[a, b]++;
        }
        for (int b = 1; b < 6; b++)
            for (int a = 0; a < b; a++) Assert.InRange(counts[a, b], 880, 1120);      // 1000 expected, deviation 26
        Assert.Equal(15, Generators.ErdosRenyiEdges(6, 15, 1).Pairs().Count());
        Assert.Empty(Generators.ErdosRenyiEdges(6, 0, 1).Pairs());
        Assert.Throws<ArgumentOutOfRangeException>(() => Generators.ErdosRenyiEdges(6, 16, 1));
    }
}
