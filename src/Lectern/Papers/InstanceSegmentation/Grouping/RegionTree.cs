namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// A hierarchy of regions: superpixels are merged two at a time, the pair with the weakest contour between it
/// first. Node n &lt; <see cref="Leaves"/> is superpixel n; the last is the whole picture.
/// </summary>
/// <remarks>
/// The level at which two superpixels come together is an ultrametric: drawn on the arcs, the levels are an
/// ultrametric contour map (Arbeláez 2006), and any threshold of it leaves closed regions.
/// </remarks>
public sealed class RegionTree
{
    private readonly int[] parents;
    private readonly (int Left, int Right)[] children;
    private readonly double[] levels;
    private readonly ulong[][] members;

    private RegionTree(Superpixels superpixels, int[] parents, (int, int)[] children, double[] levels)
    {
        (Superpixels, this.parents, this.children, this.levels) = (superpixels, parents, children, levels);
        members = new ulong[Nodes][];
        for (int node = 0; node < Nodes; node++)
        {
            members[node] = SuperpixelSets.Empty(Leaves);
            if (node < Leaves)
            {
                members[node].Add(node);
                continue;
            }
            var (left, right) = children[node - Leaves];
            members[node].AddAll(members[left]);
            members[node].AddAll(members[right]);
        }
    }

    /// <summary>Merges superpixels to the whole picture.</summary>
    /// <param name="superpixels">The leaves, which hang together by their arcs.</param>
    /// <param name="strengths">Of each arc.</param>
    /// <returns>
    /// The tree. What lies between a merged region and another is as strong as the mean over the cracks, and no
    /// merger is at a lower level than the one before. Time O(arcs · log).
    /// </returns>
    /// <exception cref="ArgumentException">There is not a strength an arc, or the regions fall apart.</exception>
    public static RegionTree Merge(Superpixels superpixels, IReadOnlyList<double> strengths)
    {
        ArgumentNullException.ThrowIfNull(superpixels);
        ArgumentNullException.ThrowIfNull(strengths);
        if (strengths.Count != superpixels.Arcs.Count)
            throw new ArgumentException(
                $"{superpixels.Arcs.Count} arcs have a strength each; given were {strengths.Count}.",
                nameof(strengths));
        int leaves = superpixels.Count;
        int[] parents = new int[2 * leaves - 1];
        Array.Fill(parents, -1);
        var children = new (int, int)[leaves - 1];
        double[] levels = new double[2 * leaves - 1];
        // The sum of strengths and the number of cracks towards each neighbour.
        var beside = new Dictionary<int, (double Sum, int Length)>[2 * leaves - 1];
        for (int leaf = 0; leaf < leaves; leaf++) beside[leaf] = [];
        var weakest = new PriorityQueue<(int A, int B), (double, int, int)>();
        for (int i = 0; i < strengths.Count; i++)
        {
            var arc = superpixels.Arcs[i];
            beside[arc.A][arc.B] = beside[arc.B][arc.A] = (strengths[i] * arc.Cracks.Count, arc.Cracks.Count);
            weakest.Enqueue((arc.A, arc.B), (strengths[i], arc.A, arc.B));
        }
        double level = 0;
        for (int node = leaves; node < parents.Length;)
        {
            if (!weakest.TryDequeue(out var pair, out var key))
                throw new ArgumentException(
                    "The superpixels do not hang together: some touch no other; regions of one picture do.",
                    nameof(superpixels));
            if (parents[pair.A] >= 0 || parents[pair.B] >= 0) continue;
            parents[pair.A] = parents[pair.B] = node;
            children[node - leaves] = pair;
            levels[node] = level = Math.Max(level, key.Item1);          // means of none weaker are weaker by rounding only
            var own = beside[node] = beside[pair.A];
            foreach (var (other, edge) in beside[pair.B])
                own[other] = own.TryGetValue(other, out var known)
                    ? (known.Sum + edge.Sum, known.Length + edge.Length) : edge;
            own.Remove(pair.A);
            own.Remove(pair.B);
            foreach (var (other, edge) in own)
            {
                beside[other].Remove(pair.A);
                beside[other].Remove(pair.B);
                beside[other][node] = edge;
                weakest.Enqueue((other, node), (edge.Sum / edge.Length, other, node));
            }
            node++;
        }
        return new RegionTree(superpixels, parents, children, levels);
    }

    /// <summary>The leaves.</summary>
    public Superpixels Superpixels { get; }

    /// <summary>How many superpixels.</summary>
    public int Leaves => Superpixels.Count;

    /// <summary>How many regions, from superpixels to the whole: 2 · leaves - 1.</summary>
    public int Nodes => parents.Length;

    /// <summary>The region that a region is merged into; -1 for the whole.</summary>
    public int Parent(int node) => parents[node];

    /// <summary>The two regions that a region is of, which is no leaf.</summary>
    public (int Left, int Right) Children(int node) => children[node - Leaves];

    /// <summary>The strength at which a region comes to be: 0 for a leaf.</summary>
    public double Level(int node) => levels[node];

    /// <summary>The strength at which a region is merged away; without end for the whole.</summary>
    public double Disappears(int node) => parents[node] < 0 ? double.PositiveInfinity : levels[parents[node]];

    /// <summary>The superpixels of a region, a bit each.</summary>
    internal ulong[] Members(int node) => members[node];

    /// <summary>The level at which two regions are in one: that of their lowest common ancestor.</summary>
    public double Meeting(int a, int b)
    {
        // Parents have larger numbers than their children.
        while (a != b)
            if (a < b) a = parents[a];
            else b = parents[b];
        return levels[a];
    }

    /// <summary>The levels of the arcs, an ultrametric contour map: one an arc of the superpixels.</summary>
    public double[] Contours() => [.. Superpixels.Arcs.Select(arc => Meeting(arc.A, arc.B))];

    /// <summary>The partition that is left where contours below a threshold are taken away.</summary>
    /// <param name="threshold">Contours at it or above stay.</param>
    /// <returns>The region of each superpixel, numbered from 0 by the first superpixel.</returns>
    public int[] Cut(double threshold)
    {
        int[] tops = new int[Nodes], numbers = new int[Nodes], regions = new int[Leaves];
        for (int node = Nodes - 1; node >= 0; node--)
            tops[node] = parents[node] >= 0 && levels[parents[node]] < threshold ? tops[parents[node]] : node;
        Array.Fill(numbers, -1);
        int count = 0;
        for (int leaf = 0; leaf < Leaves; leaf++)
        {
            ref int number = ref numbers[tops[leaf]];
            if (number < 0) number = count++;
            regions[leaf] = number;
        }
        return regions;
    }

    /// <summary>The ultrametric contour map on the pixels and the cracks between them.</summary>
    /// <returns>
    /// float32 [2 H - 1, 2 W - 1]: pixels are at even rows and columns, and 0; where four pixels meet, the
    /// strongest of the four cracks counts.
    /// </returns>
    public Tensor Map()
    {
        int height = 2 * Superpixels.Height - 1, width = 2 * Superpixels.Width - 1;
        float[] map = new float[height * width];
        double[] contours = Contours();
        for (int i = 0; i < contours.Length; i++)
            foreach (int crack in Superpixels.Arcs[i].Cracks)
            {
                int y = 2 * (crack / 2 / Superpixels.Width) + crack % 2,
                    x = 2 * (crack / 2 % Superpixels.Width) + 1 - crack % 2;
                map[y * width + x] = (float)contours[i];
            }
        for (int y = 1; y < height; y += 2)
            for (int x = 1; x < width; x += 2)
                map[y * width + x] = Math.Max(
                    Math.Max(map[(y - 1) * width + x], map[(y + 1) * width + x]),
                    Math.Max(map[y * width + x - 1], map[y * width + x + 1]));
        return tensor(map, [height, width]);
    }
}
