using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Tests.Graphs;

/// <summary>The message-passing kernels against plain operators, closed forms and finite differences.</summary>
public sealed class MessagePassingTests
{
    // 0 → 1, 0 → 2, 1 → 2, 2 → 0; node 3 has no edge.
    private static readonly Graph Small = Graph.Directed(4, (0, 1), (0, 2), (1, 2), (2, 0));

    private static Graph Random(int nodes, int edges, bool weighted, int seed)
    {
        var graph = Generators.RandomEdges(nodes, edges, seed);
        return weighted ? graph.WithWeights(rand(graph.Edges)) : graph;
    }

    [Fact]
    public void A_node_gathers_from_the_sources_of_the_edges_that_arrive()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[,] { { 1, 10 }, { 2, 20 }, { 3, 5 }, { 4, 40 } });
        Assert.Equal([3f, 5, 1, 10, 3, 30, 0, 0], Small.Sum(x).data<float>().ToArray());
        Assert.Equal([3f, 5, 1, 10, 1.5f, 15, 0, 0], Small.Mean(x).data<float>().ToArray());
        Assert.Equal([3f, 5, 1, 10, 2, 20, 0, 0], Small.Max(x).data<float>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(131)]
    [InlineData(256)]
    public void The_kernel_agrees_with_gather_and_index_add_at_every_width(int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(width);
        foreach (bool weighted in (bool[])[false, true])
        {
            var graph = Random(300, 4000, weighted, width);
            var x = randn(300, width);
            var expected = SparseProduct.ByOperators(graph.Adjacency, graph.Weights, x, 1);
            Assert.True(graph.Sum(x).allclose(expected, 1e-5, 1e-5));
        }
    }

    [Fact]
    public void Each_head_has_weights_of_its_own()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var graph = Random(50, 400, false, 1);
        var x = randn(50, 12);
        var weights = rand(graph.Edges, 3);
        var heads = Enumerable.Range(0, 3).Select(k => graph.Sum(x[.., (4 * k)..(4 * k + 4)].contiguous(), weights[.., k].contiguous()));
        Assert.True(graph.Sum(x, weights).allclose(cat([.. heads], 1), 1e-5, 1e-6));
        Assert.True(graph.Sum(x, weights).allclose(SparseProduct.ByOperators(graph.Adjacency, weights, x, 3), 1e-5, 1e-6));
    }

    [Fact]
    public void One_thread_and_several_give_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        var graph = Random(2000, 60000, true, 5);
        var x = randn(2000, 33);
        int threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var one = graph.Sum(x);
            set_num_threads(4);
            Assert.Equal(one.data<float>().ToArray(), graph.Sum(x).data<float>().ToArray());
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Sums_have_the_gradients_that_differences_give()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var graph = Random(6, 14, false, 2);
        var x = randn(6, 4, dtype: float64);
        Gradients.AgreeWithDifferences(inputs => graph.Sum(inputs[0]), x);
        Gradients.AgreeWithDifferences(inputs => graph.Mean(inputs[0]), x);
        Gradients.AgreeWithDifferences(inputs => graph.Sum(inputs[0], inputs[1]), x, randn(graph.Edges, dtype: float64));
        Gradients.AgreeWithDifferences(inputs => graph.Sum(inputs[0], inputs[1]), x, randn(graph.Edges, 2, dtype: float64));
    }

    [Fact]
    public void The_largest_neighbour_has_the_gradient_that_differences_give()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var graph = Random(6, 14, false, 3);
        Gradients.AgreeWithDifferences(inputs => graph.Max(inputs[0]), randn(6, 4, dtype: float64));
    }

    [Fact]
    public void Edge_softmax_adds_up_to_one_and_has_the_gradient_that_differences_give()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var graph = Random(6, 14, false, 4);
        var scores = randn(graph.Edges, 2, dtype: float64) * 50;
        var p = graph.Softmax(scores);
        var totals = zeros(6, 2, dtype: float64).index_add(0, tensor(graph.Targets).to(ScalarType.Int64), p, 1);
        foreach (double total in totals.data<double>().ToArray()) Assert.True(total == 0 || Math.Abs(total - 1) < 1e-12);
        Gradients.AgreeWithDifferences(inputs => graph.Softmax(inputs[0]), randn(graph.Edges, 2, dtype: float64));
        Gradients.AgreeWithDifferences(inputs => graph.Softmax(inputs[0]), randn(graph.Edges, dtype: float64));
    }

    [Fact]
    public void Edge_softmax_by_operators_holds_out_where_rows_lie_far_apart()
    {
        using var scope = NewDisposeScope();
        var graph = Random(6, 14, false, 4);
        // 300 lower a target: e^-300 is 0 in single precision.
        var scores = tensor([.. graph.Targets.Select((target, e) => (float)(-300 * target + 0.1 * e))]);
        var expected = graph.Softmax(scores);
        Kernels.Avoided = true;
        try
        {
            Assert.True(expected.allclose(graph.Softmax(scores), 1e-6, 1e-7));
        }
        finally
        {
            Kernels.Avoided = false;
        }
    }

    [Fact]
    public void Edge_sums_of_values_that_do_not_fit_are_refused()
    {
        var graph = Random(6, 14, false, 5);
        using var scope = NewDisposeScope();
        foreach (var (t, s) in new[] { (ones(5, 2), ones(6, 2)), (ones(6, 2), ones(6, 1)), (ones(6), ones(6)), (ones(6, 2), ones(6, 2, dtype: float64)) })
            Assert.Contains("[6, K] of targets", Assert.Throws<ArgumentException>(() => graph.EdgeSums(t, s)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Edge_sums_take_target_and_source_and_have_the_gradients_that_differences_give()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var graph = Random(6, 14, false, 5);
        var (t, s) = (randn(6, 2, dtype: float64), randn(6, 2, dtype: float64));
        var e = graph.EdgeSums(t, s);
        for (int k = 0; k < graph.Edges; k++)
            Assert.Equal(t[graph.Targets[k], 1].item<double>() + s[graph.Sources[k], 1].item<double>(), e[k, 1].item<double>(), 12);
        Gradients.AgreeWithDifferences(inputs => graph.EdgeSums(inputs[0], inputs[1]), t, s);
    }

    [Fact]
    public void Renumbering_the_nodes_renumbers_the_result()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var graph = Random(40, 200, false, 6);
        var x = randn(40, 5);
        long[] order = randperm(40).data<long>().ToArray();                       // old node order[i] becomes node i
        var place = new int[40];
        for (int i = 0; i < 40; i++) place[order[i]] = i;
        var renumbered = Graph.FromEdges(40, [.. graph.Sources.Select(j => place[j])], [.. graph.Targets.Select(i => place[i])]);
        Assert.True(renumbered.Sum(x[tensor(order)]).allclose(graph.Sum(x)[tensor(order)], 1e-5, 1e-6));
        Assert.True(renumbered.Max(x[tensor(order)]).allclose(graph.Max(x)[tensor(order)]));
    }

    [Fact]
    public void A_batch_gives_what_its_graphs_give_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        Graph[] graphs = [Random(5, 12, true, 7), Random(9, 30, true, 8), Random(3, 4, true, 9)];
        var batch = new GraphBatch(graphs);
        Tensor[] features = [randn(5, 4), randn(9, 4), randn(3, 4)];
        var joined = batch.Graph.Sum(cat(features));
        Assert.True(joined.allclose(cat([.. graphs.Zip(features, (g, x) => g.Sum(x))]), 1e-6, 1e-6));
        Assert.True(batch.Sum(joined).allclose(stack(graphs.Zip(features, (g, x) => g.Sum(x).sum(0))), 1e-5, 1e-5));
        Assert.True(batch.Mean(joined).allclose(stack(graphs.Zip(features, (g, x) => g.Sum(x).mean([0]))), 1e-5, 1e-5));
        Assert.True(batch.Max(joined).allclose(stack(graphs.Zip(features, (g, x) => g.Sum(x).amax(0))), 1e-5, 1e-5));
    }

    [Fact]
    public void Normalisation_is_the_papers_on_a_path_of_three()
    {
        // Â of 0 – 1 – 2: degrees with loops 2, 3, 2.
        using var a = Generators.Path(3).WithSelfLoops().Normalized().Adjacency.ToDense();
        float r = 1 / MathF.Sqrt(6);
        using var expected = tensor(new[,] { { 0.5f, r, 0 }, { r, 1 / 3f, r }, { 0, r, 0.5f } });
        Assert.True(a.allclose(expected, 1e-6, 1e-7));
    }

    [Fact]
    public void Features_of_the_wrong_width_or_height_are_named()
    {
        using var x = ones(3, 2);
        var error = Assert.Throws<ArgumentException>(() => Small.Sum(x));
        Assert.Contains("[3, 2]", error.Message);
        Assert.Contains("[4, 4]", error.Message);
        using var scores = ones(5);
        Assert.Contains("[4]", Assert.Throws<ArgumentException>(() => Small.Softmax(scores)).Message);
    }

    [Fact]
    public void Live_tensors_do_not_grow_over_passes()
    {
        using var x = randn(4, 3, requires_grad: true);
        long before = 0;
        for (int i = 0; i < 6; i++)
        {
            using (NewDisposeScope()) Small.Max(Small.Sum(x, Small.Softmax(Small.EdgeSums(x, x))[.., 0])).sum().backward();
            if (i == 2) before = Tensor.TotalCount;
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
