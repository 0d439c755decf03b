namespace Lectern.Vision;

/// <summary>What detections and objects are compared by.</summary>
public enum CocoMatching
{
    /// <summary>IoU of boxes.</summary>
    Boxes,

    /// <summary>IoU of masks; COCO's "segm".</summary>
    Masks,
}

/// <summary>Sizes of objects that are counted by themselves.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Least">The smallest area, which belongs to it.</param>
/// <param name="Most">The largest area, which belongs to it, too: an object of 32² pixels is small and
/// medium.</param>
public sealed record CocoSize(string Name, double Least, double Most)
{
    /// <summary>Whether an area is not one of these.</summary>
    internal bool Excludes(double area) => area < Least || area > Most;
}

/// <summary>How detections are judged; defaults are COCO's.</summary>
public sealed record CocoSettings
{
    /// <summary>COCO's.</summary>
    public static CocoSettings Default { get; } = new();

    /// <summary>For proposals: whatever the object is, and up to 1,000 a picture.</summary>
    public static CocoSettings Proposals { get; } =
        new() { ByCategory = false, MaxDetections = [10, 100, 1000] };

    /// <summary>IoUs from which on a detection is right: 0.50, 0.55 … 0.95. At most 32.</summary>
    public IReadOnlyList<double> Thresholds { get; init; } = Steps(0.5, 0.95, 10);

    /// <summary>Recalls at which precision is read: 0, 0.01 … 1.</summary>
    public IReadOnlyList<double> Recalls { get; init; } = Steps(0, 1, 101);

    /// <summary>Best so many of each picture and category, ascending; the last is what precision is of,
    /// unless 100 is among them.</summary>
    public IReadOnlyList<int> MaxDetections { get; init; } = [1, 10, 100];

    /// <summary>The sizes: all, small, medium, large. The first is what the main numbers are of.</summary>
    public IReadOnlyList<CocoSize> Sizes { get; init; } =
    [
        new("all", 0, 1e10), new("small", 0, 32 * 32), new("medium", 32 * 32, 96 * 96),
        new("large", 96 * 96, 1e10),
    ];

    /// <summary>Whether a detection must be of the object's category.</summary>
    public bool ByCategory { get; init; } = true;

    // Multiples of the step and the exact end, so that thresholds are the same floating numbers as
    // everyone's.
    private static double[] Steps(double first, double last, int count) =>
        [.. Enumerable.Range(0, count - 1).Select(i => i * ((last - first) / (count - 1)) + first), last];
}
