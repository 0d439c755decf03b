namespace Lectern.Vision;

/// <summary>
/// Boxes as steps from anchors (Girshick et al. 2014, R-CNN, appendix C): t = w (b - a) / size of a for
/// centres, and w ln(size of b / size of a) for sizes. The SSD's variances 0.1 and 0.2 are weights 10 and 5.
/// </summary>
/// <param name="Centre">Weight w of the centre's two numbers.</param>
/// <param name="Size">Weight w of the size's two numbers.</param>
/// <param name="Largest">
/// Largest ln(size of b / size of a) that is decoded, ln(1000/16) in Detectron and torchvision; infinity for
/// none.
/// </param>
public sealed record BoxCoding(double Centre = 1, double Size = 1, double Largest = 4.135166556742356)
{
    /// <summary>Steps from anchors to boxes.</summary>
    /// <param name="boxes">xyxy, [..., 4].</param>
    /// <param name="anchors">xyxy, [..., 4].</param>
    /// <returns>(t_x, t_y, t_w, t_h): [..., 4].</returns>
    public Tensor Encode(Tensor boxes, Tensor anchors)
    {
        using var scope = NewDisposeScope();
        var ((centre, size), (at, of)) = (Split(boxes), Split(anchors));
        return cat([(centre - at) / of * Centre, (size / of).log() * Size], -1).MoveToOuterDisposeScope();
    }

    /// <summary>Boxes that are steps away from anchors.</summary>
    /// <param name="steps">[..., 4].</param>
    /// <param name="anchors">xyxy, [..., 4].</param>
    /// <returns>xyxy, [..., 4].</returns>
    public Tensor Decode(Tensor steps, Tensor anchors)
    {
        using var scope = NewDisposeScope();
        var (at, of) = Split(anchors);
        var centre = steps.narrow(-1, 0, 2) / Centre * of + at;
        var half = (steps.narrow(-1, 2, 2) / Size).clamp(max: Largest).exp() * of * 0.5;
        return cat([centre - half, centre + half], -1).MoveToOuterDisposeScope();
    }

    private static (Tensor Centre, Tensor Size) Split(Tensor boxes)
    {
        var (low, size) = (boxes.narrow(-1, 0, 2), boxes.narrow(-1, 2, 2) - boxes.narrow(-1, 0, 2));
        return (low + 0.5 * size, size);
    }
}
