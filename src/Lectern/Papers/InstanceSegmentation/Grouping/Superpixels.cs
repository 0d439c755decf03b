namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Where two regions touch.</summary>
/// <param name="A">The one with the smaller number.</param>
/// <param name="B">The other.</param>
/// <param name="Cracks">
/// The sides of pixels between them: twice the pixel (row · width + column), plus 0 for its right side and 1
/// for its lower.
/// </param>
public sealed record Arc(int A, int B, IReadOnlyList<int> Cracks);

/// <summary>A picture cut into regions, and which of them touch.</summary>
public sealed class Superpixels
{
    private readonly int[] labels;

    /// <summary>The regions of a labelled picture.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="labels">The region of each pixel, row by row; numbers from 0 on, none left out.</param>
    /// <exception cref="ArgumentException">There is not a label a pixel, or a number is left out.</exception>
    public Superpixels(int height, int width, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (height < 1 || width < 1 || labels.Length != height * width)
            throw new ArgumentException(
                $"A picture of {height}×{width} has a label a pixel; given were {labels.Length}.", nameof(labels));
        (Height, Width, this.labels) = (height, width, labels);
        Count = labels.Max() + 1;
        (Areas, Borders, Boxes) = (new int[Count], new int[Count], new (int, int, int, int)[Count]);
        Array.Fill(Boxes, (width, height, 0, 0));
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            var (y, x, label) = (pixel / width, pixel % width, labels[pixel]);
            if (label < 0) throw new ArgumentException($"A label is {label}; they are from 0 on.", nameof(labels));
            Areas[label]++;
            Borders[label] += (y == 0 ? 1 : 0) + (x == 0 ? 1 : 0) + (y == height - 1 ? 1 : 0)
                + (x == width - 1 ? 1 : 0);
            ref var box = ref Boxes[label];
            box = (Math.Min(box.X1, x), Math.Min(box.Y1, y), Math.Max(box.X2, x + 1), Math.Max(box.Y2, y + 1));
        }
        if (Array.IndexOf(Areas, 0) is var missing and >= 0)
            throw new ArgumentException(
                $"Labels are 0 to {Count - 1}, but no pixel has {missing}; number them without gaps.", nameof(labels));
        Arcs = FindArcs();
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>How many regions.</summary>
    public int Count { get; }

    /// <summary>The region of each pixel, row by row: [H · W].</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>Pixels of each.</summary>
    internal int[] Areas { get; }

    /// <summary>Sides of pixels of each on the picture's own border.</summary>
    internal int[] Borders { get; }

    /// <summary>The box around each.</summary>
    internal (int X1, int Y1, int X2, int Y2)[] Boxes { get; }

    /// <summary>The pairs that touch along sides of pixels, in order of their numbers.</summary>
    public IReadOnlyList<Arc> Arcs { get; }

    /// <summary>The regions as a table.</summary>
    /// <returns>int64 [H, W].</returns>
    public Tensor ToTensor() => tensor(labels, [Height, Width], dtype: int64);

    /// <summary>
    /// The regions in a picture of another size: each pixel is the region's that most of it is, of equal ones
    /// the first's. Small regions may be left without a pixel, so that the numbers stay.
    /// </summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>[height · width].</returns>
    public int[] Resized(int height, int width)
    {
        if (height == Height && width == Width) return [.. labels];
        int[] resized = new int[height * width];
        var counts = new Dictionary<int, int>();
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                counts.Clear();
                var (best, most) = (-1, 0);
                var (bottom, right) = (Last(y, Height, height), Last(x, Width, width));
                for (int v = y * Height / height; v <= bottom; v++)
                    for (int u = x * Width / width; u <= right; u++)
                    {
                        int label = labels[v * Width + u];
                        int count = counts[label] = counts.GetValueOrDefault(label) + 1;
                        if (count > most || (count == most && label < best)) (best, most) = (label, count);
                    }
                resized[y * width + x] = best;
            }
        return resized;

        // The last of the fine rows or columns that a coarse one covers, itself at least.
        static int Last(int at, int fine, int coarse) => Math.Max(at * fine / coarse, ((at + 1) * fine - 1) / coarse);
    }

    private List<Arc> FindArcs()
    {
        var found = new SortedDictionary<(int, int), List<int>>();
        for (int pixel = 0; pixel < labels.Length; pixel++)
            for (int below = 0; below < 2; below++)
            {
                if (below == 0 ? pixel % Width == Width - 1 : pixel + Width >= labels.Length) continue;
                int a = labels[pixel], b = labels[pixel + (below == 0 ? 1 : Width)];
                if (a == b) continue;
                var pair = (Math.Min(a, b), Math.Max(a, b));
                if (!found.TryGetValue(pair, out var cracks)) found[pair] = cracks = [];
                cracks.Add(2 * pixel + below);
            }
        return [.. found.Select(one => new Arc(one.Key.Item1, one.Key.Item2, one.Value))];
    }
}
