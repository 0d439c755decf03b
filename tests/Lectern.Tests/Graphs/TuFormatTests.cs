using Lectern.Data;
using Lectern.Graphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.Graphs;

public sealed class TuFormatTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern tu ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("mutag", 10, 28)]
    [InlineData("ptc_mr", 2, 64)]
    [InlineData("proteins", 4, 620)]
    [InlineData("nci1", 3, 111)]
    [InlineData("enzymes", 2, 126)]
    [InlineData("imdb-binary", 12, 136)]
    [InlineData("imdb-multi", 7, 89)]
    public void A_set_has_what_the_catalogue_counts(string name, int fewest, int most)
    {
        var data = TuFormat.Load(TestData.RequireStore().Require(name));
        var counts = Catalog.Find(name).Statistics;
        long Stated(string what) => counts.GetValueOrDefault(what);

        Assert.Equal(name, data.Name, ignoreCase: true);
        Assert.Equal(Stated("graphs"), data.Count);
        Assert.Equal(Stated("classes"), data.Classes);
        Assert.Equal(Stated("nodes"), data.Nodes);
        Assert.Equal(2 * Stated("edges"), data.Graphs.Sum(graph => graph.Edges));
        Assert.Equal((fewest, most), (data.Graphs.Min(graph => graph.Nodes), data.Graphs.Max(graph => graph.Nodes)));
        Assert.Equal(Stated("nodeLabels"), data.NodeLabelCount);
        Assert.Equal(Stated("edgeLabels"), data.EdgeLabelCount);
        Assert.Equal(Stated("nodeAttributes"), data.NodeAttributeCount);
        Assert.Equal(Enumerable.Range(0, data.Classes), data.Labels.Distinct().Order());
        Assert.All(Enumerable.Range(0, data.Count), g =>
        {
            var graph = data.Graphs[g];
            Assert.Equal(graph.Sources, graph.Reversed().Sources);
            Assert.DoesNotContain(Enumerable.Range(0, graph.Edges), e => graph.Sources[e] == graph.Targets[e]);
            Assert.Equal(graph.Nodes, data.NodeLabels?[g].Length ?? graph.Nodes);
            Assert.Equal(graph.Edges, data.EdgeLabels?[g].Length ?? graph.Edges);
            Assert.Equal(graph.Nodes * data.NodeAttributeCount, data.NodeAttributes?[g].Length ?? 0);
        });
    }

    [Fact]
    public void Mutag_has_its_classes_and_its_first_molecule()
    {
        var data = TuFormat.Load(TestData.RequireStore().Require("mutag"));

        Assert.Equal(["-1", "1"], data.ClassNames!);
        Assert.Equal((63, 125), (data.Labels.Count(y => y == 0), data.Labels.Count(y => y == 1)));
        // Its 17 atoms: 14 carbons, an N with two O's.
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2], data.NodeLabels![0]);
        // Bonds have one label in both directions.
        var graph = data.Graphs[0];
        var label = Enumerable.Range(0, graph.Edges).ToDictionary(e => (graph.Sources[e], graph.Targets[e]), e => data.EdgeLabels![0][e]);
        Assert.All(label, bond => Assert.Equal(bond.Value, label[(bond.Key.Item2, bond.Key.Item1)]));
        Assert.Equal([1, 2], new[] { label[(14, 15)], label[(14, 16)] }.Order());   // N-O single, N=O double
    }

    [Fact]
    public void Given_a_folder_with_all_oddities_then_labels_follow_their_edges_and_nothing_is_counted_twice()
    {
        Write("A", "2, 1\n1, 2\n5,4\n4,5\n3, 2\n2, 3\n2, 1\n");             // the last repeats the first
        Write("graph_indicator", "1\n1\n1\n2\n2\n2\n");                    // node 6 has no edge
        Write("graph_labels", "5\n-1\n");
        Write("node_labels", "7\n3\n7\n3\n3\n9\n");
        Write("edge_labels", "1\n1\n4\n4\n2\n2\n1\n");
        Write("node_attributes", " 0.5, 1\n 1.5, 2\n 2.5, 3\n 3.5, 4\n 4.5, 5\n 5.5, 6\n");

        var data = TuFormat.Read(folder, "odd");

        Assert.Equal([3, 3], data.Graphs.Select(graph => graph.Nodes));
        Assert.Equal([1, 0], data.Labels);
        Assert.Equal(["-1", "5"], data.ClassNames!);
        Assert.Equal([1, 0, 2, 1], data.Graphs[0].Sources);               // 1→0, 0→1, 2→1, 1→2 by target
        Assert.Equal([0, 1, 1, 2], data.Graphs[0].Targets);
        Assert.Equal([0, 0, 1, 1], data.EdgeLabels![0]);
        Assert.Equal([2, 2], data.EdgeLabels[1]);
        Assert.Equal([[1, 0, 1], [0, 0, 2]], data.NodeLabels!);
        Assert.Equal((3, 3, 2), (data.NodeLabelCount, data.EdgeLabelCount, data.NodeAttributeCount));
        Assert.Equal([3.5f, 4, 4.5f, 5, 5.5f, 6], data.NodeAttributes![1]);
        Assert.Null(data.Graphs[0].Weights);
    }

    [Theory]
    [InlineData("A", "1, 2\n2\n", "Line 2", "'source, target'")]
    [InlineData("A", "1, 2\n2, 7\n", "Line 2", "names node 7")]
    [InlineData("A", "1, 2\n0, 1\n", "Line 2", "names node 0")]
    [InlineData("A", "1, 2\n2, 3\n", "Line 2", "stays in its graph")]
    [InlineData("A", "1, 2\nx, 3\n", "Line 2", "a whole number")]
    [InlineData("graph_indicator", "1\n1\n3\n", "Line 3", "graphs 1 to 2")]
    [InlineData("graph_indicator", "2\n1\n1\n", "Line 1", "stand together")]
    [InlineData("graph_indicator", "1\n1\n1\n", "nodes for 1 graphs", "classes for 2")]
    [InlineData("node_labels", "1\n1\n", "has 2 lines", "3 nodes")]
    [InlineData("edge_labels", "1\n1\n1\n", "has 3 lines", "2 edges")]
    [InlineData("node_attributes", "1, 2\n1\n1, 2\n", "Line 2", "the first line has 2")]
    [InlineData("node_attributes", "1\n1\nnan\n", "Line 3", "a finite number")]
    public void A_line_that_is_wrong_is_named_with_the_remedy(string part, string text, string where, string what)
    {
        Write("A", "1, 2\n2, 1\n");
        Write("graph_indicator", "1\n1\n2\n");
        Write("graph_labels", "0\n1\n");
        Write(part, text);

        string message = Assert.Throws<InvalidDataException>(() => TuFormat.Read(folder, "odd")).Message;

        Assert.Contains($"odd_{part}.txt", message);
        Assert.Contains(where, message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void A_folder_without_the_files_says_which_ones_are_needed() =>
        Assert.Contains("mine_graph_labels.txt",
            Assert.Throws<FileNotFoundException>(() => TuFormat.Read(folder, "mine")).Message);

    private void Write(string part, string text) => File.WriteAllText(Path.Combine(folder, $"odd_{part}.txt"), text);
}
