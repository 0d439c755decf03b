using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.DotNet.Interactive.Formatting;

namespace Lectern.Host.Formatting;

/// <summary>A sequence of records as a table: a row a record, a column a property.</summary>
/// <remarks>Properties can only be found by reflection: the types are the reader's own.</remarks>
internal static class RecordTable
{
    private const int Rows = 50;

    /// <summary>The table, as HTML and as text; null where the sequence is not one of records, or shows itself otherwise.</summary>
    public static (string Html, string Text)? Of(IEnumerable items)
    {
        var type = items.GetType();
        if (Formatter.RegisteredFormatters(includeDefaults: false).Any(f => f.Type.IsAssignableFrom(type))
            || ColumnsOf(type) is not { Length: > 0 } columns)
        {
            return null;
        }
        var rows = new List<string[]>();
        var more = false;
        foreach (var item in items)
        {
            if (rows.Count == Rows)
            {
                more = true;
                break;
            }
            rows.Add([.. columns.Select(column => item is null ? "null" : Text(Value(column, item)))]);
        }
        var rest = !more ? null : items is ICollection { Count: var count } ? $"… {count - Rows} more rows" : "… more rows";
        return (Html(columns, rows, rest), Plain(columns, rows, rest));
    }

    private static PropertyInfo[]? ColumnsOf(Type sequence)
    {
        var element = sequence.GetInterfaces().Append(sequence)
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Select(i => i.GetGenericArguments()[0])
            .FirstOrDefault();
        if (element is null || element.IsPrimitive || element.IsEnum || element == typeof(object) || element == typeof(string)
            || element.IsAssignableTo(typeof(IEnumerable)) || element.IsAssignableTo(typeof(IFormattable))
            || element.Namespace is { } name && (name.StartsWith("System", StringComparison.Ordinal) || name == "TorchSharp"))
        {
            return null;
        }
        return [.. element.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];
    }

    private static object? Value(PropertyInfo column, object item)
    {
        try
        {
            return column.GetValue(item);
        }
        catch (TargetInvocationException fault)
        {
            return $"({fault.InnerException!.GetType().Name})";
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        double number => number.ToString("G6", CultureInfo.InvariantCulture),
        float number => number.ToString("G6", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(", ", items.Cast<object?>().Take(10).Select(Text)),
        _ => value.ToString() ?? "",
    };

    private static string Html(PropertyInfo[] columns, List<string[]> rows, string? rest)
    {
        var html = new StringBuilder("<table><thead><tr>");
        foreach (var column in columns)
        {
            html.Append($"<th>{WebUtility.HtmlEncode(column.Name)}</th>");
        }
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            for (var i = 0; i < row.Length; i++)
            {
                html.Append(IsNumber(columns[i]) ? "<td style=\"text-align:right\">" : "<td>")
                    .Append(WebUtility.HtmlEncode(row[i])).Append("</td>");
            }
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        return html.Append(rest is null ? "" : $"<p>{rest}</p>").ToString();
    }

    private static string Plain(PropertyInfo[] columns, List<string[]> rows, string? rest)
    {
        var widths = columns.Select((c, i) => rows.Select(r => r[i].Length).Append(c.Name.Length).Max()).ToArray();
        var lines = rows.Prepend([.. columns.Select(c => c.Name)]).Select(row => string.Join("  ", row.Select(
            (text, i) => IsNumber(columns[i]) ? text.PadLeft(widths[i]) : text.PadRight(widths[i]))).TrimEnd());
        return string.Join("\n", rest is null ? lines : lines.Append(rest));
    }

    private static bool IsNumber(PropertyInfo column)
    {
        var type = Nullable.GetUnderlyingType(column.PropertyType) ?? column.PropertyType;
        return type.IsPrimitive && type != typeof(bool) && type != typeof(char) || type == typeof(decimal);
    }
}
