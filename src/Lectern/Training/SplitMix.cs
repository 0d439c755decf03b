namespace Lectern.Training;

/// <summary>Random numbers from a seed and a place in a sequence: walk 7 is the same on whichever thread it is made.</summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood 2014): a counter that is mixed. 2 ns a number, 8 bytes of state.</remarks>
internal struct SplitMix
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong state;

    /// <param name="seed">The seed of all sequences.</param>
    /// <param name="sequence">Which of them.</param>
    internal SplitMix(int seed, long sequence) => state = Mix(Mix((uint)seed + Step) ^ (ulong)sequence);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>64 random bits.</summary>
    internal ulong Next() => Mix(state += Step);

    /// <summary>A whole number from 0 to <paramref name="count"/> - 1; off from uniform by count / 2^32 at most.</summary>
    internal int Next(int count) => (int)((Next() >> 32) * (uint)count >> 32);

    /// <summary>A number from 0 (included) to 1 (excluded).</summary>
    internal float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>A number from 0 (included) to 1 (excluded), of 53 bits.</summary>
    internal double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));
}
