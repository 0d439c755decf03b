using System.Collections.Immutable;

namespace Lectern.Charts;

public sealed partial class Figure
{
    /// <summary>The figure with a title.</summary>
    /// <param name="title">What the figure shows, in a few words.</param>
    /// <param name="Subtitle">A smaller line below it, for the setting.</param>
    public Figure WithTitle(string title, string? Subtitle = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        // Room is kept by hand: with a margin that Plotly fits to the title, it draws bars beside their axis.
        var more = 22 * (title.Split("<br>").Length - 1) + (Subtitle is null ? 0 : 20);
        return WithLayout(Fields.Of(
            ("title.text", title), ("title.subtitle.text", Subtitle), ("margin.t", more > 0 ? 64 + more : null)));
    }

    /// <summary>The figure with a differently drawn x axis; what is not given stays as it is.</summary>
    /// <param name="TitleText">The axis' title, with its unit.</param>
    /// <param name="AxisType">How the axis counts.</param>
    /// <param name="MinMax">The range shown; on a logarithmic axis in the data's own units too.</param>
    /// <param name="ShowGrid">Whether grid lines are drawn.</param>
    /// <param name="Visible">Whether anything of the axis is drawn.</param>
    /// <param name="Id">Which x axis of a grid of charts, from 1.</param>
    public Figure WithXAxisStyle(
        string? TitleText = null, StyleParam.AxisType? AxisType = null,
        (double Min, double Max)? MinMax = null,
        bool? ShowGrid = null, bool? Visible = null, int Id = 1) =>
        WithAxis("xaxis", TitleText, AxisType, MinMax, ShowGrid, Visible, Id);

    /// <summary>The figure with a differently drawn y axis; what is not given stays as it is.</summary>
    /// <param name="TitleText">The axis' title, with its unit.</param>
    /// <param name="AxisType">How the axis counts.</param>
    /// <param name="MinMax">The range shown; on a logarithmic axis in the data's own units too.</param>
    /// <param name="ShowGrid">Whether grid lines are drawn.</param>
    /// <param name="Visible">Whether anything of the axis is drawn.</param>
    /// <param name="Id">Which y axis of a grid of charts, from 1.</param>
    public Figure WithYAxisStyle(
        string? TitleText = null, StyleParam.AxisType? AxisType = null,
        (double Min, double Max)? MinMax = null,
        bool? ShowGrid = null, bool? Visible = null, int Id = 1) =>
        WithAxis("yaxis", TitleText, AxisType, MinMax, ShowGrid, Visible, Id);

    /// <summary>The figure in a size of its own.</summary>
    /// <param name="Width">Pixels; null takes the page's width.</param>
    /// <param name="Height">Pixels; null takes Plotly's 450.</param>
    public Figure WithSize(int? Width = null, int? Height = null)
    {
        var layout = Layout;
        if (Width is { } width) layout = layout.With("width", width);
        if (Height is { } height) layout = layout.With("height", height);
        return With(layout: layout);
    }

    /// <summary>The figure with or without its legend.</summary>
    /// <param name="showlegend">Whether the legend is shown.</param>
    public Figure WithLegend(bool showlegend) => With(layout: Layout.With("showlegend", showlegend));

    /// <summary>The figure with its legend elsewhere.</summary>
    /// <param name="X">Left end: 0 is the plot's left side, 1 its right side.</param>
    /// <param name="Y">Upper end: 0 is the plot's lower side, 1 its upper side.</param>
    /// <param name="Title">A title over the legend.</param>
    /// <param name="Horizontal">Whether the entries stand side by side.</param>
    public Figure WithLegendStyle(double? X = null, double? Y = null, string? Title = null,
        bool? Horizontal = null)
    {
        var style = Fields.Of(
            ("legend.x", X), ("legend.y", Y), ("legend.title.text", Title),
            ("legend.orientation", Horizontal switch { true => "h", false => "v", null => null }));
        return With(layout: Layout.Merge(style));
    }

    /// <summary>The figure with bars of error on every trace, upwards and downwards.</summary>
    /// <param name="Array">Half the length of each value's bar, such as its standard deviation; NaN for
    /// none.</param>
    public Figure WithYErrorStyle(IEnumerable<double> Array)
    {
        ArgumentNullException.ThrowIfNull(Array);
        return WithTraces(Fields.Of(("error_y", Chart.ErrorBars(Array))));
    }

    /// <summary>The figure with its bars standing in another way.</summary>
    /// <param name="barMode">Side by side, stacked or in front of each other.</param>
    public Figure WithBarMode(StyleParam.BarMode barMode) =>
        With(layout: Layout.With("barmode", barMode.Json()));

    /// <summary>The figure with a text at a point of the plot.</summary>
    /// <param name="text">The text.</param>
    /// <param name="X">The point's x, in the data's units.</param>
    /// <param name="Y">The point's y, in the data's units.</param>
    /// <param name="ShowArrow">Whether an arrow leads from the text to the point.</param>
    public Figure WithAnnotation(string text, double X, double Y, bool ShowArrow = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return With(layout: AddTo("annotations", Fields.Of(
            ("text", text), ("x", X), ("y", Y), ("showarrow", ShowArrow), ("arrowcolor", "#8A8F98"))));
    }

    /// <summary>The figure with a line across it at a height, such as a baseline.</summary>
    /// <param name="y">The height, in the data's units.</param>
    /// <param name="Text">What the line stands for, written at its right end.</param>
    /// <param name="Color">The line's colour.</param>
    public Figure WithHorizontalLine(double y, string? Text = null, string Color = "#8A8F98") =>
        With(layout: AddTo("shapes", Line("x", y, Color, Text)));

    /// <summary>The figure with an upright line across it.</summary>
    /// <param name="x">Where, in the data's units.</param>
    /// <param name="Text">What the line stands for, written at its upper end.</param>
    /// <param name="Color">The line's colour.</param>
    public Figure WithVerticalLine(double x, string? Text = null, string Color = "#8A8F98") =>
        With(layout: AddTo("shapes", Line("y", x, Color, Text)));

    /// <summary>The figure in another theme.</summary>
    /// <param name="theme">The theme.</param>
    public Figure WithTheme(Theme theme)
    {
        ArgumentNullException.ThrowIfNull(theme);
        return With(theme: theme);
    }

    /// <summary>The figure with any attribute of Plotly's layout set, for what has no method of its
    /// own.</summary>
    /// <param name="path">The attribute with dots between its parts, such as <c>xaxis.dtick</c>.</param>
    /// <param name="value">A number, a text, a truth value, or an array of those.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public Figure WithLayout(string path, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(layout: Layout.With(path, value));
    }

    /// <summary>The figure with any attribute of Plotly's traces set on all of them.</summary>
    /// <param name="path">The attribute with dots between its parts, such as <c>marker.size</c>.</param>
    /// <param name="value">A number, a text, a truth value, or an array of those.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public Figure WithTrace(string path, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(traces: [.. Traces.Select(trace => trace.With(path, value))]);
    }

    internal Figure WithLayout(Fields layout) => With(layout: Layout.Merge(layout));

    private Figure WithTraces(Fields fields) =>
        With(traces: [.. Traces.Select(trace => trace.Merge(fields))]);

    private Figure WithAxis(
        string axis, string? title, StyleParam.AxisType? type, (double Min, double Max)? range, bool? grid,
        bool? visible, int id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        var name = id == 1 ? axis : FormattableString.Invariant($"{axis}{id}");
        var log = type is StyleParam.AxisType.Log || (type is null && Layout.Get(name + ".type") is "log");
        double[]? shown = range is not { } r
            ? null
            : log ? [Math.Log10(r.Min), Math.Log10(r.Max)] : [r.Min, r.Max];
        return WithLayout(Fields.Of(
            (name + ".title.text", title), (name + ".type", type?.Json()), (name + ".range", shown),
            (name + ".showgrid", grid), (name + ".visible", visible)));
    }

    private static Fields Line(string along, double at, string colour, string? text)
    {
        var across = along == "x" ? "y" : "x";
        return Fields.Of(
            ("type", "line"), (along + "ref", along + " domain"), (along + "0", 0), (along + "1", 1),
            (across + "0", at), (across + "1", at),
            ("line", Fields.Of(("color", colour), ("dash", "dash"), ("width", 1.5))),
            // Never askew: above a lying line's right end, beside an upright one's upper end. The shadow makes it
            // readable on bars too.
            ("label", text is null ? null
                : Fields.Of(("text", text), ("textposition", "end"), ("textangle", 0),
                    ("xanchor", along == "x" ? "right" : "left"),
                    ("yanchor", along == "x" ? "bottom" : "top"), ("font.shadow", "auto"))));
    }

    private Fields AddTo(string list, Fields item)
    {
        var items = Layout.Get(list) is ImmutableArray<Fields> some ? some : [];
        return Layout.With(list, items.Add(item));
    }
}
