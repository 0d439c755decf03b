namespace Lectern.Training;

/// <summary>Ways to part items 0 … n-1. The same seed gives the same parts.</summary>
public static class Splits
{
    /// <summary>Random parts with the given shares of n; rounding goes to the last.</summary>
    /// <exception cref="ArgumentException">The shares do not add up to 1.</exception>
    public static int[][] Random(int n, int seed, params double[] shares)
    {
        if (shares.Any(share => share < 0) || Math.Abs(shares.Sum() - 1) > 1e-9)
            throw new ArgumentException($"The shares must be positive and add up to 1; given were {string.Join(", ", shares)}.", nameof(shares));
        int[] items = Shuffled(n, seed);
        var parts = new int[shares.Length][];
        int at = 0;
        for (int part = 0; part < parts.Length; part++)
        {
            int end = part == parts.Length - 1 ? n : at + (int)Math.Round(shares[part] * n);
            parts[part] = items[at..Math.Min(end, n)];
            at = Math.Min(end, n);
        }
        return parts;
    }

    /// <summary>k parts of equal size (to within one) in which each class has its share (to within one).</summary>
    /// <param name="labels">Class of each item.</param>
    /// <param name="k">Number of folds.</param>
    /// <param name="seed">Which of the many ways.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is below 2 or above the number of items.</exception>
    public static int[][] StratifiedFolds(IReadOnlyList<int> labels, int k, int seed)
    {
        if (k < 2 || k > labels.Count) throw new ArgumentOutOfRangeException(nameof(k), k, $"{labels.Count} items make between 2 and {labels.Count} folds.");
        var folds = Enumerable.Range(0, k).Select(_ => new List<int>()).ToArray();
        int next = 0;                                                   // each class goes on where the one before it stopped
        foreach (var group in Shuffled(labels.Count, seed).GroupBy(i => labels[i]).OrderBy(g => g.Key))
            foreach (int item in group) folds[next++ % k].Add(item);
        return [.. folds.Select(fold => fold.Order().ToArray())];
    }

    /// <summary>As in Planetoid: a number of items of each class to train on, then validation and test from the rest.</summary>
    /// <exception cref="ArgumentException">Too few items are left after training.</exception>
    public static (int[] Train, int[] Validation, int[] Test) PerClass(IReadOnlyList<int> labels, int perClass, int validation, int test, int seed)
    {
        int[] items = Shuffled(labels.Count, seed);
        int[] train = [.. items.GroupBy(i => labels[i]).OrderBy(g => g.Key).SelectMany(g => g.Take(perClass))];
        int[] rest = [.. items.Except(train)];
        if (rest.Length < validation + test)
            throw new ArgumentException($"{rest.Length} items are left after training; {validation} and {test} were asked for.", nameof(test));
        return (train, rest[..validation], rest[validation..(validation + test)]);
    }

    private static int[] Shuffled(int n, int seed)
    {
        int[] items = [.. Enumerable.Range(0, n)];
        new Random(seed).Shuffle(items);
        return items;
    }
}
