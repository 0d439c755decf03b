using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.Theory;

namespace Lectern.Tests.Papers.Theory;

/// <summary>Graph information: the two measures, what controls them, and CS-GNN.</summary>
public sealed class GraphInformationTests
{
    private static double Most(Tensor x) => x.abs().max().to(ScalarType.Float64).item<double>();

    // ------------------------------------------------------------------------------------ the measures

    [Fact]
    public void By_hand_four_nodes_in_a_row()
    {
        using var scope = NewDisposeScope();
        var path = Generators.Path(4);
        // Features 0, 1, 1, 3 become 0, 1/3, 1/3, 1: squares 1/9, 0, 4/9 over three edges, in both directions.
        var x = tensor(new float[,] { { 0 }, { 1 }, { 1 }, { 3 } });
        Assert.Equal(2 * (5 / 9.0) / 3, GraphInformation.FeatureSmoothness(path, x), 6);
        Assert.Equal(1 / 3.0, GraphInformation.LabelSmoothness(path, [0, 0, 1, 1]), 12);
        Assert.Equal(0.5, GraphInformation.LabelSmoothness(path, [0, -1, 1, 1]) + 0.5, 12);     // one edge is known, and agrees
    }

    [Fact]
    public void Label_smoothness_is_0_with_a_class_a_component_and_1_on_two_colours_and_0_without_mismatches()
    {
        var two = Graph.Undirected((0, 1), (1, 2), (3, 4));
        Assert.Equal(0, GraphInformation.LabelSmoothness(two, [1, 1, 1, 0, 0]));
        Assert.Equal(1, GraphInformation.LabelSmoothness(Generators.Cycle(6), [0, 1, 0, 1, 0, 1]));
        Assert.Equal(0, GraphInformation.LabelSmoothness(Graph.Undirected(3), [0, 1, 2]));
        long[] labels = [.. Enumerable.Range(0, 40).Select(i => (long)(i % 3))];
        var graph = Generators.ErdosRenyi(40, 0.2, 1);
        double before = GraphInformation.LabelSmoothness(graph, labels);
        double half = GraphInformation.LabelSmoothness(GraphInformation.RemoveMismatches(graph, labels, 0.5, 1), labels);
        Assert.Equal(0.5 * before / (1 - 0.5 * before), half, 0.02);
        Assert.Equal(0, GraphInformation.LabelSmoothness(GraphInformation.RemoveMismatches(graph, labels, 1, 1), labels));
        Assert.Throws<ArgumentException>(() => GraphInformation.LabelSmoothness(graph, [0, 1]));
    }

    [Fact]
    public void Feature_smoothness_is_0_for_constants_2_for_one_edge_and_the_same_in_any_scale()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.ErdosRenyi(30, 0.2, 2);
        Assert.Equal(0, GraphInformation.FeatureSmoothness(graph, ones(30, 4) * 3));
        Assert.Equal(2, GraphInformation.FeatureSmoothness(Generators.Path(2), tensor(new float[,] { { 0 }, { 1 } })));
        manual_seed(1);
        var x = rand(30, 4);
        Assert.Equal(GraphInformation.FeatureSmoothness(graph, x), GraphInformation.FeatureSmoothness(graph, x * tensor(new float[] { 2, 5, 9, 1 }) - 7), 5);
        // The definition, word by word.
        var scaled = GraphInformation.MinMax(x);
        double total = 0;
        for (int v = 0; v < 30; v++)
            foreach (int u in graph.Neighbours(v)) total += (scaled[v] - scaled[u]).square().sum().item<float>();
        Assert.Equal(total / (graph.Edges / 2 * 4.0), GraphInformation.FeatureSmoothness(graph, x), 5);
    }

    [Theory]
    [InlineData("cora", 0.190, 4.26e-2)]
    [InlineData("citeseer", 0.262, 2.83e-2)]            // 0.265 where the 15 nodes without a label count as another class
    public void Cora_and_Citeseer_have_their_known_smoothness(string name, double label, double feature)
    {
        Assert.SkipUnless(Catalog.Has(name), $"{name} is not on this machine; LECTERN_MIRROR names a folder that has it.");
        using var scope = NewDisposeScope();
        var data = Planetoid.Load(name);
        Assert.Equal(label, GraphInformation.LabelSmoothness(data.Graph, data.Labels.data<long>().ToArray()), 0.0006);
        Assert.Equal(feature, GraphInformation.FeatureSmoothness(data.Graph, data.Features.ToDense()), 1e-4);
    }

    [Fact]
    public void Mixing_in_neighbours_lowers_the_energy_on_a_regular_graph_and_leaves_constants_and_loners_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var ring = Generators.Cycle(20);
        double Energy(Tensor y) => ring.Pairs().Sum(p => (y[p.Item1] - y[p.Item2]).square().sum().item<float>());
        var x = rand(20, 3);
        double last = Energy(x);
        for (int s = 1; s <= 6; s++)
        {
            double now = Energy(GraphInformation.Broadcast(ring, x, s));
            Assert.True(now < last);
            last = now;
        }
        Assert.True(Most(GraphInformation.Broadcast(ring, ones(20, 2), 3) - 1) < 1e-6);
        var alone = Graph.Undirected(3, (0, 1));
        Assert.Equal(5, GraphInformation.Broadcast(alone, tensor(new float[,] { { 0 }, { 2 }, { 5 } }), 4)[2, 0].item<float>());
    }

    // ------------------------------------------------------------------------------------ topology features

    [Fact]
    public void Topology_features_are_those_of_the_whole_spectrum()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.BarabasiAlbert(20, 2, 3);
        var features = GraphInformation.TopologyFeatures(graph, samples: 4, step: 3, tau: 5, order: 40);
        var a = graph.Adjacency.ToDense().to(float64);
        var (values, vectors) = linalg.eigh(a.sum(dim: 1).diag() - a);
        var psi = vectors.mm((values * (-5 / values.max().item<double>())).exp().diag()).mm(vectors.t());    // symmetric: [20, 20]
        for (int s = 0; s < 4; s++)
        {
            Assert.True(Most(features[.., s] - (psi * (3.0 * s)).cos().mean([0])) < 1e-3);
            Assert.True(Most(features[.., 4 + s] - (psi * (3.0 * s)).sin().mean([0])) < 1e-3);
        }
    }

    [Fact]
    public void Nodes_that_cannot_be_told_apart_have_equal_topology_features_and_others_have_not()
    {
        using var scope = NewDisposeScope();
        var t = GraphInformation.TopologyFeatures(Generators.Path(7), tau: 5);  // a row: i and 6 - i are alike
        for (int i = 0; i < 3; i++) Assert.True(Most(t[i] - t[6 - i]) < 1e-4);
        Assert.True(Most(t[0] - t[3]) > 1e-3);
        Assert.Equal(new long[] { 7, 64 }, t.shape);
    }

    // ------------------------------------------------------------------------------------ the layer

    private static readonly GraphInformationSettings Small = new(Hidden: 5, Heads: 2);

    private static CsLayer Layer(double drop, bool residual = false)
    {
        manual_seed(3);
        var layer = new CsLayer(4, 3, Small, drop, residual);
        using (no_grad())
            foreach (var p in layer.AttentionParameters) p.copy_(randn(p.shape) * 0.15);     // larger ones tie: ELU is flat there
        layer.eval();
        return layer;
    }

    [Fact]
    public void A_layer_is_what_its_formulas_say_node_by_node()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.ErdosRenyi(8, 0.4, 5);
        var layer = Layer(0.3, residual: true);
        var (h, t) = (randn(8, 4), randn(8, 3));
        var w = layer.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        var (wl, wc, wq, wr) = (w["left"], w["context"], w["query"], w["right"]);
        Tensor Head(Tensor row, int k) => row.narrow(0, 5 * k, 5);
        var expected = new List<Tensor>();
        for (int k = 0; k < 2; k++)
        {
            var a = new double[graph.Edges];
            for (int i = 0; i < 8; i++)
            {
                var c = Head(cat([h[i], t[i]]).matmul(wc), k);
                var around = Enumerable.Range(0, graph.Edges).Where(e => graph.Targets[e] == i).ToArray();
                double[] e = [.. around.Select(edge =>
                {
                    double s = c.dot(Head(h[graph.Sources[edge]].matmul(wq), k) - c).item<float>();
                    return Math.Exp(s > 0 ? s : Math.Exp(s) - 1);
                })];
                for (int n = 0; n < e.Length; n++) a[around[n]] = e[n] / e.Sum();
            }
            int r = (int)Math.Ceiling(0.3 * graph.Edges);
            double before = a.Sum();
            foreach (int edge in Enumerable.Range(0, graph.Edges).OrderBy(edge => a[edge]).Take(r)) a[edge] = 0;
            double factor = before / a.Sum();
            expected.Add(stack([.. Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, graph.Edges).Where(e => graph.Targets[e] == i)
                .Aggregate(Head(h[i].matmul(wr), k), (z, e) => z + a[e] * factor * Head(h[graph.Sources[e]].matmul(wl), k)))]));
        }
        var own = h.mm(wl);
        expected.Add((own.narrow(1, 0, 5) + own.narrow(1, 5, 5)) / 2);
        Assert.True(Most(layer.call(graph, h, t) - cat(expected, 1)) < 1e-4);
    }

    [Fact]
    public void Attention_adds_up_to_1_and_dropping_takes_exactly_r_and_keeps_the_total()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.ErdosRenyi(20, 0.3, 1);
        var a = Layer(0).Attention(graph, randn(20, 4), randn(20, 3));          // [E, 2]
        var rows = zeros(20, 2).index_add(0, tensor(graph.Targets.Select(i => (long)i).ToArray()), a, 1);
        var degrees = graph.Degrees();
        for (int i = 0; i < 20; i++)
            Assert.True(Most(rows[i] - (degrees[i] > 0 ? 1 : 0)) < 1e-5);
        foreach (double share in new[] { 0.01, 0.25, 0.713, 0.99 })
        {
            var kept = CsLayer.Drop(a, share);
            long r = (long)Math.Ceiling(share * graph.Edges);
            for (int k = 0; k < 2; k++)
            {
                Assert.Equal(r, kept[.., k].eq(0).sum().item<long>());
                Assert.Equal(a[.., k].sum().item<float>(), kept[.., k].sum().item<float>(), 1e-3);
                // No dropped coefficient was larger than one that was kept.
                var dropped = a[.., k].masked_select(kept[.., k].eq(0));
                var others = a[.., k].masked_select(kept[.., k].ne(0));
                Assert.True(dropped.max().item<float>() <= others.min().item<float>());
            }
        }
        Assert.Equal(0, Most(CsLayer.Drop(a, 0) - a));
        Assert.Equal(0, Most(CsLayer.Drop(a, 1)));
    }

    [Fact]
    public void The_network_follows_its_nodes_when_they_are_renumbered_and_two_graphs_do_not_meet_without_dropping()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var net = new CsGnn(4, 3, 3, Small, 0.25);
        using (no_grad())
            foreach (var p in net.AttentionParameters) p.copy_(randn(p.shape) * 0.3);
        net.eval();
        var graph = Generators.ErdosRenyi(15, 0.3, 6);
        var (x, t) = (randn(15, 4), randn(15, 3));
        int[] order = [.. Enumerable.Range(0, 15)];
        new Random(7).Shuffle(order);                                           // node i is called order[i]
        var inverse = tensor(Enumerable.Range(0, 15).Select(v => (long)Array.IndexOf(order, v)).ToArray());
        var renamed = Graph.Undirected(15, [.. graph.Pairs().Select(p => (order[p.Item1], order[p.Item2]))]);
        var there = net.call(renamed, x.index_select(0, inverse), t.index_select(0, inverse));
        Assert.True(Most(there.index_select(0, tensor(order.Select(i => (long)i).ToArray())) - net.call(graph, x, t)) < 1e-4);

        // The share is of the whole graph: batches equal single graphs only where nothing is dropped.
        var plain = new CsGnn(4, 3, 3, Small, 0);
        plain.eval();
        var batch = new GraphBatch([graph, graph]);
        var both = plain.call(batch.Graph, cat([x, x], 0), cat([t, t], 0));
        Assert.True(Most(both - cat([plain.call(graph, x, t), plain.call(graph, x, t)], 0)) < 1e-5);
    }

    [Fact]
    public void Gradients_reach_every_parameter_and_shapes_and_shares_are_checked()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var net = new CsGnn(4, 3, 2, Small, 0.2);
        var graph = Generators.ErdosRenyi(15, 0.3, 6);
        (net.call(graph, randn(15, 4), randn(15, 3)) * randn(15, 2)).sum().backward();
        Assert.All(net.named_parameters(), p => Assert.True(p.parameter.grad is { } g && Most(g) > 0, p.name));
        Assert.Contains("[15, 4]", Assert.Throws<ArgumentException>(() => net.call(graph, randn(15, 5), randn(15, 3))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CsLayer(4, 3, Small, 1.2, false));
    }

    [Fact]
    public void Made_data_has_the_smoothness_asked_for()
    {
        using var scope = NewDisposeScope();
        foreach (double mismatch in new[] { 0.05, 0.3, 0.5 })
        {
            var data = GraphInformation.TwoClasses(150, 10, mismatch, 1, seed: 1);
            Assert.Equal(mismatch, GraphInformation.LabelSmoothness(data.Graph, data.Labels.data<long>().ToArray()), 0.03);
            Assert.Equal(10, data.Graph.Edges / 300.0, 0.6);
        }
        double Lambda(double noise) => GraphInformation.FeatureSmoothness(
            GraphInformation.TwoClasses(150, 10, 0.1, noise, seed: 1).Graph, GraphInformation.TwoClasses(150, 10, 0.1, noise, seed: 1).Features.ToDense());
        Assert.True(Lambda(0.1) < Lambda(2));
    }

    [Fact]
    public void Where_edges_agree_CS_GNN_beats_features_alone_by_ten_points_and_seeds_repeat()
    {
        using var scope = NewDisposeScope();
        var data = GraphInformation.TwoClasses(100, 10, 0.1, 1, seed: 3);
        var settings = new GraphInformationSettings(Hidden: 8, Epochs: 60, Patience: 60);
        var topology = zeros(200, 2) + 1;
        double With(NodeDataset d) => GraphInformation.Train(d, settings, 1, topology).TestAccuracy;
        double graph = With(data), alone = With(data with { Graph = Graph.Undirected(200) });
        Assert.True(graph > alone + 0.1, $"with the graph {graph}, without {alone}");
        Assert.Equal(graph, With(data));
    }
}
