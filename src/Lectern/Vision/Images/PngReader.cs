using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Lectern.Charts;

namespace Lectern.Vision;

/// <summary>Reads PNG files of every colour type, depth and order of rows (ISO/IEC 15948).</summary>
internal static class PngReader
{
    private const int Grey = 0, Colour = 2, Palette = 3, GreyAlpha = 4, ColourAlpha = 6;

    // Adam7: first row and column, and steps, of each of the seven passes.
    private static readonly (int Y, int X, int DY, int DX)[] Passes =
        [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)];

    private sealed record Header(int Width, int Height, int Depth, int Type, bool Interlaced)
    {
        internal int Channels => Type switch { Colour => 3, GreyAlpha => 2, ColourAlpha => 4, _ => 1 };

        internal int BitsPerPixel => Channels * Depth;
    }

    internal static bool IsPng(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Png.Signature);

    internal static Tensor Read(byte[] bytes, string name, long limit)
    {
        Header? header = null;
        byte[] palette = [];
        using var data = new MemoryStream();
        bool ended = false;
        for (int at = Png.Signature.Length; !ended;)
        {
            if (bytes.Length - at < 12) throw CutOff(name);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (length > bytes.Length - at - 12) throw CutOff(name);
            var type = bytes.AsSpan(at + 4, 4);
            var content = bytes.AsSpan(at + 8, (int)length);
            if (Png.Crc32(type, content) != BinaryPrimitives.ReadUInt32BigEndian(
                bytes.AsSpan(at + 8 + (int)length)))
                throw Damaged(name, $"the check sum of part '{Encoding.Latin1.GetString(type)}' is wrong");
            if (type.SequenceEqual("IHDR"u8)) header = ReadHeader(content, name, limit);
            else if (type.SequenceEqual("PLTE"u8)) palette = content.ToArray();
            else if (type.SequenceEqual("IDAT"u8)) data.Write(content);
            else if (type.SequenceEqual("IEND"u8)) ended = true;
            at += 12 + (int)length;
        }
        if (header is null) throw Damaged(name, "it has no header");
        if (header.Type == Palette && (palette.Length == 0 || palette.Length % 3 != 0))
            throw Damaged(name, "it has no palette");
        data.Position = 0;
        using var scope = NewDisposeScope();
        var image = zeros(3, header.Height, header.Width, ScalarType.Byte);
        using var rows = new ZLibStream(data, CompressionMode.Decompress);
        foreach (var pass in header.Interlaced ? Passes : [(0, 0, 1, 1)])
            ReadPass(rows, header, pass, palette, image.bytes, name);
        return image.MoveToOuterDisposeScope();
    }

    private static Header ReadHeader(ReadOnlySpan<byte> content, string name, long limit)
    {
        if (content.Length != 13) throw Damaged(name, $"its header has {content.Length} bytes");
        long width = BinaryPrimitives.ReadUInt32BigEndian(content);
        long height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        int depth = content[8], type = content[9];
        bool known = type switch
        {
            Grey => depth is 1 or 2 or 4 or 8 or 16,
            Palette => depth is 1 or 2 or 4 or 8,
            Colour or GreyAlpha or ColourAlpha => depth is 8 or 16,
            _ => false,
        };
        if (!known) throw Damaged(name, $"there is no colour type {type} of {depth} bits");
        if (content[10] != 0 || content[11] != 0 || content[12] > 1)
            throw Damaged(name, "its compression, filters or order of rows are none of the standard's");
        Images.RequireSize(name, width, height, limit);
        return new Header((int)width, (int)height, depth, type, content[12] == 1);
    }

    private static void ReadPass(Stream rows, Header header, (int Y, int X, int DY, int DX) pass,
        byte[] palette,
        Span<byte> image, string name)
    {
        int width = (header.Width - pass.X + pass.DX - 1) / pass.DX;
        if (width <= 0) return;
        int stride = (int)(((long)width * header.BitsPerPixel + 7) / 8),
            step = Math.Max(1, header.BitsPerPixel / 8);
        // A filter looks left by a pixel and up by a row; before the first there are zeros.
        byte[] row = new byte[stride + 1], above = new byte[stride + 1];
        for (int y = pass.Y; y < header.Height; y += pass.DY)
        {
            Fill(row, rows, name);
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), step, name);
            Spread(row.AsSpan(1), header, width, pass, y, palette, image, name);
            (row, above) = (above, row);
        }
    }

    private static void Fill(byte[] row, Stream rows, string name)
    {
        try
        {
            rows.ReadExactly(row);
        }
        catch (EndOfStreamException)
        {
            throw CutOff(name);
        }
        catch (InvalidDataException)
        {
            throw Damaged(name, "its compressed rows cannot be read");
        }
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int step, string name)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = step; i < row.Length; i++) row[i] += row[i - step];
                break;
            case 2:
                for (int i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)(
                    ((i < step ? 0 : row[i - step]) + above[i]) / 2);
                break;
            case 4:
                for (int i = 0; i < row.Length; i++)
                    row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw Damaged(name, $"it has a row of filter {filter}");
        }
    }

    // Whichever of left, above and above left is nearest to left + above - above left.
    private static byte Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner),
            toCorner = Math.Abs(left + up - 2 * corner);
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }

    private static void Spread(ReadOnlySpan<byte> row, Header header, int width,
        (int Y, int X, int DY, int DX) pass,
        int y, ReadOnlySpan<byte> palette, Span<byte> image, string name)
    {
        int plane = header.Height * header.Width, bytes = header.Depth / 8, start = y * header.Width + pass.X;
        bool colours = header.Type is Colour or ColourAlpha;
        int most = (1 << Math.Min(header.Depth, 8)) - 1;
        for (int x = 0; x < width; x++)
        {
            int to = start + x * pass.DX;
            if (colours)
            {
                int from = x * header.Channels * bytes;
                (image[to], image[to + plane], image[to + 2 * plane]) =
                    (row[from], row[from + bytes], row[from + 2 * bytes]);
                continue;
            }
            int value = bytes > 0
                ? row[x * header.Channels * bytes]
                : row[x * header.Depth / 8] >> (8 - header.Depth - x * header.Depth % 8) & most;
            if (header.Type == Palette)
            {
                if (3 * value >= palette.Length) throw Damaged(name,
                    $"it uses colour {value}, which its palette has not");
                (image[to], image[to + plane], image[to + 2 * plane]) =
                    (palette[3 * value], palette[3 * value + 1], palette[3 * value + 2]);
                continue;
            }
            image[to] = image[to + plane] = image[to + 2 * plane] = (byte)(value * 255 / most);
        }
    }

    private static InvalidDataException CutOff(string name) =>
        new($"'{name}' is cut off: the PNG ends before its end.");

    private static InvalidDataException Damaged(string name, string why) =>
        new($"'{name}' is a damaged PNG: {why}.");
}
