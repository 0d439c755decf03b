using System.IO.Compression;

namespace Lectern.Data;

/// <summary>
/// The zip archive that <c>torch.save</c> writes: a pickle, and files with the elements of storages.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    private readonly ZipArchive zip;
    private readonly string folder;

    private TorchArchive(ZipArchive zip, string folder)
    {
        this.zip = zip;
        this.folder = folder;
    }

    /// <summary>Opens the archive, and says of other files what they are and what to do about it.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged.</exception>
    public static TorchArchive Open(Stream stream)
    {
        RequireZip(stream);
        ZipArchive zip;
        try
        {
            zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            Check(zip, stream.Length);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The PyTorch file is damaged or cut short: {error.Message}",
                error);
        }
        if (zip.Entries.Any(entry => entry.FullName.EndsWith("/constants.pkl", StringComparison.Ordinal)))
        {
            throw new InvalidDataException(
                "This is a TorchScript program, not a state dictionary. In Python: "
                + "torch.save(torch.jit.load(path).state_dict(), new_path).");
        }
        const string Pickle = "/data.pkl";
        var root = zip.Entries.FirstOrDefault(entry =>
            entry.FullName.EndsWith(Pickle, StringComparison.Ordinal)
                && entry.FullName.Count(c => c == '/') == 1);
        var archive = new TorchArchive(zip, root is null ? throw new InvalidDataException(
            "The zip archive has no data.pkl, so torch.save did not write it.")
            : root.FullName[..^Pickle.Length]);
        if (zip.GetEntry($"{archive.folder}/byteorder") is not null && archive.Text("byteorder") != "little")
        {
            throw new InvalidDataException(
                "The PyTorch file comes from a big-endian machine; little-endian ones are read.");
        }
        return archive;
    }

    /// <summary>A file of the archive, with its length.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public (Stream Stream, long Length) File(string name)
    {
        var entry = zip.GetEntry($"{folder}/{name}")
            ?? throw new InvalidDataException(
                $"The PyTorch file has no entry '{name}', which its pickle refers to.");
        return (entry.Open(), entry.Length);
    }

    /// <summary>The bytes of a file of the archive.</summary>
    public byte[] Bytes(string name)
    {
        var (stream, length) = File(name);
        using (stream)
        {
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => zip.Dispose();

    private string Text(string name) => System.Text.Encoding.ASCII.GetString(Bytes(name)).Trim();

    private static void RequireZip(Stream stream)
    {
        Span<byte> first = stackalloc byte[14];
        var start = stream.Position;
        var read = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        stream.Position = start;
        if (first[..read].StartsWith("PK"u8))
        {
            return;
        }

        // A pickle of the number 0x1950a86a20f9469cfc6c, in protocol 2: how files began before PyTorch 1.6.
        ReadOnlySpan<byte> legacy =
            [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        throw new InvalidDataException(first[..read].SequenceEqual(legacy)
            ? "The file is in PyTorch's format from before version 1.6, which is not read. In a newer Python "
                + "PyTorch: "
                + "torch.save(torch.load(path, map_location='cpu'), new_path)."
            : "The file is no zip archive, so no file of torch.save (safetensors files have a reader of "
                + "their own).");
    }

    // torch.save stores entries as they are. So sizes are those in the file, and a small file cannot ask for
    // much memory.
    private static void Check(ZipArchive zip, long bytes)
    {
        long total = 0;
        foreach (var entry in zip.Entries)
        {
            if (entry.CompressedLength != entry.Length)
            {
                throw new InvalidDataException(
                    $"its entry '{entry.FullName}' is compressed ({entry.CompressedLength} bytes to "
                    + $"{entry.Length}), as "
                    + "torch.save never does.");
            }
            total += entry.Length;
            if (entry.Length < 0 || total > bytes)
            {
                throw new InvalidDataException(
                    $"its entries announce {total} bytes, but the file has {bytes}.");
            }
        }
    }
}
