using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class DrawsTests
{
    [Fact]
    public void Normal_draws_have_the_mean_the_variance_and_the_tails_of_the_normal_distribution()
    {
        const int Count = 200_000;
        var random = new Random(1);
        double[] draws = [.. Enumerable.Range(0, Count).Select(_ => random.NextNormal())];
        double Share(double below) => draws.Count(x => x < below) / (double)Count;
        Assert.Equal(0, draws.Average(), 4 / Math.Sqrt(Count));
        Assert.Equal(1, draws.Average(x => x * x), 4 * Math.Sqrt(2.0 / Count));
        foreach (var (below, share) in new[] { (-2.326348, 0.01), (-1, 0.1586553), (0, 0.5), (1.644854, 0.95), (3.090232, 0.999) })
            Assert.Equal(share, Share(below), 4 * Math.Sqrt(share * (1 - share) / Count));
        // One after another: neighbours do not go together.
        Assert.Equal(0, draws.Zip(draws.Skip(1), (one, next) => one * next).Average(), 4 / Math.Sqrt(Count));
    }
}
