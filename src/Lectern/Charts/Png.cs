using System.Buffers.Binary;
using System.IO.Compression;

namespace Lectern.Charts;

/// <summary>Writes images as PNG with nothing but the base library.</summary>
public static class Png
{
    /// <summary>What every PNG file begins with.</summary>
    internal static ReadOnlySpan<byte> Signature => [137, 80, 78, 71, 13, 10, 26, 10];

    private static readonly uint[] Crc = Table();

    /// <summary>An image as a PNG file.</summary>
    /// <param name="pixels">Row by row from the top, each pixel's channels together (H×W×C), 0 to
    /// 255.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="channels">1 for grey, 3 for red-green-blue, 4 with opacity.</param>
    /// <exception cref="ArgumentException">The pixels do not fill width × height × channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        byte colour = channels switch
        {
            1 => 0,
            3 => 2,
            4 => 6,
            _ => throw new ArgumentException($"An image has 1, 3 or 4 channels, not {channels}.",
                nameof(channels)),
        };
        if (pixels.Length != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"{pixels.Length} bytes for {width}×{height} pixels of {channels} channels: " +
                $"{(long)width * height * channels} are needed.", nameof(pixels));
        }

        return File(width, height, colour, [], Compress(pixels, width * channels));
    }

    /// <summary>An image of at most 256 colours as a PNG file, a byte a pixel.</summary>
    /// <param name="indices">Row by row from the top, each pixel's place in the palette.</param>
    /// <param name="palette">Red, green and blue of each colour, 0 to 255.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <exception cref="ArgumentException">The indices do not fill width × height, or the palette has not 1 to 256
    /// colours of three bytes each.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public static byte[] EncodeIndexed(
        ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (indices.Length != (long)width * height)
        {
            throw new ArgumentException(
                $"{indices.Length} indices for {width}×{height} pixels: {(long)width * height} are needed.",
                nameof(indices));
        }
        if (palette.Length is 0 or > 3 * 256 || palette.Length % 3 != 0)
        {
            throw new ArgumentException(
                $"A palette has three bytes for each of 1 to 256 colours; this one has {palette.Length} bytes.",
                nameof(palette));
        }
        return File(width, height, colour: 3, palette, Compress(indices, width));
    }

    /// <summary>An image as a data URI, which a page shows without a file.</summary>
    /// <param name="pixels">Row by row from the top, each pixel's channels together (H×W×C), 0 to
    /// 255.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="channels">1 for grey, 3 for red-green-blue, 4 with opacity.</param>
    public static string DataUri(ReadOnlySpan<byte> pixels, int width, int height, int channels = 3) =>
        "data:image/png;base64," + Convert.ToBase64String(Encode(pixels, width, height, channels));

    private static byte[] File(int width, int height, byte colour, ReadOnlySpan<byte> palette, byte[] data)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, colour);
        Chunk(file, "IHDR"u8, header);
        if (!palette.IsEmpty) Chunk(file, "PLTE"u8, palette);
        Chunk(file, "IDAT"u8, data);
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    // Every row begins with the number of its filter: 0, none.
    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var at = 0; at < pixels.Length; at += stride)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(at, stride));
            }
        }
        return compressed.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32(type, data));
        file.Write(number);
    }

    /// <summary>The check sum of a part of a PNG file.</summary>
    internal static uint Crc32(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) =>
        ~Update(Update(uint.MaxValue, type), data);

    private static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var value in data) crc = Crc[(crc ^ value) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] Table()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
