using System.Globalization;

namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>Time or memory over size, both axes logarithmic, with the fitted power law and its slope in
    /// the legend.</summary>
    /// <param name="sizes">Sizes of the input, above 0.</param>
    /// <param name="costs">What each took, above 0.</param>
    /// <param name="Name">What was measured.</param>
    /// <param name="Color">Colour of points and line.</param>
    /// <exception cref="ArgumentException">Too few points, or one that has no logarithm.</exception>
    public static Figure Scaling(
        IEnumerable<double> sizes, IEnumerable<double> costs, string Name = "measured", string? Color = null)
    {
        var (x, y) = Pair(sizes, costs, "sizes", "costs");
        var law = PowerLaw.Fit(x, y);
        var colour = Color ?? Theme.Colour(0);
        double[] ends = [x.Min(), x.Max()];
        var slope = law.Slope.ToString("0.00", CultureInfo.InvariantCulture);
        return Combine(
            Point(x, y, Name: Name, MarkerColor: colour, MarkerSize: 10),
            Line(ends, ends.Select(law.At), Name: $"{Name}: slope {slope}", LineColor: colour,
                LineDash: StyleParam.DrawingStyle.Dash))
            .WithXAxisStyle(AxisType: StyleParam.AxisType.Log)
                .WithYAxisStyle(AxisType: StyleParam.AxisType.Log)
            .WithLayout(Fields.Of(
                ("showlegend", true), ("xaxis.exponentformat", "power"), ("yaxis.exponentformat", "power"),
                ("xaxis.dtick", Ticks(x)), ("yaxis.dtick", Ticks(y))));
    }

    /// <summary>The paper's numbers beside the measured ones, with bars of error where deviations are known;
    /// the bars lie where there are many or their names are long.</summary>
    /// <param name="names">What each pair is about.</param>
    /// <param name="paper">The paper's numbers; NaN where it gives none.</param>
    /// <param name="measured">The measured numbers; NaN where there is none yet.</param>
    /// <param name="PaperDeviation">The paper's standard deviations; NaN where it gives none.</param>
    /// <param name="MeasuredDeviation">The measured standard deviations.</param>
    /// <param name="Unit">Their unit, for the axis.</param>
    /// <exception cref="ArgumentException">Names and numbers differ in number.</exception>
    public static Figure PaperAgainstMeasured(
        IEnumerable<string> names, IEnumerable<double> paper, IEnumerable<double> measured,
        IEnumerable<double>? PaperDeviation = null, IEnumerable<double>? MeasuredDeviation = null,
        string? Unit = null)
    {
        string[] keys = [.. names];
        double[] theirs = [.. paper], ours = [.. measured];
        bool lying = keys.Length > 6 || keys.Any(key => key.Length > 24);
        var paired = Combine(
            Numbered(theirs, keys, "paper", PaperDeviation, Theme.Colour(6), lying),
            Numbered(ours, keys, "measured", MeasuredDeviation, Theme.Colour(0), lying))
            .WithBarMode(StyleParam.BarMode.Group).WithLegend(true);
        if (!lying) return paired.WithYAxisStyle(Unit);
        // The first name stands on top, as it would be read in a table.
        return paired.WithXAxisStyle(Unit).WithYAxisStyle(AxisType: StyleParam.AxisType.Category)
            .WithLayout("yaxis.autorange", "reversed").WithSize(Height: 150 + 40 * keys.Length);
    }

    /// <summary>
    /// How often what was predicted with a probability came true: on the diagonal, probabilities mean what
    /// they say. The
    /// legend gives the expected calibration error, the mean distance from the diagonal weighted by each
    /// bin's size.
    /// </summary>
    /// <param name="probabilities">Predicted probabilities, 0 to 1.</param>
    /// <param name="happened">What came true.</param>
    /// <param name="Bins">Number of equal bins of probability.</param>
    /// <param name="Name">Whose predictions they are.</param>
    /// <param name="Color">Colour of the line.</param>
    /// <exception cref="ArgumentException">The two differ in length, or a probability is not one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no bin.</exception>
    public static Figure Reliability(
        IEnumerable<double> probabilities, IEnumerable<bool> happened, int Bins = 10,
        string Name = "predicted",
        string? Color = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Bins, 1);
        var (p, truth) = Pair(probabilities, happened, "probabilities", "happened");
        if (p.Any(v => v is not (>= 0 and <= 1)))
            throw new ArgumentException("A probability lies between 0 and 1.");
        var bins = p.Zip(truth, (Predicted, True) => (Predicted, True))
            .GroupBy(pair => Math.Min(Bins - 1, (int)(pair.Predicted * Bins))).OrderBy(bin => bin.Key)
            .Select(bin => (X: bin.Average(b => b.Predicted), Y: bin.Average(b => b.True ? 1.0 : 0),
                Count: bin.Count()))
            .ToList();
        var error = bins.Sum(bin => Math.Abs(bin.X - bin.Y) * bin.Count) / p.Length;
        var name = string.Create(CultureInfo.InvariantCulture, $"{Name} (ECE {error:0.000})");
        var largest = bins.Max(bin => bin.Count);
        var colour = Color ?? Theme.Colour(0);
        var line = Line(
            bins.Select(bin => bin.X), bins.Select(bin => bin.Y), ShowMarkers: true, Name: name,
            LineColor: colour,
            MultiText: bins.Select(bin => string.Create(CultureInfo.InvariantCulture,
                $"{bin.Count} predictions")));
        var sizes = bins.Select(bin => Math.Round(5 + 13 * Math.Sqrt(bin.Count / (double)largest), 1))
            .ToArray();
        double[] ends = [0, 1];
        var diagonal = Line(ends, ends, ShowLegend: false, LineColor: "#8A8F98",
            LineDash: StyleParam.DrawingStyle.Dot)
            .WithTrace("hoverinfo", "skip");
        return Combine(diagonal, line.WithTrace("marker.size", sizes))
            .WithXAxisStyle("predicted probability", MinMax: (-0.02, 1.02))
                .WithYAxisStyle("share that came true", MinMax: (-0.02, 1.02))
            .WithLegend(true);
    }

    private static Figure Numbered(double[] values, string[] keys, string name,
        IEnumerable<double>? deviations, string colour, bool lying)
    {
        var texts = values.Select(v => double.IsFinite(v) ? v.ToString("0.##", CultureInfo.InvariantCulture)
            : "");
        var bars = (lying
            ? Bar(values, keys, Name: name, MultiText: texts, MarkerColor: colour)
            : Column(values, keys, Name: name, MultiText: texts, MarkerColor: colour))
            .WithTrace("textposition", "inside").WithTrace("insidetextanchor", "start")
                .WithTrace("textangle", 0)
            .WithTrace("textfont", Fields.Of(("color", Ink(colour))));
        return deviations is null ? bars
            : lying ? bars.WithTrace("error_x", ErrorBars(deviations)) : bars.WithYErrorStyle(deviations);
    }

    // Powers of ten; over less than two decades 2 and 5 between them too; Plotly's own ticks where no power
    // of ten is seen.
    private static object? Ticks(double[] values)
    {
        var (low, high) = (Math.Log10(values.Min()), Math.Log10(values.Max()));
        return high - low >= 2 ? (object)1 : Math.Floor(high) >= low ? "D2" : null;
    }
}
