namespace Lectern.Training;

/// <summary>One thing that is searched for: how a number from 0 to 1 becomes a part of some
/// settings.</summary>
/// <typeparam name="T">The settings.</typeparam>
/// <param name="Name">What is chosen.</param>
/// <param name="IsChoice">Whether its values are neither near nor far from each other.</param>
/// <param name="Snap">The number that stands for all numbers of the same value.</param>
/// <param name="Set">The settings with the value of a number.</param>
public sealed record SearchAxis<T>(string Name, bool IsChoice, Func<double, double> Snap,
    Func<T, double, T> Set)
{
    /// <summary>One of some values.</summary>
    /// <param name="name">What is chosen.</param>
    /// <param name="values">The values.</param>
    /// <param name="set">The settings with one of them.</param>
    public static SearchAxis<T> Choice<TValue>(string name, IReadOnlyList<TValue> values,
        Func<T, TValue, T> set)
    {
        int Place(double u) => Math.Min((int)(u * values.Count), values.Count - 1);
        return new(name, true, u => (Place(u) + 0.5) / values.Count,
            (settings, u) => set(settings, values[Place(u)]));
    }

    /// <summary>A number between two.</summary>
    /// <param name="name">What is chosen.</param>
    /// <param name="low">The lowest.</param>
    /// <param name="high">The highest.</param>
    /// <param name="set">The settings with one of them.</param>
    /// <param name="log">Whether its logarithm is spread evenly.</param>
    public static SearchAxis<T> Real(string name, double low, double high, Func<T, double, T> set,
        bool log = false) =>
        new(name, false, u => u,
            (settings, u) => set(settings, log ? low * Math.Pow(high / low, u) : low + u * (high - low)));

    /// <summary>A whole number from one to another, both included.</summary>
    /// <param name="name">What is chosen.</param>
    /// <param name="low">The lowest.</param>
    /// <param name="high">The highest.</param>
    /// <param name="set">The settings with one of them.</param>
    /// <param name="log">Whether its logarithm is spread evenly.</param>
    public static SearchAxis<T> Whole(string name, int low, int high, Func<T, int, T> set, bool log = false)
    {
        double end = high + 1.0;
        int Value(double u) =>
            Math.Clamp((int)(log ? low * Math.Pow(end / low, u) : low + u * (end - low)), low, high);
        double Place(double u) => log
            ? Math.Log((Value(u) + 0.5) / low) / Math.Log(end / low)
            : (Value(u) + 0.5 - low) / (end - low);
        return new(name, false, Place, (settings, u) => set(settings, Value(u)));
    }
}

/// <summary>Settings to search among: a unit cube with a meaning.</summary>
/// <typeparam name="T">The settings.</typeparam>
/// <param name="Start">What is not searched for.</param>
/// <param name="Axes">What is.</param>
public sealed record SearchSpace<T>(T Start, IReadOnlyList<SearchAxis<T>> Axes)
{
    private const int Scattered = 1000, Kept = 5, Children = 40, Rounds = 4;

    /// <summary>The settings of a point.</summary>
    /// <param name="point">A number from 0 to 1 an axis.</param>
    public T At(IReadOnlyList<double> point)
    {
        ArgumentNullException.ThrowIfNull(point);
        var settings = Start;
        for (int axis = 0; axis < Axes.Count; axis++) settings = Axes[axis].Set(settings, point[axis]);
        return settings;
    }

    /// <summary>The point that stands for all points of the same settings.</summary>
    /// <param name="point">A number from 0 to 1 an axis.</param>
    public double[] Snap(IReadOnlyList<double> point) => [.. Axes.Select((axis, i) => axis.Snap(point[i]))];

    /// <summary>The next point to try: where a Gaussian process expects most improvement.</summary>
    /// <remarks>Of points that are spread evenly the best are kept and varied, several rounds long, in ever
    /// smaller steps. Points are snapped before they are judged (Garrido-Merchán and Hernández-Lobato 2020),
    /// so that steps between whole numbers are seen as they are.</remarks>
    /// <param name="tried">The points so far.</param>
    /// <param name="values">What they gave; higher is better.</param>
    /// <param name="seed">Of the points that are judged.</param>
    public double[] Propose(IReadOnlyList<double[]> tried, IReadOnlyList<double> values, int seed)
    {
        var process = new GaussianProcess([.. tried.Select(Snap)], values,
            [.. Axes.Select(axis => axis.IsChoice)]);
        double best = values.Max();
        (double[] Point, double Gain) Judged(double[] point)
        {
            var snapped = Snap(point);
            return (snapped, process.ExpectedImprovement(snapped, best));
        }
        var random = new Random(seed);
        var spread = new SobolSequence(Axes.Count, seed);
        var leading = Best(Enumerable.Range(0, Scattered).Select(i => Judged(spread.Point(i))));
        double step = 0.2;
        for (int round = 0; round < Rounds; round++, step /= 2)
        {
            double[] Child(double[] parent) => [.. parent.Select((u, axis) =>
                random.NextDouble() > 0.5 ? u
                : Axes[axis].IsChoice ? random.NextDouble()
                : Math.Clamp(u + step * (2 * random.NextDouble() - 1), 0, 1))];
            var children = leading.SelectMany(
                parent => Enumerable.Range(0, Children).Select(_ => Judged(Child(parent.Point))));
            leading = Best([.. leading, .. children]);
        }
        return leading[0].Point;
    }

    private static List<(double[] Point, double Gain)> Best(
        IEnumerable<(double[] Point, double Gain)> judged) =>
        [.. judged.OrderByDescending(candidate => candidate.Gain).Take(Kept)];
}
