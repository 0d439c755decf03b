using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class RegionTreeTests
{
    [Fact]
    public void The_weakest_arc_goes_first_and_merged_ones_weigh_by_length()
    {
        // Arcs: a-b of 1 crack, a-c of 2, b-c of 1, b-d of 2, c-d of 1.
        var superpixels = Landscapes.Letters("abd", "acd");
        Assert.Equal([(0, 1, 1), (0, 2, 1), (1, 2, 1), (1, 3, 1), (2, 3, 1)],
            superpixels.Arcs.Select(arc => (arc.A, arc.B, arc.Cracks.Count)));
        var tree = RegionTree.Merge(superpixels, [0.1, 0.5, 0.9, 0.8, 0.2]);
        // a and b at 0.1, then c and d at 0.2, then both: (0.5 + 0.9 + 0.8) / 3.
        Assert.Equal((0, 1), tree.Children(4));
        Assert.Equal((2, 3), tree.Children(5));
        Assert.Equal([0.1, 0.2, 2.2 / 3], new[] { 4, 5, 6 }.Select(tree.Level), new Near());
        Assert.Equal(2.2 / 3, tree.Meeting(1, 2), 1e-12);
        Assert.Equal(0.2, tree.Disappears(3));
        Assert.Equal(double.PositiveInfinity, tree.Disappears(6));
        Assert.Equal([0, 0, 1, 1], tree.Cut(0.3));
        Assert.Equal([0, 0, 1, 2], tree.Cut(0.2));
    }

    [Fact]
    public void A_merger_is_never_below_the_one_before()
    {
        // With a and b merged, their mean towards c is below what merged them.
        var superpixels = Landscapes.Letters("ab", "cc");
        var tree = RegionTree.Merge(superpixels, [0.5, 0.6, 0.1 + 0.5]);
        Assert.Equal(0.5, tree.Level(3));
        superpixels = Landscapes.Letters("abd", "ccd");
        tree = RegionTree.Merge(superpixels, [0.5, 0.9, 0.52, 0.51, 0.05]);
        Assert.Equal([0.05, 0.5, 0.643333], new[] { 4, 5, 6 }.Select(tree.Level), new Near());
        tree = RegionTree.Merge(Landscapes.Letters("aab", "ccc"), [0.3, 0.4, 0.4]);
        for (int node = tree.Leaves; node + 1 < tree.Nodes; node++)
            Assert.True(tree.Level(node) <= tree.Level(node + 1));
    }

    [Fact]
    public void Partitions_are_nested_closed_and_fewer_with_each_threshold()
    {
        var tree = Landscapes.Tree("nested", 26, 31);
        var superpixels = tree.Superpixels;
        double[] contours = tree.Contours();
        int[] before = tree.Cut(0);
        Assert.Equal(superpixels.Count, before.Max() + 1);
        foreach (double threshold in Enumerable.Range(1, 20).Select(i => i / 20.0))
        {
            int[] regions = tree.Cut(threshold);
            Assert.True(regions.Max() <= before.Max());
            // Nested: what was one region is in one region.
            for (int leaf = 0; leaf < regions.Length; leaf++)
                Assert.Equal(regions[leaf], regions[Array.IndexOf(before, before[leaf])]);
            // Closed: an arc stays exactly where its sides are of two regions, and these are one piece each.
            for (int arc = 0; arc < contours.Length; arc++)
                Assert.Equal(contours[arc] >= threshold,
                    regions[superpixels.Arcs[arc].A] != regions[superpixels.Arcs[arc].B]);
            int[] labels = [.. superpixels.Labels.ToArray().Select(leaf => regions[leaf])];
            Assert.Equal(regions.Max() + 1, Landscapes.Pieces(labels, 31));
            before = regions;
        }
    }

    [Fact]
    public void The_map_has_the_level_of_the_lowest_common_ancestor_on_every_crack()
    {
        var tree = Landscapes.Tree("map", 9, 11);
        float[] map = [.. tree.Map().data<float>()];
        for (int y = 0; y < 9; y++)
            for (int x = 0; x < 11; x++)
            {
                int own = tree.Superpixels.Labels[y * 11 + x];
                Assert.Equal(0, map[2 * y * 21 + 2 * x]);
                if (x < 10 && tree.Superpixels.Labels[y * 11 + x + 1] is var right)
                    Assert.Equal(own == right ? 0 : tree.Meeting(own, right), map[2 * y * 21 + 2 * x + 1], 1e-6);
                if (y < 8 && tree.Superpixels.Labels[(y + 1) * 11 + x] is var below)
                    Assert.Equal(own == below ? 0 : tree.Meeting(own, below), map[(2 * y + 1) * 21 + 2 * x], 1e-6);
            }
        // Where four pixels meet: as strong as the strongest of the four.
        Assert.Equal(new[] { map[0 * 21 + 1], map[2 * 21 + 1], map[1 * 21 + 0], map[1 * 21 + 2] }.Max(), map[21 + 1]);
    }

    [Fact]
    public void One_superpixel_is_a_tree_and_what_does_not_fit_is_refused()
    {
        var one = RegionTree.Merge(Landscapes.Letters("aa"), []);
        Assert.Equal(1, one.Nodes);
        Assert.Equal([0], one.Cut(0.5));
        Assert.Contains("1 arcs have a strength each; given were 0",
            Assert.Throws<ArgumentException>(() => RegionTree.Merge(Landscapes.Letters("ab"), [])).Message);
    }

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double a, double b) => Math.Abs(a - b) < 1e-6;

        public int GetHashCode(double value) => 0;
    }
}
