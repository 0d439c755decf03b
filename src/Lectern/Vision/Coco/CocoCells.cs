using Lectern.Training;

namespace Lectern.Vision;

/// <summary>Detections and objects by picture and category, in two tables of runs; with one category for
/// all where it does not count.</summary>
internal sealed class CocoCells
{
    private readonly int images;
    private readonly int[] detectionStarts, detectionOrder, objectStarts, objectOrder;
    private readonly CocoMatching matching;
    private readonly RleMask[]? masks;

    internal CocoCells(
        CocoDataset truth, IReadOnlyList<CocoDetection> detections, CocoMatching matching, bool byCategory)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(detections);
        (Detections, Objects) = (detections, truth.Annotations);
        (this.matching, images) = (matching, truth.Images.Count);
        if (matching == CocoMatching.Masks && detections.FirstOrDefault(one => one.Mask is null) is { } bare)
            throw new ArgumentException(
                $"A detection in image {bare.ImageId} has no mask.", nameof(detections));
        if (detections.FirstOrDefault(one => !truth.Has(one.ImageId)) is { } stray)
            throw new ArgumentException(
                $"A detection is in image {stray.ImageId}, which '{truth.Name}' has not.",
                nameof(detections));
        var places = truth.Images.Select(image => image.Id).Order().Select((id, place) => (id, place))
            .ToDictionary(pair => pair.id, pair => pair.place);
        var kinds = truth.Categories.Select((kind, place) => (kind.Id, place))
            .ToDictionary(pair => pair.Id, pair => pair.place);
        if (byCategory && detections.Count > 0 && !detections.Any(one => kinds.ContainsKey(one.CategoryId)))
            throw new ArgumentException(
                $"None of the {detections.Count} detections is of a category that '{truth.Name}' has. The "
                + $"first is of {detections[0].CategoryId}; it has {string.Join(", ", kinds.Keys.Take(10))}…",
                nameof(detections));

        Categories = byCategory ? kinds.Count : 1;
        // Sorted by category and then by picture, each sort stable; a category that is not there is past
        // the last.
        int Kind(int category) => kinds.GetValueOrDefault(category, kinds.Count);
        int Cell(long image, int category) =>
            byCategory ? Kind(category) * images + places[image] : places[image];
        (_, detectionOrder) = Sort(
            [.. Enumerable.Range(0, detections.Count)], i => Kind(detections[i].CategoryId), kinds.Count + 1);
        (_, objectOrder) = Sort(
            [.. Enumerable.Range(0, Objects.Count)], i => Kind(Objects[i].CategoryId), kinds.Count + 1);
        (detectionStarts, detectionOrder) = Sort(detectionOrder,
            i => Cell(detections[i].ImageId, detections[i].CategoryId), (Categories + 1) * images);
        (objectStarts, objectOrder) = Sort(objectOrder,
            i => Cell(Objects[i].ImageId, Objects[i].CategoryId), (Categories + 1) * images);
        for (int cell = 0; cell < Count; cell++) SortByScore(cell);
        if (matching != CocoMatching.Masks) return;
        masks = new RleMask[Objects.Count];
        Parallel.For(0, masks.Length, Kernels.Threads,
            i => masks[i] = truth.Mask(Objects[i]));
    }

    internal IReadOnlyList<CocoDetection> Detections { get; }

    internal IReadOnlyList<CocoAnnotation> Objects { get; }

    internal int Categories { get; }

    /// <summary>Number of pairs of a category and a picture.</summary>
    internal int Count => Categories * images;

    /// <summary>Numbers of a pair's detections, by descending score.</summary>
    internal ReadOnlySpan<int> DetectionsIn(int cell) =>
        detectionOrder.AsSpan(detectionStarts[cell]..detectionStarts[cell + 1]);

    /// <summary>Numbers of a pair's objects.</summary>
    internal ReadOnlySpan<int> ObjectsIn(int cell) =>
        objectOrder.AsSpan(objectStarts[cell]..objectStarts[cell + 1]);

    /// <summary>The area of a detection: of its mask where masks are compared.</summary>
    internal double Area(int detection) => matching == CocoMatching.Masks
        ? Detections[detection].Mask!.Area
        : Detections[detection].Box.Area;

    /// <summary>IoU of each detection with each object, row by row.</summary>
    internal double[] Ious(ReadOnlySpan<int> found, ReadOnlySpan<int> objects)
    {
        double[] ious = new double[found.Length * objects.Length];
        for (int d = 0; d < found.Length; d++)
        {
            var detection = Detections[found[d]];
            for (int g = 0; g < objects.Length; g++)
            {
                var one = Objects[objects[g]];
                ious[d * objects.Length + g] = masks is null
                    ? detection.Box.Iou(one.Box, one.IsCrowd)
                    : detection.Mask!.Iou(masks[objects[g]], one.IsCrowd);
            }
        }
        return ious;
    }

    /// <summary>A category's detections over all pictures by descending score, each with its rank in its
    /// picture, and its objects.</summary>
    internal (List<(int Detection, int Rank)> Ranked, int[] Objects) Of(int category, int most)
    {
        var ranked = new List<(int Detection, int Rank)>();
        for (int cell = category * images; cell < (category + 1) * images; cell++)
        {
            var own = DetectionsIn(cell);
            for (int rank = 0; rank < Math.Min(most, own.Length); rank++) ranked.Add((own[rank], rank));
        }
        return ([.. ranked.OrderByDescending(one => Detections[one.Detection].Score)],          // stable
            objectOrder[objectStarts[category * images]..objectStarts[(category + 1) * images]]);
    }

    // Counts each key's items, and puts them in order of keys.
    private static (int[] Starts, int[] Order) Sort(int[] items, Func<int, int> key, int keys)
    {
        int[] starts = new int[keys + 1], order = new int[items.Length];
        int[] own = [.. items.Select(key)];
        foreach (int k in own) starts[k + 1]++;
        for (int k = 0; k < keys; k++) starts[k + 1] += starts[k];
        int[] next = [.. starts];
        for (int i = 0; i < items.Length; i++) order[next[own[i]]++] = items[i];
        return (starts, order);
    }

    private void SortByScore(int cell)
    {
        var own = detectionOrder.AsSpan(detectionStarts[cell]..detectionStarts[cell + 1]);
        if (own.Length < 2) return;
        int[] sorted = [.. own.ToArray().OrderByDescending(i => Detections[i].Score)];           // stable
        sorted.CopyTo(own);
    }
}
