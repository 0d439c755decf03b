using Lectern.Graphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.Graphs;

public sealed class GraphPoolingTests
{
    private static readonly GraphBatch Two = new([Generators.Path(3), Generators.Path(2)]);

    [Fact]
    public void Sort_pooling_by_hand()
    {
        using var scope = NewDisposeScope();
        // The last column decides; nodes 0 and 2 tie and the first column parts them; the second graph is padded.
        var h = tensor(new float[,] { { 1, 5 }, { 7, 9 }, { 2, 5 }, { 3, -1 }, { 4, 0 } });
        var sorted = SortPooling.Apply(Two, h, 3);
        Assert.Equal([2L, 3, 2], sorted.shape);
        Assert.Equal([7f, 9, 2, 5, 1, 5, 4, 0, 3, -1, 0, 0], sorted.data<float>().ToArray());
        Assert.Equal([7f, 9, 4, 0], SortPooling.Apply(Two, h, 1).data<float>().ToArray());
    }

    [Fact]
    public void Gradients_go_to_the_nodes_that_were_kept()
    {
        using var scope = NewDisposeScope();
        var h = tensor(new float[,] { { 1 }, { 3 }, { 2 }, { 5 }, { 4 } }).requires_grad_();
        SortPooling.Apply(Two, h, 2).sum().backward();
        Assert.Equal([0f, 1, 1, 1, 1], h.grad!.data<float>().ToArray());
    }

    [Theory]
    [InlineData("nci1", 30, 46)]
    [InlineData("proteins", 32, 81)]
    [InlineData("enzymes", 36, 48)]
    [InlineData("imdb-binary", 18, 31)]
    [InlineData("imdb-multi", 11, 22)]
    public void K_is_the_published_one(string name, int sixty, int ninety)
    {
        var graphs = TuFormat.Load(TestData.RequireStore().Require(name)).Graphs;
        Assert.Equal((sixty, ninety), (SortPooling.K(graphs, 0.6), SortPooling.K(graphs, 0.9)));
    }

    [Fact]
    public void Graphs_are_written_out_with_their_edges_and_a_mask()
    {
        using var scope = NewDisposeScope();
        var dense = DenseGraphs.From(Two, tensor(new float[,] { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } }));
        Assert.Equal([2L, 3, 3], dense.Adjacency.shape);
        Assert.Equal([0f, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0], dense.Adjacency.data<float>().ToArray());
        Assert.Equal([1f, 2, 3, 4, 5, 0], dense.Features.data<float>().ToArray());
        Assert.Equal([1f, 1, 1, 1, 1, 0], dense.Mask!.data<float>().ToArray());
    }

    [Fact]
    public void Differentiable_pooling_shares_out_nodes_and_keeps_the_weight_of_all_edges()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var dense = DenseGraphs.From(Two, randn(5, 2));
        var (pooled, s, link, entropy) = DiffPooling.Apply(dense, randn(2, 3, 4), randn(2, 3, 2));

        var rows = s.sum(dim: -1).data<float>().ToArray();
        float[] expected = [1, 1, 1, 1, 1, 0];
        for (int i = 0; i < 6; i++) Assert.Equal(expected[i], rows[i], 1e-5f);          // rows of S, none for the padding
        Assert.Equal([2L, 2, 2], pooled.Adjacency.shape);
        Assert.Equal([2L, 2, 4], pooled.Features.shape);
        Assert.Equal(4f, pooled.Adjacency[0].sum().item<float>(), 1e-5f);        // 1ᵀ A' 1 = 1ᵀ A 1
        Assert.Equal(2f, pooled.Adjacency[1].sum().item<float>(), 1e-5f);

        double squares = 0, entropies = 0;                              // the penalties, entry by entry
        for (int b = 0; b < 2; b++)
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    double product = Enumerable.Range(0, 2).Sum(c => (double)s[b, i, c].item<float>() * s[b, j, c].item<float>());
                    squares += Math.Pow(dense.Adjacency[b, i, j].item<float>() - product, 2);
                }
                for (int c = 0; c < 2; c++) entropies -= s[b, i, c].item<float>() is var p && p > 0 ? p * Math.Log(p) : 0;
            }
        Assert.Equal(Math.Sqrt(squares) / (9 + 4), link.item<float>(), 1e-5);
        Assert.Equal(entropies / 5, entropy.item<float>(), 1e-5);
    }

    [Fact]
    public void Hard_clusters_add_up_their_nodes_by_hand()
    {
        using var scope = NewDisposeScope();
        var path = DenseGraphs.From(new GraphBatch([Generators.Path(3)]), zeros(3, 1));
        var scores = tensor(new float[,,] { { { 500, -500 }, { 500, -500 }, { -500, 500 } } });      // {0, 1} and {2}
        var (pooled, _, _, _) = DiffPooling.Apply(path, tensor(new float[,,] { { { 1 }, { 2 }, { 4 } } }), scores);
        Assert.Equal([3f, 4], pooled.Features.data<float>().ToArray());
        Assert.Equal([2f, 1, 1, 0], pooled.Adjacency.data<float>().ToArray());
    }

    [Fact]
    public void The_dense_layer_agrees_with_the_one_on_edges()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var (dense, sparse) = (new DenseSageLayer(3, 4), new SageLayer(3, 4));
        using (no_grad())
            foreach (var (name, parameter) in sparse.named_parameters()) parameter.copy_(dense.named_parameters().Single(p => p.name == name).parameter);
        var batch = new GraphBatch([Generators.BarabasiAlbert(7, 2, 1), Generators.Star(5)]);
        var x = randn(12, 3);
        var graphs = DenseGraphs.From(batch, x);
        var rows = dense.call(graphs, graphs.Features).view(-1, 4);
        var kept = graphs.Mask!.view(-1).nonzero().view(-1);
        Assert.True(rows.index_select(0, kept).allclose(sparse.call(batch.Graph, x), 1e-5, 1e-5));
        Assert.Equal(0f, rows.sum().item<float>() - rows.index_select(0, kept).sum().item<float>(), 1e-4f);
    }

    [Fact]
    public void Pooling_edge_by_edge_agrees_with_matrices_written_out()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var batch = new GraphBatch([Generators.BarabasiAlbert(7, 2, 1), Generators.Star(5), Generators.Cycle(4)]);
        var (z, scores) = (randn(16, 3), randn(16, 4));
        var sparse = DiffPooling.Apply(batch, z, scores);
        var dense = DiffPooling.Apply(DenseGraphs.From(batch, z), DenseGraphs.From(batch, z).Features, DenseGraphs.From(batch, scores).Features);
        Assert.True(sparse.Pooled.Adjacency.allclose(dense.Pooled.Adjacency, 1e-5, 1e-5));
        Assert.True(sparse.Pooled.Features.allclose(dense.Pooled.Features, 1e-5, 1e-5));
        Assert.Equal(dense.LinkLoss.item<float>(), sparse.LinkLoss.item<float>(), 1e-5f);
        Assert.Equal(dense.Entropy.item<float>(), sparse.Entropy.item<float>(), 1e-5f);
    }
}
