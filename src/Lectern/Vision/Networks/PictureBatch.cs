namespace Lectern.Vision;

/// <summary>
/// How pictures of unequal sizes become one tensor: normalised, resized, padded at the right and below.
/// </summary>
/// <param name="ShortSide">What the shorter side becomes, in pixels, unless the longer one would exceed its limit.</param>
/// <param name="LongSide">The most that the longer side becomes, in pixels.</param>
/// <param name="Divisor">Sides of the batch are multiples of it: the coarsest stride of the network.</param>
public sealed record PictureSizes(int ShortSide = 800, int LongSide = 1333, int Divisor = 32)
{
    /// <summary>Means of red, green and blue in pictures from 0 to 1: ImageNet's.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.485, 0.456, 0.406];

    /// <summary>Standard deviations of red, green and blue: ImageNet's.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.229, 0.224, 0.225];

    /// <summary>The size that a picture is resized to.</summary>
    public (long Height, long Width) Of(long height, long width)
    {
        // In single precision and by the reciprocal, as torchvision has it: a pixel more or less hangs on it.
        float factor = MathF.Min(
            1f / Math.Min(height, width) * ShortSide, 1f / Math.Max(height, width) * LongSide);
        return (Math.Max((long)Math.Floor(height * (double)factor), 1),
            Math.Max((long)Math.Floor(width * (double)factor), 1));
    }

    /// <summary>One batch of pictures, and their objects resized with them.</summary>
    /// <param name="pictures">RGB from 0 to 1, floating: [3, H_i, W_i] each.</param>
    /// <param name="objects">Of each picture; null where nothing is learned.</param>
    /// <exception cref="ArgumentException">A picture has another shape, or a box no area.</exception>
    public PictureBatch Batch(IReadOnlyList<Tensor> pictures, IReadOnlyList<Instances>? objects = null)
    {
        if (pictures.Count == 0) throw new ArgumentException(
            "A batch has at least one picture.", nameof(pictures));
        if (objects is not null && objects.Count != pictures.Count)
            throw new ArgumentException(
                $"{pictures.Count} pictures want the objects of each; given were {objects.Count}.",
                nameof(objects));
        foreach (var picture in pictures) Images.Require(picture);
        using var scope = NewDisposeScope();
        var sizes = pictures.Select(picture => Of(picture.shape[1], picture.shape[2])).ToArray();
        long Padded(long side) => (side + Divisor - 1) / Divisor * Divisor;
        var first = pictures[0];
        var batch = zeros(
            [pictures.Count, 3, Padded(sizes.Max(size => size.Height)),
            Padded(sizes.Max(size => size.Width))],
            first.dtype, first.device);
        var mean = tensor(Mean.ToArray(), first.dtype, first.device).view(3, 1, 1);
        var deviation = tensor(Deviation.ToArray(), first.dtype, first.device).view(3, 1, 1);
        for (int i = 0; i < pictures.Count; i++)
        {
            var normal = Images.Resize((pictures[i] - mean) / deviation, sizes[i].Height, sizes[i].Width);
            batch[i].narrow(1, 0, sizes[i].Height).narrow(2, 0, sizes[i].Width).copy_(normal);
        }
        var resized = objects?.Select((of, i) => Resize(of, pictures[i], sizes[i])).ToArray();
        foreach (var of in resized ?? [])
            foreach (var part in (Tensor[])[of.Boxes, of.Labels, of.Masks]) part.MoveToOuterDisposeScope();
        return new PictureBatch(
            batch.MoveToOuterDisposeScope(), sizes,
            [.. pictures.Select(picture => (picture.shape[1], picture.shape[2]))], resized);
    }

    private static Instances Resize(Instances objects, Tensor picture, (long Height, long Width) size)
    {
        var (height, width) = (picture.shape[1], picture.shape[2]);
        objects.Require(height, width);
        var masks = Images.Resize(objects.Masks.to(picture.dtype), size.Height, size.Width, InterpolationMode.Nearest);
        var boxes = PictureBatch.Scale(objects.Boxes.to(picture.dtype), (height, width), size);
        return objects with { Boxes = boxes, Labels = objects.Labels.alias(), Masks = masks };
    }
}

/// <summary>Pictures as one tensor, and how they came there.</summary>
/// <param name="Pictures">[N, 3, H, W], 0 where a picture has been padded.</param>
/// <param name="Sizes">Rows and columns of each picture in it.</param>
/// <param name="Originals">Rows and columns of each picture as it was given.</param>
/// <param name="Objects">The objects of each, resized with it; masks floating.</param>
public sealed record PictureBatch(
    Tensor Pictures, IReadOnlyList<(long Height, long Width)> Sizes,
    IReadOnlyList<(long Height, long Width)> Originals, IReadOnlyList<Instances>? Objects)
{
    /// <summary>
    /// Boxes of a picture of one size in the picture of another: by the ratio of each axis.
    /// </summary>
    internal static Tensor Scale(Tensor boxes, (long Height, long Width) from, (long Height, long Width) to)
    {
        float x = to.Width / (float)from.Width, y = to.Height / (float)from.Height;
        return boxes * tensor([x, y, x, y], boxes.dtype, boxes.device);
    }
}
