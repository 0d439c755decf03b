using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class CocoEvaluationTests
{
    private static CocoSegmentation Rectangle(CocoBox box) => new([[
        box.X, box.Y, box.X + box.Width, box.Y,
        box.X + box.Width, box.Y + box.Height, box.X, box.Y + box.Height]]);

    private static CocoAnnotation Object(long id, long image, int category, CocoBox box,
        bool crowd = false) =>
        new(id, image, category, box, box.Area, Rectangle(box), crowd);

    private static CocoDetection Found(long image, int category, double score, CocoBox box, int size = 200) =>
        new(image, category, score, box, Rectangle(box).Mask(size, size));

    private static CocoDataset Set(params CocoAnnotation[] annotations) => new("hand",
        [.. annotations.Select(one => one.ImageId).Append(1).Distinct()
            .Select(id => new CocoImage(id, $"{id}.png", 200, 200))],
        [new(1, "one"), new(2, "two")], annotations);

    private static readonly CocoBox Here = new(10, 10, 40, 40), There = new(100, 100, 40, 40),
        Nowhere = new(10, 150, 40, 40);

    [Theory]
    [InlineData(CocoMatching.Boxes)]
    [InlineData(CocoMatching.Masks)]
    public void Case_a_two_objects_and_a_false_one_between(CocoMatching matching)
    {
        var truth = Set(Object(1, 1, 1, Here), Object(2, 1, 1, There));
        CocoDetection[] found = [Found(1, 1, 0.9, Here), Found(1, 1, 0.8, Nowhere), Found(1, 1, 0.7, There)];
        var scores = CocoEvaluation.Evaluate(truth, found, matching);
        Assert.Equal((51 + 50 * 2.0 / 3) / 101, scores.Ap50, 12);
        Assert.Equal(0.834983, scores.Ap, 6);
        Assert.Equal(0.5, scores.AverageRecall(1));
        Assert.Equal(1, scores.AverageRecall(10));
        // The area under the curve: half at 1, half at 2/3.
        Assert.Equal(5.0 / 6, VocEvaluation.Ap(truth, found, 0.5, matching), 12);
        Assert.Equal(5.0 / 6, VocEvaluation.ApVolume(truth, found, matching), 12);
        double[] curve = scores.Curve(0.5, category: 1);
        Assert.Equal(1, curve[50], 12);
        Assert.Equal(2.0 / 3, curve[51], 12);
        // Recall in eleven steps, as VOC counted in 2007.
        var eleven = CocoEvaluation.Evaluate(truth, found, matching,
            CocoSettings.Default with { Recalls = [.. Enumerable.Range(0, 11).Select(i => i / 10.0)] });
        Assert.Equal(0.848485, eleven.Ap50, 6);
    }

    [Fact]
    public void Case_b_one_object_of_three_is_missed()
    {
        var truth = Set(Object(1, 1, 1, Here), Object(2, 1, 1, There), Object(3, 1, 1, Nowhere));
        CocoDetection[] found = [Found(1, 1, 0.9, Here), Found(1, 1, 0.8, There)];
        Assert.Equal(67.0 / 101, CocoEvaluation.Evaluate(truth, found).Ap, 12);
        Assert.Equal(2.0 / 3, VocEvaluation.Ap(truth, found), 12);
    }

    [Fact]
    public void Case_c_a_mask_of_iou_0_72_is_right_at_five_of_ten_thresholds()
    {
        var truth = Set(Object(1, 1, 1, new(0, 0, 100, 100)));
        CocoDetection[] found = [Found(1, 1, 0.9, new(0, 0, 100, 72))];
        var scores = CocoEvaluation.Evaluate(truth, found, CocoMatching.Masks);
        Assert.Equal(0.5, scores.Ap, 12);
        Assert.Equal(1, scores.AveragePrecision(0.7), 12);
        Assert.Equal(0, scores.Ap75);
        // Of 0.1 … 0.9, seven are below.
        Assert.Equal(7.0 / 9, VocEvaluation.ApVolume(truth, found), 12);
    }

    [Fact]
    public void An_iou_equal_to_the_threshold_is_right_for_coco_and_not_for_voc()
    {
        var truth = Set(Object(1, 1, 1, new(0, 0, 100, 100)));
        CocoDetection[] found = [Found(1, 1, 0.9, new(0, 0, 100, 50))];
        Assert.Equal(0.1, CocoEvaluation.Evaluate(truth, found, CocoMatching.Masks).Ap, 12);
        Assert.Equal(0, VocEvaluation.Ap(truth, found));
        CocoDetection[] all = [Found(1, 1, 0.9, new(0, 0, 100, 100))];      // IoU 1 reaches a threshold of 1
        var whole = CocoEvaluation.Evaluate(truth, all,
            settings: CocoSettings.Default with { Thresholds = [1] });
        Assert.Equal(1, whole.Ap, 12);
    }

    [Fact]
    public void Duplicates_are_wrong_and_detections_on_a_crowd_are_neither()
    {
        var truth = Set(Object(1, 1, 1, Here), Object(2, 1, 1, new(60, 60, 140, 140), crowd: true));
        CocoDetection[] found =
            [Found(1, 1, 0.9, There), Found(1, 1, 0.8, new(150, 150, 30, 30)), Found(1, 1, 0.7, Here)];
        Assert.Equal(1, CocoEvaluation.Evaluate(truth, found).Ap, 12);
        CocoDetection[] twice = [Found(1, 1, 0.9, Here), Found(1, 1, 0.8, Here), Found(1, 1, 0.7, There)];
        Assert.Equal(1, CocoEvaluation.Evaluate(truth, twice).Ap, 12);          // after all recall
        var two = Set(Object(1, 1, 1, Here), Object(2, 1, 1, There));
        Assert.Equal((51 + 50 * 2.0 / 3) / 101, CocoEvaluation.Evaluate(two, twice).Ap, 12);
    }

    [Fact]
    public void Sizes_are_closed_on_both_ends_and_what_has_no_objects_is_minus_one()
    {
        var truth = Set(Object(1, 1, 1, new(0, 0, 32, 32)));
        CocoDetection[] found = [Found(1, 1, 0.9, new(0, 0, 32, 32))];
        var scores = CocoEvaluation.Evaluate(truth, found);
        Assert.Equal(1, scores.AveragePrecision(size: "small"), 12);
        Assert.Equal(1, scores.AveragePrecision(size: "medium"), 12);
        Assert.Equal(-1, scores.AveragePrecision(size: "large"));
        Assert.Equal(-1, scores.AveragePrecision(category: 2));
        Assert.Equal(12, scores.Numbers.Count);
        Assert.Contains("AP large", scores.ToString());
    }

    [Fact]
    public void Perfect_detections_are_1_none_are_0_and_late_false_ones_change_nothing()
    {
        var (truth, _) = Random(3, images: 12);
        CocoDetection[] perfect = [.. truth.Annotations.Where(one => !one.IsCrowd)
            .Select((one, i) => new CocoDetection(one.ImageId, one.CategoryId, 1 - i * 1e-4, one.Box,
                truth.Mask(one)))];
        CocoDetection[] more = [.. perfect,
            .. truth.Images.Select(image => Found(image.Id, 1, 0.01, new(90, 90, 9, 9), 100))];
        foreach (var matching in Enum.GetValues<CocoMatching>())
        {
            // All are right at every threshold; a crowd or two that hide an object among them are none of
            // them.
            Assert.Equal(1, CocoEvaluation.Evaluate(truth, perfect, matching).Ap, 12);
            Assert.Equal(1, CocoEvaluation.Evaluate(truth, more, matching).Ap, 12);
            Assert.Equal(0, CocoEvaluation.Evaluate(truth, [], matching).Ap);
        }
    }

    [Fact]
    public void The_order_of_pictures_does_not_matter_where_scores_differ()
    {
        var (truth, found) = Random(4, images: 10, levels: 0);
        var turned = new CocoDataset("turned", [.. truth.Images.Reverse()], truth.Categories,
            truth.Annotations);
        Assert.Equal(CocoEvaluation.Evaluate(truth, found).Numbers,
            CocoEvaluation.Evaluate(turned, [.. found.AsEnumerable().Reverse()]).Numbers);
    }

    /// <summary>Objects of all sizes, some crowds and some in two parts, and detections near and far,
    /// with many equal scores.</summary>
    private static (CocoDataset Truth, List<CocoDetection> Found) Random(int seed, int images,
        int levels = 12)
    {
        const int size = 130;
        var random = new Random(seed);
        CocoBox Some() => new(random.Next(0, 100), random.Next(0, 100),
            1 + random.Next(4) switch { 0 => random.Next(12), 1 => random.Next(40), _ => random.Next(120) },
            1 + random.Next(4) switch { 0 => random.Next(12), 1 => random.Next(40), _ => random.Next(120) });
        CocoBox Cut(CocoBox box) =>
            box with
            {
                Width = Math.Min(box.Width, size - box.X),
                Height = Math.Min(box.Height, size - box.Y)
            };
        var annotations = new List<CocoAnnotation>();
        var found = new List<CocoDetection>();
        for (int image = 1; image <= images; image++)
        {
            for (int i = random.Next(9); i > 0; i--)
            {
                var box = Cut(Some());
                // The annotated area is not that of the box.
                annotations.Add(new(annotations.Count + 1, image, 2 * random.Next(1, 4), box, box.Area * 0.9,
                    Rectangle(box), random.Next(8) == 0));
            }
            for (int i = random.Next(14); i > 0; i--)
            {
                var near = annotations.Where(one => one.ImageId == image).ToList();
                var box = near.Count > 0 && random.Next(4) > 0 ? near[random.Next(near.Count)].Box : Some();
                if (random.Next(3) > 0)
                {
                    box = new CocoBox(Math.Max(0, box.X + random.Next(-2, 3)),
                        Math.Max(0, box.Y + random.Next(-2, 3)),
                        Math.Max(1, box.Width + random.Next(-4, 5)),
                            Math.Max(1, box.Height + random.Next(-4, 5)));
                }
                double score = levels > 0 ? random.Next(levels) / (double)levels : random.NextDouble();
                found.Add(Found(image, 2 * random.Next(1, 4), score, Cut(box), size));
            }
        }
        return (new CocoDataset("random",
            [.. Enumerable.Range(1, images).Select(id => new CocoImage(id, "", size, size))],
            [new(2, "a"), new(4, "b"), new(6, "c"), new(8, "never there")], annotations), found);
    }

    [Theory]
    [InlineData(CocoMatching.Boxes)]
    [InlineData(CocoMatching.Masks)]
    public void Random_detections_have_the_twelve_numbers_of_the_definition(CocoMatching matching)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var (truth, found) = Random(seed, images: 6);
            var slow = new SlowCoco(truth, found, matching == CocoMatching.Masks);
            AssertClose(slow.Numbers(), CocoEvaluation.Evaluate(truth, found, matching).Numbers);
            var few = CocoSettings.Default with { MaxDetections = [1, 2, 3] };
            AssertClose(slow.Numbers(true, 1, 2, 3),
                CocoEvaluation.Evaluate(truth, found, matching, few).Numbers);
            AssertClose(slow.Numbers(false, 10, 100, 1000),
                CocoEvaluation.Evaluate(truth, found, matching, CocoSettings.Proposals).Numbers);
        }
    }

    internal static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) < 1e-12,
                $"number {i}: {expected[i]}, not {actual[i]}");
    }

    [Fact]
    public void Areas_of_voc_are_those_of_the_definition()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            bool[] right = [.. Enumerable.Range(0, 30).Select(_ => random.Next(3) == 0)];
            int objects = right.Count(one => one) + random.Next(3) + 1;
            // Precision padded with 0 at both ends, made non-increasing from the right, times the steps
            // of recall.
            var recall = new List<double> { 0 };
            var precision = new List<double> { 0 };
            for (int i = 0; i < right.Length; i++)
            {
                double found = right.Take(i + 1).Count(one => one);
                recall.Add(found / objects);
                precision.Add(found / (i + 1));
            }
            recall.Add(1);
            precision.Add(0);
            for (int i = precision.Count - 2; i >= 0; i--) precision[i] = Math.Max(precision[i],
                precision[i + 1]);
            double area = Enumerable.Range(1, recall.Count - 1)
                .Sum(i => (recall[i] - recall[i - 1]) * precision[i]);
            Assert.Equal(area, VocEvaluation.Area(right, objects), 12);
        }
    }

    [Fact]
    public void What_cannot_be_judged_is_named()
    {
        var truth = Set(Object(1, 1, 1, Here));
        string Message(CocoMatching matching, CocoDetection found) =>
            Assert.Throws<ArgumentException>(() => CocoEvaluation.Evaluate(truth, [found], matching)).Message;
        Assert.Contains("image 7", Message(CocoMatching.Boxes, Found(7, 1, 1, Here)));
        Assert.Contains("no mask", Message(CocoMatching.Masks, new(1, 1, 1, Here)));
        Assert.Contains("None of the 1 detections", Message(CocoMatching.Boxes, Found(1, 9, 1, Here)));
    }

    [Fact]
    public void Time_grows_with_the_detections_and_no_faster()
    {
        double Seconds(int images)
        {
            var random = new Random(1);
            CocoBox Some() => new(random.Next(500), random.Next(400), 10 + random.Next(100), 10
                + random.Next(100));
            var truth = new CocoDataset("large",
                [.. Enumerable.Range(1, images).Select(id => new CocoImage(id, "", 640, 640))],
                [.. Enumerable.Range(1, 80).Select(id => new CocoCategory(id, $"{id}"))],
                [.. Enumerable.Range(0, images * 7)
                    .Select(i => Object(i + 1, 1 + i / 7, 1 + random.Next(80), Some()))]);
            CocoDetection[] found = [.. Enumerable.Range(0, images * 100).Select(i =>
                new CocoDetection(1 + i / 100, 1 + random.Next(80), random.NextDouble(), Some()))];
            var before = Environment.CpuUsage.TotalTime;
            CocoEvaluation.Evaluate(truth, found);
            return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }
        Seconds(50);
        double small = Seconds(250), large = Seconds(1000);
        // A quadratic cost would be 16 times, and a minute is for 5,000 pictures.
        Assert.True(large < 10 * small + 0.5, $"{small} s and {large} s");
        Assert.True(large < 12, $"{large} s");
    }
}
