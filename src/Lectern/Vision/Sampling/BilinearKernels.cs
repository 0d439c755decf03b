using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Graphs;

namespace Lectern.Vision;

/// <summary>
/// Where outputs sample the maps: output j is Σ_i weight · map[image](y, x) over its points.
/// </summary>
internal interface IPoints<T> where T : unmanaged
{
    /// <summary>The map of an output.</summary>
    int Image(long output);

    /// <summary>How many points an output has.</summary>
    int Count(long output);

    /// <summary>One of its points.</summary>
    void Get(long output, int point, out T y, out T x, out T weight);
}

/// <summary>Maps with channels last, [N, H, W, C], so that a sample reads whole rows of channels.</summary>
internal readonly unsafe struct Maps<T>(T* data, int height, int width, int channels) where T : unmanaged
{
    internal readonly T* Data = data;
    internal readonly int Height = height, Width = width, Channels = channels;
}

/// <summary>
/// The inner loops of bilinear sampling on the CPU, the same for RoIAlign and deformable convolution: what
/// differs is where the points are (<see cref="IPoints{T}"/>) and the rule of the border.
/// </summary>
internal static unsafe class BilinearKernels
{
    // below this many multiplications threads cost more than they give
    private const long SerialWork = 1 << 15;
    private const int LeastChannels = 16;  // a cache line of floats: threads write apart

    /// <summary>The cells that one output reads and their weights; reused from output to output.</summary>
    internal sealed class Taps<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        internal int[] Cells = new int[64];
        internal T[] Weights = new T[64];
        internal int Count;

        /// <summary>Lists the cells of an output; those of weight 0 are left out.</summary>
        internal void Fill<TPoints>(in Maps<T> maps, in TPoints points, long output, MapBorder border)
            where TPoints : struct, IPoints<T>
        {
            int number = points.Count(output), first = points.Image(output) * maps.Height;
            if (Cells.Length < 4 * number)
            {
                Cells = new int[4 * number];
                Weights = new T[4 * number];
            }
            Count = 0;
            for (int i = 0; i < number; i++)
            {
                points.Get(output, i, out T y, out T x, out T weight);
                var (ty, tx) = (AxisTap<T>.Of(y, maps.Height, border), AxisTap<T>.Of(x, maps.Width, border));
                int low = (first + ty.Low) * maps.Width, high = (first + ty.High) * maps.Width;
                Add(low + tx.Low, weight * ty.LowWeight * tx.LowWeight);
                Add(low + tx.High, weight * ty.LowWeight * tx.HighWeight);
                Add(high + tx.Low, weight * ty.HighWeight * tx.LowWeight);
                Add(high + tx.High, weight * ty.HighWeight * tx.HighWeight);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Add(int cell, T weight)
        {
            Cells[Count] = cell;
            Weights[Count] = weight;
            if (weight != T.Zero) Count++;
        }
    }

    /// <summary>
    /// Outputs <paramref name="from"/> up to <paramref name="to"/>: a row of C channels each, one after the
    /// other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gather<T, TPoints>(
        in Maps<T> maps, in TPoints points, MapBorder border, long from, long to, T* target, Taps<T> taps)
        where T : unmanaged, IFloatingPointIeee754<T> where TPoints : struct, IPoints<T>
    {
        for (long output = from; output < to; output++, target += maps.Channels)
        {
            taps.Fill(maps, points, output, border);
            fixed (int* cells = taps.Cells)
            fixed (T* weights = taps.Weights)
                SparseKernels.SumRow(0, taps.Count, cells, null, weights, maps.Data, target, maps.Channels);
        }
    }

    /// <summary>
    /// The gradient to the maps, for channels <paramref name="channel"/> and following: adds the rows
    /// <paramref name="gradient"/> of these channels to the cells that the outputs read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scatter<T, TPoints>(
        in Maps<T> maps, in TPoints points, MapBorder border, long from, long to, T* gradient, long stride,
        int channel, int channels,
        Taps<T> taps) where T : unmanaged, IFloatingPointIeee754<T> where TPoints : struct, IPoints<T>
    {
        int lanes = Vector<T>.Count;
        for (long output = from; output < to; output++, gradient += stride)
        {
            taps.Fill(maps, points, output, border);
            for (int i = 0; i < taps.Count; i++)
            {
                T* cell = maps.Data + (long)taps.Cells[i] * maps.Channels + channel;
                T weight = taps.Weights[i];
                var w = new Vector<T>(weight);
                int at = 0;
                for (; at + lanes <= channels; at += lanes) Store(
                    Load(cell + at) + w * Load(gradient + at), cell + at);
                for (; at < channels; at++) cell[at] += weight * gradient[at];
            }
        }
    }

    /// <summary>
    /// The gradients to y, x and weight of the first point of each output, given the rows of gradients of
    /// these outputs.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PointGradients<T, TPoints>(
        in Maps<T> maps, in TPoints points, MapBorder border, long from, long to, T* gradient, T* ofY, T* ofX,
        T* ofWeight)
        where T : unmanaged, IFloatingPointIeee754<T> where TPoints : struct, IPoints<T>
    {
        for (long output = from; output < to; output++, gradient += maps.Channels)
        {
            points.Get(output, 0, out T y, out T x, out T weight);
            var (ty, tx) = (AxisTap<T>.Of(y, maps.Height, border), AxisTap<T>.Of(x, maps.Width, border));
            int first = points.Image(output) * maps.Height;
            int low = (first + ty.Low) * maps.Width, high = (first + ty.High) * maps.Width;
            // Inner products of the gradient with the four cells carry all three derivatives.
            T a = Dot(maps, low + tx.Low, gradient), b = Dot(maps, low + tx.High, gradient);
            T c = Dot(maps, high + tx.Low, gradient), d = Dot(maps, high + tx.High, gradient);
            T lowRow = tx.LowWeight * a + tx.HighWeight * b, highRow = tx.LowWeight * c + tx.HighWeight * d;
            ofY[output] = weight * (ty.LowSlope * lowRow + ty.HighSlope * highRow);
            ofX[output] = weight * (ty.LowWeight * (tx.LowSlope * a + tx.HighSlope * b)
                + ty.HighWeight * (tx.LowSlope * c + tx.HighSlope * d));
            if (ofWeight != null) ofWeight[output] = ty.LowWeight * lowRow + ty.HighWeight * highRow;
        }
    }

    private static T Dot<T>(in Maps<T> maps, int cell, T* gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* row = maps.Data + (long)cell * maps.Channels;
        int lanes = Vector<T>.Count, at = 0;
        var sums = Vector<T>.Zero;
        for (; at + lanes <= maps.Channels; at += lanes) sums += Load(row + at) * Load(gradient + at);
        T sum = Vector.Sum(sums);
        for (; at < maps.Channels; at++) sum += row[at] * gradient[at];
        return sum;
    }

    /// <summary>target[c, r] = source[r, c]: rows of channels into planes of cells, or back.</summary>
    internal static void Transpose<T>(
        T* source, int rows, int columns, long sourceStride, T* target, long targetStride)
        where T : unmanaged
    {
        for (int column = 0; column < columns; column++)
        {
            T* to = target + column * targetStride, from = source + column;
            for (int row = 0; row < rows; row++, from += sourceStride) to[row] = *from;
        }
    }

    /// <summary>Shares outputs out over torch's threads, in consecutive parts.</summary>
    /// <param name="count">How many outputs.</param>
    /// <param name="work">Multiplications an output, about.</param>
    /// <param name="body">The work from one output up to another.</param>
    internal static void Share(long count, long work, Action<long, long> body)
    {
        int threads = get_num_threads();
        long parts = Math.Min(Math.Min(4L * threads, count), count * work / (SerialWork / 4));
        if (threads == 1 || parts < 2) body(0, count);
        else
            Parallel.For(0, (int)parts, new ParallelOptions { MaxDegreeOfParallelism = threads },
                part => body(count * part / parts, count * (part + 1) / parts));
    }

    /// <summary>
    /// Shares channels out over torch's threads: outputs that write to the same cells stay on one thread.
    /// </summary>
    internal static void ShareChannels(int channels, long work, Action<int, int> body)
    {
        int threads = get_num_threads(), parts = Math.Min(threads, channels / LeastChannels);
        if (parts < 2 || work * channels < SerialWork) body(0, channels);
        else
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads },
                part => body(channels * part / parts, channels * (part + 1) / parts));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load<T>(T* source) where T : unmanaged =>
        Unsafe.ReadUnaligned<Vector<T>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector<T> value, T* target) where T : unmanaged =>
        Unsafe.WriteUnaligned(target, value);
}
