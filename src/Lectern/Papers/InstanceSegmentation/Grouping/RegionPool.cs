namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Regions of a picture, each a set of its superpixels.</summary>
public sealed class RegionPool
{
    private readonly int[] labels;
    private readonly ulong[][] members;
    private readonly int[] areas;

    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="labels">The superpixel of each pixel, row by row.</param>
    /// <param name="members">The superpixels of each region, a bit each.</param>
    /// <param name="scores">How good each region is thought to be; null: all 0.</param>
    internal RegionPool(int height, int width, int[] labels, ulong[][] members, double[]? scores = null)
    {
        (Height, Width, this.labels, this.members) = (height, width, labels, members);
        Scores = scores ?? new double[members.Length];
        SuperpixelAreas = new int[labels.Max() + 1];
        foreach (int label in labels) SuperpixelAreas[label]++;
        // Superpixels that no pixel of the picture is left of have numbers too.
        if (members.Length > 0 && SuperpixelAreas is var own && own.Length < 64 * members[0].Length)
        {
            Array.Resize(ref own, 64 * members[0].Length);
            SuperpixelAreas = own;
        }
        areas = [.. members.Select(set => SuperpixelSets.Sum(set, SuperpixelAreas))];
    }

    /// <summary>
    /// Regions that are given by the superpixels of each, as other systems make them (selective search, say).
    /// </summary>
    /// <param name="superpixels">The superpixels.</param>
    /// <param name="regions">Their numbers, of each region.</param>
    /// <param name="scores">How good each region is thought to be; null: all 0.</param>
    /// <exception cref="ArgumentException">A number is no superpixel's, or scores are missing.</exception>
    public static RegionPool Of(
        Superpixels superpixels, IReadOnlyList<IReadOnlyList<int>> regions, IReadOnlyList<double>? scores = null)
    {
        ArgumentNullException.ThrowIfNull(superpixels);
        ArgumentNullException.ThrowIfNull(regions);
        if (scores is not null && scores.Count != regions.Count)
            throw new ArgumentException(
                $"{regions.Count} regions have a score each; given were {scores.Count}.", nameof(scores));
        var members = regions.Select(region =>
        {
            ulong[] set = SuperpixelSets.Empty(superpixels.Count);
            foreach (int superpixel in region)
            {
                if ((uint)superpixel >= (uint)superpixels.Count)
                    throw new ArgumentException(
                        $"A region has superpixel {superpixel}; there are 0 to {superpixels.Count - 1}.",
                        nameof(regions));
                set.Add(superpixel);
            }
            return set;
        }).ToArray();
        return new RegionPool(
            superpixels.Height, superpixels.Width, superpixels.Labels.ToArray(), members,
            scores is null ? null : [.. scores]);
    }

    /// <summary>Rows of the picture.</summary>
    public int Height { get; }

    /// <summary>Columns of the picture.</summary>
    public int Width { get; }

    /// <summary>How many regions.</summary>
    public int Count => members.Length;

    /// <summary>How good each region is thought to be.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>The superpixel of each pixel, row by row: [H · W].</summary>
    public ReadOnlySpan<int> Superpixels => labels;

    /// <summary>Pixels of each superpixel; 0 for numbers that no pixel has.</summary>
    internal int[] SuperpixelAreas { get; }

    /// <summary>Whether a superpixel belongs to a region.</summary>
    public bool Holds(int region, int superpixel) => members[region].Holds(superpixel);

    /// <summary>Pixels of a region.</summary>
    public int Area(int region) => areas[region];

    /// <summary>Pixels of two regions together over those of either: intersection over union.</summary>
    public double Jaccard(int a, int b)
    {
        ulong[] one = members[a], other = members[b];
        Span<ulong> both = stackalloc ulong[one.Length <= 512 ? one.Length : 0];
        if (both.Length != one.Length) both = new ulong[one.Length];
        for (int word = 0; word < one.Length; word++) both[word] = one[word] & other[word];
        int common = SuperpixelSets.Sum(both, SuperpixelAreas);
        return common == 0 ? 0 : common / (double)(areas[a] + areas[b] - common);
    }

    /// <summary>The overlap (intersection over union) of each region with each mask.</summary>
    /// <param name="masks">Of the picture's size, inside where not 0: [G, H, W].</param>
    /// <returns>[G, regions]. Time O(G · (pixels + regions · superpixels)).</returns>
    /// <exception cref="ArgumentException">The masks are not of the picture's size.</exception>
    public float[,] Overlaps(Tensor masks)
    {
        if (masks.dim() != 3 || masks.shape[1] != Height || masks.shape[2] != Width)
            throw new ArgumentException(
                $"Masks are [G, {Height}, {Width}]; given were [{string.Join(", ", masks.shape)}].", nameof(masks));
        byte[] inside;
        using (NewDisposeScope()) inside = (masks.detach() != 0).cpu().contiguous().bytes.ToArray();
        int objects = (int)masks.shape[0];
        float[,] overlaps = new float[objects, Count];
        int[] shared = new int[SuperpixelAreas.Length];
        for (int g = 0; g < objects; g++)
        {
            Array.Clear(shared);
            int own = 0;
            for (int pixel = 0; pixel < labels.Length; pixel++)
            {
                if (inside[g * labels.Length + pixel] == 0) continue;
                shared[labels[pixel]]++;
                own++;
            }
            for (int region = 0; region < Count; region++)
            {
                int common = SuperpixelSets.Sum(members[region], shared);
                overlaps[g, region] = common == 0 ? 0 : common / (float)(own + areas[region] - common);
            }
        }
        return overlaps;
    }

    /// <summary>Some of the regions, in the order that is given.</summary>
    /// <param name="regions">Their numbers.</param>
    /// <param name="scores">Their scores; null: those that they had.</param>
    public RegionPool Take(IReadOnlyList<int> regions, IReadOnlyList<double>? scores = null) => new(
        Height, Width, labels, [.. regions.Select(region => members[region])],
        [.. scores ?? regions.Select(region => Scores[region])]);

    /// <summary>These regions and those of other pools on the same superpixels.</summary>
    internal RegionPool With(IReadOnlyList<RegionPool> others) => new(Height, Width, labels,
        [.. members, .. others.SelectMany(pool => pool.members)],
        [.. Scores, .. others.SelectMany(pool => pool.Scores)]);

    /// <summary>
    /// The regions without those that are nearly another: a region goes if its overlap with one before it that
    /// stays is above a threshold, or if it has no pixels.
    /// </summary>
    /// <returns>Numbers of those that stay, ascending.</returns>
    public int[] Distinct(double overlap = 0.95)
    {
        var kept = new List<int>();
        for (int region = 0; region < Count; region++)
        {
            int area = areas[region];
            // Where one is so much larger, the overlap cannot be above the threshold.
            if (area > 0 && !kept.Any(other => Math.Min(area, areas[other]) > overlap * Math.Max(area, areas[other])
                && Jaccard(region, other) > overlap))
                kept.Add(region);
        }
        return [.. kept];
    }

    /// <summary>
    /// Regions by maximal marginal relevance (Carbonell and Goldstein 1998): next comes the one for which
    /// λ · score - (1 - λ) · (its largest overlap with those before) is largest.
    /// </summary>
    /// <param name="most">How many to take.</param>
    /// <param name="relevance">λ: what the score counts; with 1, regions come by their scores.</param>
    /// <returns>Their numbers. Time O(most · regions · superpixels).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The relevance is not between 0 and 1.</exception>
    public int[] Diversified(int most, double relevance = 0.7)
    {
        if (relevance is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(relevance), relevance, "What the score counts is from 0 to 1.");
        double[] nearest = new double[Count];
        bool[] taken = new bool[Count];
        int[] order = new int[Math.Min(most, Count)];
        for (int rank = 0; rank < order.Length; rank++)
        {
            var (best, value) = (-1, double.NegativeInfinity);
            for (int region = 0; region < Count; region++)
                if (!taken[region] && relevance * Scores[region] - (1 - relevance) * nearest[region] is var own
                    && (best < 0 || own > value))
                    (best, value) = (region, own);
            taken[best] = true;
            order[rank] = best;
            if (relevance < 1)
                for (int region = 0; region < Count; region++)
                    if (!taken[region]) nearest[region] = Math.Max(nearest[region], Jaccard(region, best));
        }
        return order;
    }

    /// <summary>The regions as tables of pixels.</summary>
    /// <returns>bool [N, H, W].</returns>
    public Tensor Masks()
    {
        bool[] masks = new bool[Count * labels.Length];
        for (int region = 0; region < Count; region++)
            for (int pixel = 0; pixel < labels.Length; pixel++)
                masks[region * labels.Length + pixel] = Holds(region, labels[pixel]);
        return tensor(masks, [Count, Height, Width]);
    }

    /// <summary>The box around each region.</summary>
    /// <returns>xyxy in pixels: float32 [N, 4].</returns>
    public Tensor Boxes()
    {
        var own = new (int X1, int Y1, int X2, int Y2)[SuperpixelAreas.Length];
        Array.Fill(own, (Width, Height, 0, 0));
        for (int pixel = 0; pixel < labels.Length; pixel++)
            own[labels[pixel]] = Around(own[labels[pixel]],
                (pixel % Width, pixel / Width, pixel % Width + 1, pixel / Width + 1));
        float[] corners = new float[4 * Count];
        for (int region = 0; region < Count; region++)
        {
            var box = (X1: Width, Y1: Height, X2: 0, Y2: 0);
            for (int superpixel = 0; superpixel < own.Length; superpixel++)
                if (Holds(region, superpixel)) box = Around(box, own[superpixel]);
            if (box.X2 == 0) box = (0, 0, 0, 0);
            (corners[4 * region], corners[4 * region + 1], corners[4 * region + 2], corners[4 * region + 3]) = box;
        }
        return tensor(corners, [Count, 4]);
    }

    /// <summary>The box around two.</summary>
    internal static (int X1, int Y1, int X2, int Y2) Around(
        (int X1, int Y1, int X2, int Y2) a, (int X1, int Y1, int X2, int Y2) b) =>
        (Math.Min(a.X1, b.X1), Math.Min(a.Y1, b.Y1), Math.Max(a.X2, b.X2), Math.Max(a.Y2, b.Y2));
}
