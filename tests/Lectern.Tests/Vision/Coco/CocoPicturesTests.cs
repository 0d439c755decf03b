using System.IO.Compression;
using Lectern.Data;
using Lectern.Tests.Data;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class CocoPicturesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pictures").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(out IReadOnlyList<ShapeScene> scenes)
    {
        scenes = Shapes.Draw(2, 1, new ShapeSettings(32, 40));
        string pictures = Directory.CreateDirectory(Path.Combine(folder, "some")).FullName;
        for (int i = 0; i < scenes.Count; i++)
            Images.WritePng(Path.Combine(pictures, $"{i + 1}.png"), scenes[i].Picture);
        Shapes.GroundTruth(scenes).Write(Path.Combine(folder, "some.json"));
        return pictures;
    }

    [Fact]
    public void Pictures_and_objects_come_from_a_folder_and_from_a_zip()
    {
        using var scope = NewDisposeScope();
        string pictures = Write(out var scenes);
        ZipFile.CreateFromDirectory(pictures, pictures + ".zip", CompressionLevel.NoCompression,
            includeBaseDirectory: true);
        foreach (string place in new[] { pictures, pictures + ".zip" })
        {
            using var set = CocoPictures.Open(Path.Combine(folder, "some.json"), place);
            foreach (var (image, scene) in set.Annotations.Images.Zip(scenes))
            {
                Assert.True((set.Read(image) == scene.Picture).all().item<bool>());
                var (boxes, labels, masks) = set.Targets(image.Id);
                Assert.True((boxes == scene.Boxes).all().item<bool>());
                Assert.Equal(scene.Labels.data<long>().ToArray(), labels.data<long>().ToArray());
                Assert.True((masks == scene.Masks).all().item<bool>());
            }
        }
    }

    [Fact]
    public void Labels_are_places_or_ids_and_crowds_are_not_learned()
    {
        using var scope = NewDisposeScope();
        var shape = new CocoSegmentation([[0, 0, 4, 0, 4, 4, 0, 4]]);
        new CocoDataset("some", [new(1, "a.png", 8, 8)], [new(90, "last"), new(3, "first")],
            [new(1, 1, 90, new(0, 0, 4, 4), 16, shape),
                new(2, 1, 3, new(0, 0, 4, 4), 16, shape, IsCrowd: true)])
            .Write(Path.Combine(folder, "some.json"));
        using var set = CocoPictures.Open(Path.Combine(folder, "some.json"), folder);
        Assert.Equal([2L], set.Targets(1).Labels.data<long>().ToArray());
        Assert.Equal([90L], set.Targets(1, byPlace: false).Labels.data<long>().ToArray());
        Assert.Throws<FileNotFoundException>(() => set.Read(set.Annotations.Images[0]));
        Images.WritePng(Path.Combine(folder, "a.png"), zeros(3, 8, 9));
        var error = Assert.Throws<InvalidDataException>(() => set.Read(set.Annotations.Images[0]));
        Assert.Contains("8×9", error.Message);
    }

    [Fact]
    public void The_small_part_of_coco_is_read_from_jpeg_to_masks()
    {
        using var scope = NewDisposeScope();
        string mirror = TestData.RequireMirror();
        var files = new DataStore(Catalog.All, DataPlaces.FromEnvironment() with { Mirror = mirror })
            .Require("coco-mini");
        Assert.Equal(81, files.Paths.Count);
        using var set = CocoPictures.Open(files["instances_train2017.json"],
            Path.GetDirectoryName(files.Paths[^1])!);
        var statistics = files.Set.Statistics;
        Assert.Equal(statistics["images"], set.Annotations.Images.Count);
        Assert.Equal(statistics["categories"], set.Annotations.Categories.Count);
        Assert.Equal(statistics["annotations"], set.Annotations.Annotations.Count);
        foreach (var image in set.Annotations.Images.Take(5))
        {
            Assert.Equal([3L, image.Height, image.Width], set.Read(image).shape);
            Assert.True(set.Targets(image.Id).Masks.flatten(1).any(1).all().item<bool>());
        }
    }
}
