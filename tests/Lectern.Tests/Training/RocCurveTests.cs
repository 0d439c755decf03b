using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>The area under the ROC curve.</summary>
public sealed class RocCurveTests
{
    [Fact]
    public void By_hand_three_of_four_pairs_in_order_are_three_quarters() =>
        Assert.Equal(0.75, RocCurve.Area([0.1, 0.4, 0.35, 0.8], [false, false, true, true]));

    [Fact]
    public void It_is_the_share_of_pairs_in_order_with_ties_as_halves()
    {
        var random = new Random(1);
        double[] scores = [.. Enumerable.Range(0, 200).Select(_ => (double)random.Next(12))];
        bool[] positive = [.. scores.Select(s => random.NextDouble() < 0.2 + s / 30)];
        var pairs = from i in Enumerable.Range(0, 200) where positive[i] from j in Enumerable.Range(0, 200) where !positive[j] select (i, j);
        double slow = pairs.Average(p => scores[p.i] > scores[p.j] ? 1 : scores[p.i] == scores[p.j] ? 0.5 : 0);
        Assert.Equal(slow, RocCurve.Area(scores, positive), 12);
        Assert.Equal(0.5, RocCurve.Area([3, 3, 3], [true, false, true]));
    }

    [Fact]
    public void What_it_cannot_judge_it_refuses()
    {
        Assert.Contains("one kind is missing", Assert.Throws<ArgumentException>(() => RocCurve.Area([1, 2], [true, true])).Message);
        Assert.Contains("2 scores for 1 cases", Assert.Throws<ArgumentException>(() => RocCurve.Area([1, 2], [true])).Message);
    }
}
