using System.Buffers.Binary;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class ImagesTests
{
    private static string File(string name) =>
        Path.Combine(AppContext.BaseDirectory, "Vision", "Images", "pictures", name);

    private static byte[] Bytes(Tensor image) => image.contiguous().data<byte>().ToArray();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(0, 4)]
    [InlineData(0, 8)]
    [InlineData(0, 16)]
    [InlineData(2, 8)]
    [InlineData(2, 16)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    [InlineData(4, 16)]
    [InlineData(6, 8)]
    [InlineData(6, 16)]
    public void Every_kind_of_png_is_read_in_both_orders_of_rows_and_all_filters(int type, int depth)
    {
        using var scope = NewDisposeScope();
        var random = new Random(10 * type + depth);
        int channels = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        foreach (var (height, width) in new[] { (1, 1), (1, 5), (5, 1), (3, 2), (17, 21) })
        {
            byte[] palette = new byte[3 << Math.Min(depth, 8)];
            random.NextBytes(palette);
            int[] samples = [.. Enumerable.Range(0, height * width * channels)
                .Select(_ => random.Next(1 << depth))];
            byte Sample(int pixel, int channel)
            {
                if (type == 3) return palette[3 * samples[pixel] + channel];
                int value = samples[pixel * channels + (channels < 3 ? 0 : channel)];
                return (byte)(depth == 16 ? value >> 8 : value * 255 / ((1 << depth) - 1));
            }
            byte[] expected = [.. Enumerable.Range(0, 3).SelectMany(channel =>
                Enumerable.Range(0, height * width).Select(pixel => Sample(pixel, channel)))];
            foreach (bool interlaced in new[] { false, true })
            {
                byte[] file = PngWriter.Write(
                    samples, width, height, type, depth, interlaced, type == 3 ? palette : null);
                var image = Images.Decode(file);
                Assert.Equal([3L, height, width], image.shape);
                Assert.Equal(expected, Bytes(image));
            }
        }
    }

    [Fact]
    public void Files_of_another_program_are_read()
    {
        using var scope = NewDisposeScope();
        var colours = Images.Read(File("mode-RGBA.png"));
        Assert.Equal([3L, 26, 37], colours.shape);
        Assert.Equal([0, 0, 90],
            Bytes(colours[TensorIndex.Colon, 0, 0]));              // transparency is dropped
        Assert.Equal([250, 200, 40], Bytes(colours[TensorIndex.Colon, 10, 11]));
        var grey = Images.Read(File("mode-L.png"));
        var light = (colours.to(float32) * tensor(new[] { 0.299f, 0.587f, 0.114f }).view(3, 1, 1)).sum(0);
        Assert.True((grey[0].to(float32) - light).abs().max().item<float>() <= 1);
        Assert.Equal(Bytes(grey), Bytes(Images.Read(File("mode-LA.png"))));
        Assert.Equal(Bytes(grey), Bytes(Images.Read(File("mode-I16.png"))));
        Assert.Equal([0, 255], Bytes(Images.Read(File("mode-1.png"))).ToHashSet().Order().ToArray());
    }

    [Theory]
    [InlineData("colour")]
    [InlineData("subsampled")]
    [InlineData("progressive")]
    [InlineData("grey")]
    [InlineData("cmyk")]
    [InlineData("one")]
    public void Photographs_are_what_another_program_reads_from_them(string name)
    {
        using var scope = NewDisposeScope();
        Tensor image = Photograph(File(name + ".jpg")), expected = Images.Read(File(name + ".png"));
        Assert.Equal(expected.shape, image.shape);
        // The decoder's versions round by one here and there.
        Assert.True((image.to(int32) - expected.to(int32)).abs().max().item<int>() <= 2);
    }

    private static Tensor Photograph(string path, bool upright = false)
    {
        try
        {
            return Images.Read(path, upright);
        }
        catch (DllNotFoundException error)
        {
            Assert.Skip(error.Message);
            throw;
        }
    }

    [Fact]
    public void A_photograph_is_turned_as_its_camera_noted_where_asked()
    {
        using var scope = NewDisposeScope();
        var lying = Photograph(File("held-1.jpg"));
        Assert.Equal([3L, 11, 16], lying.shape);
        // Row 0 and column 0 of the file are, of the upright picture: top left, top right, … (Exif's table).
        Tensor[] upright =
        [
            lying, lying.flip(2), lying.flip(1).flip(2), lying.flip(1), lying.transpose(1, 2),
            lying.flip(1).transpose(1, 2), lying.flip(1).flip(2).transpose(1, 2), lying.flip(2)
                .transpose(1, 2),
        ];
        for (int held = 1; held <= 8; held++)
        {
            string path = File($"held-{held}.jpg");
            Assert.Equal(Bytes(lying), Bytes(Images.Read(path)));
            Assert.Equal(upright[held - 1].shape, Images.Read(path, upright: true).shape);
            Assert.Equal(Bytes(upright[held - 1]), Bytes(Images.Read(path, upright: true)));
        }
    }

    [Fact]
    public void A_picture_comes_back_from_png()
    {
        using var scope = NewDisposeScope();
        var image = randint(0, 256, [3, 5, 7]).to(ScalarType.Byte);
        string path = Path.GetTempFileName();
        try
        {
            Images.WritePng(path, image);
            Assert.Equal(Bytes(image), Bytes(Images.Read(path)));
        }
        finally
        {
            System.IO.File.Delete(path);
        }
        Assert.Equal(Bytes(image), Bytes(Images.Decode(Images.Png(image.to(float64) / 255))));
        Assert.Equal(Bytes(image[0].expand(3, 5, 7)), Bytes(Images.Decode(Images.Png(image[0]))));
        Assert.Throws<ArgumentException>(() => Images.Png(zeros(2, 5, 7)));
    }

    private static string Refusal(byte[] bytes, long limit = Images.DefaultLimit)
    {
        var error = Assert.Throws<InvalidDataException>(() => Images.Decode(bytes, "a.png", limit: limit));
        Assert.Contains("'a.png'", error.Message);
        return error.Message;
    }

    [Fact]
    public void What_is_no_picture_is_named()
    {
        Assert.Contains("empty", Refusal([]));
        Assert.Contains("GIF", Refusal("GIF89a"u8.ToArray()));
        Assert.Contains("WebP", Refusal("RIFF1234WEBPVP8 "u8.ToArray()));
        Assert.Contains("3C68746D", Refusal("<html>"u8.ToArray()));
        Assert.Throws<FileNotFoundException>(() => Images.Read("nowhere.png"));
    }

    [Fact]
    public void A_file_that_is_cut_off_says_so_wherever_it_was_cut()
    {
        byte[] png = PngWriter.Write([.. Enumerable.Range(0, 300)], 10, 10, 2, 16);
        for (int length = 8; length < png.Length; length += 7) Assert.Contains("cut off",
            Refusal(png[..length]));
        // Whole parts, but rows are missing.
        byte[] few = PngWriter.Write([.. Enumerable.Range(0, 30)], 10, 1, 2, 16);
        BinaryPrimitives.WriteInt32BigEndian(few.AsSpan(20), 10);
        BinaryPrimitives.WriteUInt32BigEndian(few.AsSpan(29),
            Lectern.Charts.Png.Crc32("IHDR"u8, few.AsSpan(16, 13)));
        Assert.Contains("cut off", Refusal(few));

        _ = Photograph(File("colour.jpg"));
        byte[] jpeg = System.IO.File.ReadAllBytes(File("colour.jpg"));
        Assert.Contains("cut off", Refusal(jpeg[..(jpeg.Length / 2 + 200)]));
        Assert.Contains("a.png", Refusal(jpeg[..40]));
    }

    [Fact]
    public void A_damaged_file_says_what_is_wrong()
    {
        byte[] png = PngWriter.Write([.. Enumerable.Range(0, 100)], 10, 10, 0, 8);
        png[^20] ^= 1;
        Assert.Contains("check sum of part 'IDAT'", Refusal(png));
        Assert.Contains("no palette", Refusal(PngWriter.Write([0], 1, 1, 3, 8)));
        Assert.Contains("colour 5", Refusal(PngWriter.Write([5], 1, 1, 3, 8, palette: new byte[9])));
        Assert.Contains("type 2 of 4 bits", Refusal(PngWriter.Write([0, 0, 0], 1, 1, 2, 4)));
    }

    [Fact]
    public void A_huge_picture_is_refused_with_the_limit_and_read_where_it_is_raised()
    {
        using var scope = NewDisposeScope();
        // The size stands in the header; no row is read.
        byte[] file = PngWriter.Write([0], 1, 1, 0, 8);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 10_000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 10_000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29),
            Lectern.Charts.Png.Crc32("IHDR"u8, file.AsSpan(16, 13)));
        string message = Refusal(file);
        Assert.Contains("10,000×10,000", message);
        Assert.Contains("67,108,864", message);
        Assert.Contains("'limit'", message);
        Assert.Contains("cut off",
            Refusal(file, limit: 100_000_000));                  // now its rows are looked for

        // More than 64 bits of pixels are no overflow.
        file.AsSpan(16, 8).Fill(0xFF);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29),
            Lectern.Charts.Png.Crc32("IHDR"u8, file.AsSpan(16, 13)));
        Assert.Contains("4,294,967,295×4,294,967,295", Refusal(file, limit: long.MaxValue));

        byte[] small = Lectern.Charts.Png.Encode(new byte[200 * 100], 200, 100, 1);
        Assert.Contains("limit of 19,999", Refusal(small, limit: 19_999));
        Assert.Equal([3L, 100, 200], Images.Decode(small, limit: 20_000).shape);
    }

    [Fact]
    public void Without_the_decoder_there_is_a_remedy()
    {
        var error = Assert.Throws<DllNotFoundException>(() => TurboJpeg.Load("no-such-library"));
        Assert.Contains("./lectern doctor", error.Message);
        Assert.Contains("libturbojpeg0", error.Message);
    }
}
