using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// Draws positives and negatives to learn from: positives up to a share, negatives to fill up.
/// </summary>
/// <remarks>
/// Candidate k of draw d takes part by the random number of sequence k under a seed made of the sampler's
/// seed and d, the smallest first: what is drawn depends on nothing else.
/// </remarks>
/// <param name="count">How many to draw.</param>
/// <param name="positive">The largest share of positives among them.</param>
/// <param name="seed">The seed of all draws.</param>
public sealed class BalancedSampler(int count, double positive, int seed)
{
    private int draws;

    /// <summary>A draw.</summary>
    /// <param name="labels">
    /// 1 and more for positives, 0 for negatives, less for those that do not count: [K].
    /// </param>
    /// <param name="number">Its number d; null: one more than that of the draw before without one, 0 at first.</param>
    /// <returns>
    /// Numbers of the positives and of the negatives drawn, ascending: int64 on the labels' device.
    /// </returns>
    public (Tensor Positives, Tensor Negatives) Sample(Tensor labels, int? number = null)
    {
        int key = unchecked(seed * 1_000_003 + (number ?? draws++));
        using var scope = NewDisposeScope();
        long[] values = [.. labels.to(int64).cpu().data<long>()];
        var (positives, negatives) = (new List<long>(), new List<long>());
        for (int k = 0; k < values.Length; k++)
            if (values[k] >= 0) (values[k] > 0 ? positives : negatives).Add(k);
        var drawn = Draw(positives, (int)(count * positive), key);
        return (
            tensor(drawn, device: labels.device).MoveToOuterDisposeScope(),
            tensor(Draw(negatives, count - drawn.Length, key),
            device: labels.device).MoveToOuterDisposeScope());
    }

    private static long[] Draw(List<long> candidates, int wanted, int key) => candidates.Count <= wanted
        ? [.. candidates]
        : [.. candidates.OrderBy(k => new SplitMix(key, k).Next()).Take(wanted).Order()];
}
