using Lectern.Graphs;
using Lectern.Papers.NewArea;
using Lectern.Training;

namespace Lectern.Tests.Papers.NewArea;

/// <summary>The system: a case by hand, what must not matter, and a training that beats chance.</summary>
public sealed class NewSystemTests
{
    private static NewSystemModel Model(int features)
    {
        manual_seed(1);
        return new NewSystemModel(features, 2, new NewSystemSettings(Hidden: 4));
    }

    /// <summary>Rows as the sparse features that the network takes.</summary>
    private static SparseMatrix Rows(params float[][] rows) => SparseMatrix.FromRows(
        rows.Length, rows[0].Length, [.. Enumerable.Range(0, rows.Length + 1).Select(r => r * rows[0].Length)],
        [.. rows.SelectMany(row => Enumerable.Range(0, row.Length))], [.. rows.SelectMany(row => row)]);

    [Fact]
    public void Two_nodes_on_an_edge_get_the_score_of_their_mean()
    {
        var model = Model(2);
        var scores = model.call(NewSystem.Prepare(Graph.Undirected((0, 1))), Rows([4, 0], [0, 2]));
        // Each node has two neighbours, itself and the other: Â has 1/2 everywhere, and a second time changes nothing.
        var weights = model.parameters().ToArray();
        var expected = tensor(new float[,] { { 2, 1 } }).mm(weights[0]).relu().mm(weights[1]);
        Assert.True(scores.allclose(expected.expand(2, 2), atol: 1e-6));
    }

    [Fact]
    public void Numbering_the_nodes_otherwise_moves_the_scores_with_them()
    {
        var model = Model(1);
        var scores = model.call(NewSystem.Prepare(Graph.Undirected(4, (0, 1), (1, 2), (2, 3))), Rows([1], [2], [3], [4]));
        var turned = model.call(NewSystem.Prepare(Graph.Undirected(4, (3, 2), (2, 1), (1, 0))), Rows([4], [3], [2], [1]));
        Assert.True(scores.allclose(turned.flip(0), atol: 1e-6));
    }

    [Fact]
    public void A_gradient_reaches_every_parameter()
    {
        var club = KarateClub.Load();
        var model = Model(34);
        model.call(NewSystem.Prepare(club.Graph), club.Features).square().sum().backward();
        Assert.All(model.named_parameters(), p =>
            Assert.True(p.parameter.grad is { } grad && grad.abs().sum().item<float>() > 0, $"none in {p.name}"));
    }

    [Fact]
    public void Two_labels_sort_the_karate_club_far_better_than_chance()
    {
        var accuracy = Spread.OverSeeds([1, 2, 3], seed =>
            NewSystem.Train(KarateClub.Load(), new NewSystemSettings(), seed).TestAccuracy);
        Assert.True(accuracy.Mean >= 0.75, $"{accuracy}; by chance 0.5");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        double Last(int seed) =>
            NewSystem.Train(KarateClub.Load(), new NewSystemSettings(Epochs: 5), seed).History.Loss[^1];
        Assert.Equal(Last(1), Last(1));
        Assert.NotEqual(Last(1), Last(2));
    }
}
