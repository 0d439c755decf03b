using Lectern.Graphs;
using Lectern.Graphs.Large;

namespace Lectern.Tests.Graphs.Large;

/// <summary>Parts of about equal size with few edges between them.</summary>
public sealed class GraphPartitionTests
{
    /// <summary>Two cliques of four, joined by one edge, their nodes in turn.</summary>
    private static readonly Graph Cliques = Graph.Undirected(8,
        (0, 2), (0, 4), (0, 6), (2, 4), (2, 6), (4, 6), (1, 3), (1, 5), (1, 7), (3, 5), (3, 7), (5, 7), (6, 7));

    [Fact]
    public void Two_cliques_become_the_two_parts_and_only_their_bridge_is_cut()
    {
        var partition = GraphPartition.Greedy(Cliques, 2, passes: 1, slack: 0);
        // By hand: 0 → part 0; 1 hears nobody yet → the emptier part 1; 2, 4, 6 follow 0 and 3, 5, 7 follow 1.
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], partition.Part);
        Assert.Equal(2.0 / 26, partition.Cut(Cliques));
        Assert.Equal(1, partition.Balance());
    }

    [Fact]
    public void Cut_and_balance_are_those_by_hand()
    {
        // A star without a choice: a part is full at two, whatever the neighbours say.
        var star = Generators.Star(4);
        var partition = GraphPartition.Greedy(star, 2, passes: 1, slack: 0);
        Assert.Equal(1, partition.Balance());
        Assert.Equal(4.0 / 6, partition.Cut(star), 12);
        var path = Graph.Undirected(7, (0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6));
        var loose = GraphPartition.Greedy(path, 2, passes: 3, slack: 0.5);
        Assert.InRange(loose.Balance(), 1, 1.5);
        Assert.Equal(loose.Part.ToArray().CountBy(part => part).Max(one => one.Value) * 2 / 7.0, loose.Balance(), 12);
        Assert.Equal(0, GraphPartition.Greedy(path, 1).Cut(path));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Planted_groups_are_cut_far_less_than_by_lot_and_parts_keep_to_the_slack(int parts)
    {
        string folder = Directory.CreateTempSubdirectory("lectern-parts-").FullName;
        try
        {
            new PlantedGraph(Nodes: 3000, Pairs: 30_000, Features: 1, GroupSize: 100, Inside: 0.8).Write(folder, 1);
            using var graph = StoredGraph.Open(folder);
            var (greedy, lot) = (GraphPartition.Greedy(graph, parts), GraphPartition.Random(graph.Nodes, parts, 1));
            Assert.InRange(lot.Cut(graph), 1 - 1.0 / parts - 0.02, 1 - 1.0 / parts + 0.02);
            Assert.InRange(greedy.Cut(graph), 0.01, 0.5 * lot.Cut(graph));
            Assert.InRange(greedy.Balance(), 1, 1.0101);
            Assert.True(greedy.Cut(graph) < GraphPartition.Greedy(graph, parts, passes: 1).Cut(graph));

            greedy.Save(folder);
            Assert.Equal(greedy.Part, GraphPartition.Load(folder, graph.Nodes, parts).Part);
            string message = Assert.Throws<InvalidDataException>(() => GraphPartition.Load(folder, graph.Nodes + 1, parts)).Message;
            Assert.Contains($"parts-{parts}.i32", message, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => GraphPartition.Load(folder, graph.Nodes, parts + 1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Parts_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GraphPartition.Greedy(Cliques, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GraphPartition.Greedy(Cliques, 2, passes: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GraphPartition.Greedy(Cliques, 2, slack: -1));
    }
}
