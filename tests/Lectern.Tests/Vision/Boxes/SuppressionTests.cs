using System.Diagnostics;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class SuppressionTests
{
    private static readonly float[,] Stairs = { { 0, 0, 10, 10 }, { 0, 4, 10, 14 }, { 0, 8, 10, 18 } };

    private static long[] Numbers(Tensor numbers) => numbers.data<long>().ToArray();

    private static Tensor Scores(int n, int seed, int levels = 0)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, n)
            .Select(_ => levels > 0 ? random.Next(levels) / (float)levels : random.NextSingle()).ToArray());
    }

    /// <summary>The definition: the best of what is left stays, what overlaps it goes, and again.</summary>
    private static long[] Slow(Tensor boxes, Tensor scores, double threshold)
    {
        double[][] rows = BoxesTests.Rows(boxes);
        float[] values = scores.data<float>().ToArray();
        var left = Enumerable.Range(0, rows.Length).OrderByDescending(i => values[i]).ToList();
        var kept = new List<long>();
        while (left.Count > 0)
        {
            int best = left[0];
            kept.Add(best);
            left = [.. left.Skip(1).Where(i => BoxesTests.Iou(rows[best], rows[i]) <= threshold)];
        }
        return [.. kept];
    }

    [Fact]
    public void Stairs_by_hand()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (tensor(Stairs), tensor(new[] { 0.9f, 0.8f, 0.7f }));
        Assert.Equal([0L, 2], Numbers(Suppression.Nms(boxes, scores, 0.3)));
        Assert.Equal([0L], Numbers(Suppression.Fast(boxes, scores, 0.3).Boxes));    // 1 goes, and takes 2 along
        Assert.Equal([0L, 1, 2], Numbers(Suppression.Nms(boxes, scores, 0.5)));
        Assert.Equal([0L, 1, 2], Numbers(Suppression.Fast(boxes, scores, 0.5).Boxes));
        Assert.Equal([2L, 0], Numbers(Suppression.Nms(boxes, scores.flip(0), 0.3)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_iou_that_equals_the_threshold_stays(bool precise)
    {
        using var scope = NewDisposeScope();
        // A third: 5 of 15.
        var boxes = tensor(new float[,] { { 0, 0, 10, 1 }, { 5, 0, 15, 1 } }).to(precise ? float64 : float32);
        var scores = ones(2);
        double third = precise ? 5.0 / 15 : 5f / 15;
        Assert.Equal([0L, 1], Numbers(Suppression.Nms(boxes, scores, third)));
        Assert.Equal([0L, 1], Numbers(Suppression.Fast(boxes, scores, third).Boxes));
        Assert.Equal([0L], Numbers(Suppression.Nms(boxes, scores, third - 1e-9)));
        Assert.Equal([0L], Numbers(Suppression.Fast(boxes, scores, third - 1e-9).Boxes));
    }

    [Fact]
    public void Random_boxes_are_suppressed_as_defined()
    {
        using var scope = NewDisposeScope();
        foreach (int n in new[] { 0, 1, 7, 8, 9, 300 })
        {
            foreach (double threshold in new[] { 0, 0.3, 0.5, 0.7, 1 })
            {
                var (boxes, scores) = (BoxesTests.Random(n, n), Scores(n, n, levels: 20));
                long[] expected = Slow(boxes, scores, threshold);
                Assert.Equal(expected, Numbers(Suppression.Nms(boxes, scores, threshold)));
                Assert.Equal(expected, Numbers(Suppression.Nms(boxes.to(float64), scores, threshold)));
            }
        }
    }

    [Fact]
    public void Fast_is_the_largest_overlap_with_any_better_box_and_a_subset_of_greedy()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (BoxesTests.Random(200, 3), Scores(200, 4));
        var fast = Numbers(Suppression.Fast(boxes, scores, 0.4).Boxes);
        var order = scores.sort(0, descending: true, stable: true).Indices;
        var above = Boxes.Iou(boxes[order], boxes[order]).triu(1).max(0).values;        // the paper's K
        Assert.Equal(Numbers(order[above <= 0.4]), fast);
        var greedy = Numbers(Suppression.Nms(boxes, scores, 0.4));
        Assert.True(fast.Length < greedy.Length);
        Assert.Subset(greedy.ToHashSet(), fast.ToHashSet());
    }

    [Fact]
    public void Suppression_is_idempotent_and_blind_to_the_order_of_boxes()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (BoxesTests.Random(300, 5), Scores(300, 6));
        var shuffle = tensor(Enumerable.Range(0, 300).Select(i => i * 7L % 300).ToArray());
        foreach (var kind in new Func<Tensor, Tensor, Tensor>[]
            { (b, s) => Suppression.Nms(b, s, 0.3), (b, s) => Suppression.Fast(b, s, 0.3, 300).Boxes })
        {
            var kept = kind(boxes, scores);
            Assert.Equal(Numbers(arange(kept.shape[0])), Numbers(kind(boxes[kept], scores[kept])));
            Assert.Equal(Numbers(kept), Numbers(shuffle[kind(boxes[shuffle], scores[shuffle])]));
        }
    }

    [Fact]
    public void Classes_are_suppressed_one_by_one()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (BoxesTests.Random(300, 7), Scores(300, 8));
        var random = new Random(9);
        long[] kinds = [.. Enumerable.Range(0, 300).Select(_ => (long)random.Next(-1, 5))];
        var kept = Numbers(Suppression.NmsByClass(boxes, scores, tensor(kinds), 0.3));
        var expected = kinds.Distinct().SelectMany(kind =>
        {
            var own = (tensor(kinds) == kind).nonzero().squeeze(1);
            return Numbers(own[Suppression.Nms(boxes[own], scores[own], 0.3)]);
        });
        float[] values = scores.data<float>().ToArray();
        Assert.Equal(expected.OrderByDescending(i => values[i]), kept);
        Assert.Equal(Numbers(Suppression.Nms(boxes, scores, 0.3)),
            Numbers(Suppression.NmsByClass(boxes, scores, zeros(300, int64), 0.3)));
    }

    [Fact]
    public void Fast_takes_classes_one_by_one_and_the_best_of_each()
    {
        using var scope = NewDisposeScope();
        var boxes = tensor(Stairs);
        var scores = tensor(new[,] { { 0.9f, 0.8f, 0.7f }, { 0.1f, 0.95f, 0.2f } });
        var (kept, classes) = Suppression.Fast(boxes, scores, 0.3);
        Assert.Equal([1L, 0], Numbers(kept));
        Assert.Equal([1L, 0], Numbers(classes));
        (kept, classes) = Suppression.Fast(boxes, scores, 0.5, top: 2);
        Assert.Equal([1L, 0, 1, 2], Numbers(kept));
        Assert.Equal([1L, 0, 0, 1], Numbers(classes));
    }

    [Fact]
    public void Soft_suppression_by_hand()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (tensor(Stairs), tensor(new[] { 0.9, 0.8, 0.7 }));
        // Linear: the second, at IoU 3/7 with the first, falls to 0.8 · 4/7 = 0.457 behind the third,
        // whose IoU of 1/9 is below the threshold; the third then takes another 4/7.
        var (kept, left) = Suppression.Soft(boxes, scores, sigma: null);
        Assert.Equal([0L, 2, 1], Numbers(kept));
        Assert.True(left.allclose(tensor(new[] { 0.9, 0.7, 0.8 * 16 / 49 })));
        (kept, left) = Suppression.Soft(boxes, scores, sigma: 0.5);
        double third = 0.7 * Math.Exp(-1.0 / 81 / 0.5), second = 0.8 * Math.Exp(-2 * 9.0 / 49 / 0.5);
        Assert.Equal([0L, 2, 1], Numbers(kept));
        Assert.True(left.allclose(tensor(new[] { 0.9, third, second })));
        (kept, _) = Suppression.Soft(boxes, scores, sigma: null, least: 0.5);
        Assert.Equal([0L, 2], Numbers(kept));
    }

    [Fact]
    public void Soft_suppression_of_boxes_apart_is_a_sort()
    {
        using var scope = NewDisposeScope();
        var boxes = arange(50).unsqueeze(1) * 10f + tensor(new float[] { 0, 0, 9, 9 });
        var scores = Scores(50, 1, levels: 10) + 0.1f;
        var (kept, left) = Suppression.Soft(boxes, scores);
        Assert.Equal(Numbers(scores.sort(0, descending: true, stable: true).Indices), Numbers(kept));
        Assert.True(left.allclose(scores[kept], 0, 0));
    }

    [Fact]
    public void Scores_that_are_no_number_come_last()
    {
        using var scope = NewDisposeScope();
        var boxes = tensor(new float[,] { { 0, 0, 1, 1 }, { 0, 0, 1, 1 }, { 5, 5, 6, 6 } });
        Assert.Equal([1L, 2], Numbers(Suppression.Nms(boxes, tensor(new[] { float.NaN, 0.5f, 0.4f }), 0.5)));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        using var scope = NewDisposeScope();
        var boxes = tensor(Stairs);
        var error = Assert.Throws<ArgumentException>(() => Suppression.Nms(boxes, ones(2), 0.5));
        Assert.Contains("[2]", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Suppression.Nms(boxes, ones(3), -0.1));
        Assert.Throws<ArgumentException>(() => Suppression.NmsByClass(boxes, ones(3), zeros(2, int64), 0.5));
        Assert.Throws<ArgumentException>(() => Suppression.Fast(boxes, ones(2, 2, 3), 0.5));
    }

    [Fact]
    public void Ten_thousand_boxes_take_milliseconds()
    {
        using var scope = NewDisposeScope();
        var (boxes, scores) = (BoxesTests.Random(10_000, 1, spread: 3000), Scores(10_000, 2));
        double best = double.PositiveInfinity;
        for (int run = 0; run < 5; run++)
        {
            var watch = Stopwatch.StartNew();
            // Nearly all stay: the worst case.
            Assert.InRange(Suppression.Nms(boxes, scores, 0.5).shape[0], 9_000, 10_000);
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }
        // About 15 ms on one quiet core; the plain double loop takes 300.
        Assert.True(best < 150, $"{best} ms");
    }
}
