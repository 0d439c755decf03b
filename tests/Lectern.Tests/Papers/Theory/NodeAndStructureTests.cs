using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.Theory;

namespace Lectern.Tests.Papers.Theory;

/// <summary>Position and structure: samples of an embedding, predictors averaged over them, the tasks.</summary>
public sealed class NodeAndStructureTests
{
    private static readonly NodeAndStructureSettings Small = new(Dimensions: 8, Hidden: 16, PowerSteps: 6, Sketches: 50, PerClass: 40, Epochs: 5);

    private static double MaxDifference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();

    private static float MaxDifferenceFloat(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private static Graph TwoTriangles() => Graph.Undirected(6, (0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5));

    private static Graph Renumbered(Graph graph, int[] place) =>
        Graph.Undirected(graph.Nodes, [.. graph.Pairs().Select(p => (place[p.Item1], place[p.Item2]))]);

    private static int[] Order(int n, int seed)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        new Random(seed).Shuffle(order);
        return order;
    }

    private static SparseMatrix Features(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return SparseMatrix.FromRows(rows, columns, [.. Enumerable.Range(0, rows + 1).Select(i => 2 * i)],
            [.. Enumerable.Range(0, rows).SelectMany(_ => (int[])[random.Next(columns / 2), columns / 2 + random.Next(columns / 2)])]);
    }

    /// <summary>Pairs in one of many copies of a tree, or across two: nodes of the same roles either way.</summary>
    private static (Graph Graph, SetTask[] Tasks) Copies(int copies, int perClass)
    {
        (int, int)[] motif = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (3, 5)];
        var graph = Graph.Undirected(6 * copies, [.. Enumerable.Range(0, copies).SelectMany(c => motif.Select(p => (p.Item1 + 6 * c, p.Item2 + 6 * c)))]);
        SetTask Pairs(int from, int to) => new("same copy", 2, graph, null, draw =>
        {
            var random = new Random(draw);
            var (same, other) = (new List<int[]>(), new List<int[]>());
            while (same.Count < perClass)
            {
                var (a, b, c, d) = (random.Next(6), random.Next(6), random.Next(from, to), random.Next(from, to));
                if (a == b || c == d) continue;
                same.Add([6 * c + a, 6 * c + b]);
                other.Add([6 * c + a, 6 * d + b]);
            }
            return SetTask.AsTensors([(other, 0), (same, 1)]);
        });
        return (graph, [Pairs(0, copies / 2), Pairs(copies / 2, 3 * copies / 4), Pairs(3 * copies / 4, copies)]);
    }

    // ------------------------------------------------------------------------------------ samples of positions

    [Fact]
    public void By_hand_two_triangles_have_inner_products_of_4_thirds_inside_and_0_across_in_every_sample()
    {
        using var scope = NewDisposeScope();
        for (int seed = 1; seed <= 5; seed++)
        {
            // Eigenvalue 2 twice, with the triangles' indicators / √3: Z Zᵀ = 2² (1/3 inside, 0 across), for any basis.
            var z = SvdPositions.Embed(TwoTriangles(), 2, seed, powerSteps: 60);
            var products = z.mm(z.t());
            for (int u = 0; u < 6; u++)
                for (int v = 0; v < 6; v++)
                    Assert.Equal(u / 3 == v / 3 ? 4 / 3.0 : 0, products[u, v].item<double>(), 8);
        }
    }

    [Fact]
    public void Samples_turn_the_basis_of_equal_singular_values_freely()
    {
        using var scope = NewDisposeScope();
        // The first coordinate of node 0 is (2/√3) cos of a uniform angle: mean 0, mean square 2/3.
        double[] first = [.. Enumerable.Range(1, 400).Select(seed => SvdPositions.Embed(TwoTriangles(), 2, seed)[0, 0].item<double>())];
        Assert.Equal(0, first.Average(), 0.15);
        Assert.Equal(2 / 3.0, first.Average(v => v * v), 0.1);
        Assert.InRange(first.Count(v => Math.Abs(v) < 2 / Math.Sqrt(3) * Math.Sin(Math.PI / 6)) / 400.0, 0.25, 0.42);      // a third of the angles
    }

    [Fact]
    public void Z_Z_transposed_moves_with_the_numbers_of_the_nodes()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.BarabasiAlbert(30, 2, seed: 4);
        int[] place = Order(30, 2);
        var z = SvdPositions.Embed(graph, 5, seed: 1, powerSteps: 200);
        var moved = SvdPositions.Embed(Renumbered(graph, place), 5, seed: 9, powerSteps: 200);
        var index = tensor((long[])[.. place.Select(p => (long)p)]);
        var back = moved.mm(moved.t()).index_select(0, index).index_select(1, index);
        Assert.True(MaxDifference(back, z.mm(z.t())) < 1e-6);
        Assert.True(MaxDifference(z.abs(), SvdPositions.Embed(graph, 5, seed: 9, powerSteps: 200).abs()) < 1e-5);
    }

    [Fact]
    public void Rows_of_nodes_with_the_same_role_differ_in_a_sample_and_agree_on_average()
    {
        using var scope = NewDisposeScope();
        var positions = new SvdPositions(TwoTriangles(), Small with { Dimensions = 2 }, seed: 1);
        const int samples = 1000;
        double[] difference = new double[samples];                              // a function of one node: ReLU of a coordinate
        for (int i = 0; i < samples; i++)
        {
            using var inner = NewDisposeScope();
            var z = positions.Draw();
            difference[i] = z[0, 0].relu().item<float>() - z[3, 0].relu().item<float>();
        }
        double deviation = Math.Sqrt(difference.Average(d => d * d));
        Assert.True(deviation > 0.1);
        Assert.True(Math.Abs(difference.Average()) < 3 * deviation / Math.Sqrt(50));         // 50 sketches are independent
    }

    [Fact]
    public void The_standard_error_of_an_average_falls_with_the_root_of_the_samples()
    {
        var graph = Generators.BarabasiAlbert(20, 2, seed: 1);
        int[] counts = [1, 4, 16, 64];
        var errors = counts.Select(m => Math.Sqrt(Enumerable.Range(0, 60).Average(repeat =>
        {
            using var scope = NewDisposeScope();
            var positions = new SvdPositions(graph, Small with { Sketches = 1, RandomSigns = true }, seed: repeat);
            double mean = Enumerable.Range(0, m).Average(_ => positions.Draw()[3, 0].item<float>());
            return mean * mean;                                                 // an odd function: its expectation is 0
        })));
        Assert.InRange(Lectern.Charts.PowerLaw.Fit(counts.Select(m => (double)m), errors).Slope, -0.6, -0.4);
    }

    [Fact]
    public void The_same_seed_draws_the_same_samples()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (new SvdPositions(TwoTriangles(), Small, 3), new SvdPositions(TwoTriangles(), Small, 3));
        for (int i = 0; i < 3; i++) Assert.Equal(0, MaxDifferenceFloat(first.Draw(), second.Draw()));
    }

    // ------------------------------------------------------------------------------------ the predictor

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_predictor_is_the_mean_over_samples_of_a_function_of_the_sum_over_the_set(bool joint)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = Features(6, 4, 1);
        var model = new SetPredictor(4, 3, Small with { Joint = joint }, structural: false);
        Tensor[] samples = [randn(6, 8), randn(6, 8)];
        var weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Tensor Linear(string name, Tensor input) => input.mm(weights[name + ".weight"].t()) + weights[name + ".bias"];
        // The slow route: concatenate, one set at a time.
        var expected = new List<Tensor>();
        foreach (int[] set in (int[][])[[0, 1, 2], [3, 5, 0]])
        {
            var mean = zeros(1, 16);
            foreach (var z in samples)
            {
                var sum = zeros(1, 16);
                foreach (int v in set) sum += Linear("phi2", Linear("phi1", cat([z, x.ToDense()], 1)[v].unsqueeze(0)).relu());
                var f = Linear("rho", sum);
                mean += (joint ? f.relu() : f) / 2;
            }
            expected.Add(Linear("head2", Linear("head1", mean).relu()));
        }
        var actual = model.call(TwoTriangles(), x, samples, tensor((long[])[0, 1, 2, 3, 5, 0]).reshape(2, 3));
        Assert.True(MaxDifferenceFloat(actual, cat(expected, 0)) < 1e-5);
    }

    [Fact]
    public void The_order_in_a_set_does_not_count_and_many_sets_are_single_sets()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var model = new SetPredictor(0, 2, Small, structural: false);
        Tensor[] samples = [randn(6, 8)];
        var both = model.call(TwoTriangles(), null, samples, tensor((long[])[0, 4, 4, 0]).reshape(2, 2));
        Assert.True(MaxDifferenceFloat(both[0], both[1]) < 1e-6);
        var single = model.call(TwoTriangles(), null, samples, tensor((long[])[0, 4]).reshape(1, 2));
        Assert.True(MaxDifferenceFloat(both[..1], single) < 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gradient_reaches_every_parameter(bool structural)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var graph = Generators.BarabasiAlbert(20, 2, seed: 2);
        var model = new SetPredictor(4, 2, Small, structural);
        IReadOnlyList<Tensor> samples = structural ? [] : [randn(20, 8), randn(20, 8)];
        model.call(graph, Features(20, 4, 2), samples, tensor((long[])[0, 1, 2, 3, 4, 5]).reshape(3, 2)).square().sum().backward();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.True(parameter.grad is { } g && g.abs().sum().item<float>() > 0 || name.StartsWith("gin.") && name.EndsWith("mlp.0.bias"), name);
    }

    [Fact]
    public void GIN_gives_nodes_of_one_role_the_same_state_and_moves_with_their_numbers()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var graph = Graph.Undirected(8, (0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7));        // two paths
        var model = new SetPredictor(0, 2, Small, structural: true);
        model.eval();
        var h = model.States(graph, null);
        Assert.True(MaxDifferenceFloat(h[0], h[7]) < 1e-6);
        Assert.True(MaxDifferenceFloat(h[1], h[6]) < 1e-6);
        Assert.True(MaxDifferenceFloat(h[0], h[1]) > 1e-3);
        // So no score of two states can tell a joined pair (0, 1) from one across the paths (0, 5): the same roles.
        var scores = model.call(graph, null, [], tensor((long[])[0, 1, 0, 5]).reshape(2, 2));
        Assert.True(MaxDifferenceFloat(scores[0], scores[1]) < 1e-6);
        int[] place = Order(8, 5);
        var moved = model.States(Renumbered(graph, place), null);
        Assert.True(MaxDifferenceFloat(moved.index_select(0, tensor((long[])[.. place.Select(p => (long)p)])), h) < 1e-5);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_remedy()
    {
        using var scope = NewDisposeScope();
        var positional = new SetPredictor(0, 2, Small, structural: false);
        var pairs = zeros(1, 2, dtype: int64);
        Assert.Contains("give at least one", Assert.Throws<ArgumentException>(() => positional.call(TwoTriangles(), null, [], pairs)).Message);
        Assert.Contains("[6, 8]", Assert.Throws<ArgumentException>(() => positional.call(TwoTriangles(), null, [zeros(5, 8)], pairs)).Message);
        Assert.Contains("[S, k]", Assert.Throws<ArgumentException>(() => positional.call(TwoTriangles(), null, [zeros(6, 8)], zeros(2, dtype: int64))).Message);
        Assert.Throws<InvalidOperationException>(() => positional.States(TwoTriangles(), null));
    }

    // ------------------------------------------------------------------------------------ trained

    [Fact]
    public void Structure_guesses_which_copy_a_node_is_from_and_positions_know()
    {
        using var scope = NewDisposeScope();
        var (graph, tasks) = Copies(24, 100);
        var settings = Small with { Samples = 4, Hidden = 32, Sketches = 200, Epochs = 150, LearningRate = 3e-3 };
        var structural = NodeAndStructure.Train(tasks, null, settings with { Epochs = 20 }, seed: 1);
        Assert.Equal(0.5, structural.Auc, 0.05);                            // scores are equal but for rounding, which breaks ties as it likes
        (int A, int B)[] roles = [.. Enumerable.Range(0, 36).Select(i => (i / 6, i % 6)).Where(pair => pair.Item1 != pair.Item2)];
        Tensor Scores(int copy) => structural.Model.call(graph, null, [], tensor(roles.SelectMany(pair => new long[] { pair.A, 6 * copy + pair.B }).ToArray()).view(-1, 2));
        structural.Model.eval();
        var same = Scores(0);
        Assert.True(MaxDifferenceFloat(same, Scores(1)) < 1e-4 * same.abs().max().item<float>());
        Assert.True(MaxDifferenceFloat(same[0], same[1]) > 1e-2 * same.abs().max().item<float>());      // it tells roles apart, by which it has learned
        var positions = new SvdPositions(graph, settings, seed: 1);
        SvdPositions[] three = [positions, positions, positions];
        Assert.True(NodeAndStructure.Train(tasks, three, settings, seed: 1).Auc > 0.85);
        // Without a non-linearity before the mean, f is a sum of node functions, and its mean forgets pairs.
        Assert.True(NodeAndStructure.Train(tasks, three, settings with { Samples = 20, Joint = false, Epochs = 60 }, seed: 1).Auc < 0.65);
    }

    [Fact]
    public void The_same_seed_trains_the_same_predictor()
    {
        using var scope = NewDisposeScope();
        var (_, tasks) = Copies(8, 20);
        double Loss(int seed) => NodeAndStructure.Train(tasks, null, Small, seed).History.Loss[^1];
        Assert.Equal(Loss(1), Loss(1));
        Assert.NotEqual(Loss(1), Loss(2));
    }

    // ------------------------------------------------------------------------------------ the colliding network

    [Fact]
    public void The_colliding_network_learns_edges_and_its_gradients_reach_the_sampling_layers_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (graph, _) = Generators.StochasticBlocks([20, 20], within: 0.5, between: 0.02, seed: 1);
        var x = Features(40, 6, 1);
        var schedule = new SplashSchedule(graph, 8);
        var model = new CollidingNetwork(6, Small);
        var z = model.call(schedule, x, 2);
        Assert.Equal([40, 16], z.shape);
        CollidingNetwork.Loss(z, graph).backward();
        var reached = model.parameters().Where(p => p.grad is { } g && g.abs().sum().item<float>() > 0).Select(p => p.Handle).ToHashSet();
        Assert.Superset(model.SamplingParameters.Where((_, i) => i != 1).Select(p => p.Handle).ToHashSet(), reached);
        Assert.All(reached, h => Assert.Contains(model.SamplingParameters, p => p.Handle == h));
        var trained = CollidingNetwork.Train((graph, x, schedule), (graph, x, schedule), Small with { Epochs = 60, LearningRate = 0.01 }, seed: 1);
        double before = CollidingNetwork.Loss(new CollidingPositions(model, schedule, x, 1).Draw(), graph).item<float>();
        double after = CollidingNetwork.Loss(new CollidingPositions(trained, schedule, x, 1).Draw(), graph).item<float>();
        Assert.True(after < 0.7 * before, $"{before} -> {after}");
    }

    [Fact]
    public void The_loss_is_the_weighted_cross_entropy_of_every_pair()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.Path(3);                                         // 4 ones among 9 entries
        var z = tensor(new float[,] { { 1, 0 }, { 0.5f, 1 }, { -1, 2 } });
        double expected = 0;
        for (int u = 0; u < 3; u++)
            for (int v = 0; v < 3; v++)
            {
                double p = 1 / (1 + Math.Exp(-(z[u] * z[v]).sum().item<float>()));
                expected -= Math.Abs(u - v) == 1 ? 5 / 9.0 * Math.Log(p) : 4 / 9.0 * Math.Log(1 - p);
            }
        Assert.Equal(expected / 9, CollidingNetwork.Loss(z, graph).item<float>(), 5);
    }

    // ------------------------------------------------------------------------------------ the tasks

    [Fact]
    public void Link_sets_have_their_true_classes_and_the_flips_are_among_them()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.ErdosRenyi(60, 0.1, seed: 3);
        var task = SetTask.Links(graph, null, 50, seed: 1, share: 0.1);
        int flips = (int)(0.1 * graph.Pairs().Count());
        var (sets, labels) = task.Draw(7);
        Assert.Equal([2 * (50 + flips), 2], sets.shape);
        for (int i = 0; i < sets.shape[0]; i++)
        {
            var (a, b) = ((int)sets[i, 0].item<long>(), (int)sets[i, 1].item<long>());
            Assert.NotEqual(a, b);
            Assert.Equal(graph.Neighbours(a).Contains(b) ? 1 : 0, labels[i].item<long>());
        }
        Assert.Equal(graph.Edges, task.Graph.Edges);
        Assert.Equal(2 * flips, graph.Pairs().Except(task.Graph.Pairs()).Count() + task.Graph.Pairs().Except(graph.Pairs()).Count());
        Assert.Equal(0, (sets - task.Draw(7).Sets).abs().sum().item<long>());
    }

    [Fact]
    public void Triads_have_as_many_edges_as_their_class_says()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.ErdosRenyi(60, 0.15, seed: 3);
        var (sets, labels) = SetTask.Triads(graph, null, 30, seed: 1).Draw(2);
        Assert.Equal([120, 3], sets.shape);
        for (int i = 0; i < 120; i++)
        {
            int[] v = [.. Enumerable.Range(0, 3).Select(j => (int)sets[i, j].item<long>())];
            Assert.Equal(3, v.Distinct().Count());
            int edges = new[] { (0, 1), (1, 2), (0, 2) }.Count(p => graph.Neighbours(v[p.Item1]).Contains(v[p.Item2]));
            Assert.Equal(i / 30, edges);
            Assert.Equal(edges, labels[i].item<long>());
        }
        Assert.Contains("no triangle", Assert.Throws<ArgumentException>(() => SetTask.Triads(Generators.Grid(4, 4), null, 5, 1)).Message);
    }

    [Fact]
    public void Cora_falls_into_parts_of_1208_500_and_1000_nodes()
    {
        Assert.SkipUnless(Catalog.Has("cora"), "Cora is not on this machine; LECTERN_MIRROR names a folder that has it.");
        using var scope = NewDisposeScope();
        var data = Planetoid.Cora();
        var parts = NodeAndStructure.Induce(data);
        Assert.Equal([1208, 500, 1000], parts.Select(p => p.Graph.Nodes));
        int node = (int)data.Test[5].item<long>();
        Assert.Equal(data.Labels[node].item<long>(), parts[2].Labels[5]);
        Assert.Equal(data.Features.ColumnIndices[data.Features.RowPointers[node]..data.Features.RowPointers[node + 1]],
            parts[2].X.ColumnIndices[parts[2].X.RowPointers[5]..parts[2].X.RowPointers[6]]);
    }
}
