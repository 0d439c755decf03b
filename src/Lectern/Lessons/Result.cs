namespace Lectern.Lessons;

/// <summary>A number of the paper and the one measured here.</summary>
/// <param name="Metric">What is measured, with its protocol: "test accuracy".</param>
/// <param name="Unit">Its unit, such as "%".</param>
/// <param name="Paper">The paper's number; null where it gives none.</param>
/// <param name="PaperDeviation">The paper's standard deviation; null where it gives none.</param>
/// <param name="Source">Where the paper gives it: "Table 3".</param>
/// <param name="Measured">The number measured here, the mean over the runs.</param>
/// <param name="Deviation">Standard deviation over the runs; null for a single one.</param>
/// <param name="Runs">How many runs.</param>
public sealed record Result(
    string Metric, string Unit, double? Paper, double? PaperDeviation, string? Source,
    double? Measured, double? Deviation, int Runs)
{
    /// <summary>A result from the values of several runs.</summary>
    /// <param name="metric">What is measured.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="values">One value a run; at least one.</param>
    /// <param name="paper">The paper's number; null where it gives none.</param>
    /// <param name="paperDeviation">The paper's standard deviation; null where it gives none.</param>
    /// <param name="source">Where the paper gives it.</param>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static Result Of(
        string metric, string unit, IEnumerable<double> values, double? paper = null,
        double? paperDeviation = null,
        string? source = null)
    {
        double[] all = [.. values];
        if (all.Length == 0)
            throw new ArgumentException("There is no run: give at least one value.", nameof(values));
        var mean = all.Average();
        double? deviation = all.Length > 1
            ? Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / (all.Length - 1)) : null;
        return new Result(metric, unit, paper, paperDeviation, source, mean, deviation, all.Length);
    }
}
