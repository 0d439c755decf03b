using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.DotNet.Interactive.Formatting;

namespace Lectern.Host.Formatting;

/// <summary>
/// A sequence of records, tuples or dictionaries as a table: a row an item, a column a property, place or key. A dictionary
/// is one of keys and values.
/// </summary>
/// <remarks>Properties can only be found by reflection: the types are the reader's own.</remarks>
internal static class RecordTable
{
    private const int Rows = 50;
    private const int Columns = 30;
    private const int Characters = 200;

    private sealed record Column(string Name, bool IsNumber, Func<object, object?> Value);

    /// <summary>The table, as HTML and as text; null where the sequence is not one of records, or shows itself otherwise.</summary>
    public static (string Html, string Text)? Of(IEnumerable items)
    {
        var type = items.GetType();
        if (Formatter.RegisteredFormatters(includeDefaults: false).Any(f => f.Type.IsAssignableFrom(type)))
        {
            return null;
        }
        var element = type.GetInterfaces().Append(type)
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Select(i => i.GetGenericArguments()[0])
            .FirstOrDefault();
        if (element is null || !IsRecord(element))
        {
            return null;
        }
        var shown = new List<object?>();
        var more = false;
        foreach (var item in items)
        {
            if (shown.Count == Rows)
            {
                more = true;
                break;
            }
            shown.Add(item);
        }
        var all = IsDictionary(element) ? KeysOf(shown) : ColumnsOf(element, shown);
        if (all.Count == 0)
        {
            return null;
        }
        var columns = all.Take(Columns).ToList();
        var rows = shown.Select(item => columns.Select(column => item is null ? "null" : Text(column.Value(item))).ToArray()).ToList();
        var rest = new List<string>();
        if (more)
        {
            rest.Add(items is ICollection { Count: var count } ? $"{count - Rows} more rows" : "more rows");
        }
        if (all.Count > Columns)
        {
            rest.Add($"{all.Count - Columns} more columns");
        }
        var end = rest.Count == 0 ? null : "… " + string.Join(", ", rest);
        return (Html(columns, rows, end), Plain(columns, rows, end));
    }

    private static bool IsRecord(Type element) =>
        IsDictionary(element) || IsPair(element) || element.IsAssignableTo(typeof(ITuple))
        || !(element.IsPrimitive || element.IsEnum || element == typeof(object) || element == typeof(string)
            || element.IsAssignableTo(typeof(IEnumerable)) || element.IsAssignableTo(typeof(IFormattable))
            || (element.Namespace is { } name && (name.StartsWith("System", StringComparison.Ordinal) || name == "TorchSharp")));

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static bool IsDictionary(Type type) => type.IsAssignableTo(typeof(IDictionary)) || type.GetInterfaces().Append(type)
        .Any(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)));

    private static List<Column> ColumnsOf(Type element, List<object?> items) =>
        element.IsAssignableTo(typeof(ITuple)) && element.GetGenericArguments() is { } places
            ? [.. Enumerable.Range(0, items.OfType<ITuple>().FirstOrDefault()?.Length ?? places.Length).Select(i => new Column(
                $"Item{i + 1}", i < places.Length && IsNumber(places[i]), item => ((ITuple)item)[i]))]
            : [.. element.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanRead && p.GetIndexParameters().Length == 0)
                .Select(p => new Column(p.Name, IsNumber(p.PropertyType), item => Value(p, item)))];

    // In the order in which the dictionaries name them first.
    private static List<Column> KeysOf(List<object?> items)
    {
        var numbers = new Dictionary<string, bool>();
        var names = new List<string>();
        foreach (var (key, value) in items.OfType<IEnumerable>().SelectMany(Entries))
        {
            var number = value is null || IsNumber(value.GetType());
            if (numbers.TryAdd(key, number))
            {
                names.Add(key);
            }
            numbers[key] &= number;
        }
        return [.. names.Select(name => new Column(
            name, numbers[name], item => Entries((IEnumerable)item).FirstOrDefault(e => e.Key == name).Value))];
    }

    private static IEnumerable<(string Key, object? Value)> Entries(IEnumerable dictionary)
    {
        foreach (var entry in dictionary)
        {
            yield return entry is DictionaryEntry old
                ? (Text(old.Key), old.Value)
                : (Text(entry.GetType().GetProperty("Key")!.GetValue(entry)), entry.GetType().GetProperty("Value")!.GetValue(entry));
        }
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

    private static string Text(object? value) => LongText.Cut(LongText.Plain(value switch
    {
        null => "",
        string text => text,
        double number => number.ToString("G6", CultureInfo.InvariantCulture),
        float number => number.ToString("G6", CultureInfo.InvariantCulture),
        TorchSharp.torch.Tensor tensor => TensorFormatter.Title(tensor),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(", ", items.Cast<object?>().Take(11).Select((item, i) => i < 10 ? Text(item) : "…")),
        _ => value.ToString() ?? "",
    }), Characters);

    private static string Html(List<Column> columns, List<string[]> rows, string? rest)
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
                html.Append(columns[i].IsNumber ? "<td style=\"text-align:right\">" : "<td>")
                    .Append(WebUtility.HtmlEncode(row[i])).Append("</td>");
            }
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        return html.Append(rest is null ? "" : $"<p>{rest}</p>").ToString();
    }

    private static string Plain(List<Column> columns, List<string[]> rows, string? rest)
    {
        var lines = rows.Prepend([.. columns.Select(c => c.Name)]).Select(row => row.Select(OneLine).ToArray()).ToList();
        var widths = columns.Select((_, i) => lines.Max(row => row[i].Length)).ToArray();
        var text = lines.Select(row => string.Join("  ", row.Select(
            (cell, i) => columns[i].IsNumber ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        return string.Join("\n", rest is null ? text : text.Append(rest));
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static bool IsNumber(Type column)
    {
        var type = Nullable.GetUnderlyingType(column) ?? column;
        return (type.IsPrimitive && type != typeof(bool) && type != typeof(char)) || type == typeof(decimal);
    }
}
