using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>The four layers: by hand, by loops, and what must hold of any of them.</summary>
public sealed class LayersTests
{
    // 0 → 1, 0 → 2, 1 → 2, 2 → 0, 2 → 3: node 0 hears 2, node 1 hears 0, node 2 hears 0 and 1, node 3 hears 2.
    private static readonly Graph Four = Graph.Directed(4, (0, 1), (0, 2), (1, 2), (2, 0), (2, 3));

    private static Tensor FourFeatures => tensor(new float[,] { { 1, 0 }, { 0, 2 }, { 3, -1 }, { 5, 5 } });

    /// <summary>Every kind of layer from 3 columns to 4, by name.</summary>
    private static nn.Module<Graph, Tensor, Tensor> Make(string layer, long inFeatures = 3) => layer switch
    {
        "gcn" => new GcnLayer(inFeatures, 4, hasBias: true),
        "sage-mean" => new SageLayer(inFeatures, 4, SageAggregator.Mean),
        "sage-gcn" => new SageLayer(inFeatures, 4, SageAggregator.Gcn),
        "sage-pool" => new SageLayer(inFeatures, 4, SageAggregator.Pool),
        "sage-lstm" => new SageLayer(inFeatures, 4, SageAggregator.Lstm),
        "gat" => new GatLayer(inFeatures, 2, heads: 2),
        "gat-averaged" => new GatLayer(inFeatures, 4, heads: 3, concatenate: false),
        "gin" => new GinLayer(nn.Sequential(nn.Linear(inFeatures, 5), nn.Tanh(), nn.Linear(5, 4)), true, inFeatures),
        _ => throw new ArgumentOutOfRangeException(nameof(layer), layer, "no such layer"),
    };

    public static TheoryData<string> Layers =>
        ["gcn", "sage-mean", "sage-gcn", "sage-pool", "sage-lstm", "gat", "gat-averaged", "gin"];

    /// <summary>A weighted directed graph in which every node hears itself.</summary>
    private static Graph Random(int nodes, int edges, int seed)
    {
        manual_seed(seed);
        var graph = Generators.RandomEdges(nodes, edges, seed).WithSelfLoops();
        return graph.WithWeights(rand(graph.Edges) + 0.5);
    }

    private static void Set(nn.Module module, string name, Tensor value)
    {
        using var quiet = no_grad();
        module.named_parameters().Single(p => p.name.EndsWith(name, StringComparison.Ordinal)).parameter.copy_(value);
    }

    private static double[][] Rows(Tensor x)
    {
        using var wide = x.detach().to(ScalarType.Float64).contiguous();
        int columns = (int)x.shape[1];
        return [.. wide.data<double>().ToArray().Chunk(columns)];
    }

    private static void Near(double[][] expected, Tensor actual, double tolerance = 1e-5)
    {
        var rows = Rows(actual);
        Assert.Equal(expected.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(expected[i].Length, rows[i].Length);
            for (int c = 0; c < rows[i].Length; c++)
                Assert.True(Math.Abs(expected[i][c] - rows[i][c]) <= tolerance, $"[{i}, {c}]: {rows[i][c]}, expected {expected[i][c]}");
        }
    }

    // ------------------------------------------------------------------------------------ by hand

    [Fact]
    public void Gcn_on_a_square_is_the_mean_of_a_corner_and_its_two_neighbours()
    {
        using var scope = NewDisposeScope();
        var square = Generators.Cycle(4).WithSelfLoops().Normalized();       // every degree is 3: Â = (A + I) / 3
        var layer = new GcnLayer(1, 2);
        Set(layer, "weight", tensor(new float[,] { { 1, -2 } }));
        var h = tensor(new float[] { 3, 6, 9, 12 }).view(4, 1);
        Near([[7, -14], [6, -12], [9, -18], [8, -16]], layer.call(square, h));
    }

    [Fact]
    public void Gcn_sums_what_arrives_with_the_edges_weights()
    {
        using var scope = NewDisposeScope();
        // Edges by target: 2→0, 0→1, 0→2, 1→2, 2→3.
        var graph = Four.WithWeights(tensor(new float[] { 2, 1, 10, 0.5f, -1 }));
        var layer = new GcnLayer(2, 1);
        Set(layer, "weight", tensor(new float[,] { { 1 }, { 100 } }));
        // hW = 1, 200, -97, 505.
        Near([[-194], [1], [110], [97]], layer.call(graph, FourFeatures), 1e-4);
    }

    [Fact]
    public void Sage_puts_the_mean_of_the_neighbours_beside_the_node()
    {
        using var scope = NewDisposeScope();
        var layer = new SageLayer(2, 2);
        Set(layer, "neighbour.weight", tensor(new float[,] { { 1, 0 }, { 0, 1 } }));
        Set(layer, "self.weight", tensor(new float[,] { { 10, 0 }, { 0, 10 } }));
        Set(layer, "self.bias", tensor(new float[] { 0.25f, 0.5f }));
        // Means that arrive: (3, -1), (1, 0), (0.5, 1), (3, -1).
        Near([[13.25, -0.5], [1.25, 20.5], [30.75, -8.5], [53.25, 49.5]], layer.call(Four, FourFeatures));
    }

    [Fact]
    public void Sage_gcn_takes_the_mean_of_the_node_and_its_neighbours()
    {
        using var scope = NewDisposeScope();
        var layer = new SageLayer(2, 2, SageAggregator.Gcn);
        Set(layer, "neighbour.weight", tensor(new float[,] { { 1, 0 }, { 0, 3 } }));
        // (1,0)+(3,-1) over 2; (0,2)+(1,0) over 2; (3,-1)+(1,0)+(0,2) over 3; (5,5)+(3,-1) over 2.
        Near([[2, -1.5], [0.5, 3], [4 / 3.0, 1], [4, 6]], layer.call(Four, FourFeatures));
    }

    [Fact]
    public void A_self_loop_does_not_make_sage_gcn_count_a_node_twice()
    {
        using var scope = NewDisposeScope();
        var layer = new SageLayer(2, 3, SageAggregator.Gcn);
        Assert.True(layer.call(Four, FourFeatures).allclose(layer.call(Four.WithSelfLoops(), FourFeatures)));
    }

    [Fact]
    public void Sage_pool_takes_the_largest_of_the_neighbours_column_by_column()
    {
        using var scope = NewDisposeScope();
        var layer = new SageLayer(2, 2, SageAggregator.Pool);
        Set(layer, "pool.weight", tensor(new float[,] { { 1, 0 }, { 0, 1 } }));
        Set(layer, "pool.bias", tensor(new float[] { 1, 0 }));
        Set(layer, "neighbour.weight", tensor(new float[,] { { 1, 0 }, { 0, 1 } }));
        Set(layer, "self.weight", zeros(2, 2));
        Set(layer, "self.bias", zeros(2));
        // σ(h + (1, 0)): (2, 0), (1, 2), (4, 0), (6, 5).
        Near([[4, 0], [2, 0], [2, 2], [4, 0]], layer.call(Four, FourFeatures));
    }

    [Fact]
    public void Gat_weighs_the_neighbours_by_a_softmax_of_their_scores()
    {
        using var scope = NewDisposeScope();
        var layer = new GatLayer(1, 1);
        Set(layer, "weight", tensor(new float[,] { { 1 } }));
        Set(layer, "attendTarget", tensor(new float[,] { { 0 } }));
        Set(layer, "attendSource", tensor(new float[,] { { 1 } }));
        // Node 2 hears 0 and 1 with scores LeakyReLU(ln 3) and LeakyReLU(0): α = 3/4 and 1/4. Node 1 hears 0 alone: α = 1.
        var graph = Graph.Directed(3, (0, 1), (0, 2), (1, 2));
        var h = tensor(new float[] { MathF.Log(3), 0, 7 }).view(3, 1);
        Near([[1], [0.75], [0.25]], layer.Attention(graph, h));
        Near([[0], [Math.Log(3)], [0.75 * Math.Log(3)]], layer.call(graph, h));
    }

    [Fact]
    public void A_negative_score_is_flattened_to_a_fifth()
    {
        using var scope = NewDisposeScope();
        var layer = new GatLayer(1, 1);
        Set(layer, "weight", tensor(new float[,] { { 1 } }));
        Set(layer, "attendTarget", tensor(new float[,] { { 0 } }));
        Set(layer, "attendSource", tensor(new float[,] { { 1 } }));
        // Scores 0.2 · (-5 ln 4) = -ln 4 and 0: α = 1/5 and 4/5.
        var h = tensor(new float[] { -5 * MathF.Log(4), 0, 0 }).view(3, 1);
        Near([[0.2], [0.8]], layer.Attention(Graph.Directed(3, (0, 2), (1, 2)), h));
    }

    [Fact]
    public void Gin_adds_the_neighbours_to_the_node_before_its_mlp()
    {
        using var scope = NewDisposeScope();
        var layer = new GinLayer(nn.Linear(2, 1), learnsEpsilon: true);
        Set(layer, "epsilon", tensor(new float[] { 0.5f }));
        Set(layer, "mlp.weight", tensor(new float[,] { { 1, 10 } }));
        Set(layer, "mlp.bias", tensor(new float[] { 1 }));
        // 1.5 h + Σ: (4.5, -1), (1, 3), (5.5, 0.5), (10.5, 6.5).
        Near([[-4.5], [32], [11.5], [76.5]], layer.call(Four, FourFeatures));
    }

    // ------------------------------------------------------------------------------------ by loops

    private static double[] Times(double[] x, double[][] w) =>
        [.. Enumerable.Range(0, w[0].Length).Select(d => x.Select((value, f) => value * w[f][d]).Sum())];

    private static double[] Plus(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];

    private static double[][] Turned(double[][] w) =>
        [.. Enumerable.Range(0, w[0].Length).Select(c => w.Select(row => row[c]).ToArray())];

    private static Dictionary<string, Tensor> Named(nn.Module module) =>
        module.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    [Fact]
    public void Gcn_agrees_with_loops()
    {
        using var scope = NewDisposeScope();
        var graph = Random(9, 30, 1);
        var (x, layer) = (randn(9, 3), new GcnLayer(3, 4));
        var (h, w, weights) = (Rows(x), Rows(layer.Weight), graph.Weights!.data<float>().ToArray());
        double[][] expected = [.. Enumerable.Range(0, 9).Select(_ => new double[4])];
        for (int e = 0; e < graph.Edges; e++)
            expected[graph.Targets[e]] = Plus(expected[graph.Targets[e]], [.. Times(h[graph.Sources[e]], w).Select(v => v * weights[e])]);
        Near(expected, layer.call(graph, x));
    }

    [Theory]
    [InlineData(SageAggregator.Mean)]
    [InlineData(SageAggregator.Gcn)]
    [InlineData(SageAggregator.Pool)]
    public void Sage_agrees_with_loops(SageAggregator aggregator)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var graph = Generators.ErdosRenyi(9, 0.3, 2);
        var (x, layer) = (randn(9, 3), new SageLayer(3, 4, aggregator));
        var (h, w) = (Rows(x), Named(layer));
        var expected = new double[9][];
        for (int i = 0; i < 9; i++)
        {
            var heard = graph.Neighbours(i).ToArray().Select(j => h[j]).ToList();
            if (aggregator == SageAggregator.Gcn) heard.Add(h[i]);
            if (aggregator == SageAggregator.Pool)
                heard = [.. heard.Select(v => Plus(Times(v, Turned(Rows(w["pool.weight"]))), Rows(w["pool.bias"].view(1, 3))[0])
                    .Select(value => Math.Max(0, value)).ToArray())];
            double[] together = [.. Enumerable.Range(0, 3).Select(c => heard.Count == 0 ? 0
                : aggregator == SageAggregator.Pool ? heard.Max(v => v[c]) : heard.Average(v => v[c]))];
            expected[i] = Times(together, Turned(Rows(w["neighbour.weight"])));
            if (aggregator != SageAggregator.Gcn)
                expected[i] = Plus(Plus(expected[i], Times(h[i], Turned(Rows(w["self.weight"])))), Rows(w["self.bias"].view(1, 4))[0]);
        }
        Near(expected, layer.call(graph, x));
    }

    [Fact]
    public void Sage_lstm_reads_each_nodes_neighbours_in_the_order_of_the_edges()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var graph = Generators.ErdosRenyi(7, 0.4, 3);
        var (x, layer) = (randn(7, 3), new SageLayer(3, 4, SageAggregator.Lstm));
        var lstm = (TorchSharp.Modules.LSTM)layer.named_children().Single(child => child.name == "lstm").module;
        var w = Named(layer);
        for (int i = 0; i < 7; i++)
        {
            var expected = x[i].matmul(w["self.weight"].t()) + w["self.bias"];
            long[] heard = [.. graph.Neighbours(i).ToArray().Select(j => (long)j)];
            if (heard.Length > 0)
            {
                var (_, last, _) = lstm.call(x.index_select(0, tensor(heard)).unsqueeze(0));
                expected = expected + last.view(3).matmul(w["neighbour.weight"].t());
            }
            Assert.True(layer.call(graph, x)[i].allclose(expected, 1e-4, 1e-5));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gat_agrees_with_loops(bool concatenate)
    {
        using var scope = NewDisposeScope();
        var graph = Random(8, 20, 4);
        var layer = new GatLayer(3, 2, heads: 2, concatenate: concatenate);
        var x = randn(8, 3);
        var (h, w, named) = (Rows(x), Rows(Named(layer)["weight"]), Named(layer));
        var (left, right) = (Rows(named["attendTarget"]), Rows(named["attendSource"]));
        var expected = new double[8][];
        for (int i = 0; i < 8; i++)
        {
            var heads = new List<double[]>();
            for (int k = 0; k < 2; k++)
            {
                double[] Of(int node) => Times(h[node], w)[(2 * k)..(2 * k + 2)];
                int[] heard = graph.Neighbours(i).ToArray();
                double[] e = [.. heard.Select(j => Of(i).Zip(left[k], (a, b) => a * b).Sum() + Of(j).Zip(right[k], (a, b) => a * b).Sum())
                    .Select(score => Math.Exp(score > 0 ? score : 0.2 * score))];
                heads.Add(heard.Select((j, at) => Of(j).Select(v => v * e[at] / e.Sum()).ToArray()).Aggregate(Plus));
            }
            expected[i] = concatenate ? [.. heads[0], .. heads[1]] : [.. Plus(heads[0], heads[1]).Select(v => v / 2)];
        }
        Near(expected, layer.call(graph, x));
    }

    [Fact]
    public void Gin_agrees_with_loops()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var graph = Generators.ErdosRenyi(8, 0.4, 5);
        var (x, layer) = (randn(8, 3), new GinLayer(nn.Linear(3, 4)));
        var (h, w) = (Rows(x), Named(layer));
        var expected = Enumerable.Range(0, 8).Select(i => Plus(
            Times(graph.Neighbours(i).ToArray().Select(j => h[j]).Aggregate(h[i], Plus), Turned(Rows(w["mlp.weight"]))),
            Rows(w["mlp.bias"].view(1, 4))[0])).ToArray();
        Near(expected, layer.call(graph, x));
    }

    // ------------------------------------------------------------------------------------ of every layer

    [Theory, MemberData(nameof(Layers))]
    public void Renumbering_the_nodes_renumbers_the_rows(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Random(20, 60, 6);
        var layer = Make(name);
        layer.eval();
        var x = randn(20, 3);
        // An LSTM depends on the order in which it hears; a shift keeps it for all nodes that hear none across the seam.
        int[] place = name == "sage-lstm" ? [.. Enumerable.Range(0, 20).Select(i => i + 4)] : Permutation(20, 6);
        int nodes = place.Max() + 1;
        var moved = Graph.FromEdges(nodes, [.. graph.Sources.Select(j => place[j])], [.. graph.Targets.Select(i => place[i])],
            graph.Weights!.data<float>().ToArray());
        var rows = tensor([.. place.Select(i => (long)i)]);
        var there = zeros(nodes, 3).index_add(0, rows, x, 1);
        Assert.True(layer.call(moved, there).index_select(0, rows).allclose(layer.call(graph, x), 1e-5, 1e-6));
    }

    private static int[] Permutation(int n, int seed)
    {
        int[] places = [.. Enumerable.Range(0, n)];
        new Random(seed).Shuffle(places);
        return places;
    }

    [Theory, MemberData(nameof(Layers))]
    public void Messages_run_from_source_to_target_only(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Graph.Directed(3, (0, 1), (1, 2)).WithSelfLoops();
        var layer = Make(name);
        layer.eval();
        var x = tensor(new float[,] { { 1, 2, 3 }, { 0, 1, 0 }, { -1, 0, 2 } });
        var changed = x.clone();
        changed[1] = tensor(new float[] { 5, -3, 4 });
        var (before, after) = (layer.call(graph, x), layer.call(graph, changed));
        Assert.True(after[0].allclose(before[0], 0, 0), "node 0 hears nobody, and heard node 1");
        Assert.False(after[1].allclose(before[1]));
        Assert.False(after[2].allclose(before[2]), "node 2 hears node 1, and did not");
    }

    [Theory, MemberData(nameof(Layers))]
    public void A_batch_of_two_gives_what_two_batches_of_one_give(string name)
    {
        using var scope = NewDisposeScope();
        Graph[] graphs = [Random(5, 9, 7), Random(8, 20, 8)];
        var layer = Make(name);
        layer.eval();
        Tensor[] features = [randn(5, 3), randn(8, 3)];
        var together = layer.call(new GraphBatch(graphs).Graph, cat(features));
        Assert.True(together.allclose(cat([.. graphs.Zip(features, layer.call)]), 1e-5, 1e-6));
    }

    [Theory, MemberData(nameof(Layers))]
    public void Gradients_are_those_that_differences_give(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Random(5, 10, 9);
        var layer = Make(name);
        layer.to(ScalarType.Float64);
        var parameters = layer.parameters().ToArray();
        var x = randn(5, 3, dtype: float64);
        Gradients.AgreeWithDifferences(inputs => layer.call(graph, inputs[0]), x);
        foreach (var parameter in parameters) AgreeIn(parameter, () => layer.call(graph, x));
    }

    /// <summary>The gradient that a parameter gets, against differences at each of its elements.</summary>
    private static void AgreeIn(TorchSharp.Modules.Parameter parameter, Func<Tensor> output)
    {
        using var scope = NewDisposeScope();
        var weights = randn(output().shape, dtype: float64);
        parameter.grad?.zero_();
        (output() * weights).sum().backward();
        double[] gradient = parameter.grad!.contiguous().data<double>().ToArray();
        using var quiet = no_grad();
        var flat = parameter.detach().view(-1).data<double>();
        for (long i = 0; i < gradient.Length; i++)
        {
            double kept = flat[i];
            flat[i] = kept + 1e-6;
            double above = (output() * weights).sum().item<double>();
            flat[i] = kept - 1e-6;
            double below = (output() * weights).sum().item<double>();
            flat[i] = kept;
            double expected = (above - below) / 2e-6;
            Assert.True(Math.Abs(gradient[i] - expected) <= 1e-6 + 1e-5 * Math.Abs(expected), $"element {i}: {gradient[i]}, differences {expected}");
        }
    }

    [Theory, MemberData(nameof(Layers))]
    public void A_gradient_reaches_every_parameter(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Random(12, 40, 10);
        var layer = Make(name);
        layer.call(graph, randn(12, 3)).square().sum().backward();
        Assert.All(layer.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, $"none in {p.name}"));
    }

    [Theory, MemberData(nameof(Layers))]
    public void Live_tensors_do_not_grow_over_passes(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Random(12, 40, 11);
        var (layer, x) = (Make(name), randn(12, 3, requires_grad: true));
        long before = 0;
        for (int pass = 0; pass < 6; pass++)
        {
            using (NewDisposeScope()) layer.call(graph, x).sum().backward();
            if (pass == 2) before = Tensor.TotalCount;
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory, MemberData(nameof(Layers))]
    public void Features_of_the_wrong_width_are_refused_with_both_shapes(string name)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => Make(name).call(Four, ones(4, 2)));
        Assert.Contains("[4, 3]", error.Message);
        Assert.Contains("[4, 2]", error.Message);
        Assert.Throws<ArgumentException>(() => Make(name).call(Four, ones(5, 3)));
    }

    // ------------------------------------------------------------------------------------ of some

    [Theory]
    [InlineData("gcn")]
    [InlineData("sage-mean")]
    [InlineData("sage-gcn")]
    [InlineData("gat")]
    [InlineData("gat-averaged")]
    public void Sparse_features_give_what_dense_ones_give(string name)
    {
        using var scope = NewDisposeScope();
        var graph = Random(6, 14, 12);
        var layer = Make(name, inFeatures: 5);
        var sparse = SparseMatrix.FromRows(6, 5, [0, 2, 2, 3, 5, 6, 8], [0, 3, 1, 2, 4, 0, 1, 4], [1, -2, 3, 0.5f, 1, 4, -1, 2]);
        var given = layer switch
        {
            GcnLayer gcn => gcn.forward(graph, sparse),
            SageLayer sage => sage.forward(graph, sparse),
            GatLayer gat => gat.forward(graph, sparse),
            _ => throw new InvalidOperationException(name),
        };
        Assert.True(given.allclose(layer.call(graph, sparse.ToDense()), 1e-5, 1e-5));
    }

    [Theory]
    [InlineData(SageAggregator.Pool)]
    [InlineData(SageAggregator.Lstm)]
    public void Aggregators_that_are_not_linear_say_that_they_want_dense_features(SageAggregator aggregator)
    {
        using var scope = NewDisposeScope();
        var sparse = SparseMatrix.FromRows(4, 2, [0, 1, 1, 1, 1], [0]);
        var error = Assert.Throws<NotSupportedException>(() => new SageLayer(2, 3, aggregator).forward(Four, sparse));
        Assert.Contains("ToDense", error.Message);
    }

    [Fact]
    public void Dropout_of_sparse_features_keeps_their_mean_and_nothing_alive()
    {
        using var scope = NewDisposeScope();
        manual_seed(13);
        var features = SparseMatrix.FromRows(1, 20000, [0, 20000], [.. Enumerable.Range(0, 20000)]);
        Assert.Same(features, features.Dropout(0.5, training: false));
        long before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            float[] values = features.Dropout(0.75, training: true).Values!.data<float>().ToArray();
            Assert.All(values, value => Assert.True(value is 0 or 4));
            Assert.InRange(values.Average(), 0.92, 1.08);               // deviation √(3 / 20000) = 0.012
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Gat_attention_adds_up_to_one_at_every_node()
    {
        using var scope = NewDisposeScope();
        var graph = Random(15, 50, 14);
        var alpha = new GatLayer(3, 4, heads: 3).Attention(graph, randn(15, 3) * 10);
        var totals = zeros(15, 3).index_add(0, tensor(graph.Targets).to(ScalarType.Int64), alpha, 1);
        Assert.True(totals.allclose(ones(15, 3), 1e-5, 1e-5));
    }

    [Fact]
    public void Gat_ranks_the_neighbours_alike_for_every_node()
    {
        using var scope = NewDisposeScope();
        manual_seed(15);
        var graph = Generators.Complete(7).WithSelfLoops();
        var alpha = new GatLayer(3, 4).Attention(graph, randn(7, 3)).view(7, 7);      // row: target, column: source
        var first = alpha[0].argsort(0);
        for (int i = 1; i < 7; i++) Assert.True(alpha[i].argsort(0).eq(first).all().item<bool>(), $"node {i} ranks them differently");
    }

    [Fact]
    public void Gat_drops_attention_in_training_only()
    {
        using var scope = NewDisposeScope();
        var graph = Random(15, 60, 16);
        var (layer, x) = (new GatLayer(3, 2, attentionDropout: 0.5), randn(15, 3));
        layer.eval();
        Assert.True(layer.call(graph, x).allclose(layer.call(graph, x), 0, 0));
        layer.train();
        Assert.False(layer.call(graph, x).allclose(layer.call(graph, x), 0, 0));
    }

    [Fact]
    public void On_a_complete_graph_one_gcn_layer_makes_all_nodes_alike()
    {
        using var scope = NewDisposeScope();
        manual_seed(17);
        var layer = new GcnLayer(3, 4);
        var (x, graph) = (randn(6, 3), Generators.Complete(6).WithSelfLoops().Normalized());
        var expected = x.mean([0L]).matmul(layer.Weight).expand(6, 4);          // Â = 1/6 everywhere
        Assert.True(layer.call(graph, x).allclose(expected, 1e-5, 1e-6));
    }

    [Fact]
    public void The_normalised_adjacency_has_spectral_radius_one()
    {
        using var scope = NewDisposeScope();
        var a = Generators.ErdosRenyi(15, 0.3, 18).WithSelfLoops().Normalized().Adjacency.ToDense().to(ScalarType.Float64);
        var values = linalg.eigvalsh(a);
        Assert.Equal(1, values.abs().max().item<double>(), 6);
        Assert.True(values.min().item<double>() > -1);
    }

    // ------------------------------------------------------------------------------------ sampling

    [Fact]
    public void A_sample_keeps_at_most_the_fan_out_and_nobody_twice()
    {
        var graph = Generators.BarabasiAlbert(60, 4, 1);
        var sampled = graph.Sample(5, new Random(1));
        for (int i = 0; i < 60; i++)
        {
            int[] kept = sampled.Neighbours(i).ToArray();
            Assert.Equal(Math.Min(5, graph.Neighbours(i).Length), kept.Length);
            Assert.Equal(kept.Length, kept.Distinct().Count());
            Assert.Subset(graph.Neighbours(i).ToArray().ToHashSet(), kept.ToHashSet());
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_sample_and_another_seed_another()
    {
        var graph = Generators.BarabasiAlbert(60, 4, 1);
        Assert.Equal(graph.Sample(3, new Random(7)).Sources, graph.Sample(3, new Random(7)).Sources);
        Assert.NotEqual(graph.Sample(3, new Random(7)).Sources, graph.Sample(3, new Random(8)).Sources);
    }

    [Fact]
    public void A_sampled_edge_keeps_its_weight()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.BarabasiAlbert(40, 3, 2);
        // A weight that tells its edge: 100 · target + source.
        graph = graph.WithWeights(tensor([.. graph.Targets.Zip(graph.Sources, (t, s) => 100f * t + s)]));
        var sampled = graph.Sample(2, new Random(3));
        Assert.Equal(sampled.Targets.Zip(sampled.Sources, (t, s) => 100f * t + s), sampled.Weights!.data<float>().ToArray());
    }

    [Fact]
    public void Every_neighbour_is_as_likely_as_any_other()
    {
        var (star, random) = (Generators.Star(11), new Random(4));
        var counts = new int[11];
        for (int draw = 0; draw < 2000; draw++)
            foreach (int j in star.Sample(3, random).Neighbours(0)) counts[j]++;
        Assert.All(counts[1..], count => Assert.InRange(count, 480, 720));      // 600 expected, deviation 20
    }

    [Fact]
    public void A_fan_out_of_none_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Four.Sample(0, new Random(1)));
}
