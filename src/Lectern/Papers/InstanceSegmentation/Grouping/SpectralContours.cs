namespace Lectern.Papers.InstanceSegmentation;

/// <summary>How contours that span the whole picture are found.</summary>
public sealed record SpectralSettings
{
    /// <summary>What they count, against local contours: from 0 (then they are not computed) to 1.</summary>
    public double Weight { get; init; } = 0.3;

    /// <summary>Pixels up to this distance are alike, or not.</summary>
    public int Radius { get; init; } = 5;

    /// <summary>A contour of this strength between two pixels makes them alike by 1 / e only.</summary>
    public double Strength { get; init; } = 0.1;

    /// <summary>Eigenvectors.</summary>
    public int Vectors { get; init; } = 16;

    /// <summary>Pixels are left out, three of four, until there are at most as many.</summary>
    public int Pixels { get; init; } = 700;
}

/// <summary>
/// Contours by normalised cuts (Shi and Malik 2000): where the smooth vectors that part the picture best change.
/// The eigenvectors are those of a smaller problem, made by squaring and decimating the affinity (Arbeláez et
/// al. 2014: DNCuts).
/// </summary>
internal static class SpectralContours
{
    /// <summary>Affinities on a grid: of each pixel with those at offsets up to a radius, row by row.</summary>
    private sealed record Grid(int Height, int Width, int Radius, float[] Values)
    {
        internal int Stencil => (2 * Radius + 1) * (2 * Radius + 1);

        internal int Pixels => Height * Width;

        /// <summary>The kept pixels, at even rows and columns, that a pixel is alike, and how much.</summary>
        internal void Kept(int pixel, List<(int Kept, float Value)> found)
        {
            found.Clear();
            int y = pixel / Width, x = pixel % Width, columns = (Width + 1) / 2;
            for (int v = y - Radius + (y - Radius & 1); v <= y + Radius; v += 2)
                for (int u = x - Radius + (x - Radius & 1); u <= x + Radius; u += 2)
                {
                    if ((uint)v >= (uint)Height || (uint)u >= (uint)Width) continue;
                    float value = Values[pixel * Stencil + (v - y + Radius) * (2 * Radius + 1) + u - x + Radius];
                    if (value > 0) found.Add((v / 2 * columns + u / 2, value));
                }
        }
    }

    /// <summary>Mixes a picture's contours with those of its eigenvectors, the largest of both being alike.</summary>
    internal static void Mix(ContourMap map, SpectralSettings settings)
    {
        if (settings.Weight is not (>= 0 and <= 1) || settings.Radius < 1 || settings.Vectors < 1
            || settings.Pixels < 16)
            throw new ArgumentException(
                "Spectral contours want a weight from 0 to 1, a radius and a vector at least, and 16 pixels; given was "
                + $"{settings}.", nameof(settings));
        if (settings.Weight == 0 || map.Height * map.Width < 16) return;
        using var scope = NewDisposeScope();
        var (vectors, weights) = Vectors(Affinity(map, settings), settings);
        float[] spectral = new float[map.Values.Length];
        for (int k = 0; k < weights.Length; k++)
        {
            double[] own = [.. vectors.select(1, k).contiguous().data<double>()];
            double At(int y, int x) =>
                own[Math.Clamp(y, 0, map.Height - 1) * map.Width + Math.Clamp(x, 0, map.Width - 1)];
            for (int pixel = 0; pixel < own.Length; pixel++)
            {
                var (y, x, across, down) = (pixel / map.Width, pixel % map.Width, 0.0, 0.0);
                for (int d = -1; d <= 1; d++)                           // Sobel's derivatives
                {
                    across += (2 - Math.Abs(d)) * (At(y + d, x + 1) - At(y + d, x - 1));
                    down += (2 - Math.Abs(d)) * (At(y + 1, x + d) - At(y - 1, x + d));
                }
                for (int o = 0; o < map.Orientations; o++)
                {
                    var (sin, cos) = Math.SinCos(o * Math.PI / map.Orientations);
                    spectral[pixel * map.Orientations + o] += (float)(weights[k] * Math.Abs(across * sin + down * cos));
                }
            }
        }
        float ratio = spectral.Max() is var most and > 0 ? map.Values.Max() / most : 0;
        for (int i = 0; i < spectral.Length; i++)
            map.Values[i] = (float)((1 - settings.Weight) * map.Values[i] + settings.Weight * ratio * spectral[i]);
    }

    /// <summary>Pixels are as alike as the strongest contour on the line between them is weak.</summary>
    private static Grid Affinity(ContourMap map, SpectralSettings settings)
    {
        float[] strengths = map.Maximum();
        int radius = settings.Radius, side = 2 * radius + 1;
        var grid = new Grid(map.Height, map.Width, radius, new float[map.Height * map.Width * side * side]);
        for (int pixel = 0; pixel < strengths.Length; pixel++)
            for (int dy = -radius; dy <= radius; dy++)
                for (int dx = -radius; dx <= radius; dx++)
                {
                    int y = pixel / map.Width, x = pixel % map.Width, steps = Math.Max(Math.Abs(dy), Math.Abs(dx));
                    if (dy * dy + dx * dx > radius * radius || (uint)(y + dy) >= (uint)map.Height
                        || (uint)(x + dx) >= (uint)map.Width)
                        continue;
                    float most = strengths[pixel];
                    for (int step = 1; step <= steps; step++)
                        most = Math.Max(most,
                            strengths[(y + Rounded(dy * step, steps)) * map.Width + x + Rounded(dx * step, steps)]);
                    grid.Values[pixel * side * side + (dy + radius) * side + dx + radius] =
                        MathF.Exp(-most / (float)settings.Strength);
                }
        return grid;

        // Halves away from 0, so that a line is the same from either end.
        static int Rounded(int value, int by) =>
            by == 0 ? 0 : Math.Sign(value) * ((2 * Math.Abs(value) + by) / (2 * by));
    }

    /// <summary>Whitened eigenvectors [pixels, K] of the normalised cut, and what each counts: 1 / √λ.</summary>
    private static (Tensor Vectors, double[] Weights) Vectors(Grid grid, SpectralSettings settings)
    {
        if (grid.Pixels <= settings.Pixels) return Solve(grid, settings.Vectors);
        int height = (grid.Height + 1) / 2, width = (grid.Width + 1) / 2;
        var small = new Grid(height, width, grid.Radius, new float[height * width * grid.Stencil]);
        var kept = new List<(int Kept, float Value)>();
        // Bᵀ D⁻¹ B for B, the columns of kept pixels: two of them are alike if they are alike the same pixel. Such
        // two are at most twice the radius apart, and once where every second pixel is left.
        for (int pixel = 0; pixel < grid.Pixels; pixel++)
        {
            grid.Kept(pixel, kept);
            float sum = kept.Sum(one => one.Value);
            foreach (var (i, c) in kept)
                foreach (var (j, b) in kept)
                {
                    int dy = j / width - i / width + grid.Radius, dx = j % width - i % width + grid.Radius;
                    small.Values[i * grid.Stencil + dy * (2 * grid.Radius + 1) + dx] += c * b / sum;
                }
        }
        var (vectors, weights) = Vectors(small, settings);
        double[] from = [.. vectors.data<double>()], to = new double[grid.Pixels * weights.Length];
        for (int pixel = 0; pixel < grid.Pixels; pixel++)               // x ← D⁻¹ B x
        {
            grid.Kept(pixel, kept);
            float sum = kept.Sum(one => one.Value);
            foreach (var (i, c) in kept)
                for (int k = 0; k < weights.Length; k++)
                    to[pixel * weights.Length + k] += c / sum * from[i * weights.Length + k];
        }
        return (Whitened(tensor(to, [grid.Pixels, weights.Length])), weights);
    }

    /// <summary>The smoothest vectors but the constant one: of (D - A) x = λ D x those with the least λ.</summary>
    private static (Tensor, double[]) Solve(Grid grid, int count)
    {
        int n = grid.Pixels, side = 2 * grid.Radius + 1;
        count = Math.Min(count, n - 1);
        double[] dense = new double[n * n];
        for (int pixel = 0; pixel < n; pixel++)
            for (int offset = 0; offset < grid.Stencil; offset++)
                if (grid.Values[pixel * grid.Stencil + offset] is var value and > 0)
                    dense[pixel * n + pixel + (offset / side - grid.Radius) * grid.Width
                        + offset % side - grid.Radius] = value;
        var a = tensor(dense, [n, n]);
        var root = a.sum(1).rsqrt();                                    // D^-1/2
        var (values, vectors) = linalg.eigh(a * root.unsqueeze(0) * root.unsqueeze(1));
        double[] weights = [.. values.data<double>().ToArray()[..^1].TakeLast(count)
            .Select(value => 1 / Math.Sqrt(Math.Max(1 - value, 1e-6)))];
        return (Whitened(vectors.narrow(1, n - 1 - count, count) * root.unsqueeze(1)), weights);
    }

    /// <summary>Columns of mean 0 and variance 1 without correlation, each as near to what it was as can be.</summary>
    private static Tensor Whitened(Tensor vectors)
    {
        var centred = vectors - vectors.mean([0L], true);
        var (values, axes) = linalg.eigh(centred.t().mm(centred) / centred.shape[0]);
        return centred.mm(axes * values.clamp_min(1e-12).rsqrt()).mm(axes.t()).contiguous();
    }
}
