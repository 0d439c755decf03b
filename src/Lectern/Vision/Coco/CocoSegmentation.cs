using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lectern.Vision;

/// <summary>A shape as COCO's files have it: polygons, or run lengths.</summary>
[JsonConverter(typeof(Converter))]
public sealed class CocoSegmentation
{
    private readonly RleMask? mask;

    /// <summary>A shape of polygons.</summary>
    /// <param name="polygons">x1, y1, x2, y2, … of each.</param>
    public CocoSegmentation(IReadOnlyList<double[]> polygons)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        Polygons = [.. polygons.Where(polygon => polygon.Length >= 6 && polygon.Length % 2 == 0)];
        Refused = polygons.Count - Polygons.Count;
    }

    /// <summary>A shape of run lengths.</summary>
    /// <param name="mask">The mask.</param>
    public CocoSegmentation(RleMask mask) => (this.mask, Polygons) = (mask, []);

    /// <summary>The polygons; none where the shape is run lengths.</summary>
    public IReadOnlyList<double[]> Polygons { get; }

    /// <summary>Polygons that were given and are none: fewer than three corners, or half of one.</summary>
    public int Refused { get; }

    /// <summary>Whether nothing is left to draw.</summary>
    public bool IsEmpty => mask is null ? Polygons.Count == 0 : mask.Area == 0;

    /// <summary>The size that run lengths are of; null for polygons.</summary>
    public (int Height, int Width)? Size => mask is null ? null : (mask.Height, mask.Width);

    /// <summary>The pixels.</summary>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    public RleMask Mask(int height, int width) =>
        mask ?? (Polygons.Count > 0
            ? Vision.Polygons.Mask(Polygons, height, width)
            : RleMask.FromRuns(height, width, height * width));

    private sealed class Converter : JsonConverter<CocoSegmentation>
    {
        public override CocoSegmentation Read(
            ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.StartArray)
                return new CocoSegmentation(JsonSerializer.Deserialize<double[][]>(ref reader, options)!);
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new JsonException("A segmentation is polygons, or run lengths with their size.");
            using var runs = JsonDocument.ParseValue(ref reader);
            if (!runs.RootElement.TryGetProperty("size", out var size) || size.GetArrayLength() != 2
                || !runs.RootElement.TryGetProperty("counts", out var counts))
                throw new JsonException("Run lengths have \"counts\" and a \"size\" [height, width].");
            int height = size[0].GetInt32(), width = size[1].GetInt32();
            return new CocoSegmentation(counts.ValueKind == JsonValueKind.String
                ? RleMask.Parse(height, width, counts.GetString()!)
                : RleMask.FromRuns(height, width, counts.Deserialize<int[]>()!));
        }

        /// <summary>As run lengths: in text, which is what COCO's server takes; polygons as they
        /// are.</summary>
        public override void Write(
            Utf8JsonWriter writer, CocoSegmentation value, JsonSerializerOptions options)
        {
            if (value.mask is not { } mask)
            {
                JsonSerializer.Serialize(writer, value.Polygons, options);
                return;
            }
            writer.WriteStartObject();
            writer.WriteStartArray("size");
            writer.WriteNumberValue(mask.Height);
            writer.WriteNumberValue(mask.Width);
            writer.WriteEndArray();
            writer.WriteString("counts", mask.ToString());
            writer.WriteEndObject();
        }
    }
}
