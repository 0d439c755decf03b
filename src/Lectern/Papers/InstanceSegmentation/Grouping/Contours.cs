using System.Numerics;
using System.Runtime.InteropServices;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>How contours are measured.</summary>
public sealed record ContourSettings
{
    /// <summary>Radii of the discs, in pixels.</summary>
    public IReadOnlyList<int> Radii { get; init; } = [3, 6];

    /// <summary>Directions of the line that halves a disc, over half a turn.</summary>
    public int Orientations { get; init; } = 8;

    /// <summary>Bins of a histogram, of each of lightness and the two colours.</summary>
    public int Bins { get; init; } = 12;
}

/// <summary>How strong a contour is at each pixel in each direction, from 0 to 1.</summary>
public sealed class ContourMap
{
    internal ContourMap(int height, int width, int orientations) =>
        (Height, Width, Orientations, Values) = (height, width, orientations, new float[height * width * orientations]);

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Directions over half a turn; number o is at the angle oπ / Orientations, counter-clockwise.</summary>
    public int Orientations { get; }

    /// <summary>By pixel, row by row, and then by direction.</summary>
    internal float[] Values { get; }

    /// <summary>The strength at a pixel in a direction, between the two that were measured.</summary>
    /// <param name="pixel">Row · width + column.</param>
    /// <param name="angle">Of the contour itself, in radians; half a turn more is the same.</param>
    public double At(int pixel, double angle)
    {
        double place = angle / Math.PI * Orientations;
        place -= Math.Floor(place / Orientations) * Orientations;
        int lower = (int)place % Orientations;
        double share = place - Math.Floor(place);
        var own = Values.AsSpan(pixel * Orientations, Orientations);
        return own[lower] * (1 - share) + own[(lower + 1) % Orientations] * share;
    }

    /// <summary>The largest over directions, by pixel: [H · W].</summary>
    public float[] Maximum()
    {
        float[] most = new float[Height * Width];
        for (int pixel = 0; pixel < most.Length; pixel++)
            foreach (float value in Values.AsSpan(pixel * Orientations, Orientations))
                most[pixel] = Math.Max(most[pixel], value);
        return most;
    }

    /// <summary>The largest over directions as a picture.</summary>
    /// <returns>float32 [H, W].</returns>
    public Tensor ToTensor() => tensor(Maximum(), [Height, Width]);
}

/// <summary>
/// Contours as differences between the two halves of a disc (Martin, Fowlkes and Malik 2004): at each pixel
/// and direction, the distance χ² = ½ Σ (g - h)² / (g + h) of the halves' histograms, averaged over lightness,
/// two colours (CIE Lab) and the radii.
/// </summary>
/// <remarks>
/// A disc is cut into sectors, whose histograms are counted once; turning the line moves one sector from
/// either half to the other. Time O(pixels · (discs + directions · bins)).
/// </remarks>
public static class Contours
{
    // Red, green and blue of the screen in the light's X, Y and Z (sRGB, D65), each of white being 1.
    private static readonly double[,] Light =
    {
        { 0.4339530, 0.3762194, 0.1898276 }, { 0.2126729, 0.7151522, 0.0721750 }, { 0.0177566, 0.1094680, 0.8727755 },
    };

    /// <summary>The contours of a picture.</summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    /// <param name="settings">How they are measured.</param>
    /// <exception cref="ArgumentException">The picture has another shape, or there are too few directions, bins or radii.</exception>
    public static ContourMap Of(Tensor picture, ContourSettings? settings = null)
    {
        settings ??= new ContourSettings();
        Images.Require(picture, floating: false);
        if (settings.Orientations < 1 || settings.Bins < 2 || settings.Radii.Count == 0 || settings.Radii.Min() < 1)
            throw new ArgumentException(
                "Contours want a direction, two bins and a radius of a pixel at least; given were "
                + $"{settings.Orientations} directions, {settings.Bins} bins and radii "
                + $"[{string.Join(", ", settings.Radii)}].", nameof(settings));
        float[] lab = Lab(picture);                                                     // [3, H, W], 0 to 1
        var map = new ContourMap((int)picture.shape[1], (int)picture.shape[2], settings.Orientations);
        foreach (int radius in settings.Radii) Add(map, lab, radius, settings);
        return map;
    }

    /// <summary>Lightness and the two colours of each pixel, scaled to 0 … 1: [3, H, W].</summary>
    internal static float[] Lab(Tensor picture)
    {
        float[] rgb;
        using (NewDisposeScope())
        {
            var values = picture.detach().cpu().to(float32);
            if (!picture.is_floating_point()) values = values / 255;
            rgb = values.contiguous().data<float>().ToArray();
        }
        int pixels = rgb.Length / 3;
        var linear = new double[3];
        var f = new double[3];
        for (int i = 0; i < pixels; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                double value = rgb[c * pixels + i];
                linear[c] = value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
            }
            for (int c = 0; c < 3; c++)
            {
                double t = Light[c, 0] * linear[0] + Light[c, 1] * linear[1] + Light[c, 2] * linear[2];
                f[c] = t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
            }
            // a and b of a screen's colours lie between about -73 and 95 mostly; beyond, they are cut.
            rgb[i] = (float)Math.Clamp((116 * f[1] - 16) / 100, 0, 1);
            rgb[pixels + i] = (float)Math.Clamp((500 * (f[0] - f[1]) + 73) / 168, 0, 1);
            rgb[2 * pixels + i] = (float)Math.Clamp((200 * (f[1] - f[2]) + 73) / 168, 0, 1);
        }
        return rgb;
    }

    private static void Add(ContourMap map, float[] lab, int radius, ContourSettings settings)
    {
        var (height, width, orientations, bins) = (map.Height, map.Width, map.Orientations, settings.Bins);
        var disc = Disc(radius, orientations);
        int pixels = height * width, lanes = Vector<float>.Count, entries = (3 * bins + lanes - 1) / lanes * lanes;
        float weight = 1f / (3 * settings.Radii.Count);
        // A value counts in the two bins that it lies between: noise does not make it jump.
        int[] lower = [.. lab.Select((value, i) => i / pixels * bins + Math.Min((int)(value * (bins - 1)), bins - 2))];
        float[] shares = [.. lab.Select((value, i) => value * (bins - 1) - lower[i] % bins)];
        Parallel.For(0, height, Kernels.Threads, y =>
        {
            float[] sectors = new float[2 * orientations * entries], counts = new float[2 * orientations];
            var (one, all) = (new Vector<float>[entries / lanes], new Vector<float>[entries / lanes]);
            for (int x = 0; x < width; x++)
            {
                Array.Clear(sectors);
                Array.Clear(counts);
                foreach (var (dy, dx, sector) in disc)
                {
                    int v = y + dy, u = x + dx;
                    if ((uint)v >= (uint)height || (uint)u >= (uint)width) continue;
                    counts[sector]++;
                    for (int value = v * width + u; value < lab.Length; value += pixels)
                    {
                        int at = sector * entries + lower[value];
                        sectors[at] += 1 - shares[value];
                        sectors[at + 1] += shares[value];
                    }
                }
                Compare(MemoryMarshal.Cast<float, Vector<float>>(sectors), counts, one, all,
                    map.Values.AsSpan((y * width + x) * orientations, orientations), weight);
            }
        });
    }

    /// <summary>χ² of the halves, the line turning by one sector at a time.</summary>
    /// <param name="sectors">Histograms of the sectors, which fill whole vectors.</param>
    /// <param name="counts">Pixels of each.</param>
    /// <param name="one">Where the sum of the one half is kept.</param>
    /// <param name="all">Where the sum of both is kept.</param>
    /// <param name="strengths">By direction; what is found is added.</param>
    /// <param name="weight">What it counts.</param>
    private static void Compare(ReadOnlySpan<Vector<float>> sectors, float[] counts, Span<Vector<float>> one,
        Span<Vector<float>> all, Span<float> strengths, float weight)
    {
        int entries = one.Length, orientations = strengths.Length;
        one.Clear();
        all.Clear();
        float ofOne = 0, ofAll = 0;
        for (int s = 0; s < 2 * orientations; s++)
        {
            ofAll += counts[s];
            if (s < orientations) ofOne += counts[s];
            for (int e = 0; e < entries; e++)
            {
                all[e] += sectors[s * entries + e];
                if (s < orientations) one[e] += sectors[s * entries + e];
            }
        }
        for (int o = 0; o < orientations; o++)
        {
            float ofOther = ofAll - ofOne;
            if (ofOne > 0 && ofOther > 0)
            {
                var sum = Vector<float>.Zero;
                for (int e = 0; e < entries; e++)
                {
                    Vector<float> g = one[e] * (1 / ofOne), h = (all[e] - one[e]) * (1 / ofOther);
                    // Empty bins, and what rounding leaves in them, differ in nothing.
                    sum += (g - h) * (g - h) / Vector.Max(g + h, new Vector<float>(1e-6f));
                }
                strengths[o] += weight * 0.5f * Vector.Sum(sum);
            }
            ofOne += counts[o + orientations] - counts[o];
            for (int e = 0; e < entries; e++)
                one[e] += sectors[(o + orientations) * entries + e] - sectors[o * entries + e];
        }
    }

    /// <summary>The pixels of a disc but its centre, and the sector that each is in, counter-clockwise.</summary>
    private static List<(int Dy, int Dx, int Sector)> Disc(int radius, int orientations)
    {
        var disc = new List<(int, int, int)>();
        for (int dy = -radius; dy <= radius; dy++)
            for (int dx = -radius; dx <= radius; dx++)
            {
                if ((dy == 0 && dx == 0) || dy * dy + dx * dx > radius * radius) continue;
                double turn = Math.Atan2(-dy, dx) / Math.PI * orientations;
                disc.Add((dy, dx, ((int)Math.Floor(turn + 1e-9) + 2 * orientations) % (2 * orientations)));
            }
        return disc;
    }
}
