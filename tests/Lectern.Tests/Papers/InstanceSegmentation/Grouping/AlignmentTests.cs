using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class AlignmentTests
{
    [Fact]
    public void A_hierarchy_on_its_own_superpixels_is_itself()
    {
        var tree = Landscapes.Tree("own", 20, 24);
        Assert.Equal(tree.Contours(), Alignment.Project(tree, tree.Superpixels, tree.Nodes));
    }

    [Fact]
    public void A_superpixel_goes_to_the_region_that_most_of_it_is_in()
    {
        // The coarse contour is a column to the right of the fine one, and snaps to it.
        var coarse = RegionTree.Merge(Landscapes.Letters("aaab", "aaab"), [0.7]);
        var target = Landscapes.Letters("aabb", "aacc");
        // b is half in a: of equal shares the first region; c, too.
        Assert.Equal([0, 0, 0], Alignment.Project(coarse, target));
        target = Landscapes.Letters("aabbbb", "aacccc");
        Assert.Equal([(0, 1), (0, 2), (1, 2)], target.Arcs.Select(arc => (arc.A, arc.B)));
        coarse = RegionTree.Merge(Landscapes.Letters("aaabbb", "aaabbb"), [0.7]);
        Assert.Equal([0.7, 0.7, 0], Alignment.Project(coarse, target));
        // The same at half the size, where a superpixel lies over a third of a pixel's width.
        coarse = RegionTree.Merge(Landscapes.Letters("abb"), [0.7]);
        Assert.Equal([0.7, 0.7, 0], Alignment.Project(coarse, target));
    }

    [Theory]
    [InlineData("one", 13, 12, 200)]
    [InlineData("two", 26, 24, 200)]
    [InlineData("three", 40, 48, 8)]
    public void What_is_aligned_is_an_ultrametric_and_has_boundaries_only_between_superpixels(
        string name, int height, int width, int levels)
    {
        var coarse = Landscapes.Tree(name, height, width);
        var target = Landscapes.Tree("target", 26, 24).Superpixels;
        double[] strengths = Alignment.Project(coarse, target, levels);
        Assert.Equal(target.Arcs.Count, strengths.Length);
        Assert.Contains(strengths, strength => strength > 0);
        // Merging by means would move the strengths if they were no ultrametric: of two arcs between the
        // same two regions both would become their mean.
        double[] again = RegionTree.Merge(target, strengths).Contours();
        for (int arc = 0; arc < again.Length; arc++) Assert.Equal(strengths[arc], again[arc], 1e-12);
        // Its levels are those that were sampled.
        Assert.True(strengths.Where(strength => strength > 0).Distinct().Count() <= levels);
    }

    [Fact]
    public void A_partition_of_one_level_keeps_superpixels_whole()
    {
        // Each of the coarse regions cuts superpixels; the projected partition has a label a superpixel, and its
        // boundary has the strength of the coarse one.
        var target = Landscapes.Tree("whole", 24, 24).Superpixels;
        var halves = RegionTree.Merge(new Superpixels(2, 1, [0, 1]), [0.4]);
        double[] strengths = Alignment.Project(halves, target);
        int[] sides = RegionTree.Merge(target, strengths).Cut(0.4);
        int[] upper = new int[target.Count];
        for (int pixel = 0; pixel < target.Labels.Length; pixel++) upper[target.Labels[pixel]] += pixel < 288 ? 1 : -1;
        for (int arc = 0; arc < strengths.Length; arc++)
        {
            var (a, b) = (target.Arcs[arc].A, target.Arcs[arc].B);
            Assert.Equal(upper[a] >= 0 != upper[b] >= 0 ? 0.4 : 0, strengths[arc]);
            Assert.Equal(strengths[arc] > 0, sides[a] != sides[b]);
        }
    }
}
