using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Batches of a few nodes with what their layers hear, and GraphSAGE on them.</summary>
public sealed class NeighbourSamplerTests
{
    private static readonly Graph Web = Generators.BarabasiAlbert(300, 4, 1);

    [Fact]
    public void A_batch_has_the_asked_nodes_first_and_each_layer_hears_edges_of_the_graph()
    {
        int[] seeds = [7, 0, 250];
        var batch = new NeighbourSampler(Web, 5, 3, 2).Sample(seeds, new Random(1));
        Assert.Equal(seeds, batch.Nodes[..3]);
        Assert.Equal(batch.Nodes.Length, batch.Nodes.Distinct().Count());
        Assert.Equal(3, batch.Layers.Count);
        Assert.Equal(seeds.Length, batch.Layers[2].Rows);
        Assert.Equal(batch.Nodes.Length, batch.Layers[0].Columns);
        foreach (var (layer, fanOut) in batch.Layers.Zip((int[])[5, 3, 2]))
            for (int row = 0; row < layer.Rows; row++)
            {
                int[] heard = [.. layer.Row(row).ToArray().Select(column => batch.Nodes[column])];
                Assert.Equal(Math.Min(fanOut, Web.Neighbours(batch.Nodes[row]).Length), heard.Length);
                Assert.Equal(heard.Length, heard.Distinct().Count());
                Assert.Subset(Web.Neighbours(batch.Nodes[row]).ToArray().ToHashSet(), heard.ToHashSet());
            }
        // A layer's rows are all that the next one reads.
        Assert.Equal(batch.Layers[1].Columns, batch.Layers[0].Rows);
        Assert.Equal(batch.Layers[2].Columns, batch.Layers[1].Rows);
    }

    [Theory]
    [InlineData(SageAggregator.Mean)]
    [InlineData(SageAggregator.Gcn)]
    [InlineData(SageAggregator.Pool)]
    public void Two_layers_that_hear_everybody_give_what_the_whole_graph_gives(SageAggregator aggregator)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (first, second) = (new SageLayer(6, 5, aggregator), new SageLayer(5, 3, aggregator));
        var x = randn(300, 6);
        var whole = second.forward(Web, first.forward(Web, x).relu());
        int[] seeds = [3, 299, 41, 8];
        var batch = new NeighbourSampler(Web, 300, 300).Sample(seeds, new Random(2));
        var h = x.index_select(0, tensor(batch.Nodes, dtype: ScalarType.Int64));
        var part = second.forward(batch.Layers[1], first.forward(batch.Layers[0], h).relu());
        Assert.True(batch.Nodes.Length < 300);
        Assert.True(part.allclose(whole.index_select(0, tensor(seeds, dtype: ScalarType.Int64)), 1e-5, 1e-6));
    }

    [Fact]
    public void The_lstm_reads_a_batch_as_it_reads_a_graph()
    {
        using var scope = NewDisposeScope();
        // One neighbour each, so that there is but one order to read in.
        var ring = Graph.Directed(6, (0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0));
        var (layer, x) = (new SageLayer(4, 3, SageAggregator.Lstm), randn(6, 4));
        var batch = new NeighbourSampler(ring, 2).Sample([4, 1], new Random(3));
        Assert.Equal([4, 1, 3, 0], batch.Nodes);
        var part = layer.forward(batch.Layers[0], x.index_select(0, tensor([4L, 1, 3, 0])));
        Assert.True(part.allclose(layer.forward(ring, x).index_select(0, tensor([4L, 1])), 1e-5, 1e-6));
    }

    [Fact]
    public void Who_hears_nobody_hears_zero()
    {
        using var scope = NewDisposeScope();
        var graph = Graph.Directed(3, (0, 1));
        var batch = new NeighbourSampler(graph, 2).Sample([2, 1], new Random(1));
        var layer = new SageLayer(2, 2);
        var x = tensor(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } });
        Assert.Equal([2, 1, 0], batch.Nodes);
        var part = layer.forward(batch.Layers[0], x.index_select(0, tensor([2L, 1, 0])));
        Assert.True(part.allclose(layer.forward(graph, x).index_select(0, tensor([2L, 1])), 1e-5, 1e-6));
    }

    [Fact]
    public void The_same_seed_gives_the_same_batch_and_another_seed_another()
    {
        var sampler = new NeighbourSampler(Web, 5, 5);
        int[] Nodes(int seed) => sampler.Sample([1, 2, 3], new Random(seed)).Nodes;
        Assert.Equal(Nodes(1), Nodes(1));
        Assert.NotEqual(Nodes(1), Nodes(2));
    }

    [Fact]
    public void Every_set_of_neighbours_is_as_likely_as_any_other()
    {
        var (sampler, random) = (new NeighbourSampler(Generators.Star(6), 2), new Random(4));
        var counts = new Dictionary<(int, int), int>();
        for (int draw = 0; draw < 4000; draw++)
        {
            int[] heard = sampler.Sample([0], random).Nodes[1..];
            counts[(heard[0], heard[1])] = counts.GetValueOrDefault((heard[0], heard[1])) + 1;
        }
        Assert.Equal(20, counts.Count);                                         // ordered pairs of five
        Assert.All(counts.Values, count => Assert.InRange(count, 130, 270));    // 200 expected, deviation 14
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_reason_and_leaves_the_sampler_as_it_was()
    {
        var sampler = new NeighbourSampler(Web, 5);
        SampledNeighbourhood Sample(params int[] seeds) => sampler.Sample(seeds, new Random(1));
        Assert.Contains("0 to 299", Assert.Throws<ArgumentException>(() => Sample(4, 300)).Message);
        Assert.Contains("Node 4", Assert.Throws<ArgumentException>(() => Sample(4, 5, 4)).Message);
        Assert.Equal([4], Sample(4).Nodes[..Sample(4).Layers[0].Rows]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NeighbourSampler(Web, 5, 0));
        var layer = new SageLayer(2, 2);
        Assert.Throws<ArgumentException>(() => layer.forward(Sample(4).Layers[0], zeros(1, 2)));
        var tall = SparseMatrix.FromRows(2, 1, [0, 0, 0], []);
        var error = Assert.Throws<ArgumentException>(() => layer.forward(tall, zeros(1, 2)));
        Assert.Contains("2 and 1", error.Message);
    }
}
