namespace Lectern.Vision;

/// <summary>A network with weights that finds objects in pictures.</summary>
/// <param name="Network">The network, in evaluation mode.</param>
/// <param name="Detect">Its objects in pictures, RGB from 0 to 1.</param>
/// <param name="Categories">What its labels from 1 on are.</param>
public sealed record Segmenter(
    nn.Module Network, Func<IReadOnlyList<Tensor>, Detections[]> Detect, IReadOnlyList<CocoCategory> Categories)
    : IDisposable
{
    /// <summary>
    /// The side up to which a picture is searched in its own size, and a larger one in this one: a hundred masks
    /// of 2000×2000 take 1.6 GB.
    /// </summary>
    internal const int LargestSide = 2000;

    /// <summary>Finds the objects in one picture, of any size.</summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    /// <param name="imageId">What the result calls the picture.</param>
    /// <returns>By descending score, that of the mask where the network has one.</returns>
    public IReadOnlyList<CocoDetection> Find(Tensor picture, long imageId = 1)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (height, width) = (picture.shape[1], picture.shape[2]);
        double factor = Math.Min(1, LargestSide / (double)Math.Max(height, width));
        (long Height, long Width) size = (Math.Max(1, (long)(height * factor)), Math.Max(1, (long)(width * factor)));
        var input = picture.to(float32);
        if (factor < 1) input = Images.Resize(input, size.Height, size.Width);
        if (!picture.is_floating_point()) input /= 255;
        var found = Detect([input])[0];
        var boxes = PictureBatch.Scale(found.Boxes, size, (height, width));
        var names = Categories.Select(category => (long)category.Id).ToArray();
        var labels = tensor(found.Labels.cpu().data<long>().ToArray().Select(label => names[label - 1]).ToArray());
        return [.. CocoDetection.Of(imageId, boxes, labels, found.MaskScores, found.Masks)
            .Select(one => factor < 1 ? one with { Mask = one.Mask!.Resize((int)height, (int)width) } : one)
            .OrderByDescending(one => one.Score)];
    }

    /// <summary>Lets the network go.</summary>
    public void Dispose() => Network.Dispose();
}
