using System.Buffers.Binary;
using System.IO.Compression;
using Lectern.Charts;

namespace Lectern.Tests.Vision;

/// <summary>Writes PNG files of every kind, for reading: samples of 1 to 16 bits, any filter, both orders
/// of rows.
/// </summary>
internal static class PngWriter
{
    /// <param name="samples">Of each pixel, row by row: height · width · channels numbers.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="type">Colour type: 0 grey, 2 colour, 3 palette, 4 and 6 with opacity.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="interlaced">Whether rows come in Adam7's seven passes.</param>
    /// <param name="palette">Colours, for type 3.</param>
    internal static byte[] Write(
        int[] samples, int width, int height, int type, int depth, bool interlaced = false,
            byte[]? palette = null)
    {
        int channels = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            // Which pass a pixel of an 8×8 block belongs to, as the standard draws it.
            string[] passes = interlaced
                ? ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656",
                    "77777777"]
                : [.. Enumerable.Repeat("11111111", 8)];
            for (char pass = '1'; pass <= '7'; pass++)
            {
                byte[]? above = null;
                for (int y = 0; y < height; y++)
                {
                    int[] columns = [.. Enumerable.Range(0, width).Where(x => passes[y % 8][x % 8] == pass)];
                    if (columns.Length == 0) continue;
                    int[] row = [.. columns.SelectMany(x =>
                        samples.Skip((y * width + x) * channels).Take(channels))];
                    byte[] bytes = Pack(row, depth);
                    int filter = (y + pass) % 5, step = Math.Max(1, channels * depth / 8);
                    zlib.WriteByte((byte)filter);
                    zlib.Write(Filter(filter, bytes, above ?? new byte[bytes.Length], step));
                    above = bytes;
                }
            }
        }
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)type, (byte)(interlaced ? 1 : 0));
        byte[] data = packed.ToArray();
        return
        [
            137, 80, 78, 71, 13, 10, 26, 10, .. Part("IHDR"u8, header),
            .. palette is null ? [] : Part("PLTE"u8, palette), .. Part("tEXt"u8, "a\0b"u8),
            // In two parts: a reader joins them.
            .. Part("IDAT"u8, data.AsSpan(0, data.Length / 2)),
                .. Part("IDAT"u8, data.AsSpan(data.Length / 2)),
            .. Part("IEND"u8, []),
        ];
    }

    internal static byte[] Part(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] length = new byte[4], sum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(sum, Png.Crc32(type, content));
        return [.. length, .. type, .. content, .. sum];
    }

    private static byte[] Pack(int[] samples, int depth)
    {
        if (depth == 16) return [.. samples.SelectMany(sample =>
            new[] { (byte)(sample >> 8), (byte)sample })];
        byte[] bytes = new byte[(samples.Length * depth + 7) / 8];
        for (int i = 0; i < samples.Length; i++)
            bytes[i * depth / 8] |= (byte)(samples[i] << (8 - depth - i * depth % 8));
        return bytes;
    }

    private static byte[] Filter(int filter, byte[] row, byte[] above, int step) =>
        [.. row.Select((value, i) =>
        {
            int left = i < step ? 0 : row[i - step], up = above[i], corner = i < step ? 0 : above[i - step];
            int nearest = new[] { left, up, corner }.MinBy(one => Math.Abs(one - (left + up - corner)));
            return (byte)(value - filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 =>
                nearest, _ => 0 });
        })];
}
