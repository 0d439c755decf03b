namespace Lectern.Vision;

/// <summary>A kind of object.</summary>
/// <param name="Id">Its number in the file; COCO's 80 run from 1 to 90 with gaps.</param>
/// <param name="Name">Its name.</param>
public sealed record CocoCategory(int Id, string Name);
