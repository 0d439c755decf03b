namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>The mean of several runs as a line, and one standard deviation to both sides as a
    /// band.</summary>
    /// <param name="runs">Each run's values, such as one loss an epoch; a run that stopped early counts as
    /// far as it goes.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="X">Where the values stand; 1, 2, 3 … where none are given.</param>
    /// <param name="Color">Colour of line and band as #RRGGBB.</param>
    /// <param name="LineDash">How the line is drawn.</param>
    /// <exception cref="ArgumentException">There is no run, or X is shorter than the longest run.</exception>
    public static Figure LearningCurve(
        IEnumerable<IEnumerable<double>> runs, string? Name = null, IEnumerable<double>? X = null,
        string? Color = null,
        StyleParam.DrawingStyle? LineDash = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var all = runs.Select(run => run.ToArray()).ToList();
        if (all.Count == 0)
            throw new ArgumentException("There is no run to draw: give at least one.", nameof(runs));
        var length = all.Max(run => run.Length);
        var x = X?.ToArray() ?? [.. Enumerable.Range(1, length).Select(i => (double)i)];
        if (x.Length < length)
            throw new ArgumentException($"X has {x.Length} values, the longest run {length}.", nameof(X));

        var (mean, deviation) = (new double[length], new double[length]);
        for (var i = 0; i < length; i++)
        {
            (mean[i], deviation[i]) = MeanAndDeviation([.. all.Where(run => i < run.Length)
                .Select(run => run[i])]);
        }
        Array.Resize(ref x, length);
        var colour = Color ?? Theme.Colour(0);
        var line = Fields.Of(
            ("type", "scatter"), ("mode", "lines"), ("x", x), ("y", mean), ("name", Name),
            ("legendgroup", Name),
            ("line.color", colour), ("line.width", 2), ("line.dash", LineDash?.Json()));
        return all.Count == 1 ? One(line) : new Figure([Band(x, mean, deviation, colour, Name), line]);
    }

    /// <summary>Learning curves of several methods, each with its band over seeds, in the palette's
    /// colours.</summary>
    /// <param name="curves">Name of each method and its runs.</param>
    /// <param name="X">Where the values stand; 1, 2, 3 … where none are given.</param>
    public static Figure LearningCurves(
        IEnumerable<(string Name, IEnumerable<IEnumerable<double>> Runs)> curves,
        IEnumerable<double>? X = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        var x = X?.ToArray();
        return Combine(curves.Select((curve, i) => LearningCurve(curve.Runs, curve.Name, x,
            Theme.Colour(i))));
    }

    /// <summary>A line with a band around it.</summary>
    /// <param name="x">Where the values stand.</param>
    /// <param name="mean">The line's heights.</param>
    /// <param name="deviation">Half the band's height at each place.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">Colour of line and band as #RRGGBB.</param>
    /// <exception cref="ArgumentException">The three differ in length.</exception>
    public static Figure Range(
        IEnumerable<double> x, IEnumerable<double> mean, IEnumerable<double> deviation, string? Name = null,
        string? Color = null)
    {
        var (xs, ys) = Pair(x, mean, "x", "mean");
        var (_, sd) = Pair(xs, deviation, "x", "deviation");
        var colour = Color ?? Theme.Colour(0);
        return new Figure([Band(xs, ys, sd, colour, Name), Fields.Of(
            ("type", "scatter"), ("mode", "lines"), ("x", xs), ("y", ys), ("name", Name),
            ("legendgroup", Name),
            ("line.color", colour), ("line.width", 2))]);
    }

    private static (double Mean, double Deviation) MeanAndDeviation(double[] values)
    {
        var mean = values.Average();
        if (values.Length < 2) return (mean, 0);
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)));
    }

    // One closed outline: along the upper edge and back along the lower one.
    private static Fields Band(double[] x, double[] mean, double[] deviation, string colour, string? name)
    {
        var at = Enumerable.Range(0, x.Length).Where(i => double.IsFinite(mean[i] + deviation[i])).ToArray();
        var back = at.Reverse();
        return Fields.Of(
            ("type", "scatter"), ("mode", "lines"),
            ("x", at.Concat(back).Select(i => x[i]).ToArray()),
            ("y", at.Select(i => mean[i] + deviation[i]).Concat(back.Select(i => mean[i] - deviation[i]))
                .ToArray()),
            ("fill", "toself"), ("fillcolor", Theme.Fade(colour, 0.2)), ("line.width", 0),
            ("hoverinfo", "skip"),
            ("legendgroup", name), ("showlegend", false));
    }
}
