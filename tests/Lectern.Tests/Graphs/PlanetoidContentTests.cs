using Lectern.Data;
using Lectern.Graphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.Graphs;

public sealed class PlanetoidContentTests
{
    [Theory]
    [InlineData("cora", new[] { 351, 217, 418, 818, 426, 298, 180 })]
    [InlineData("citeseer", new[] { 249, 590, 668, 701, 596, 508 })]
    public void The_files_hold_what_the_catalogue_counts(string name, int[] nodesOfClass)
    {
        var content = Read(name);
        var counts = Catalog.Find(name).Statistics;

        Assert.Equal(counts["nodes"], content.Nodes);
        Assert.Equal(2 * counts["edges"], content.Sources.Length);
        Assert.Equal(counts["features"], content.Features);
        Assert.Equal(counts["featureEntries"], content.Columns.Length);
        Assert.Equal(counts["classes"], content.Classes);
        Assert.Equal(Nodes(0, counts["train"]), content.Train);
        Assert.Equal(Nodes(counts["train"], counts["validation"]), content.Validation);
        Assert.Equal(counts["test"], content.Test.Distinct().Count());
        Assert.Equal(nodesOfClass, Nodes(0, content.Classes).Select(k => content.Labels.Count(l => l == k)));
        Assert.All(content.Values, value => Assert.Equal(1, value));
        Assert.All(
            Enumerable.Range(0, content.Classes),
            k => Assert.Equal(20, content.Train.Count(node => content.Labels[node] == k)));
    }

    [Theory]
    [InlineData("cora")]
    [InlineData("citeseer")]
    public void Edges_run_both_ways_once_and_never_to_their_own_node(string name)
    {
        var content = Read(name);
        var edges = content.Sources.Zip(content.Targets).ToHashSet();

        Assert.Equal(content.Sources.Length, edges.Count);
        Assert.All(edges, edge => Assert.Contains((edge.Second, edge.First), edges));
        Assert.All(edges, edge => Assert.NotEqual(edge.First, edge.Second));
    }

    [Fact]
    public void Features_of_a_test_node_are_those_of_its_place_in_the_index()
    {
        var content = Read("cora");
        var files = TestData.RequireStore().Require("cora");
        var tx = NumpyPickle.Read<PickledCsr>(files["ind.cora.tx"]);
        var index = File.ReadAllLines(files["ind.cora.test.index"]).Select(int.Parse).ToArray();

        Assert.NotEqual(index.Order(), index);
        foreach (var i in new[] { 0, 1, 500, 999 })
        {
            Assert.Equal(
                tx.ColumnIndices[tx.RowPointers[i]..tx.RowPointers[i + 1]],
                content.Columns[content.RowPointers[index[i]]..content.RowPointers[index[i] + 1]]);
        }
        Assert.Equal(index.Select(node => (long)node), content.Test);
    }

    [Fact]
    public void The_15_nodes_that_Citeseer_leaves_out_have_edges_but_no_features_and_no_label()
    {
        int[] gaps =
            [2407, 2489, 2553, 2682, 2781, 2953, 3042, 3063, 3212, 3214, 3250, 3292, 3305, 3306, 3309];
        var content = Read("citeseer");

        Assert.Equal(gaps, Enumerable.Range(0, content.Nodes).Where(node => content.Labels[node] < 0));
        Assert.Equal(
            gaps, Enumerable.Range(0, content.Nodes).Where(
                node => content.RowPointers[node] == content.RowPointers[node + 1]));
        Assert.All(gaps, node => Assert.Contains(node, content.Sources));
        Assert.Equal(48, content.Nodes - content.Sources.Distinct().Count());
    }

    [Fact]
    public void A_file_that_is_cut_short_is_named()
    {
        var files = TestData.RequireStore().Require("cora");
        var cut = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(cut, File.ReadAllBytes(files["ind.cora.tx"])[..1000]);
            var error = Assert.Throws<InvalidDataException>(
                () => PlanetoidContent.Read(part => part == "tx" ? cut : files["ind.cora." + part]));
            Assert.Contains(cut, error.Message);
            Assert.Contains("cut short", error.Message);
        }
        finally
        {
            File.Delete(cut);
        }
    }

    [Theory]
    [InlineData("ty", "y", "features have 1000 rows")]
    [InlineData("test.index", "graph", "Line 1")]
    [InlineData("graph", "x", "is needed")]
    public void Files_that_do_not_fit_together_are_refused(string part, string taken, string reason)
    {
        var files = TestData.RequireStore().Require("cora");

        var error = Assert.Throws<InvalidDataException>(
            () => PlanetoidContent.Read(asked => files["ind.cora." + (asked == part ? taken : asked)]));

        Assert.Contains(reason, error.Message);
    }

    private static IEnumerable<long> Nodes(long first, long count) =>
        Enumerable.Range((int)first, (int)count).Select(node => (long)node);

    private static PlanetoidContent Read(string name)
    {
        var files = TestData.RequireStore().Require(name);
        return PlanetoidContent.Read(part => files[$"ind.{name}.{part}"]);
    }
}
