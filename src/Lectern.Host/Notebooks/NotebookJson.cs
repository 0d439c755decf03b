using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lectern.Host.Notebooks;

/// <summary>Writes JSON character for character as Jupyter does, so that saving a notebook from either side gives no diff.</summary>
/// <remarks>
/// Jupyter uses Python's <c>json.dumps(…, indent=1, ensure_ascii=False)</c>: one member a line, <c>": "</c> after names, only quotes,
/// backslashes and control characters escaped. Numbers keep the text that they were read with.
/// </remarks>
internal static class NotebookJson
{
    /// <summary>The text of <paramref name="node"/>, without a final line break.</summary>
    /// <param name="node">What to write.</param>
    /// <param name="indent">The blanks of one level; Jupyter uses one.</param>
    public static string Write(JsonNode? node, string indent = " ")
    {
        var text = new StringBuilder();
        Write(node, indent, 0, text);
        return text.ToString();
    }

    /// <summary>A copy of <paramref name="node"/> with the members of every object in ordinal order, as Jupyter saves them.</summary>
    /// <param name="node">What to copy.</param>
    public static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(m => m.Key, StringComparer.Ordinal)
            .Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        null => null,
        _ => node.DeepClone(),
    };

    /// <summary>Text as nbformat stores it: an array with one string a line, each with its line break.</summary>
    /// <param name="text">The text, which may be empty.</param>
    public static JsonArray Lines(string text)
    {
        var lines = new JsonArray();
        var start = 0;
        while (start < text.Length)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(JsonValue.Create(text[start..end]));
            start = end;
        }
        return lines;
    }

    /// <summary>The text of a member that nbformat stores either as one string or as an array of lines.</summary>
    /// <param name="node">A string, an array of strings, or null.</param>
    /// <exception cref="FormatException">The member is neither.</exception>
    public static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonArray lines => string.Concat(lines.Select(Text)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new FormatException($"Expected text or a list of lines in the notebook, found {node.GetValueKind()}."),
    };

    private static void Write(JsonNode? node, string indent, int depth, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject members when members.Count > 0:
                WriteItems('{', '}', members, m =>
                {
                    WriteString(m.Key, text);
                    text.Append(": ");
                    Write(m.Value, indent, depth + 1, text);
                });
                break;
            case JsonObject:
                text.Append("{}");
                break;
            case JsonArray items when items.Count > 0:
                WriteItems('[', ']', items, item => Write(item, indent, depth + 1, text));
                break;
            case JsonArray:
                text.Append("[]");
                break;
            case null:
                text.Append("null");
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                WriteString(value.GetValue<string>(), text);
                break;
            default:
                text.Append(node.ToJsonString(Plain));
                break;
        }

        void WriteItems<T>(char open, char close, IEnumerable<T> items, Action<T> write)
        {
            var first = true;
            text.Append(open);
            foreach (var item in items)
            {
                text.Append(first ? "\n" : ",\n");
                Indent(depth + 1);
                write(item);
                first = false;
            }
            text.Append('\n');
            Indent(depth);
            text.Append(close);
        }

        void Indent(int levels)
        {
            for (var i = 0; i < levels; i++)
            {
                text.Append(indent);
            }
        }
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
