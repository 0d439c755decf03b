using System.Runtime.CompilerServices;

namespace Lectern.Charts;

// The same charts from tensors: of any type, on any device, with or without gradients.
// TorchSharp makes a tensor of an array where one is asked for; their lower priority keeps arrays with the others.
public static partial class Chart
{
    /// <summary>Points, the coordinates from tensors [N].</summary>
    /// <inheritdoc cref="Scatter{TX, TY}"/>
    [OverloadResolutionPriority(-2)]
    public static Figure Point(
        Tensor x, Tensor y, string? Name = null, bool? ShowLegend = null, double? Opacity = null,
        IEnumerable<string>? MultiText = null, string? MarkerColor = null,
        IEnumerable<double>? MultiMarkerColor = null,
        string? MarkerColorScale = null, string? ColorTitle = null,
        StyleParam.MarkerSymbol? MarkerSymbol = null,
        double? MarkerSize = null) =>
        Point(
            Numbers.Of(x), Numbers.Of(y), Name, ShowLegend, Opacity, MultiText, MarkerColor, MultiMarkerColor,
            MarkerColorScale, ColorTitle, MarkerSymbol, MarkerSize);

    /// <summary>A line through points, their coordinates from tensors [N].</summary>
    /// <param name="x">Where the points are, across [N].</param>
    /// <param name="y">Where the points are, upwards [N].</param>
    /// <param name="ShowMarkers">Whether the points are marked.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="LineColor">Colour of the line.</param>
    /// <param name="LineWidth">Width of the line in pixels.</param>
    /// <param name="LineDash">How the line is drawn.</param>
    [OverloadResolutionPriority(-2)]
    public static Figure Line(
        Tensor x, Tensor y, bool? ShowMarkers = null, string? Name = null, string? LineColor = null,
        double? LineWidth = null, StyleParam.DrawingStyle? LineDash = null) =>
        Line(
            Numbers.Of(x), Numbers.Of(y), ShowMarkers, Name, LineColor: LineColor, LineWidth: LineWidth,
            LineDash: LineDash);

    /// <summary>A line through points, their heights from a tensor [N].</summary>
    /// <typeparam name="TX">Type of the x values.</typeparam>
    /// <param name="x">Where the points are, across.</param>
    /// <param name="y">Where the points are, upwards [N].</param>
    /// <param name="ShowMarkers">Whether the points are marked.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="LineColor">Colour of the line.</param>
    /// <param name="LineWidth">Width of the line in pixels.</param>
    /// <param name="LineDash">How the line is drawn.</param>
    [OverloadResolutionPriority(-1)]
    public static Figure Line<TX>(
        IEnumerable<TX> x, Tensor y, bool? ShowMarkers = null, string? Name = null, string? LineColor = null,
        double? LineWidth = null, StyleParam.DrawingStyle? LineDash = null) =>
        Line(x, Numbers.Of(y), ShowMarkers, Name, LineColor: LineColor, LineWidth: LineWidth,
            LineDash: LineDash);

    /// <summary>How often a tensor's values fall into equal bins.</summary>
    /// <param name="X">The values, of any shape.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Opacity">From 0 to 1; 0.6 where several histograms share a plot.</param>
    /// <param name="HistNorm">What the bars' heights mean.</param>
    /// <param name="NBinsX">At most how many bins.</param>
    /// <param name="MarkerColor">Colour of the bars.</param>
    [OverloadResolutionPriority(-2)]
    public static Figure Histogram(
        Tensor X, string? Name = null, double? Opacity = null,
        StyleParam.HistNorm HistNorm = StyleParam.HistNorm.Count,
        int? NBinsX = null, string? MarkerColor = null) =>
        Histogram(Numbers.Of(X), Name, null, Opacity, HistNorm, NBinsX, MarkerColor);

    /// <summary>A matrix as coloured cells, from a tensor.</summary>
    /// <param name="zData">The matrix [rows, columns].</param>
    /// <param name="X">A name for each column.</param>
    /// <param name="Y">A name for each row.</param>
    /// <param name="Name">The name under the pointer.</param>
    /// <param name="ColorScale">One of <see cref="Colorscale"/>; by default diverging where the values have
    /// both signs.</param>
    /// <param name="ColorTitle">Title beside the colour scale, with the unit.</param>
    /// <param name="ShowValues">Whether each cell says its value.</param>
    /// <param name="Digits">Digits after the point of those values.</param>
    /// <param name="ZMin">The value of the scale's first colour.</param>
    /// <param name="ZMax">The value of the scale's last colour.</param>
    /// <exception cref="ArgumentException">The tensor is no matrix, or names and rows or columns differ in
    /// number.</exception>
    [OverloadResolutionPriority(-2)]
    public static Figure Heatmap(
        Tensor zData, IEnumerable<string>? X = null, IEnumerable<string>? Y = null, string? Name = null,
        string? ColorScale = null, string? ColorTitle = null, bool ShowValues = false, int Digits = 2,
        double? ZMin = null, double? ZMax = null) =>
        Heatmap(Numbers.Matrix(zData, nameof(zData)), X, Y, Name, ColorScale, ColorTitle, ShowValues, Digits,
            ZMin, ZMax);

    /// <summary>An image from a tensor.</summary>
    /// <param name="image">Grey [H, W], or channels first [C, H, W] with C 1, 3 or 4; bytes 0–255, or
    /// fractions 0–1.</param>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static Figure Image(Tensor image)
    {
        var (pixels, height, width, channels) = Pixels(image);
        return Image(pixels, width, height, channels);
    }

    /// <summary>An image's bytes with the channels of each pixel together, as files want them.</summary>
    internal static (byte[] Pixels, int Height, int Width, int Channels) Pixels(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() is not (2 or 3))
        {
            throw new ArgumentException(
                $"An image is [H, W] or [C, H, W], not [{string.Join(", ", image.shape)}].", nameof(image));
        }
        using var scope = NewDisposeScope();
        var planes = image.detach().cpu();
        if (planes.dim() == 2) planes = planes.unsqueeze(0);                              // [C, H, W]
        var (channels, height, width) = ((int)planes.shape[0], (int)planes.shape[1], (int)planes.shape[2]);
        if (image.dtype != ScalarType.Byte) planes = (planes.to(float64) * 255).round().clamp(0, 255);
        var pixels = planes.to(ScalarType.Byte).permute(1, 2, 0).contiguous();            // [H, W, C]
        return (pixels.data<byte>().ToArray(), height, width, channels);
    }

    /// <summary>A mask over an image, from a tensor.</summary>
    /// <param name="mask">Truth values, or probabilities of which 0.5 and more belong to it [H, W].</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">The colour as #RRGGBB.</param>
    /// <param name="Opacity">How much of the image it covers, from 0 to 1.</param>
    public static Figure Mask(Tensor mask, string? Name = null, string? Color = null, double Opacity = 0.45)
    {
        var values = Numbers.Matrix(mask, nameof(mask));
        var inside = new bool[values.GetLength(0), values.GetLength(1)];
        for (var i = 0; i < inside.Length; i++)
            inside[i / inside.GetLength(1), i % inside.GetLength(1)] = values[i / inside.GetLength(1),
                i % inside.GetLength(1)] >= 0.5;
        return Mask(inside, Name, Color, Opacity);
    }

    /// <summary>Boxes over an image, from a tensor.</summary>
    /// <param name="boxes">Corners of each box, xyxy, pixels [N, 4].</param>
    /// <param name="Labels">A text at each box' upper left corner.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">Colour of the boxes.</param>
    /// <param name="LineDash">How the boxes are drawn.</param>
    /// <exception cref="ArgumentException">The tensor is not [N, 4], or boxes and labels differ in
    /// number.</exception>
    public static Figure Boxes(
        Tensor boxes, IEnumerable<string>? Labels = null, string? Name = null, string? Color = null,
        StyleParam.DrawingStyle? LineDash = null)
    {
        var corners = Numbers.Matrix(boxes, nameof(boxes));
        if (corners.GetLength(1) != 4)
            throw new ArgumentException($"Boxes are [N, 4], not [{string.Join(", ", boxes.shape)}].",
                nameof(boxes));
        return Boxes(
            Enumerable.Range(0, corners.GetLength(0))
                .Select(i => (corners[i, 0], corners[i, 1], corners[i, 2], corners[i, 3])),
            Labels, Name, Color, LineDash);
    }

    /// <summary>A drawn graph, its edges from a tensor.</summary>
    /// <param name="positions">A place for each node.</param>
    /// <param name="edges">Edges [2, E]: row 0 sources, row 1 targets.</param>
    /// <param name="Values">A number for each node [N], drawn as its colour.</param>
    /// <param name="Classes">A class for each node [N], drawn as its colour; instead of values.</param>
    /// <param name="ClassNames">Names of the classes in the legend.</param>
    /// <param name="Labels">A text in each node.</param>
    /// <param name="Directed">Whether arrows show the edges' direction.</param>
    /// <param name="NodeSize">Diameter of the nodes in pixels.</param>
    /// <param name="ColorScale">One of <see cref="Colorscale"/>, for values.</param>
    /// <param name="ColorTitle">Title beside the colour scale, with the unit.</param>
    /// <param name="ZMin">The value of the scale's first colour.</param>
    /// <param name="ZMax">The value of the scale's last colour.</param>
    /// <exception cref="ArgumentException">Shapes do not fit the nodes, or an edge names a node that does not
    /// exist.</exception>
    public static Figure Graph(
        IReadOnlyList<(double X, double Y)> positions, Tensor edges, Tensor? Values = null,
        Tensor? Classes = null,
        IReadOnlyList<string>? ClassNames = null, IEnumerable<string>? Labels = null, bool Directed = false,
        double? NodeSize = null, string ColorScale = Colorscale.Viridis, string? ColorTitle = null,
        double? ZMin = null,
        double? ZMax = null) =>
        Graph(
            positions, GraphLayout.Pairs(edges), Values is null ? null : Numbers.Of(Values),
            Classes is null ? null : Numbers.Of(Classes).Select(c => (int)c), ClassNames, Labels, Directed,
            NodeSize,
            ColorScale, ColorTitle, ZMin, ZMax);
}
