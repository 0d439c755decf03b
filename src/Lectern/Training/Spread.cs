namespace Lectern.Training;

/// <summary>Several measurements of one thing: their mean and how far they scatter.</summary>
/// <param name="Values">The measurements, in the order of their seeds.</param>
public sealed record Spread(IReadOnlyList<double> Values)
{
    /// <summary>The arithmetic mean.</summary>
    public double Mean => Values.Average();

    /// <summary>The standard deviation of a sample (divisor n - 1); 0 for a single value.</summary>
    public double Deviation => Values.Count < 2 ? 0 : Math.Sqrt(Values.Sum(value => (value - Mean) * (value - Mean)) / (Values.Count - 1));

    /// <summary>Runs an experiment once a seed; torch's random numbers are seeded before each.</summary>
    public static Spread OverSeeds(IEnumerable<int> seeds, Func<int, double> experiment)
    {
        var all = seeds.ToArray();
        using var progress = Progress.Start("seeds", all.Length);
        var values = new List<double>();
        foreach (int seed in all)
        {
            manual_seed(seed);
            values.Add(experiment(seed));
            progress.Step();
        }
        return new Spread(values);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Mean:0.0} ± {Deviation:0.0}");
}
