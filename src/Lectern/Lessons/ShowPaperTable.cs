using System.Globalization;
using Lectern.Charts;

namespace Lectern.Lessons;

public static partial class Show
{
    /// <summary>The paper's numbers beside the measured ones, from the records of the lesson's full-scale
    /// runs.</summary>
    /// <param name="lesson">The lesson's name.</param>
    /// <param name="folder">Where the records are; the kit's own where none is given.</param>
    /// <returns>A table; where nothing was measured yet, the command that does it.</returns>
    public static View PaperTable(string lesson, string? folder = null)
    {
        var records = Record.Load(lesson, folder);
        if (records.Count == 0)
            return View.Of($"{lesson}: not measured at full scale yet. ./lectern reproduce {lesson}");
        var rows = records.SelectMany(record => record.Results.Select(result => (IReadOnlyList<string>)
        [
            record.Experiment, result.Metric, Amount(result.Paper, result.PaperDeviation, result.Unit),
                result.Source ?? "–",
            Amount(result.Measured, result.Deviation, result.Unit),
            result.Runs.ToString(CultureInfo.InvariantCulture),
        ])).ToList();
        var table = HtmlTable.Write(["Experiment", "Metric", "Paper", "Where", "Measured", "Runs"], rows);
        // What all of a record's lines share is said once, below.
        var how = records.Select(record => string.Create(CultureInfo.InvariantCulture,
            $"{record.Experiment}: {Setting(record)}. {record.Command} ({Training.ProgressState.FormatTime(TimeSpan.FromSeconds(record.Seconds))}, " +
            $"{record.PeakMemoryMb:0} MB, {record.Engine}, {record.Machine}, {record.Date:yyyy-MM-dd})"));
        var notes = new View(
            "<p style=\"font-size:13px;opacity:.8\">" + string.Join("<br>", how.Select(View.Escape)) + "</p>",
            string.Join("\n", how));
        return View.Stack(table, notes);
    }

    /// <summary>The same numbers as bars with their deviations.</summary>
    /// <param name="lesson">The lesson's name.</param>
    /// <param name="folder">Where the records are; the kit's own where none is given.</param>
    /// <returns>The bars; a figure that says so where nothing was measured yet.</returns>
    public static Figure PaperBars(string lesson, string? folder = null)
    {
        var results = Record.Load(lesson, folder)
            .SelectMany(r => r.Results.Select(result => (r.Experiment, Result: result))).ToList();
        if (results.Count == 0)
        {
            return Chart.PaperAgainstMeasured([], [], [])
                .WithTitle($"{lesson}: not measured at full scale yet")
                .WithXAxisStyle(Visible: false).WithYAxisStyle(Visible: false).WithSize(Height: 160);
        }
        return Chart.PaperAgainstMeasured(
            results.Select(r => r.Experiment), results.Select(r => r.Result.Paper ?? double.NaN),
            results.Select(r => r.Result.Measured ?? double.NaN),
            results.Select(r => r.Result.PaperDeviation ?? double.NaN),
            results.Select(r => r.Result.Deviation ?? double.NaN),
            $"{results[0].Result.Metric} ({results[0].Result.Unit})")
                .WithTitle($"{lesson}: paper and measured");
    }

    internal static string Amount(double? value, double? deviation, string unit)
    {
        if (value is not { } number) return "–";
        var format = Math.Abs(number) >= 10 ? "0.0" : "0.###";
        var text = number.ToString(format, CultureInfo.InvariantCulture);
        if (deviation is { } sd) text += " ± " + sd.ToString(format, CultureInfo.InvariantCulture);
        return unit.Length == 0 ? text : text + " " + unit;
    }

    private static string Setting(Record record)
    {
        IEnumerable<string> parts = [record.Dataset,
            .. (record.Setting ?? []).Select(field => $"{Words(field.Key)} {Cell(field.Value)}")];
        return string.Join(", ", parts.Where(part => part is { Length: > 0 }));
    }
}
