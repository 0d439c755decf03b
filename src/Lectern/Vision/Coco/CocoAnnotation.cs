namespace Lectern.Vision;

/// <summary>An object in a picture, or a region with a crowd of them.</summary>
/// <param name="Id">Its number in the file.</param>
/// <param name="ImageId">The picture.</param>
/// <param name="CategoryId">Its kind.</param>
/// <param name="Box">Around it.</param>
/// <param name="Area">Pixels that it covers, as annotated: what "small", "medium" and "large" are told
/// by.</param>
/// <param name="Segmentation">Its shape; null where the file gives none.</param>
/// <param name="IsCrowd">Whether it is a region of many objects that are not told apart. Detections in it
/// are neither right nor wrong; training passes it over.</param>
public sealed record CocoAnnotation(
    long Id, long ImageId, int CategoryId, CocoBox Box, double Area, CocoSegmentation? Segmentation,
    bool IsCrowd = false);
