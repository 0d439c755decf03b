using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lectern.Training;

/// <summary>
/// The loops of <see cref="FastBatchNorm"/>: y = max(γ x̂ + β, after), where x̂ = (r - μ) / √(σ² + ε) and
/// r = max(x + b, before); a floor of minus infinity is no ReLU. Each pass goes through the rows once, shared
/// over torch's threads where there is enough.
/// </summary>
/// <remarks>
/// A row is covered by vectors, the last of which ends with the row and so may overlap the one before: there
/// is no remainder. What is known of the columns (<c>mean</c>, …) lies vector after vector in the same way, some
/// columns twice.
/// </remarks>
/// <param name="rows">N, at least two.</param>
/// <param name="width">C, at least a vector.</param>
/// <param name="before">0 for a ReLU before, else minus infinity.</param>
/// <param name="after">0 for a ReLU after, else minus infinity.</param>
internal sealed unsafe class BatchNormKernel<T>(int rows, int width, T before, T after)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int SerialWork = 1 << 17;     // below this many numbers threads cost more than they give
    private const int Block = 32;               // rows whose sum is closed before rounding can build up

    private readonly int length = (width + Vector512<T>.Count - 1) / Vector512<T>.Count * Vector512<T>.Count;

    // b, μ, 1/√(σ² + ε), γ/√(σ² + ε) and β
    private T[] offset = [], mean = [], inverse = [], scale = [], shift = [];

    // ------------------------------------------------------------------------------------ forward

    /// <summary>
    /// Finds μ and σ² of the rows; the running ones become (1 - momentum) of themselves + momentum of these.
    /// </summary>
    /// <param name="x">[N, C].</param>
    /// <param name="added">b, or nothing.</param>
    /// <param name="weight">γ.</param>
    /// <param name="bias">β.</param>
    /// <param name="eps">ε.</param>
    /// <param name="runningMean">Follows μ.</param>
    /// <param name="runningVariance">Follows σ², with N - 1 in the place of N.</param>
    /// <param name="momentum">The batch's share.</param>
    internal void Measure(
        T* x, ReadOnlySpan<T> added, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, double eps,
        Span<T> runningMean, Span<T> runningVariance, double momentum)
    {
        offset = new T[length];
        if (added.Length > 0)
            for (int k = 0; k < length; k++) offset[k] = added[Column(k)];
        var parts = ForParts((from, to) =>
        {
            var (means, squares) = (new T[length], new T[length]);
            fixed (T* o = offset, m = means, s = squares) Measure(x, from, to, o, m, s);
            return (Means: means, Squares: squares, Rows: to - from);
        });
        var (sum, count) = (parts[0].Squares, parts[0].Rows);
        (mean, inverse, scale, shift) = (parts[0].Means, new T[length], new T[length], new T[length]);
        foreach (var part in parts.AsSpan(1))
        {
            fixed (T* m = mean, s = sum, n = part.Means, t = part.Squares)
                for (int k = 0; k < length; k += Vector512<T>.Count)
                    Join(m + k, s + k, count, Vector512.Load(n + k), Vector512.Load(t + k), part.Rows);
            count += part.Rows;
        }
        for (int k = 0; k < length; k++)
        {
            mean[k] += T.Max(x[Column(k)] + offset[k], before);
            inverse[k] = T.One / T.Sqrt(sum[k] / T.CreateTruncating(rows) + T.CreateTruncating(eps));
            (scale[k], shift[k]) = (weight[Column(k)] * inverse[k], bias[Column(k)]);
        }
        T share = T.CreateTruncating(momentum), unbiased = T.One / T.CreateTruncating(rows - 1);
        var (means, squares) = (ByColumn(mean), ByColumn(sum));
        for (int c = 0; c < width; c++)
        {
            runningMean[c] = (T.One - share) * runningMean[c] + share * means[c];
            runningVariance[c] = (T.One - share) * runningVariance[c] + share * (squares[c] * unbiased);
        }
    }

    /// <summary>What was measured, column by column: μ and 1/√(σ² + ε).</summary>
    internal void Statistics(Span<T> means, Span<T> inverses)
    {
        ByColumn(mean).CopyTo(means);
        ByColumn(inverse).CopyTo(inverses);
    }

    /// <summary>
    /// Mean and squared deviations of some rows, a block at a time while it lies in the nearest cache. The mean
    /// is measured from the first row of all: numbers that differ little then lose nothing to their size.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Measure(T* x, int from, int to, T* offsets, T* means, T* squares)
    {
        var floor = Vector512.Create(before);
        for (int first = from; first < to; first += Block)
        {
            int count = Math.Min(Block, to - first);
            var share = Vector512.Create(T.One / T.CreateTruncating(count));
            for (int k = 0; k < length; k += Vector512<T>.Count)
            {
                T* begin = x + (long)first * width + Column(k), end = begin + (long)count * width;
                var offset = Vector512.Load(offsets + k);
                var start = AtLeast(Vector512.Load(x + Column(k)) + offset, floor);
                Vector512<T> sum = default, square = default;
                for (T* row = begin; row < end; row += width)
                    sum += AtLeast(Vector512.Load(row) + offset, floor) - start;
                var mean = sum * share;
                for (T* row = begin; row < end; row += width)
                {
                    var deviation = AtLeast(Vector512.Load(row) + offset, floor) - start - mean;
                    square += deviation * deviation;
                }
                Join(means + k, squares + k, first - from, mean, square, count);
            }
        }
    }

    /// <summary>
    /// Adds to mean and squared deviations of some rows those of others (Chan, Golub and LeVeque, 1979).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(
        T* means, T* squares, int count, Vector512<T> otherMeans, Vector512<T> otherSquares, int otherCount)
    {
        T share = T.CreateTruncating(otherCount) / T.CreateTruncating(count + otherCount);
        var apart = otherMeans - Vector512.Load(means);
        (Vector512.Load(means) + apart * share).Store(means);
        var between = apart * apart * (share * T.CreateTruncating(count));
        (Vector512.Load(squares) + otherSquares + between).Store(squares);
    }

    /// <summary>y from x, by what was measured.</summary>
    internal void Normalise(T* x, T* y) => ForParts((from, to) =>
    {
        fixed (T* o = offset, m = mean, a = scale, b = shift) Normalise(x, y, from, to, o, m, a, b);
        return 0;
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalise(T* x, T* y, int from, int to, T* offsets, T* means, T* scales, T* shifts)
    {
        var (floor, bottom) = (Vector512.Create(before), Vector512.Create(after));
        for (int first = from; first < to; first += Block)
            for (int k = 0; k < length; k += Vector512<T>.Count)
            {
                var (offset, mean) = (Vector512.Load(offsets + k), Vector512.Load(means + k));
                var (a, b) = (Vector512.Load(scales + k), Vector512.Load(shifts + k));
                long at = (long)first * width + Column(k), end = (long)Math.Min(first + Block, to) * width;
                for (; at < end; at += width)
                {
                    var centred = AtLeast(Vector512.Load(x + at) + offset, floor) - mean;
                    AtLeast(centred * a + b, bottom).Store(y + at);
                }
            }
    }

    // ------------------------------------------------------------------------------------ backward

    /// <summary>The gradients for x (unless null), b, γ and β from the one for y.</summary>
    /// <remarks>
    /// With g = dy where y lies above its floor: dβ = Σ g, dγ = Σ g x̂, dr = γ/√(σ² + ε) (g - dβ/N - x̂ dγ/N), and
    /// dx is dr where x + b lies above its floor; db = Σ dx.
    /// </remarks>
    internal void Gradients(T* x, T* dy, T* dx, Span<T> dAdded, Span<T> dWeight, Span<T> dBias)
    {
        var parts = ForParts((from, to) =>
        {
            var (sums, products) = (new T[length], new T[length]);
            fixed (T* o = offset, m = mean, a = scale, b = shift, s = sums, p = products)
                Sums(x, dy, from, to, o, m, a, b, s, p);
            return (Sums: sums, Products: products);
        });
        var (constant, slope) = (new T[length], new T[length]);
        for (int k = 0; k < length; k++)
        {
            T sum = T.Zero, product = T.Zero;
            foreach (var part in parts) (sum, product) = (sum + part.Sums[k], product + part.Products[k]);
            product *= inverse[k];
            (dBias[Column(k)], dWeight[Column(k)]) = (sum, product);
            T count = T.CreateTruncating(rows);
            (constant[k], slope[k]) = (sum / count, product * inverse[k] / count);
        }
        if (dx == null) return;
        var added = ForParts((from, to) =>
        {
            var sums = new T[length];
            fixed (T* o = offset, m = mean, a = scale, b = shift, c = constant, d = slope, s = sums)
                Gradient(x, dy, dx, from, to, o, m, a, b, c, d, s);
            return sums;
        });
        if (dAdded.Length > 0)
            for (int k = 0; k < length; k++)
            {
                T sum = T.Zero;
                foreach (var part in added) sum += part[k];
                dAdded[Column(k)] = sum;
            }
    }

    /// <summary>Σ g and Σ g (r - μ) of some rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sums(T* x, T* dy, int from, int to, T* offsets, T* means, T* scales, T* shifts,
        T* sums, T* products)
    {
        var (floor, bottom) = (Vector512.Create(before), Vector512.Create(after));
        for (int first = from; first < to; first += Block)
            for (int k = 0; k < length; k += Vector512<T>.Count)
            {
                var (offset, mean) = (Vector512.Load(offsets + k), Vector512.Load(means + k));
                var (a, b) = (Vector512.Load(scales + k), Vector512.Load(shifts + k));
                long at = (long)first * width + Column(k), end = (long)Math.Min(first + Block, to) * width;
                Vector512<T> sum = default, product = default;
                for (; at < end; at += width)
                {
                    var centred = AtLeast(Vector512.Load(x + at) + offset, floor) - mean;
                    var g = Above(Vector512.Load(dy + at), centred * a + b, bottom);
                    sum += g;
                    product += g * centred;
                }
                (Vector512.Load(sums + k) + sum).Store(sums + k);
                (Vector512.Load(products + k) + product).Store(products + k);
            }
    }

    /// <summary>dx of some rows, and its sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradient(T* x, T* dy, T* dx, int from, int to, T* offsets, T* means, T* scales, T* shifts,
        T* constants, T* slopes, T* sums)
    {
        var (floor, bottom) = (Vector512.Create(before), Vector512.Create(after));
        for (int first = from; first < to; first += Block)
            for (int k = 0; k < length; k += Vector512<T>.Count)
            {
                var (offset, mean) = (Vector512.Load(offsets + k), Vector512.Load(means + k));
                var (a, b) = (Vector512.Load(scales + k), Vector512.Load(shifts + k));
                var (constant, slope) = (Vector512.Load(constants + k), Vector512.Load(slopes + k));
                long at = (long)first * width + Column(k), end = (long)Math.Min(first + Block, to) * width;
                Vector512<T> sum = default;
                for (; at < end; at += width)
                {
                    var given = Vector512.Load(x + at) + offset;
                    var centred = AtLeast(given, floor) - mean;
                    var g = Above(Vector512.Load(dy + at), centred * a + b, bottom);
                    var gradient = Above(a * (g - constant - centred * slope), given, floor);
                    gradient.Store(dx + at);
                    sum += gradient;
                }
                (Vector512.Load(sums + k) + sum).Store(sums + k);
            }
    }

    // ------------------------------------------------------------------------------------ both

    /// <summary>The column that stands at a place of what is known of the columns.</summary>
    private int Column(int k)
    {
        int lane = k % Vector512<T>.Count;
        return Math.Min(k - lane, width - Vector512<T>.Count) + lane;
    }

    private T[] ByColumn(T[] laid)
    {
        var columns = new T[width];
        for (int k = 0; k < length; k++) columns[Column(k)] = laid[k];
        return columns;
    }

    /// <summary>max(x, floor); what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> AtLeast(Vector512<T> x, Vector512<T> floor) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, floor), floor, x);

    /// <summary>The gradient through max(x, floor).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Above(Vector512<T> gradient, Vector512<T> x, Vector512<T> floor) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, floor), default, gradient);

    /// <summary>
    /// What <paramref name="body"/> gives for equal parts of the rows, in order; one part where they are few.
    /// </summary>
    private TResult[] ForParts<TResult>(Func<int, int, TResult> body)
    {
        int parts = (long)rows * width < SerialWork ? 1 : get_num_threads();
        if (parts == 1) return [body(0, rows)];
        var results = new TResult[parts];
        int Boundary(int part) => (int)((long)rows * part / parts);
        Parallel.For(0, parts, part => results[part] = body(Boundary(part), Boundary(part + 1)));
        return results;
    }
}
