using Lectern.Tests.Data;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class CocoDatasetTests : IDisposable
{
    private readonly string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(file);

    private CocoDataset Read(string annotations,
        string images = """{"id":1,"file_name":"a.png","height":3,"width":3}""",
        string categories = """{"id":18,"name":"dog"}""")
    {
        File.WriteAllText(file,
            $$"""{"images":[{{images}}],"categories":[{{categories}}],"annotations":[{{annotations}}]}""");
        return CocoDataset.Read(file);
    }

    private string Refusal(string annotations, string? images = null)
    {
        var error = Assert.Throws<InvalidDataException>(
            () => images is null ? Read(annotations) : Read(annotations, images));
        Assert.Contains(Path.GetFileName(file), error.Message);
        return error.Message;
    }

    private const string Start =
        """{"id":5,"image_id":1,"category_id":18,"area":1,"iscrowd":0,"bbox":[0,0,2,2]""";

    [Fact]
    public void Polygons_text_and_numbers_of_run_lengths_are_read()
    {
        using var scope = NewDisposeScope();
        var set = Read($$"""
            {{Start}},"segmentation":[[0,0,2,0,2,2,0,2]]},
            {"id":6,"image_id":1,"category_id":18,"area":1.5,"iscrowd":0,"bbox":[1,1,1,1],
             "segmentation":{"size":[3,3],"counts":"414"} },
            {"id":7,"image_id":1,"category_id":18,"area":1,"iscrowd":1,"bbox":[1,1,1,1],
             "segmentation":{"size":[3,3],"counts":[4,1,4]} }
            """);
        Assert.Equal([new CocoImage(1, "a.png", 3, 3)], set.Images);
        Assert.Equal([new CocoCategory(18, "dog")], set.Categories);
        var all = set.Of(1).ToList();
        Assert.Equal([4, 1, 1], all.Select(one => set.Mask(one).Area));
        Assert.Equal(new CocoBox(0, 0, 2, 2), all[0].Box);
        Assert.Equal(1.5, all[1].Area);
        Assert.Equal([false, false, true], all.Select(one => one.IsCrowd));
        Assert.Equal([5L, 6], set.Usable(1).Select(one => one.Id));
        Assert.Equal(["1 crowd regions: for evaluation only."], set.Notes);

        set.Write(file);
        var again = CocoDataset.Read(file);
        Assert.Equal(set.Images, again.Images);
        Assert.Equal(all.Select(one => one with { Segmentation = null }),
            again.Annotations.Select(one => one with { Segmentation = null }));
        Assert.Equal(all.Select(one => set.Mask(one).ToString()), again.Of(1)
            .Select(one => again.Mask(one).ToString()));
    }

    [Fact]
    public void What_cannot_be_trained_on_is_kept_counted_and_passed_over()
    {
        var set = Read($$"""
            {{Start}},"segmentation":[]},
            {"id":6,"image_id":1,"category_id":18,"area":0,"bbox":[1,1,0,2],"segmentation":[[1,1,1,2,1,3]]},
            {"id":7,"image_id":1,"category_id":18,"area":1,"bbox":[1,1,1,2],
             "segmentation":[[1,1,2,2],[0,0,2,0,2,2]]}
            """);
        Assert.Equal(3, set.Annotations.Count);
        Assert.Equal([7L], set.Usable(1).Select(one => one.Id));
        Assert.Equal(0, set.Mask(set.Annotations[0]).Area);
        Assert.Equal(
            ["1 objects with a box without area: not trained on.",
             "1 objects without a polygon or run: not trained on.",
             "1 polygons of fewer than three corners, or of half a corner: passed over."], set.Notes);
    }

    [Fact]
    public void A_box_and_an_area_that_are_left_out_follow_from_the_shape()
    {
        var one = Read("""{"id":6,"image_id":1,"category_id":18,"segmentation":[[1,1,3,1,3,3,1,3]]}""")
            .Annotations[0];
        Assert.Equal(new CocoBox(1, 1, 2, 2), one.Box);
        Assert.Equal(4, one.Area);
    }

    [Fact]
    public void Categories_and_images_that_are_not_there_are_named_in_one_message()
    {
        string message = Refusal($$"""
            {{Start}} },
            {"id":5,"image_id":1,"category_id":91,"area":1,"bbox":[0,0,2,2]},
            {"id":7,"image_id":44,"category_id":92,"area":1,"bbox":[0,0,2,2]},
            {"id":8,"image_id":1,"category_id":18,"area":1,"bbox":[0,0,2,2],
             "segmentation":{"size":[2,2],"counts":[4]} }
            """);
        Assert.Contains("2 annotations name a category that is not there: 91, 92.", message);
        Assert.Contains("1 annotations are about an image that is not there: 44.", message);
        Assert.Contains("1 ids of annotations occur more than once: 5.", message);
        Assert.Contains("1 annotations have run lengths of another size than their image: 8.", message);
    }

    [Fact]
    public void What_is_no_such_file_is_refused_with_the_place()
    {
        Assert.Contains("annotation 5 has no \"bbox\"",
            Refusal("""{"id":5,"image_id":1,"category_id":18}"""));
        Assert.Contains("image 0 has no \"height\"", Refusal("", """{"id":1,"width":3}"""));
        Assert.Contains("annotations[0].area", Refusal("""{"id":5,"area":"large"}"""));
        Assert.Contains("4 1 4", Refusal("""{"id":5,"segmentation":{"size":[3,3],"counts":"4 1 4"}}"""));
        Assert.Contains("9 pixels", Refusal("""{"id":5,"segmentation":{"size":[3,3],"counts":[1]}}"""));
        Assert.Contains("\"size\"", Refusal("""{"id":5,"segmentation":{"counts":[1]}}"""));
        Assert.Contains("COCO annotations", Refusal("""{"id":5,"segmentation":{"size":[-1,5],"counts":[1]}}"""));
        File.WriteAllText(file, "[");
        Assert.Contains("COCO annotations",
            Assert.Throws<InvalidDataException>(() => CocoDataset.Read(file)).Message);
        File.WriteAllText(file, "{}");
        Assert.Contains("\"images\"", Assert.Throws<InvalidDataException>(() => CocoDataset.Read(file))
            .Message);
        Assert.Throws<FileNotFoundException>(() => CocoDataset.Read(file + "x"));
    }

    [Fact]
    public void Results_are_written_as_the_server_takes_them_and_read_again()
    {
        using var scope = NewDisposeScope();
        var set = Read($$"""{{Start}},"segmentation":[[0,0,2,0,2,2,0,2]]}""");
        var masks = zeros(2, 3, 3);
        masks[0, 1, 1] = tensor(0.75f);
        masks[1, 1, 1] = tensor(0.5f);
        var found = CocoDetection.Of(1, tensor(new float[,] { { 1, 1, 2, 2 }, { 0, 0, 3, 1.5f } }),
            tensor(new[] { 18L, 18 }), tensor(new[] { 0.5, 0.25 }), masks);
        CocoDetection.Write(file, found);
        Assert.Equal(
            """
            [{"image_id":1,"category_id":18,"bbox":[1,1,1,1],"score":0.5,
            "segmentation":{"size":[3,3],"counts":"414"}},
            {"image_id":1,"category_id":18,"bbox":[0,0,3,1.5],"score":0.25,
            "segmentation":{"size":[3,3],"counts":"9"}}]
            """.ReplaceLineEndings(""),
            File.ReadAllText(file));
        var again = CocoDetection.Read(file, set);
        Assert.Equal(found.Select(one => one with { Mask = null }),
            again.Select(one => one with { Mask = null }));
        Assert.Equal(["414", "9"], again.Select(one => one.Mask!.ToString()));
        File.WriteAllText(file, """[{"image_id":2,"category_id":18,"score":1,"bbox":[0,0,1,1]}]""");
        Assert.Contains("result 0", Assert.Throws<InvalidDataException>(() => CocoDetection.Read(file, set))
            .Message);
    }

    [Theory]
    [InlineData("train2017", 80, 705, 6)]
    [InlineData("val2017", 75, 738, 10)]
    public void The_small_part_of_coco_is_what_its_description_says(string split, int images, int objects,
        int crowds)
    {
        string path = Path.Combine(TestData.RequireMirror(), "coco-mini", "annotations",
            $"instances_{split}.json");
        Assert.SkipUnless(File.Exists(path), "needs coco-mini in LECTERN_MIRROR");
        var set = CocoDataset.Read(path);
        Assert.Equal((images, 80, objects), (set.Images.Count, set.Categories.Count, set.Annotations.Count));
        Assert.Equal(CocoCategory.Published, set.Categories);
        Assert.Equal([$"{crowds} crowd regions: for evaluation only."], set.Notes);
        foreach (var one in set.Annotations)
        {
            var mask = set.Mask(one);
            // A polygon's annotated area is that of the polygon, and a crowd's that of what its runs were
            // made from.
            double slack = one.IsCrowd ? 0.5 : 0.25;
            Assert.InRange(mask.Area, one.Area * (1 - slack) - 12, one.Area * (1 + slack) + 12);
            var (x1, y1, x2, y2) = mask.Bounds;
            if (one.IsCrowd) continue;
            // A side may be a thin point that misses the middle of its pixels.
            double right = one.Box.X + one.Box.Width, thin = 4 + 0.15 * one.Box.Width;
            Assert.InRange(x1, one.Box.X - 1.5, one.Box.X + thin);
            Assert.InRange(x2, right - thin, right + 1.5);
        }
    }

    [Fact]
    public void Random_detections_over_the_small_part_of_coco_are_judged_as_defined()
    {
        string path = Path.Combine(TestData.RequireMirror(), "coco-mini", "annotations",
            "instances_val2017.json");
        Assert.SkipUnless(File.Exists(path), "needs coco-mini in LECTERN_MIRROR");
        var whole = CocoDataset.Read(path);
        // Pictures with crowds, and some more; categories that occur there.
        var crowded = whole.Annotations.Where(one => one.IsCrowd).Select(one => one.ImageId);
        long[] ids = [.. crowded.Concat(whole.Images.Select(image => image.Id)).Distinct().Take(6)];
        CocoAnnotation[] all = [.. whole.Annotations.Where(one => ids.Contains(one.ImageId))];
        var truth = new CocoDataset("some", [.. ids.Select(whole.Image)],
            [.. whole.Categories.Where(kind => all.Any(one => one.CategoryId == kind.Id))], all);
        var random = new Random(1);
        var found = new List<CocoDetection>();
        foreach (var one in all)
        {
            for (int i = random.Next(4); i > 0; i--)
            {
                var image = truth.Image(one.ImageId);
                // The object moved a little, with a score of few values.
                int dx = random.Next(-6, 7), dy = random.Next(-6, 7);
                var moved = Moved(truth.Mask(one), dx, dy);
                int kind = random.Next(5) > 0 ? one.CategoryId
                    : truth.Categories[random.Next(truth.Categories.Count)].Id;
                found.Add(new CocoDetection(image.Id, kind, random.Next(30) / 30.0, CocoBox.Around(moved),
                    moved));
            }
        }
        foreach (bool masks in new[] { false, true })
        {
            var matching = masks ? CocoMatching.Masks : CocoMatching.Boxes;
            CocoEvaluationTests.AssertClose(
                new SlowCoco(truth, found, masks).Numbers(), CocoEvaluation.Evaluate(truth, found, matching)
                    .Numbers);
        }
    }

    private static RleMask Moved(RleMask mask, int dx, int dy)
    {
        using var scope = NewDisposeScope();
        var table = nn.functional.pad(mask.ToTensor().to(float32).unsqueeze(0), [6, 6, 6, 6]);
        return RleMask.Of(table[0].narrow(0, 6 - dy, mask.Height).narrow(1, 6 - dx, mask.Width));
    }
}
