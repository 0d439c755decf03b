using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>What every classifier of graphs has to keep, whatever its layers are.</summary>
public sealed class GraphClassifiersTests
{
    private static readonly GraphDataset Data = Asymmetric().WithPyramids(2);

    public static TheoryData<string> Models => ["gin", "gin-errica", "sort", "diff", "diff-one", "ecc", "ecc-labels", "sage-mean", "sage-sum", "sage-max"];

    private static nn.Module<GraphSample, Tensor> Create(string name) => name switch
    {
        "gin" => new GinClassifier(4, 3, new GinSettings([8, 8])),
        "gin-errica" => new GinClassifier(4, 3, new GinSettings([8, 8], LearnsEpsilon: true, MeanPooling: true, FirstMlp: true)),
        "sort" => new SortPoolClassifier(4, 3, new SortPoolSettings(10, Width: 6, Layers: 2, Dense: 12)),
        "diff" => new DiffPoolClassifier(4, 3, new DiffPoolSettings(40, Hidden: 6, Embedding: 8, Dense: 7)),
        "diff-one" => new DiffPoolClassifier(4, 3, new DiffPoolSettings(16, Levels: 1, Hidden: 6, Embedding: 8, Share: 0.3)),
        "ecc" => new EdgeConditionedClassifier(4, 3, new EdgeConditionedSettings(6, Mean: false)),
        "ecc-labels" => new EdgeConditionedClassifier(4, 3, new EdgeConditionedSettings(6, EdgeLabels: 2, LayersPerLevel: 2)),
        "sage-mean" => new SageClassifier(4, 3, new SageSettings(6, 2)),
        "sage-sum" => new SageClassifier(4, 3, new SageSettings(6, 2, SageReading.Sum)),
        _ => new SageClassifier(4, 3, new SageSettings(6, 2, SageReading.Max)),
    };

    /// <summary>Random connected graphs without symmetry, so that their eigenvectors have no choice but their sign.</summary>
    private static GraphDataset Asymmetric()
    {
        var graphs = Enumerable.Range(0, 6).Select(seed => Generators.BarabasiAlbert(8 + 2 * seed % 9, 2, seed + 11)).ToArray();
        var random = new Random(3);
        return new GraphDataset
        {
            Name = "random",
            Graphs = graphs,
            Labels = [0, 1, 2, 0, 1, 2],
            Classes = 3,
            NodeLabels = [.. graphs.Select(graph => Enumerable.Range(0, graph.Nodes).Select(_ => random.Next(4)).ToArray())],
            NodeLabelCount = 4,
            EdgeLabels = [.. graphs.Select(graph => graph.Sources.Zip(graph.Targets, (i, j) => (i + j) % 2).ToArray())],
            EdgeLabelCount = 2,
        };
    }

    private static GraphDataset Renumbered(GraphDataset data, int seed)
    {
        var (graphs, labels, edgeLabels) = (new List<Graph>(), new List<int[]>(), new List<int[]>());
        for (int g = 0; g < data.Count; g++)
        {
            var graph = data.Graphs[g];
            int[] place = [.. Enumerable.Range(0, graph.Nodes)];
            new Random(seed + g).Shuffle(place);
            var moved = Graph.Undirected(graph.Nodes, [.. graph.Pairs().Select(p => (place[p.Item1], place[p.Item2]))]);
            int[] back = new int[graph.Nodes], own = new int[graph.Nodes];
            for (int i = 0; i < graph.Nodes; i++) (back[place[i]], own[place[i]]) = (i, data.NodeLabels![g][i]);
            graphs.Add(moved);
            labels.Add(own);
            edgeLabels.Add([.. moved.Sources.Zip(moved.Targets, (i, j) => (back[i] + back[j]) % 2)]);
        }
        return (data with { Graphs = graphs, NodeLabels = labels, EdgeLabels = edgeLabels }).Subset([.. Enumerable.Range(0, data.Count)]);
    }

    private static float[] Scores(nn.Module<GraphSample, Tensor> model, GraphDataset data, params int[] graphs)
    {
        model.eval();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return model.call(data.Batch(graphs, data.OneHotLabels())).data<float>().ToArray();
    }

    // Batch normalisation as it is after some training, so that evaluation is not the identity.
    private static nn.Module<GraphSample, Tensor> Warm(string name)
    {
        manual_seed(7);
        var model = Create(name);
        model.train();
        using var scope = NewDisposeScope();
        for (int pass = 0; pass < 3; pass++) model.call(Data.Batch([0, 1, 2, 3, 4, 5], Data.OneHotLabels()));
        return model;
    }

    [Theory, MemberData(nameof(Models))]
    public void Renumbered_nodes_have_the_same_scores(string name)
    {
        var model = Warm(name);
        var moved = Renumbered(Data with { Pyramids = null }, seed: 5).WithPyramids(2);
        var (here, there) = (Scores(model, Data, 0, 1, 2, 3, 4, 5), Scores(model, moved, 0, 1, 2, 3, 4, 5));
        for (int i = 0; i < here.Length; i++) Assert.Equal(here[i], there[i], 1e-4f);
    }

    [Theory, MemberData(nameof(Models))]
    public void A_batch_has_the_scores_of_its_graphs_alone(string name)
    {
        var model = Warm(name);
        float[] together = Scores(model, Data, 3, 0, 5);
        float[] alone = [.. Scores(model, Data, 3), .. Scores(model, Data, 0), .. Scores(model, Data, 5)];
        for (int i = 0; i < together.Length; i++) Assert.Equal(alone[i], together[i], 1e-4f);
        Assert.True(Enumerable.Range(0, 3).Any(c => Math.Abs(together[c] - together[c + 3]) > 1e-3f), "all graphs have one score");
    }

    [Theory, MemberData(nameof(Models))]
    public void A_gradient_reaches_every_parameter(string name)
    {
        manual_seed(2);
        var model = Create(name);
        model.train();
        // Dropout and ReLU silence units at times: a few passes reach all.
        for (int pass = 0; pass < 4; pass++)
        {
            using var scope = NewDisposeScope();
            var sample = Data.Batch([0, 1, 2, 3, 4, 5], Data.OneHotLabels());
            var loss = nn.functional.cross_entropy(model.call(sample), sample.Labels);
            if (model is DiffPoolClassifier diff) loss = loss + diff.Penalty!;
            loss.backward();
        }
        Assert.All(model.named_parameters(), p =>
            Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, $"none in {p.name}"));
    }

    [Theory, MemberData(nameof(Models))]
    public void Two_hundred_steps_learn_six_graphs_by_heart(string name)
    {
        manual_seed(1);
        var model = Create(name);
        using var optimizer = optim.Adam(model.parameters(), 0.02);
        double first = 0, last = 0;
        for (int step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            model.train();
            optimizer.zero_grad();
            var sample = Data.Batch([0, 1, 2, 3, 4, 5], Data.OneHotLabels());
            var loss = nn.functional.cross_entropy(model.call(sample), sample.Labels);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
            if (step == 0) first = last;
        }
        Assert.True(last < 0.6 * first, $"{first} to {last}");
    }

    [Fact]
    public void Gin_is_the_sum_of_the_scores_of_its_layers()
    {
        manual_seed(3);
        var model = new GinClassifier(4, 3, new GinSettings([5], Dropout: 0));
        model.eval();
        using var scope = NewDisposeScope();
        var sample = Data.Batch([1, 4], Data.OneHotLabels());
        var p = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        var states = model.States(sample);
        Assert.Same(sample.Features, states[0]);
        var slow = zeros(2, 3);
        for (int l = 0; l < 2; l++)
            slow = slow + sample.Graphs.Sum(states[l]).mm(p[$"scores.{l}.weight"].t()) + p[$"scores.{l}.bias"];
        Assert.True(slow.allclose(model.call(sample), 1e-5, 1e-5));
    }

    [Fact]
    public void A_network_that_pools_by_pyramids_asks_for_them() =>
        Assert.Contains("WithPyramids(2)", Assert.Throws<InvalidOperationException>(() =>
            Scores(Create("ecc"), Asymmetric(), 0)).Message);

    [Fact]
    public void Clusters_are_shares_of_the_largest_graph_level_by_level()
    {
        Assert.Equal([155, 39], [new DiffPoolSettings(620).Clusters(0), new DiffPoolSettings(620).Clusters(1)]);
        Assert.Equal(62, new DiffPoolSettings(620, Levels: 1).Clusters(0));
    }

    [Theory]
    [InlineData("gin")]
    [InlineData("diff")]
    [InlineData("ecc")]
    public void Live_tensors_do_not_grow_over_steps(string name)
    {
        manual_seed(1);
        var (model, features) = (Create(name), Data.OneHotLabels());
        model.train();
        long before = 0;
        for (int pass = 0; pass < 8; pass++)
        {
            using (NewDisposeScope()) model.call(Data.Batch([0, 1, 2], features)).sum().backward();
            GC.Collect();                                               // matrices of a batch go with their batch
            GC.WaitForPendingFinalizers();
            if (pass == 3) before = Tensor.TotalCount;
        }
        Assert.InRange(Tensor.TotalCount, before - 5, before + 5);
    }
}
