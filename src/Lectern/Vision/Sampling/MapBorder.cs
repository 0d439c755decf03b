namespace Lectern.Vision;

/// <summary>
/// What a bilinear sampler finds at and beyond the border of a map of a given length, axis by axis.
/// </summary>
public enum MapBorder
{
    /// <summary>
    /// The rule of RoIAlign: from -1 to the length the nearest row's value goes on, farther out is 0.
    /// </summary>
    Clamp,

    /// <summary>
    /// The rule of deformable convolution: the map is surrounded by zeros, so that values fade within one
    /// cell.
    /// </summary>
    Zero,
}
