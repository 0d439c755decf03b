namespace Lectern.Vision;

/// <summary>Regions of interest as the pooling operators take them: [K, 5], the image and xyxy.</summary>
internal static class Regions
{
    /// <summary>The boxes of images, one list an image, as one table.</summary>
    /// <param name="boxes">Boxes xyxy of each image: [K_i, 4].</param>
    /// <returns>[Σ K_i, 5]: image, x1, y1, x2, y2.</returns>
    internal static Tensor Of(IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var parts = boxes.Select((of, image) =>
            cat([full([of.shape[0], 1], image, of.dtype, of.device), of], 1));
        return cat([.. parts], 0).MoveToOuterDisposeScope();
    }

    /// <summary>Checks what the pooling operators are given.</summary>
    /// <exception cref="ArgumentException">Shapes or numbers of images do not fit.</exception>
    internal static void Require(Tensor maps, Tensor regions, (int Height, int Width) size)
    {
        if (maps.dim() != 4) throw new ArgumentException(
            $"Maps are [N, C, H, W]; given were {Text(maps)}.", nameof(maps));
        if (regions.dim() != 2 || regions.shape[1] != 5)
            throw new ArgumentException(
                $"Regions are [K, 5]: image, x1, y1, x2, y2; given were {Text(regions)}.", nameof(regions));
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentException(
                $"A region is pooled to 1×1 bins or more; given was {size}.", nameof(size));
        if (regions.shape[0] == 0) return;
        using var images = regions.detach().select(1, 0);
        if (images.min().ToDouble() is var first && images.max().ToDouble() is var last && first >= 0
            && last < maps.shape[0])
            return;
        throw new ArgumentException(
            $"Regions name images {first} to {last}; there are {maps.shape[0]}.", nameof(regions));
    }

    private static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
