namespace Lectern.Training;

/// <summary>
/// A guess of a function, with its doubt, from some of its values: what a search chooses its next point by.
/// </summary>
/// <remarks>
/// <para>Matérn's covariance with ν = 5/2, s (1 + √5 r + 5/3 r²) exp(-√5 r), r² = Σ_j d_j²/ℓ_j² (Rasmussen
/// and Williams 2006, eq. 4.17). d_j is the difference of two numbers, or 1 between two different choices,
/// which is one-hot coding; so axes of both kinds may be mixed.</para>
/// <para>Values are standardised. The lengths ℓ_j, s and the variance of noise maximise the likelihood of the
/// values (their eq. 2.30) times wide log-normal priors, which keep few values from deciding too much. Cost
/// O(n³) a step.</para>
/// </remarks>
public sealed class GaussianProcess
{
    private const int Steps = 100;
    private static readonly double Root5 = Math.Sqrt(5);

    // Priors of log ℓ, log s and log noise: mean and deviation.
    private static readonly (double Mean, double Deviation)[] Priors =
        [(Math.Log(0.7), 0.8), (0, 0.7), (Math.Log(0.01), 1.5)];

    private readonly double[][] points;
    private readonly bool[] choices;
    private readonly double[] theta, alpha;
    private readonly double[,] inverse;
    private readonly double mean, scale;

    /// <param name="points">Where the values were taken, numbers from 0 to 1 an axis: [n][axes].</param>
    /// <param name="values">The values: [n].</param>
    /// <param name="choices">Which axes are choices, whose numbers are equal or not, and neither near nor
    /// far; null: none.</param>
    /// <exception cref="ArgumentException">Points and values do not fit, or a value is not
    /// finite.</exception>
    public GaussianProcess(IReadOnlyList<double[]> points, IReadOnlyList<double> values,
        bool[]? choices = null)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(values);
        if (points.Count == 0 || points.Count != values.Count
            || points.Any(point => point.Length != points[0].Length))
            throw new ArgumentException($"There are {points.Count} points for {values.Count} values, "
                + "or the points have not equally many numbers.", nameof(points));
        if (!values.All(double.IsFinite))
            throw new ArgumentException(
                "A value is not finite; leave out what failed, or give it a bad value.", nameof(values));
        this.points = [.. points];
        this.choices = choices ?? new bool[points[0].Length];
        mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        scale = deviation > 0 ? deviation : 1;
        double[] y = [.. values.Select(value => (value - mean) / scale)];
        theta = Fit(y);
        (inverse, alpha, _) = Solve(theta, y);
    }

    /// <summary>ℓ of each axis: the longer, the less the axis matters.</summary>
    public IReadOnlyList<double> Lengths => [.. theta[..^2].Select(Math.Exp)];

    /// <summary>The guess at a point, and its doubt (without the noise of a measurement).</summary>
    /// <param name="point">[axes].</param>
    public (double Mean, double Deviation) At(double[] point)
    {
        ArgumentNullException.ThrowIfNull(point);
        int n = points.Length;
        var k = new double[n];
        for (int i = 0; i < n; i++) k[i] = Covariance(theta, point, points[i]).K;
        double guess = 0, explained = 0;
        for (int i = 0; i < n; i++)
        {
            guess += k[i] * alpha[i];
            double row = 0;
            for (int j = 0; j < n; j++) row += inverse[i, j] * k[j];
            explained += k[i] * row;
        }
        double variance = Math.Max(0, Math.Exp(theta[^2]) - explained);
        return (mean + scale * guess, scale * Math.Sqrt(variance));
    }

    /// <summary>By how much a point is expected to exceed the best value so far: (μ - f⁺) Φ(z) + σ φ(z), z =
    /// (μ - f⁺)/σ (Jones, Schonlau and Welch 1998, eq. 15).</summary>
    /// <param name="point">[axes].</param>
    /// <param name="best">f⁺.</param>
    public double ExpectedImprovement(double[] point, double best)
    {
        var (mu, sigma) = At(point);
        if (sigma <= 0) return Math.Max(0, mu - best);
        double z = (mu - best) / sigma;
        return Math.Max(0, (mu - best) * NormalDistribution(z) + sigma * NormalDensity(z));
    }

    private static double NormalDensity(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + …).</summary>
    internal static double NormalDistribution(double z)
    {
        if (Math.Abs(z) > 8) return z > 0 ? 1 : 0;              // nearer than a double can say
        double sum = z, term = z;
        for (int i = 3; sum + term != sum; i += 2) sum += term *= z * z / i;
        return 0.5 + sum * NormalDensity(z);
    }

    /// <summary>k, and the factor of d_j²/ℓ_j² in its derivative by log ℓ_j.</summary>
    private (double K, double Slope) Covariance(double[] at, double[] x, double[] y)
    {
        double square = 0;
        for (int j = 0; j < x.Length; j++) square += Square(at, x, y, j);
        double r = Root5 * Math.Sqrt(square), decay = Math.Exp(at[^2] - r);
        return ((1 + r + r * r / 3) * decay, 5.0 / 3 * (1 + r) * decay);
    }

    /// <summary>d_j²/ℓ_j².</summary>
    private double Square(double[] at, double[] x, double[] y, int j)
    {
        double d = x[j] - y[j];
        if (choices[j]) d = d == 0 ? 0 : 1;
        return d * d * Math.Exp(-2 * at[j]);
    }

    private (double Mean, double Deviation) Prior(int parameter) =>
        Priors[Math.Max(0, parameter - choices.Length + 1)];

    /// <summary>Steps whose sizes grow while the sign of the slope stays and shrink when it changes
    /// (Riedmiller and Braun 1993): slopes of any size will do.</summary>
    private double[] Fit(double[] y)
    {
        double[] at = [.. Enumerable.Range(0, choices.Length + 2).Select(i => Prior(i).Mean)];
        double[] best = at, before = new double[at.Length], size = [.. at.Select(_ => 0.1)];
        double highest = double.NegativeInfinity;
        for (int step = 0; step < Steps; step++)
        {
            var (posterior, slope) = Posterior(at, y);
            if (posterior > highest) (highest, best) = (posterior, [.. at]);
            for (int i = 0; i < at.Length; i++)
            {
                double same = slope[i] * before[i];
                size[i] = Math.Clamp(size[i] * (same > 0 ? 1.2 : same < 0 ? 0.5 : 1), 1e-4, 0.5);
                at[i] += Math.Sign(slope[i]) * size[i];
            }
            before = slope;
        }
        return best;
    }

    /// <summary>Log likelihood and log prior, up to a constant, and their derivatives.</summary>
    internal (double Value, double[] Slope) Posterior(double[] at, double[] y)
    {
        int n = y.Length;
        var (inverted, weights, halfLogDeterminant) = Solve(at, y);
        double value = -halfLogDeterminant;
        var slope = new double[at.Length];
        double noise = Math.Exp(at[^1]);
        for (int i = 0; i < n; i++)
        {
            value -= 0.5 * y[i] * weights[i];
            for (int j = 0; j < n; j++)
            {
                // 1/2 tr((αα' - K⁻¹) ∂K)
                double weight = 0.5 * (weights[i] * weights[j] - inverted[i, j]);
                var (k, along) = Covariance(at, points[i], points[j]);
                for (int axis = 0; axis < choices.Length; axis++)
                    slope[axis] += weight * along * Square(at, points[i], points[j], axis);
                slope[^2] += weight * k;
                if (i == j) slope[^1] += weight * noise;
            }
        }
        for (int i = 0; i < at.Length; i++)
        {
            var (middle, width) = Prior(i);
            double z = (at[i] - middle) / width;
            value -= 0.5 * z * z;
            slope[i] -= z / width;
        }
        return (value, slope);
    }

    /// <summary>(K + noise)⁻¹, the same times y, and half the logarithm of the determinant.</summary>
    private (double[,] Inverse, double[] Alpha, double HalfLogDeterminant) Solve(double[] at, double[] y)
    {
        int n = points.Length;
        var l = new double[n, n];                               // Cholesky's factor
        double half = 0, noise = Math.Exp(at[^1]) + 1e-8;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = Covariance(at, points[i], points[j]).K + (i == j ? noise : 0);
                for (int k = 0; k < j; k++) sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(sum) : sum / l[j, j];
            }
            half += Math.Log(l[i, i]);
        }
        var inverse = new double[n, n];
        var alpha = new double[n];
        for (int column = 0; column < n; column++)
        {
            var x = new double[n];
            for (int i = column; i < n; i++)
            {
                double sum = i == column ? 1 : 0;
                for (int k = column; k < i; k++) sum -= l[i, k] * x[k];
                x[i] = sum / l[i, i];
            }
            for (int i = n - 1; i >= 0; i--)
            {
                for (int k = i + 1; k < n; k++) x[i] -= l[k, i] * x[k];
                x[i] /= l[i, i];
                inverse[i, column] = x[i];
                alpha[i] += x[i] * y[column];
            }
        }
        return (inverse, alpha, half);
    }
}
