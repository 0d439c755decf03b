namespace Lectern.Training;

/// <summary>
/// Softmax regression with an ℓ2 penalty: the usual judge of embeddings, which are good if a linear map can tell the classes.
/// </summary>
/// <remarks>
/// Minimises ½‖W‖² + C Σ_i -log softmax(x_i W + b)[y_i] to the end by L-BFGS; b is not penalised. The same problem, with the
/// same default C = 1, as scikit-learn's LogisticRegression. It has one minimum, so there is no seed. In double precision.
/// Cost O(M · D · K) a step for M rows, D columns and K classes.
/// </remarks>
public sealed class LogisticRegression
{
    private const int Remembered = 10, MostSteps = 1000;
    private const double Tolerance = 1e-6;                              // on the largest entry of the gradient, over M

    private LogisticRegression(Tensor weight, Tensor bias, int steps) => (Weight, Bias, Steps) = (weight, bias, steps);

    /// <summary>W: [D, K], double.</summary>
    public Tensor Weight { get; }

    /// <summary>b: [K], double.</summary>
    public Tensor Bias { get; }

    /// <summary>Steps that the minimisation took.</summary>
    public int Steps { get; }

    /// <summary>Fits the regression.</summary>
    /// <param name="x">A row an example: [M, D].</param>
    /// <param name="labels">Class of each, int64, from 0: [M].</param>
    /// <param name="classes">Number of classes, K.</param>
    /// <param name="strength">C: how much the examples count against the penalty.</param>
    /// <exception cref="ArgumentException">Examples and labels do not fit, or a number in x is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The strength is not above 0.</exception>
    public static LogisticRegression Fit(Tensor x, Tensor labels, int classes, double strength = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(labels);
        if (x.dim() != 2 || labels.dim() != 1 || labels.shape[0] != x.shape[0] || x.shape[0] == 0)
            throw new ArgumentException($"Examples are [M, D] and labels [M], with M > 0; given were "
                + $"[{string.Join(", ", x.shape)}] and [{string.Join(", ", labels.shape)}].", nameof(x));
        if (!(strength > 0)) throw new ArgumentOutOfRangeException(nameof(strength), strength, "The strength C is above 0.");
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var rows = x.detach().to(ScalarType.Float64);
        if (!rows.sum().isfinite().item<bool>())
            throw new ArgumentException("The examples hold numbers that are not finite; embeddings that diverged, perhaps.", nameof(x));
        var y = labels.to(ScalarType.Int64);
        if (y.min().item<long>() < 0 || y.max().item<long>() >= classes)
            throw new ArgumentException($"Labels are 0 to {classes - 1}; leave unlabelled rows (-1) out.", nameof(labels));
        var truth = nn.functional.one_hot(y, classes).to(ScalarType.Float64);           // [M, K]
        var input = cat([rows, ones(rows.shape[0], 1, dtype: ScalarType.Float64)], 1);    // the last column carries b: [M, D + 1]
        var penalised = ones(input.shape[1], 1, dtype: ScalarType.Float64);
        penalised[-1] = zeros(1, dtype: ScalarType.Float64);

        (double, Tensor) At(Tensor w)
        {
            using var inner = NewDisposeScope();
            var logs = input.mm(w).log_softmax(1);                                      // [M, K]
            double value = 0.5 * (w * w * penalised).sum().item<double>() - strength * (logs * truth).sum().item<double>();
            return (value, (w * penalised + input.t().mm(logs.exp() - truth) * strength).MoveToOuterDisposeScope());
        }
        var (solution, steps) = Minimise(At, zeros(input.shape[1], classes, dtype: ScalarType.Float64), Tolerance * strength * input.shape[0]);
        return new LogisticRegression(solution.narrow(0, 0, rows.shape[1]).clone().MoveToOuterDisposeScope(),
            solution[-1].clone().MoveToOuterDisposeScope(), steps);
    }

    /// <summary>Scores before the softmax: [M, D] gives [M, K], double.</summary>
    public Tensor Scores(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x.detach().to(ScalarType.Float64).mm(Weight) + Bias).MoveToOuterDisposeScope();
    }

    /// <summary>Share of examples whose highest score is their label's, from 0 to 1.</summary>
    /// <param name="x">[M, D].</param>
    /// <param name="labels">[M].</param>
    public double Accuracy(Tensor x, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return Scores(x).argmax(1).eq(labels).to(ScalarType.Float64).mean().item<double>();
    }

    /// <summary>L-BFGS (Liu and Nocedal 1989) with steps halved until the value falls enough; for convex functions.</summary>
    private static (Tensor Solution, int Steps) Minimise(Func<Tensor, (double, Tensor)> at, Tensor w, double tolerance)
    {
        var known = new Queue<(Tensor Step, Tensor Change, double Curvature)>();
        var (value, gradient) = at(w);
        int steps = 0;
        for (; steps < MostSteps && gradient.abs().max().item<double>() > tolerance; steps++)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            var direction = -Curved(gradient, known);
            double slope = (direction * gradient).sum().item<double>();
            double length = known.Count > 0 ? 1 : Math.Min(1, 1 / gradient.norm().item<double>());
            var (next, nextGradient, nextValue) = (w, gradient, double.PositiveInfinity);
            for (int halvings = 0; halvings < 40; halvings++, length /= 2)
            {
                next = w + direction * length;
                (nextValue, nextGradient) = at(next);
                if (nextValue <= value + 1e-4 * length * slope) break;
            }
            if (!(nextValue < value)) break;                            // as low as rounding lets it come
            var (step, change) = (next - w, nextGradient - gradient);
            double curvature = (step * change).sum().item<double>();
            if (curvature > 0)
            {
                known.Enqueue((step, change, curvature));
                if (known.Count > Remembered) known.Dequeue();
            }
            (w, gradient, value) = (next, nextGradient, nextValue);
        }
        return (w, steps);
    }

    /// <summary>The gradient times the inverse curvature that the last steps tell of (the two loops of Nocedal 1980).</summary>
    private static Tensor Curved(Tensor gradient, Queue<(Tensor Step, Tensor Change, double Curvature)> known)
    {
        var all = known.ToArray();
        var share = new double[all.Length];
        var q = gradient;
        for (int i = all.Length - 1; i >= 0; i--)
        {
            share[i] = (all[i].Step * q).sum().item<double>() / all[i].Curvature;
            q = q - all[i].Change * share[i];
        }
        if (all.Length > 0) q = q * (all[^1].Curvature / all[^1].Change.square().sum().item<double>());
        for (int i = 0; i < all.Length; i++)
            q = q + all[i].Step * (share[i] - (all[i].Change * q).sum().item<double>() / all[i].Curvature);
        return q;
    }
}
