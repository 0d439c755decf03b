namespace Lectern.Charts;

/// <summary>The law y = factor · x^slope, a straight line where both axes are logarithmic.</summary>
/// <param name="Slope">The exponent: 1 where y grows like x, 2 where it grows like its square.</param>
/// <param name="Factor">The value at x = 1.</param>
public readonly record struct PowerLaw(double Slope, double Factor)
{
    /// <summary>The law's value at <paramref name="x"/>.</summary>
    /// <param name="x">A place above 0.</param>
    public double At(double x) => Factor * Math.Pow(x, Slope);

    /// <summary>The law that is nearest to points by least squares of the logarithms.</summary>
    /// <param name="x">Places above 0, at least two different ones.</param>
    /// <param name="y">Values above 0, as many.</param>
    /// <exception cref="ArgumentException">Too few points, or one that has no logarithm.</exception>
    public static PowerLaw Fit(IEnumerable<double> x, IEnumerable<double> y)
    {
        double[] xs = [.. x], ys = [.. y];
        if (xs.Length != ys.Length || xs.Distinct().Count() < 2)
            throw new ArgumentException(
                $"{xs.Length} places and {ys.Length} values: at least two different places are needed.");
        if (xs.Concat(ys).Any(v => !(v > 0) || double.IsInfinity(v)))
            throw new ArgumentException("A power law needs finite places and values above 0.");
        var (logX, logY) = (xs.Select(v => Math.Log(v)).ToArray(), ys.Select(v => Math.Log(v)).ToArray());
        var (meanX, meanY) = (logX.Average(), logY.Average());
        var slope = logX.Zip(logY, (a, b) => (a - meanX) * (b - meanY))
            .Sum() / logX.Sum(a => (a - meanX) * (a - meanX));
        return new PowerLaw(slope, Math.Exp(meanY - slope * meanX));
    }
}
