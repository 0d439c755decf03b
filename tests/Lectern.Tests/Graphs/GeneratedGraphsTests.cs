using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

public sealed class GeneratedGraphsTests
{
    [Fact]
    public void The_same_seed_makes_the_same_set_and_another_one_another()
    {
        foreach (var make in (Func<int, GraphDataset>[])[
            seed => GeneratedGraphs.Molecules(20, seed, 0.5), seed => GeneratedGraphs.Mixtures(20, seed, 0.5),
            seed => GeneratedGraphs.EgoNetworks(20, seed, 0.5)])
        {
            var (a, b, c) = (make(1), make(1), make(2));
            Assert.Equal(a.Labels, b.Labels);
            Assert.Equal(a.Graphs.Select(g => g.Sources), b.Graphs.Select(g => g.Sources));
            Assert.NotEqual(a.Graphs.Select(g => g.Sources), c.Graphs.Select(g => g.Sources));
            Assert.NotEqual(a.Labels, GeneratedGraphs.Molecules(20, 1).Labels);
        }
    }

    [Fact]
    public void A_molecule_is_connected_and_its_class_is_where_its_nitro_group_hangs()
    {
        var data = GeneratedGraphs.Molecules(60, seed: 3);

        for (int g = 0; g < data.Count; g++)
        {
            var (graph, labels) = (data.Graphs[g], data.NodeLabels![g]);
            Assert.Equal(1, graph.Components().Count);
            Assert.Equal([1, 2, 1], (int[])[labels.Count(l => l == 1), labels.Count(l => l == 2), labels.Count(l => l == 3)]);
            int nitrogen = Array.IndexOf(labels, 1);
            Assert.Equal(3, graph.Neighbours(nitrogen).Length);
            int carbon = graph.Neighbours(nitrogen).ToArray().Single(i => labels[i] == 0);
            bool onRing = Enumerable.Range(0, graph.Edges)
                .Any(e => graph.Targets[e] == carbon && data.EdgeLabels![g][e] == 0);
            Assert.Equal(data.Labels[g] == 1, onRing);
        }
    }

    [Fact]
    public void Molecules_of_both_classes_count_the_same_atoms_and_degrees_on_the_average()
    {
        var data = GeneratedGraphs.Molecules(2000, seed: 1);
        float Mean(int label, Func<int, float> of) =>
            Enumerable.Range(0, data.Count).Where(g => data.Labels[g] == label).Average(of);

        Assert.Equal(Mean(0, g => data.Graphs[g].Nodes), Mean(1, g => data.Graphs[g].Nodes), 0.6f);
        foreach (int degree in (int[])[1, 2, 3])
        {
            float Share(int g) => Enumerable.Range(0, data.Graphs[g].Nodes)
                .Count(i => data.Graphs[g].Neighbours(i).Length == degree) / (float)data.Graphs[g].Nodes;
            Assert.Equal(Mean(0, Share), Mean(1, Share), 0.01f);
        }
    }

    [Fact]
    public void Ego_networks_are_groups_around_one_node_and_come_more_than_once()
    {
        var data = GeneratedGraphs.EgoNetworks(100, seed: 1);

        Assert.All(data.Graphs, graph => Assert.Equal(graph.Nodes - 1, graph.Neighbours(0).Length));
        Assert.True(data.Graphs.Select(graph => (graph.Nodes, graph.Edges)).Distinct().Count() < 60);
        Assert.Null(data.NodeLabels);
    }

    [Fact]
    public void Noise_changes_the_class_of_about_half_of_its_share() =>
        Assert.InRange(GeneratedGraphs.Mixtures(1000, 1, noise: 0.4).Labels.Where((y, g) => y != g % 2).Count(), 150, 250);
}
