using Lectern.Graphs;
using Lectern.Papers.Foundations;
using Lectern.Training;

namespace Lectern.Tests.Papers.Foundations;

/// <summary>DeepWalk, node2vec, Deep Graph Infomax and GraphSAGE: hand cases, slow ways, and what they are worth without labels.</summary>
public sealed class NodeEmbeddingsTests
{
    private static NodeDataset Data(int seed = 1) =>
        Communities.Make(new CommunitySettings(Count: 3, Size: 60, Inside: 6, Outside: 1, Words: 60, Test: 100), seed).WithRowNormalizedFeatures();

    private static WalkEmbeddingSettings Short(int negatives = 5) => new(
        new WalkSettings(PerNode: 10, Length: 20), new SkipGramSettings(16, Window: 5, Negatives: negatives, Epochs: 3, Threads: 1));

    private static Graph Prepared(Graph graph) => graph.WithSelfLoops().Normalized();

    private static TorchSharp.Modules.Parameter Named(nn.Module model, string name) => model.named_parameters().Single(p => p.name == name).parameter;

    // ------------------------------------------------------------------------------------ walks

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Walks_alone_tell_communities_far_better_than_guessing(int negatives)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        double trained = NodeEmbeddings.Accuracy(NodeEmbeddings.FromWalks(data.Graph, Short(negatives), 1), data);
        double without = NodeEmbeddings.Accuracy(new SkipGram(180, Short().SkipGram, 1).Vectors, data);
        Assert.True(trained > without + 0.3, $"{trained} after training, {without} before.");
        Assert.True(trained > 0.8, $"{trained}");
    }

    [Fact]
    public void The_papers_settings_are_the_defaults()
    {
        var (deep, node2vec) = (WalkEmbeddingSettings.DeepWalk, WalkEmbeddingSettings.Node2Vec);
        Assert.Equal((80, 40, 1.0, 1.0), (deep.Walks.PerNode, deep.Walks.Length, deep.Walks.Return, deep.Walks.InOut));
        Assert.Equal((128, 10, 0), (deep.SkipGram.Dimensions, deep.SkipGram.Window, deep.SkipGram.Negatives));
        Assert.Equal((10, 80, 5), (node2vec.Walks.PerNode, node2vec.Walks.Length, node2vec.SkipGram.Negatives));
    }

    [Fact]
    public void The_search_orders_all_pairs_by_validation_accuracy_and_never_looks_at_the_test_nodes()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var found = NodeEmbeddings.Search(data, Short(), [0.5, 2], 1);
        Assert.Equal(4, found.Count);
        Assert.Equal(found.Select(f => f.Accuracy).OrderDescending(), found.Select(f => f.Accuracy));
        var labels = data.Labels.clone();
        labels.index_fill_(0, data.Test, 0);
        Assert.Equal(found, NodeEmbeddings.Search(data with { Labels = labels }, Short(), [0.5, 2], 1));
    }

    // ------------------------------------------------------------------------------------ infomax

    [Fact]
    public void Infomax_is_the_papers_formula_written_out_with_dense_matrices()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var data = Data();
        var graph = Prepared(data.Graph);
        var model = new DeepGraphInfomax(60, 8);
        using var quiet = no_grad();
        Named(model, "bias").normal_();
        Named(model, "matrix").normal_();
        Named(model, "offset").fill_(0.3f);
        var order = randperm(180, dtype: int64);

        var (a, x) = (graph.Adjacency.ToDense(), data.Features.ToDense());
        Tensor Encode(Tensor features)
        {
            var z = a.mm(features).mm(Named(model, "weight")) + Named(model, "bias");
            return where(z.gt(0), z, z * 0.25);                             // PReLU at its first slope
        }
        var (h, fake) = (Encode(x), Encode(x.index_select(0, order)));      // rows of X shuffled, as the paper says it
        var s = h.mean([0]).sigmoid();
        Tensor Chance(Tensor rows) => (rows.mm(Named(model, "matrix")).mv(s) + 0.3).sigmoid();
        var expected = -(Chance(h).log().mean() + (1 - Chance(fake)).log().mean()) / 2;

        Assert.True((h - model.Encode(graph, data.Features)).abs().max().item<float>() < 1e-5f);
        Assert.Equal(expected.item<float>(), model.call(graph, data.Features, order).item<float>(), 1e-5f);
    }

    [Fact]
    public void Who_has_not_learned_or_sees_no_corruption_has_a_loss_of_ln_2()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var data = Data();
        var graph = Prepared(data.Graph);
        var model = new DeepGraphInfomax(60, 64);
        Assert.Equal(Math.Log(2), model.call(graph, data.Features, randperm(180, dtype: int64)).item<float>(), 0.01);

        // The same rows on both sides: softplus(-d) + softplus(d) is 2 ln 2 at d = 0 and more elsewhere.
        var same = arange(180, dtype: int64);
        for (int trial = 0; trial < 20; trial++)
        {
            using (no_grad()) Named(model, "matrix").normal_();
            Assert.True(model.call(graph, data.Features, same).item<float>() >= Math.Log(2) - 1e-6);
        }
        using (no_grad()) Named(model, "matrix").zero_();
        Assert.Equal(Math.Log(2), model.call(graph, data.Features, same).item<float>(), 1e-6);
    }

    [Fact]
    public void A_gradient_reaches_every_parameter()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var data = Data();
        var model = new DeepGraphInfomax(60, 8);
        model.call(Prepared(data.Graph), data.Features, randperm(180, dtype: int64)).backward();
        Assert.Equal(5, model.parameters().Count());
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad!.abs().sum().item<float>() > 0, p.name));
    }

    [Fact]
    public void Nodes_in_another_order_get_the_same_vectors_in_that_order()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var data = Data();
        int[] order = [.. Enumerable.Range(0, 180)];
        new Random(5).Shuffle(order);
        var model = new DeepGraphInfomax(60, 8);
        var dense = data.Features.ToDense().index_select(0, tensor(order, dtype: int64));
        var moved = SparseMatrix.FromEntries(180, 60, [.. dense.nonzero()[.., 0].data<long>().Select(r => (int)r)],
            [.. dense.nonzero()[.., 1].data<long>().Select(c => (int)c)], out _).WithValues(dense.flatten()[dense.flatten().ne(0)]);
        var first = model.Encode(Prepared(data.Graph), data.Features).index_select(0, tensor(order, dtype: int64));
        var second = model.Encode(Prepared(data.Graph.Subgraph(order)), moved);
        Assert.True((first - second).abs().max().item<float>() < 1e-6f);
        Assert.True((DeepGraphInfomax.Summarise(first) - DeepGraphInfomax.Summarise(second)).abs().max().item<float>() < 1e-6f);
    }

    [Fact]
    public void Trained_without_labels_it_beats_its_own_beginning_and_the_words_alone()
    {
        using var scope = NewDisposeScope();
        // Many words, of which few are a community's own: neither the words nor a mean of them by random weights says much.
        var data = Communities.Make(new CommunitySettings(Inside: 4, Words: 500), 1).WithRowNormalizedFeatures();
        manual_seed(1);
        var untrained = new DeepGraphInfomax(500, 64).Encode(Prepared(data.Graph), data.Features);
        var (_, history, vectors) = NodeEmbeddings.Infomax(data, new InfomaxSettings(64, Epochs: 250), 1);
        double Judge(Tensor rows) => NodeEmbeddings.Probe(rows, data, 1, runs: 3).Mean;
        Assert.True(history.Loss.Min() < 0.5, $"{history.Loss.Min()}: guessing is {Math.Log(2):0.00}.");
        double words = Judge(data.Features.ToDense()), first = Judge(untrained), trained = Judge(vectors);
        Assert.True(trained > words + 0.3, $"{trained} against {words} by words alone.");
        Assert.True(trained > first + 0.2, $"{trained} against {first} before training.");
    }

    [Fact]
    public void It_stops_after_its_patience_goes_on_from_a_checkpoint_and_repeats_with_its_seed()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var settings = new InfomaxSettings(8, LearningRate: 1e-9, Epochs: 500, Patience: 5);
        Assert.InRange(NodeEmbeddings.Infomax(data, settings, 1).History.Epochs, 6, 100);
        var (first, second) = (NodeEmbeddings.Infomax(data, settings with { Epochs = 4 }, 7), NodeEmbeddings.Infomax(data, settings with { Epochs = 4 }, 7));
        Assert.Equal(first.History.Loss, second.History.Loss);
        Assert.Equal(first.Vectors.data<float>().ToArray(), second.Vectors.data<float>().ToArray());
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            NodeEmbeddings.Infomax(data, settings with { Epochs = 2 }, 7, file);
            var resumed = NodeEmbeddings.Infomax(data, settings with { Epochs = 4 }, 7, file);
            Assert.Equal(first.History.Loss, resumed.History.Loss);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void More_epochs_leave_no_more_tensors_behind()
    {
        var data = Data();
        long Left(int epochs)
        {
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (NewDisposeScope()) NodeEmbeddings.Infomax(data, new InfomaxSettings(8, Epochs: epochs), 1);
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }
        Left(3);
        Assert.Equal(Left(3), Left(12));
    }

    // ------------------------------------------------------------------------------------ GraphSAGE

    private static readonly SageEmbeddingSettings SmallSage = new(8, Walks: 5, Negatives: 5, Epochs: 1);

    [Fact]
    public void The_loss_of_GraphSAGE_is_the_papers_formula_pair_by_pair()
    {
        using var scope = NewDisposeScope();
        var z = nn.functional.normalize(randn(6, 4));
        long[] u = [0, 0, 3], v = [1, 2, 5], negatives = [4, 1];
        double Product(long a, long b) => (z[a] * z[b]).sum().item<float>();
        double LogSigma(double x) => -Math.Log(1 + Math.Exp(-x));
        double expected = Enumerable.Range(0, 3).Average(i =>
            -LogSigma(Product(u[i], v[i])) - negatives.Sum(n => LogSigma(-Product(u[i], n))));      // Q times the mean is the sum
        Assert.Equal(expected, SageEncoder.Loss(z, tensor(u), tensor(v), tensor(negatives)).item<float>(), 1e-5);
    }

    [Fact]
    public void GraphSAGEs_encoder_is_algorithm_1_node_by_node_and_sampling_all_neighbours_changes_nothing()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var data = Data();
        var model = new SageEncoder(60, SmallSage with { FirstFanOut = 180, SecondFanOut = 180 });
        var x = data.Features.ToDense();
        Tensor Layer(string name, Tensor h)
        {
            var (self, bias, neighbour) = (Named(model, name + ".self.weight"), Named(model, name + ".self.bias"), Named(model, name + ".neighbour.weight"));
            return stack([.. Enumerable.Range(0, 180).Select(i =>
            {
                long[] around = [.. data.Graph.Neighbours(i).ToArray()];
                var mean = around.Length == 0 ? zeros(h.shape[1]) : h.index_select(0, tensor(around)).mean([0]);
                return self.mv(h[i]) + neighbour.mv(mean) + bias;
            })]);
        }
        Tensor Unit(Tensor h) => h / h.norm(1, true).clamp_min(1e-12);
        var expected = Unit(Layer("second", Unit(Layer("first", x).relu())));
        Assert.True((expected - model.call(data.Graph, data.Features, null)).abs().max().item<float>() < 1e-5f);
        Assert.True((expected - model.call(data.Graph, data.Features, new Random(1))).abs().max().item<float>() < 1e-5f);
        var few = new SageEncoder(60, SmallSage with { FirstFanOut = 1, SecondFanOut = 1 });
        Assert.True((few.call(data.Graph, data.Features, null) - few.call(data.Graph, data.Features, new Random(1))).abs().max().item<float>() > 0.01f);
    }

    [Fact]
    public void GraphSAGEs_gradient_reaches_every_parameter()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var data = Data();
        var model = new SageEncoder(60, SmallSage);
        SageEncoder.Loss(model.call(data.Graph, data.Features, new Random(1)), arange(0, 90), arange(90, 180), arange(3)).backward();
        Assert.Equal(6, model.parameters().Count());
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad!.abs().sum().item<float>() > 0, p.name));
    }

    [Fact]
    public void GraphSAGE_trained_without_labels_beats_its_own_beginning_and_the_words_alone()
    {
        using var scope = NewDisposeScope();
        var data = Communities.Make(new CommunitySettings(Inside: 4, Words: 500), 1).WithRowNormalizedFeatures();
        var settings = new SageEmbeddingSettings(32, Walks: 20, Epochs: 5, LearningRate: 0.003);
        var (_, history, vectors) = NodeEmbeddings.GraphSage(data.Graph, data.Features, settings, 1);
        var first = NodeEmbeddings.GraphSage(data.Graph, data.Features, settings with { Epochs = 0 }, 1).Vectors;
        double words = NodeEmbeddings.Accuracy(data.Features.ToDense(), data);
        double before = NodeEmbeddings.Accuracy(first, data), after = NodeEmbeddings.Accuracy(vectors, data);
        Assert.True(history.Loss[^1] < history.Loss[0], $"{history.Loss[^1]} after {history.Loss[0]}");
        Assert.True(after > before + 0.1, $"{after} against {before} before training.");
        Assert.True(after > words + 0.1, $"{after} against {words} by words alone.");
        Assert.Equal(vectors.data<float>().ToArray(), NodeEmbeddings.GraphSage(data.Graph, data.Features, settings, 1).Vectors.data<float>().ToArray());
    }

    [Fact]
    public void GraphSAGE_says_what_it_lacks()
    {
        Assert.Contains("without edges", Assert.Throws<ArgumentException>(() => NodeEmbeddings.GraphSage(
            Graph.Undirected(3), SparseMatrix.FromRows(3, 1, [0, 1, 2, 3], [0, 0, 0]), SmallSage, 1)).Message);
    }
}
