namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// Combinatorial grouping: an object is often a few regions of a hierarchy side by side that never are one
/// region of it (Arbeláez et al. 2014).
/// </summary>
public static class RegionTuples
{
    /// <summary>
    /// Sets of regions of a hierarchy that hang together and do not overlap, from the top of the tree on: the
    /// later the first of its members is merged away, the earlier a set comes.
    /// </summary>
    /// <param name="tree">The hierarchy.</param>
    /// <param name="size">Members: 1, 2, 3 or 4.</param>
    /// <param name="most">The list ends at as many sets.</param>
    /// <param name="least">Regions that are merged away below this strength are not looked at.</param>
    /// <returns>
    /// Nodes of each set. Sets that hold both children of a region are left out: with the region itself they
    /// are sets of fewer members.
    /// </returns>
    /// <remarks>O(R² · leaves / 64) for the R regions that are looked at, and the sets.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Sets do not have 1 to 4 regions.</exception>
    public static IReadOnlyList<int[]> Of(RegionTree tree, int size, int most, double least = 0)
    {
        ArgumentNullException.ThrowIfNull(tree);
        if (size is < 1 or > 4)
            throw new ArgumentOutOfRangeException(nameof(size), size, "Sets have 1 to 4 regions.");
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        // Parents come before children also where both go at one level: they have larger numbers.
        int[] ranked = [.. Enumerable.Range(0, tree.Nodes).Where(node => tree.Disappears(node) >= least)
            .OrderByDescending(tree.Disappears).ThenByDescending(node => node)];
        if (size == 1) return [.. ranked.Take(most).Select(node => new[] { node })];
        var search = new Search(tree, size, most);
        foreach (int node in ranked)
            if (!search.Add(node)) break;
        return search.Found;
    }

    /// <summary>Regions are added one by one; the sets that a region is the last of are found with it.</summary>
    private sealed class Search(RegionTree tree, int size, int most)
    {
        private readonly Dictionary<int, List<int>> neighbours = [];
        private readonly ulong[][] around = Around(tree);
        private readonly HashSet<UInt128> known = [];
        private readonly List<int> set = [];

        internal List<int[]> Found { get; } = [];

        /// <returns>Whether there is room for more.</returns>
        internal bool Add(int node)
        {
            List<int> own = [.. neighbours.Keys.Where(other =>
                !tree.Members(node).Meets(tree.Members(other)) && around[node].Meets(tree.Members(other)))];
            foreach (int other in own) neighbours[other].Add(node);
            neighbours[node] = own;
            set.Add(node);
            Extend();
            set.Clear();
            return Found.Count < most;
        }

        private void Extend()
        {
            if (Found.Count >= most) return;
            if (set.Count == size)
            {
                Found.Add([.. set.Order()]);
                return;
            }
            // Copied, as the set grows and shrinks below.
            foreach (int next in set.SelectMany(member => neighbours[member]).Distinct().ToArray())
            {
                if (set.Any(member => tree.Members(member).Meets(tree.Members(next))
                    || tree.Parent(member) == tree.Parent(next)))
                    continue;
                set.Add(next);
                if (known.Add(Key())) Extend();
                set.RemoveAt(set.Count - 1);
            }
        }

        /// <summary>One number for a set, however it was found: its nodes in order, 32 bits each.</summary>
        private UInt128 Key() => set.Order().Aggregate(UInt128.Zero, (key, node) => (key << 32) | (uint)(node + 1));

        /// <summary>The superpixels that touch each region from outside.</summary>
        private static ulong[][] Around(RegionTree tree)
        {
            ulong[][] around = new ulong[tree.Nodes][];
            for (int node = 0; node < tree.Nodes; node++) around[node] = SuperpixelSets.Empty(tree.Leaves);
            foreach (var arc in tree.Superpixels.Arcs)
            {
                around[arc.A].Add(arc.B);
                around[arc.B].Add(arc.A);
            }
            for (int node = tree.Leaves; node < tree.Nodes; node++)
            {
                var (left, right) = tree.Children(node);
                for (int word = 0; word < around[node].Length; word++)
                    around[node][word] = (around[left][word] | around[right][word]) & ~tree.Members(node)[word];
            }
            return around;
        }
    }
}
