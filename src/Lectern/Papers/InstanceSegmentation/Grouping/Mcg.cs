// Multiscale Combinatorial Grouping: Arbeláez, Pont-Tuset, Barron, Marques and Malik, CVPR 2014; arXiv:1503.00848.
// Idea      Objects are at any scale, and seldom one region of one segmentation. So make hierarchies at several
//           scales on one set of superpixels, and try all small sets of neighbouring regions of each.
// Symbols   S_j superpixels; R_i regions of a coarser partition; t levels; K levels sampled; J overlap with an object
// Contours  χ² between the halves of discs, in Lab                          -> Contours
//           gradients of the vectors of a decimated normalised cut          -> SpectralContours
// Regions   basins of the contours, arcs in their own direction             -> Watershed
// Hierarchy the weakest arc first                                           -> RegionTree
// Align     S_j to arg max_i |S_j ∩ R_i|; max over levels of t · boundary   -> Alignment
// Combine   mean over scales, as a probability (Platt)                      -> Mcg.Group
// Group     regions, neighbouring pairs and triplets, from the top down     -> RegionTuples
// Choose    how many of each list: a Pareto front, learned                  -> ParetoSizes
// Rank      forest on cheap features, maximal marginal relevance            -> RegionFeatures, RegionPool
// Differs   local contours are of lightness and colour: no texture channel, no learned sparse codes. They and the
//           spectral ones are mixed with one weight, not with a learned one each. A superpixel's arc has its
//           direction from its own cracks, instead of from line segments fitted to it.
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>The hierarchies of a picture on one set of superpixels.</summary>
/// <param name="Superpixels">Of the picture at the largest scale.</param>
/// <param name="Scales">One a scale, aligned.</param>
/// <param name="Combined">Of all scales together.</param>
public sealed record McgHierarchies(Superpixels Superpixels, IReadOnlyList<RegionTree> Scales, RegionTree Combined)
{
    /// <summary>All of them, the combined one last.</summary>
    public IReadOnlyList<RegionTree> All => [.. Scales, Combined];
}

/// <summary>
/// Proposals of regions that may be objects. How contours become probabilities, how many candidates each list
/// gives and how they are ranked is learned by <see cref="Fit"/>; <see cref="Group"/> works without.
/// </summary>
/// <param name="settings">Its settings.</param>
public sealed class Mcg(McgSettings? settings = null)
{
    private (double Slope, double Offset) platt = (1, 0);
    private IReadOnlyList<int>? sizes;
    private RegressionForest? forest;

    /// <summary>Its settings.</summary>
    public McgSettings Settings { get; } = Checked(settings ?? new McgSettings());

    /// <summary>
    /// The choices of list sizes that no other was better than, and fewer; by rising number. Lists are those of
    /// the first hierarchy (one region, two, …), of the second, and so on. Empty before <see cref="Fit"/>.
    /// </summary>
    public IReadOnlyList<ListSizes> Front { get; private set; } = [];

    /// <summary>The hierarchies of a picture.</summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    public McgHierarchies Group(Tensor picture)
    {
        var (target, aligned) = Aligned(picture);
        return Combine(target, aligned);
    }

    /// <summary>Learns from pictures whose objects are known.</summary>
    /// <param name="pictures">RGB, uint8 or floating from 0 to 1: [3, H_i, W_i].</param>
    /// <param name="masks">What is seen of the objects of each: [G_i, H_i, W_i].</param>
    /// <returns>This.</returns>
    /// <exception cref="ArgumentException">There are no objects, or a picture has no masks.</exception>
    public Mcg Fit(IReadOnlyList<Tensor> pictures, IReadOnlyList<Tensor> masks)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(masks);
        if (pictures.Count != masks.Count || masks.Sum(of => of.shape[0]) == 0)
            throw new ArgumentException(
                $"{pictures.Count} pictures have masks each, and one object at least among them; given were "
                + $"{masks.Count} with {masks.Sum(of => of.shape[0])} objects.", nameof(masks));
        using var progress = Progress.Start("contours", pictures.Count);
        var grouped = pictures.Select(picture =>
        {
            var of = Aligned(picture);
            progress.Step();
            return of;
        }).ToArray();
        platt = Calibrate(pictures, masks, grouped);
        // By list and picture, the candidates of all lists being of the same superpixels.
        var pools = grouped.Select((of, i) => Lists(Combine(of.Target, of.Aligned), Size(pictures[i]), null)).ToArray();
        var overlaps = Enumerable.Range(0, pools[0].Count)
            .Select(list => pools.Select((lists, i) => lists[list].Pool.Overlaps(masks[i])).ToArray()).ToArray();
        Front = ParetoSizes.Learn(overlaps, Settings.Samples);
        sizes = (Front.LastOrDefault(one => one.Candidates <= Settings.Candidates) ?? Front[0]).Sizes;
        var (rows, values) = (new List<float[]>(), new List<float>());
        for (int i = 0; i < pictures.Count; i++)
        {
            var (pool, features) = Candidates(
                [.. pools[i].Select((list, r) => list.First(Math.Min(sizes[r], list.Pool.Count)))]);
            float[,] of = pool.Overlaps(masks[i]);
            rows.AddRange(features);
            values.AddRange(Enumerable.Range(0, pool.Count).Select(region =>
                Enumerable.Range(0, of.GetLength(0)).Select(g => of[g, region]).DefaultIfEmpty(0).Max()));
        }
        forest = RegressionForest.Fit(rows, values, Settings.Trees, seed: Settings.Seed);
        return this;
    }

    /// <summary>The proposals of a picture, the best first.</summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    /// <param name="grouped">What <see cref="Group"/> makes of it, where that is at hand.</param>
    /// <returns>Regions with their predicted overlaps as scores.</returns>
    /// <exception cref="InvalidOperationException">Nothing was learned yet.</exception>
    public RegionPool Propose(Tensor picture, McgHierarchies? grouped = null)
    {
        if (forest is null || sizes is null)
            throw new InvalidOperationException("Proposals are ranked by what was learned: call Fit before.");
        var (pool, features) = Candidates(Lists(grouped ?? Group(picture), Size(picture), sizes));
        double[] scores = [.. features.Select(row => forest.Predict(row))];
        pool = pool.Take([.. Enumerable.Range(0, pool.Count)], scores);
        return pool.Take(pool.Diversified(Settings.Proposals, Settings.Relevance));
    }

    /// <summary>What was learned, for <see cref="Restore"/>.</summary>
    /// <exception cref="InvalidOperationException">Nothing was learned yet.</exception>
    internal IEnumerable<(string Name, Tensor Value)> State() => forest is null || sizes is null
        ? throw new InvalidOperationException("There is nothing to keep before Fit.")
        :
        [
            ("contours", tensor([platt.Slope, platt.Offset])),
            ("sizes", tensor(sizes.Select(size => (long)size).ToArray())), ("forest", forest.State()),
        ];

    /// <summary>Takes what another one learned.</summary>
    internal void Restore(Func<string, Tensor> value)
    {
        double[] line = [.. value("contours").data<double>()];
        platt = (line[0], line[1]);
        sizes = [.. value("sizes").data<long>().Select(size => (int)size)];
        forest = RegressionForest.Of(value("forest"));
    }

    private static (int Height, int Width) Size(Tensor picture) => ((int)picture.shape[1], (int)picture.shape[2]);

    /// <summary>The superpixels of the largest scale, and the strengths of their arcs by each scale.</summary>
    private (Superpixels Target, double[][] Aligned) Aligned(Tensor picture)
    {
        using var scope = NewDisposeScope();
        var floats = picture.is_floating_point() ? picture : picture.to(float32) / 255;
        var trees = Settings.Scales.Select(scale =>
        {
            var (height, width) = Size(picture);
            var resized = Images.Resize(floats, Math.Max(1, (long)Math.Round(height * scale)), Math.Max(1, (long)Math.Round(width * scale)));
            var map = Contours.Of(resized, Settings.Contours);
            SpectralContours.Mix(map, Settings.Spectral);
            var regions = Watershed.Flood(map.Maximum(), map.Height, map.Width, Settings.Depth);
            return RegionTree.Merge(regions, Watershed.Strengths(regions, map));
        }).ToArray();
        var target = trees[Settings.Scales.Index().MaxBy(one => one.Item).Index].Superpixels;
        return (target, [.. trees.Select(tree => Alignment.Project(tree, target, Settings.Levels))]);
    }

    private McgHierarchies Combine(Superpixels target, double[][] aligned)
    {
        double[] means = [.. Enumerable.Range(0, target.Arcs.Count)
            .Select(arc => aligned.Average(scale => scale[arc]))];
        return new McgHierarchies(target, [.. aligned.Select(scale => RegionTree.Merge(target, scale))],
            RegionTree.Merge(target, [.. means.Select(s => 1 / (1 + Math.Exp(-platt.Slope * s - platt.Offset)))]));
    }

    /// <summary>
    /// Platt's sigmoid of the mean strength: how likely an arc lies between two objects, or one and the ground.
    /// </summary>
    private static (double, double) Calibrate(IReadOnlyList<Tensor> pictures, IReadOnlyList<Tensor> masks,
        IReadOnlyList<(Superpixels Target, double[][] Aligned)> grouped)
    {
        using var scope = NewDisposeScope();
        var (strengths, labels) = (new List<double>(), new List<long>());
        for (int i = 0; i < grouped.Count; i++)
        {
            var (target, aligned) = grouped[i];
            var single = RegionPool.Of(
                target, [.. Enumerable.Range(0, target.Count).Select(j => (IReadOnlyList<int>)[j])]);
            int[] owners = Owners(single, Images.Resize(masks[i].to(float32), target.Height, target.Width, InterpolationMode.Nearest));
            for (int arc = 0; arc < target.Arcs.Count; arc++)
            {
                strengths.Add(aligned.Average(scale => scale[arc]));
                labels.Add(owners[target.Arcs[arc].A] != owners[target.Arcs[arc].B] ? 1 : 0);
            }
        }
        var fit = LogisticRegression.Fit(tensor(strengths.ToArray()).unsqueeze(1), tensor(labels.ToArray()), 2);
        double Against(Tensor of) => of[1].item<double>() - of[0].item<double>();
        // Stronger contours never become less likely, whatever a few pictures say.
        return (Math.Max(1e-3, Against(fit.Weight[0])), Against(fit.Bias));
    }

    /// <summary>The object that most of each superpixel is, -1 for the ground.</summary>
    private static int[] Owners(RegionPool single, Tensor masks)
    {
        int[] owners = new int[single.Count];
        Array.Fill(owners, -1);
        byte[] inside = (masks != 0).contiguous().bytes.ToArray();
        for (int g = 0; g < masks.shape[0]; g++)
        {
            int[] shared = new int[single.Count];
            for (int pixel = 0; pixel < single.Superpixels.Length; pixel++)
                shared[single.Superpixels[pixel]] += inside[g * single.Superpixels.Length + pixel];
            for (int j = 0; j < owners.Length; j++)
                if (2 * shared[j] > single.Area(j)) owners[j] = g;
        }
        return owners;
    }

    /// <summary>A ranked list of sets of one hierarchy.</summary>
    private sealed record Ranked(RegionTree Tree, IReadOnlyList<int[]> Sets, RegionPool Pool)
    {
        internal Ranked First(int count) =>
            new(Tree, [.. Sets.Take(count)], Pool.Take([.. Enumerable.Range(0, count)]));
    }

    private List<Ranked> Lists(McgHierarchies of, (int Height, int Width) size, IReadOnlyList<int>? lengths)
    {
        int[] labels = of.Superpixels.Resized(size.Height, size.Width);
        var lists = new List<Ranked>();
        foreach (var tree in of.All)
            for (int members = 1; members <= Settings.Members; members++)
            {
                var sets = RegionTuples.Of(tree, members, lengths is null ? Settings.ListLength : lengths[lists.Count]);
                lists.Add(new Ranked(tree, sets, new RegionPool(
                    size.Height, size.Width, labels, [.. sets.Select(set => Union(tree, set))])));
            }
        return lists;
    }

    private static ulong[] Union(RegionTree tree, int[] set)
    {
        ulong[] union = [.. tree.Members(set[0])];
        foreach (int node in set.Skip(1)) union.AddAll(tree.Members(node));
        return union;
    }

    /// <summary>What lists have together, without duplicates, and the features of each.</summary>
    private (RegionPool Pool, float[][] Features) Candidates(IReadOnlyList<Ranked> lists)
    {
        var all = lists[0].Pool.With([.. lists.Skip(1).Select(list => list.Pool)]);
        var sources = lists.SelectMany(list => list.Sets.Select(set => (list.Tree, Set: set))).ToArray();
        var contours = lists.Select(list => list.Tree).Distinct().ToDictionary(tree => tree, tree => tree.Contours());
        int[] kept = all.Distinct(Settings.Duplicate);
        return (all.Take(kept), [.. kept.Select(region =>
        {
            var (tree, set) = sources[region];
            return RegionFeatures.Of(tree, contours[tree], set, Union(tree, set));
        })]);
    }

    private static McgSettings Checked(McgSettings settings)
    {
        if (settings.Scales.Count == 0 || settings.Scales.Any(scale => !(scale > 0)))
            throw new ArgumentException(
                $"Scales are above 0, and there is one; given were [{string.Join(", ", settings.Scales)}].",
                nameof(settings));
        if (settings.Members is < 1 or > 4 || settings.ListLength < 1 || settings.Proposals < 1)
            throw new ArgumentException(
                $"Sets have 1 to 4 regions, lists and proposals at least one; given were {settings.Members}, "
                + $"{settings.ListLength} and {settings.Proposals}.", nameof(settings));
        return settings;
    }
}
