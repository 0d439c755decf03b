using System.Globalization;
using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>A number that stands for a whole lesson; a run's table collects them.</summary>
/// <param name="Label">What was measured, such as "test accuracy, Cora".</param>
/// <param name="Value">The measured value.</param>
/// <param name="Unit">Its unit, such as "%"; may be empty.</param>
/// <param name="Paper">The paper's value in the same unit; null where the paper gives none.</param>
[TypeFormatterSource(typeof(Formatters))]
public sealed record Headline(string Label, double Value, string Unit = "", double? Paper = null)
{
    /// <summary>The headline on one line: <c>test accuracy, Cora: 81.6 % (paper 81.5 %)</c>.</summary>
    public override string ToString()
    {
        var unit = Unit.Length == 0 ? "" : " " + Unit;
        var paper = Paper is { } value ? $" (paper {Number(value)}{unit})" : "";
        return $"{Label}: {Number(Value)}{unit}{paper}";
    }

    // Three digits are more than most of the measurements repeat.
    private static string Number(double value) => value.ToString(
        Math.Abs(value) switch
        {
            >= 1 and < 1e6 => "0.##",
            >= 1e-3 and < 1 or 0 => "0.###",
            _ => "0.###e+0",
        }, CultureInfo.InvariantCulture);
}
