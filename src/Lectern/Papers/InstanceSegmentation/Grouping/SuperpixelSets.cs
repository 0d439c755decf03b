using System.Numerics;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Sets of superpixels, a bit each, 64 to a word: what regions are compared and joined by. All sets of one picture are as long.</summary>
internal static class SuperpixelSets
{
    /// <summary>An empty set.</summary>
    /// <param name="superpixels">Of the picture.</param>
    internal static ulong[] Empty(int superpixels) => new ulong[(superpixels + 63) / 64];

    /// <summary>Puts a superpixel in.</summary>
    internal static void Add(this ulong[] set, int superpixel) => set[superpixel / 64] |= 1UL << (superpixel % 64);

    /// <summary>Puts another set's superpixels in.</summary>
    internal static void AddAll(this ulong[] set, ulong[] others)
    {
        for (int word = 0; word < set.Length; word++) set[word] |= others[word];
    }

    /// <summary>Whether a superpixel is in.</summary>
    internal static bool Holds(this ulong[] set, int superpixel) => (set[superpixel / 64] >> (superpixel % 64) & 1) != 0;

    /// <summary>Whether two sets have a superpixel in common.</summary>
    internal static bool Meets(this ulong[] a, ulong[] b)
    {
        for (int word = 0; word < a.Length; word++)
            if ((a[word] & b[word]) != 0) return true;
        return false;
    }

    /// <summary>The sum of a number a superpixel over those of a set.</summary>
    internal static int Sum(ReadOnlySpan<ulong> set, int[] of)
    {
        int sum = 0;
        for (int word = 0; word < set.Length; word++)
            for (ulong left = set[word]; left != 0; left &= left - 1)
                sum += of[64 * word + BitOperations.TrailingZeroCount(left)];
        return sum;
    }
}
