using System.Buffers.Binary;
using System.IO.Compression;
using Lectern.Charts;

namespace Lectern.Tests.Charts;

public sealed class PngTests
{
    // The smallest PNG chunk, IEND, has the checksum AE 42 60 82 in every file.
    [Fact]
    public void The_file_ends_with_the_known_checksum_of_its_last_chunk() =>
        Assert.Equal([0, 0, 0, 0, 73, 69, 78, 68, 0xAE, 0x42, 0x60, 0x82],
            Png.Encode([1, 2, 3], 1, 1)[^12..]);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 6)]
    public void Its_header_and_pixels_are_read_back(int channels, int colour)
    {
        var pixels = Enumerable.Range(0, 3 * 2 * channels).Select(i => (byte)(i * 7)).ToArray();
        var png = Png.Encode(pixels, 3, 2, channels);
        Assert.Equal(3, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal(2, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        Assert.Equal((8, colour), (png[24], png[25]));
        var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        var stride = 3 * channels;
        Assert.Equal([0, .. pixels[..stride], 0, .. pixels[stride..]], rows.ToArray());
    }

    [Fact]
    public void Pixels_that_do_not_fill_the_image_are_refused()
    {
        Assert.Contains("12 are needed",
            Assert.Throws<ArgumentException>(() => Png.Encode(new byte[11], 2, 2)).Message);
        Assert.Throws<ArgumentException>(() => Png.Encode(new byte[8], 2, 2, 2));
    }
}
