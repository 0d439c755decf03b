namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// What a set of regions looks like, cheaply: its size, shape and place, and the contours around and within it
/// (Arbeláez et al. 2014).
/// </summary>
internal static class RegionFeatures
{
    /// <summary>The features of a set.</summary>
    /// <param name="tree">The hierarchy that its regions are of.</param>
    /// <param name="contours">The hierarchy's contours, an arc each.</param>
    /// <param name="nodes">The regions.</param>
    /// <param name="members">Their superpixels.</param>
    /// <returns>Lengths are in sides of a square as large as the picture. Time O(arcs).</returns>
    internal static float[] Of(RegionTree tree, double[] contours, int[] nodes, ulong[] members)
    {
        var of = tree.Superpixels;
        double picture = of.Height * of.Width, side = Math.Sqrt(picture);
        double area = SuperpixelSets.Sum(members, of.Areas) / picture;
        double perimeter = SuperpixelSets.Sum(members, of.Borders), strength = 0, cracks = 0;
        for (int i = 0; i < contours.Length; i++)
        {
            var arc = of.Arcs[i];
            if (members.Holds(arc.A) == members.Holds(arc.B)) continue;
            cracks += arc.Cracks.Count;
            strength += contours[i] * arc.Cracks.Count;
        }
        double mean = strength / Math.Max(1, cracks);
        (perimeter, strength) = ((perimeter + cracks) / side, strength / side);
        var box = (X1: of.Width, Y1: of.Height, X2: 0, Y2: 0);
        for (int superpixel = 0; superpixel < of.Count; superpixel++)
            if (members.Holds(superpixel)) box = RegionPool.Around(box, of.Boxes[superpixel]);
        double width = (box.X2 - box.X1) / side, height = (box.Y2 - box.Y1) / side;
        int[] parts = [.. nodes.Select(node => SuperpixelSets.Sum(tree.Members(node), of.Areas))];
        double[] born = [.. nodes.Select(tree.Level)];
        // The whole picture, which never goes, counts as gone with the last merger.
        double[] gone = [.. nodes.Select(node => Math.Min(tree.Disappears(node), tree.Level(tree.Nodes - 1)))];
        return
        [
            .. ((double[])[
                area, perimeter, width * height,
                (box.X1 + box.X2) / (2.0 * of.Width), (box.Y1 + box.Y2) / (2.0 * of.Height), Math.Log(width / height),
                parts.Min() / (double)parts.Max(), perimeter / Math.Sqrt(area), strength / Math.Sqrt(area),
                area / (width * height), strength, mean, born.Min(), born.Max(), gone.Min(), gone.Max(),
            ]).Select(value => (float)value),
        ];
    }
}
