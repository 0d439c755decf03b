using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

public sealed class EdgeConditionedLayerTests
{
    private static readonly Graph Four = Graph.Undirected(4, (0, 1), (0, 2), (1, 3), (2, 3));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_layer_agrees_with_a_matrix_an_edge_written_out(bool mean, bool hasRoot)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var layer = new EdgeConditionedLayer(3, 2, 2, hidden: 5, mean, hasRoot);
        var (x, labels) = (randn(4, 3), randn(8, 2));
        var p = layer.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.detach());

        var slow = zeros(4, 2);
        for (int i = 0; i < 4; i++)
        {
            var sum = zeros(2);
            int arrivals = 0;
            for (int e = 0; e < 8; e++)
            {
                if (Four.Targets[e] != i) continue;
                var r = nn.functional.relu(labels[e].unsqueeze(0).mm(p["first.weight"].t()) + p["first.bias"]);       // [1, 5]
                var all = p["filters"].view(6, -1);                     // T_0 … T_5
                var theta = (all[0] + r.mm(all.narrow(0, 1, 5)).view(-1)).view(3, 2);           // Θ(l_e): [F, D]
                sum = sum + x[Four.Sources[e]].unsqueeze(0).mm(theta).view(-1);
                arrivals++;
            }
            if (hasRoot) sum = sum + x[i].unsqueeze(0).mm(p["root.weight"].t()).view(-1);
            slow[i] = (mean ? sum / (arrivals + (hasRoot ? 1 : 0)) : sum) + p["bias"];
        }
        Assert.True(slow.allclose(layer.call(Four, x, labels), 1e-4, 1e-5));
    }

    [Fact]
    public void One_label_for_all_edges_is_that_label_on_each()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var layer = new EdgeConditionedLayer(3, 2, 1);
        var x = randn(4, 3);
        Assert.True(layer.call(Four, x, ones(1, 1) * 0.7).allclose(layer.call(Four, x, ones(8, 1) * 0.7), 1e-5, 1e-6));
        Assert.Contains("[8, L]", Assert.Throws<ArgumentException>(() => layer.call(Four, x, ones(3, 1))).Message);
    }

    [Fact]
    public void Gradients_are_those_of_the_differences()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var layer = new EdgeConditionedLayer(2, 2, 1, hidden: 3, hasRoot: true).to(ScalarType.Float64);
        var (x, labels, weights) = (randn(4, 2, dtype: ScalarType.Float64), randn(8, 1, dtype: ScalarType.Float64), randn(4, 2, dtype: ScalarType.Float64));
        double Value() => (((nn.Module<Graph, Tensor, Tensor, Tensor>)layer).call(Four, x, labels) * weights).sum().item<double>();
        (((nn.Module<Graph, Tensor, Tensor, Tensor>)layer).call(Four, x, labels) * weights).sum().backward();
        foreach (var (name, parameter) in layer.named_parameters())
        {
            var flat = parameter.view(-1);
            for (int i = 0; i < flat.shape[0]; i++)
            {
                double slope;
                using (no_grad())
                {
                    flat[i] += 1e-6;
                    double above = Value();
                    flat[i] -= 2e-6;
                    slope = (above - Value()) / 2e-6;
                    flat[i] += 1e-6;
                }
                Assert.Equal(slope, parameter.grad!.view(-1)[i].item<double>(), 1e-5);
            }
        }
    }

    [Fact]
    public void A_path_of_three_without_its_middle_conducts_half()
    {
        double[,] laplacian = { { 1, -1, 0 }, { -1, 2, -1 }, { 0, -1, 1 } };
        Assert.Equal([0.5, -0.5, -0.5, 0.5], KronPyramid.Reduce(laplacian, [0, 2]).Cast<double>());
    }

    [Fact]
    public void The_reduction_is_the_schur_complement()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.BarabasiAlbert(9, 2, 1);
        var laplacian = new double[9, 9];
        for (int i = 0; i < 9; i++)
        {
            laplacian[i, i] = graph.Neighbours(i).Length + 0.1;
            foreach (int j in graph.Neighbours(i)) laplacian[i, j] = -1;
        }
        int[] keep = [0, 3, 4, 7], drop = [1, 2, 5, 6, 8];
        Tensor Part(int[] rows, int[] columns) =>
            tensor([.. from i in rows from j in columns select laplacian[i, j]]).view(rows.Length, columns.Length);
        var expected = Part(keep, keep) - Part(keep, drop).mm(linalg.inv(Part(drop, drop))).mm(Part(drop, keep));
        double[] reduced = [.. KronPyramid.Reduce(laplacian, keep).Cast<double>()];
        for (int i = 0; i < 16; i++) Assert.Equal(expected.view(-1)[i].item<double>(), reduced[i], 1e-9);
    }

    [Fact]
    public void A_pyramid_halves_an_even_ring_and_keeps_nodes_without_edges()
    {
        var pyramid = KronPyramid.Build(Generators.Cycle(8), 2);
        Assert.Equal([8, 4, 2], pyramid.Levels.Select(level => level.Nodes));
        Assert.True(pyramid.Kept[0] is [0, 2, 4, 6] or [1, 3, 5, 7]);    // the highest frequency turns its sign at each step
        Assert.All(pyramid.Levels, level => Assert.All(Enumerable.Range(0, level.Nodes), i =>
            Assert.Contains(i, level.Neighbours(i).ToArray())));         // the diagonal is there

        var lonely = KronPyramid.Build(Graph.Undirected(4, (0, 1)), 3);
        Assert.All(lonely.Levels, level => Assert.True(level.Nodes > 0));
    }
}
