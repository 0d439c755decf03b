using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Draws from a discrete distribution in constant time, however many outcomes it has.</summary>
/// <remarks>
/// Walker 1977 in the form of Vose 1991: the outcomes' weights are cut and laid into columns of equal height, no column holding
/// more than two outcomes. A draw picks a column, then one of its two. Building costs O(outcomes).
/// </remarks>
public sealed class AliasTable
{
    private readonly float[] share;                                     // of a column that is its own outcome
    private readonly int[] other;                                       // the outcome that fills the rest

    /// <param name="weights">A weight an outcome, not negative, not all zero; they need not add up to 1.</param>
    /// <exception cref="ArgumentException">There is no outcome, or a weight is negative or not a number, or all are zero.</exception>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        (share, other) = (new float[weights.Length], new int[weights.Length]);
        Fill(weights, share, other);
    }

    /// <summary>Number of outcomes.</summary>
    public int Outcomes => share.Length;

    /// <summary>The probability of each outcome that the table has, added up from its columns: [outcomes].</summary>
    public double[] Probabilities()
    {
        var probabilities = new double[Outcomes];
        for (int column = 0; column < Outcomes; column++)
        {
            probabilities[column] += (double)share[column] / Outcomes;
            probabilities[other[column]] += (1 - (double)share[column]) / Outcomes;
        }
        return probabilities;
    }

    /// <summary>Draws an outcome.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    public int Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int column = random.Next(Outcomes);
        return random.NextSingle() < share[column] ? column : other[column];
    }

    /// <summary>Draws an outcome.</summary>
    internal int Draw(ref SplitMix random) => Draw(share, other, ref random);

    /// <summary>Draws from a table that was written by <see cref="Fill"/>: one random number gives the column and the side.</summary>
    internal static int Draw(ReadOnlySpan<float> share, ReadOnlySpan<int> other, ref SplitMix random)
    {
        ulong bits = random.Next();
        int column = (int)((bits >> 32) * (uint)share.Length >> 32);
        return (uint)bits * (1.0 / 4294967296.0) < share[column] ? column : other[column];
    }

    /// <summary>Writes a table into arrays of the caller's, so that the tables of all nodes can lie in two arrays.</summary>
    /// <param name="weights">A weight an outcome.</param>
    /// <param name="share">Receives each column's own share: [outcomes].</param>
    /// <param name="other">Receives who fills the rest: [outcomes].</param>
    internal static void Fill(ReadOnlySpan<double> weights, Span<float> share, Span<int> other)
    {
        if (weights.Length == 0) throw new ArgumentException("A distribution has at least one outcome; give a weight for each.", nameof(weights));
        double total = 0;
        foreach (double weight in weights)
        {
            if (!(weight >= 0) || double.IsInfinity(weight))
                throw new ArgumentException($"A weight is a finite number that is not negative; one of them is {weight}.", nameof(weights));
            total += weight;
        }
        if (!(total > 0)) throw new ArgumentException("All weights are zero: at least one outcome must be possible.", nameof(weights));

        var height = new double[weights.Length];                        // what is left of each, the mean being 1
        var (low, high) = (new Stack<int>(), new Stack<int>());
        for (int i = 0; i < height.Length; i++)
        {
            height[i] = weights[i] / total * height.Length;
            (height[i] < 1 ? low : high).Push(i);
        }
        while (low.Count > 0 && high.Count > 0)
        {
            int small = low.Pop(), large = high.Peek();
            (share[small], other[small]) = ((float)height[small], large);
            height[large] -= 1 - height[small];
            if (height[large] < 1) low.Push(high.Pop());
        }
        foreach (int full in high) (share[full], other[full]) = (1, full);
        foreach (int full in low) (share[full], other[full]) = (1, full);       // rounding kept them a hair below 1
    }
}
