using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Making graphs, and what they answer about themselves.</summary>
public sealed class GraphTests
{
    [Fact]
    public void An_edge_that_names_a_missing_node_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => Graph.Directed(3, (0, 1), (1, 3)));
        Assert.Contains("Edge 1 (1 → 3)", error.Message);
        Assert.Contains("0 to 2", error.Message);
    }

    [Fact]
    public void Repeated_edges_count_once_and_keep_the_first_weight()
    {
        var graph = Graph.FromEdges(3, [0, 2, 0, 0], [1, 1, 1, 2], [5, 6, 7, 8]);
        Assert.Equal([0, 2, 0], graph.Sources);
        Assert.Equal([1, 1, 2], graph.Targets);
        Assert.Equal([5f, 6, 8], graph.Weights!.data<float>().ToArray());
    }

    [Fact]
    public void An_undirected_edge_that_is_given_in_both_directions_has_the_first_weight_in_both()
    {
        var graph = Graph.FromEdges(3, [1, 0, 2], [0, 1, 1], [5, 6, 7], undirected: true);
        Assert.Equal([1, 0, 2, 1], graph.Sources);
        Assert.Equal([5f, 5, 7, 7], graph.Weights!.data<float>().ToArray());
    }

    [Fact]
    public void A_large_graph_is_the_same_whatever_the_order_of_its_edges()
    {
        // Large enough that rows are sorted on several threads; each edge's weight tells which it is.
        var random = new Random(1);
        (int Source, int Target) Drawn(int _) => (random.Next(500), random.Next(500));
        var edges = Enumerable.Range(0, 20_000).Select(Drawn).Distinct().ToArray();
        Graph Built() => Graph.FromEdges(500, [.. edges.Select(e => e.Source)],
            [.. edges.Select(e => e.Target)], [.. edges.Select(e => 500f * e.Target + e.Source)]);
        var first = Built();
        random.Shuffle(edges);
        var second = Built();
        foreach (var graph in (Graph[])[first, second])
        {
            Assert.Equal(edges.Select(e => (e.Target, e.Source)).Order(), graph.Targets.Zip(graph.Sources));
            var expected = graph.Targets.Zip(graph.Sources, (t, s) => 500f * t + s);
            Assert.Equal(expected, graph.Weights!.data<float>().ToArray());
        }
    }

    [Fact]
    public void Self_loops_stand_among_the_ascending_sources_and_replace_those_that_were_there()
    {
        var graph = Graph.FromEdges(4, [0, 2, 3, 1, 2], [1, 1, 1, 1, 2], [2, 3, 4, 5, 6]).WithSelfLoops();
        Assert.Equal([0, 0, 1, 2, 3, 2, 3], graph.Sources);
        Assert.Equal([0, 1, 1, 1, 1, 2, 3], graph.Targets);
        Assert.Equal([1f, 2, 1, 3, 4, 1, 1], graph.Weights!.data<float>().ToArray());
    }

    [Fact]
    public void An_undirected_edge_runs_both_ways_and_is_one_pair()
    {
        var graph = Graph.Undirected((0, 1), (1, 2), (2, 0), (1, 0));
        Assert.Equal(6, graph.Edges);
        Assert.Equal([(0, 1), (0, 2), (1, 2)], graph.Pairs().Order());
        Assert.Equal([0, 2], graph.Neighbours(1).ToArray());
    }

    [Fact]
    public void Components_ignore_directions()
    {
        var (component, count) = Graph.Directed(5, (1, 0), (1, 2), (4, 3)).Components();
        Assert.Equal(2, count);
        Assert.Equal([0, 0, 0, 1, 1], component);
    }

    [Fact]
    public void Self_loops_are_added_once()
    {
        var graph = Graph.Directed(2, (0, 0), (0, 1)).WithSelfLoops();
        Assert.Equal([(0, 0), (0, 1), (1, 1)], graph.Sources.Zip(graph.Targets).Order());
    }

    [Fact]
    public void Generators_make_what_their_names_say()
    {
        Assert.Equal(2 * 4, Generators.Path(5).Edges);
        Assert.Equal(2 * 5, Generators.Cycle(5).Edges);
        Assert.Equal(5 * 4, Generators.Complete(5).Edges);
        Assert.Equal(2 * 4, Generators.Star(5).Edges);
        Assert.Equal(2 * (3 * 3 + 2 * 4), Generators.Grid(3, 4).Edges);
        Assert.Equal(2 * 3 * 97, Generators.BarabasiAlbert(100, 3, 1).Edges);
        Assert.Equal(1, Generators.BarabasiAlbert(100, 3, 1).Components().Count);
        Assert.Equal(Generators.ErdosRenyi(50, 0.2, 3).Sources, Generators.ErdosRenyi(50, 0.2, 3).Sources);
        // 1000·999/2·0.01 = 4995 pairs expected, standard deviation 70.
        Assert.InRange(Generators.ErdosRenyi(1000, 0.01, 1).Edges / 2, 4995 - 350, 4995 + 350);
        Assert.All(Generators.ErdosRenyi(30, 0.5, 2).Pairs(), pair => Assert.NotEqual(pair.Item1, pair.Item2));
    }

    [Fact]
    public void A_transpose_turns_every_entry_around()
    {
        using var scope = NewDisposeScope();
        var graph = Generators.RandomEdges(20, 60, 1);
        graph = graph.WithWeights(rand(graph.Edges));
        Assert.True(graph.Adjacency.Transpose().ToDense().allclose(graph.Adjacency.ToDense().t()));
        Assert.True(graph.Reversed().Reversed().Adjacency.ToDense().allclose(graph.Adjacency.ToDense()));
    }
}
