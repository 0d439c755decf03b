namespace Lectern.Vision;

/// <summary>Pictures, kinds of objects, and annotated objects.</summary>
/// <remarks>
/// All annotations are kept as the file has them, since evaluation counts them all. <see cref="Usable"/>
/// are those that a model can be trained on: no crowds, no boxes without area, none without a shape. <see
/// cref="Notes"/> say what was passed over.
/// </remarks>
public sealed class CocoDataset
{
    private readonly Dictionary<long, CocoImage> images;
    private readonly Dictionary<int, int> labels;
    private readonly ILookup<long, CocoAnnotation> byImage;

    /// <param name="name">What messages call it.</param>
    /// <param name="images">The pictures.</param>
    /// <param name="categories">The kinds of objects.</param>
    /// <param name="annotations">The objects.</param>
    /// <exception cref="InvalidDataException">An id occurs twice, or an annotation names a picture or a
    /// category that is not there, or has run lengths of another size than its picture; one message names
    /// all of it.</exception>
    public CocoDataset(string name, IReadOnlyList<CocoImage> images, IReadOnlyList<CocoCategory> categories,
        IReadOnlyList<CocoAnnotation> annotations)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(categories);
        ArgumentNullException.ThrowIfNull(annotations);
        (Name, Images, Annotations) = (name, images, annotations);
        Categories = [.. categories.OrderBy(category => category.Id)];
        List<string> faults =
        [
            .. Twice("images", images.Select(image => image.Id)),
            .. Twice("categories", categories.Select(category => (long)category.Id)),
            .. Twice("annotations", annotations.Select(annotation => annotation.Id)),
        ];
        this.images = images.DistinctBy(image => image.Id).ToDictionary(image => image.Id);
        var kinds = categories.Select(category => category.Id).ToHashSet();
        AddFault(faults, annotations.Where(one => !kinds.Contains(one.CategoryId)),
            "name a category that is not there", one => one.CategoryId);
        AddFault(faults, annotations.Where(one => !this.images.ContainsKey(one.ImageId)),
            "are about an image that is not there", one => one.ImageId);
        AddFault(faults, annotations.Where(one => one.Segmentation?.Size is { } size
                && this.images.TryGetValue(one.ImageId, out var image)
                && size != (image.Height, image.Width)),
            "have run lengths of another size than their image", one => one.Id);
        if (faults.Count > 0)
            throw new InvalidDataException(
                $"The annotations '{name}' cannot be used: {string.Join(" ", faults)}");
        labels = Categories.Select((category, place) => (category.Id, Label: place + 1))
            .ToDictionary(pair => pair.Id, pair => pair.Label);
        byImage = annotations.ToLookup(annotation => annotation.ImageId);
        Notes = [.. Remarks(annotations)];
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The pictures, as in the file.</summary>
    public IReadOnlyList<CocoImage> Images { get; }

    /// <summary>The kinds of objects, by ascending id.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>The objects and crowd regions, as in the file.</summary>
    public IReadOnlyList<CocoAnnotation> Annotations { get; }

    /// <summary>What training passes over, a sentence each: crowds, boxes without area, shapes without a
    /// polygon.
    /// </summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads a file of annotations.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is no such file, or names what it does not have.</exception>
    public static CocoDataset Read(string path) => CocoFile.ReadDataset(path);

    /// <summary>Writes a file of annotations that <see cref="Read"/> and other tools read.</summary>
    /// <param name="path">The JSON file.</param>
    public void Write(string path) => CocoFile.Write(path, this);

    /// <summary>Whether there is a picture of a number.</summary>
    /// <param name="id">Its id.</param>
    public bool Has(long id) => images.ContainsKey(id);

    /// <summary>The picture of a number.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public CocoImage Image(long id) => images.TryGetValue(id, out var image)
        ? image
        : throw new ArgumentException($"The annotations '{Name}' have no image {id}.", nameof(id));

    /// <summary>The place of a category in the list, from 1: 0 is what is none of them.</summary>
    /// <param name="categoryId">Its id.</param>
    public int LabelOf(int categoryId) => labels[categoryId];

    /// <summary>All that is annotated in a picture, crowds included.</summary>
    /// <param name="imageId">The picture's id.</param>
    public IEnumerable<CocoAnnotation> Of(long imageId) => byImage[imageId];

    /// <summary>The objects in a picture that a model can be trained on.</summary>
    /// <param name="imageId">The picture's id.</param>
    public IEnumerable<CocoAnnotation> Usable(long imageId) => byImage[imageId].Where(IsUsable);

    /// <summary>The pixels of an object.</summary>
    /// <param name="annotation">One of this set.</param>
    /// <returns>A mask of its picture's size, empty where no shape is given.</returns>
    public RleMask Mask(CocoAnnotation annotation)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        var image = Image(annotation.ImageId);
        return (annotation.Segmentation ?? new CocoSegmentation([])).Mask(image.Height, image.Width);
    }

    private static bool IsUsable(CocoAnnotation one) =>
        !one.IsCrowd && !one.Box.IsEmpty && one.Segmentation is { IsEmpty: false };

    private static IEnumerable<string> Remarks(IReadOnlyList<CocoAnnotation> all)
    {
        (int Count, string What)[] kinds =
        [
            (all.Count(one => one.IsCrowd), "crowd regions: for evaluation only"),
            (all.Count(one => !one.IsCrowd && one.Box.IsEmpty),
                "objects with a box without area: not trained on"),
            (all.Count(one => !one.IsCrowd && one.Segmentation is null or { IsEmpty: true }),
                "objects without a polygon or run: not trained on"),
            (all.Sum(one => one.Segmentation?.Refused ?? 0),
                "polygons of fewer than three corners, or of half a corner: passed over"),
        ];
        return kinds.Where(kind => kind.Count > 0).Select(kind => $"{kind.Count} {kind.What}.");
    }

    private static IEnumerable<string> Twice(string what, IEnumerable<long> ids)
    {
        List<long> twice = [.. ids.GroupBy(id => id).Where(all => all.Count() > 1).Select(all => all.Key)];
        if (twice.Count > 0) yield return $"{twice.Count} ids of {what} occur more than once: {Some(twice)}.";
    }

    private static void AddFault(
        List<string> faults, IEnumerable<CocoAnnotation> wrong, string what, Func<CocoAnnotation, long> named)
    {
        var all = wrong.ToList();
        if (all.Count == 0) return;
        faults.Add($"{all.Count} annotations {what}: {Some([.. all.Select(named).Distinct()])}.");
    }

    private static string Some(List<long> ids) =>
        string.Join(", ", ids.Take(5)) + (ids.Count > 5 ? $" and {ids.Count - 5} more" : "");
}
