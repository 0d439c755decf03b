using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lectern.Vision;

/// <summary>COCO's JSON files: what they hold, and what becomes of it.</summary>
internal static class CocoFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,          // '<' in run lengths stays '<'
    };

    internal sealed record Contents(
        List<Image>? Images, List<Category>? Categories, List<Annotation>? Annotations);

    internal sealed record Image(long? Id, string? FileName, int? Height, int? Width);

    internal sealed record Category(int? Id, string? Name);

    internal sealed record Annotation(
        long? Id, long? ImageId, int? CategoryId, double[]? Bbox, double? Area,
        CocoSegmentation? Segmentation, int Iscrowd = 0);

    internal sealed record Result(
        long? ImageId, int? CategoryId, double[]? Bbox, double? Score, CocoSegmentation? Segmentation)
    {
        /// <summary>The detection; null where something is missing.</summary>
        internal CocoDetection? Detection(CocoDataset truth)
        {
            if (this is not { ImageId: { } id, CategoryId: { } category, Score: { } score }) return null;
            if (!truth.Has(id)) return null;
            var image = truth.Image(id);
            var mask = Segmentation?.Mask(image.Height, image.Width);
            if (mask is not null && (mask.Height, mask.Width) != (image.Height, image.Width)) return null;
            return BoxOf(Bbox, mask) is { } box ? new CocoDetection(id, category, score, box, mask) : null;
        }
    }

    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="InvalidDataException">The file is no JSON of that form; the message says
    /// where.</exception>
    internal static T Read<T>(string path, string what)
    {
        using var stream = File.OpenRead(path);
        return Read<T>(stream, path, what);
    }

    private static T Read<T>(Stream stream, string path, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(stream, Options) ?? throw new JsonException("It is empty.");
        }
        catch (Exception error)
            when (error is JsonException or InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"'{path}' is no file of {what}: {error.Message}", error);
        }
    }

    internal static CocoDataset ReadDataset(string path)
    {
        using var stream = File.OpenRead(path);
        return ReadDataset(stream, path);
    }

    internal static CocoDataset ReadDataset(Stream stream, string path)
    {
        var file = Read<Contents>(stream, path, "COCO annotations");
        var images = (file.Images ?? throw Lacks(path, "it", "images")).Select((image, i) =>
        {
            string where = $"image {i}";
            return new CocoImage(image.Id ?? throw Lacks(path, where, "id"), image.FileName ?? "",
                image.Height ?? throw Lacks(path, where, "height"),
                image.Width ?? throw Lacks(path, where, "width"));
        }).ToList();
        var categories = (file.Categories ?? []).Select((category, i) => new CocoCategory(
            category.Id ?? throw Lacks(path, $"category {i}", "id"),
            category.Name ?? $"category {category.Id}")).ToList();
        var sizes = images.DistinctBy(image => image.Id).ToDictionary(image => image.Id);
        var annotations = (file.Annotations ?? []).Select((one, i) =>
        {
            string where = one.Id is { } id ? $"annotation {id}" : $"the annotation at place {i}";
            long image = one.ImageId ?? throw Lacks(path, where, "image_id");
            int category = one.CategoryId ?? throw Lacks(path, where, "category_id");
            // A box or an area that the file leaves out follows from the shape.
            var mask = (one.Bbox is null || one.Area is null) && sizes.TryGetValue(image, out var size)
                ? one.Segmentation?.Mask(size.Height, size.Width)
                : null;
            var box = BoxOf(one.Bbox, mask)
                ?? throw Lacks(path, where, "bbox\" of four numbers and no \"segmentation");
            return new CocoAnnotation(one.Id ?? throw Lacks(path, where, "id"), image, category, box,
                one.Area ?? mask?.Area ?? box.Area, one.Segmentation, one.Iscrowd != 0);
        }).ToList();
        return new CocoDataset(Path.GetFileName(path), images, categories, annotations);
    }

    internal static void Write(string path, CocoDataset set) => Write(path, new Contents(
        [.. set.Images.Select(one => new Image(one.Id, one.FileName, one.Height, one.Width))],
        [.. set.Categories.Select(one => new Category(one.Id, one.Name))],
        [.. set.Annotations.Select(one => new Annotation(one.Id, one.ImageId, one.CategoryId,
            Numbers(one.Box), one.Area, one.Segmentation, one.IsCrowd ? 1 : 0))]));

    internal static void Write<T>(string path, T value)
    {
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, value, Options);
    }

    internal static double[] Numbers(CocoBox box) => [box.X, box.Y, box.Width, box.Height];

    private static CocoBox? BoxOf(double[]? numbers, RleMask? mask) => numbers switch
    {
        [var x, var y, var width, var height] => new CocoBox(x, y, width, height),
        null when mask is not null => CocoBox.Around(mask),
        _ => null,
    };

    private static InvalidDataException Lacks(string path, string where, string what) =>
        new($"'{path}' is no file of COCO annotations: {where} has no \"{what}\".");
}
