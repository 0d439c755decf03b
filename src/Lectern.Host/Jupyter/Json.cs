using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lectern.Host.Jupyter;

/// <summary>JSON as it goes over the wire: compact, and no character escaped that need not be.</summary>
internal static class Json
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = 1000,
    };

    /// <summary>The bytes of an empty object.</summary>
    public static readonly byte[] Empty = "{}"u8.ToArray();

    /// <summary>Writes JSON.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The bytes of a node.</summary>
    public static byte[] Bytes(JsonNode node) => Write(writer => node.WriteTo(writer));

    /// <summary>A member that is text; null where it is absent or something else.</summary>
    public static string? Text(this JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A member that is true or false.</summary>
    public static bool Flag(this JsonObject json, string name, bool absent = false) =>
        json[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : absent;

    /// <summary>A member that is a whole number; null where it is absent or something else.</summary>
    public static int? Number(this JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;
}
