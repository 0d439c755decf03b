using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

public sealed class GraphDatasetTests
{
    private static readonly GraphDataset Three = new()
    {
        Name = "three",
        Graphs = [Generators.Path(2), Generators.Star(4), Generators.Cycle(3)],
        Labels = [0, 1, 1],
        Classes = 2,
        NodeLabels = [[0, 1], [2, 0, 0, 1], [1, 1, 1]],
        NodeLabelCount = 3,
        NodeAttributes = [[1, 2], [3, 4, 5, 6], [7, 8, 9]],
        NodeAttributeCount = 1,
    };

    [Fact]
    public void Features_have_a_row_a_node_graph_after_graph()
    {
        Assert.Equal([0, 2, 6, 9], Three.Offsets);
        Assert.Equal([9L, 3], Three.OneHotLabels().shape);
        Assert.Equal([0L, 1, 2, 0, 0, 1, 1, 1, 1], Three.OneHotLabels().argmax(1).data<long>().ToArray());
        Assert.Equal(9f, Three.OneHotLabels().sum().item<float>());
        Assert.Equal([1f, 1, 3, 1, 1, 1, 2, 2, 2], Three.Degrees().data<float>().ToArray());
        Assert.Equal([1L, 1, 3, 1, 1, 1, 2, 2, 2], Three.OneHotDegrees().argmax(1).data<long>().ToArray());
        Assert.Equal([1L, 1, 2, 1, 1, 1, 2, 2, 2], Three.OneHotDegrees(cap: 2).argmax(1).data<long>().ToArray());
        Assert.Equal([9L, 4], Three.OneHotDegrees().shape);
        Assert.Equal([9L, 4], Three.Features().shape);
        Assert.Equal(45f, Three.Features().narrow(1, 3, 1).sum().item<float>());
        Assert.Equal([9L, 4], (Three with { NodeLabels = null, NodeAttributes = null }).Features().shape);
    }

    [Fact]
    public void Other_graphs_have_their_own_rows()
    {
        Assert.Equal(9, Three.Nodes);
        Assert.Equal([0, 5, 8], (Three with { Graphs = [Generators.Path(5), Generators.Path(3)] }).Offsets);
    }

    [Fact]
    public void A_batch_has_the_rows_and_the_classes_of_its_graphs()
    {
        using var scope = NewDisposeScope();
        var (graphs, x, y) = Three.Batch([2, 0], Three.Attributes());

        Assert.Equal([0, 3, 5], graphs.Offsets);
        Assert.Equal([7f, 8, 9, 1, 2], x.data<float>().ToArray());
        Assert.Equal([5L, 1], x.shape);
        Assert.Equal([1L, 0], y.data<long>().ToArray());
        Assert.Equal([24f, 3], graphs.Sum(x).data<float>().ToArray());
        Assert.Contains("9 nodes", Assert.Throws<ArgumentException>(() => Three.Batch([0], ones(2, 1))).Message);
    }

    [Fact]
    public void A_subset_has_its_own_rows_and_keeps_the_counts()
    {
        Assert.Equal([0, 2, 6, 9], Three.Offsets);                        // not carried over to the subset
        var part = Three.Subset([2, 1, 2]);

        Assert.Equal([1, 1, 1], part.Labels);
        Assert.Equal([0, 3, 7, 10], part.Offsets);
        Assert.Equal((3, 2, 3), (part.Count, part.Classes, part.NodeLabelCount));
        Assert.Equal([7f, 8, 9, 3, 4, 5, 6, 7, 8, 9], part.Attributes().data<float>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Three.Subset([3]));
    }

    [Fact]
    public void Features_that_a_set_has_not_are_refused_with_those_that_it_has() =>
        Assert.Contains("OneHotDegrees", Assert.Throws<InvalidOperationException>(
            () => (Three with { NodeLabels = null }).OneHotLabels()).Message);
}
