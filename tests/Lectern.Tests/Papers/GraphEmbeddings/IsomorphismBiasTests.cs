using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.GraphEmbeddings;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.Papers.GraphEmbeddings;

/// <summary>Copies in data sets: finding, counting, cleaning, looking up.</summary>
public sealed class IsomorphismBiasTests
{
    /// <summary>Triangles 0, 1 (classes 0, 0), paths 2, 3, 4 (1, 1, 0), a star 5 and a ring 6 beside two triangles 7.</summary>
    private static GraphDataset Few() => new()
    {
        Name = "few",
        Classes = 2,
        Graphs =
        [
            Generators.Cycle(3), Graph.Undirected(3, (2, 1), (0, 2), (1, 0)), Generators.Path(4), Graph.Undirected(4, (3, 0), (1, 3), (2, 1)),
            Generators.Path(4), Generators.Star(4), Generators.Cycle(6), Graph.Undirected(6, (0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)),
        ],
        Labels = [0, 0, 1, 1, 0, 1, 0, 1],
        NodeLabels = [[0, 0, 1], [1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
        NodeLabelCount = 2,
        NodeAttributes = [[1, 2, 3], [3, 1, 2], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
        NodeAttributeCount = 1,
    };

    [Fact]
    public void By_hand_eight_graphs_fall_into_five_classes_two_of_them_orbits()
    {
        var classes = IsomorphismBias.Find(Few());
        Assert.Equal([0, 0, 1, 1, 1, 2, 3, 4], classes.ClassOf);
        Assert.Equal([[0, 1], [2, 3, 4]], classes.Orbits);
        Assert.Equal(1, classes.Refuted);                                       // the ring of six and the two triangles
        var counts = IsomorphismBias.Count(classes, Few().Labels);
        // 5 of 8 graphs in orbits; 1 + 3 of 28 pairs; the paths are mixed (3 graphs, one lost); kept: 0, 5, 6, 7.
        Assert.Equal(new IsomorphismStatistics(8, 2, 5, 3, 4 / 28.0, 1, 3, 4, 7 / 8.0), counts);
        Assert.Equal([0, 5, 6, 7], IsomorphismBias.Clean(classes, Few().Labels));
    }

    [Fact]
    public void Node_labels_and_attributes_part_what_the_shape_does_not()
    {
        // Labels 0 0 1 on a triangle are the same up to a turn; on paths 0001 and 1000 are, and 3 reads 0-3-1-2: 0, 0, 0, 1.
        Assert.Equal([[0, 1], [2, 3, 4]], IsomorphismBias.Find(Few(), CopyNotion.NodeLabels).Orbits);
        Assert.Equal([[0, 1], [2, 3]], IsomorphismBias.Find(Few(), CopyNotion.NodeAttributes).Orbits);
        // Label 1 sits on attribute 3 in both triangles.
        Assert.Equal([[0, 1], [2, 3]], IsomorphismBias.Find(Few(), CopyNotion.NodeLabels | CopyNotion.NodeAttributes).Orbits);
        Assert.Contains("leave CopyNotion.EdgeLabels out",
            Assert.Throws<ArgumentException>(() => IsomorphismBias.Find(Few(), CopyNotion.EdgeLabels)).Message);
    }

    [Fact]
    public void Strongly_regular_graphs_with_equal_colours_go_to_different_classes()
    {
        var data = new GraphDataset
        {
            Name = "regular", Classes = 2, Labels = [0, 1, 0, 1],
            Graphs = [IsomorphismTests.Rook(), IsomorphismTests.Shrikhande(), IsomorphismTests.Renumbered(IsomorphismTests.Rook(), 3).Graph, IsomorphismTests.Renumbered(IsomorphismTests.Shrikhande(), 4).Graph],
        };
        Assert.Equal([0, 1, 0, 1], IsomorphismBias.Find(data).ClassOf);
    }

    [Fact]
    public void Renumbering_nodes_changes_no_class_and_the_counts_add_up()
    {
        var data = GeneratedGraphs.EgoNetworks(120, seed: 1);
        var shuffled = data with { Graphs = [.. data.Graphs.Select((g, i) => IsomorphismTests.Renumbered(g, i).Graph)] };
        var (before, after) = (IsomorphismBias.Find(data), IsomorphismBias.Find(shuffled));
        Assert.Equal(before.ClassOf, after.ClassOf);
        Assert.NotEmpty(before.Orbits);
        Assert.Equal(data.Count, before.Orbits.Sum(o => o.Count) + before.Classes.Count(c => c.Count == 1));
        // Every pair, by the search alone.
        for (int i = 0; i < 40; i++)
            for (int j = 0; j < i; j++)
                Assert.Equal(before.ClassOf[i] == before.ClassOf[j], Isomorphism.Find(data.Graphs[i], data.Graphs[j]) is not null);
    }

    [Fact]
    public void A_cleaned_set_has_no_orbit_and_cleaning_it_again_changes_nothing()
    {
        var data = GeneratedGraphs.EgoNetworks(150, seed: 2, noise: 0.1);
        var classes = IsomorphismBias.Find(data);
        var cleaned = data.Subset(IsomorphismBias.Clean(classes, data.Labels));
        Assert.Equal(IsomorphismBias.Count(classes, data.Labels).Cleaned, cleaned.Count);
        var again = IsomorphismBias.Find(cleaned);
        Assert.Empty(again.Orbits);
        Assert.Equal(cleaned.Count, IsomorphismBias.Clean(again, cleaned.Labels).Length);
        Assert.True(IsomorphismBias.Count(classes, data.Labels).MixedOrbits > 0);
    }

    [Fact]
    public void Labels_can_only_split_orbits()
    {
        var data = GeneratedGraphs.Molecules(200, seed: 1);
        int Orbits(CopyNotion notion) => IsomorphismBias.Count(IsomorphismBias.Find(data, notion), data.Labels).InOrbits;
        int shape = Orbits(CopyNotion.Shape), nodes = Orbits(CopyNotion.NodeLabels), edges = Orbits(CopyNotion.NodeLabels | CopyNotion.EdgeLabels);
        Assert.True(shape >= nodes && nodes >= edges);
        Assert.True(shape > 0);
    }

    [Fact]
    public void The_accuracy_is_the_weighted_mean_of_its_parts_and_peering_on_clean_orbits_never_lowers_it()
    {
        var data = GeneratedGraphs.EgoNetworks(150, seed: 3, noise: 0.15);
        var classes = IsomorphismBias.Find(data);
        var random = new Random(1);
        var guesses = IsomorphismBias.CrossValidate(classes, data.Labels, 5, 1, (_, test, _) => [.. test.Select(_ => random.Next(2))]);
        Assert.Equal(guesses.All, guesses.IsoShare * guesses.Iso + (1 - guesses.IsoShare) * guesses.New, 12);
        Assert.True(guesses.PeeredHomogeneous > guesses.All + 0.02);
        Assert.Equal(5, guesses.Folds.Count);
        // A model that is right everywhere stays right where orbits have one class, and need not where they are mixed.
        var perfect = IsomorphismBias.CrossValidate(classes, data.Labels, 5, 1, (_, test, _) => [.. test.Select(g => data.Labels[g])]);
        Assert.Equal(1, perfect.PeeredHomogeneous);
        Assert.True(perfect.Peered < 1);
        // The ceiling is what the best look-up by shape reaches on the whole set: the majority of each class.
        double best = classes.Classes.Sum(c => c.CountBy(g => data.Labels[g]).Max(label => label.Value)) / (double)data.Count;
        Assert.Equal(best, IsomorphismBias.Count(classes, data.Labels).Ceiling, 12);
        Assert.True(best < 1);
    }

    [Fact]
    public void Peering_on_orbits_of_one_class_is_right_on_every_copy_and_touches_nothing_else()
    {
        var data = GeneratedGraphs.EgoNetworks(150, seed: 3, noise: 0.15);
        var classes = IsomorphismBias.Find(data);
        int[] test = [.. Enumerable.Range(0, 50)], train = [.. Enumerable.Range(50, 100)];
        int[] wrong = [.. test.Select(g => 1 - data.Labels[g])], peered = IsomorphismBias.Peer(classes, data.Labels, train, test, wrong, true);
        bool Clean(int g) => classes.Classes[classes.ClassOf[g]] is var orbit && orbit.Any(train.Contains) && orbit.All(h => data.Labels[h] == data.Labels[g]);
        Assert.Equal(test.Select((g, i) => Clean(g) ? data.Labels[g] : wrong[i]), peered);
        Assert.InRange(test.Count(Clean), 1, 49);
    }

    [Fact]
    public void The_papers_network_learns_what_decides_a_set_and_never_looks_at_the_test_graphs()
    {
        using var scope = NewDisposeScope();
        var data = GeneratedGraphs.EgoNetworks(150, seed: 5);
        int[] test = [.. Enumerable.Range(0, 50)], train = [.. Enumerable.Range(50, 100)];
        var settings = new IsomorphismGinSettings(Hidden: 16, Layers: 2, Epochs: 15);
        int[] predicted = IsomorphismBias.Gin(data, train, test, settings, seed: 1);
        double accuracy = test.Zip(predicted, (g, p) => data.Labels[g] == p ? 1.0 : 0).Average();
        double majority = test.CountBy(g => data.Labels[g]).Max(label => label.Value) / 50.0;
        Assert.True(accuracy > majority + 0.15, $"{accuracy}, and {majority} by the larger class.");
        var turned = data with { Labels = [.. data.Labels.Select((label, g) => g < 50 ? 1 - label : label)] };
        Assert.Equal(predicted, IsomorphismBias.Gin(turned, train, test, settings, seed: 1));
    }

    [Fact]
    public void Peering_by_hand()
    {
        var classes = IsomorphismBias.Find(Few());
        int[] Peer(int[] train, int[] test, int[] predicted, bool only) => IsomorphismBias.Peer(classes, Few().Labels, train, test, predicted, only);
        Assert.Equal([0, 1], Peer([0, 2, 3, 6], [1, 4], [1, 1], false));         // graph 1 copies 0; graph 4 copies 2 and 3 (1, 1)
        Assert.Equal([0, 0], Peer([0, 2, 3, 6], [1, 4], [1, 0], true));          // the paths are mixed: left alone
        Assert.Equal([0], Peer([2, 4], [3], [0], false));                        // a tie of 1 and 0 leaves the answer
        Assert.Equal([1], Peer([0], [7], [1], false));                           // nothing to look up
        Assert.Throws<ArgumentException>(() => Peer([0], [1, 2], [0], false));
    }

    [Fact]
    public void The_nearest_neighbour_in_refined_colours_remembers_copies()
    {
        var data = GeneratedGraphs.EgoNetworks(200, seed: 4);
        var classes = IsomorphismBias.Find(data);
        var kernel = WeisfeilerLeman.Refine(data.Graphs, rounds: 3).SubtreeKernel(normalized: true);
        int[] test = [.. Enumerable.Range(0, 50)], train = [.. Enumerable.Range(50, 150)];
        var predicted = IsomorphismBias.NearestNeighbour(kernel, data.Labels, train, test);
        for (int i = 0; i < 50; i++)
        {
            var copies = train.Where(g => classes.ClassOf[g] == classes.ClassOf[test[i]]).ToList();
            if (copies.Count > 0) Assert.Contains(predicted[i], copies.Select(g => data.Labels[g]));
        }
    }

    [Theory]
    [InlineData("mutag", 30, 79, 7, 0.489, 4, 13, 135, 96.81)]
    [InlineData("imdb-binary", 116, 579, 48, 0.672, 44, 318, 493, 88.60)]
    [InlineData("proteins", 34, 151, 22, 0.104, -1, -1, 975, double.NaN)]
    public void The_published_counts_are_met_exactly(
        string name, int orbits, int inOrbits, int largest, double pairs, int mixed, int mismatched, int cleaned, double ceiling)
    {
        Assert.SkipUnless(Catalog.Has(name), $"{name} is not on this machine; LECTERN_MIRROR names a folder that has it.");
        var data = TuFormat.Load(name);
        var counts = IsomorphismBias.Count(IsomorphismBias.Find(data), data.Labels);
        Assert.Equal((orbits, inOrbits, largest, cleaned), (counts.Orbits, counts.InOrbits, counts.Largest, counts.Cleaned));
        Assert.Equal(pairs, 100 * counts.PairShare, 3);
        if (mixed < 0) return;
        Assert.Equal((mixed, mismatched), (counts.MixedOrbits, counts.Mismatched));
        Assert.Equal(ceiling, 100 * counts.Ceiling, 2);
    }
}
