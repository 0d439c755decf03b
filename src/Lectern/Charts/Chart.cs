namespace Lectern.Charts;

/// <summary>Makes figures. Names and argument order are Plotly.NET's; what only lessons need stands in the
/// other parts.</summary>
/// <remarks>
/// <code>
/// Chart.Combine(
///     Chart.Line(epochs, loss, Name: "train"),
///     Chart.Line(epochs, validation, Name: "validation"))
///     .WithTitle("Cross-entropy").WithXAxisStyle("epoch").WithYAxisStyle("loss (nats)")
/// </code>
/// Values may be of any number type, texts or dates; NaN and infinities are left out of the drawing.
/// </remarks>
public static partial class Chart
{
    /// <summary>Points, lines or both.</summary>
    /// <typeparam name="TX">Type of the x values.</typeparam>
    /// <typeparam name="TY">Type of the y values.</typeparam>
    /// <param name="x">Where the points are, across.</param>
    /// <param name="y">Where the points are, upwards; as many as x.</param>
    /// <param name="mode">What is drawn.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="ShowLegend">Whether the legend lists it.</param>
    /// <param name="Opacity">From 0 to 1.</param>
    /// <param name="MultiText">A text for each point: drawn in the text modes, shown under the pointer in
    /// all.</param>
    /// <param name="MarkerColor">Colour of the marks.</param>
    /// <param name="MultiMarkerColor">A number for each mark, drawn as a colour of
    /// <paramref name="MarkerColorScale"/>.</param>
    /// <param name="MarkerColorScale">One of <see cref="Colorscale"/>.</param>
    /// <param name="ColorTitle">Title beside the colour scale.</param>
    /// <param name="MarkerSymbol">Shape of the marks.</param>
    /// <param name="MarkerSize">Diameter of the marks in pixels.</param>
    /// <param name="LineColor">Colour of the line.</param>
    /// <param name="LineWidth">Width of the line in pixels.</param>
    /// <param name="LineDash">How the line is drawn.</param>
    /// <exception cref="ArgumentException">x and y differ in length.</exception>
    public static Figure Scatter<TX, TY>(
        IEnumerable<TX> x, IEnumerable<TY> y, StyleParam.Mode mode, string? Name = null,
        bool? ShowLegend = null,
        double? Opacity = null, IEnumerable<string>? MultiText = null,
        string? MarkerColor = null, IEnumerable<double>? MultiMarkerColor = null,
        string? MarkerColorScale = null,
        string? ColorTitle = null, StyleParam.MarkerSymbol? MarkerSymbol = null, double? MarkerSize = null,
        string? LineColor = null, double? LineWidth = null, StyleParam.DrawingStyle? LineDash = null)
    {
        var (xs, ys) = Pair(x, y);
        var texts = MultiText?.ToArray();
        var drawsText = mode.ToString().Contains("Text", StringComparison.Ordinal);
        var trace = Fields.Of(
            ("type", "scatter"), ("mode", mode.Json()), ("x", xs), ("y", ys), ("name", Name),
            ("showlegend", ShowLegend),
            ("opacity", Opacity), ("text", texts),
            ("textposition", drawsText ? "top center" : null),
            ("marker.color", (object?)MultiMarkerColor?.ToArray() ?? MarkerColor),
            ("marker.symbol", MarkerSymbol?.Json()), ("marker.size", MarkerSize),
            ("line.color", LineColor), ("line.width", LineWidth), ("line.dash", LineDash?.Json()));
        if (MultiMarkerColor is not null)
        {
            trace = trace.Merge(Fields.Of(
                ("marker.colorscale", Colorscale.Named(MarkerColorScale ?? Colorscale.Viridis)),
                ("marker.showscale", true),
                ("marker.colorbar", ColorBar(ColorTitle))));
        }
        return One(trace);
    }

    /// <summary>Points.</summary>
    /// <inheritdoc cref="Scatter{TX, TY}"/>
    public static Figure Point<TX, TY>(
        IEnumerable<TX> x, IEnumerable<TY> y, string? Name = null, bool? ShowLegend = null,
        double? Opacity = null,
        IEnumerable<string>? MultiText = null, string? MarkerColor = null,
        IEnumerable<double>? MultiMarkerColor = null,
        string? MarkerColorScale = null, string? ColorTitle = null,
        StyleParam.MarkerSymbol? MarkerSymbol = null,
        double? MarkerSize = null) =>
        Scatter(
            x, y, StyleParam.Mode.Markers, Name, ShowLegend, Opacity, MultiText, MarkerColor,
            MultiMarkerColor,
            MarkerColorScale, ColorTitle, MarkerSymbol, MarkerSize);

    /// <summary>A line through points, in their order.</summary>
    /// <param name="ShowMarkers">Whether the points are marked.</param>
    /// <inheritdoc cref="Scatter{TX, TY}"/>
#pragma warning disable CS1573 // the other parameters' documentation is inherited
    public static Figure Line<TX, TY>(
        IEnumerable<TX> x, IEnumerable<TY> y, bool? ShowMarkers = null, string? Name = null,
        bool? ShowLegend = null,
        double? Opacity = null, IEnumerable<string>? MultiText = null, string? MarkerColor = null,
        StyleParam.MarkerSymbol? MarkerSymbol = null, string? LineColor = null, double? LineWidth = null,
        StyleParam.DrawingStyle? LineDash = null) =>
        Scatter(
            x, y, ShowMarkers == true ? StyleParam.Mode.Lines_Markers : StyleParam.Mode.Lines, Name,
            ShowLegend, Opacity,
            MultiText, ShowMarkers == true ? MarkerColor ?? LineColor : null, MarkerSymbol: MarkerSymbol,
            LineColor: LineColor, LineWidth: LineWidth,
            LineDash: LineDash);
#pragma warning restore CS1573

    /// <summary>Lying bars.</summary>
    /// <typeparam name="TValue">Type of the values.</typeparam>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="values">Length of each bar.</param>
    /// <param name="Keys">What each bar is for, from below to above.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="ShowLegend">Whether the legend lists it.</param>
    /// <param name="Opacity">From 0 to 1.</param>
    /// <param name="MultiText">A text for each bar.</param>
    /// <param name="MarkerColor">Colour of the bars.</param>
    /// <exception cref="ArgumentException">Values and keys differ in number.</exception>
    public static Figure Bar<TValue, TKey>(
        IEnumerable<TValue> values, IEnumerable<TKey> Keys, string? Name = null, bool? ShowLegend = null,
        double? Opacity = null, IEnumerable<string>? MultiText = null, string? MarkerColor = null)
    {
        var (keys, lengths) = Pair(Keys, values, "Keys", "values");
        return One(Bars("h", lengths, keys, Name, ShowLegend, Opacity, MultiText, MarkerColor));
    }

    /// <summary>Standing bars.</summary>
    /// <typeparam name="TValue">Type of the values.</typeparam>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="values">Height of each bar.</param>
    /// <param name="Keys">What each bar is for, from left to right.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="ShowLegend">Whether the legend lists it.</param>
    /// <param name="Opacity">From 0 to 1.</param>
    /// <param name="MultiText">A text for each bar.</param>
    /// <param name="MarkerColor">Colour of the bars.</param>
    /// <exception cref="ArgumentException">Values and keys differ in number.</exception>
    public static Figure Column<TValue, TKey>(
        IEnumerable<TValue> values, IEnumerable<TKey> Keys, string? Name = null, bool? ShowLegend = null,
        double? Opacity = null, IEnumerable<string>? MultiText = null, string? MarkerColor = null)
    {
        var (keys, heights) = Pair(Keys, values, "Keys", "values");
        return One(Bars(null, keys, heights, Name, ShowLegend, Opacity, MultiText, MarkerColor));
    }

    /// <summary>How often values fall into equal bins.</summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="X">The values.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="ShowLegend">Whether the legend lists it.</param>
    /// <param name="Opacity">From 0 to 1; 0.6 where several histograms share a plot.</param>
    /// <param name="HistNorm">What the bars' heights mean.</param>
    /// <param name="NBinsX">At most how many bins; Plotly's choice where none is given.</param>
    /// <param name="MarkerColor">Colour of the bars.</param>
    public static Figure Histogram<T>(
        IEnumerable<T> X, string? Name = null, bool? ShowLegend = null, double? Opacity = null,
        StyleParam.HistNorm HistNorm = StyleParam.HistNorm.Count, int? NBinsX = null,
        string? MarkerColor = null)
    {
        ArgumentNullException.ThrowIfNull(X);
        return new Figure(
            [Fields.Of(
                ("type", "histogram"), ("x", X.ToArray()), ("name", Name), ("showlegend", ShowLegend),
                    ("opacity", Opacity),
                ("histnorm", HistNorm.Json()), ("nbinsx", NBinsX), ("bingroup", "x"),
                ("marker.color", MarkerColor))],
            Fields.Of(("barmode", "overlay"), ("bargap", 0.02), ("showlegend", Name is null ? null : true)));
    }

    /// <summary>A box from the first to the third quartile with a line at the median, whiskers, and the
    /// values beside it.</summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="Y">The values.</param>
    /// <param name="Name">What the box is for; stands below it.</param>
    /// <param name="ShowLegend">Whether the legend lists it; the axis names it already.</param>
    /// <param name="MarkerColor">Colour of the box.</param>
    /// <param name="ShowPoints">Whether every value is drawn beside the box.</param>
    public static Figure BoxPlot<T>(
        IEnumerable<T> Y, string? Name = null, bool ShowLegend = false, string? MarkerColor = null,
        bool ShowPoints = true)
    {
        ArgumentNullException.ThrowIfNull(Y);
        return One(Fields.Of(
            ("type", "box"), ("y", Y.ToArray()), ("name", Name), ("showlegend", ShowLegend),
            ("boxmean", true),
            ("boxpoints", ShowPoints ? "all" : "outliers"), ("jitter", ShowPoints ? 0.4 : null),
            ("pointpos", ShowPoints ? -1.6 : null), ("marker.color", MarkerColor), ("marker.size", 5)));
    }

    private static Fields Bars(
        string? orientation, Array x, Array y, string? name, bool? legend, double? opacity,
        IEnumerable<string>? texts,
        string? colour) =>
        Fields.Of(
            ("type", "bar"), ("orientation", orientation), ("x", x), ("y", y), ("name", name),
            ("showlegend", legend),
            ("opacity", opacity), ("text", texts?.ToArray()), ("marker.color", colour));

    private static Fields ColorBar(string? title) => Fields.Of(
        ("title", title is null ? null : Fields.Of(("text", title), ("side", "top"))), ("thickness", 14),
        ("outlinewidth", 0));

    internal static Fields ErrorBars(IEnumerable<double> deviations) => Fields.Of(
        ("type", "data"), ("array", deviations.ToArray()), ("visible", true), ("color", "#8A8F98"),
        ("thickness", 1.5),
        ("width", 5));

    private static Figure One(Fields trace) => new([trace]);

    private static (TX[] X, TY[] Y) Pair<TX, TY>(
        IEnumerable<TX> x, IEnumerable<TY> y, string xName = "x", string yName = "y")
    {
        ArgumentNullException.ThrowIfNull(x, xName);
        ArgumentNullException.ThrowIfNull(y, yName);
        TX[] xs = [.. x];
        TY[] ys = [.. y];
        if (xs.Length != ys.Length)
            throw new ArgumentException(
                $"{xName} has {xs.Length} values and {yName} {ys.Length}: give both the same number.");
        return (xs, ys);
    }
}
