namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// From contours to regions: basins of the contour map become superpixels, and what lies between two of them
/// is as strong as the contour in its own direction (the oriented watershed transform, Arbeláez et al. 2011).
/// </summary>
public static class Watershed
{
    // Pixels along an arc that its direction is taken from, to either side.
    private const int Along = 4;

    /// <summary>The basins of a landscape: each local minimum is a source, and water rises.</summary>
    /// <param name="landscape">Heights, row by row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="depth">
    /// A basin that is less deep where it meets another is part of that: noise makes many such.
    /// </param>
    /// <returns>
    /// Regions connected by sides of pixels, numbered as their first pixels come. Time O(pixels · log).
    /// </returns>
    /// <exception cref="ArgumentException">The numbers are not those of so many pixels.</exception>
    public static Superpixels Flood(float[] landscape, int height, int width, double depth = 0)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        if (landscape.Length != height * width || landscape.Length == 0)
            throw new ArgumentException(
                $"A landscape of {height}×{width} has a height a pixel; given were {landscape.Length}.",
                nameof(landscape));
        int[] labels = Sources(landscape, width);
        float[] bottoms = new float[labels.Max() + 1];
        int[] joined = [.. Enumerable.Range(0, bottoms.Length)];        // the basin that a basin is part of
        // Lowest first, and of equal heights the one that water reached first.
        var shore = new PriorityQueue<int, (float Level, int)>();
        int reached = 0;
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            if (labels[pixel] < 0) continue;
            bottoms[labels[pixel]] = landscape[pixel];
            shore.Enqueue(pixel, (landscape[pixel], reached++));
        }
        while (shore.TryDequeue(out int pixel, out var water))
            foreach (int next in Neighbours(pixel, width, labels.Length))
            {
                if (next < 0) continue;
                float level = Math.Max(landscape[next], water.Level);
                if (labels[next] < 0)
                {
                    labels[next] = labels[pixel];
                    shore.Enqueue(next, (level, reached++));
                    continue;
                }
                int a = Root(joined, labels[pixel]), b = Root(joined, labels[next]);
                if (a == b || level - Math.Max(bottoms[a], bottoms[b]) >= depth) continue;
                if (bottoms[a] < bottoms[b]) joined[b] = a;
                else joined[a] = b;
            }
        int[] numbers = new int[bottoms.Length];
        int count = 0;
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            ref int number = ref numbers[Root(joined, labels[pixel])];
            if (number == 0) number = ++count;
            labels[pixel] = number - 1;
        }
        return new Superpixels(height, width, labels);
    }

    private static int Root(int[] joined, int basin)
    {
        while (joined[basin] != basin) basin = joined[basin] = joined[joined[basin]];
        return basin;
    }

    /// <summary>The mean strength of the contour along each arc, in the arc's own direction.</summary>
    /// <param name="regions">Of the map's size.</param>
    /// <param name="map">The contours.</param>
    /// <returns>One an arc.</returns>
    /// <remarks>
    /// Without the direction, a weak arc that ends at a strong contour would be as strong as that: at its end,
    /// the largest value is the other contour's.
    /// </remarks>
    /// <exception cref="ArgumentException">Regions and contours are not of one picture.</exception>
    public static double[] Strengths(Superpixels regions, ContourMap map)
    {
        if (regions.Height != map.Height || regions.Width != map.Width)
            throw new ArgumentException(
                $"The regions are {regions.Height}×{regions.Width} and the contours {map.Height}×{map.Width}.",
                nameof(map));
        return [.. regions.Arcs.Select(arc =>
        {
            // Middles of the cracks, in half pixels.
            var points = arc.Cracks.Select(crack =>
            {
                int pixel = crack / 2, y = 2 * (pixel / map.Width), x = 2 * (pixel % map.Width);
                return crack % 2 == 0 ? (Y: y, X: x + 1) : (Y: y + 1, X: x);
            }).ToArray();
            double sum = 0;
            for (int i = 0; i < points.Length; i++)
            {
                double angle = Direction(points, i, arc.Cracks[i] % 2 == 1);
                int pixel = arc.Cracks[i] / 2;
                int other = pixel + (arc.Cracks[i] % 2 == 0 ? 1 : map.Width);
                sum += (map.At(pixel, angle) + map.At(other, angle)) / 2;
            }
            return sum / points.Length;
        })];
    }

    /// <summary>The direction of the cracks about one: the main axis of their spread.</summary>
    private static double Direction((int Y, int X)[] points, int at, bool level)
    {
        double n = 0, y = 0, x = 0, yy = 0, xx = 0, xy = 0;
        foreach (var point in points)
        {
            double dy = point.Y - points[at].Y, dx = point.X - points[at].X;
            if (Math.Max(Math.Abs(dy), Math.Abs(dx)) > 2 * Along) continue;
            (n, y, x) = (n + 1, y + dy, x + dx);
            (yy, xx, xy) = (yy + dy * dy, xx + dx * dx, xy + dx * dy);
        }
        (yy, xx, xy) = (yy - y * y / n, xx - x * x / n, xy - x * y / n);
        if (Math.Abs(xy) < 1e-9 && Math.Abs(xx - yy) < 1e-9) return level ? 0 : Math.PI / 2;
        return -0.5 * Math.Atan2(2 * xy, xx - yy);                      // rows go down, angles up
    }

    /// <summary>Connected pixels of one height without a lower neighbour have a number, the others -1.</summary>
    private static int[] Sources(float[] landscape, int width)
    {
        int[] labels = new int[landscape.Length];
        Array.Fill(labels, -2);                                         // not looked at
        int count = 0;
        var flat = new List<int>();
        for (int first = 0; first < labels.Length; first++)
        {
            if (labels[first] != -2) continue;
            flat.Clear();
            flat.Add(first);
            labels[first] = -1;
            bool lowest = true;
            for (int i = 0; i < flat.Count; i++)
                foreach (int next in Neighbours(flat[i], width, labels.Length))
                {
                    if (next < 0) continue;
                    lowest &= landscape[next] >= landscape[first];
                    if (landscape[next] != landscape[first] || labels[next] != -2) continue;
                    labels[next] = -1;
                    flat.Add(next);
                }
            if (!lowest) continue;
            foreach (int pixel in flat) labels[pixel] = count;
            count++;
        }
        return labels;
    }

    /// <summary>The pixels above, left, right and below; below 0 where there is none.</summary>
    private static int[] Neighbours(int pixel, int width, int pixels) =>
    [
        pixel - width, pixel % width == 0 ? -1 : pixel - 1, pixel % width == width - 1 ? -1 : pixel + 1,
        pixel + width < pixels ? pixel + width : -1,
    ];
}
