using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class RegionPoolTests
{
    /// <summary>Ten superpixels of 1 to 4 pixels, and regions of a name's choice.</summary>
    private static RegionPool Random(string name, int count)
    {
        int[] labels = [.. Enumerable.Range(0, 30).Select(i => i * i / 90)];
        double[] values = Formula.Uniform(name, 11 * count);
        return RegionPool.Of(new Superpixels(5, 6, labels),
            [.. Enumerable.Range(0, count).Select(region => (IReadOnlyList<int>)
                [.. Enumerable.Range(0, 10).Where(j => values[region * 11 + j] < 0.5)])],
            [.. Enumerable.Range(0, count).Select(region => values[region * 11 + 10])]);
    }

    [Fact]
    public void Areas_overlaps_and_boxes_are_those_of_the_masks()
    {
        var pool = Random("pool", 12);
        var masks = RleMask.OfEach(pool.Masks());
        var other = rand(4, 5, 6) > 0.6;
        var objects = RleMask.OfEach(other);
        float[,] overlaps = pool.Overlaps(other);
        float[] boxes = [.. pool.Boxes().data<float>()];
        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(masks[i].Area, pool.Area(i));
            for (int j = 0; j < 12; j++) Assert.Equal(masks[i].Iou(masks[j]), pool.Jaccard(i, j), 1e-12);
            for (int g = 0; g < 4; g++) Assert.Equal(masks[i].Iou(objects[g]), overlaps[g, i], 1e-6);
            var (x1, y1, x2, y2) = masks[i].Bounds;
            Assert.Equal([x1, y1, x2, y2], boxes.AsSpan(4 * i, 4).ToArray());
        }
    }

    [Fact]
    public void Of_regions_that_are_nearly_alike_the_first_stays()
    {
        // Twenty pixels; the second region lacks one of them, the third is the first, the fourth is empty.
        var superpixels = new Superpixels(1, 21, [.. Enumerable.Range(0, 21)]);
        var pool = RegionPool.Of(superpixels,
            [[.. Enumerable.Range(0, 20)], [.. Enumerable.Range(0, 19)], [.. Enumerable.Range(0, 20)], [], [20]]);
        Assert.Equal([0, 1, 4], pool.Distinct(0.95));                   // 19 / 20 is not above it
        Assert.Equal([0, 4], pool.Distinct(0.94));
        var some = Random("distinct", 40);
        int[] kept = some.Distinct(0.6);
        Assert.DoesNotContain(kept, a => kept.Any(b => b != a && some.Jaccard(a, b) > 0.6));
        for (int region = 0; region < 40; region++)
            Assert.True(kept.Contains(region) || some.Area(region) == 0
                || kept.Any(other => other < region && some.Jaccard(region, other) > 0.6));
    }

    [Fact]
    public void Relevance_alone_is_the_order_of_scores_and_less_of_it_brings_what_is_unlike()
    {
        var pool = Random("marginal", 15);
        Assert.Equal(Enumerable.Range(0, 15).OrderByDescending(region => pool.Scores[region]), pool.Diversified(15, 1));
        var superpixels = new Superpixels(1, 4, [0, 1, 2, 3]);
        pool = RegionPool.Of(superpixels, [[0, 1], [0, 1, 2], [3]], [0.9, 0.8, 0.5]);
        // 0.7 · 0.8 - 0.3 · 2/3 = 0.36 against 0.35; with 0.6: 0.48 - 0.27 = 0.21 against 0.3.
        Assert.Equal([0, 1, 2], pool.Diversified(3, 0.7));
        Assert.Equal([0, 2, 1], pool.Diversified(3, 0.6));
        Assert.Equal([0, 2], pool.Diversified(2, 0.6));
    }

    [Fact]
    public void Features_of_a_region_up_the_tree_are_those_counted_on_its_pixels()
    {
        var tree = Landscapes.Tree("features", 17, 22);
        var superpixels = tree.Superpixels;
        double[] contours = tree.Contours();
        double side = Math.Sqrt(17 * 22);
        for (int node = 0; node < tree.Nodes; node += 7)
        {
            var pool = RegionPool.Of(superpixels, [[.. Enumerable.Range(0, tree.Leaves)
                .Where(leaf => (tree.Members(node)[leaf / 64] >> (leaf % 64) & 1) != 0)]]);
            var mask = pool.Masks()[0];
            bool Inside(int y, int x) => y is >= 0 and < 17 && x is >= 0 and < 22 && mask[y, x].item<bool>();
            var (perimeter, strength) = (0, 0.0);
            for (int y = 0; y < 17; y++)
                for (int x = 0; x < 22; x++)
                    foreach (var (v, u) in new[] { (y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1) })
                    {
                        if (!Inside(y, x) || Inside(v, u)) continue;
                        perimeter++;
                        if (v is >= 0 and < 17 && u is >= 0 and < 22)
                            strength += tree.Meeting(superpixels.Labels[y * 22 + x], superpixels.Labels[v * 22 + u]);
                    }
            var (x1, y1, x2, y2) = RleMask.Of(mask).Bounds;
            float[] features = RegionFeatures.Of(tree, contours, [node], tree.Members(node));
            Assert.Equal(pool.Area(0) / (17.0 * 22), features[0], 1e-5);
            Assert.Equal(perimeter / side, features[1], 1e-5);
            Assert.Equal((x2 - x1) * (y2 - y1) / (17.0 * 22), features[2], 1e-5);
            Assert.Equal((x1 + x2) / 44.0, features[3], 1e-5);
            Assert.Equal(strength / side, features[10], 1e-4);
            Assert.Equal(tree.Level(node), features[12], 1e-5);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var superpixels = new Superpixels(1, 2, [0, 1]);
        Assert.Contains("superpixel 2; there are 0 to 1",
            Assert.Throws<ArgumentException>(() => RegionPool.Of(superpixels, [[2]])).Message);
        Assert.Contains("[G, 1, 2]",
            Assert.Throws<ArgumentException>(() => RegionPool.Of(superpixels, [[0]]).Overlaps(zeros(1, 2, 2))).Message);
    }
}
