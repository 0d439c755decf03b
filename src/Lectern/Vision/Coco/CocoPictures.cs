using System.IO.Compression;
using Lectern.Data;

namespace Lectern.Vision;

/// <summary>Pictures with what is annotated in them, read one by one from a folder or a zip.</summary>
/// <remarks>The sets of <see cref="Catalog"/>: <c>coco-mini</c> (80 pictures), <c>coco-2017-val</c> and
/// <c>coco-2017-train</c>. Reading from a zip is for one thread at a time.</remarks>
public sealed class CocoPictures : IDisposable
{
    private readonly string place;
    private readonly ZipArchive? zip;

    private CocoPictures(CocoDataset annotations, string place)
    {
        (Annotations, this.place) = (annotations, place);
        if (!Directory.Exists(place)) zip = ZipFile.OpenRead(place);
    }

    /// <summary>The pictures' list, and what is in them.</summary>
    public CocoDataset Annotations { get; }

    /// <summary>One's own pictures.</summary>
    /// <param name="annotations">A COCO annotation file.</param>
    /// <param name="pictures">The folder, or the zip, that the pictures are in.</param>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="InvalidDataException">One of them is not what it should be.</exception>
    public static CocoPictures Open(string annotations, string pictures) =>
        new(CocoDataset.Read(annotations), pictures);

    /// <summary>A small part of COCO 2017: 80 pictures with all 80 categories.</summary>
    /// <param name="download">Whether to fetch the files (13.6 MB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    public static CocoPictures Mini(bool download = false)
    {
        var files = download ? Catalog.Download("coco-mini") : Catalog.Require("coco-mini");
        // Its pictures lie together, the annotations elsewhere.
        return Open(files["instances_train2017.json"], Path.GetDirectoryName(files.Paths[^1])!);
    }

    /// <summary>The whole of COCO 2017.</summary>
    /// <param name="split">"val" (5,000 pictures) or "train" (118,287 pictures).</param>
    /// <param name="download">Whether to fetch the files (1.1 and 19.6 GB) if they are not on this
    /// machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">The archives do not hold what they should.</exception>
    public static CocoPictures Full(string split = "val", bool download = false)
    {
        var files = download ? Catalog.Download($"coco-2017-{split}") : Catalog.Require($"coco-2017-{split}");
        string name = $"instances_{split}2017.json";
        using var archive = ZipFile.OpenRead(files["annotations_trainval2017.zip"]);
        var entry = archive.Entries.FirstOrDefault(entry => entry.Name == name)
            ?? throw new InvalidDataException($"The archive of annotations holds no '{name}'.");
        using var stream = entry.Open();
        return new CocoPictures(CocoFile.ReadDataset(stream, name), files[$"{split}2017.zip"]);
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="image">One of the list.</param>
    /// <returns>uint8 [3, H, W].</returns>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It cannot be read, or has another size than the annotations
    /// say.</exception>
    public Tensor Read(CocoImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var picture = Images.Decode(Bytes(image), image.FileName);
        if (picture.shape[1] == image.Height && picture.shape[2] == image.Width) return picture;
        using (picture)
            throw new InvalidDataException(
                $"'{image.FileName}' has {picture.shape[1]}×{picture.shape[2]} pixels (height × width), and "
                + $"the annotations say {image.Height}×{image.Width}.");
    }

    /// <summary>What a model learns from in a picture: crowds and objects without area or shape are left
    /// out.</summary>
    /// <param name="imageId">The picture's id.</param>
    /// <param name="byPlace">Whether labels are places in the list of categories, from 1, which is what a
    /// model of one's own has; else they are the categories' ids, which is what COCO's published models
    /// have.</param>
    /// <returns>Boxes float32 [N, 4], xyxy; labels int64 [N]; masks bool [N, H, W].</returns>
    public (Tensor Boxes, Tensor Labels, Tensor Masks) Targets(long imageId, bool byPlace = true)
    {
        var image = Annotations.Image(imageId);
        CocoAnnotation[] all = [.. Annotations.Usable(imageId)];
        float[] corners = [.. all.SelectMany(one => new[]
        {
            (float)one.Box.X, (float)one.Box.Y, (float)(one.Box.X + one.Box.Width),
                (float)(one.Box.Y + one.Box.Height),
        })];
        long[] labels = [.. all.Select(one =>
            byPlace ? (long)Annotations.LabelOf(one.CategoryId) : one.CategoryId)];
        return (tensor(corners, [all.Length, 4]), tensor(labels),
            RleMask.ToTensor([.. all.Select(Annotations.Mask)], image.Height, image.Width));
    }

    /// <summary>Closes the zip.</summary>
    public void Dispose() => zip?.Dispose();

    private byte[] Bytes(CocoImage image)
    {
        if (zip is null) return File.ReadAllBytes(Path.Combine(place, image.FileName));
        string name = Path.GetFileName(image.FileName);
        var entry = zip.GetEntry($"{Path.GetFileNameWithoutExtension(place)}/{name}")
            ?? zip.GetEntry(image.FileName)
            ?? throw new FileNotFoundException($"'{place}' holds no '{image.FileName}'.");
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
