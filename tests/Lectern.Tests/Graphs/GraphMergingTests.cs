using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Merged and added graphs, against the same by dense matrices.</summary>
public sealed class GraphMergingTests
{
    private static Graph Weighted(int n, double p, int seed)
    {
        var graph = Generators.ErdosRenyi(n, p, seed);
        var random = new Random(seed);
        var pairs = graph.Pairs().ToArray();
        return Graph.FromEdges(n, [.. pairs.Select(e => e.Item1)], [.. pairs.Select(e => e.Item2)],
            [.. pairs.Select(_ => random.NextSingle() + 0.1f)], undirected: true);
    }

    [Fact]
    public void By_hand_a_square_with_two_merged_corners()
    {
        // 0 - 1 - 2 - 3 - 0 with weights 1, 2, 3, 4; 0 and 1 become one: it has 2 to the old 2 and 4 to the old 3.
        var square = Graph.FromEdges(4, [0, 1, 2, 3], [1, 2, 3, 0], [1, 2, 3, 4], undirected: true);
        var merged = square.Merged([0, 0, 1, 2], 3);
        Assert.Equal([0, 2, 4, 2, 0, 3, 4, 3, 0], merged.Adjacency.ToDense().data<float>().ToArray());
        // Merging neighbours and opposite corners adds weights up: 2 + 4 between {0, 2} and 1, 3 is 1+2 and 3+4.
        Assert.Equal([0, 3, 7, 3, 0, 0, 7, 0, 0], square.Merged([0, 1, 0, 2], 3).Adjacency.ToDense().data<float>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_merged_Laplacian_is_P_transposed_L_P_and_is_one_itself(int seed)
    {
        using var scope = NewDisposeScope();
        foreach (var graph in (Graph[])[Weighted(40, 0.15, seed), Generators.ErdosRenyi(40, 0.1, seed)])
        {
            var random = new Random(seed);
            int[] cluster = [.. Enumerable.Range(0, 40).Select(i => i < 9 ? i : random.Next(9))];
            var merged = graph.Merged(cluster, 9);
            var p = zeros(40, 9, dtype: float64);
            for (int i = 0; i < 40; i++) p[i, cluster[i]] = ones([], dtype: float64);
            var coarse = Laplacian(merged);
            Assert.True((p.t().mm(Laplacian(graph)).mm(p) - coarse).abs().max().item<double>() < 1e-5);
            // A Laplacian: symmetric, rows that add up to 0, nothing positive off the diagonal, no negative eigenvalue.
            Assert.True((coarse - coarse.t()).abs().max().item<double>() < 1e-6);
            Assert.True(coarse.sum(dim: 1).abs().max().item<double>() < 1e-5);
            Assert.True((coarse - coarse.diagonal().diag()).max().item<double>() <= 0);
            Assert.True(linalg.eigvalsh(coarse).min().item<double>() > -1e-5);
            // What is cut weighs the same, and never more than all there was.
            Assert.Equal(graph.Degrees().Sum() - Inside(graph, cluster), merged.Degrees().Sum(), 1e-3);
            // Energy: x = P y has xᵀ L x = yᵀ L' y.
            var y = randn(9, 1, dtype: float64);
            var x = p.mm(y);
            Assert.Equal(x.t().mm(Laplacian(graph)).mm(x).item<double>(), y.t().mm(coarse).mm(y).item<double>(), 1e-4);
        }
    }

    private static double Inside(Graph graph, int[] cluster)
    {
        var weights = graph.Weights?.data<float>().ToArray();
        return Enumerable.Range(0, graph.Edges).Where(e => cluster[graph.Sources[e]] == cluster[graph.Targets[e]]).Sum(e => weights?[e] ?? 1.0);
    }

    private static Tensor Laplacian(Graph graph)
    {
        var a = graph.Adjacency.ToDense().to(float64);
        return a.sum(dim: 1).diag() - a;
    }

    [Fact]
    public void Graphs_add_up_like_their_matrices()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Weighted(30, 0.2, 1), Generators.ErdosRenyi(30, 0.2, 2));
        var expected = a.Adjacency.ToDense() + 0.5 * b.Adjacency.ToDense();
        Assert.True((expected - a.Plus(b, 0.5).Adjacency.ToDense()).abs().max().item<float>() < 1e-6f);
        Assert.Equal(a.Edges + b.Edges - a.Pairs().Intersect(b.Pairs()).Count() * 2, a.Plus(b).Edges);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_reason()
    {
        var path = Generators.Path(3);
        Assert.Contains("3 nodes", Assert.Throws<ArgumentException>(() => path.Merged([0, 1], 2)).Message);
        Assert.Contains("0 to 1", Assert.Throws<ArgumentException>(() => path.Merged([0, 1, 2], 2)).Message);
        Assert.Contains("4", Assert.Throws<ArgumentException>(() => path.Plus(Generators.Path(4))).Message);
    }
}
