using System.Globalization;

namespace Lectern.Lessons;

/// <summary>Answers to exercises: right, or a hint. A wrong answer is never an error.</summary>
public static partial class Check
{
    private static readonly CheckResult Yes = new(true, "Right.");

    /// <summary>Whether something holds.</summary>
    /// <param name="right">Whether it does.</param>
    /// <param name="hint">What to think about when it does not; not the solution.</param>
    /// <exception cref="ArgumentException">The hint is empty.</exception>
    public static CheckResult That(bool right, string hint)
    {
        ArgumentException.ThrowIfNullOrEmpty(hint);
        return right ? Yes : new CheckResult(false, hint);
    }

    /// <summary>Whether several checks all come out right; otherwise the first hint.</summary>
    /// <param name="results">The checks.</param>
    public static CheckResult All(params IEnumerable<CheckResult> results) =>
        results.FirstOrDefault(result => !result.Right) ?? Yes;

    /// <summary>Whether a number is near the expected one.</summary>
    /// <param name="actual">The reader's number.</param>
    /// <param name="expected">The right one.</param>
    /// <param name="tolerance">How far it may be away.</param>
    /// <param name="hint">What to think about otherwise.</param>
    public static CheckResult Near(double actual, double expected, double tolerance = 1e-6,
        string? hint = null)
    {
        if (double.IsNaN(actual))
            return new CheckResult(false, With("The answer is not a number yet: fill it in.", hint));
        var far = !(Math.Abs(actual - expected) <= tolerance) && actual != expected;
        if (!far) return Yes;
        return new CheckResult(false, With($"{Number(actual)} is {Direction(actual, expected)}.", hint));
    }

    /// <summary>Whether numbers are near the expected ones, each for itself.</summary>
    /// <param name="actual">The reader's numbers.</param>
    /// <param name="expected">The right ones.</param>
    /// <param name="tolerance">How far each may be away.</param>
    /// <param name="hint">What to think about otherwise.</param>
    public static CheckResult Near(
        IEnumerable<double> actual, IEnumerable<double> expected, double tolerance = 1e-6,
        string? hint = null)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(expected);
        double[] mine = [.. actual], right = [.. expected];
        if (mine.Length != right.Length)
            return new CheckResult(false,
                With(Invariant($"{mine.Length} numbers where {right.Length} are asked for."), hint));
        for (var i = 0; i < mine.Length; i++)
        {
            var one = Near(mine[i], right[i], tolerance);
            if (!one.Right)
                return new CheckResult(false, With(Invariant($"Number {i} (from 0): {one.Message}"), hint));
        }
        return Yes;
    }

    /// <summary>Whether a shape is the expected one.</summary>
    /// <param name="actual">The reader's shape.</param>
    /// <param name="expected">The right one; -1 stands for any length.</param>
    /// <param name="hint">What to think about otherwise.</param>
    public static CheckResult Shape(IReadOnlyList<long> actual, IReadOnlyList<long> expected,
        string? hint = null)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(expected);
        if (actual.Count == expected.Count
            && actual.Zip(expected).All(d => d.Second < 0 || d.First == d.Second)) return Yes;
        var asked = string.Join(", ", expected.Select(d => d < 0 ? "any" : Invariant($"{d}")));
        return new CheckResult(false,
            With($"The shape is [{string.Join(", ", actual)}], asked for is [{asked}].", hint));
    }

    /// <summary>Whether a number is at least as large as asked for, such as an accuracy.</summary>
    /// <param name="actual">The reader's number.</param>
    /// <param name="least">What it must reach.</param>
    /// <param name="hint">What to think about otherwise.</param>
    public static CheckResult AtLeast(double actual, double least, string? hint = null) =>
        actual >= least
            ? Yes
            : new CheckResult(false, With($"{Number(actual)} does not reach {Number(least)} yet.", hint));

    /// <summary>Whether two numbers differ.</summary>
    /// <param name="first">One number.</param>
    /// <param name="second">The other.</param>
    /// <param name="tolerance">How far apart they must be.</param>
    /// <param name="hint">What to think about otherwise.</param>
    public static CheckResult Differ(double first, double second, double tolerance = 1e-6,
        string? hint = null) =>
        Math.Abs(first - second) > tolerance
            ? Yes
            : new CheckResult(false, With($"{Number(first)} and {Number(second)} are still the same.", hint));

    private static string Direction(double actual, double expected) =>
        actual > expected ? "too large" : "too small";

    private static string With(string message, string? hint) => hint is null ? message : message + " " + hint;

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
