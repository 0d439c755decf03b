using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>The exact search for an isomorphism.</summary>
public sealed class IsomorphismTests
{
    internal static (Graph Graph, int[] Place) Renumbered(Graph graph, int seed)
    {
        int[] place = [.. Enumerable.Range(0, graph.Nodes)];
        new Random(seed).Shuffle(place);
        return (Graph.Undirected(graph.Nodes, [.. graph.Pairs().Select(p => (place[p.Item1], place[p.Item2]))]), place);
    }

    internal static Graph Rook() => Graph.Undirected(16, [.. from a in Enumerable.Range(0, 16) from b in Enumerable.Range(0, 16)
        where a < b && (a / 4 == b / 4 || a % 4 == b % 4) select (a, b)]);

    /// <summary>The Cayley graph of Z4 × Z4 with ±(1,0), ±(0,1), ±(1,1).</summary>
    internal static Graph Shrikhande()
    {
        (int, int)[] steps = [(1, 0), (0, 1), (1, 1)];
        return Graph.Undirected(16, [.. from v in Enumerable.Range(0, 16) from s in steps select (v, (v / 4 + s.Item1) % 4 * 4 + (v + s.Item2) % 4)]);
    }

    private static bool ByBruteForce(Graph a, Graph b)
    {
        var edges = a.Pairs().ToHashSet();
        if (edges.Count != b.Pairs().Count()) return false;
        bool Try(int[] order, int at) => at == order.Length
            ? b.Pairs().All(p => edges.Contains((Math.Min(order[p.Item1], order[p.Item2]), Math.Max(order[p.Item1], order[p.Item2]))))
            : Enumerable.Range(at, order.Length - at).Any(i =>
            {
                (order[at], order[i]) = (order[i], order[at]);
                bool found = Try(order, at + 1);
                (order[at], order[i]) = (order[i], order[at]);
                return found;
            });
        return Try([.. Enumerable.Range(0, a.Nodes)], 0);
    }

    [Fact]
    public void It_agrees_with_all_permutations_on_small_graphs()
    {
        int same = 0;
        for (int seed = 0; seed < 120; seed++)
        {
            int n = seed % 2 == 0 ? 4 : 6;
            Graph a = Generators.ErdosRenyi(n, 0.5, seed), b = Generators.ErdosRenyi(n, 0.5, seed + 1000);
            bool expected = ByBruteForce(a, b);
            Assert.Equal(expected, Isomorphism.Find(a, b) is not null);
            if (expected) same++;
        }
        Assert.InRange(same, 3, 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_renumbered_graph_is_found_and_the_mapping_keeps_every_edge(int seed)
    {
        foreach (var graph in new[] { Generators.ErdosRenyi(40, 0.1, seed), Generators.Complete(30), Generators.Grid(5, 6), Rook(), Generators.Cycle(24) })
        {
            var (other, _) = Renumbered(graph, seed);
            var mapping = Isomorphism.Find(graph, other);
            Assert.NotNull(mapping);
            Assert.Equal(graph.Nodes, mapping.Distinct().Count());
            Assert.All(graph.Pairs(), p => Assert.True(other.Neighbours(mapping[p.Item1]).Contains(mapping[p.Item2])));
        }
    }

    [Fact]
    public void Pairs_that_colour_refinement_cannot_tell_apart_are_told_apart()
    {
        var (ring, triangles) = (Generators.Cycle(6), Graph.Undirected(6, (0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)));
        Assert.False(WeisfeilerLeman.TellsApart(ring, triangles));
        Assert.Null(Isomorphism.Find(ring, triangles));
        Assert.Equal(Rook().Edges, Shrikhande().Edges);
        Assert.False(WeisfeilerLeman.TellsApart(Rook(), Shrikhande()));
        Assert.Null(Isomorphism.Find(Rook(), Shrikhande()));
        Assert.NotNull(Isomorphism.Find(Shrikhande(), Renumbered(Shrikhande(), 5).Graph));
    }

    [Fact]
    public void Labels_of_nodes_and_edges_have_to_agree()
    {
        var path = Generators.Path(3);
        Assert.NotNull(Isomorphism.Find(path, path, [1, 0, 0], [0, 0, 1]));
        Assert.Null(Isomorphism.Find(path, path, [1, 0, 0], [0, 1, 0]));
        // Edges by target: 1→0, 0→1, 2→1, 1→2.
        Assert.NotNull(Isomorphism.Find(path, path, null, null, [5, 5, 7, 7], [7, 7, 5, 5]));
        Assert.Null(Isomorphism.Find(path, path, null, null, [5, 5, 7, 7], [5, 5, 5, 5]));
        Assert.Contains("for both or for none", Assert.Throws<ArgumentException>(() => Isomorphism.Find(path, path, [1, 0, 0])).Message);
    }

    [Fact]
    public void Nodes_without_edges_count()
    {
        Assert.Null(Isomorphism.Find(Graph.Undirected(4, (0, 1)), Graph.Undirected(3, (0, 1))));
        Assert.NotNull(Isomorphism.Find(Graph.Undirected(4, (0, 1)), Graph.Undirected(4, (2, 3))));
    }
}
