using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

public sealed class EdgeListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern edges ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("0,1\n1,2\n")]
    [InlineData("0\t1\r\n1\t2\r\n")]
    [InlineData("0 1\n  1   2")]
    [InlineData("0;1\n1;2")]
    [InlineData("# a comment\n% another\n\nsource,target\n0,1\n1,2")]
    [InlineData("\"0\",\"1\"\n1,2")]
    public void Fields_are_separated_by_tab_comma_semicolon_or_spaces(string text)
    {
        var table = EdgeList.Read(Write("edges.txt", text));

        Assert.Equal(["0", "1", "2"], table.Names);
        Assert.Equal([0, 1], table.Sources);
        Assert.Equal([1, 2], table.Targets);
        Assert.Null(table.Weights);
    }

    [Fact]
    public void Names_get_rows_in_the_order_of_appearance_and_may_hold_spaces()
    {
        var table = EdgeList.Read(Write("edges.csv", "Ann,Bob Smith,0.5\n\"Smith, Cy\",Ann,2e1"));

        Assert.Equal(["Ann", "Bob Smith", "Smith, Cy"], table.Names);
        Assert.Equal([0, 2], table.Sources);
        Assert.Equal([1, 0], table.Targets);
        Assert.Equal([0.5f, 20], table.Weights!);
    }

    [Fact]
    public void Numbers_get_rows_in_their_own_order()
    {
        var table = EdgeList.Read(Write("edges.txt", "10 2\n2 7"));

        Assert.Equal(["2", "7", "10"], table.Names);
        Assert.Equal([2, 0], table.Sources);
        Assert.Equal([0, 1], table.Targets);
    }

    [Fact]
    public void With_a_count_numbers_are_rows_and_nodes_without_edges_stay()
    {
        var table = EdgeList.Read(Write("edges.txt", "3 1"), count: 5);

        Assert.Equal(5, table.Nodes);
        Assert.Equal([3], table.Sources);
        Assert.Equal([1], table.Targets);
    }

    [Fact]
    public void A_table_of_nodes_gives_rows_features_and_classes()
    {
        var nodes = Write("nodes.csv", "node,age,label,height\nb,30,cat,1.5\na,-4,,2\nc,0,dog,3");

        var table = EdgeList.Read(Write("edges.csv", "a,b"), nodes);

        Assert.Equal(["b", "a", "c"], table.Names);
        Assert.Equal([1], table.Sources);
        Assert.Equal([0], table.Targets);
        Assert.Equal(["age", "height"], table.Table!.FeatureNames);
        Assert.Equal([30, 1.5f, -4, 2, 0, 3], table.Table.Features);
        Assert.Equal(["cat", "dog"], table.Table.ClassNames);
        Assert.Equal([0L, -1, 1], table.Table.Labels!);
    }

    [Fact]
    public void Classes_that_are_numbers_come_in_their_order() =>
        Assert.Equal(["2", "10"], NodeTable.Read(Write("nodes.csv", "node,class\na,10\nb,2")).ClassNames);

    [Theory]
    [InlineData("0,1\n1\n", "Line 2", "1 field")]
    [InlineData("0,1\n1,\n", "Line 2", "2 fields")]
    [InlineData("0,1\n\n1,2,3,4\n", "Line 3", "4 fields")]
    [InlineData("0,1,0.5\n1,2,heavy\n", "Line 2", "'heavy' as the weight")]
    [InlineData("0,1,0.5\n1,2,NaN\n", "Line 2", "finite")]
    [InlineData("0,1,0.5\n1,2\n", "Line 2", "no weight")]
    [InlineData("0,1\n1,2,1\n", "Line 2", "has a weight")]
    [InlineData("# nothing\n", "no edges", "one line an edge")]
    public void A_line_that_is_wrong_is_answered_with_file_line_and_remedy(string text, string where, string what)
    {
        var path = Write("edges.csv", text);

        var error = Assert.Throws<InvalidDataException>(() => EdgeList.Read(path));

        Assert.Contains(path, error.Message);
        Assert.Contains(where, error.Message);
        Assert.Contains(what, error.Message);
    }

    [Theory]
    [InlineData("0 1\n1 34")]
    [InlineData("0 1\n1 -1")]
    [InlineData("0 1\n1 x")]
    public void An_edge_to_a_node_that_does_not_exist_is_answered_with_the_nodes_there_are(string text)
    {
        var error = Assert.Throws<InvalidDataException>(() => EdgeList.Read(Write("edges.txt", text), count: 34));

        Assert.Contains("Line 2", error.Message);
        Assert.Contains("does not exist", error.Message);
        Assert.Contains("34 nodes, 0 to 33", error.Message);
    }

    [Fact]
    public void An_edge_to_a_node_that_the_table_lacks_is_answered_with_both_files()
    {
        var nodes = Write("nodes.csv", "node\na\nb");
        var edges = Write("edges.csv", "a,b\nb,zoe");

        var error = Assert.Throws<InvalidDataException>(() => EdgeList.Read(edges, nodes));

        Assert.Contains($"Line 2 of '{edges}'", error.Message);
        Assert.Contains("'zoe'", error.Message);
        Assert.Contains(nodes, error.Message);
    }

    [Theory]
    [InlineData("node,x\na,1\na,2", "Line 3", "one line")]
    [InlineData("node,x\na,1,2", "Line 2", "3 fields")]
    [InlineData("node,x\na,tall", "Line 2", "'tall' as the feature 'x'")]
    [InlineData("label,x\na,1", "Line 1", "first column is the node")]
    [InlineData("node,x\n", "no nodes", "names the columns")]
    public void A_table_of_nodes_that_is_wrong_is_answered_too(string text, string where, string what)
    {
        var error = Assert.Throws<InvalidDataException>(() => NodeTable.Read(Write("nodes.csv", text)));

        Assert.Contains(where, error.Message);
        Assert.Contains(what, error.Message);
    }

    [Fact]
    public void The_karate_club_has_its_34_members_and_78_ties()
    {
        var files = Lectern.Data.Catalog.Require("karate");

        var table = EdgeList.Read(files["edges.csv"], files["members.csv"]);

        int Degree(int member) => table.Sources.Concat(table.Targets).Count(row => row == member - 1);
        Assert.Equal(Enumerable.Range(1, 34).Select(member => $"{member}"), table.Names);
        Assert.Equal(78, table.Sources.Zip(table.Targets).Distinct().Count());
        Assert.Equal((16, 17, 9, 1), (Degree(1), Degree(34), Degree(2), Degree(12)));
        Assert.Equal(["instructor", "officers"], table.Table!.ClassNames);
        Assert.Equal(17, table.Table.Labels!.Count(label => label == 0));
        Assert.Equal((0L, 0L, 1L), (table.Table.Labels![0], table.Table.Labels[8], table.Table.Labels[33]));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
