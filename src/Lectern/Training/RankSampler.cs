namespace Lectern.Training;

/// <summary>
/// Which items a rank visits in an epoch: its share of an order that all ranks draw from the same seed. The ranks' items
/// at the same places are, together, one global batch of the order.
/// </summary>
/// <param name="count">Number of items.</param>
/// <param name="rank">This process's number, from 0.</param>
/// <param name="ranks">Number of processes.</param>
/// <param name="seed">Seed of the order.</param>
/// <exception cref="ArgumentOutOfRangeException">There is no item, or no such rank.</exception>
public sealed class RankSampler(int count, int rank, int ranks, int seed = 1)
{
    private readonly int count = count > 0
        ? count
        : throw new ArgumentOutOfRangeException(nameof(count), count, "There has to be an item at least.");

    private readonly int rank = rank >= 0 && rank < ranks
        ? rank
        : throw new ArgumentOutOfRangeException(nameof(rank), rank, $"Ranks go from 0 to {ranks - 1}.");

    /// <summary>Items of each rank in an epoch: the same number for all, so that all take as many steps.</summary>
    public int Share => (count + ranks - 1) / ranks;

    /// <summary>This rank's items of an epoch, in order. Where they cannot be shared evenly, the order's first ones come once more
    /// at its end.</summary>
    /// <param name="epoch">The epoch, from 0: each has an order of its own.</param>
    public int[] Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(unchecked(seed * 7919 + epoch)).Shuffle(order);
        return [.. Enumerable.Range(0, Share).Select(step => order[(step * ranks + rank) % count])];
    }
}
