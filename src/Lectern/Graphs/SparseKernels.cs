using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lectern.Graphs;

/// <summary>
/// The inner loops of message passing on the CPU. All walk the rows of a <see cref="SparseMatrix"/>; a row's result stays
/// in registers while its entries go by, so that nothing of [entries, width] is ever stored. Rows are shared out over
/// torch's threads by equal numbers of entries.
/// </summary>
/// <remarks>
/// Dense operands are row-major [rows, heads · width]; an entry has one weight a head. <c>order</c>, where it is given, names
/// the weight of each entry (a transposed matrix walks its entries in another order than the weights lie in). The loops are
/// compiled optimised at once: a training run is too short to wait for the runtime to notice that they are hot.
/// </remarks>
internal static unsafe class SparseKernels
{
    private const long SerialWork = 1 << 15;                            // below this many multiplications threads cost more than they give

    /// <summary>y[i] = Σ_e w[e] x[column(e)] over the entries e of row i, head by head. Cost O(entries · heads · width).</summary>
    internal static void Sum<T>(SparseMatrix matrix, T* weights, int[]? order, T* x, T* y, int heads, int width)
        where T : unmanaged, INumber<T>
    {
        ForRows(matrix, heads * width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            fixed (int* pointers = matrix.RowPointers, columns = matrix.ColumnIndices, places = order)
                for (int row = from; row < to; row++)
                {
                    T* target = y + (long)row * heads * width;
                    if (heads == 1) SumRow(pointers[row], pointers[row + 1], columns, places, weights, x, target, width);
                    else SumRowByHead(pointers[row], pointers[row + 1], columns, places, weights, x, target, heads, width);
                }
        });
    }

    /// <summary>One row of <see cref="Sum"/> with several heads: a head is narrow, so the whole row is added up in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRowByHead<T>(int begin, int end, int* columns, int* places, T* weights, T* x, T* y, int heads, int width)
        where T : unmanaged, INumber<T>
    {
        int lanes = Vector<T>.Count, stride = heads * width;
        new Span<T>(y, stride).Clear();
        for (int i = begin; i < end; i++)
        {
            T* source = x + (long)columns[i] * stride, target = y;
            T* weight = weights + (long)(places == null ? i : places[i]) * heads;
            for (int head = 0; head < heads; head++, source += width, target += width)
            {
                var w = new Vector<T>(weight[head]);
                int at = 0;
                for (; at + lanes <= width; at += lanes) Store(Load(target + at) + w * Load(source + at), target + at);
                for (; at < width; at++) target[at] += weight[head] * source[at];
            }
        }
    }

    /// <summary>One row of <see cref="Sum"/> with one head: as many columns at a time as there are registers for, then fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void SumRow<T>(int begin, int end, int* columns, int* places, T* weights, T* x, T* y, int width)
        where T : unmanaged, INumber<T>
    {
        int lanes = Vector<T>.Count, at = 0;
        for (; at + 8 * lanes <= width; at += 8 * lanes)
        {
            Vector<T> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            for (int i = begin; i < end; i++)
            {
                T* source = x + (long)columns[i] * width + at;
                var w = new Vector<T>(Weight(weights, places, i));
                a += w * Load(source);
                b += w * Load(source + lanes);
                c += w * Load(source + 2 * lanes);
                d += w * Load(source + 3 * lanes);
                e += w * Load(source + 4 * lanes);
                f += w * Load(source + 5 * lanes);
                g += w * Load(source + 6 * lanes);
                h += w * Load(source + 7 * lanes);
            }
            Store(a, y + at);
            Store(b, y + at + lanes);
            Store(c, y + at + 2 * lanes);
            Store(d, y + at + 3 * lanes);
            Store(e, y + at + 4 * lanes);
            Store(f, y + at + 5 * lanes);
            Store(g, y + at + 6 * lanes);
            Store(h, y + at + 7 * lanes);
        }
        for (; at + 2 * lanes <= width; at += 2 * lanes)
        {
            Vector<T> a = default, b = default;
            for (int i = begin; i < end; i++)
            {
                T* source = x + (long)columns[i] * width + at;
                var w = new Vector<T>(Weight(weights, places, i));
                a += w * Load(source);
                b += w * Load(source + lanes);
            }
            Store(a, y + at);
            Store(b, y + at + lanes);
        }
        for (; at + lanes <= width; at += lanes)
        {
            Vector<T> a = default;
            for (int i = begin; i < end; i++)
                a += new Vector<T>(Weight(weights, places, i)) * Load(x + (long)columns[i] * width + at);
            Store(a, y + at);
        }
        for (; at < width; at++)
        {
            T sum = T.Zero;
            for (int i = begin; i < end; i++) sum += Weight(weights, places, i) * x[(long)columns[i] * width + at];
            y[at] = sum;
        }
    }

    /// <summary>w[e] = ⟨y[row(e)], x[column(e)]⟩ for each entry e, head by head: the gradient of <see cref="Sum"/> for its weights.</summary>
    internal static void Dot<T>(SparseMatrix matrix, T* y, T* x, T* weights, int heads, int width) where T : unmanaged, INumber<T>
    {
        int lanes = Vector<T>.Count, stride = heads * width;
        ForRows(matrix, stride, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            fixed (int* pointers = matrix.RowPointers, columns = matrix.ColumnIndices)
                for (int row = from; row < to; row++)
                    for (int entry = pointers[row]; entry < pointers[row + 1]; entry++)
                        for (int head = 0; head < heads; head++)
                        {
                            T* left = y + (long)row * stride + head * width, right = x + (long)columns[entry] * stride + head * width;
                            Vector<T> sums = default;
                            int at = 0;
                            for (; at + lanes <= width; at += lanes) sums += Load(left + at) * Load(right + at);
                            T sum = Vector.Sum(sums);
                            for (; at < width; at++) sum += left[at] * right[at];
                            weights[(long)entry * heads + head] = sum;
                        }
        });
    }

    /// <summary>y[i, c] = max_e x[column(e), c] and the entry that gave it (the first of equals); 0 and -1 for an empty row.</summary>
    internal static void Max<T>(SparseMatrix matrix, T* x, T* y, int* winners, int width) where T : unmanaged, INumber<T>
    {
        ForRows(matrix, width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            fixed (int* pointers = matrix.RowPointers, columns = matrix.ColumnIndices)
                for (int row = from; row < to; row++)
                {
                    T* best = y + (long)row * width;
                    int* winner = winners + (long)row * width;
                    new Span<T>(best, width).Clear();
                    new Span<int>(winner, width).Fill(-1);
                    for (int entry = pointers[row]; entry < pointers[row + 1]; entry++)
                    {
                        T* source = x + (long)columns[entry] * width;
                        bool first = entry == pointers[row];
                        for (int c = 0; c < width; c++)
                        {
                            if (!first && source[c] <= best[c]) continue;
                            best[c] = source[c];
                            winner[c] = entry;
                        }
                    }
                }
        });
    }

    /// <summary>
    /// The gradient of <see cref="Max"/>: x[j, c] = Σ over the entries e of column j that won (i, c) of y[i, c].
    /// <paramref name="transposed"/> walks the columns, so that threads never write to one place.
    /// </summary>
    internal static void MaxGradient<T>(SparseMatrix transposed, int[] order, int* winners, T* y, T* x, int width) where T : unmanaged, INumber<T>
    {
        ForRows(transposed, width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            for (int column = from; column < to; column++)
            {
                T* target = x + (long)column * width;
                new Span<T>(target, width).Clear();
                for (int entry = transposed.RowPointers[column]; entry < transposed.RowPointers[column + 1]; entry++)
                {
                    long row = (long)transposed.ColumnIndices[entry] * width;
                    for (int c = 0; c < width; c++)
                        if (winners[row + c] == order[entry]) target[c] += y[row + c];
                }
            }
        });
    }

    /// <summary>p[e] = exp(s[e]) / Σ exp(s[e']) over the entries e' of e's row, head by head, shifted by the row's maximum.</summary>
    internal static void Softmax<T>(SparseMatrix matrix, T* scores, T* p, int heads) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ForRows(matrix, 8 * heads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            int lanes = Vector<T>.Count;
            for (int row = from; row < to; row++)
            {
                long first = (long)matrix.RowPointers[row] * heads, end = (long)matrix.RowPointers[row + 1] * heads;
                int head = 0;
                for (; head + lanes <= heads; head += lanes)
                {
                    var top = new Vector<T>(T.NegativeInfinity);
                    for (long e = first + head; e < end; e += heads) top = Vector.Max(top, Load(scores + e));
                    for (long e = first + head; e < end; e += heads) Store(Load(scores + e) - top, p + e);
                }
                for (; head < heads; head++)
                {
                    T top = T.NegativeInfinity;
                    for (long e = first + head; e < end; e += heads) top = T.Max(top, scores[e]);
                    for (long e = first + head; e < end; e += heads) p[e] = scores[e] - top;
                }
            }
            Exp(p + (long)matrix.RowPointers[from] * heads, (long)(matrix.RowPointers[to] - matrix.RowPointers[from]) * heads);
            for (int row = from; row < to; row++)
            {
                long first = (long)matrix.RowPointers[row] * heads, end = (long)matrix.RowPointers[row + 1] * heads;
                int head = 0;
                for (; head + lanes <= heads; head += lanes)
                {
                    Vector<T> total = default;
                    for (long e = first + head; e < end; e += heads) total += Load(p + e);
                    for (long e = first + head; e < end; e += heads) Store(Load(p + e) / total, p + e);
                }
                for (; head < heads; head++)
                {
                    T total = T.Zero;
                    for (long e = first + head; e < end; e += heads) total += p[e];
                    for (long e = first + head; e < end; e += heads) p[e] /= total;
                }
            }
        });
    }

    /// <summary>Replaces each number by its exponential, a register at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exp<T>(T* values, long count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        long at = 0;
        if (typeof(T) == typeof(float))
            for (; at + Vector<float>.Count <= count; at += Vector<float>.Count) Store(Vector.Exp(Load((float*)values + at)), (float*)values + at);
        else
            for (; at + Vector<double>.Count <= count; at += Vector<double>.Count) Store(Vector.Exp(Load((double*)values + at)), (double*)values + at);
        for (; at < count; at++) values[at] = T.Exp(values[at]);
    }

    /// <summary>The gradient of <see cref="Softmax"/>: s[e] = p[e] (g[e] - Σ p[e'] g[e']).</summary>
    internal static void SoftmaxGradient<T>(SparseMatrix matrix, T* p, T* g, T* s, int heads) where T : unmanaged, INumber<T>
    {
        ForRows(matrix, 2 * heads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            int lanes = Vector<T>.Count;
            for (int row = from; row < to; row++)
            {
                long first = (long)matrix.RowPointers[row] * heads, end = (long)matrix.RowPointers[row + 1] * heads;
                int head = 0;
                for (; head + lanes <= heads; head += lanes)
                {
                    Vector<T> mean = default;
                    for (long e = first + head; e < end; e += heads) mean += Load(p + e) * Load(g + e);
                    for (long e = first + head; e < end; e += heads) Store(Load(p + e) * (Load(g + e) - mean), s + e);
                }
                for (; head < heads; head++)
                {
                    T mean = T.Zero;
                    for (long e = first + head; e < end; e += heads) mean += p[e] * g[e];
                    for (long e = first + head; e < end; e += heads) s[e] = p[e] * (g[e] - mean);
                }
            }
        });
    }

    /// <summary>e[k] = row value + column value of each entry k, head by head.</summary>
    internal static void ToEntries<T>(SparseMatrix matrix, T* ofRows, T* ofColumns, T* e, int heads) where T : unmanaged, INumber<T>
    {
        ForRows(matrix, heads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            int lanes = Vector<T>.Count;
            for (int row = from; row < to; row++)
                for (int entry = matrix.RowPointers[row]; entry < matrix.RowPointers[row + 1]; entry++)
                {
                    T* left = ofRows + (long)row * heads, right = ofColumns + (long)matrix.ColumnIndices[entry] * heads, target = e + (long)entry * heads;
                    int head = 0;
                    for (; head + lanes <= heads; head += lanes) Store(Load(left + head) + Load(right + head), target + head);
                    for (; head < heads; head++) target[head] = left[head] + right[head];
                }
        });
    }

    /// <summary>y[i] = Σ e[k] over the entries k of row i, head by head: the gradient of <see cref="ToEntries"/>.</summary>
    internal static void FromEntries<T>(SparseMatrix matrix, int[]? order, T* e, T* y, int heads) where T : unmanaged, INumber<T>
    {
        ForRows(matrix, heads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (from, to) =>
        {
            int lanes = Vector<T>.Count;
            for (int row = from; row < to; row++)
            {
                int head = 0;
                for (; head + lanes <= heads; head += lanes)
                {
                    Vector<T> sum = default;
                    for (int entry = matrix.RowPointers[row]; entry < matrix.RowPointers[row + 1]; entry++)
                        sum += Load(e + (long)(order is null ? entry : order[entry]) * heads + head);
                    Store(sum, y + (long)row * heads + head);
                }
                for (; head < heads; head++)
                {
                    T sum = T.Zero;
                    for (int entry = matrix.RowPointers[row]; entry < matrix.RowPointers[row + 1]; entry++)
                        sum += e[(long)(order is null ? entry : order[entry]) * heads + head];
                    y[(long)row * heads + head] = sum;
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Weight<T>(T* weights, int* places, int entry) where T : unmanaged, INumber<T> =>
        weights == null ? T.One : weights[places == null ? entry : places[entry]];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load<T>(T* source) where T : unmanaged => Unsafe.ReadUnaligned<Vector<T>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector<T> value, T* target) where T : unmanaged => Unsafe.WriteUnaligned(target, value);

    private static void ForRows(SparseMatrix matrix, int width, Action<int, int> body) =>
        ForRows(matrix.RowPointers, width, body);

    /// <summary>Runs a body over all rows, from one up to another, in parts of about equal cost.</summary>
    /// <param name="pointers">Where each row's entries begin and the last one's end: [rows + 1].</param>
    /// <param name="width">Multiplications, or what costs as much, an entry.</param>
    /// <param name="body">The work, on one thread or several.</param>
    internal static void ForRows(int[] pointers, int width, Action<int, int> body)
    {
        int threads = get_num_threads(), rows = pointers.Length - 1;
        long work = (pointers[rows] + (long)rows) * width;
        if (threads == 1 || work < SerialWork)
        {
            body(0, rows);
            return;
        }
        int parts = (int)Math.Min(4L * threads, work / (SerialWork / 4));
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
            body(Boundary(pointers, part, parts), Boundary(pointers, part + 1, parts)));
    }

    /// <summary>The first row of a part: parts hold equal numbers of rows and entries together.</summary>
    private static int Boundary(int[] pointers, int part, int parts)
    {
        int rows = pointers.Length - 1;
        if (part == parts) return rows;
        long goal = (pointers[rows] + (long)rows) * part / parts;
        int low = 0, high = rows;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (pointers[middle] + (long)middle < goal) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
