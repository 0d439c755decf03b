using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static System.Numerics.Vector;

namespace Lectern.Vision;

/// <summary>The loops of <see cref="Suppression"/>.</summary>
internal static class SuppressionKernels
{
    /// <summary>The places in an order of those boxes that overlap no better one too much.</summary>
    /// <param name="boxes">[N, 4], xyxy; double precision stays, any other type is read as single.</param>
    /// <param name="order">Numbers of boxes, the best first.</param>
    /// <param name="threshold">An IoU strictly above it is too much.</param>
    /// <param name="greedy">Whether only boxes that stay can remove others.</param>
    internal static List<int> Keep(Tensor boxes, int[] order, double threshold, bool greedy) =>
        boxes.dtype == ScalarType.Float64
            ? Keep(Suppression.Values<double>(boxes, ScalarType.Float64), order, threshold, greedy)
            : Keep(Suppression.Values<float>(boxes, ScalarType.Float32), order, NotAbove(threshold), greedy);

    // A float is above the threshold exactly when it is above the largest float that is not.
    private static float NotAbove(double threshold)
    {
        float nearest = (float)threshold;
        return nearest > threshold ? MathF.BitDecrement(nearest) : nearest;
    }

    // Each box is held against a list of better ones that lies in memory as vectors want it, and joins
    // the list.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<int> Keep<T>(T[] corners, int[] order, T threshold, bool greedy)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = order.Length;
        var (left, top, right, bottom, areas) = (new T[n], new T[n], new T[n], new T[n], new T[n]);
        var kept = new List<int>();
        int count = 0;
        for (int rank = 0; rank < n; rank++)
        {
            var box = corners.AsSpan(4 * order[rank], 4);
            var area = (box[2] - box[0]) * (box[3] - box[1]);
            bool stays = !Overlaps(box, area, threshold, left.AsSpan(0, count), top, right, bottom, areas);
            if (stays) kept.Add(rank);
            else if (greedy) continue;
            (left[count], top[count], right[count], bottom[count]) = (box[0], box[1], box[2], box[3]);
            areas[count] = area;
            count++;
        }
        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Overlaps<T>(ReadOnlySpan<T> box, T area, T threshold,
        Span<T> left, T[] top, T[] right, T[] bottom, T[] areas) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, at = 0;
        ref T l = ref MemoryMarshal.GetReference(left);
        ref T t = ref MemoryMarshal.GetArrayDataReference(top);
        ref T r = ref MemoryMarshal.GetArrayDataReference(right);
        ref T b = ref MemoryMarshal.GetArrayDataReference(bottom);
        ref T a = ref MemoryMarshal.GetArrayDataReference(areas);
        var (x1, y1) = (new Vector<T>(box[0]), new Vector<T>(box[1]));
        var (x2, y2) = (new Vector<T>(box[2]), new Vector<T>(box[3]));
        var (own, most, zero) = (new Vector<T>(area), new Vector<T>(threshold), Vector<T>.Zero);
        for (; at + lanes <= left.Length; at += lanes)
        {
            nuint here = (nuint)at;
            var width = Vector.Min(x2, LoadUnsafe(ref r, here)) - Vector.Max(x1, LoadUnsafe(ref l, here));
            var height = Vector.Min(y2, LoadUnsafe(ref b, here)) - Vector.Max(y1, LoadUnsafe(ref t, here));
            // Most boxes lie apart, and a division costs as much as all the rest.
            if (!Vector.GreaterThanAny(Vector.Min(width, height), zero)) continue;
            var intersection = Vector.Max(width, zero) * Vector.Max(height, zero);
            var iou = intersection / (LoadUnsafe(ref a, here) + own - intersection);
            if (Vector.GreaterThanAny(iou, most)) return true;
        }
        for (; at < left.Length; at++)
        {
            var width = T.Max(T.Min(box[2], right[at]) - T.Max(box[0], left[at]), T.Zero);
            var height = T.Max(T.Min(box[3], bottom[at]) - T.Max(box[1], top[at]), T.Zero);
            var intersection = width * height;
            if (intersection / (areas[at] + area - intersection) > threshold) return true;
        }
        return false;
    }

    /// <summary>Soft-NMS: takes the best box, lowers the scores of those that overlap it, and so
    /// on.</summary>
    internal static (long[] Numbers, double[] Scores) Soften(
        double[] corners, double[] scores, double? sigma, double threshold, double least)
    {
        int[] left = [.. Enumerable.Range(0, scores.Length)];
        int count = left.Length;
        var (numbers, values) = (new List<long>(), new List<double>());
        while (true)
        {
            // What is too low goes, in order; the first of the best ones is next.
            int best = -1, kept = 0;
            for (int i = 0; i < count; i++)
            {
                if (!(scores[left[i]] >= least)) continue;
                if (best < 0 || scores[left[i]] > scores[left[best]]) best = kept;
                left[kept++] = left[i];
            }
            if (best < 0) return ([.. numbers], [.. values]);
            int taken = left[best];
            numbers.Add(taken);
            values.Add(scores[taken]);
            left.AsSpan(best + 1, kept - best - 1).CopyTo(left.AsSpan(best));
            count = kept - 1;
            for (int i = 0; i < count; i++)
            {
                double iou = Iou(corners.AsSpan(4 * taken, 4), corners.AsSpan(4 * left[i], 4));
                if (sigma is { } width) scores[left[i]] *= Math.Exp(-iou * iou / width);
                else if (iou > threshold) scores[left[i]] *= 1 - iou;
            }
        }
    }

    private static double Iou(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double width = Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]);
        double height = Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]);
        if (width <= 0 || height <= 0) return 0;
        double intersection = width * height;
        return intersection / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection);
    }
}
