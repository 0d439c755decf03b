namespace Lectern.Vision;

/// <summary>Polygons to masks, pixel for pixel as COCO's tools make them.</summary>
/// <remarks>
/// Corners are rounded to a grid five times as fine. Each side walks over that grid along its longer
/// axis, and where it passes the middle of a column of pixels, the column changes sides from there down;
/// what changes twice at one pixel does not. It is not the even-odd fill of a drawing library: ground
/// truth was measured with it.
/// </remarks>
public static class Polygons
{
    private const int Fine = 5, Middle = 2;         // grid lines a pixel; the one that its middle lies on

    /// <summary>The mask of one polygon.</summary>
    /// <param name="polygon">x1, y1, x2, y2, …: at least three corners, in pixels; it may leave the
    /// image.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <exception cref="ArgumentException">It has fewer than three corners, half of one, or one that is no
    /// number.</exception>
    public static RleMask Mask(IReadOnlyList<double> polygon, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(polygon);
        if (polygon.Count < 6 || polygon.Count % 2 != 0)
            throw new ArgumentException(
                $"A polygon has three corners or more, two numbers each; this has {polygon.Count} numbers.",
                nameof(polygon));
        var (x, y) = (new int[polygon.Count / 2 + 1], new int[polygon.Count / 2 + 1]);
        for (int i = 0; i < x.Length; i++)
        {
            int corner = 2 * (i % (x.Length - 1));          // the last is the first
            (x[i], y[i]) = (OnGrid(polygon[corner]), OnGrid(polygon[corner + 1]));
        }
        var toggles = new List<int>();
        for (int i = 0; i + 1 < x.Length; i++) Walk(x[i], y[i], x[i + 1], y[i + 1], height, width, toggles);
        toggles.Sort();
        return RleMask.FromToggles(height, width, toggles);
    }

    /// <summary>The mask of an object in several polygons, such as one that another hides the middle
    /// of.</summary>
    /// <param name="polygons">At least one.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <exception cref="ArgumentException">There is none, or one is none.</exception>
    public static RleMask Mask(IReadOnlyList<IReadOnlyList<double>> polygons, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        if (polygons.Count == 0) throw new ArgumentException("There is no polygon.", nameof(polygons));
        return RleMask.Union([.. polygons.Select(polygon => Mask(polygon, height, width))]);
    }

    // Truncation after half is added, also below 0, where it is not the nearest: the tools do so.
    private static int OnGrid(double place)
    {
        double fine = Fine * place + 0.5;
        if (!(Math.Abs(fine) < 1 << 28)) throw new ArgumentException($"A polygon's corner is at {place}.");
        return (int)fine;
    }

    private static void Walk(int x1, int y1, int x2, int y2, int height, int width, List<int> toggles)
    {
        int dx = Math.Abs(x2 - x1), dy = Math.Abs(y2 - y1);
        bool across = dx >= dy;
        if (across ? x1 > x2 : y1 > y2) (x1, y1, x2, y2) = (x2, y2, x1, y1);    // both ways alike
        double slope = across ? (double)(y2 - y1) / dx : (double)(x2 - x1) / dy;
        int lastX = x1, lastY = y1;
        for (int step = 1; step <= Math.Max(dx, dy); step++)
        {
            var (x, y) = across
                ? (x1 + step, (int)(y1 + slope * step + 0.5))
                : ((int)(x1 + slope * step + 0.5), y1 + step);
            if (x != lastX) Cross(Math.Min(x, lastX), Math.Min(y, lastY), height, width, toggles);
            (lastX, lastY) = (x, y);
        }
    }

    // A step from grid column x to x + 1 passes the middle of a column of pixels or none.
    private static void Cross(int x, int y, int height, int width, List<int> toggles)
    {
        if (x < Middle || (x - Middle) % Fine != 0 || (x - Middle) / Fine >= width) return;
        int row = (int)Math.Ceiling((y - Middle) / (double)Fine);
        toggles.Add((x - Middle) / Fine * height + Math.Clamp(row, 0, height));
    }
}
