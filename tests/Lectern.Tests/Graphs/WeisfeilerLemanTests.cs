using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Tests.Graphs;

public sealed class WeisfeilerLemanTests
{
    [Fact]
    public void A_path_of_four_by_hand()
    {
        var refined = WeisfeilerLeman.Refine([Generators.Path(4)]);

        // Round 1 parts ends and middles; round 2 parts nothing more.
        Assert.Equal([1, 2, 2], Enumerable.Range(0, 3).Select(refined.Count));
        Assert.True(refined.IsStable);
        Assert.Equal([0, 1, 1, 0], refined[1][0]);
        Assert.Equal([(0, 2), (1, 2)], refined.Histogram(1, 0));
        // k = 4·4 in round 0 and 2·2 + 2·2 in each of the others.
        Assert.Equal(16 + 8 + 8, refined.SubtreeKernel()[0, 0]);
        Assert.Equal(16 + 8, refined.SubtreeKernel(rounds: 1)[0, 0]);
    }

    [Fact]
    public void A_path_and_a_star_of_four_differ_after_one_round()
    {
        var refined = WeisfeilerLeman.Refine([Generators.Path(4), Generators.Star(4)], rounds: 1);

        Assert.Equal(refined.Histogram(0, 0), refined.Histogram(0, 1));
        Assert.NotEqual(refined.Histogram(1, 0), refined.Histogram(1, 1));
        Assert.True(WeisfeilerLeman.TellsApart(Generators.Path(4), Generators.Star(4)));
    }

    [Fact]
    public void Six_in_a_ring_and_two_rings_of_three_stay_alike_and_regular_graphs_one_colour()
    {
        var two = Graph.Undirected(6, (0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3));

        Assert.False(WeisfeilerLeman.TellsApart(Generators.Cycle(6), two));
        Assert.Equal(1, WeisfeilerLeman.Refine([Generators.Cycle(6), two], rounds: 5).Count(5));
        // Labels part what structure does not.
        Assert.True(WeisfeilerLeman.TellsApart(Generators.Cycle(6), two, [1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public void Renamed_nodes_keep_their_colours()
    {
        var random = new Random(5);
        for (int seed = 0; seed < 20; seed++)
        {
            var graph = Generators.ErdosRenyi(12, 0.25, seed);
            int[] place = [.. Enumerable.Range(0, 12)], labels = [.. Enumerable.Range(0, 12).Select(_ => random.Next(3))];
            random.Shuffle(place);
            var moved = Graph.Undirected(12, [.. graph.Pairs().Select(p => (place[p.Item1], place[p.Item2]))]);
            var movedLabels = new int[12];
            for (int i = 0; i < 12; i++) movedLabels[place[i]] = labels[i];

            var refined = WeisfeilerLeman.Refine([graph, moved], [labels, movedLabels]);

            Assert.False(WeisfeilerLeman.TellsApart(graph, moved, labels, movedLabels));
            for (int i = 0; i < 12; i++) Assert.Equal(refined[refined.Rounds][0][i], refined[refined.Rounds][1][place[i]]);
        }
    }

    [Fact]
    public void Colours_agree_with_subtrees_written_out_as_text()
    {
        var graph = Generators.BarabasiAlbert(14, 2, seed: 3);
        var refined = WeisfeilerLeman.Refine([graph], rounds: 3);
        string Tree(int node, int depth) => depth == 0
            ? "."
            : Tree(node, depth - 1) + "(" + string.Concat(graph.Neighbours(node).ToArray().Select(u => Tree(u, depth - 1)).Order(StringComparer.Ordinal)) + ")";

        for (int depth = 0; depth <= 3; depth++)
            for (int i = 0; i < 14; i++)
                for (int j = 0; j < i; j++)
                    Assert.Equal(Tree(i, depth) == Tree(j, depth), refined[depth][0][i] == refined[depth][0][j]);
    }

    [Fact]
    public void Edge_labels_are_respected_where_they_are_given()
    {
        // A square with bonds 0 0 1 1 around, and one with 0 1 0 1.
        var square = Generators.Cycle(4);
        int[] Bonds(int[] around) => [.. square.Sources.Zip(square.Targets, (i, j) =>
            around[(i + 1) % 4 == j ? i : j])];

        var blind = WeisfeilerLeman.Refine([square, square]);
        var seeing = WeisfeilerLeman.Refine([square, square], null, [Bonds([0, 0, 1, 1]), Bonds([0, 1, 0, 1])]);

        Assert.Equal(blind.Histogram(blind.Rounds, 0), blind.Histogram(blind.Rounds, 1));
        Assert.NotEqual(seeing.Histogram(1, 0), seeing.Histogram(1, 1));
        Assert.Contains("each edge", Assert.Throws<ArgumentException>(
            () => WeisfeilerLeman.Refine([square], null, [[1]])).Message);
    }

    [Fact]
    public void The_kernel_is_symmetric_positive_and_one_on_the_diagonal_when_normalised()
    {
        var data = GeneratedGraphs.Molecules(30, seed: 2);
        var refined = WeisfeilerLeman.Refine(data.Graphs, data.NodeLabels, rounds: 3);
        var plain = refined.SubtreeKernel();
        var kernel = refined.SubtreeKernel(normalized: true);

        // By the definition: counts of each colour of each round, as a long vector.
        double Slow(int a, int b) => Enumerable.Range(0, 4).Sum(round => refined.Histogram(round, a)
            .Join(refined.Histogram(round, b), c => c.Colour, c => c.Colour, (x, y) => (double)x.Nodes * y.Nodes).Sum());
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(1, kernel[i, i]);
            for (int j = 0; j < 30; j++)
            {
                Assert.Equal(Slow(i, j), plain[i, j]);
                Assert.Equal(plain[i, j] / Math.Sqrt(plain[i, i] * plain[j, j]), kernel[i, j], 12);
            }
        }
        using var scope = NewDisposeScope();
        var values = linalg.eigvalsh(tensor([.. kernel.Cast<double>()]).reshape(30, 30));
        Assert.True(values.min().item<double>() > -1e-9);
    }

    [Fact]
    public void A_machine_on_the_kernel_finds_the_class_of_molecules_that_counting_atoms_cannot()
    {
        var data = GeneratedGraphs.Molecules(200, seed: 1);
        var refined = WeisfeilerLeman.Refine(data.Graphs, data.NodeLabels, rounds: 3);
        var folds = Splits.StratifiedFolds(data.Labels, 5, seed: 1);
        double Tested(int rounds)
        {
            var kernel = refined.SubtreeKernel(rounds, normalized: true);
            return folds.Average(test => KernelSvm.Fit(kernel, data.Labels, [.. Enumerable.Range(0, 200).Except(test)], c: 10)
                .Accuracy(kernel, data.Labels, test));
        }
        Assert.True(Tested(3) > 0.95, $"{Tested(3)}");
        Assert.True(Tested(0) < 0.65, $"{Tested(0)}");
    }
}
