using System.Collections.Concurrent;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>COCO's evaluation of boxes, masks and proposals (Lin et al. 2014, the rules of its
/// tools).</summary>
/// <remarks>
/// In each picture and category, detections in order of score take the free object with the highest IoU,
/// if it reaches the threshold. An object is ignored if it is a crowd or of another size; so is a
/// detection that takes an ignored object, or none and is itself of another size. Over all pictures, in
/// order of score, right and wrong ones add up to precision and recall. Time and memory grow linearly
/// with the detections.
/// </remarks>
public static class CocoEvaluation
{
    /// <summary>Judges detections.</summary>
    /// <param name="truth">The annotated objects.</param>
    /// <param name="detections">The detections, in any order; of equal scores the first comes first.
    /// Those of a category that the truth has not are passed over.</param>
    /// <param name="matching">Whether boxes or masks are compared.</param>
    /// <param name="settings">The rules; null: COCO's.</param>
    /// <exception cref="ArgumentException">A detection is in a picture that the truth has not, or has no
    /// mask where masks are compared; or none is of a category that it has.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than 32 thresholds.</exception>
    public static CocoScores Evaluate(CocoDataset truth, IReadOnlyList<CocoDetection> detections,
        CocoMatching matching = CocoMatching.Boxes, CocoSettings? settings = null)
    {
        settings ??= CocoSettings.Default;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.Thresholds.Count, 32, nameof(settings));
        var cells = new CocoCells(truth, detections, matching, settings.ByCategory);
        var marks = Match(cells, settings);
        var scores = new CocoScores(settings, settings.ByCategory ? truth.Categories : [new(-1, "any")]);
        Parallel.For(0, cells.Categories, Kernels.Threads, category => Accumulate(cells, marks, category, scores));
        return scores;
    }

    // The tools add it to what they divide by.
    private const double Spacing = 1.0 / (1L << 52);

    // What became of each detection, for each size: a bit a threshold.
    private sealed record Marks(uint[] Matched, uint[] Ignored);

    private static Marks Match(CocoCells cells, CocoSettings settings)
    {
        int sizes = settings.Sizes.Count, most = settings.MaxDetections[^1];
        int all = cells.Detections.Count * sizes;
        var marks = new Marks(new uint[all], new uint[all]);
        if (cells.Count == 0) return marks;
        Parallel.ForEach(Partitioner.Create(0, cells.Count), Kernels.Threads, range =>
        {
            for (int cell = range.Item1; cell < range.Item2; cell++)
            {
                var found = cells.DetectionsIn(cell)[..Math.Min(most, cells.DetectionsIn(cell).Length)];
                var objects = cells.ObjectsIn(cell);
                if (found.IsEmpty) continue;
                double[] ious = cells.Ious(found, objects);
                for (int size = 0; size < sizes; size++)
                    MatchOne(cells, settings, size, found, objects, ious, marks);
            }
        });
        return marks;
    }

    private static void MatchOne(CocoCells cells, CocoSettings settings, int size,
        ReadOnlySpan<int> found, ReadOnlySpan<int> objects, double[] ious, Marks marks)
    {
        var (range, sizes) = (settings.Sizes[size], settings.Sizes.Count);
        // Ignored objects come last; else as they were.
        int n = objects.Length, count = 0;
        Span<bool> ignored = n <= 256 ? stackalloc bool[n] : new bool[n];
        Span<bool> taken = n <= 256 ? stackalloc bool[n] : new bool[n];
        Span<int> order = n <= 256 ? stackalloc int[n] : new int[n];
        for (int pass = 0; pass < 2; pass++)
        {
            for (int g = 0; g < n; g++)
            {
                var one = cells.Objects[objects[g]];
                bool ignore = one.IsCrowd || range.Excludes(one.Area);
                if (ignore != (pass == 1)) continue;
                (ignored[count], order[count++]) = (ignore, g);
            }
        }
        for (int t = 0; t < settings.Thresholds.Count; t++)
        {
            uint bit = 1u << t;
            double least = Math.Min(settings.Thresholds[t], 1 - 1e-10);
            taken.Clear();
            for (int d = 0; d < found.Length; d++)
            {
                double best = least;
                int match = -1;
                for (int g = 0; g < n; g++)
                {
                    if (taken[g] && !cells.Objects[objects[order[g]]].IsCrowd) continue;
                    if (match >= 0 && !ignored[match] && ignored[g]) break;
                    double iou = ious[d * n + order[g]];
                    if (iou < best) continue;                       // of equal ones the later one wins
                    (best, match) = (iou, g);
                }
                int mark = found[d] * sizes + size;
                if (match >= 0)
                {
                    taken[match] = true;
                    marks.Matched[mark] |= bit;
                    if (ignored[match]) marks.Ignored[mark] |= bit;
                }
                else if (range.Excludes(cells.Area(found[d])))
                {
                    marks.Ignored[mark] |= bit;
                }
            }
        }
    }

    private static void Accumulate(CocoCells cells, Marks marks, int category, CocoScores scores)
    {
        var settings = scores.Settings;
        int sizes = settings.Sizes.Count;
        var (ranked, objects) = cells.Of(category, settings.MaxDetections[^1]);
        var right = new List<double>();
        for (int size = 0; size < sizes; size++)
        {
            var range = settings.Sizes[size];
            int counted = objects.Select(g => cells.Objects[g])
                .Count(one => !one.IsCrowd && !range.Excludes(one.Area));
            if (counted == 0) continue;
            for (int m = 0; m < settings.MaxDetections.Count; m++)
            {
                for (int t = 0; t < settings.Thresholds.Count; t++)
                {
                    // Precision where recall rises; elsewhere it only falls.
                    right.Clear();
                    int wrong = 0;
                    foreach (var (detection, rank) in ranked)
                    {
                        int mark = detection * sizes + size;
                        if (rank >= settings.MaxDetections[m]) continue;
                        if ((marks.Ignored[mark] >> t & 1) != 0) continue;
                        if ((marks.Matched[mark] >> t & 1) == 0) wrong++;
                        else right.Add((right.Count + 1) / (right.Count + 1 + wrong + Spacing));
                    }
                    for (int i = right.Count - 2; i >= 0; i--) right[i] = Math.Max(right[i], right[i + 1]);
                    scores.SetRecall(t, category, size, m, right.Count / (double)counted);
                    for (int r = 0, i = 0; r < settings.Recalls.Count; r++)
                    {
                        while (i < right.Count && (i + 1) / (double)counted < settings.Recalls[r]) i++;
                        scores.SetPrecision(t, r, category, size, m, i < right.Count ? right[i] : 0);
                    }
                }
            }
        }
    }
}
