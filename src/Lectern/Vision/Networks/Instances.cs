namespace Lectern.Vision;

/// <summary>The objects of one picture, to learn from.</summary>
/// <param name="Boxes">xyxy in pixels: [G, 4].</param>
/// <param name="Labels">Classes from 1 on, 0 being the background: int64 [G].</param>
/// <param name="Masks">0 and 1, or true and false: [G, H, W].</param>
public sealed record Instances(Tensor Boxes, Tensor Labels, Tensor Masks)
{
    /// <exception cref="ArgumentException">A label is no class but the background.</exception>
    internal static void RequireLabels(IReadOnlyList<Instances> objects, int classes)
    {
        ArgumentNullException.ThrowIfNull(objects);
        foreach (var labels in objects.Select(of => of.Labels).Where(labels => labels.shape[0] > 0))
            if (labels.min().item<long>() < 1 || labels.max().item<long>() >= classes)
                throw new ArgumentException(
                    $"Labels are from 1 to {classes - 1}; given were {labels.min().item<long>()} to "
                    + $"{labels.max().item<long>()}.", nameof(objects));
    }
}

/// <summary>The objects that a network found in one picture, the best first.</summary>
/// <param name="Boxes">xyxy in pixels of the picture: [K, 4].</param>
/// <param name="Labels">Classes from 1 on: int64 [K].</param>
/// <param name="Scores">Probabilities of the classes: [K].</param>
/// <param name="Masks">
/// Probability of each pixel to be the object's: [K, H, W]; above ½ it is taken to be.
/// </param>
public sealed record Detections(Tensor Boxes, Tensor Labels, Tensor Scores, Tensor Masks) : IDisposable
{
    /// <summary>Lets the tensors go.</summary>
    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Boxes, Labels, Scores, Masks]) tensor.Dispose();
    }

    internal Detections MoveToOuterDisposeScope()
    {
        foreach (var tensor in (Tensor[])[Boxes, Labels, Scores, Masks]) tensor.MoveToOuterDisposeScope();
        return this;
    }
}
