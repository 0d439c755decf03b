using System.Buffers.Binary;
using System.Text.Json;

namespace Lectern.Data;

/// <summary>Reads and writes safetensors files: named tensors, and nothing that could run.</summary>
/// <remarks>
/// The file: 8 bytes with the length of a header, least byte first; the header, JSON, which gives each
/// tensor's element type, shape and place; then the elements of all tensors, without gaps. Source: the
/// description of the format in its project's README. Tensors come onto the CPU, and belong to the caller's
/// dispose scope.
/// </remarks>
public static class Safetensors
{
    private const string MetadataKey = "__metadata__";
    private const int LongestHeader = 100_000_000;
    private const int Buffer = 1 << 20;

    private static readonly (string Name, ScalarType Type, int Bytes)[] Types =
    [
        ("BOOL", ScalarType.Bool, 1), ("U8", ScalarType.Byte, 1), ("I8", ScalarType.Int8, 1),
        ("I16", ScalarType.Int16, 2), ("I32", ScalarType.Int32, 4), ("I64", ScalarType.Int64, 8),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8), ("C64", ScalarType.ComplexFloat32, 8),
    ];

    /// <summary>Reads all tensors of a file.</summary>
    /// <returns>The tensors by name, in the order in which the file has them.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is cut short, its header is damaged, or tensors overlap, leave gaps or lie outside; the
    /// message says which.
    /// </exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using var stream = File.OpenRead(path);
        return Load(stream);
    }

    /// <summary>Reads all tensors of a stream that can seek, from where it stands to its end.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static Dictionary<string, Tensor> Load(Stream stream)
    {
        var (entries, _) = ReadHeader(stream);
        using var scope = NewDisposeScope();
        var result = new Dictionary<string, Tensor>();
        foreach (var entry in entries)
        {
            var tensor = empty(entry.Shape, dtype: entry.Type);
            if (entry.End > entry.Begin)
            {
                tensor.ReadBytesFromStream(stream, Buffer);
            }
            result.Add(entry.Name, tensor);
        }
        foreach (var tensor in result.Values)
        {
            tensor.MoveToOuterDisposeScope();
        }
        return result;
    }

    /// <summary>Reads a file's free text: whatever its writer had to say, by key.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Load(string)"/>.</exception>
    public static Dictionary<string, string> ReadMetadata(string path)
    {
        using var stream = File.OpenRead(path);
        return ReadHeader(stream).Metadata;
    }

    /// <summary>
    /// Writes tensors, from any device and with any strides. A file that is there is replaced at the end.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <exception cref="ArgumentException">
    /// A tensor's element type is none of the format's, or a name is reserved.
    /// </exception>
    public static void Save(
        string path, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        WholeFile.Write(path, stream => Save(stream, tensors, metadata));

    /// <summary>Writes tensors, from any device and with any strides; the stream stays open.</summary>
    /// <inheritdoc cref="Save(string, IReadOnlyDictionary{string, Tensor}, IReadOnlyDictionary{string,
    /// string}?)"/>
    public static void Save(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wide elements first, so that each tensor lies on a multiple of its element's size.
        var order = tensors.OrderByDescending(entry => Format(entry).Bytes)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal).ToList();
        stream.Write(Header(order, metadata));
        using var none = no_grad();
        foreach (var (_, tensor) in order)
        {
            using var scope = NewDisposeScope();
            if (tensor.NumberOfElements > 0)
            {
                tensor.detach().cpu().contiguous().WriteBytesToStream(stream, Buffer);
            }
        }
    }

    private static byte[] Header(
        List<KeyValuePair<string, Tensor>> order, IReadOnlyDictionary<string, string>? metadata)
    {
        using var memory = new MemoryStream();
        memory.Write(new byte[8]);
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, text) in metadata)
                {
                    json.WriteString(key, text);
                }
                json.WriteEndObject();
            }
            long begin = 0;
            foreach (var entry in order)
            {
                var (name, _, bytes) = Format(entry);
                var end = begin + (entry.Value.NumberOfElements * bytes);
                json.WriteStartObject(entry.Key);
                json.WriteString("dtype", name);
                WriteNumbers(json, "shape", entry.Value.shape);
                WriteNumbers(json, "data_offsets", [begin, end]);
                json.WriteEndObject();
                begin = end;
            }
            json.WriteEndObject();
        }

        // Spaces, so that the elements begin on a multiple of 8.
        while (memory.Length % 8 != 0)
        {
            memory.WriteByte((byte)' ');
        }
        var header = memory.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }

    private static (string Name, ScalarType Type, int Bytes) Format(KeyValuePair<string, Tensor> entry)
    {
        if (entry.Key == MetadataKey)
        {
            throw new ArgumentException(
                $"No tensor may be named '{MetadataKey}': safetensors keeps its free text there.");
        }
        var format = Types.FirstOrDefault(type => type.Type == entry.Value.dtype);
        return format.Name is not null ? format : throw new ArgumentException(
            $"Tensor '{entry.Key}' is of {entry.Value.dtype}, which safetensors has no name for: convert "
            + "it first.");
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ReadHeader(Stream stream)
    {
        var available = stream.Length - stream.Position;
        Span<byte> first = stackalloc byte[8];
        if (available < 8)
        {
            throw Bad($"it has {available} bytes, and the length of its header alone takes 8");
        }
        stream.ReadExactly(first);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(first);
        if (length > LongestHeader || length > (ulong)(available - 8))
        {
            throw Bad(
                $"it announces a header of {length} bytes, but has {available - 8} bytes after that (and a "
                + $"header may have "
                + $"at most {LongestHeader}): it is cut short, or no safetensors file");
        }
        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header);
            return ReadHeader(json.RootElement, available - 8 - (long)length);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"The safetensors file cannot be read: its header is damaged ({error.Message}).", error);
        }
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ReadHeader(
        JsonElement root, long bytes)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<Entry>();
        var names = new HashSet<string>();
        foreach (var property in root.EnumerateObject())
        {
            if (!names.Add(property.Name))
            {
                throw Bad($"it has two tensors named '{property.Name}'");
            }
            if (property.Name != MetadataKey)
            {
                entries.Add(ReadEntry(property.Name, property.Value));
                continue;
            }
            foreach (var text in property.Value.EnumerateObject())
            {
                metadata[text.Name] = text.Value.GetString() ?? "";
            }
        }

        // One after another from 0 to the end: then none overlaps, none lies outside, and nothing is hidden
        // between.
        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long place = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != place)
            {
                throw Bad(
                    $"tensor '{entry.Name}' begins at byte {entry.Begin}, but the tensor before it ends at "
                    + $"byte {place}: "
                    + (entry.Begin < place ? "they overlap" : "there is a gap"));
            }
            place = entry.End;
        }
        return place == bytes ? (entries, metadata) : throw Bad(
            $"its tensors take {place} bytes, but {bytes} follow the header: it is cut short, or longer than "
            + $"it should be");
    }

    private static Entry ReadEntry(string name, JsonElement json)
    {
        var dtype = Member(name, json, "dtype").GetString();
        var (known, type, size) = Types.FirstOrDefault(type => type.Name == dtype);
        if (known is null)
        {
            throw Bad(
                $"tensor '{name}' has the element type '{dtype}'; "
                + $"{string.Join(", ", Types.Select(t => t.Name))} are read");
        }
        long[] shape = [.. Member(name, json, "shape").EnumerateArray().Select(number => number.GetInt64())];
        long[] place =
            [.. Member(name, json, "data_offsets").EnumerateArray().Select(number => number.GetInt64())];
        if (place is not [>= 0, _] || place[1] < place[0] || shape.Any(length => length < 0))
        {
            throw Bad(
                $"tensor '{name}' has the shape [{string.Join(", ", shape)}] at "
                + $"[{string.Join(", ", place)}]");
        }
        var expected = shape.Aggregate((Int128)size, (product, length) =>
            product > long.MaxValue ? product : product * length);
        return expected == place[1] - place[0]
            ? new Entry(name, type, shape, place[0], place[1])
            : throw Bad(
                $"tensor '{name}', {dtype} [{string.Join(", ", shape)}], needs {expected} bytes, but has "
                + $"{place[1] - place[0]}");
    }

    private static JsonElement Member(string name, JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) ? value : throw Bad($"tensor '{name}' has no '{member}'");

    private static InvalidDataException Bad(string what) =>
        new($"The safetensors file cannot be read: {what}.");

    private sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End);
}
