namespace Lectern.Data;

/// <summary>One file of a data set, as the catalogue declares it.</summary>
/// <param name="Path">Where it lies in the shipped data, the cache and a mirror, with <c>/</c> between
/// folders.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The SHA-256 of its bytes, 64 hexadecimal digits in lower case.</param>
/// <param name="Address">Where it can be fetched; null for a file that ships with the kit.</param>
public sealed record DataFile(string Path, long Bytes, string Sha256, string? Address = null)
{
    /// <summary>The last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The file's place under a folder.</summary>
    internal string Under(string folder) =>
        System.IO.Path.Combine(folder, Path.Replace('/', System.IO.Path.DirectorySeparatorChar));
}
