namespace Lectern.Vision;

/// <summary>AP^r: the area under a class's precision and recall where detections are told right by their
/// masks (Hariharan et al. 2014).</summary>
/// <remarks>
/// In order of score, a detection takes the free object of its class and picture with the highest IoU,
/// and is right where that is strictly above the threshold. The area is all of it, under precision that
/// never rises again. Objects of every size count; crowd regions do not.
/// </remarks>
public static class VocEvaluation
{
    /// <summary>The thresholds of AP^r_vol: 0.1, 0.2 … 0.9.</summary>
    public static IReadOnlyList<double> Volume { get; } = [.. Enumerable.Range(1, 9).Select(i => i / 10.0)];

    /// <summary>The mean over categories that have objects; no number where none has.</summary>
    /// <param name="truth">The annotated objects.</param>
    /// <param name="detections">The detections.</param>
    /// <param name="threshold">The IoU.</param>
    /// <param name="matching">Masks, for AP^r; boxes, for the AP of VOC's detection task.</param>
    public static double Ap(CocoDataset truth, IReadOnlyList<CocoDetection> detections,
        double threshold = 0.5, CocoMatching matching = CocoMatching.Masks) =>
        ByCategory(truth, detections, [threshold], matching).Values.Select(values => values[0])
            .DefaultIfEmpty(double.NaN).Average();

    /// <summary>AP^r_vol: the mean over categories and the thresholds 0.1 to 0.9.</summary>
    /// <param name="truth">The annotated objects.</param>
    /// <param name="detections">The detections.</param>
    /// <param name="matching">Masks or boxes.</param>
    public static double ApVolume(CocoDataset truth, IReadOnlyList<CocoDetection> detections,
        CocoMatching matching = CocoMatching.Masks) =>
        ByCategory(truth, detections, Volume, matching).Values.Select(values => values.Average())
            .DefaultIfEmpty(double.NaN).Average();

    /// <summary>The area of each category that has objects.</summary>
    /// <param name="truth">The annotated objects.</param>
    /// <param name="detections">The detections.</param>
    /// <param name="thresholds">The IoUs.</param>
    /// <param name="matching">Masks or boxes.</param>
    /// <returns>By the category's id, one area a threshold.</returns>
    public static IReadOnlyDictionary<int, double[]> ByCategory(CocoDataset truth,
        IReadOnlyList<CocoDetection> detections, IReadOnlyList<double> thresholds,
        CocoMatching matching = CocoMatching.Masks)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        var cells = new CocoCells(truth, detections, matching, byCategory: true);
        var areas = new Dictionary<int, double[]>();
        for (int category = 0; category < cells.Categories; category++)
        {
            var (ranked, objects) = cells.Of(category, int.MaxValue);
            int counted = objects.Count(g => !cells.Objects[g].IsCrowd);
            if (counted == 0) continue;
            // A detection's rivals are those of its own picture, so that pictures are matched one by one.
            var right = new Dictionary<int, bool[]>();
            for (int image = 0; image < truth.Images.Count; image++)
                Match(cells, category * truth.Images.Count + image, thresholds, right);
            areas[truth.Categories[category].Id] = [.. thresholds.Select((_, t) =>
                Area([.. ranked.Select(one => right[one.Detection][t])], counted))];
        }
        return areas;
    }

    /// <summary>The area under the envelope of precision over recall.</summary>
    /// <param name="right">Whether each detection is right, by descending score.</param>
    /// <param name="objects">How many there were to find.</param>
    internal static double Area(bool[] right, int objects)
    {
        var (found, best, area) = (right.Count(one => one), 0.0, 0.0);
        for (int i = right.Length - 1; i >= 0; i--)
        {
            best = Math.Max(best, found / (i + 1.0));
            if (!right[i]) continue;
            area += best / objects;
            found--;
        }
        return area;
    }

    private static void Match(
        CocoCells cells, int cell, IReadOnlyList<double> thresholds, Dictionary<int, bool[]> right)
    {
        var found = cells.DetectionsIn(cell);
        int[] objects = [.. cells.ObjectsIn(cell).ToArray().Where(g => !cells.Objects[g].IsCrowd)];
        double[] ious = cells.Ious(found, objects);
        foreach (int detection in found) right[detection] = new bool[thresholds.Count];
        for (int t = 0; t < thresholds.Count; t++)
        {
            bool[] taken = new bool[objects.Length];
            for (int d = 0; d < found.Length; d++)
            {
                int best = -1;
                for (int g = 0; g < objects.Length; g++)
                {
                    if (taken[g]) continue;
                    if (best < 0 || ious[d * objects.Length + g] > ious[d * objects.Length + best]) best = g;
                }
                if (best < 0 || !(ious[d * objects.Length + best] > thresholds[t])) continue;
                taken[best] = right[found[d]][t] = true;
            }
        }
    }
}
