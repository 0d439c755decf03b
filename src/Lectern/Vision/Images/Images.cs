using Lectern.Charts;

namespace Lectern.Vision;

/// <summary>Pictures from files and back: PNG by the base library alone, JPEG by libturbojpeg.</summary>
/// <remarks>
/// A picture is a tensor uint8 [3, H, W]: red, green, blue, row by row from the top. Grey becomes three
/// equal channels, a palette its colours, CMYK what it prints as; 16 bits become their upper 8;
/// transparency and colour profiles are dropped, so that a pixel's colour is what the file holds,
/// whatever lies behind it.
/// </remarks>
public static class Images
{
    /// <summary>The most pixels of a picture that is read without being asked to: 2²⁶, 8192 × 8192.</summary>
    public const long DefaultLimit = 1 << 26;

    /// <summary>Reads a PNG or JPEG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="upright">Whether a photograph is turned as its camera noted (Exif orientation). Data
    /// sets are annotated as their pixels lie, and so is the default.</param>
    /// <param name="limit">The most pixels; a small file may hold a huge picture.</param>
    /// <returns>uint8 [3, H, W].</returns>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="InvalidDataException">It is no picture, cut off, damaged, or larger than the
    /// limit; the message says which.</exception>
    /// <exception cref="DllNotFoundException">It is a JPEG, and there is no libturbojpeg; the message has the
    /// remedy.</exception>
    public static Tensor Read(string path, bool upright = false, long limit = DefaultLimit) =>
        Decode(File.ReadAllBytes(path), path, upright, limit);

    /// <summary>Reads a PNG or JPEG picture from memory.</summary>
    /// <param name="bytes">What the file holds.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="upright">Whether a photograph is turned as its camera noted.</param>
    /// <param name="limit">The most pixels.</param>
    /// <returns>uint8 [3, H, W].</returns>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static Tensor Decode(
        byte[] bytes, string name = "picture", bool upright = false, long limit = DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (PngReader.IsPng(bytes)) return PngReader.Read(bytes, name, limit);
        if (JpegReader.IsJpeg(bytes)) return JpegReader.Read(bytes, name, upright, limit);
        throw new InvalidDataException($"'{name}' is neither a PNG nor a JPEG picture: {Kind(bytes)}.");
    }

    /// <summary>A picture as a PNG file's bytes.</summary>
    /// <param name="image">[3, H, W], or grey [1, H, W] or [H, W]; uint8, or floating from 0 to 1.</param>
    public static byte[] Png(Tensor image)
    {
        var (pixels, height, width, channels) = Chart.Pixels(image);
        return Charts.Png.Encode(pixels, width, height, channels);
    }

    /// <summary>Writes a picture as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="image">[3, H, W], or grey [1, H, W] or [H, W]; uint8, or floating from 0 to 1.</param>
    public static void WritePng(string path, Tensor image) => File.WriteAllBytes(path, Png(image));

    /// <summary>Planes of another size.</summary>
    /// <param name="planes">Floating, [C, H, W]: a picture, or masks, of which there may be none.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="mode">How values between pixels are found; corners are not aligned.</param>
    /// <returns>[C, height, width].</returns>
    internal static Tensor Resize(Tensor planes, long height, long width, InterpolationMode mode = InterpolationMode.Bilinear) =>
        planes.shape[0] == 0 ? zeros([0, height, width], planes.dtype, planes.device)
        : (planes.shape[1], planes.shape[2]) == (height, width) ? planes.alias()
        : nn.functional.interpolate(planes.unsqueeze(0), [height, width], mode: mode).squeeze(0);

    /// <summary>Throws where a tensor is no picture.</summary>
    /// <param name="picture">[3, H, W] of at least a pixel.</param>
    /// <param name="floating">Whether it has to be floating, from 0 to 1; uint8 will do otherwise.</param>
    internal static void Require(Tensor picture, bool floating = true)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.dim() == 3 && picture.shape[0] == 3 && picture.numel() > 0 && (picture.is_floating_point() || !floating)) return;
        throw new ArgumentException($"A picture is [3, H, W], {(floating ? "floating" : "uint8 or floating")} from 0 to 1; "
            + $"given was {picture.dtype} [{string.Join(", ", picture.shape)}].", nameof(picture));
    }

    /// <summary>Throws where a picture is larger than allowed.</summary>
    internal static void RequireSize(string name, long width, long height, long limit)
    {
        if (width < 1 || height < 1) throw new InvalidDataException(
            $"'{name}' is a picture of {width}×{height} pixels.");
        // A header may claim 2³² each way, the product of which is no number of 64 bits.
        if (width > int.MaxValue || height > int.MaxValue || width * height > limit)
            throw new InvalidDataException(
                $"'{name}' has {width:N0}×{height:N0} pixels, more than the limit of {limit:N0}. To read it, "
                + "raise 'limit'.");
        // Tables are at most 2³¹ bytes.
        if (width * height > int.MaxValue / 4)
            throw new InvalidDataException(
                $"'{name}' has {width:N0}×{height:N0} pixels; {int.MaxValue / 4:N0} is all that can be.");
    }

    private static string Kind(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => "it is empty",
        [0x47, 0x49, 0x46, ..] => "it is a GIF; convert it",
        [0x42, 0x4D, ..] => "it is a BMP; convert it",
        [0x52, 0x49, 0x46, 0x46, _, _, _, _, 0x57, 0x45, 0x42, 0x50, ..] => "it is a WebP; convert it",
        [0x49, 0x49, 0x2A, 0, ..] or [0x4D, 0x4D, 0, 0x2A, ..] => "it is a TIFF; convert it",
        _ => $"it begins with the bytes {Convert.ToHexString(bytes[..Math.Min(8, bytes.Length)])}",
    };
}
