using System.Collections.Immutable;

namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>An image; combine it with Chart.Mask and Chart.Boxes.</summary>
    /// <param name="pixels">Row by row from the top, each pixel's channels together (H×W×C), 0 to
    /// 255.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="channels">1 for grey, 3 for red-green-blue, 4 with opacity.</param>
    /// <remarks>The axes count pixels from the upper left corner: the first pixel covers 0 to 1.</remarks>
    /// <exception cref="ArgumentException">The pixels do not fill width × height × channels.</exception>
    public static Figure Image(ReadOnlySpan<byte> pixels, int width, int height, int channels = 3)
    {
        var source = Png.DataUri(pixels, width, height, channels);
        var layout = Fields.Of(
            ("xaxis", Fields.Of(("range", new[] { 0.0, width }), ("constrain", "domain"), ("showgrid", false),
                ("zeroline", false))),
            ("yaxis", Fields.Of(
                ("range", new[] { height, 0.0 }), ("scaleanchor", "x"), ("constrain", "domain"),
                ("showgrid", false),
                ("zeroline", false))),
            ("hovermode", "closest"));
        return new Figure([Picture(source)], layout);
    }

    /// <summary>A grey image.</summary>
    /// <param name="values">Brightness [H, W].</param>
    /// <param name="black">The value that is black; the smallest one where none is given.</param>
    /// <param name="white">The value that is white; the largest one where none is given.</param>
    public static Figure Image(double[,] values, double? black = null, double? white = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        var (low, high) = (black ?? values.Cast<double>().Min(), white ?? values.Cast<double>().Max());
        var scale = high > low ? 255 / (high - low) : 0;
        var pixels = values.Cast<double>()
            .Select(v => (byte)Math.Clamp(Math.Round((v - low) * scale), 0, 255)).ToArray();
        return Image(pixels, values.GetLength(1), values.GetLength(0), 1);
    }

    /// <summary>A mask over an image: its pixels in a colour that the image shines through, its outline
    /// full.</summary>
    /// <param name="mask">Which pixels belong to it [H, W], of the image's size.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">The colour as #RRGGBB.</param>
    /// <param name="Opacity">How much of the image it covers, from 0 to 1.</param>
    public static Figure Mask(bool[,] mask, string? Name = null, string? Color = null, double Opacity = 0.45)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var colour = Color ?? Theme.Colour(1);
        var rgb = Convert.FromHexString(colour.AsSpan(1));
        var (height, width) = (mask.GetLength(0), mask.GetLength(1));
        var pixels = new byte[height * width * 4];
        for (var i = 0; i < height * width; i++)
        {
            if (!mask[i / width, i % width]) continue;
            rgb.CopyTo(pixels, 4 * i);
            pixels[4 * i + 3] = (byte)Math.Round(255 * Opacity);
        }
        var (x, y) = Outline(mask);
        var line = Fields.Of(
            ("type", "scatter"), ("mode", "lines"), ("x", x), ("y", y), ("name", Name),
            ("showlegend", Name is not null),
            ("line.color", colour), ("line.width", 2), ("hoverinfo", Name is null ? "skip" : "name"));
        return new Figure([Picture(Png.DataUri(pixels, width, height, 4)), line]);
    }

    /// <summary>Boxes over an image.</summary>
    /// <param name="boxes">Corners of each box, xyxy, pixels: left, top, right, bottom.</param>
    /// <param name="Labels">A text at each box' upper left corner, such as its class and score.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">Colour of the boxes.</param>
    /// <param name="LineDash">How the boxes are drawn; dashed ones suit ground truth.</param>
    /// <exception cref="ArgumentException">Boxes and labels differ in number.</exception>
    public static Figure Boxes(
        IEnumerable<(double X1, double Y1, double X2, double Y2)> boxes, IEnumerable<string>? Labels = null,
        string? Name = null, string? Color = null, StyleParam.DrawingStyle? LineDash = null)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var all = boxes.ToArray();
        var labels = Labels?.ToArray();
        if (labels is not null && labels.Length != all.Length)
            throw new ArgumentException($"{labels.Length} labels for {all.Length} boxes: give one each.",
                nameof(Labels));
        var colour = Color ?? Theme.Colour(3);
        const double Gap = double.NaN;
        var lines = Fields.Of(
            ("type", "scatter"), ("mode", "lines"),
            ("x", all.SelectMany(b => new[] { b.X1, b.X2, b.X2, b.X1, b.X1, Gap }).ToArray()),
            ("y", all.SelectMany(b => new[] { b.Y1, b.Y1, b.Y2, b.Y2, b.Y1, Gap }).ToArray()),
            ("name", Name), ("showlegend", Name is not null), ("line.color", colour), ("line.width", 2.5),
            ("line.dash", LineDash?.Json()), ("hoverinfo", "skip"));
        if (labels is null) return One(lines);
        var notes = all.Select((b, i) => Fields.Of(
            ("text", labels[i]), ("x", b.X1), ("y", b.Y1), ("xanchor", "left"), ("yanchor", "bottom"),
            ("showarrow", false),
            ("bgcolor", colour), ("borderpad", 2),
            ("font", Fields.Of(("color", Ink(colour)), ("size", 12)))));
        return new Figure([lines], Fields.Of(("annotations", notes.ToImmutableArray())));
    }

    // A pixel's centre is half a pixel in, so that it covers 0 to 1.
    private static Fields Picture(string source) => Fields.Of(
        ("type", "image"), ("source", source), ("x0", 0.5), ("y0", 0.5), ("hoverinfo", "skip"));

    /// <summary>Black or white, whichever can be read on a colour.</summary>
    private static string Ink(string colour)
    {
        var rgb = Convert.FromHexString(colour.AsSpan(1));
        return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140 ? "#000000" : "#FFFFFF";
    }

    // The sides between pixels inside and outside, runs of them joined into one line each.
    private static (double[] X, double[] Y) Outline(bool[,] mask)
    {
        var (height, width) = (mask.GetLength(0), mask.GetLength(1));
        bool Inside(int row, int column) =>
            (uint)row < (uint)height && (uint)column < (uint)width && mask[row, column];
        var (x, y) = (new List<double>(), new List<double>());
        for (var row = 0; row <= height; row++)
            Runs(width, column => Inside(row - 1, column) != Inside(row, column),
                (a, b) => Side(x, y, a, row, b, row));
        for (var column = 0; column <= width; column++)
            Runs(height, row => Inside(row, column - 1) != Inside(row, column),
                (a, b) => Side(x, y, column, a, column, b));
        return ([.. x], [.. y]);
    }

    private static void Runs(int length, Func<int, bool> isSide, Action<int, int> found)
    {
        for (var at = 0; at < length; at++)
        {
            if (!isSide(at)) continue;
            var start = at;
            while (at < length && isSide(at)) at++;
            found(start, at);
        }
    }

    private static void Side(List<double> x, List<double> y, double x1, double y1, double x2, double y2)
    {
        x.AddRange([x1, x2, double.NaN]);
        y.AddRange([y1, y2, double.NaN]);
    }
}
