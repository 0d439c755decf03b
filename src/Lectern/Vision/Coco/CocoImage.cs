namespace Lectern.Vision;

/// <summary>A picture that annotations are about.</summary>
/// <param name="Id">Its number in the file.</param>
/// <param name="FileName">The picture's file, relative to the folder of pictures.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Width">Pixels across.</param>
public sealed record CocoImage(long Id, string FileName, int Height, int Width);
