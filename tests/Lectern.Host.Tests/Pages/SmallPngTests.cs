using System.IO.Compression;
using Lectern.Host.Pages;

namespace Lectern.Host.Tests.Pages;

/// <summary>Pictures with a palette: exact where the colours fit, close where they nearly do, none where they do not.</summary>
public sealed class SmallPngTests
{
    [Fact]
    public void Up_to_256_colours_come_back_as_they_were()
    {
        var pixels = Picture((x, y) => (16 * (x % 16), 16 * (y % 16), 7));
        Assert.Equal(Rgb(pixels), Decode(SmallPng.Encode(pixels, 64, 64)!));
    }

    [Fact]
    public void Shades_between_a_few_colours_come_back_so_close_that_nobody_sees_it()
    {
        // As a plot's: ground, and lines with edges of many shades.
        var random = new Random(1);
        var pixels = Picture((x, y) => x % 8 == 0 ? (random.Next(200, 256), random.Next(200, 256), 255) : (255, 255, 255));
        var back = Decode(SmallPng.Encode(pixels, 64, 64)!);
        var error = Math.Sqrt(Rgb(pixels).Zip(back, (a, b) => Math.Pow(a - b, 2)).Average());
        Assert.InRange(error, 0.01, 2);
    }

    [Fact]
    public void A_picture_of_all_colours_or_with_a_hole_in_it_gets_no_palette()
    {
        var random = new Random(1);
        Assert.Null(SmallPng.Encode(Picture((_, _) => (random.Next(256), random.Next(256), random.Next(256))), 64, 64));
        var hole = Picture((_, _) => (255, 255, 255));
        hole[3] = 0;
        Assert.Null(SmallPng.Encode(hole, 64, 64));
    }

    private static byte[] Picture(Func<int, int, (int R, int G, int B)> colour)
    {
        var pixels = new byte[64 * 64 * 4];
        for (var i = 0; i < 64 * 64; i++)
        {
            var (r, g, b) = colour(i % 64, i / 64);
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = ((byte)r, (byte)g, (byte)b, 255);
        }
        return pixels;
    }

    private static byte[] Rgb(byte[] rgba) => [.. rgba.Where((_, i) => i % 4 != 3)];

    // Only what SmallPng writes: a palette, one part of data, no filters.
    private static byte[] Decode(byte[] png)
    {
        var palette = Chunk(png, "PLTE"u8);
        using var zlib = new ZLibStream(new MemoryStream(Chunk(png, "IDAT"u8)), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        return [.. rows.ToArray().Where((_, i) => i % 65 != 0).SelectMany(i => palette[(3 * i)..(3 * i + 3)])];
    }

    private static byte[] Chunk(byte[] png, ReadOnlySpan<byte> type)
    {
        var at = png.AsSpan().IndexOf(type);
        var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at - 4));
        return png[(at + 4)..(at + 4 + length)];
    }
}
