using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Dropout by counted random numbers.</summary>
public sealed class FastDropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.6)]
    public void The_share_dropped_is_p_and_the_rest_is_scaled(double p)
    {
        using var scope = NewDisposeScope();
        const int n = 200_003;
        var mask = FastDropout.Mask([n], p);
        float[] values = mask.data<float>().ToArray();
        int dropped = values.Count(value => value == 0);
        Assert.InRange(dropped, n * p - 5 * Math.Sqrt(n * p * (1 - p)), n * p + 5 * Math.Sqrt(n * p * (1 - p)));
        Assert.All(values.Where(value => value != 0).Distinct(), value => Assert.Equal(1 / (1 - p), value, 1e-6));
    }

    [Fact]
    public void Neighbouring_elements_and_successive_masks_are_not_correlated()
    {
        using var scope = NewDisposeScope();
        const int n = 100_000;
        bool[] first = [.. FastDropout.Mask([n], 0.5).data<float>().ToArray().Select(v => v != 0)];
        bool[] second = [.. FastDropout.Mask([n], 0.5).data<float>().ToArray().Select(v => v != 0)];
        double Agreement(Func<int, bool> a, Func<int, bool> b) => Enumerable.Range(0, n - 64).Count(i => a(i) == b(i)) / (double)(n - 64);
        // Half of independent coin throws agree; the standard deviation of the share is 0.0016.
        foreach (int lag in (int[])[1, 2, 8, 16, 64]) Assert.InRange(Agreement(i => first[i], i => first[i + lag]), 0.49, 0.51);
        Assert.InRange(Agreement(i => first[i], i => second[i]), 0.49, 0.51);
    }

    [Fact]
    public void The_same_seed_gives_the_same_mask_and_the_gradient_is_the_mask()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var mask = FastDropout.Mask([7, 5], 0.4);
        manual_seed(5);
        var x = randn(7, 5).detach().requires_grad_();
        manual_seed(5);
        FastDropout.Apply(x, 0.4, training: true).sum().backward();
        Assert.Equal(mask.data<float>().ToArray(), x.grad!.data<float>().ToArray());
        Assert.Same(x, FastDropout.Apply(x, 0.4, training: false));
    }

    [Fact]
    public void A_share_of_one_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => FastDropout.Mask([3], 1));
}
