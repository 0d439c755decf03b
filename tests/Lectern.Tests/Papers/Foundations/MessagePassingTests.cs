using Lectern.Graphs;
using Lectern.Papers.Foundations;
using Lectern.Training;

namespace Lectern.Tests.Papers.Foundations;

/// <summary>The four classifiers: each must gain from the edges, give the same numbers again, and keep its paper's rules.</summary>
public sealed class MessagePassingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern-messages-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<MessagePassingLayer> Layers => [.. Enum.GetValues<MessagePassingLayer>()];

    /// <summary>
    /// Three blocks of 60 nodes whose features say little: a node's own block lights up one of 30 columns with
    /// probability 0.2, each other column with probability 0.1. Neighbours share a block nine times of ten.
    /// </summary>
    private static NodeDataset Blocks(int seed = 1)
    {
        var (graph, blocks) = Generators.StochasticBlocks([60, 60, 60], within: 0.15, between: 0.008, seed);
        var random = new Random(seed);
        var (pointers, columns) = (new List<int> { 0 }, new List<int>());
        foreach (int block in blocks)
        {
            columns.AddRange(Enumerable.Range(0, 30).Where(column => random.NextDouble() < (column / 10 == block ? 0.2 : 0.1)));
            pointers.Add(columns.Count);
        }
        var (train, validation, test) = Splits.PerClass(blocks, 8, 40, 100, seed);
        Tensor Nodes(int[] nodes) => tensor([.. nodes.Select(i => (long)i)]);
        return new NodeDataset("blocks", graph, SparseMatrix.FromRows(180, 30, [.. pointers], [.. columns]),
            Nodes(blocks), Nodes(train), Nodes(validation), Nodes(test), 3).WithRowNormalizedFeatures();
    }

    private static MessagePassingSettings Short(MessagePassingLayer layer) => MessagePassingSettings.For(layer) with
    {
        Hidden = layer == MessagePassingLayer.Gat ? 4 : 16,
        Heads = layer == MessagePassingLayer.Gat ? 4 : 1,
        Dropout = 0.3,
        LearningRate = 0.02,
        Epochs = 50,
        Patience = 50,
    };

    [Theory, MemberData(nameof(Layers))]
    public void Edges_are_worth_fifteen_points_of_accuracy_over_features_alone(MessagePassingLayer layer)
    {
        var data = Blocks();
        // The baseline: the same network on a graph without edges.
        var alone = data with { Graph = Graph.Undirected(data.Graph.Nodes) };
        var (with, without) = (Spread.OverSeeds([1, 2, 3], seed => MessagePassing.Train(data, Short(layer), seed).TestAccuracy),
            Spread.OverSeeds([1, 2, 3], seed => MessagePassing.Train(alone, Short(layer), seed).TestAccuracy));
        Assert.True(with.Mean >= without.Mean + 0.15, $"{layer}: {with} with edges, {without} without");
    }

    [Theory, MemberData(nameof(Layers))]
    public void The_same_seed_gives_the_same_run(MessagePassingLayer layer)
    {
        var (data, settings) = (Blocks(), Short(layer) with { Epochs = 8 });
        var (first, second) = (MessagePassing.Train(data, settings, 5), MessagePassing.Train(data, settings, 5));
        Assert.Equal(first.History.Loss, second.History.Loss);
        Assert.Equal(first.TestAccuracy, second.TestAccuracy);
        Assert.NotEqual(first.History.Loss, MessagePassing.Train(data, settings, 6).History.Loss);
    }

    [Fact]
    public void Two_labels_and_the_ties_sort_the_karate_club()
    {
        var settings = MessagePassingSettings.For(MessagePassingLayer.Gcn) with { Dropout = 0, Epochs = 60 };
        var accuracy = Spread.OverSeeds([1, 2, 3], seed => MessagePassing.Train(KarateClub.Load(), settings, seed).TestAccuracy);
        Assert.True(accuracy.Mean >= 0.85, $"{accuracy}");              // by chance 0.5
    }

    [Theory]
    [InlineData(MessagePassingLayer.Gcn)]
    [InlineData(MessagePassingLayer.Gat)]
    public void Without_validation_nodes_all_epochs_are_run_and_the_last_weights_count(MessagePassingLayer layer)
    {
        var settings = MessagePassingSettings.For(layer) with { Dropout = 0, Epochs = 130, Patience = 5 };
        var result = MessagePassing.Train(KarateClub.Load(), settings, 1);
        Assert.Equal(130, result.History.Epochs);
        Assert.Empty(result.History.Names);
        Assert.True(result.History.Loss[^1] < 0.7 * result.History.Loss[0]);
        Assert.True(result.TestAccuracy > 0.7);
    }

    [Fact]
    public void Gcn_stops_once_the_validation_loss_rises_above_the_mean_of_the_ten_before()
    {
        var settings = MessagePassingSettings.For(MessagePassingLayer.Gcn) with { LearningRate = 0.3, Dropout = 0 };
        var losses = MessagePassing.Train(Blocks(), settings, 1).History["validation loss"];
        bool Rises(int epoch) => epoch >= 10 && losses[epoch] > losses.Skip(epoch - 10).Take(10).Average();
        Assert.InRange(losses.Count, 11, 199);
        Assert.True(Rises(losses.Count - 1));
        Assert.DoesNotContain(Enumerable.Range(0, losses.Count - 1), Rises);
    }

    [Fact]
    public void Gat_stops_after_its_patience_and_goes_on_from_a_checkpoint_to_the_same_numbers()
    {
        var data = Blocks();
        var settings = Short(MessagePassingLayer.Gat) with { LearningRate = 0.1, Patience = 12, Epochs = 300 };
        var whole = MessagePassing.Train(data, settings, 1);
        Assert.InRange(whole.History.Epochs, 13, 299);

        string checkpoint = Path.Combine(folder, "gat.checkpoint");
        MessagePassing.Train(data, settings with { Epochs = whole.History.Epochs - 5 }, 1, checkpoint);
        var resumed = MessagePassing.Train(data, settings, 1, checkpoint);
        Assert.Equal(whole.History["validation loss"], resumed.History["validation loss"]);
        Assert.Equal(whole.TestAccuracy, resumed.TestAccuracy);
    }

    [Fact]
    public void Weight_decay_is_on_the_first_layer_of_gcn_alone_and_on_all_of_gat()
    {
        var gcn = new NodeClassifier(7, 3, MessagePassingSettings.For(MessagePassingLayer.Gcn));
        Assert.Equal([7L, 16L], Assert.Single(gcn.DecayedParameters).shape);
        var gat = new NodeClassifier(7, 3, MessagePassingSettings.For(MessagePassingLayer.Gat));
        Assert.Equal(gat.parameters().Count(), gat.DecayedParameters.Count());
    }

    [Fact]
    public void The_papers_settings_are_the_defaults()
    {
        Assert.Equal((16, 0.5, 0.01, 5e-4, 200), Of(MessagePassingLayer.Gcn));
        Assert.Equal((8, 0.6, 0.005, 5e-4, 1000), Of(MessagePassingLayer.Gat));
        Assert.Equal(8, MessagePassingSettings.For(MessagePassingLayer.Gat).Heads);

        static (int, double, double, double, int) Of(MessagePassingLayer layer)
        {
            var s = MessagePassingSettings.For(layer);
            return (s.Hidden, s.Dropout, s.LearningRate, s.WeightDecay, s.Epochs);
        }
    }

    [Theory, MemberData(nameof(Layers))]
    public void A_gradient_reaches_every_parameter_of_the_classifier(MessagePassingLayer layer)
    {
        manual_seed(1);
        var data = Blocks();
        var model = new NodeClassifier(30, 3, Short(layer));
        model.call(NodeClassifier.Prepare(data.Graph, layer), data.Features).square().sum().backward();
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, $"none in {p.name}"));
    }

    [Theory, MemberData(nameof(Layers))]
    public void Live_tensors_do_not_grow_over_training_steps(MessagePassingLayer layer)
    {
        manual_seed(1);
        var data = Blocks();
        var (model, graph) = (new NodeClassifier(30, 3, Short(layer)), NodeClassifier.Prepare(data.Graph, layer));
        model.train();
        long before = 0;
        for (int pass = 0; pass < 6; pass++)
        {
            using (NewDisposeScope()) model.call(graph, data.Features).sum().backward();
            if (pass == 2) before = Tensor.TotalCount;
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Accuracy_counts_the_named_nodes_alone()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new float[,] { { 1, 0 }, { 0, 1 }, { 3, 2 }, { 0, 9 } });
        var labels = tensor(new long[] { 0, 0, 0, 1 });
        Assert.Equal(0.75, MessagePassing.Accuracy(scores, labels, arange(4, dtype: ScalarType.Int64)));
        Assert.Equal(0.5, MessagePassing.Accuracy(scores, labels, tensor(new long[] { 1, 3 })));
    }
}
