using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>The made-up citation graph has the sizes and shares that it was asked for.</summary>
public sealed class CommunitiesTests
{
    [Fact]
    public void Sizes_shares_and_split_are_as_asked_for()
    {
        var settings = new CommunitySettings(Count: 4, Size: 250, Inside: 6, Outside: 2, Words: 400, WordsPerNode: 20, OwnWords: 0.5);
        var data = Communities.Make(settings, 1);
        int[] labels = [.. data.Labels.data<long>().Select(l => (int)l)];
        Assert.Equal((1000, 1000, 400, 4), (data.Graph.Nodes, data.Features.Rows, data.Features.Columns, data.Classes));
        int inside = data.Graph.Sources.Zip(data.Graph.Targets).Count(e => labels[e.First] == labels[e.Second]);
        Assert.Equal(6, inside / 1000.0, 0.4);
        Assert.Equal(2, (data.Graph.Edges - inside) / 1000.0, 0.3);
        // Half of a node's words are its community's own, and a quarter of the other half.
        double own = Enumerable.Range(0, 1000).Average(i => data.Features.ColumnIndices
            .AsSpan(data.Features.RowPointers[i]..data.Features.RowPointers[i + 1]).ToArray().Average(w => w / 100 == labels[i] ? 1.0 : 0));
        Assert.Equal(0.6, own, 0.03);
        Assert.Equal((40, 50, 200), (data.Train.shape[0], data.Validation.shape[0], data.Test.shape[0]));
        Assert.Equal(data.Graph.Sources, Communities.Make(settings, 1).Graph.Sources);
        Assert.NotEqual(data.Graph.Sources, Communities.Make(settings, 2).Graph.Sources);
    }

    [Fact]
    public void Groups_add_neighbours_that_are_close_and_triangles()
    {
        var settings = new CommunitySettings(Count: 3, Size: 100, Inside: 1, Outside: 0.5, Close: 3, GroupSize: 10);
        var (with, without) = (Communities.Make(settings, 1).Graph, Communities.Make(settings with { Close = 0 }, 1).Graph);
        Assert.Equal(3, (with.Edges - without.Edges) / 300.0, 0.3);
        Assert.Subset(with.Pairs().ToHashSet(), without.Pairs().ToHashSet());
        Assert.All(with.Pairs().Except(without.Pairs()), pair => Assert.Equal(pair.Item1 / 10, pair.Item2 / 10));
    }
}
