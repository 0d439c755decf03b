using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>What lessons show again and again: guess beside result, tables, matrices, the library's own
/// lines.</summary>
public static partial class Show
{
    private static readonly JsonSerializerOptions Options = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The reader's guess beside the result, as bars.</summary>
    /// <param name="what">What was guessed.</param>
    /// <param name="guess">The guess; NaN where none was made.</param>
    /// <param name="result">The result, as many numbers.</param>
    /// <param name="labels">What each number stands for; "0", "1" … where none are given.</param>
    /// <param name="unit">Their unit, for the axis.</param>
    /// <exception cref="ArgumentException">Guess, result and labels differ in number.</exception>
    public static Figure Compare(
        string what, IEnumerable<double> guess, IEnumerable<double> result,
        IEnumerable<string>? labels = null,
        string? unit = null)
    {
        ArgumentNullException.ThrowIfNull(what);
        double[] guesses = [.. guess], results = [.. result];
        if (guesses.Length != results.Length)
            throw new ArgumentException(
                $"{guesses.Length} guesses for {results.Length} results: give one each.", nameof(guess));
        string[] names = labels is null
            ? [.. Enumerable.Range(0, results.Length).Select(i => i.ToString(CultureInfo.InvariantCulture))]
            : [.. labels];
        var none = guesses.All(double.IsNaN) ? "no guess yet" : "guess";
        return Chart.Combine(
            Bars(guesses, names, none, Theme.Colour(3)),
            Bars(results, names, "result", Theme.Colour(0)))
            .WithTitle(what).WithLegend(true).WithYAxisStyle(unit)
                .WithXAxisStyle(AxisType: StyleParam.AxisType.Category)
            .WithBarMode(StyleParam.BarMode.Group).WithSize(Height: 340);
    }

    /// <summary>Records as a table: one row each, one column a property.</summary>
    /// <typeparam name="T">The records' type; an anonymous one will do.</typeparam>
    /// <param name="rows">The records.</param>
    public static View Table<T>(IEnumerable<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var objects = rows.Select(row => JsonSerializer.SerializeToNode(row, Options)).ToList();
        var columns = objects.OfType<JsonObject>().FirstOrDefault()?.Select(field => field.Key).ToList();
        if (columns is null)
            return HtmlTable.Write(["Value"],
                [.. objects.Select(value => (IReadOnlyList<string>)[Cell(value)])]);
        return HtmlTable.Write(
            [.. columns.Select(Words)],
            [.. objects.Select(row =>
                (IReadOnlyList<string>)[.. columns.Select(column => Cell(row?[column]))])]);
    }

    /// <summary>A table from its columns' names and rows of cells.</summary>
    /// <param name="columns">The columns' names.</param>
    /// <param name="rows">The rows, with as many cells.</param>
    /// <exception cref="ArgumentException">A row has more or fewer cells.</exception>
    public static View Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        var cells = rows.Select(row => (IReadOnlyList<string>)[.. row.Select(Cell)]).ToList();
        var bad = cells.FindIndex(row => row.Count != columns.Count);
        if (bad >= 0)
            throw new ArgumentException(
                $"Row {bad} has {cells[bad].Count} cells for {columns.Count} columns.", nameof(rows));
        return HtmlTable.Write(columns, cells);
    }

    /// <summary>A matrix as mathematicians write it, with at most twelve rows and columns.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="digits">Digits after the point.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of digits is negative.</exception>
    public static View Matrix(double[,] matrix, int digits = 2)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfNegative(digits);
        var (rows, columns) = (Some(matrix.GetLength(0)), Some(matrix.GetLength(1)));
        var format = "F" + digits.ToString(CultureInfo.InvariantCulture);
        var cells = rows.Select(r => columns.Select(c => r < 0 || c < 0 ? "…" : Entry(matrix[r, c], format))
            .ToArray()).ToArray();
        var width = cells.SelectMany(row => row).Select(cell => cell.Length).DefaultIfEmpty(0).Max();
        var text = string.Join("\n",
            cells.Select(row => "[ " + string.Join("  ", row.Select(c => c.PadLeft(width))) + " ]"));
        var html = new StringBuilder(
            "<table style=\"display:table;width:auto;border-collapse:collapse;" +
            "border-left:2px solid currentColor;border-right:2px solid currentColor;" +
            "border-radius:6px;font-variant-numeric:tabular-nums;margin:8px 0\">");
        foreach (var row in cells)
        {
            html.Append("<tr>");
            foreach (var cell in row)
                html.Append("<td style=\"text-align:right;padding:2px 9px;border:0\">")
                    .Append(View.Escape(cell)).Append("</td>");
            html.Append("</tr>");
        }
        return new View(html.Append("</table>").ToString(), text);
    }

    private static string Entry(double value, string format)
    {
        var text = value.ToString(format, CultureInfo.InvariantCulture);
        return text.StartsWith('-') && text.All(c => c is '-' or '0' or '.')
            ? text[1..]                                             // not "-0.00"
            : text;
    }

    // -1 stands for what is left out.
    private static IEnumerable<int> Some(int length) =>
        length <= 12
            ? Enumerable.Range(0, length)
            : [.. Enumerable.Range(0, 8), -1, .. Enumerable.Range(length - 3, 3)];

    // Beside the bar, where a short one leaves room too, and with three digits: as many as can be compared at
    // a glance.
    private static Figure Bars(double[] values, string[] names, string name, string colour)
    {
        var largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        var digits = largest > 0 ? Math.Clamp(3 - (int)Math.Ceiling(Math.Log10(largest)), 1, 15) : 1;
        return Chart.Column(
            values, names, Name: name, MarkerColor: colour,
            MultiText: values.Select(v => double.IsNaN(v) ? "" : HtmlTable.Number(Math.Round(v, digits))))
            .WithTrace("textposition", "outside").WithTrace("cliponaxis", false);
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        JsonNode node => Cell(node),
        double number => HtmlTable.Number(number),
        float number => HtmlTable.Number(number),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Cell(JsonNode? node) => node switch
    {
        null => "",
        JsonArray items => "[" + string.Join(", ", items.Select(Cell)) + "]",
        JsonObject fields =>
            string.Join(", ", fields.Select(field => $"{Words(field.Key)} {Cell(field.Value)}")),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.Number => HtmlTable.Number(double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture)),
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            _ => node.ToString() is "NaN" ? "–" : node.ToString(),
        },
    };

    // TestAccuracy -> Test accuracy; learning_rate -> learning rate
    private static string Words(string name)
    {
        var words = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var starts = i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]);
            if (starts) words.Append(' ');
            words.Append(name[i] == '_' ? ' ' : starts ? char.ToLowerInvariant(name[i]) : name[i]);
        }
        return words.ToString();
    }
}
