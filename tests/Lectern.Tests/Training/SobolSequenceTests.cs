using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class SobolSequenceTests
{
    [Fact]
    public void Its_points_are_those_that_other_libraries_give()
    {
        // The first points of PyTorch's engine and of SciPy, which have the same published numbers.
        var sequence = new SobolSequence(24);
        Assert.All(sequence.Point(0), x => Assert.Equal(0, x));
        Assert.All(sequence.Point(1), x => Assert.Equal(0.5, x));
        Assert.Equal([0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75], sequence.Point(2)[..8]);
        Assert.Equal([0.375, 0.375, 0.625, 0.875, 0.375, 0.125, 0.375, 0.875], sequence.Point(4)[..8]);
        Assert.Equal(
            [
                0.921875, 0.640625, 0.578125, 0.921875, 0.765625, 0.296875, 0.171875, 0.796875, 0.609375,
                    0.171875,
                0.015625, 0.078125, 0.578125, 0.859375, 0.109375, 0.484375, 0.796875, 0.421875, 0.046875,
                    0.140625,
                0.953125, 0.078125, 0.546875, 0.640625,
            ], sequence.Point(37));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public void The_first_points_of_a_power_of_two_fill_every_axis_evenly(int? seed)
    {
        var sequence = new SobolSequence(SobolSequence.Most, seed);
        double[][] points = [.. Enumerable.Range(0, 128).Select(i => sequence.Point(i))];
        for (int axis = 0; axis < SobolSequence.Most; axis++)
            Assert.Equal(Enumerable.Range(0, 128), points.Select(point => (int)(128 * point[axis])).Order());
    }

    [Fact]
    public void Two_axes_are_filled_evenly_together()
    {
        var sequence = new SobolSequence(2, seed: 3);
        var cells = Enumerable.Range(0, 64).Select(i => sequence.Point(i))
            .CountBy(p => ((int)(8 * p[0]), (int)(8 * p[1])));
        Assert.Equal(64, cells.Count());
    }

    [Fact]
    public void A_mean_over_its_points_is_nearer_than_one_over_random_points()
    {
        // mean 1
        static double Value(double[] x) => x.Aggregate(1.0, (product, u) => product * (1 + (u - 0.5)));
        double Error(Func<int, double[]> point) =>
            Math.Abs(Enumerable.Range(0, 256).Average(i => Value(point(i))) - 1);
        double quasi = Enumerable.Range(1, 10)
            .Average(seed => Error(i => new SobolSequence(6, seed).Point(i)));
        double chance = Enumerable.Range(1, 10).Average(seed =>
        {
            var random = new Random(seed);
            return Error(_ => [.. Enumerable.Range(0, 6).Select(_ => random.NextDouble())]);
        });
        Assert.True(quasi < chance / 4, $"Sobol {quasi}, random {chance}");
    }

    [Fact]
    public void What_it_cannot_give_it_says()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SobolSequence(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SobolSequence(SobolSequence.Most + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SobolSequence(2).Point(-1));
    }
}
