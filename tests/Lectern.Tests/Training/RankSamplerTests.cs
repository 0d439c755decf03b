using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Who visits what.</summary>
public sealed class RankSamplerTests
{
    [Theory]
    [InlineData(12, 3)]
    [InlineData(13, 3)]
    [InlineData(2, 4)]
    public void Ranks_visit_everything_and_each_as_much(int count, int ranks)
    {
        int[][] shares = [.. Enumerable.Range(0, ranks).Select(rank => new RankSampler(count, rank, ranks).Epoch(4))];
        Assert.All(shares, share => Assert.Equal((count + ranks - 1) / ranks, share.Length));
        Assert.Equal(Enumerable.Range(0, count), shares.SelectMany(share => share).Distinct().Order());
        if (count % ranks == 0) Assert.Equal(count, shares.Sum(share => share.Length));      // nothing twice
    }

    [Fact]
    public void The_ranks_places_are_one_processs_batches()
    {
        int[] alone = new RankSampler(8, 0, 1, seed: 5).Epoch(2);
        int[] first = new RankSampler(8, 0, 2, seed: 5).Epoch(2), second = new RankSampler(8, 1, 2, seed: 5).Epoch(2);
        Assert.Equal(alone, first.Zip(second).SelectMany(pair => new[] { pair.First, pair.Second }));
    }

    [Fact]
    public void Orders_follow_from_the_seed_and_differ_between_epochs()
    {
        var sampler = new RankSampler(50, 1, 2);
        Assert.Equal(sampler.Epoch(3), new RankSampler(50, 1, 2).Epoch(3));
        Assert.NotEqual(sampler.Epoch(3), sampler.Epoch(4));
        Assert.NotEqual(sampler.Epoch(3), new RankSampler(50, 1, 2, seed: 2).Epoch(3));
    }

    [Fact]
    public void A_rank_that_is_not_there_is_named() =>
        Assert.Contains("0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => new RankSampler(5, 2, 2)).Message, StringComparison.Ordinal);
}
