using System.Buffers.Binary;

namespace Lectern.Vision;

/// <summary>Reads JPEG files: grey, colour and CMYK, by libturbojpeg.</summary>
internal static class JpegReader
{
    internal static bool IsJpeg(ReadOnlySpan<byte> bytes) => bytes is [0xFF, 0xD8, 0xFF, ..];

    internal static Tensor Read(byte[] bytes, string name, bool upright, long limit)
    {
        var library = TurboJpeg.Instance;
        nint handle = library.Start();
        try
        {
            if (!library.Header(handle, bytes, out int width, out int height, out int colours))
                throw Damaged(name, library.Error(handle).Text);
            Images.RequireSize(name, width, height, limit);
            bool printed = colours is TurboJpeg.CmykColours or TurboJpeg.YcckColours;
            int channels = printed ? 4 : 3;
            byte[] pixels = new byte[width * height * channels];
            int format = printed ? TurboJpeg.Cmyk : TurboJpeg.Rgb;
            // Of what the library only warns about, a few bytes too many do no harm; a missing part does.
            if (!library.Decompress(handle, bytes, pixels, width, height, format)
                && library.Error(handle) is var (text, warning)
                && (!warning || text.Contains("Premature end") || text.Contains("bad Huffman code")))
                throw Damaged(name, text);
            var (orientation, inverted) = Notes(bytes);
            if (printed) pixels = Colours(pixels, inverted);
            using var scope = NewDisposeScope();
            var image = tensor(pixels, [height, width, 3]).permute(2, 0, 1);                  // [3, H, W]
            return (upright ? Turn(image, orientation) : image).contiguous().MoveToOuterDisposeScope();
        }
        finally
        {
            library.Destroy(handle);
        }
    }

    // Ink takes light away. Adobe's programs, which wrote most of these files and say so, store light
    // instead of ink.
    private static byte[] Colours(byte[] inks, bool inverted)
    {
        byte[] colours = new byte[inks.Length / 4 * 3];
        for (int i = 0; i < inks.Length / 4; i++)
        {
            int black = inverted ? inks[4 * i + 3] : 255 - inks[4 * i + 3];
            for (int c = 0; c < 3; c++)
            {
                int light = inverted ? inks[4 * i + c] : 255 - inks[4 * i + c];
                colours[3 * i + c] = (byte)((light * black + 127) / 255);
            }
        }
        return colours;
    }

    /// <summary>The eight ways to hold a camera (Exif 2.3, tag 274).</summary>
    private static Tensor Turn(Tensor image, int orientation) => orientation switch
    {
        2 => image.flip(2),
        3 => image.flip(1, 2),
        4 => image.flip(1),
        5 => image.transpose(1, 2),
        6 => image.transpose(1, 2).flip(2),
        7 => image.transpose(1, 2).flip(1, 2),
        8 => image.transpose(1, 2).flip(1),
        _ => image,
    };

    // What the parts before the picture say: how the camera was held, and whether Adobe's programs wrote
    // the file.
    private static (int Orientation, bool Adobe) Notes(ReadOnlySpan<byte> bytes)
    {
        var (orientation, adobe) = (1, false);
        for (int at = 2; at + 4 <= bytes.Length && bytes[at] == 0xFF && bytes[at + 1] != 0xDA;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2 || at + 2 + length > bytes.Length) break;
            var content = bytes.Slice(at + 4, length - 2);
            if (bytes[at + 1] == 0xEE && content.StartsWith("Adobe"u8)) adobe = true;
            if (bytes[at + 1] == 0xE1 && content.StartsWith("Exif\0\0"u8)) orientation =
                Orientation(content[6..]);
            at += 2 + length;
        }
        return (orientation, adobe);
    }

    // A TIFF header, and a table of entries of twelve bytes: tag, type, count, value.
    private static int Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 10) return 1;
        bool little = tiff[0] == 'I';
        int Two(ReadOnlySpan<byte> at) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
        uint table = little
            ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (table > tiff.Length - 2) return 1;
        int count = Two(tiff[(int)table..]);
        for (int entry = (int)table + 2; count-- > 0 && entry + 12 <= tiff.Length; entry += 12)
            if (Two(tiff[entry..]) == 0x0112) return Two(tiff[(entry + 8)..]);
        return 1;
    }

    private static InvalidDataException Damaged(string name, string why) => new(why.Contains("Premature end")
        ? $"'{name}' is cut off: the JPEG ends before its end."
        : $"'{name}' is a damaged JPEG: {why}.");
}
