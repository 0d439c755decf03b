using Lectern.Charts;

namespace Lectern.Tests.Charts;

public sealed class PowerLawTests
{
    [Fact]
    public void Points_on_a_law_give_the_law()
    {
        double[] x = [1, 10, 100, 1000];
        var law = PowerLaw.Fit(x, x.Select(v => 3 * Math.Pow(v, 1.5)));
        Assert.Equal(1.5, law.Slope, 12);
        Assert.Equal(3, law.Factor, 10);
        Assert.Equal(3 * 8, law.At(4), 10);
    }

    [Fact]
    public void What_has_no_logarithm_or_one_place_only_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, 2], [1, 0]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([2, 2], [1, 3]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, 2, 3], [1, 2]));
    }
}
