using Lectern.Charts;

namespace Lectern.Tests.Charts;

public sealed class GraphLayoutTests
{
    private static readonly (int, int)[] TwoTriangles = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3),
        (2, 3)];

    [Fact]
    public void The_same_seed_gives_the_same_places_and_another_seed_others()
    {
        Assert.Equal(GraphLayout.Spring(6, TwoTriangles, 7), GraphLayout.Spring(6, TwoTriangles, 7));
        Assert.NotEqual(GraphLayout.Spring(6, TwoTriangles, 7), GraphLayout.Spring(6, TwoTriangles, 8));
    }

    [Fact]
    public void Neighbours_come_nearer_than_strangers()
    {
        var at = GraphLayout.Spring(6, TwoTriangles);
        double Distance(int a, int b) =>
            Math.Sqrt(Math.Pow(at[a].X - at[b].X, 2) + Math.Pow(at[a].Y - at[b].Y, 2));
        Assert.True(Distance(0, 1) < Distance(0, 4) / 1.5, $"{Distance(0, 1)} and {Distance(0, 4)}");
        Assert.True(Distance(3, 5) < Distance(1, 5) / 1.5, $"{Distance(3, 5)} and {Distance(1, 5)}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public void Places_are_finite_and_within_the_square_also_without_edges(int nodes)
    {
        var at = GraphLayout.Spring(nodes, []);
        Assert.Equal(nodes, at.Length);
        Assert.All(at, p => Assert.True(Math.Abs(p.X) <= 1 && Math.Abs(p.Y) <= 1, $"{p}"));
        Assert.Equal(nodes, at.Distinct().Count());
    }

    [Fact]
    public void Loops_and_repeated_edges_do_no_harm() =>
        Assert.All(GraphLayout.Spring(2, [(0, 0), (0, 1), (0, 1), (1, 0)]),
            p => Assert.True(double.IsFinite(p.X + p.Y)));

    [Fact]
    public void An_edge_to_a_node_that_does_not_exist_is_named() =>
        Assert.Contains("(0, 6)",
            Assert.Throws<ArgumentException>(() => GraphLayout.Spring(6, [(0, 6)])).Message);

    [Fact]
    public void The_circle_begins_at_the_top_and_runs_clockwise() =>
        Assert.Equal([(0, 1), (1, 0), (0, -1), (-1, 0)], GraphLayout.Circular(4));

    [Fact]
    public void Edges_may_come_as_a_tensor()
    {
        using var edges = tensor(new long[] { 0, 1, 2, 1, 2, 0 }).reshape(2, 3);
        Assert.Equal(GraphLayout.Spring(3, [(0, 1), (1, 2), (2, 0)], 3), GraphLayout.Spring(3L, edges, 3));
    }
}
