namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>A picture with the objects that are, or were found, in it: each in a colour of its own,
    /// its box with what it is and how sure that is, its pixels tinted and outlined.</summary>
    /// <param name="picture">[3, H, W], or grey [1, H, W] or [H, W]; uint8, or floating from 0 to 1.</param>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="labels">Kinds [N], whole numbers; null: no kinds.</param>
    /// <param name="scores">From 0 to 1, [N]; null: no scores.</param>
    /// <param name="masks">[N, H, W], inside where true or above 0.5; null: no masks.</param>
    /// <param name="Names">Names of the kinds, by label; without one the label is written.</param>
    /// <param name="LineDash">How boxes are drawn; dashed ones suit ground truth.</param>
    /// <param name="Opacity">How much of the picture a mask covers, from 0 to 1.</param>
    /// <exception cref="ArgumentException">Boxes, labels, scores and masks differ in number, or masks and
    /// picture in size.</exception>
    public static Figure Objects(
        Tensor picture, Tensor boxes, Tensor? labels = null, Tensor? scores = null, Tensor? masks = null,
        IReadOnlyDictionary<int, string>? Names = null, StyleParam.DrawingStyle? LineDash = null,
        double Opacity = 0.4)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var (pixels, height, width, channels) = Pixels(picture);
        var corners = Numbers.Of(boxes.reshape(-1));
        var kinds = labels is null ? null : Numbers.Of(labels);
        var values = scores is null ? null : Numbers.Of(scores);
        var count = corners.Length / 4;
        foreach (var (what, length) in new[]
            { ("labels", kinds?.Length), ("scores", values?.Length), ("masks", (int?)masks?.shape[0]) })
            if (length is { } given && given != count)
                throw new ArgumentException($"{count} boxes and {given} {what}: give one each.", what);
        if (masks is not null && (masks.dim() != 3 || masks.shape[1] != height || masks.shape[2] != width))
            throw new ArgumentException(
                $"Masks are [{count}, {height}, {width}], as the picture; given were "
                + $"[{string.Join(", ", masks.shape)}].", nameof(masks));

        // All masks tint one picture: a hundred pictures over each other would be slow to look at.
        var tinted = Coloured(pixels, channels);
        var layers = new List<Figure>();
        for (var i = 0; i < count; i++)
        {
            var colour = Theme.Colour(i);
            if (masks is not null)
            {
                var mask = Table(masks[i], height, width);
                Tint(tinted, mask, Convert.FromHexString(colour.AsSpan(1)), Opacity);
                var (x, y) = Outline(mask);
                layers.Add(One(Fields.Of(
                    ("type", "scatter"), ("mode", "lines"), ("x", x), ("y", y), ("showlegend", false),
                    ("line.color", colour), ("line.width", 2), ("hoverinfo", "skip"))));
            }
            string[] parts =
            [
                kinds is null ? "" : Names?.GetValueOrDefault((int)kinds[i]) ?? $"{kinds[i]}",
                values is null ? "" : FormattableString.Invariant($"{values[i]:0.00}"),
            ];
            var text = string.Join(' ', parts.Where(part => part.Length > 0));
            layers.Add(Boxes(
                [(corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3])],
                text.Length > 0 ? [text] : null, Color: colour, LineDash: LineDash));
        }
        return Combine([Image(tinted, width, height), .. layers]);
    }

    // Red, green and blue, whatever there was.
    private static byte[] Coloured(byte[] pixels, int channels) => channels == 3
        ? pixels
        : [.. pixels.Chunk(channels).SelectMany(pixel => channels == 1
            ? new[] { pixel[0], pixel[0], pixel[0] }
            : pixel[..3])];

    private static bool[,] Table(Tensor mask, int height, int width)
    {
        using var scope = NewDisposeScope();
        var flat = (mask.detach().to(float32) > 0.5).cpu().contiguous().data<bool>().ToArray();
        var table = new bool[height, width];
        Buffer.BlockCopy(flat, 0, table, 0, flat.Length);
        return table;
    }

    private static void Tint(byte[] pixels, bool[,] mask, byte[] colour, double opacity)
    {
        var width = mask.GetLength(1);
        for (var i = 0; i < pixels.Length / 3; i++)
        {
            if (!mask[i / width, i % width]) continue;
            for (var c = 0; c < 3; c++)
                pixels[3 * i + c] = (byte)(pixels[3 * i + c] * (1 - opacity) + colour[c] * opacity);
        }
    }
}
