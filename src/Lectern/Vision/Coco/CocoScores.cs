using System.Text;

namespace Lectern.Vision;

/// <summary>What an evaluation found: precision at each recall, and recall, by threshold, category, size
/// and number of detections.</summary>
/// <remarks>A mean passes over what has no objects; where nothing has, it is -1, as COCO's tools say
/// it.</remarks>
public sealed class CocoScores
{
    // [T, K, sizes, numbers of detections, R] and without R; -1: no objects.
    private readonly double[] precision, recall;

    internal CocoScores(CocoSettings settings, IReadOnlyList<CocoCategory> categories)
    {
        (Settings, Categories) = (settings, categories);
        int cells = settings.Thresholds.Count * categories.Count * settings.Sizes.Count
            * settings.MaxDetections.Count;
        precision = new double[cells * settings.Recalls.Count];
        recall = new double[cells];
        Array.Fill(precision, -1);
        Array.Fill(recall, -1);
    }

    /// <summary>The rules.</summary>
    public CocoSettings Settings { get; }

    /// <summary>The categories; one where they did not count.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>AP: the mean of precision over all recalls, thresholds and categories.</summary>
    public double Ap => AveragePrecision();

    /// <summary>AP at IoU 0.5.</summary>
    public double Ap50 => AveragePrecision(0.5);

    /// <summary>AP at IoU 0.75.</summary>
    public double Ap75 => AveragePrecision(0.75);

    /// <summary>The twelve numbers of COCO's table: AP, AP50, AP75; AP of small, medium and large
    /// objects; AR for each number of detections (1, 10, 100); AR of small, medium and large
    /// objects.</summary>
    public IReadOnlyList<double> Numbers =>
    [
        Ap, Ap50, Ap75, .. Settings.Sizes.Skip(1).Select(size => AveragePrecision(size: size.Name)),
        .. Settings.MaxDetections.Select(most => AverageRecall(most)),
        .. Settings.Sizes.Skip(1).Select(size => AverageRecall(size: size.Name)),
    ];

    /// <summary>Mean precision.</summary>
    /// <param name="threshold">At this IoU; null: over all.</param>
    /// <param name="size">Of objects of this size; null: of all.</param>
    /// <param name="category">Of this category's id; null: over all.</param>
    public double AveragePrecision(double? threshold = null, string? size = null, int? category = null)
    {
        int points = Settings.Recalls.Count;
        return Mean(Cells(threshold, size, category, Most).SelectMany(cell =>
            Enumerable.Range(cell * points, points).Select(place => precision[place])));
    }

    /// <summary>Mean recall.</summary>
    /// <param name="maxDetections">With at most so many a picture; null: the most there is.</param>
    /// <param name="threshold">At this IoU; null: over all.</param>
    /// <param name="size">Of objects of this size; null: of all.</param>
    /// <param name="category">Of this category's id; null: over all.</param>
    public double AverageRecall(
        int? maxDetections = null, double? threshold = null, string? size = null, int? category = null)
    {
        int most = maxDetections is { } given
            ? Place(Settings.MaxDetections, given)
            : Settings.MaxDetections.Count - 1;
        return Mean(Cells(threshold, size, category, most).Select(cell => recall[cell]));
    }

    /// <summary>Precision at each of the recalls, the mean over categories: a curve to draw.</summary>
    /// <param name="threshold">At this IoU.</param>
    /// <param name="category">Of this category's id; null: over all.</param>
    public double[] Curve(double threshold, int? category = null)
    {
        int points = Settings.Recalls.Count;
        var cells = Cells(threshold, null, category, Most).ToList();
        return [.. Enumerable.Range(0, points)
            .Select(r => Mean(cells.Select(cell => precision[cell * points + r])))];
    }

    /// <summary>The table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string what, double value) =>
            text.AppendLine(FormattableString.Invariant($"{what,-24}{value,7:0.000}"));
        Line("AP", Ap);
        Line("AP50", Ap50);
        Line("AP75", Ap75);
        var sizes = Settings.Sizes.Skip(1).Select(size => size.Name).ToList();
        foreach (string size in sizes) Line($"AP {size}", AveragePrecision(size: size));
        foreach (int most in Settings.MaxDetections) Line($"AR@{most}", AverageRecall(most));
        foreach (string size in sizes) Line($"AR {size}", AverageRecall(size: size));
        return text.ToString();
    }

    internal void SetPrecision(int t, int r, int category, int size, int most, double value) =>
        precision[Cell(t, category, size, most) * Settings.Recalls.Count + r] = value;

    internal void SetRecall(int t, int category, int size, int most, double value) =>
        recall[Cell(t, category, size, most)] = value;

    private int Cell(int t, int category, int size, int most) =>
        ((t * Categories.Count + category) * Settings.Sizes.Count + size) * Settings.MaxDetections.Count
        + most;

    // COCO's precision is with 100 detections a picture.
    private int Most => Settings.MaxDetections.Contains(100)
        ? Place(Settings.MaxDetections, 100)
        : Settings.MaxDetections.Count - 1;

    private IEnumerable<int> Cells(double? threshold, string? size, int? category, int most)
    {
        int[] thresholds = threshold is { } iou
            ? [Nearest(iou)]
            : [.. Enumerable.Range(0, Settings.Thresholds.Count)];
        int[] kinds = category is { } id
            ? [Place([.. Categories.Select(kind => kind.Id)], id)]
            : [.. Enumerable.Range(0, Categories.Count)];
        int which = size is null ? 0 : Place([.. Settings.Sizes.Select(one => one.Name)], size);
        return thresholds.SelectMany(t => kinds.Select(kind => Cell(t, kind, which, most)));
    }

    private int Nearest(double iou)
    {
        var all = Settings.Thresholds;
        int place = Enumerable.Range(0, all.Count).MinBy(t => Math.Abs(all[t] - iou));
        return Math.Abs(all[place] - iou) < 1e-9
            ? place
            : throw new ArgumentException(
                $"{iou} is none of the thresholds: {string.Join(", ", all)}.", nameof(iou));
    }

    private static int Place<T>(IReadOnlyList<T> all, T one) =>
        all.ToList().IndexOf(one) is var place and >= 0
            ? place
            : throw new ArgumentException($"{one} is none of {string.Join(", ", all)}.");

    private static double Mean(IEnumerable<double> values)
    {
        var (sum, count) = (0.0, 0);
        foreach (double value in values) if (value > -1) (sum, count) = (sum + value, count + 1);
        return count == 0 ? -1 : sum / count;
    }
}
