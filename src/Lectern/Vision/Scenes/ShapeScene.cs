namespace Lectern.Vision;

/// <summary>A drawn picture with what is in it.</summary>
/// <param name="Picture">uint8 [3, H, W].</param>
/// <param name="Boxes">Around what is seen of each object, xyxy in pixels: float32 [N, 4].</param>
/// <param name="Labels">Kinds, from 1: int64 [N].</param>
/// <param name="Masks">What is seen of each object: bool [N, H, W]; no two overlap.</param>
public sealed record ShapeScene(Tensor Picture, Tensor Boxes, Tensor Labels, Tensor Masks) : IDisposable
{
    /// <summary>Lets the tensors go.</summary>
    public void Dispose()
    {
        foreach (var part in (Tensor[])[Picture, Boxes, Labels, Masks]) part.Dispose();
    }
}
