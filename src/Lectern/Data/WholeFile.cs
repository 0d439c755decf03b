namespace Lectern.Data;

/// <summary>Writes a file so that nobody ever finds half of it.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the file, and puts the result in its place when all of it is there.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var stream = File.Create(part))
            {
                write(stream);
            }
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
