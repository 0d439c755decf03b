using System.Collections.Immutable;
using System.Globalization;

namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>A drawn graph.</summary>
    /// <param name="positions">A place for each node, from <see cref="GraphLayout"/> or of your own.</param>
    /// <param name="edges">Edges as pairs of nodes, from source to target.</param>
    /// <param name="Values">A number for each node, drawn as its colour.</param>
    /// <param name="Classes">A class for each node, drawn as its colour; instead of values.</param>
    /// <param name="ClassNames">Names of the classes in the legend.</param>
    /// <param name="Labels">A text in each node; its number under the pointer in any case.</param>
    /// <param name="Directed">Whether arrows show the edges' direction; otherwise (a, b) and (b, a) are one
    /// line.</param>
    /// <param name="NodeSize">Diameter of the nodes in pixels; by default smaller in larger graphs.</param>
    /// <param name="ColorScale">One of <see cref="Colorscale"/>, for values.</param>
    /// <param name="ColorTitle">Title beside the colour scale, with the unit.</param>
    /// <param name="ZMin">The value of the scale's first colour.</param>
    /// <param name="ZMax">The value of the scale's last colour.</param>
    /// <exception cref="ArgumentException">Lengths do not fit the nodes, or an edge names a node that does
    /// not exist.</exception>
    public static Figure Graph(
        IReadOnlyList<(double X, double Y)> positions, IEnumerable<(int Source, int Target)> edges,
        IEnumerable<double>? Values = null, IEnumerable<int>? Classes = null,
        IReadOnlyList<string>? ClassNames = null,
        IEnumerable<string>? Labels = null, bool Directed = false, double? NodeSize = null,
        string ColorScale = Colorscale.Viridis, string? ColorTitle = null, double? ZMin = null,
        double? ZMax = null)
    {
        ArgumentNullException.ThrowIfNull(positions);
        var nodes = positions.Count;
        var pairs = GraphLayout.Require(nodes, edges);
        var labels = Labels?.ToArray();
        var size = NodeSize ?? (labels is not null ? 26 : Math.Clamp(160 / Math.Sqrt(nodes + 1), 5, 22));
        var look = new NodeLook(positions, labels, size);
        var traces = ImmutableArray.CreateBuilder<Fields>();
        traces.Add(Edges(positions, pairs, Directed, size));

        if (Classes is not null)
        {
            var classes = Fit(Classes, nodes, nameof(Classes));
            foreach (var group in classes.Select((c, i) => (Class: c, Node: i)).GroupBy(p => p.Class)
                .OrderBy(g => g.Key))
            {
                var name = ClassNames is not null && (uint)group.Key < (uint)ClassNames.Count
                    ? ClassNames[group.Key]
                    : string.Create(CultureInfo.InvariantCulture, $"class {group.Key}");
                traces.Add(look.Nodes([.. group.Select(p => p.Node)], name, null)
                    .With("marker.color", Theme.Colour(group.Key)));
            }
        }
        else if (Values is not null)
        {
            var values = Fit(Values, nodes, nameof(Values));
            traces.Add(look.Nodes([.. Enumerable.Range(0, nodes)], null, values).Merge(Fields.Of(
                ("textfont.color", labels is null ? null : Inks(values, ColorScale, ZMin, ZMax)),
                ("showlegend", false), ("marker.color", values),
                ("marker.colorscale", Colorscale.Named(ColorScale)),
                ("marker.cmin", ZMin), ("marker.cmax", ZMax),
                ("marker.cmid", ColorScale == Colorscale.Diverging && ZMin is null ? 0.0 : null),
                ("marker.showscale", true), ("marker.colorbar", ColorBar(ColorTitle)))));
        }
        else
        {
            traces.Add(look.Nodes([.. Enumerable.Range(0, nodes)], null, null)
                .Merge(Fields.Of(("showlegend", false), ("marker.color", Theme.Colour(0)))));
        }

        var hidden = Fields.Of(("visible", false));
        return new Figure(traces.ToImmutable(), Fields.Of(
            ("xaxis", hidden), ("yaxis", hidden.With("scaleanchor", "x")), ("hovermode", "closest"),
            ("showlegend", Classes is null ? null : true)));
    }

    // What can be read on each node's colour.
    private static string[] Inks(double[] values, string scale, double? zMin, double? zMax)
    {
        var (low, high) = (zMin ?? values.Min(), zMax ?? values.Max());
        // Around 0, as cmid has it.
        if (scale == Colorscale.Diverging && zMin is null) low = -(high = Math.Max(-low, high));
        return [.. values.Select(v =>
            Colorscale.At(scale, high > low ? (v - low) / (high - low) : 0.5) is { } colour
                ? Ink(colour) : "#FFFFFF")];
    }

    private static T[] Fit<T>(IEnumerable<T> values, int nodes, string name)
    {
        T[] all = [.. values];
        if (all.Length != nodes)
            throw new ArgumentException($"{all.Length} values for {nodes} nodes: give one each.", name);
        return all;
    }

    // All edges are one trace: source, target, nothing, source, target, … An arrow is a mark at the target that turns with
    // the line and keeps clear of the node.
    private static Fields Edges(
        IReadOnlyList<(double X, double Y)> positions, (int Source, int Target)[] edges, bool directed,
        double nodeSize)
    {
        var (x, y, sizes) = (new List<double>(), new List<double>(), new List<double>());
        var seen = new HashSet<(int, int)>();
        foreach (var (a, b) in edges)
        {
            if (!seen.Add(directed || a < b ? (a, b) : (b, a))) continue;
            if (a == b) AddLoop(positions[a], nodeSize, x, y, sizes);
            else Add(x, y, sizes, positions[a], positions[b]);
        }
        var trace = Fields.Of(
            ("type", "scatter"), ("mode", directed ? "lines+markers" : "lines"), ("x", x.ToArray()),
            ("y", y.ToArray()),
            ("line.color", "#A6ACB5"), ("line.width", edges.Length > 500 ? 0.6 : 1.4), ("hoverinfo", "skip"),
            ("showlegend", false));
        return !directed ? trace : trace.Merge(Fields.Of(
            ("marker.symbol", "arrow"), ("marker.angleref", "previous"), ("marker.size", sizes.ToArray()),
            ("marker.standoff", nodeSize / 2 + 1), ("marker.color", "#8A8F98"), ("marker.opacity", 1),
            ("marker.line.width", 0)));
    }

    private static void Add(
        List<double> x, List<double> y, List<double> sizes, params ReadOnlySpan<(double X, double Y)> points)
    {
        foreach (var point in points)
        {
            x.Add(point.X);
            y.Add(point.Y);
            sizes.Add(0);
        }
        sizes[^1] = 10;
        x.Add(double.NaN);
        y.Add(double.NaN);
        sizes.Add(0);
    }

    // An edge from a node to itself: a ring above it, without an arrow. A unit is about 150 pixels.
    private static void AddLoop((double X, double Y) at, double nodeSize, List<double> x, List<double> y,
        List<double> sizes)
    {
        var radius = (0.45 * nodeSize + 4) / 150;
        Add(x, y, sizes, [.. Enumerable.Range(0, 17).Select(i => (
            Math.Round(at.X + radius * Math.Sin(2 * Math.PI * i / 16), 4),
            Math.Round(at.Y + radius * (1 - Math.Cos(2 * Math.PI * i / 16)), 4)))]);
        sizes[^2] = 0;
    }

    private sealed record NodeLook(IReadOnlyList<(double X, double Y)> Positions, string[]? Labels,
        double Size)
    {
        public Fields Nodes(int[] nodes, string? name, double[]? values)
        {
            if (Labels is not null) Fit(Labels, Positions.Count, "Labels");
            var pointer = nodes.Select(i => Under(i, name, values)).ToArray();
            return Fields.Of(
                ("type", "scatter"), ("mode", Labels is null ? "markers" : "markers+text"),
                ("x", nodes.Select(i => Positions[i].X).ToArray()),
                ("y", nodes.Select(i => Positions[i].Y).ToArray()),
                ("name", name), ("text", Labels is null ? null : nodes.Select(i => Labels[i]).ToArray()),
                ("textposition", Labels is null ? null : "middle center"),
                ("textfont", Labels is null ? null : Fields.Of(("color", "#FFFFFF"), ("size", 12))),
                ("hovertext", pointer), ("hoverinfo", "text"), ("marker.size", Size), ("marker.opacity", 1),
                ("marker.line", Fields.Of(("color", values is null ? "#FFFFFF" : "#8A8F98"), ("width", 1))));
        }

        private string Under(int node, string? name, double[]? values)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"node {node}");
            if (Labels is not null) text += ": " + Labels[node];
            if (name is not null) text += ", " + name;
            if (values is not null)
                text += string.Create(CultureInfo.InvariantCulture, $": {values[node]:0.####}");
            return text;
        }
    }
}
