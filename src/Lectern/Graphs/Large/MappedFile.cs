using System.IO.MemoryMappedFiles;

namespace Lectern.Graphs.Large;

/// <summary>A file that is read where it lies, by a mapping: the system brings in what is touched and drops it when memory is short.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? file;
    private readonly long window;
    private MemoryMappedViewAccessor? view;
    private byte* start;
    private long from, to;                                      // the bytes that are mapped

    /// <summary>Opens a file, which must be as long as is said.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Bytes that it has.</param>
    /// <param name="window">Bytes mapped at a time; with fewer than the file has, it serves one thread.</param>
    /// <exception cref="InvalidDataException">It is missing, or has another length.</exception>
    internal MappedFile(string path, long length, long window)
    {
        long found = File.Exists(path) ? new FileInfo(path).Length : -1;
        if (found != length)
            throw new InvalidDataException($"'{path}' {(found < 0 ? "is not there" : $"has {found:N0} bytes")}; the header beside it asks for {length:N0}. "
                + "The copy is incomplete, or files of two graphs are mixed: copy the folder again, or write it again.");
        (this.window, Length) = (window, length);
        if (length == 0) return;                                // an empty file cannot be mapped, and nothing is asked of it
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        Map(0, 1);
    }

    /// <summary>Bytes of the file.</summary>
    internal long Length { get; }

    /// <summary>Whether a window is smaller than the file.</summary>
    internal bool IsInParts => window < Length;

    /// <summary>Where some bytes are, until others are asked for.</summary>
    internal byte* At(long offset, long count)
    {
        if (offset < from || offset + count > to) Map(offset, count);
        return start + (offset - from);
    }

    private void Map(long offset, long count)
    {
        Release();
        view = file!.CreateViewAccessor(offset, Math.Min(Math.Max(window, count), Length - offset), MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        (from, to) = (offset, offset + view.Capacity);
    }

    private void Release()
    {
        if (view is null) return;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        (view, from, to) = (null, 0, 0);
    }

    public void Dispose()
    {
        Release();
        file?.Dispose();
    }
}
