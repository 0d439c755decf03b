namespace Lectern.Vision;

/// <summary>A square of a picture.</summary>
/// <param name="Y">Its middle, down, in pixels.</param>
/// <param name="X">Its middle, across.</param>
/// <param name="Side">Its side, in pixels.</param>
/// <param name="Flipped">Whether left and right are exchanged.</param>
public sealed record Window(double Y, double X, double Side, bool Flipped = false);

/// <summary>Windows cut out of pictures, and masks put back.</summary>
public static class Windows
{
    /// <summary>What is outside a picture.</summary>
    internal const double Fill = 0.5;

    /// <summary>A square of a picture, resampled bilinearly.</summary>
    /// <param name="planes">[C, H, W], floating.</param>
    /// <param name="window">Where.</param>
    /// <param name="size">Pixels of the result's side.</param>
    /// <param name="fill">What is outside.</param>
    /// <returns>[C, size, size].</returns>
    public static Tensor Cut(Tensor planes, Window window, int size, double fill = Fill)
    {
        ArgumentNullException.ThrowIfNull(planes);
        ArgumentNullException.ThrowIfNull(window);
        using var scope = NewDisposeScope();
        // The middle of pixel i of the result lies at (i + ½)/size of the side; pixel j of the picture has its
        // own at j + ½.
        var part = (arange(size, planes.dtype, planes.device) + 0.5) / size - 0.5;
        var rows = window.Y - 0.5 + window.Side * part;
        var columns = window.X - 0.5 + window.Side * (window.Flipped ? -part : part);
        var y = rows.unsqueeze(1).expand(size, size).reshape(1, -1);
        var x = columns.unsqueeze(0).expand(size, size).reshape(1, -1);
        var values = MapSampler.Sample((planes - fill).unsqueeze(0), y, x, MapBorder.Zero) + fill;  // [1, M, C]
        return values.squeeze(0).t().reshape(-1, size, size).MoveToOuterDisposeScope();
    }

    /// <summary>Masks of windows in the picture: bilinear within the window, 0 outside. A pixel is within if
    /// its middle is.</summary>
    /// <param name="masks">Any numbers: [K, T, T].</param>
    /// <param name="windows">xyxy in pixels: [K, 4].</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <returns>[K, height, width]. Cost O(K·T·height·(T + width)).</returns>
    public static Tensor Paste(Tensor masks, Tensor windows, long height, long width)
    {
        ArgumentNullException.ThrowIfNull(masks);
        Boxes.Require(windows);
        using var scope = NewDisposeScope();
        // Bilinear is one axis after the other, and each is a matrix: pixels by the mask's cells.
        Tensor Axis(int axis, long pixels, long cells)
        {
            var low = windows.narrow(1, axis, 1);                                               // [K, 1]
            var part = (arange(pixels, masks.dtype, masks.device) + 0.5 - low)
                / (windows.narrow(1, axis + 2, 1) - low);                                       // [K, pixels]
            var inside = (part >= 0).logical_and(part < 1).to(masks.dtype).unsqueeze(2);
            var place = (part * cells - 0.5).clamp(0, cells - 1).unsqueeze(2);
            return (1 - (place - arange(cells, masks.dtype, masks.device)).abs()).clamp_min(0) * inside;
        }
        return Axis(1, height, masks.shape[1]).bmm(masks).bmm(Axis(0, width, masks.shape[2]).transpose(1, 2))
            .MoveToOuterDisposeScope();
    }
}
