namespace Lectern.Vision;

/// <summary>An object that a model found.</summary>
/// <param name="ImageId">The picture.</param>
/// <param name="CategoryId">Its kind.</param>
/// <param name="Score">How sure the model is.</param>
/// <param name="Box">Around it.</param>
/// <param name="Mask">Its pixels; null where only boxes are found.</param>
public sealed record CocoDetection(
    long ImageId, int CategoryId, double Score, CocoBox Box, RleMask? Mask = null)
{
    /// <summary>What a model found in one picture.</summary>
    /// <param name="imageId">The picture.</param>
    /// <param name="boxes">[N, 4], xyxy, pixels.</param>
    /// <param name="labels">Categories [N], int64.</param>
    /// <param name="scores">[N].</param>
    /// <param name="masks">[N, H, W]: true or not 0 inside, or probabilities, inside above ½; null: boxes
    /// only.</param>
    /// <exception cref="ArgumentException">There are more or fewer boxes than labels, scores or masks.</exception>
    public static IReadOnlyList<CocoDetection> Of(
        long imageId, Tensor boxes, Tensor labels, Tensor scores, Tensor? masks = null)
    {
        Boxes.Require(boxes);
        long n = boxes.shape[0];
        if (labels.numel() != n || scores.numel() != n || (masks is not null && masks.shape[0] != n))
            throw new ArgumentException(
                $"A detection has one of each; given were {n} boxes, {labels.numel()} labels, "
                + $"{scores.numel()} scores and {masks?.shape[0] ?? n} masks.");
        double[] corners = Suppression.Values<double>(boxes, ScalarType.Float64);
        long[] kinds = Suppression.Values<long>(labels, ScalarType.Int64);
        double[] values = Suppression.Values<double>(scores, ScalarType.Float64);
        using var scope = NewDisposeScope();
        var shapes = masks is null ? null : RleMask.OfEach(masks.is_floating_point() ? masks > 0.5 : masks);
        return [.. Enumerable.Range(0, (int)n).Select(i =>
        {
            var (x, y) = (corners[4 * i], corners[4 * i + 1]);
            var box = new CocoBox(x, y, corners[4 * i + 2] - x, corners[4 * i + 3] - y);
            return new CocoDetection(imageId, (int)kinds[i], values[i], box, shapes?[i]);
        })];
    }

    /// <summary>Writes detections as a COCO results file, which its server and other tools take.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="detections">The detections.</param>
    public static void Write(string path, IEnumerable<CocoDetection> detections)
    {
        ArgumentNullException.ThrowIfNull(detections);
        CocoFile.Write(path, detections.Select(one => new CocoFile.Result(
            one.ImageId, one.CategoryId, CocoFile.Numbers(one.Box), one.Score,
            one.Mask is null ? null : new CocoSegmentation(one.Mask))));
    }

    /// <summary>Reads a COCO results file.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="truth">What the results are about: it has the pictures' sizes.</param>
    /// <exception cref="InvalidDataException">It is no such file, or names an image that is not
    /// there.</exception>
    public static IReadOnlyList<CocoDetection> Read(string path, CocoDataset truth)
    {
        ArgumentNullException.ThrowIfNull(truth);
        return [.. CocoFile.Read<List<CocoFile.Result>>(path, "COCO results")
            .Select((one, i) => one.Detection(truth) ?? throw new InvalidDataException(
                $"'{path}': result {i} needs \"category_id\", \"score\", the \"image_id\" of a picture that "
                + $"'{truth.Name}' has, and a \"bbox\" of four numbers or a \"segmentation\"."))];
    }
}
