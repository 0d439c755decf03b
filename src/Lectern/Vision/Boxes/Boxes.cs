namespace Lectern.Vision;

/// <summary>Boxes as tensors [N, 4] in continuous image coordinates, left, top, right, bottom
/// (xyxy).</summary>
/// <remarks>
/// A box's width is x2 - x1, without the "+ 1" of inclusive pixels that older code has. All of it is plain
/// operators: any device and floating type, and gradients flow.
/// </remarks>
public static class Boxes
{
    /// <summary>The same boxes in another format.</summary>
    /// <param name="boxes">[N, 4].</param>
    /// <param name="from">What their numbers are.</param>
    /// <param name="to">What they become.</param>
    /// <returns>[N, 4].</returns>
    public static Tensor Convert(Tensor boxes, BoxFormat from, BoxFormat to)
    {
        Require(boxes);
        if (from == to) return boxes.clone();
        using var scope = NewDisposeScope();
        var (a, b, c, d) = Columns(boxes);
        var (x1, y1, x2, y2) = from switch
        {
            BoxFormat.Xywh => (a, b, a + c, b + d),
            BoxFormat.Cxcywh => (a - c * 0.5, b - d * 0.5, a + c * 0.5, b + d * 0.5),
            _ => (a, b, c, d),
        };
        Tensor[] columns = to switch
        {
            BoxFormat.Xywh => [x1, y1, x2 - x1, y2 - y1],
            BoxFormat.Cxcywh => [(x1 + x2) * 0.5, (y1 + y2) * 0.5, x2 - x1, y2 - y1],
            _ => [x1, y1, x2, y2],
        };
        return stack(columns, -1).MoveToOuterDisposeScope();
    }

    /// <summary>The smallest box around the pixels of each mask.</summary>
    /// <param name="masks">[N, H, W], inside where not 0.</param>
    /// <returns>xyxy in pixels: float32 [N, 4]; all 0 where no pixel is inside.</returns>
    /// <exception cref="ArgumentException">They are no masks.</exception>
    public static Tensor Around(Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.dim() != 3)
            throw new ArgumentException(
                $"Masks are [N, H, W]; given were [{string.Join(", ", masks.shape)}].", nameof(masks));
        if (masks.shape[0] == 0) return zeros([0, 4], float32, masks.device);
        using var scope = NewDisposeScope();
        var inside = masks != 0;
        (Tensor First, Tensor End) Range(Tensor line)                               // bool [N, L]
        {
            var places = arange(line.shape[1], float32, masks.device);
            var first = places.masked_fill(line.logical_not(), line.shape[1]).amin([1L]);
            var end = (places + 1).masked_fill(line.logical_not(), 0).amax([1L]);
            return (first.minimum(end), end);
        }
        var ((left, right), (top, bottom)) = (Range(inside.any(1)), Range(inside.any(2)));
        return stack([left, top, right, bottom], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The area of each box.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <returns>[N].</returns>
    public static Tensor Area(Tensor boxes)
    {
        Require(boxes);
        using var scope = NewDisposeScope();
        var (x1, y1, x2, y2) = Columns(boxes);
        return ((x2 - x1) * (y2 - y1)).MoveToOuterDisposeScope();
    }

    /// <summary>Intersection over union of each pair.</summary>
    /// <param name="a">[N, 4], xyxy.</param>
    /// <param name="b">[M, 4], xyxy.</param>
    /// <returns>[N, M]; 0 for two boxes without area.</returns>
    public static Tensor Iou(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (intersection, union) = Pairs(a, b);
        return (intersection / Positive(union)).MoveToOuterDisposeScope();
    }

    /// <summary>Generalised IoU of each pair, below 0 for boxes apart (Rezatofighi et al. 2019):
    /// IoU - (hull - union) / hull, the hull being the smallest box around both.</summary>
    /// <param name="a">[N, 4], xyxy.</param>
    /// <param name="b">[M, 4], xyxy.</param>
    /// <returns>[N, M], above -1 and at most 1.</returns>
    public static Tensor Giou(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (intersection, union) = Pairs(a, b);
        var (ax1, ay1, ax2, ay2) = Columns(a.unsqueeze(1));
        var (bx1, by1, bx2, by2) = Columns(b);
        var hull = (ax2.maximum(bx2) - ax1.minimum(bx1)) * (ay2.maximum(by2) - ay1.minimum(by1));
        return (intersection / Positive(union) - (hull - union) / Positive(hull)).MoveToOuterDisposeScope();
    }

    /// <summary>The share of each detection that lies in each crowd region, COCO's IoU for crowds:
    /// |D ∩ G| / |D|.</summary>
    /// <param name="detections">[N, 4], xyxy.</param>
    /// <param name="crowds">[M, 4], xyxy.</param>
    /// <returns>[N, M].</returns>
    public static Tensor CrowdIou(Tensor detections, Tensor crowds)
    {
        using var scope = NewDisposeScope();
        var (intersection, _) = Pairs(detections, crowds);
        return (intersection / Positive(Area(detections).unsqueeze(1))).MoveToOuterDisposeScope();
    }

    /// <summary>Boxes cut off at the image's border.</summary>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <returns>[N, 4]; a box outside becomes one without area.</returns>
    public static Tensor Clip(Tensor boxes, long height, long width)
    {
        Require(boxes);
        using var scope = NewDisposeScope();
        var (x1, y1, x2, y2) = Columns(boxes);
        return stack([x1.clamp(0, width), y1.clamp(0, height), x2.clamp(0, width), y2.clamp(0, height)], -1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Which boxes have both sides at least so long.</summary>
    /// <param name="boxes">[N, 4], xyxy.</param>
    /// <param name="side">The least side.</param>
    /// <returns>Their numbers [K], int64, ascending.</returns>
    public static Tensor AtLeast(Tensor boxes, double side)
    {
        Require(boxes);
        using var scope = NewDisposeScope();
        var (x1, y1, x2, y2) = Columns(boxes);
        var large = (x2 - x1 >= side).logical_and(y2 - y1 >= side);
        return large.nonzero().squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Throws where boxes are not [N, 4].</summary>
    internal static void Require(Tensor boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.dim() != 2 || boxes.shape[1] != 4)
            throw new ArgumentException(
                $"Boxes are [N, 4], a row each; given were [{string.Join(", ", boxes.shape)}].",
                nameof(boxes));
    }

    private static (Tensor Intersection, Tensor Union) Pairs(Tensor a, Tensor b)
    {
        Require(a);
        Require(b);
        var (ax1, ay1, ax2, ay2) = Columns(a.unsqueeze(1));                         // [N, 1]
        var (bx1, by1, bx2, by2) = Columns(b);                                      // [M]
        // Each extent is clamped before they are multiplied: two negative ones are no area.
        var width = (ax2.minimum(bx2) - ax1.maximum(bx1)).clamp_min(0);             // [N, M]
        var height = (ay2.minimum(by2) - ay1.maximum(by1)).clamp_min(0);
        var intersection = width * height;
        return (intersection, Area(a).unsqueeze(1) + Area(b) - intersection);
    }

    private static (Tensor, Tensor, Tensor, Tensor) Columns(Tensor boxes)
    {
        var columns = boxes.unbind(-1);
        return (columns[0], columns[1], columns[2], columns[3]);
    }

    // No area divides none: 0, and not what is no number.
    private static Tensor Positive(Tensor area) => area.clamp_min(1e-30);
}
