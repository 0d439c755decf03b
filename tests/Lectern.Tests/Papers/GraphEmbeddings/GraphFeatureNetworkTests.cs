using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Tests.Papers.GraphEmbeddings;

/// <summary>Graph feature networks: the filter, the features, the set functions, the protocol.</summary>
public sealed class GraphFeatureNetworkTests
{
    private static readonly GraphFeatureSettings Small = new(DegreeCap: 4, Hidden: 16, NodeLayers: 2, Batch: 16, Epochs: 3, Folds: 3);

    public static TheoryData<GraphFeatureModel> Models() => [.. Enum.GetValues<GraphFeatureModel>()];

    private static float MaxDifference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private static GraphDataset Of(params Graph[] graphs) =>
        new() { Name = "some", Graphs = graphs, Labels = [.. graphs.Select((_, i) => i % 2)], Classes = 2 };

    private static Tensor Scores(nn.Module<GraphSample, Tensor> model, GraphDataset data, GraphFeatureModel kind, Tensor features)
    {
        model.eval();
        return model.call(GraphFeatureNetwork.Prepare(data, kind).Batch([.. Enumerable.Range(0, data.Count)], features));
    }

    /// <summary>A model after some steps, so that batch norms have seen data and no weight is at its start.</summary>
    private static nn.Module<GraphSample, Tensor> Trained(GraphDataset data, GraphFeatureModel kind, out Tensor features)
    {
        manual_seed(1);
        features = GraphFeatureNetwork.Features(data, kind, Small);
        var model = GraphFeatureNetwork.Create(features.shape[1], 2, kind, Small);
        var optimizer = optim.Adam(model.parameters(), 0.01);
        var batch = GraphFeatureNetwork.Prepare(data, kind).Batch([.. Enumerable.Range(0, data.Count)], features);
        for (int step = 0; step < 5; step++)
        {
            optimizer.zero_grad();
            nn.functional.cross_entropy(model.call(batch), batch.Labels).backward();
            optimizer.step();
        }
        return model;
    }

    // ------------------------------------------------------------------------------------ features

    [Fact]
    public void By_hand_the_filter_of_a_path_has_one_over_root_two_between_neighbours_and_one_at_a_lonely_node()
    {
        using var scope = NewDisposeScope();
        var filter = GraphFeatures.Filter(Graph.Undirected(4, (0, 1), (1, 2))).Adjacency.ToDense();
        float r = (float)(1 / Math.Sqrt(2));
        var expected = tensor(new float[,] { { 0, r, 0, 0 }, { r, 0, r, 0 }, { 0, r, 0, 0 }, { 0, 0, 0, 1 } });
        Assert.True(MaxDifference(filter, expected) < 1e-6);
    }

    [Fact]
    public void On_a_regular_graph_the_filter_leaves_ones_alone()
    {
        using var scope = NewDisposeScope();
        foreach (var graph in new[] { Generators.Cycle(9), Generators.Complete(6) })
            Assert.True(MaxDifference(GraphFeatures.Filter(graph).Sum(ones(graph.Nodes, 1)), ones(graph.Nodes, 1)) < 1e-6);
    }

    [Fact]
    public void The_features_are_the_columns_that_the_paper_lists_and_powers_of_the_dense_filter()
    {
        using var scope = NewDisposeScope();
        var data = GeneratedGraphs.Molecules(6, seed: 1);
        int f = data.NodeLabelCount;
        var features = GraphFeatures.Build(data);
        Assert.Equal([data.Nodes, f + 1 + 101 + 3 * f], features.shape);
        int first = data.Offsets[2], n = data.Graphs[2].Nodes;
        var own = features[first..(first + n)];
        var dense = data.Graphs[2].Adjacency.ToDense().to(ScalarType.Float64);
        var x = data.OneHotLabels()[first..(first + n)].to(ScalarType.Float64);
        var degree = dense.sum(dim: 1).unsqueeze(1);
        var filter = dense / (degree * degree.t()).sqrt();
        Assert.True(MaxDifference(own[.., ..f], x.to(float32)) < 1e-6);
        Assert.True(MaxDifference(own[.., f..(f + 1)], degree.to(float32)) < 1e-6);
        for (int v = 0; v < n; v++) Assert.Equal(1, own[v, f + 1 + (int)degree[v, 0].item<double>()].item<float>());
        Assert.Equal(n, own[.., (f + 1)..(f + 102)].sum().item<float>());
        for (int k = 1; k <= 3; k++)
        {
            x = filter.mm(x);
            int at = f + 102 + (k - 1) * f;
            Assert.True(MaxDifference(own[.., at..(at + f)], x.to(float32)) < 1e-5);
        }
    }

    [Fact]
    public void A_degree_above_the_cap_takes_the_last_column_and_graphs_without_labels_have_a_one_for_X()
    {
        using var scope = NewDisposeScope();
        var features = GraphFeatures.Build(Of(Generators.Star(8)), hops: 1, degreeCap: 3);
        Assert.Equal([8, 1 + 1 + 4 + 1], features.shape);
        Assert.Equal(1, features[0, 0].item<float>());
        Assert.Equal(7, features[0, 1].item<float>());
        Assert.Equal(1, features[0, 5].item<float>());                          // degree 7, cap 3
        Assert.Equal(1, features[1, 3].item<float>());                          // degree 1
    }

    // ------------------------------------------------------------------------------------ the networks

    [Theory]
    [MemberData(nameof(Models))]
    public void Renumbering_nodes_changes_no_score_and_a_batch_is_its_graphs_one_by_one(GraphFeatureModel kind)
    {
        using var scope = NewDisposeScope();
        var data = GeneratedGraphs.EgoNetworks(8, seed: 2);
        var model = Trained(data, kind, out var features);
        var scores = Scores(model, data, kind, features);
        for (int g = 0; g < data.Count; g++)
        {
            int[] place = [.. Enumerable.Range(0, data.Graphs[g].Nodes)];
            new Random(g).Shuffle(place);
            var moved = Of(Graph.Undirected(place.Length, [.. data.Graphs[g].Pairs().Select(p => (place[p.Item1], place[p.Item2]))]));
            var alone = Scores(model, moved, kind, GraphFeatureNetwork.Features(moved, kind, Small));
            Assert.True(MaxDifference(alone[0], scores[g]) < 2e-4 * (1 + scores[g].abs().max().item<float>()));
        }
        Assert.True(MaxDifference(scores[0], scores[1]) > 1e-3);
    }

    [Fact]
    public void GFN_looks_at_edges_while_features_are_made_and_never_after()
    {
        using var scope = NewDisposeScope();
        var data = GeneratedGraphs.EgoNetworks(6, seed: 3);
        var model = Trained(data, GraphFeatureModel.Gfn, out var features);
        model.eval();
        int[] all = [.. Enumerable.Range(0, 6)];
        var with = model.call(data.Batch(all, features));
        var bare = data with { Graphs = [.. data.Graphs.Select(g => Graph.Undirected(g.Nodes))] };
        Assert.Equal(0, MaxDifference(with, model.call(bare.Batch(all, features))));
        Assert.True(MaxDifference(with, model.call(bare.Batch(all, GraphFeatures.Build(bare, Small.Hops, Small.DegreeCap)))) > 1e-3);
    }

    [Fact]
    public void GLN_scores_of_a_union_are_the_sum_of_the_scores_less_one_bias()
    {
        using var scope = NewDisposeScope();
        Graph a = Generators.Star(5), b = Generators.Cycle(4);
        var union = Graph.Undirected(9, [.. a.Pairs(), .. b.Pairs().Select(p => (p.Item1 + 5, p.Item2 + 5))]);
        var model = Trained(Of(a, b, Generators.Path(6), Generators.Complete(4)), GraphFeatureModel.Gln, out _);
        var data = Of(a, b, union);
        var scores = Scores(model, data, GraphFeatureModel.Gln, GraphFeatureNetwork.Features(data, GraphFeatureModel.Gln, Small));
        var bias = model.named_parameters().First(p => p.name == "classify.bias").parameter;
        Assert.True(MaxDifference(scores[2], scores[0] + scores[1] - bias) < 1e-4);
        // GFN is not additive.
        var gfn = Trained(data, GraphFeatureModel.Gfn, out var features);
        var bent = Scores(gfn, data, GraphFeatureModel.Gfn, features);
        Assert.True(MaxDifference(bent[2] - bent[0] - bent[1], bent[0] * 0) > 1e-2);
    }

    [Fact]
    public void Graph_convolutions_without_what_lies_between_are_a_linear_map_of_filtered_features()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var graph = Generators.BarabasiAlbert(12, 2, seed: 1).WithSelfLoops().Normalized();
        var x = randn(12, 5);
        var (l1, l2, l3) = (new GcnLayer(5, 7), new GcnLayer(7, 6), new GcnLayer(6, 2));
        var stacked = l3.call(graph, l2.call(graph, l1.call(graph, x)));
        var linear = graph.Sum(graph.Sum(graph.Sum(x))).mm(l1.Weight.mm(l2.Weight).mm(l3.Weight));
        Assert.True(MaxDifference(stacked, linear) < 1e-5);
    }

    [Theory]
    [InlineData(GraphFeatureModel.Gfn)]
    [InlineData(GraphFeatureModel.Gcn)]
    [InlineData(GraphFeatureModel.Gin)]
    public void Neither_GFN_nor_GCN_nor_GIN_tells_a_ring_of_six_from_two_triangles(GraphFeatureModel kind)
    {
        using var scope = NewDisposeScope();
        var data = Of(Generators.Cycle(6), Graph.Undirected(6, (0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)), Generators.Path(6));
        var model = Trained(data, kind, out var features);
        var scores = Scores(model, data, kind, features);
        Assert.True(MaxDifference(scores[0], scores[1]) < 1e-5);
        Assert.True(MaxDifference(scores[0], scores[2]) > 1e-3);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_gradient_reaches_every_parameter(GraphFeatureModel kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var data = GeneratedGraphs.Molecules(12, seed: 3);
        var features = GraphFeatureNetwork.Features(data, kind, Small);
        var model = GraphFeatureNetwork.Create(features.shape[1], 2, kind, Small);
        model.eval();                                                   // dropout would take some gradients away
        var batch = GraphFeatureNetwork.Prepare(data, kind).Batch([.. Enumerable.Range(0, 12)], features);
        nn.functional.cross_entropy(model.call(batch), batch.Labels).backward();
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, p.name));
    }

    [Fact]
    public void Weights_start_as_the_authors_do_Glorot_at_nodes_without_biases_the_engine_s_own_at_graphs()
    {
        manual_seed(4);
        var parameters = new Gfn(20, 2, GraphFeatureModel.Gfn, new()).named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.DoesNotContain("encode.bias", parameters.Keys);
        Assert.DoesNotContain("linears.0.bias", parameters.Keys);
        float Largest(string name) => parameters[name].detach().abs().max().item<float>();
        double glorot = Math.Sqrt(6.0 / (128 + 128)), engine = 1 / Math.Sqrt(128);
        Assert.InRange(Largest("linears.1.weight"), 0.98 * glorot, glorot);
        foreach (string name in new[] { "graphLayer.weight", "graphLayer.bias", "classify.weight" })
            Assert.InRange(Largest(name), 0.9 * engine, engine);
        foreach (string norm in new[] { "normFeatures", "norms.2", "normGraph", "normLast" })
            Assert.Equal((1f, 1e-4f), (Largest(norm + ".weight"), Largest(norm + ".bias")));
        // A graph convolution has the bias that GFN's layers lack.
        Assert.Contains("convolutions.0.bias", new Gfn(20, 2, GraphFeatureModel.Gcn, new()).named_parameters().Select(p => p.name));
        Assert.Contains("Create", Assert.Throws<ArgumentException>(() => new Gfn(20, 2, GraphFeatureModel.Gin, new())).Message);
    }

    [Fact]
    public void Features_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        var data = Of(Generators.Cycle(5), Generators.Path(4));
        var model = new Gfn(3, 2, GraphFeatureModel.Gfn, Small);
        Assert.Contains("[9, 3]", Assert.Throws<ArgumentException>(() => model.call(data.Batch([0, 1], ones(9, 4)))).Message);
    }

    // ------------------------------------------------------------------------------------ the protocol

    [Fact]
    public void GFN_learns_where_a_group_stands_and_a_network_of_nodes_alone_does_not()
    {
        var data = GeneratedGraphs.Molecules(90, seed: 1);
        var settings = Small with { Hidden = 32, Epochs = 40, LearningRate = 0.01 };
        var gfn = GraphFeatureNetwork.CrossValidate(data, GraphFeatureModel.Gfn, settings, seed: 1);
        var nodes = GraphFeatureNetwork.CrossValidate(data, GraphFeatureModel.NodesOnly, settings with { Epochs = 15 }, seed: 1);
        Assert.True(gfn.AtLastEpoch.Mean > 0.85, $"{gfn.AtLastEpoch.Mean}");
        Assert.True(gfn.AtLastEpoch.Mean > nodes.AtLastEpoch.Mean + 0.2, $"{nodes.AtLastEpoch.Mean}");
    }

    [Fact]
    public void The_rules_choose_what_they_say_and_the_same_seed_gives_the_same_run()
    {
        var data = GeneratedGraphs.EgoNetworks(36, seed: 1);
        var result = GraphFeatureNetwork.CrossValidate(data, GraphFeatureModel.GfnLight, Small, seed: 2, validates: true);
        Assert.Equal((3, 3, 3), (result.TestAccuracy.Count, result.ValidationLoss.Count, result.TestAccuracy[0].Count));
        double[] means = [.. Enumerable.Range(0, 3).Select(e => result.TestAccuracy.Average(f => f[e]))];
        Assert.Equal(means.Max(), result.AtBestTestEpoch.Mean, 12);
        Assert.Equal(means[^1], result.AtLastEpoch.Mean, 12);
        for (int f = 0; f < 3; f++)
        {
            int at = Enumerable.Range(0, 3).MinBy(e => result.ValidationLoss[f][e]);
            Assert.Equal(result.TestAccuracy[f][at], result.AtBestValidation.Values[f]);
        }
        var again = GraphFeatureNetwork.CrossValidate(data, GraphFeatureModel.GfnLight, Small, seed: 2, validates: true);
        Assert.Equal(result.TrainLoss.SelectMany(l => l), again.TrainLoss.SelectMany(l => l));
        var without = GraphFeatureNetwork.CrossValidate(data, GraphFeatureModel.Gln, Small with { Epochs = 1 }, seed: 1);
        Assert.Contains("validates: true", Assert.Throws<InvalidOperationException>(() => without.AtBestValidation).Message);
    }

    [Fact]
    public void MUTAG_has_features_of_the_sheet_s_width()
    {
        Assert.SkipUnless(Catalog.Has("mutag"), "MUTAG is not on this machine; LECTERN_MIRROR names a folder that has it.");
        using var features = GraphFeatures.Build(TuFormat.Load("mutag"));
        Assert.Equal([3371, 7 + 1 + 101 + 21], features.shape);
    }
}
