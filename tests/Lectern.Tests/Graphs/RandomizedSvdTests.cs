using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Singular values and vectors from a random sketch.</summary>
public sealed class RandomizedSvdTests
{
    private static double MaxDifference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();

    [Fact]
    public void They_are_those_of_the_dense_decomposition()
    {
        using var scope = NewDisposeScope();
        var matrix = Generators.RandomEdges(60, 300, seed: 1).Adjacency;        // not symmetric
        var (u, s) = RandomizedSvd.Left(matrix, 12, seed: 3, steps: 60);
        var (_, all, _) = linalg.svd(matrix.ToDense().to(ScalarType.Float64), fullMatrices: false);
        Assert.Equal([60, 12], u.shape);
        Assert.True(MaxDifference(s, all[..12]) < 1e-6);
        Assert.True(MaxDifference(u.t().mm(u), eye(12, dtype: float64)) < 1e-10);
        // Each column is an eigenvector of A Aᵀ.
        var dense = matrix.ToDense().to(ScalarType.Float64);
        Assert.True(MaxDifference(dense.mm(dense.t().mm(u)), u * s.square()) < 1e-3);
    }

    [Fact]
    public void The_same_seed_gives_the_same_vectors_and_another_seed_other_signs()
    {
        using var scope = NewDisposeScope();
        var matrix = Generators.BarabasiAlbert(50, 2, seed: 1).Adjacency;
        var first = RandomizedSvd.Left(matrix, 4, seed: 1).U;
        Assert.Equal(0, MaxDifference(first, RandomizedSvd.Left(matrix, 4, seed: 1).U));
        int signs = 0;
        for (int seed = 2; seed < 42; seed++)
        {
            var other = RandomizedSvd.Left(matrix, 1, seed, steps: 40).U;
            double along = (first[.., ..1] * other).sum().item<double>();
            Assert.Equal(1, Math.Abs(along), 6);
            if (along > 0) signs++;
        }
        Assert.InRange(signs, 8, 32);                                           // 20 ± 3.2 of 40, for fair signs
    }

    [Fact]
    public void A_graph_with_fewer_nodes_than_the_rank_gives_as_many_values_as_it_has()
    {
        using var scope = NewDisposeScope();
        var (u, s) = RandomizedSvd.Left(Generators.Complete(4).Adjacency, 10, seed: 1);
        Assert.Equal([4, 4], u.shape);
        Assert.Equal(3, s[0].item<double>(), 8);
        Assert.Equal(1, s[3].item<double>(), 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomizedSvd.Left(Generators.Complete(4).Adjacency, 0, seed: 1));
    }
}
