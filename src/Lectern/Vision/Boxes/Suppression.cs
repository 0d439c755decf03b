namespace Lectern.Vision;

/// <summary>Non-maximum suppression: of boxes that overlap, the best one stays.</summary>
/// <remarks>
/// Scores are taken in descending order; of equal ones the first comes first, and what is no number last.
/// A box goes where its IoU with a better one is strictly above the threshold. Nothing here has a
/// gradient. It runs on the CPU wherever the boxes are; results are back on their device.
/// </remarks>
public static class Suppression
{
    /// <summary>Greedy suppression: a box stays unless it overlaps a better one that stays.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <param name="scores">[N].</param>
    /// <param name="threshold">The IoU above which the worse box goes, at least 0.</param>
    /// <returns>Numbers of those that stay, int64 [K], by descending score.</returns>
    /// <remarks>At worst N²/2 IoUs, many at a time.</remarks>
    public static Tensor Nms(Tensor boxes, Tensor scores, double threshold)
    {
        Require(boxes, scores, threshold);
        int[] order = Order(scores);
        return Numbers(order, SuppressionKernels.Keep(boxes, order, threshold, greedy: true), boxes.device);
    }

    /// <summary>Greedy suppression in each class by itself ("batched"): boxes of two classes, levels or
    /// images do not suppress each other.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <param name="scores">[N].</param>
    /// <param name="classes">Class of each box, an integer type, [N].</param>
    /// <param name="threshold">The IoU above which the worse box goes, at least 0.</param>
    /// <returns>Numbers of those that stay, int64 [K], by descending score.</returns>
    /// <remarks>
    /// The usual trick moves each class to a place of its own and suppresses once; far from 0 a float has
    /// fewer digits and IoUs round differently. Here the classes are taken one by one, which is exact.
    /// </remarks>
    public static Tensor NmsByClass(Tensor boxes, Tensor scores, Tensor classes, double threshold)
    {
        Require(boxes, scores, threshold);
        ArgumentNullException.ThrowIfNull(classes);
        RequireEach(boxes, classes, "class", nameof(classes));
        int[] order = Order(scores);
        long[] kinds = Values<long>(classes, ScalarType.Int64);
        bool[] stays = new bool[order.Length];
        foreach (var group in Enumerable.Range(0, order.Length).GroupBy(rank => kinds[order[rank]]))
        {
            int[] ranks = [.. group];
            int[] own = [.. ranks.Select(rank => order[rank])];
            var kept = SuppressionKernels.Keep(boxes, own, threshold, greedy: true);
            foreach (int place in kept) stays[ranks[place]] = true;
        }
        return Numbers(order, Enumerable.Range(0, order.Length).Where(rank => stays[rank]), boxes.device);
    }

    /// <summary>Fast NMS (Bolya et al. 2019): a box stays unless it overlaps any better one, also one
    /// that has itself gone. No box waits for another's fate, so that all can be decided at once; what
    /// stays is a subset of what
    /// <see cref="Nms"/> keeps.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <param name="scores">Of one class [N], or of C classes [C, N], each decided by itself.</param>
    /// <param name="threshold">The IoU above which the worse box goes, at least 0.</param>
    /// <param name="top">The best so many of each class are looked at; YOLACT's 200.</param>
    /// <returns>Box and class of those that stay, int64 [K] each, by descending score.</returns>
    /// <exception cref="ArgumentException">Scores are neither [N] nor [C, N].</exception>
    /// <exception cref="ArgumentOutOfRangeException">None is looked at.</exception>
    public static (Tensor Boxes, Tensor Classes) Fast(
        Tensor boxes, Tensor scores, double threshold, int top = 200)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var table = scores is { } given && given.dim() == 1 ? given.unsqueeze(0) : scores!;
        if (table is null || table.dim() != 2)
            throw new ArgumentException("Scores are [N], or [C, N] for C classes.", nameof(scores));
        var stays = new List<(int Box, int Class, double Score)>();
        for (int c = 0; c < table.shape[0]; c++)
        {
            using var scope = NewDisposeScope();
            var own = table[c];
            Require(boxes, own, threshold);
            int[] order = Order(own)[..(int)Math.Min(top, boxes.shape[0])];
            double[] values = Values<double>(own, ScalarType.Float64);
            foreach (int rank in SuppressionKernels.Keep(boxes, order, threshold, greedy: false))
                stays.Add((order[rank], c, values[order[rank]]));
        }
        var sorted = stays.OrderByDescending(one => one.Score).ToArray();           // stable
        return (tensor(sorted.Select(one => (long)one.Box).ToArray(), device: boxes.device),
            tensor(sorted.Select(one => (long)one.Class).ToArray(), device: boxes.device));
    }

    /// <summary>Soft-NMS (Bodla et al. 2017): the best box is taken, those that overlap it lose score, and so
    /// on.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <param name="scores">[N].</param>
    /// <param name="sigma">Gaussian decay exp(-IoU²/σ), the paper's 0.5; null for the linear one: 1 - IoU
    /// where the IoU is above the threshold.</param>
    /// <param name="threshold">The linear decay's.</param>
    /// <param name="least">A box goes when its score falls below this.</param>
    /// <returns>Numbers of those that stay, int64 [K], and their decayed scores [K], in the order they were
    /// taken.</returns>
    /// <remarks>O(N·K).</remarks>
    /// <exception cref="ArgumentOutOfRangeException">σ is not above 0.</exception>
    public static (Tensor Numbers, Tensor Scores) Soft(
        Tensor boxes, Tensor scores, double? sigma = 0.5, double threshold = 0.3, double least = 0.001)
    {
        Require(boxes, scores, threshold);
        if (sigma <= 0) throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "σ is above 0.");
        double[] left = Values<double>(scores, ScalarType.Float64);
        double[] corners = Values<double>(boxes, ScalarType.Float64);
        var (numbers, values) = SuppressionKernels.Soften(corners, left, sigma, threshold, least);
        return (tensor(numbers, device: boxes.device),
            tensor(values, dtype: scores.dtype, device: scores.device));
    }

    /// <summary>Numbers by descending score, equal ones as they were.</summary>
    internal static int[] Order(Tensor scores)
    {
        double[] values = Values<double>(scores, ScalarType.Float64);
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(order, (a, b) => values[b].CompareTo(values[a]) is var sign && sign != 0 ? sign : a - b);
        return order;
    }

    internal static T[] Values<T>(Tensor tensor, ScalarType dtype) where T : unmanaged
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(dtype).contiguous().data<T>().ToArray();
    }

    private static Tensor Numbers(int[] order, IEnumerable<int> ranks, Device device) =>
        tensor(ranks.Select(rank => (long)order[rank]).ToArray(), device: device);

    private static void Require(Tensor boxes, Tensor scores, double threshold)
    {
        Vision.Boxes.Require(boxes);
        ArgumentNullException.ThrowIfNull(scores);
        RequireEach(boxes, scores, "score", nameof(scores));
        if (!(threshold >= 0))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "An IoU is never below 0.");
    }

    private static void RequireEach(Tensor boxes, Tensor values, string what, string name)
    {
        if (values.dim() == 1 && values.shape[0] == boxes.shape[0]) return;
        throw new ArgumentException(
            $"{boxes.shape[0]} boxes have a {what} each; '{name}' was [{string.Join(", ", values.shape)}].",
            name);
    }
}
