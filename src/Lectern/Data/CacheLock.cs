using Lectern.Training;

namespace Lectern.Data;

/// <summary>Lets one process at a time fetch a data set into a cache.</summary>
/// <remarks>
/// The lock is the operating system's on an open file, so a process that dies gives it back and no stale lock
/// can stay. The file itself stays: removing it would let two processes hold locks on two files of one name.
/// </remarks>
internal sealed class CacheLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream file;

    private CacheLock(FileStream file) => this.file = file;

    /// <summary>Waits until no other process (or thread) fetches the set, and takes its place.</summary>
    /// <exception cref="DownloadException">The cache cannot be written.</exception>
    public static CacheLock Take(string cache, DataSet set, CancellationToken cancel)
    {
        var path = Path.Combine(cache, ".locks", set.Name);
        Progress? waiting = null;
        try
        {
            while (true)
            {
                try
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    return new CacheLock(
                        new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
                }
                catch (IOException error) when (IsTaken(error))
                {
                    waiting ??= Progress.Start($"wait for another process that downloads {set.Name}");
                    waiting.Report(0);
                    cancel.WaitHandle.WaitOne(Pause);
                    cancel.ThrowIfCancellationRequested();
                }
            }
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw Unwritable(set.Files[0], cache, error);
        }
        finally
        {
            waiting?.Dispose();
        }
    }

    // A sharing violation: on Windows its own code, elsewhere EWOULDBLOCK, which is 11 on Linux and 35 on
    // macOS.
    private static bool IsTaken(IOException error) => error.HResult is unchecked((int)0x80070020) or 11 or 35;

    /// <summary>The answer to a cache that cannot be written.</summary>
    public static DownloadException Unwritable(DataFile file, string cache, Exception error) => new(
        file,
        $"'{file.Path}' cannot be stored, because the cache '{cache}' cannot be written: {error.Message} "
        + "Remedy: free or unlock that folder, or set LECTERN_CACHE to one that can be written.",
        error);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
