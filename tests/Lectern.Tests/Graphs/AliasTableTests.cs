using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Tests.Graphs;

/// <summary>Alias tables: the columns add up to the distribution, and draws follow it.</summary>
public sealed class AliasTableTests
{
    [Fact]
    public void By_hand_three_outcomes_fill_three_columns()
    {
        // 1/6, 1/3, 1/2: heights 0.5, 1, 1.5; the first column is filled up by the third outcome.
        Assert.Equal([1 / 6.0, 1 / 3.0, 1 / 2.0], new AliasTable([1, 2, 3]).Probabilities(), (a, b) => Math.Abs(a - b) < 1e-7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void The_columns_add_up_to_the_distribution_and_to_one(int outcomes)
    {
        var random = new Random(outcomes);
        // Some impossible outcomes, some very likely ones.
        double[] weights = [.. Enumerable.Range(0, outcomes).Select(i => i % 5 == 4 ? 0 : Math.Pow(random.NextDouble(), 6))];
        var table = new AliasTable(weights);
        double[] probabilities = table.Probabilities();
        Assert.Equal(1, probabilities.Sum(), 10);
        for (int i = 0; i < outcomes; i++) Assert.Equal(weights[i] / weights.Sum(), probabilities[i], 7);
    }

    [Fact]
    public void Draws_follow_the_distribution_by_either_source_of_randomness()
    {
        double[] weights = [5, 0, 1, 3, 1];
        var table = new AliasTable(weights);
        var (random, split) = (new Random(1), new SplitMix(1, 0));
        var (first, second) = (new int[5], new int[5]);
        const int draws = 200_000;
        for (int i = 0; i < draws; i++)
        {
            first[table.Draw(random)]++;
            second[table.Draw(ref split)]++;
        }
        for (int i = 0; i < 5; i++)
        {
            double expected = weights[i] / 10, deviation = Math.Sqrt(expected * (1 - expected) / draws);
            Assert.InRange((double)first[i] / draws, expected - 5 * deviation, expected + 5 * deviation);
            Assert.InRange((double)second[i] / draws, expected - 5 * deviation, expected + 5 * deviation);
        }
    }

    [Fact]
    public void What_is_no_distribution_is_refused()
    {
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new AliasTable([])).Message);
        Assert.Contains("zero", Assert.Throws<ArgumentException>(() => new AliasTable([0, 0])).Message);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => new AliasTable([1, -1])).Message);
        Assert.Throws<ArgumentException>(() => new AliasTable([1, double.NaN]));
    }
}
