namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// Hierarchies of several scales on one set of superpixels (Arbeláez et al. 2014): the contours of
/// a coarser one snap to the superpixels' own.
/// </summary>
public static class Alignment
{
    /// <summary>Puts a hierarchy on other superpixels.</summary>
    /// <param name="tree">The hierarchy, of the same picture at any size.</param>
    /// <param name="target">The superpixels, whose arcs alone can be contours.</param>
    /// <param name="levels">
    /// Partitions of the hierarchy that are taken over, K: all of them where it has no more, else as many from
    /// the weakest to the strongest.
    /// </param>
    /// <returns>
    /// The strength of each arc: the largest level at which its two sides are in different regions, 0 for none.
    /// It is an ultrametric.
    /// </returns>
    /// <remarks>
    /// At each level a superpixel goes to the region that most of it is in. That an arc's strength is a maximum
    /// makes its map closed at any threshold: what is left is all boundaries of some partitions, and those of
    /// several partitions laid over each other enclose regions too. Time O(pixels + K · superpixels).
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 2 levels.</exception>
    public static double[] Project(RegionTree tree, Superpixels target, int levels = 32)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 2);
        var parts = Parts(tree.Superpixels, target);
        double[] strengths = new double[target.Arcs.Count];
        int[] owners = new int[target.Count];
        int[] counts = new int[tree.Leaves];
        foreach (double level in Sampled(tree, levels))
        {
            int[] regions = tree.Cut(level);
            for (int j = 0; j < parts.Length; j++)
            {
                foreach (var (leaf, pixels) in parts[j]) counts[regions[leaf]] += pixels;
                // arg max_i |S_j ∩ R_i|, of equal ones the first.
                int best = -1;
                foreach (var (leaf, _) in parts[j])
                    if (regions[leaf] is var i
                        && (best < 0 || counts[i] > counts[best] || (counts[i] == counts[best] && i < best)))
                        best = i;
                owners[j] = best;
                foreach (var (leaf, _) in parts[j]) counts[regions[leaf]] = 0;
            }
            // Levels ascend, so that the last is the largest.
            for (int arc = 0; arc < strengths.Length; arc++)
                if (owners[target.Arcs[arc].A] != owners[target.Arcs[arc].B]) strengths[arc] = level;
        }
        return strengths;
    }

    private static double[] Sampled(RegionTree tree, int levels)
    {
        double[] all =
            [.. Enumerable.Range(tree.Leaves, tree.Nodes - tree.Leaves).Select(tree.Level).Distinct().Order()];
        return all.Length <= levels
            ? all : [.. Enumerable.Range(0, levels).Select(k => all[(int)((long)k * (all.Length - 1) / (levels - 1))])];
    }

    /// <summary>How many pixels of each target superpixel lie in which leaves.</summary>
    private static List<(int Leaf, int Pixels)>[] Parts(Superpixels source, Superpixels target)
    {
        var counts = new Dictionary<int, int>[target.Count];
        for (int j = 0; j < counts.Length; j++) counts[j] = [];
        for (int y = 0; y < target.Height; y++)
            for (int x = 0; x < target.Width; x++)
            {
                // The source's pixel under the middle of the target's.
                int v = (2 * y + 1) * source.Height / (2 * target.Height),
                    u = (2 * x + 1) * source.Width / (2 * target.Width);
                var own = counts[target.Labels[y * target.Width + x]];
                int leaf = source.Labels[v * source.Width + u];
                own[leaf] = own.GetValueOrDefault(leaf) + 1;
            }
        return [.. counts.Select(own => own.Select(part => (part.Key, part.Value)).ToList())];
    }
}
