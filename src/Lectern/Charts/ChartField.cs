namespace Lectern.Charts;

public static partial class Chart
{
    /// <summary>Arrows at points: where a rule moves each of them.</summary>
    /// <param name="x">The arrows' beginnings, across.</param>
    /// <param name="y">The arrows' beginnings, upwards.</param>
    /// <param name="u">Their lengths across, in the data's units.</param>
    /// <param name="v">Their lengths upwards.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Scale">By what the lengths are multiplied for the drawing.</param>
    /// <param name="Color">Colour of the arrows.</param>
    /// <exception cref="ArgumentException">The four differ in length.</exception>
    public static Figure VectorField(
        IEnumerable<double> x, IEnumerable<double> y, IEnumerable<double> u, IEnumerable<double> v,
        string? Name = null,
        double Scale = 1, string? Color = null)
    {
        var (xs, ys) = Pair(x, y);
        var (us, vs) = Pair(u, v, "u", "v");
        Pair(xs, us, "x", "u");
        var lines = Enumerable.Range(0, xs.Length)
            .Select(i => new[] { (xs[i], ys[i]), (xs[i] + Scale * us[i], ys[i] + Scale * vs[i]) });
        return Arrows(lines, Name, Color ?? Theme.Colour(0));
    }

    /// <summary>The lines along which a field of directions flows, each with an arrow, evenly spread over the
    /// plot.</summary>
    /// <param name="field">The direction at a point (x, y); only where it points matters, not how
    /// far.</param>
    /// <param name="xRange">The plot's range across.</param>
    /// <param name="yRange">The plot's range upwards.</param>
    /// <param name="Density">About how many lines stand side by side.</param>
    /// <param name="Name">The name in the legend.</param>
    /// <param name="Color">Colour of the lines.</param>
    /// <remarks>Lines are followed with the classical Runge–Kutta rule and end where another line is
    /// near.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 lines stand side by side.</exception>
    public static Figure StreamLines(
        Func<double, double, (double U, double V)> field, (double Min, double Max) xRange,
        (double Min, double Max) yRange,
        int Density = 16, string? Name = null, string? Color = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentOutOfRangeException.ThrowIfLessThan(Density, 2);
        var flow = new Flow(field, xRange, yRange, Density);
        return Arrows(flow.Lines(), Name, Color ?? Theme.Colour(0), middle: true)
            .WithXAxisStyle(MinMax: xRange).WithYAxisStyle(MinMax: yRange);
    }

    private static Figure Arrows(IEnumerable<(double X, double Y)[]> lines, string? name, string colour,
        bool middle = false)
    {
        var (x, y, sizes) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var line in lines)
        {
            var head = middle ? line.Length / 2 : line.Length - 1;
            for (var i = 0; i < line.Length; i++)
            {
                x.Add(Significant(line[i].X));
                y.Add(Significant(line[i].Y));
                sizes.Add(i == head ? 9 : 0);
            }
            x.Add(double.NaN);
            y.Add(double.NaN);
            sizes.Add(0);
        }
        return One(Fields.Of(
            ("type", "scatter"), ("mode", "lines+markers"), ("x", x.ToArray()), ("y", y.ToArray()),
            ("name", name),
            ("showlegend", name is not null), ("line.color", colour), ("line.width", 1.4),
            ("hoverinfo", "skip"),
            ("marker.symbol", "arrow"), ("marker.angleref", "previous"), ("marker.size", sizes.ToArray()),
            ("marker.color", colour), ("marker.opacity", 1), ("marker.line.width", 0)));
    }

    // Five digits are far below a pixel and keep the figure small.
    private static double Significant(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value + 0.0;
        var digits = Math.Clamp(4 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15);
        return Math.Round(value, digits) + 0.0;
    }

    /// <summary>Follows a field through a lattice of places, each of which one line may cross.</summary>
    private sealed class Flow(
        Func<double, double, (double U, double V)> field, (double Min, double Max) xRange,
        (double Min, double Max) yRange,
        int density)
    {
        private const double Step = 0.005;                          // of the plot's side
        private readonly int[,] owner = new int[density, density];

        public IEnumerable<(double X, double Y)[]> Lines()
        {
            var id = 0;
            for (var i = 0; i < density * density; i++)
            {
                var (row, column) = (i / density, i % density);
                if (owner[row, column] != 0) continue;
                var start = ((column + 0.5) / density, (row + 0.5) / density);
                id++;
                var back = Follow(start, -1, id);
                var ahead = Follow(start, 1, id);
                back.Reverse();
                (double, double)[] line = [.. back, start, .. ahead];
                if (line.Length >= 12)
                    yield return [.. line.Where((_, k) => k % 3 == 0 || k == line.Length - 1).Select(Unit)];
            }
        }

        private (double X, double Y) Unit((double X, double Y) p) =>
            (xRange.Min + p.X * (xRange.Max - xRange.Min), yRange.Min + p.Y * (yRange.Max - yRange.Min));

        private List<(double X, double Y)> Follow((double X, double Y) p, int sign, int id)
        {
            var path = new List<(double, double)>();
            for (var k = 0; k < 400; k++)
            {
                var a = Direction(p, sign);
                var b = Direction((p.X + a.X * Step / 2, p.Y + a.Y * Step / 2), sign);
                var c = Direction((p.X + b.X * Step / 2, p.Y + b.Y * Step / 2), sign);
                var d = Direction((p.X + c.X * Step, p.Y + c.Y * Step), sign);
                var move = (X: (a.X + 2 * b.X + 2 * c.X + d.X) / 6, Y: (a.Y + 2 * b.Y + 2 * c.Y + d.Y) / 6);
                if (move.X * move.X + move.Y * move.Y < 0.25)
                    break;  // the direction turns about: a resting point
                p = (p.X + move.X * Step, p.Y + move.Y * Step);
                if (p.X is < 0 or >= 1 || p.Y is < 0 or >= 1 || !Take(p, id)) break;
                path.Add(p);
            }
            return path;
        }

        private bool Take((double X, double Y) p, int id)
        {
            ref var cell = ref owner[(int)(p.Y * density), (int)(p.X * density)];
            if (cell == 0) cell = id;
            return cell == id;
        }

        private (double X, double Y) Direction((double X, double Y) p, int sign)
        {
            var (x, y) = Unit(p);
            var (u, v) = field(x, y);
            var (a, b) = (u / (xRange.Max - xRange.Min), v / (yRange.Max - yRange.Min));
            var length = Math.Sqrt(a * a + b * b);
            return length > 0 && double.IsFinite(length) ? (sign * a / length, sign * b / length) : (0, 0);
        }
    }
}
