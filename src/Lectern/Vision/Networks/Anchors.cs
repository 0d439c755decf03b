namespace Lectern.Vision;

/// <summary>
/// Boxes to start from, regularly over a picture, in the two conventions that detectors have.
/// </summary>
public static class Anchors
{
    /// <summary>
    /// The anchors of one cell in R-CNN's convention: about (0, 0), height s √r and width s / √r, corners
    /// rounded.
    /// </summary>
    /// <param name="sizes">Sides s of squares of the same area, in pixels.</param>
    /// <param name="ratios">Height by width, r.</param>
    /// <returns>xyxy [R·S, 4]; ratios outer, sizes inner.</returns>
    public static Tensor OfCell(IReadOnlyList<double> sizes, IReadOnlyList<double> ratios)
    {
        using var scope = NewDisposeScope();
        var (s, root) = (tensor(sizes.ToArray(), float32).unsqueeze(0),
            tensor(ratios.ToArray(), float32).sqrt().unsqueeze(1));
        var (width, height) = ((1 / root * s).view(-1), (root * s).view(-1));
        return (stack([-width, -height, width, height], 1) / 2).round().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The anchors of one cell at each cell of a map; the first cell's centre is the picture's corner.
    /// </summary>
    /// <param name="cell">xyxy [A, 4].</param>
    /// <param name="height">Rows of the map.</param>
    /// <param name="width">Columns of the map.</param>
    /// <param name="stride">Pixels a row and a column.</param>
    /// <returns>xyxy [height · width · A, 4]: rows, columns, anchors.</returns>
    public static Tensor Grid(Tensor cell, long height, long width, (long Y, long X) stride)
    {
        using var scope = NewDisposeScope();
        var y = (arange(height, cell.dtype, cell.device) * stride.Y).view(-1, 1).expand(height, width);
        var x = (arange(width, cell.dtype, cell.device) * stride.X).view(1, -1).expand(height, width);
        return (stack([x, y, x, y], 2).view(-1, 1, 4) + cell).view(-1, 4).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Priors in the SSD's convention: centres at (i + ½) / length, sides s √r and s / √r (r width by
    /// height), nothing rounded, the picture's sides being 1.
    /// </summary>
    /// <param name="height">Rows of the map.</param>
    /// <param name="width">Columns of the map.</param>
    /// <param name="sizes">Sides s of squares of the same area, as shares of the picture.</param>
    /// <param name="ratios">Width by height, r.</param>
    /// <param name="square">
    /// Whether the height is set to the width, as YOLACT's published weights were trained (by mistake).
    /// </param>
    /// <returns>Centre and size [height · width · S · R, 4]: rows, columns, sizes, ratios.</returns>
    public static Tensor Priors(
        long height, long width, IReadOnlyList<double> sizes, IReadOnlyList<double> ratios,
        bool square = false)
    {
        using var scope = NewDisposeScope();
        var y = ((arange(height, float32) + 0.5) / height).view(-1, 1, 1).expand(
            height, width, sizes.Count * ratios.Count);
        var x = ((arange(width, float32) + 0.5) / width).view(1, -1, 1).expand(y.shape);
        var (s, root) = (tensor(sizes.ToArray(), float32).unsqueeze(1),
            tensor(ratios.ToArray(), float32).sqrt().unsqueeze(0));
        var w = (s * root).view(1, 1, -1).expand(y.shape);
        var h = square ? w : (s / root).view(1, 1, -1).expand(y.shape);
        return stack([x, y, w, h], 3).view(-1, 4).MoveToOuterDisposeScope();
    }
}
