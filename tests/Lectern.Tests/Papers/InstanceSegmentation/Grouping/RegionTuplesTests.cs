using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class RegionTuplesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void All_sets_are_found_from_the_top_of_the_tree_on(int size)
    {
        var tree = Landscapes.Tree("tuples", 9, 10);
        Assert.InRange(tree.Leaves, 6, 14);
        var found = RegionTuples.Of(tree, size, 1_000_000);
        string[] expected = [.. Slowly(tree, size).Select(set => string.Join(" ", set)).Order()];
        Assert.Equal(expected, found.Select(set => string.Join(" ", set)).Order());
        double[] strengths = [.. found.Select(set => set.Min(tree.Disappears))];
        for (int i = 1; i < strengths.Length; i++) Assert.True(strengths[i] <= strengths[i - 1]);
        // A shorter list is the beginning of a longer one.
        Assert.Equal(found.Take(7), RegionTuples.Of(tree, size, 7));
        double least = strengths[strengths.Length / 2];
        Assert.Equal(strengths.Count(one => one >= least), RegionTuples.Of(tree, size, 1_000_000, least).Count);
    }

    [Fact]
    public void A_bar_that_another_object_cuts_in_two_is_no_region_but_a_triplet()
    {
        // b lies over the bar a … c on the ground d; b goes to the ground first.
        var superpixels = Landscapes.Letters("ddddd", "aabcc", "ddddd");
        var tree = RegionTree.Merge(superpixels, [.. superpixels.Arcs.Select(arc => (arc.A, arc.B) switch
        {
            (0, 1) => 0.6, (1, 2) => 0.5, (1, 3) => 0.2, _ => 0.7,
        })]);
        bool Whole(int[] set) => string.Join("", set) == "012";
        Assert.DoesNotContain(RegionTuples.Of(tree, 2, 100), Whole);
        Assert.Contains(RegionTuples.Of(tree, 3, 100), Whole);
    }

    [Fact]
    public void Other_sizes_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RegionTuples.Of(Landscapes.Tree("t", 6, 6), 5, 10));

    /// <summary>Every set of nodes, asked whether it is disjoint, in one piece, and without siblings.</summary>
    private static IEnumerable<int[]> Slowly(RegionTree tree, int size)
    {
        int[][] leaves = [.. Enumerable.Range(0, tree.Nodes).Select(node => LeavesOf(tree, node).ToArray())];
        bool Touch(int a, int b) => tree.Superpixels.Arcs.Any(arc =>
            (leaves[a].Contains(arc.A) && leaves[b].Contains(arc.B))
            || (leaves[a].Contains(arc.B) && leaves[b].Contains(arc.A)));
        IEnumerable<int[]> Sets(int from, int count) => count == 0 ? [[]]
            : Enumerable.Range(from, tree.Nodes - from).SelectMany(first =>
                Sets(first + 1, count - 1).Select(rest => (int[])[first, .. rest]));
        return Sets(0, size).Where(set =>
        {
            int[] all = [.. set.SelectMany(node => leaves[node])];
            if (all.Distinct().Count() < all.Length) return false;
            if (set.GroupBy(tree.Parent).Any(group => group.Key >= 0 && group.Count() > 1)) return false;
            var reached = new List<int> { set[0] };
            for (int i = 0; i < reached.Count; i++)
                reached.AddRange(set.Where(node => !reached.Contains(node) && Touch(reached[i], node)).ToArray());
            return reached.Count == size;
        });
    }

    private static IEnumerable<int> LeavesOf(RegionTree tree, int node) => node < tree.Leaves
        ? [node] : LeavesOf(tree, tree.Children(node).Left).Concat(LeavesOf(tree, tree.Children(node).Right));
}
