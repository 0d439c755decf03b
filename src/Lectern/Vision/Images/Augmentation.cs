namespace Lectern.Vision;

/// <summary>Changes a picture at random, and its objects with it, so that a model does not learn it by
/// heart.</summary>
/// <param name="Flip">How often left and right are exchanged.</param>
/// <param name="Smallest">The smallest scale: the picture shrinks, and grey is around it.</param>
/// <param name="Largest">The largest scale: the picture grows, and a part of it is left.</param>
/// <param name="Light">Brightness, contrast and saturation are multiplied by 1 - this to 1 + this.</param>
public sealed record Augmentation(
    double Flip = 0.5, double Smallest = 0.8, double Largest = 1.25, double Light = 0.15)
{
    /// <summary>Left and right exchanged.</summary>
    /// <param name="picture">[C, H, W].</param>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="masks">[N, H, W].</param>
    public static (Tensor Picture, Tensor Boxes, Tensor Masks) FlipSides(Tensor picture, Tensor boxes,
        Tensor masks)
    {
        Vision.Boxes.Require(boxes);
        using var scope = NewDisposeScope();
        double width = picture.shape[2];
        var sides = boxes.unbind(1);
        var flipped = stack([width - sides[2], sides[1], width - sides[0], sides[3]], 1);
        return (picture.flip(2).MoveToOuterDisposeScope(), flipped.MoveToOuterDisposeScope(),
            masks.flip(2).MoveToOuterDisposeScope());
    }

    /// <summary>The picture larger or smaller in a frame of the same size.</summary>
    /// <param name="picture">Floating [C, H, W].</param>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="masks">[N, H, W].</param>
    /// <param name="scale">The factor.</param>
    /// <param name="left">Where the frame lies on what sticks out, across: 0 left, 1 right.</param>
    /// <param name="top">The same, down.</param>
    /// <returns>Objects that left the frame are there, without pixels and area.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0.</exception>
    public static (Tensor Picture, Tensor Boxes, Tensor Masks) Scale(
        Tensor picture, Tensor boxes, Tensor masks, double scale, double left = 0.5, double top = 0.5)
    {
        Vision.Boxes.Require(boxes);
        if (!(scale > 0)) throw new ArgumentOutOfRangeException(nameof(scale), scale, "A scale is above 0.");
        using var scope = NewDisposeScope();
        var (height, width) = (picture.shape[1], picture.shape[2]);
        long newHeight = Math.Max(1, (long)Math.Round(height * scale)),
            newWidth = Math.Max(1, (long)Math.Round(width * scale));
        // Where the new picture begins in the frame: before it, or within it.
        long x = (long)Math.Round((width - newWidth) * left),
            y = (long)Math.Round((height - newHeight) * top);
        Tensor Fit(Tensor planes, InterpolationMode mode, double around)
        {
            var resized = Images.Resize(planes, newHeight, newWidth, mode);
            var frame = full([planes.shape[0], height, width], around, planes.dtype, planes.device);
            long rows = Math.Min(height, newHeight), columns = Math.Min(width, newWidth);
            frame.narrow(1, Math.Max(0, y), rows).narrow(2, Math.Max(0, x), columns)
                .copy_(resized.narrow(1, Math.Max(0, -y), rows).narrow(2, Math.Max(0, -x), columns));
            return frame;
        }
        var shift = tensor(new[] { (double)x, y, x, y }, boxes.dtype, boxes.device);
        var factor = tensor(
            new[] { newWidth / (double)width, newHeight / (double)height, newWidth / (double)width,
                newHeight / (double)height },
            boxes.dtype, boxes.device);
        return (Fit(picture, InterpolationMode.Bilinear, 0.5).MoveToOuterDisposeScope(),
            Vision.Boxes.Clip(boxes * factor + shift, height, width).MoveToOuterDisposeScope(),
            Fit(masks.to(float32), InterpolationMode.Nearest, 0).to(masks.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Other light: brightness, then contrast about the mean, then saturation about the grey of
    /// each pixel.
    /// </summary>
    /// <param name="picture">From 0 to 1, floating [3, H, W].</param>
    /// <param name="brightness">Factor of brightness.</param>
    /// <param name="contrast">Factor of contrast.</param>
    /// <param name="saturation">Factor of saturation; 0 is grey.</param>
    /// <returns>[3, H, W], from 0 to 1.</returns>
    public static Tensor Relight(Tensor picture, double brightness, double contrast, double saturation)
    {
        using var scope = NewDisposeScope();
        Tensor Grey(Tensor of) =>
            (of * tensor(new[] { 0.299, 0.587, 0.114 }, of.dtype, of.device).view(3, 1, 1))
                .sum(0, keepdim: true);
        var lit = (picture * brightness).clamp(0, 1);
        lit = (lit * contrast + (1 - contrast) * Grey(lit).mean()).clamp(0, 1);
        return (lit * saturation + (1 - saturation) * Grey(lit)).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>A picture changed at random; objects of which nothing is left are left out.</summary>
    /// <param name="picture">From 0 to 1, floating [3, H, W].</param>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="labels">[N].</param>
    /// <param name="masks">[N, H, W].</param>
    /// <param name="random">What chance is drawn from.</param>
    public (Tensor Picture, Tensor Boxes, Tensor Labels, Tensor Masks) Apply(
        Tensor picture, Tensor boxes, Tensor labels, Tensor masks, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        double Factor() => 1 + Light * (2 * random.NextDouble() - 1);
        if (random.NextDouble() < Flip) (picture, boxes, masks) = FlipSides(picture, boxes, masks);
        double scale = Smallest + (Largest - Smallest) * random.NextDouble();
        (picture, boxes, masks) = Scale(picture, boxes, masks, scale, random.NextDouble(),
            random.NextDouble());
        picture = Relight(picture, Factor(), Factor(), Factor());
        var seen = masks.flatten(1).any(1).logical_and(Vision.Boxes.Area(boxes) > 0);
        var left = seen.nonzero().squeeze(1);
        return (picture.MoveToOuterDisposeScope(), boxes[left].MoveToOuterDisposeScope(),
            labels[left].MoveToOuterDisposeScope(), masks[left].MoveToOuterDisposeScope());
    }
}
