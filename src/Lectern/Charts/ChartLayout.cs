using System.Collections.Immutable;

namespace Lectern.Charts;

public static partial class Chart
{
    private static readonly string[] Lists = ["annotations", "shapes", "images"];

    /// <summary>Several charts in one plot.</summary>
    /// <param name="gCharts">The charts; what a later one says of axes and titles comes before what an
    /// earlier one says.</param>
    /// <exception cref="ArgumentException">There is no chart.</exception>
    public static Figure Combine(params IEnumerable<Figure> gCharts)
    {
        ArgumentNullException.ThrowIfNull(gCharts);
        var all = gCharts.ToList();
        if (all.Count == 0)
            throw new ArgumentException("There is no chart to combine: give at least one.", nameof(gCharts));
        var layout = Fields.Empty;
        foreach (var chart in all) layout = Join(layout, chart.Layout);
        return new Figure([.. all.SelectMany(chart => chart.Traces)], layout, theme: all[0].Theme);
    }

    /// <summary>Charts side by side and one under the other, each with axes of its own and its title above
    /// it.</summary>
    /// <param name="gCharts">The charts, row by row.</param>
    /// <param name="nRows">Number of rows.</param>
    /// <param name="nCols">Number of columns.</param>
    /// <param name="RowHeight">Height of a row's plot in pixels.</param>
    /// <remarks>A name that several charts use is one entry of the legend, and switches all of them. What
    /// neighbours in a row would both say is said once: the title of y by the left one, a colour scale with
    /// the same ends and title by the right one.</remarks>
    /// <exception cref="ArgumentException">There are more charts than places.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no row or no column.</exception>
    public static Figure Grid(IEnumerable<Figure> gCharts, int nRows, int nCols, int RowHeight = 260)
    {
        ArgumentNullException.ThrowIfNull(gCharts);
        ArgumentOutOfRangeException.ThrowIfLessThan(nRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(nCols, 1);
        var charts = gCharts.ToList();
        if (charts.Count == 0 || charts.Count > nRows * nCols)
            throw new ArgumentException(
                $"{charts.Count} charts for {nRows} rows of {nCols}: give 1 to {nRows * nCols}.");

        for (var i = 1; i < charts.Count; i++)
            if (i % nCols > 0) (charts[i - 1], charts[i]) = SaidOnce(charts[i - 1], charts[i]);
        // Titles and ticks stand in the gaps, so those are wide: 50 to 90 pixels across, 90 down.
        var titled = charts.Where((chart, i) => i % nCols > 0)
            .Any(chart => chart.Layout.Get("yaxis.title.text") is not null);
        var across = (nCols > 2 ? 0.1 : 0.14) + (titled ? 0.05 : 0);
        var (inner, gap) = (RowHeight * nRows + 90 * (nRows - 1), 90);
        var size = (Width: (1 - across * (nCols - 1)) / nCols, Height: RowHeight / (double)inner);
        var traces = ImmutableArray.CreateBuilder<Fields>();
        var layout = Fields.Of(("height", inner + 130));
        var names = new HashSet<string>();
        for (var i = 0; i < charts.Count; i++)
        {
            var left = i % nCols * (size.Width + across);
            var top = 1 - i / nCols * (size.Height + gap / (double)inner);
            var last = i % nCols == nCols - 1 || i == charts.Count - 1;
            var (before, after) = Inset(charts[i], size.Width, last);
            var cell = new Cell(i + 1, left + before, left + size.Width - after, top - size.Height, top);
            traces.AddRange(charts[i].Traces.Select((trace, k) => cell.Place(trace, k, names)));
            layout = Join(layout, cell.Place(charts[i].Layout));
        }
        return new Figure(traces.ToImmutable(), layout, theme: charts[0].Theme);
    }

    private static (Figure Left, Figure Right) SaidOnce(Figure left, Figure right)
    {
        const string title = "yaxis.title.text";
        if (right.Layout.Get(title) is { } said && said.Equals(left.Layout.Get(title)))
            right = right.With(layout: right.Layout.Without("yaxis.title"));
        return Scale(left) is { } scale && scale.Equals(Scale(right))
            ? (left.WithTrace("showscale", false), right) : (left, right);
    }

    // What a heat map's colours mean, where both ends are given: without them each has its own.
    private static (object?, object?, object?, object?)? Scale(Figure chart) =>
        chart.Traces is [var trace] && trace.Get("zmin") is { } low && trace.Get("zmax") is { } high
            ? (low, high, trace.Get("colorscale"), trace.Get("colorbar.title.text")) : null;

    // Room inside a place for what stands beside the plot: long names of rows on its left, a colour scale
    // with its numbers and title on its right, where the next chart's title of y would stand otherwise.
    private static (double Before, double After) Inset(Figure chart, double width, bool last)
    {
        var longest = chart.Traces
            .SelectMany(trace => trace.Get("y") as string[] ?? []).Select(name => name.Length)
                .DefaultIfEmpty(0).Max();
        var scale = chart.Traces.Any(t => t.Get("showscale") is not false
            && (t.Get("colorbar") is not null || t.Get("marker.colorbar") is not null));
        return (Math.Clamp((longest - 4) * 0.008, 0, width / 2), !scale ? 0 : last ? 0.05 : 0.1);
    }

    private static Fields Join(Fields layout, Fields other)
    {
        var joined = layout.Merge(other);
        foreach (var list in Lists)
        {
            if (layout.Get(list) is ImmutableArray<Fields> mine
                && other.Get(list) is ImmutableArray<Fields> theirs)
                joined = joined.With(list, mine.AddRange(theirs));
        }
        return joined;
    }

    /// <summary>One place of a grid, in fractions of the whole plot.</summary>
    private readonly record struct Cell(int Id, double Left, double Right, double Bottom, double Top)
    {
        private string Suffix => Id == 1 ? "" : FormattableString.Invariant($"{Id}");

        public Fields Place(Fields trace, int index, HashSet<string> names)
        {
            var colour = Theme.Colour(index);
            var placed = Fields.Of(("xaxis", "x" + Suffix), ("yaxis", "y" + Suffix));
            var type = trace.Get("type") as string;
            if (type is "scatter" && trace.Get("line.color") is null)
                placed = placed.With("line.color", colour);
            if (type is "scatter" or "bar" or "histogram" or "box" && trace.Get("marker.color") is null)
                placed = placed.With("marker.color", colour);
            if (type is "histogram") placed = placed.With("bingroup", "x" + Suffix);
            if (trace.Get("name") is string { Length: > 0 } name && trace.Get("showlegend") is not false)
            {
                placed = placed.With("legendgroup", name);
                if (!names.Add(name)) placed = placed.With("showlegend", false);
            }
            foreach (var bar in new[] { "colorbar", "marker.colorbar" })
            {
                if (trace.Get(bar) is null) continue;
                placed = placed.With(bar, Fields.Of(
                    ("x", Round(Right + 0.005)), ("xanchor", "left"), ("y", Round((Bottom + Top) / 2)),
                    ("len", Round(Top - Bottom)),
                    ("thickness", 10)));
            }
            return trace.Merge(placed);
        }

        public Fields Place(Fields layout)
        {
            var id = Suffix;
            var placed = Fields.Empty;
            foreach (var (key, value) in layout.Items)
            {
                placed = key switch
                {
                    "title" or "height" or "width" or "margin" => placed,
                    "xaxis" or "yaxis" => placed.With(key + id, Axis((Fields)value!, id)),
                    "annotations" or "shapes" or "images" =>
                        placed.With(key,
                            ((ImmutableArray<Fields>)value!).Select(item => Refer(item, id))
                            .ToImmutableArray()),
                    _ => placed.With(key, value),
                };
            }
            placed = placed.Merge(Fields.Of(
                ("xaxis" + id,
                    Fields.Of(("domain", new[] { Round(Left), Round(Right) }), ("anchor", "y" + id))),
                ("yaxis" + id,
                    Fields.Of(("domain", new[] { Round(Bottom), Round(Top) }), ("anchor", "x" + id)))));
            if (layout.Get("title.text") is not string { Length: > 0 } title) return placed;
            var heading = Fields.Of(
                ("text", title), ("showarrow", false), ("xref", "paper"), ("yref", "paper"),
                ("x", Round((Left + Right) / 2)),
                ("y", Round(Top)), ("xanchor", "center"), ("yanchor", "bottom"), ("font.size", 15),
                ("yshift", 4));
            return Join(placed, Fields.Of(("annotations", ImmutableArray.Create(heading))));
        }

        private static Fields Axis(Fields axis, string id) =>
            axis.Get("scaleanchor") is string anchor ? axis.With("scaleanchor", anchor + id) : axis;

        private static Fields Refer(Fields item, string id)
        {
            foreach (var axis in new[] { "x", "y" })
            {
                var reference = item.Get(axis + "ref") as string ?? axis;
                if (reference.StartsWith(axis, StringComparison.Ordinal))
                    item = item.With(axis + "ref", axis + id + reference[1..]);
            }
            return item;
        }

        private static double Round(double value) => Math.Round(value, 4);
    }
}
