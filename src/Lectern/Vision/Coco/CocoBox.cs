namespace Lectern.Vision;

/// <summary>A box as COCO's files have it: left, top, width, height, in pixels.</summary>
/// <param name="X">Left side.</param>
/// <param name="Y">Upper side.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public readonly record struct CocoBox(double X, double Y, double Width, double Height)
{
    /// <summary>Width · height.</summary>
    public double Area => Width * Height;

    /// <summary>Whether it holds anything.</summary>
    public bool IsEmpty => !(Width > 0 && Height > 0);

    /// <summary>Intersection over union; 0 where nothing is common.</summary>
    /// <param name="other">Another box.</param>
    /// <param name="crowd">Whether the other is a crowd region: the union is then this box alone.</param>
    public double Iou(CocoBox other, bool crowd = false)
    {
        double width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        double height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        if (!(width > 0 && height > 0)) return 0;
        double common = width * height;
        return common / (crowd ? Area : Area + other.Area - common);
    }

    internal static CocoBox Around(RleMask mask)
    {
        var (x1, y1, x2, y2) = mask.Bounds;
        return new CocoBox(x1, y1, x2 - x1, y2 - y1);
    }
}
