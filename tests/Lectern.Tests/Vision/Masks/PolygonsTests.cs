using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class PolygonsTests
{
    private static string[] Rows(RleMask mask)
    {
        char[] pixels = [.. mask.ToTensor().data<bool>().ToArray().Select(inside => inside ? '#' : '.')];
        return [.. pixels.Chunk(mask.Width).Select(row => new string(row))];
    }

    [Fact]
    public void Rectangles_cover_pixels_whose_middle_they_hold()
    {
        using var scope = NewDisposeScope();
        var square = Polygons.Mask([1, 1, 3, 1, 3, 3, 1, 3], 4, 5);
        Assert.Equal([".....", ".##..", ".##..", "....."], Rows(square));
        // The middle of pixel 1 lies at 1.5, on the grid from 1.4 to 1.6.
        Assert.Equal([".##."], Rows(Polygons.Mask([1.4, 0, 3, 0, 3, 1, 1.4, 1], 1, 4)));
        Assert.Equal(["..#."], Rows(Polygons.Mask([1.6, 0, 3, 0, 3, 1, 1.6, 1], 1, 4)));
    }

    [Fact]
    public void The_way_round_and_the_first_corner_do_not_matter()
    {
        double[] corners = [1.3, 0.2, 8.9, 3.1, 6.2, 9.7, 2.2, 7.4];
        var mask = Polygons.Mask(corners, 10, 10);
        double[][] pairs = [.. corners.Chunk(2)];
        double[] reversed = [.. pairs.AsEnumerable().Reverse().SelectMany(pair => pair)];
        foreach (double[] same in new double[][]
            { reversed, [.. corners[4..], .. corners[..4]], [corners[0], corners[1], .. corners] })
            Assert.Equal(mask.Runs.ToArray(), Polygons.Mask(same, 10, 10).Runs.ToArray());
    }

    [Fact]
    public void A_polygon_may_leave_the_picture_and_what_is_outside_is_nothing()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(["##", "##"], Rows(Polygons.Mask([-9, -9, 9, -9, 9, 9, -9, 9], 2, 2)));
        Assert.Equal(0, Polygons.Mask([20, 20, 30, 20, 30, 30], 10, 10).Area);
        Assert.Equal(0, Polygons.Mask([-20, -20, -10, -20, -10, -3], 10, 10).Area);
        Assert.Equal(0, Polygons.Mask([1, 1, 5, 5, 1, 1], 10, 10).Area);                // there and back
    }

    [Fact]
    public void Several_polygons_are_one_object()
    {
        using var scope = NewDisposeScope();
        double[] left = [0, 0, 2, 0, 2, 1, 0, 1], right = [3, 0, 4, 0, 4, 1, 3, 1];
        double[] middle = [1, 0, 3, 0, 3, 1, 1, 1];
        Assert.Equal(["##.#."], Rows(Polygons.Mask([left, right], 1, 5)));
        Assert.Equal(["####."], Rows(Polygons.Mask([left, middle, right], 1, 5)));
    }

    /// <summary>The definition, column by column in floating numbers: a side that passes the middle of a
    /// column changes the sides of all pixels from its lower point's row on down.</summary>
    private static bool[] Slow(double[] polygon, int height, int width)
    {
        bool[] inside = new bool[height * width];
        int n = polygon.Length / 2;
        int[] x = [.. Enumerable.Range(0, n).Select(i => (int)(5 * polygon[2 * i] + 0.5))];
        int[] y = [.. Enumerable.Range(0, n).Select(i => (int)(5 * polygon[2 * i + 1] + 0.5))];
        for (int i = 0; i < n; i++)
        {
            int j = (i + 1) % n;
            var points = new List<(int X, int Y)>();
            if (Math.Abs(x[j] - x[i]) >= Math.Abs(y[j] - y[i]))
            {
                var (from, to) = x[i] <= x[j] ? (i, j) : (j, i);
                double slope = (y[to] - y[from]) / (double)(x[to] - x[from]);
                for (int u = x[from]; u < x[to] + 1 && x[from] < x[to]; u++)
                    points.Add((u, (int)(y[from] + slope * (u - x[from]) + 0.5)));
            }
            else
            {
                var (from, to) = y[i] <= y[j] ? (i, j) : (j, i);
                double slope = (x[to] - x[from]) / (double)(y[to] - y[from]);
                for (int v = y[from]; v <= y[to]; v++)
                    points.Add(((int)(x[from] + slope * (v - y[from]) + 0.5), v));
            }
            foreach (var (before, after) in points.Zip(points.Skip(1)))
            {
                // Fine places to pixels: five grid lines each, the middle one at the pixel's number.
                double column = (Math.Min(before.X, after.X) + 0.5) / 5 - 0.5;
                double row = (Math.Min(before.Y, after.Y) + 0.5) / 5 - 0.5;
                if (before.X == after.X || column != Math.Floor(column)) continue;
                if (column < 0 || column > width - 1) continue;
                for (int r = 0; r < height; r++)
                    if (r >= row) inside[r * width + (int)column] ^= true;
            }
        }
        return inside;
    }

    [Fact]
    public void Random_polygons_are_the_definition_crossing_themselves_or_not()
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        for (int trial = 0; trial < 400; trial++)
        {
            int height = 1 + random.Next(30), width = 1 + random.Next(30), corners = 3 + random.Next(9);
            double[] polygon = [.. Enumerable.Range(0, corners).SelectMany(_ => new[]
            {
                random.NextDouble() * (width + 8) - 4, random.NextDouble() * (height + 8) - 4,
            })];
            if (trial % 3 == 0) polygon = [.. polygon.Select(x => Math.Round(x))];     // sides along the grid
            var table = Polygons.Mask(polygon, height, width).ToTensor();
            Assert.Equal(Slow(polygon, height, width), table.data<bool>().ToArray());
        }
    }

    [Fact]
    public void Large_shapes_have_about_the_area_of_the_polygon()
    {
        double[] disc = [.. Enumerable.Range(0, 100).SelectMany(i =>
            new[] { 100 + 80 * Math.Cos(i * Math.Tau / 100), 100 + 80 * Math.Sin(i * Math.Tau / 100) })];
        double area = 50 * 80 * 80 * Math.Sin(Math.Tau / 100);
        Assert.InRange(Polygons.Mask(disc, 200, 200).Area, area * 0.995, area * 1.005);
    }

    [Fact]
    public void What_is_no_polygon_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Polygons.Mask([1, 1, 2, 2], 4, 4));
        Assert.Contains("4 numbers", error.Message);
        Assert.Throws<ArgumentException>(() => Polygons.Mask([1, 1, 2, 2, 3, 3, 4], 4, 4));
        Assert.Throws<ArgumentException>(() => Polygons.Mask([1, 1, 2, double.NaN, 3, 3], 4, 4));
        Assert.Throws<ArgumentException>(() => Polygons.Mask(new double[0][], 4, 4));
    }
}
