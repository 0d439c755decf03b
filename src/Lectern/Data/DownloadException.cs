namespace Lectern.Data;

/// <summary>A file of a data set could not be fetched, or what came is not what the catalogue
/// declares.</summary>
/// <param name="file">The file.</param>
/// <param name="message">The file, what was expected, what was found, and the remedy.</param>
/// <param name="inner">What went wrong underneath, if anything.</param>
public sealed class DownloadException(DataFile file, string message, Exception? inner = null)
    : IOException(message, inner)
{
    /// <summary>The file that was to be fetched.</summary>
    public DataFile File { get; } = file;
}
