using System.Text;

namespace Lectern.Data;

/// <summary>Writes a file so that nobody ever finds half of it, not even after a power cut.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the file, and puts the result in its place when all of it is there.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var part = $"{path}.{Path.GetRandomFileName()}.part";        // processes and threads may write the same file at once
        try
        {
            using (var stream = File.Create(part))
            {
                write(stream);
                stream.Flush(flushToDisk: true);            // a name may reach the disk before what it names
            }
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Writes a text, in UTF-8.</summary>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
