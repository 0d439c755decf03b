using Lectern.Vision;

namespace Lectern.Tests.Vision;

/// <summary>COCO's numbers straight from their definition: one threshold, size and category at a time,
/// over lists, with pixels compared one by one.</summary>
internal sealed class SlowCoco(CocoDataset truth, IReadOnlyList<CocoDetection> detections, bool masks)
{
    private static readonly (double Low, double High)[] Sizes = [(0, 1e10), (0, 1024), (1024, 9216),
        (9216, 1e10)];

    private readonly ILookup<long, CocoDetection> byImage = detections.ToLookup(one => one.ImageId);
    private readonly Dictionary<object, bool[]> pixels = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, Dictionary<object,
        double>> ious = new(ReferenceEqualityComparer.Instance);

    private sealed record Outcome(double Score, bool Right);

    internal double[] Numbers(bool byCategory = true, params int[] most)
    {
        if (most.Length == 0) most = [1, 10, 100];
        // The tools take multiples of a step as floating numbers have them: one is 0.8999999999999999.
        double[] thresholds = [.. Enumerable.Range(0, 10).Select(i => i * ((0.95 - 0.5) / 9) + 0.5)];
        int full = most.Contains(100) ? 100 : most[^1];
        return
        [
            Mean(thresholds, byCategory, 0, full, true, most[^1]),
                Mean([0.5], byCategory, 0, full, true, most[^1]),
            Mean([0.75], byCategory, 0, full, true, most[^1]),
                Mean(thresholds, byCategory, 1, full, true, most[^1]),
            Mean(thresholds, byCategory, 2, full, true, most[^1]),
                Mean(thresholds, byCategory, 3, full, true, most[^1]),
            .. most.Select(count => Mean(thresholds, byCategory, 0, count, false, most[^1])),
            Mean(thresholds, byCategory, 1, most[^1], false, most[^1]),
                Mean(thresholds, byCategory, 2, most[^1], false, most[^1]),
            Mean(thresholds, byCategory, 3, most[^1], false, most[^1]),
        ];
    }

    private double Mean(double[] thresholds, bool byCategory, int size, int most, bool precision, int cut)
    {
        var values = new List<double>();
        foreach (double threshold in thresholds)
        {
            foreach (int? kind in byCategory ? truth.Categories.Select(one => (int?)one.Id) : [null])
                if (One(threshold, kind, size, most, precision, cut) is { } value) values.Add(value);
        }
        return values.Count == 0 ? -1 : values.Average();
    }

    private double? One(double threshold, int? kind, int size, int most, bool precision, int cut)
    {
        var outcomes = new List<Outcome>();
        int objects = 0;
        foreach (var image in truth.Images.OrderBy(image => image.Id))
        {
            bool Wanted(int category) =>
                kind is null ? truth.Categories.Any(one => one.Id == category) : category == kind;
            var all = truth.Of(image.Id).Where(one => Wanted(one.CategoryId));
            // Where categories do not count, they still stand in order.
            if (kind is null) all = all.OrderBy(one => one.CategoryId);
            bool Ignored(CocoAnnotation one) =>
                one.IsCrowd || one.Area < Sizes[size].Low || one.Area > Sizes[size].High;
            var annotations = all.OrderBy(Ignored).ToList();
            objects += annotations.Count(one => !Ignored(one));
            var found = byImage[image.Id].Where(one => Wanted(one.CategoryId));
            if (kind is null) found = found.OrderBy(one => one.CategoryId);
            var free = annotations.ToHashSet();
            foreach (var detection in found.OrderByDescending(one => one.Score).Take(cut).Take(most))
            {
                var matches = annotations.Where(one => free.Contains(one) && Iou(detection, one) >= threshold)
                    .Select((one, place) => (One: one, Place: place, Ignored: Ignored(one))).ToList();
                // One that counts goes before any that does not; then the IoU, then the later place.
                var best = matches.OrderBy(match => match.Ignored)
                    .ThenByDescending(match => Iou(detection, match.One))
                    .ThenByDescending(match => match.Place).Select(match => match.One).FirstOrDefault();
                if (best is not null && !best.IsCrowd) free.Remove(best);
                double area = masks ? detection.Mask!.Area : detection.Box.Width * detection.Box.Height;
                bool ignored = best is null ? area < Sizes[size].Low
                    || area > Sizes[size].High : Ignored(best);
                if (!ignored) outcomes.Add(new Outcome(detection.Score, best is not null));
            }
        }
        if (objects == 0) return null;
        var ranked = outcomes.OrderByDescending(outcome => outcome.Score).ToList();
        if (!precision) return ranked.Count(outcome => outcome.Right) / (double)objects;
        var points = ranked.Select((_, i) =>
        {
            double right = ranked.Take(i + 1).Count(outcome => outcome.Right);
            return (Recall: right / objects, Precision: right / (i + 1));
        }).ToList();
        return Enumerable.Range(0, 101).Average(i =>
            points.Where(point => point.Recall >= i * 0.01).Select(point => point.Precision)
                .DefaultIfEmpty(0).Max());
    }

    private double Iou(CocoDetection detection, CocoAnnotation one)
    {
        if (!ious.TryGetValue(detection, out var known))
            ious[detection] = known = new(ReferenceEqualityComparer.Instance);
        if (!known.TryGetValue(one, out double iou))
            known[one] = iou = masks ? OfPixels(detection, one)
                : OfBoxes(detection.Box, one.Box, one.IsCrowd);
        return iou;
    }

    private static double OfBoxes(CocoBox a, CocoBox b, bool crowd)
    {
        double width = Math.Max(0, Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X));
        double height = Math.Max(0, Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y));
        double own = a.Width * a.Height, both = width * height;
        return both == 0 ? 0 : both / (crowd ? own : own + b.Width * b.Height - both);
    }

    private double OfPixels(CocoDetection detection, CocoAnnotation one)
    {
        bool[] first = Pixels(detection, () => detection.Mask!), second = Pixels(one, () => truth.Mask(one));
        var (own, other, both) = (0.0, 0.0, 0.0);
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i]) own++;
            if (second[i]) other++;
            if (first[i] && second[i]) both++;
        }
        return both == 0 ? 0 : both / (one.IsCrowd ? own : own + other - both);
    }

    private bool[] Pixels(object owner, Func<RleMask> mask)
    {
        if (pixels.TryGetValue(owner, out bool[]? known)) return known;
        using var scope = NewDisposeScope();
        return pixels[owner] = mask().ToTensor().data<bool>().ToArray();
    }
}
