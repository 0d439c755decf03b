using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class GaussianProcessTests
{
    private static readonly double[][] Points = [[0.1, 0.25], [0.4, 0.75], [0.45, 0.25], [0.9, 0.75],
        [0.7, 0.25]];
    private static readonly double[] Values = [1, 2, 0.5, 3, 1.5];

    [Fact]
    public void It_passes_near_what_it_was_told_and_doubts_what_it_was_not()
    {
        double[][] points = [.. Enumerable.Range(0, 9).Select(i => new[] { i / 8.0 })];
        static double Truth(double x) => Math.Sin(5 * x) + 10;
        var process = new GaussianProcess(points, [.. points.Select(p => Truth(p[0]))]);

        foreach (double x in (double[])[0.06, 0.31, 0.56, 0.81])
            Assert.Equal(Truth(x), process.At([x]).Mean, 0.05);
        Assert.True(process.At([0.5]).Deviation < 0.1);
        Assert.True(process.At([3.0]).Deviation > 3 * process.At([0.5]).Deviation);
        Assert.Equal(Values.Average(), new GaussianProcess(Points, Values).At([50, 0]).Mean, 1e-6);
    }

    [Fact]
    public void The_likelihood_of_two_values_by_hand()
    {
        var process = new GaussianProcess([[0, 0.25], [0.3, 0.75]], [1, 2], [false, true]);
        double[] at = [Math.Log(0.5), Math.Log(2), Math.Log(1.5), Math.Log(0.1)], y = [0.4, -1];
        double r = Math.Sqrt(5 * (0.09 / 0.25 + 1.0 / 4));              // 0.3 apart, and another choice
        double k = 1.5 * (1 + r + r * r / 3) * Math.Exp(-r), own = 1.5 + 0.1 + 1e-8, det = own * own - k * k;
        double likelihood = -(own * 0.16 + own * 1 - 2 * k * -0.4) / det / 2 - Math.Log(det) / 2;
        double Prior(double x, double mean, double deviation) =>
            -(x - mean) * (x - mean) / deviation / deviation / 2;
        double prior = Prior(at[0], Math.Log(0.7), 0.8) + Prior(at[1], Math.Log(0.7), 0.8)
            + Prior(at[2], 0, 0.7)
            + Prior(at[3], Math.Log(0.01), 1.5);

        Assert.Equal(likelihood + prior, process.Posterior(at, y).Value, 1e-9);
    }

    [Fact]
    public void Its_slopes_are_those_of_finite_differences()
    {
        var process = new GaussianProcess(Points, Values, [false, true]);
        double[] at = [-0.5, 0.2, 0.3, -2], y = [-0.6, 0.3, -1.2, 1.4, 0.1];
        var (_, slope) = process.Posterior(at, y);
        for (int i = 0; i < at.Length; i++)
        {
            double Moved(double by) => process.Posterior([.. at.Select((x, j) => j == i ? x + by : x)], y)
                .Value;
            Assert.Equal((Moved(1e-5) - Moved(-1e-5)) / 2e-5, slope[i], 1e-5);
        }
    }

    [Fact]
    public void Choices_are_neither_near_nor_far()
    {
        var process = new GaussianProcess([[0.1], [0.1], [0.5], [0.9]], [1, 1.1, 2, 4], [true]);
        Assert.Equal(process.At([0.3]).Mean, process.At([0.7]).Mean, 1e-12);     // two that were never seen
        Assert.Equal(process.At([0.3]).Deviation, process.At([0.7]).Deviation, 1e-12);
        Assert.True(process.At([0.1]).Mean < process.At([0.5]).Mean && process.At([0.5])
            .Mean < process.At([0.9]).Mean);
    }

    [Theory]
    [InlineData(2.8)]
    [InlineData(3.3)]
    public void Expected_improvement_is_the_mean_of_improvements(double best)
    {
        var process = new GaussianProcess(Points, Values, [false, true]);
        double[] point = [0.85, 0.75];
        var (mu, sigma) = process.At(point);
        // The middles of 20,000 equal parts of the distribution, by bisection of Φ.
        static double Quantile(double p)
        {
            double low = -9, high = 9;
            for (int i = 0; i < 60; i++)
            {
                double middle = (low + high) / 2;
                if (GaussianProcess.NormalDistribution(middle) < p) low = middle; else high = middle;
            }
            return low;
        }
        double mean = Enumerable.Range(0, 20_000)
            .Average(i => Math.Max(0, mu + sigma * Quantile((i + 0.5) / 20_000) - best));

        Assert.Equal(mean, process.ExpectedImprovement(point, best), 1e-3 * sigma);
        Assert.True(process.ExpectedImprovement(point, best + 1) < process.ExpectedImprovement(point, best));
    }

    [Fact]
    public void The_normal_distribution_as_in_tables()
    {
        Assert.Equal(0.9750021048517795, GaussianProcess.NormalDistribution(1.96), 1e-14);
        Assert.Equal(0.0013498980316300933, GaussianProcess.NormalDistribution(-3), 1e-14);
        Assert.Equal(0.5, GaussianProcess.NormalDistribution(0));
        Assert.Equal(0, GaussianProcess.NormalDistribution(-50));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Throws<ArgumentException>(() => new GaussianProcess([], []));
        Assert.Throws<ArgumentException>(() => new GaussianProcess([[1], [1, 2]], [1, 2]));
        Assert.Throws<ArgumentException>(() => new GaussianProcess([[1.0]], [1, 2]));
        Assert.Throws<ArgumentException>(() => new GaussianProcess([[1.0], [2.0]], [1, double.NaN]));
    }
}
