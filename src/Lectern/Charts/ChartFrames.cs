using System.Collections.Immutable;

namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>A figure that moves: one frame a layer, an epoch or a step, with a slider and a play
    /// button.</summary>
    /// <param name="frames">Name of each frame, such as "3", and its chart; all with the same traces in the
    /// same order.</param>
    /// <param name="Prefix">What the names count, such as "layer ".</param>
    /// <param name="Milliseconds">How long each frame stays while it plays.</param>
    /// <remarks>
    /// Axes and colour scales are the same in every frame, wide enough for all. Titles, axes and notes are
    /// the first frame's,
    /// which is also what a still picture shows.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no frame, or the frames' traces differ in
    /// number.</exception>
    public static Figure Animate(IEnumerable<(string Name, Figure Chart)> frames, string Prefix = "",
        int Milliseconds = 500)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var all = frames.ToList();
        if (all.Count == 0)
            throw new ArgumentException("There is no frame: give at least one.", nameof(frames));
        var first = all[0].Chart;
        foreach (var (name, chart) in all)
        {
            if (chart.Traces.Length != first.Traces.Length)
            {
                throw new ArgumentException(
                    $"Frame '{name}' has {chart.Traces.Length} traces, frame '{all[0].Name}' {first.Traces.Length}: give all the same.",
                    nameof(frames));
            }
        }

        var span = new Span(all.Select(frame => frame.Chart).ToList());
        var steps = all.Select(frame => Fields.Of(
            ("label", frame.Name), ("method", "animate"),
            ("args", new object[] { new[] { frame.Name }, Jump }))).ToImmutableArray();
        var play = Fields.Of(
            ("label", "▶"), ("method", "animate"), ("args", new object?[] { null, Play(Milliseconds) }));
        var pause = Fields.Of(
            ("label", "❚❚"), ("method", "animate"), ("args", new object[] { new object?[] { null }, Jump }));
        var slider = Fields.Of(
            ("active", 0), ("steps", steps),
            ("currentvalue", Fields.Of(("prefix", Prefix), ("xanchor", "left"))),
            ("x", 0), ("len", 1), ("y", 0), ("yanchor", "top"),
            ("pad", Fields.Of(("l", 110), ("t", 48), ("b", 8))),        // beside the buttons, at any width
            ("transition.duration", 0));
        var buttons = Fields.Of(
            ("type", "buttons"), ("direction", "left"), ("showactive", false), ("x", 0), ("xanchor", "left"),
            ("y", 0),
            ("yanchor", "top"), ("pad", Fields.Of(("t", 62), ("r", 8))),
            ("buttons", ImmutableArray.Create(play, pause)));
        var layout = span.FixAxes(first.Layout)
            .With("sliders", ImmutableArray.Create(slider))
                .With("updatemenus", ImmutableArray.Create(buttons))
            .With("height", first.Layout.Get("height") ?? 540);
        return new Figure(
            [.. first.Traces.Select(span.Fix)], layout,
            [.. all.Select(frame => Fields.Of(
                ("name", frame.Name), ("data", frame.Chart.Traces.Select(span.Fix).ToImmutableArray())))],
            first.Theme);
    }

    private static Fields Jump => Fields.Of(
        ("mode", "immediate"), ("frame", Fields.Of(("duration", 0), ("redraw", true))),
        ("transition.duration", 0));

    private static Fields Play(int milliseconds) => Fields.Of(
        ("mode", "immediate"), ("fromcurrent", true),
        ("frame", Fields.Of(("duration", milliseconds), ("redraw", true))),
        ("transition.duration", 0));

    /// <summary>What values all frames together take, so that nothing jumps between them but the
    /// data.</summary>
    private sealed class Span
    {
        private readonly (double Min, double Max)? x, y, z, marker;
        private readonly bool bars;

        public Span(List<Figure> charts)
        {
            var traces = charts.SelectMany(chart => chart.Traces).ToList();
            bars = traces.Any(trace => trace.Get("type") is "bar");
            (x, y) = (Extent(traces, "x"), Extent(traces, "y"));
            (z, marker) = (Extent(traces, "z"), Extent(traces, "marker.color"));
        }

        public Fields Fix(Fields trace)
        {
            if (trace.Get("z") is not null && z is { } heat) trace = Limit(trace, "z", heat);
            return trace.Get("marker.color") is double[] && marker is { } marks
                ? Limit(trace, "marker.c", marks)
                : trace;
        }

        public Fields FixAxes(Fields layout) =>
            FixAxis(FixAxis(layout, "xaxis", bars ? null : x, false), "yaxis", y, bars);

        private Fields FixAxis(Fields layout, string axis, (double Min, double Max)? extent, bool fromZero)
        {
            if (extent is not { } wide || layout.Get(axis + ".range") is not null || z is not null)
                return layout;
            if (layout.Get(axis + ".type") is "category") return layout;
            var (min, max) = wide;
            if (layout.Get(axis + ".type") is "log")
                return min > 0
                    ? layout.With(axis + ".range", Wide(Math.Log10(min), Math.Log10(max)))
                    : layout;
            if (fromZero) (min, max) = (Math.Min(0, min), Math.Max(0, max));
            var range = Wide(min, max);
            return layout.With(axis + ".range", layout.Get(axis + ".autorange") is "reversed"
                ? [range[1], range[0]] : range);
        }


        // A scale with a middle reaches equally far to both sides of it.
        private static Fields Limit(Fields trace, string scale, (double Min, double Max) extent)
        {
            var (low, middle, high) = (scale + "min", scale + "mid", scale + "max");
            if (trace.Get(middle) is double mid)
            {
                var far = Math.Max(Math.Abs(extent.Min - mid), Math.Abs(extent.Max - mid));
                (trace, extent) = (trace.Without(middle), (mid - far, mid + far));
            }
            if (trace.Get(low) is null) trace = trace.With(low, extent.Min);
            return trace.Get(high) is null ? trace.With(high, extent.Max) : trace;
        }

        private static double[] Wide(double min, double max)
        {
            var margin = max > min ? 0.06 * (max - min) : 1;
            return [min - margin, max + margin];
        }

        private static (double Min, double Max)? Extent(List<Fields> traces, string path)
        {
            var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach (var trace in traces)
            {
                if (trace.Get(path) is not Array values || values.Length == 0) continue;
                foreach (var item in values)
                {
                    if (item is string or DateTime || item is not IConvertible number) return null;
                    var value = number.ToDouble(System.Globalization.CultureInfo.InvariantCulture);
                    if (double.IsFinite(value)) (min, max) = (Math.Min(min, value), Math.Max(max, value));
                }
            }
            return min <= max ? (min, max) : null;
        }
    }
}
