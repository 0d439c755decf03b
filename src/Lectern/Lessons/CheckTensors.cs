using System.Runtime.CompilerServices;
using Lectern.Charts;

namespace Lectern.Lessons;

public static partial class Check
{
    /// <summary>Whether a tensor is near the expected one: the same shape, and each value within the
    /// tolerance.</summary>
    /// <param name="actual">The reader's tensor.</param>
    /// <param name="expected">The right one.</param>
    /// <param name="tolerance">How far each value may be away.</param>
    /// <param name="hint">What to think about otherwise.</param>
    [OverloadResolutionPriority(-2)]
    public static CheckResult Near(Tensor? actual, Tensor expected, double tolerance = 1e-6,
        string? hint = null)
    {
        ArgumentNullException.ThrowIfNull(expected);
        if (actual is null) return new CheckResult(false, With("There is no tensor yet.", hint));
        var shape = Shape(actual.shape, expected.shape, hint);
        return shape.Right ? Near(Numbers.Of(actual), Numbers.Of(expected), tolerance, hint) : shape;
    }

    /// <summary>Whether a tensor has the expected shape.</summary>
    /// <param name="actual">The reader's tensor.</param>
    /// <param name="expected">The right shape; -1 stands for any length.</param>
    [OverloadResolutionPriority(-2)]
    public static CheckResult Shape(Tensor? actual, params long[] expected) =>
        actual is null ? new CheckResult(false, "There is no tensor yet.") : Shape(actual.shape, expected);

    /// <summary>Whether two rows of a tensor differ, such as the features of two nodes.</summary>
    /// <param name="values">The rows [N, F], or numbers [N].</param>
    /// <param name="first">One row, from 0.</param>
    /// <param name="second">The other row.</param>
    /// <param name="tolerance">How far apart one of their values must be.</param>
    /// <param name="hint">What to think about otherwise.</param>
    [OverloadResolutionPriority(-2)]
    public static CheckResult Differ(Tensor? values, int first, int second, double tolerance = 1e-6,
        string? hint = null)
    {
        if (values is null || values.dim() == 0)
            return new CheckResult(false, With("There are no rows yet.", hint));
        var rows = values.shape[0];
        if ((ulong)first >= (ulong)rows || (ulong)second >= (ulong)rows)
            return new CheckResult(false,
                With(Invariant($"Rows {first} and {second} are asked for; there are {rows}."), hint));
        var all = Numbers.Of(values);
        var width = (int)(all.Length / rows);
        var differ = Enumerable.Range(0, width)
            .Any(f => Math.Abs(all[first * width + f] - all[second * width + f]) > tolerance);
        return differ ? Yes
            : new CheckResult(false, With(Invariant($"Rows {first} and {second} are still the same."), hint));
    }
}
