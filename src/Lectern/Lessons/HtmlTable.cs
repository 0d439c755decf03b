using System.Globalization;
using System.Text;

namespace Lectern.Lessons;

/// <summary>Rows of text as a table: HTML that suits light and dark pages, and aligned plain text.</summary>
internal static class HtmlTable
{
    public const string Border = "1px solid rgba(128,128,128,.35)";

    /// <summary>A table; columns whose cells are all numbers are set to the right.</summary>
    public static View Write(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var numeric = Enumerable.Range(0, columns.Count)
            .Select(c => rows.Count > 0 && rows.All(row => IsNumber(row[c]))).ToArray();
        return new View(Html(columns, rows, numeric), Text(columns, rows, numeric));
    }

    /// <summary>A number with about four significant digits; whole numbers whole.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "-∞";
        if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
            return value.ToString("0", CultureInfo.InvariantCulture);
        var size = Math.Abs(value);
        var format = size switch
        {
            >= 1e6 or < 1e-4 => "0.###e+0",
            >= 1000 => "0.0",
            >= 100 => "0.0#",
            >= 1 => "0.0##",
            _ => "0.0####"
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static bool IsNumber(string cell) =>
        cell is "" or "–" or "∞" or "-∞"
        || double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Html(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows,
        bool[] numeric)
    {
        var html = new StringBuilder(
            "<table style=\"border-collapse:collapse;margin:8px 0;font-size:14px\"><thead><tr>");
        for (var c = 0; c < columns.Count; c++)
            // A heading without a word is none to a screen reader.
            Cell(html, columns[c].Length > 0 ? "th" : "td", columns[c], numeric[c], "border-bottom:2px solid rgba(128,128,128,.6)");
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            for (var c = 0; c < columns.Count; c++)
                Cell(html, "td", row[c], numeric[c], "border-bottom:" + Border);
            html.Append("</tr>");
        }
        return html.Append("</tbody></table>").ToString();
    }

    private static void Cell(StringBuilder html, string tag, string text, bool right, string border)
    {
        var align = right ? "right" : "left";
        html.Append(CultureInfo.InvariantCulture,
            $"<{tag} style=\"text-align:{align};vertical-align:top;padding:4px 12px;{border}\">");
        html.Append(View.Escape(text)).Append(CultureInfo.InvariantCulture, $"</{tag}>");
    }

    private static string Text(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows,
        bool[] numeric)
    {
        var widths = columns.Select((name, c) => rows.Select(row => row[c].Length).Append(name.Length).Max())
            .ToArray();
        var text = new StringBuilder();
        Line(text, columns, widths, numeric);
        text.Append(string.Join("  ", widths.Select(w => new string('-', w)))).Append('\n');
        foreach (var row in rows) Line(text, row, widths, numeric);
        return text.ToString().TrimEnd('\n');
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells, int[] widths, bool[] numeric)
    {
        var padded = cells.Select((cell, c) =>
            numeric[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]));
        text.Append(string.Join("  ", padded).TrimEnd()).Append('\n');
    }
}
