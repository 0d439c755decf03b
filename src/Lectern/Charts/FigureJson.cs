using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Lectern.Charts;

/// <summary>Writes a figure's parts as JSON: the same on every machine, and with null for what is not a
/// number.</summary>
internal static class FigureJson
{
    // Every language's letters as they are; what ends a script in HTML is escaped.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>A value as JSON text.</summary>
    public static string Write(object? value, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = Encoder };
        using (var writer = new Utf8JsonWriter(buffer, options)) Write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool yes: writer.WriteBooleanValue(yes); break;
            case double number: WriteNumber(writer, number); break;
            case float number: WriteNumber(writer, number); break;
            case byte or sbyte or short or ushort or int or uint or long or char:
                if (value is char letter) writer.WriteStringValue(letter.ToString());
                else writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case decimal number: writer.WriteNumberValue(number); break;
            case DateTime date:
                writer.WriteStringValue(date.ToString("s",
                CultureInfo.InvariantCulture)); break;
            case Fields fields: WriteObject(writer, fields); break;
            case double[] numbers: WriteNumbers(writer, numbers); break;
            case Array { Rank: 2 } matrix: WriteMatrix(writer, matrix); break;
            case IEnumerable items: WriteItems(writer, items); break;
            default: writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, Fields fields)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in fields.Items)
        {
            writer.WritePropertyName(key);
            Write(writer, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteItems(Utf8JsonWriter writer, IEnumerable items)
    {
        writer.WriteStartArray();
        foreach (var item in items) Write(writer, item);
        writer.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, double[] numbers)
    {
        writer.WriteStartArray();
        foreach (var number in numbers) WriteNumber(writer, number);
        writer.WriteEndArray();
    }

    private static void WriteMatrix(Utf8JsonWriter writer, Array matrix)
    {
        writer.WriteStartArray();
        for (var row = 0; row < matrix.GetLength(0); row++)
        {
            writer.WriteStartArray();
            for (var column = 0; column < matrix.GetLength(1); column++)
                Write(writer, matrix.GetValue(row, column));
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }

    // A float is written in its own shortest form: 0.1f is 0.1, not 0.10000000149011612.
    private static void WriteNumber(Utf8JsonWriter writer, float number)
    {
        if (float.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}
