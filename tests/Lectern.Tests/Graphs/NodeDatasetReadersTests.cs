using Lectern.Data;
using Lectern.Graphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.Graphs;

public sealed class NodeDatasetReadersTests
{
    [Theory]
    [InlineData("cora")]
    [InlineData("citeseer")]
    public void A_Planetoid_set_has_what_the_catalogue_counts(string name)
    {
        var data = Planetoid.Load(TestData.RequireStore().Require(name));
        var counts = Catalog.Find(name).Statistics;

        Assert.Equal(counts["nodes"], data.Graph.Nodes);
        Assert.Equal(2 * counts["edges"], data.Graph.Edges);
        Assert.Equal([counts["nodes"], counts["features"]], [(long)data.Features.Rows, data.Features.Columns]);
        Assert.Equal(counts["featureEntries"], data.Features.Entries);
        Assert.Equal(counts["classes"], data.Classes);
        Assert.Equal([counts["nodes"]], data.Labels.shape);
        Assert.Equal([counts["train"]], data.Train.shape);
        Assert.Equal([counts["validation"]], data.Validation.shape);
        Assert.Equal([counts["test"]], data.Test.shape);
        Assert.Equal(ScalarType.Int64, data.Labels.dtype);
        Assert.Equal(ScalarType.Int64, data.Test.dtype);
        Assert.True(data.Labels[data.Test].min().item<long>() >= 0);
    }

    [Fact]
    public void A_set_outlives_the_dispose_scope_that_it_was_loaded_in()
    {
        NodeDataset data;
        using (NewDisposeScope())
        {
            data = KarateClub.Load();
        }
        Assert.Equal(17, data.Labels.sum().item<long>());
    }

    [Fact]
    public void The_karate_club_is_an_undirected_graph_with_two_labelled_leaders()
    {
        var data = KarateClub.Load();

        Assert.Equal(34, data.Graph.Nodes);
        Assert.Equal(2 * 78, data.Graph.Edges);
        Assert.Equal(16, data.Graph.Neighbours(0).Length);
        Assert.Equal(17, data.Graph.Neighbours(33).Length);
        Assert.Equal([0L, 33], data.Train.data<long>().ToArray());
        Assert.Equal([0L, 1], data.Labels[data.Train].data<long>().ToArray());
        Assert.Equal([32L], data.Test.shape);
        Assert.Equal([0L], data.Validation.shape);
        Assert.Equal((34, 34, 34), (data.Features.Rows, data.Features.Columns, data.Features.Entries));
        Assert.Equal(2, data.Classes);
    }

    [Fact]
    public void Files_of_ones_own_become_a_data_set_with_a_split_of_its_labelled_nodes()
    {
        var folder = Directory.CreateTempSubdirectory("lectern own ").FullName;
        try
        {
            var (edges, nodes) = (Path.Combine(folder, "edges.csv"), Path.Combine(folder, "nodes.csv"));
            File.WriteAllText(edges, "a,b,2\nb,c,3\n");
            File.WriteAllText(nodes, "node,label,x,y\na,red,1,0\nb,,0,2\nc,blue,0,0\nd,red,5,6\n");

            var data = EdgeList.Read(edges, nodes).ToDataset("mine", train: 0.34, validation: 0.33);

            Assert.Equal(4, data.Graph.Nodes);
            Assert.Equal(4, data.Graph.Edges);
            Assert.Equal([2f, 2, 3, 3], data.Graph.Weights!.data<float>().ToArray().Order());
            Assert.Equal([0L, -1, 1, 0], data.Labels.data<long>().ToArray());
            Assert.Equal([0, 1, 2, 2, 4], data.Features.RowPointers);
            Assert.Equal([1f, 2, 5, 6], data.Features.Values!.data<float>().ToArray());
            long[] parts =
            [
                .. data.Train.data<long>().ToArray(), .. data.Validation.data<long>().ToArray(),
                .. data.Test.data<long>().ToArray(),
            ];
            Assert.Equal([0L, 2, 3], parts.Order());
            Assert.All([data.Train, data.Validation, data.Test], part => Assert.Equal([1L], part.shape));
            Assert.Throws<InvalidOperationException>(() => EdgeList.Read(edges).ToDataset("mine"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
