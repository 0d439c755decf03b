using System.Runtime.CompilerServices;
using System.Globalization;
using Lectern.Charts;

namespace Lectern.Lessons;

public static partial class Show
{
    /// <summary>The reader's guess beside the values of a tensor, as bars.</summary>
    /// <param name="what">What was guessed.</param>
    /// <param name="guess">The guess; NaN where none was made.</param>
    /// <param name="result">The result, read row by row.</param>
    /// <param name="at">Which values of the result were guessed; all where none are named.</param>
    /// <param name="labels">What each number stands for; its index where none are given.</param>
    /// <param name="unit">Their unit, for the axis.</param>
    /// <exception cref="ArgumentException">Guess, result and labels differ in number, or there is no such
    /// value.</exception>
    [OverloadResolutionPriority(-2)]
    public static Figure Compare(
        string what, IEnumerable<double> guess, Tensor result, IReadOnlyList<int>? at = null,
        IEnumerable<string>? labels = null, string? unit = null)
    {
        var all = Numbers.Of(result);
        var picked = at ?? [.. Enumerable.Range(0, all.Length)];
        foreach (var i in picked)
            if ((uint)i >= (uint)all.Length)
                throw new ArgumentException($"The result has no value {i}: it has {all.Length}.", nameof(at));
        return Compare(
            what, guess, picked.Select(i => all[i]),
            labels ?? picked.Select(i => i.ToString(CultureInfo.InvariantCulture)), unit);
    }

    /// <summary>The reader's guess beside the values of a tensor, as bars.</summary>
    ///
    /// <inheritdoc cref="Compare(string, IEnumerable{double}, Tensor, IReadOnlyList{int}, IEnumerable{string}, string)"/>
    [OverloadResolutionPriority(-2)]
    public static Figure Compare(
        string what, IEnumerable<float> guess, Tensor result, IReadOnlyList<int>? at = null,
        IEnumerable<string>? labels = null, string? unit = null) =>
        Compare(what, guess.Select(value => (double)value), result, at, labels, unit);

    /// <summary>A tensor as mathematicians write it, with at most twelve rows and columns.</summary>
    /// <param name="matrix">The matrix [rows, columns]; a vector is one row.</param>
    /// <param name="digits">Digits after the point.</param>
    /// <exception cref="ArgumentException">The tensor has more than two dimensions.</exception>
    [OverloadResolutionPriority(-2)]
    public static View Matrix(Tensor matrix, int digits = 2) =>
        Matrix(Numbers.Matrix(matrix, nameof(matrix)), digits);
}
