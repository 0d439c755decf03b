using System.Numerics;
using System.Runtime.InteropServices;

namespace Lectern.Training;

/// <summary>
/// A linear support vector machine: minimise ½‖w‖² + Σ_i C_i max(0, 1 - y_i w·x_i), where each x ends with a
/// constant whose weight is the bias.
/// </summary>
/// <remarks>
/// Solved in the dual, a coefficient at a time (Hsieh et al., ICML 2008): minimise ½ αᵀQα - Σα with
/// 0 ≤ α_i ≤ C_i, w = Σ α_i y_i x_i. There is one best w. Cost O(passes · M · D).
/// </remarks>
public sealed class LinearSvm
{
    /// <summary>A machine that has learned.</summary>
    /// <param name="weight">w without the bias: [D].</param>
    /// <param name="bias">What is added to w·x.</param>
    /// <param name="coefficients">α of the examples, where they are known.</param>
    public LinearSvm(IReadOnlyList<double> weight, double bias, IReadOnlyList<double>? coefficients = null) =>
        (Weight, Bias, Coefficients) = (weight, bias, coefficients ?? []);

    /// <summary>w without the bias: [D].</summary>
    public IReadOnlyList<double> Weight { get; }

    /// <summary>What is added to w·x.</summary>
    public double Bias { get; }

    /// <summary>α of each example: [M]; 0 for those that the machine does not lean on.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>Fits the machine.</summary>
    /// <param name="x">A row an example: [M, D].</param>
    /// <param name="positive">Which are of the class: [M].</param>
    /// <param name="c">C of negatives.</param>
    /// <param name="positiveWeight">C of positives, in those of negatives.</param>
    /// <param name="constant">What each x ends with: the larger, the less a bias costs.</param>
    /// <param name="tolerance">How far the gradient of α may stay from optimal.</param>
    /// <param name="passes">Passes over the examples at most.</param>
    /// <param name="seed">Seed of the order that coefficients are taken in.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or all examples are of one kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">C is not above 0.</exception>
    public static LinearSvm Fit(Tensor x, IReadOnlyList<bool> positive, double c = 1, double positiveWeight = 1,
        double constant = 1, double tolerance = 1e-3, int passes = 1000, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(positive);
        if (x.dim() != 2 || x.shape[0] != positive.Count)
            throw new ArgumentException(
                $"Examples are [M, D] with M kinds; given were [{string.Join(", ", x.shape)}] and {positive.Count}.",
                nameof(x));
        if (!positive.Contains(true) || !positive.Contains(false))
            throw new ArgumentException(
                "A machine parts positives from negatives, and wants one of each.", nameof(positive));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(c);
        float[] rows;
        using (NewDisposeScope())
            rows = x.detach().cpu().to(float32).contiguous().data<float>().ToArray();
        int count = positive.Count, width = rows.Length / count;
        double[] w = new double[width], alpha = new double[count];
        double last = 0;                                                // the constant's weight
        double[] length = [.. Enumerable.Range(0, count).Select(i =>
        {
            var row = rows.AsSpan(i * width, width);
            double sum = constant * constant;
            foreach (float value in row) sum += (double)value * value;
            return Math.Max(sum, 1e-12);
        })];
        int[] order = [.. Enumerable.Range(0, count)];
        for (int pass = 0; pass < passes; pass++)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            var random = new SplitMix(seed, pass);
            var (most, least) = (double.NegativeInfinity, double.PositiveInfinity);
            for (int left = count; left > 0; left--)
            {
                int drawn = random.Next(left), i = order[drawn];
                (order[drawn], order[left - 1]) = (order[left - 1], i);
                var row = rows.AsSpan(i * width, width);
                double y = positive[i] ? 1 : -1, limit = positive[i] ? c * positiveWeight : c;
                double gradient = y * (Dot(row, w) + constant * last) - 1;
                // At a bound, only what would lead back in is a step.
                double inside = alpha[i] == 0 ? Math.Min(gradient, 0)
                    : alpha[i] == limit ? Math.Max(gradient, 0) : gradient;
                (most, least) = (Math.Max(most, inside), Math.Min(least, inside));
                if (inside == 0) continue;
                double before = alpha[i];
                alpha[i] = Math.Clamp(before - gradient / length[i], 0, limit);
                double step = (alpha[i] - before) * y;
                Add(w, row, step);
                last += step * constant;
            }
            if (Math.Max(most, 0) - Math.Min(least, 0) < tolerance) break;
        }
        return new LinearSvm(w, last * constant, alpha);
    }

    /// <summary>w·x + bias: above 0 for the class.</summary>
    /// <param name="x">[M, D].</param>
    /// <returns>[M], of the same type.</returns>
    public Tensor Scores(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x.detach().mv(tensor([.. Weight], dtype: x.dtype, device: x.device)) + Bias).MoveToOuterDisposeScope();
    }

    private static double Dot(ReadOnlySpan<float> row, ReadOnlySpan<double> w)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
        var sum = Vector<double>.Zero;
        for (int i = 0, at = 0; i < vectors.Length; i++, at += Vector<float>.Count)
        {
            Vector.Widen(vectors[i], out var low, out var high);
            sum += low * new Vector<double>(w[at..]) + high * new Vector<double>(w[(at + Vector<double>.Count)..]);
        }
        double total = Vector.Sum(sum);
        for (int i = vectors.Length * Vector<float>.Count; i < row.Length; i++) total += row[i] * w[i];
        return total;
    }

    private static void Add(Span<double> w, ReadOnlySpan<float> row, double step)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
        for (int i = 0, at = 0; i < vectors.Length; i++, at += Vector<float>.Count)
        {
            Vector.Widen(vectors[i], out var low, out var high);
            Span<double> first = w[at..], second = w[(at + Vector<double>.Count)..];
            (new Vector<double>(first) + low * step).CopyTo(first);
            (new Vector<double>(second) + high * step).CopyTo(second);
        }
        for (int i = vectors.Length * Vector<float>.Count; i < row.Length; i++) w[i] += step * row[i];
    }
}
