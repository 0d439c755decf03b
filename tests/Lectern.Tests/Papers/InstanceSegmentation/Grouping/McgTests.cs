using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class McgTests
{
    private static readonly ShapeSettings Pictures = new(64, 64, 2, 4) { SmallestRadius = 0.14 };

    private static readonly McgSettings Small =
        McgSettings.Small with { ListLength = 300, Candidates = 600, Proposals = 100 };

    private static readonly Lazy<Mcg> Shared = new(() => Learned(Small));

    private static Mcg Learned(McgSettings settings)
    {
        var scenes = Shapes.Draw(8, 1, Pictures);
        return new Mcg(settings)
            .Fit([.. scenes.Select(scene => scene.Picture)], [.. scenes.Select(scene => scene.Masks)]);
    }

    /// <summary>The best overlap that each object finds among the first proposals, the objects' mean.</summary>
    private static double Achievable(Mcg mcg, IReadOnlyList<ShapeScene> scenes, int most) => scenes.SelectMany(scene =>
    {
        var pool = mcg.Propose(scene.Picture);
        float[,] overlaps = pool.Overlaps(scene.Masks);
        return Enumerable.Range(0, overlaps.GetLength(0)).Select(g =>
            Enumerable.Range(0, Math.Min(most, pool.Count)).Max(region => overlaps[g, region]));
    }).Average();

    [Fact]
    public void Proposals_cover_shapes_that_were_not_learned_from_better_than_one_scale_and_better_than_boxes()
    {
        var scenes = Shapes.Draw(10, 2, Pictures);
        var all = Shared.Value;
        double many = Achievable(all, scenes, 100), few = Achievable(all, scenes, 10);
        double single = Achievable(Learned(Small with { Scales = [1] }), scenes, 100);
        double boxes = scenes.SelectMany(scene => RleMask.OfEach(scene.Masks)).Average(mask =>
            mask.Area / (double)((mask.Bounds.X2 - mask.Bounds.X1) * (mask.Bounds.Y2 - mask.Bounds.Y1)));
        Assert.True(many > 0.8, $"{many:0.000} of 100 proposals");
        Assert.True(many > single + 0.02, $"{many:0.000}, with one scale {single:0.000}");
        Assert.True(many > boxes + 0.1, $"{many:0.000}, of the objects' own boxes {boxes:0.000}");
        Assert.True(few > 0.5, $"{few:0.000} of 10 proposals");
    }

    [Fact]
    public void Hierarchies_share_superpixels_and_proposals_are_ranked_and_distinct()
    {
        var scene = Shapes.DrawOne(3, 1, Pictures);
        var mcg = Shared.Value;
        var of = mcg.Group(scene.Picture);
        Assert.Equal((128, 128), (of.Superpixels.Height, of.Superpixels.Width));
        Assert.Equal(4, of.All.Count);
        Assert.All(of.All, tree => Assert.Same(of.Superpixels, tree.Superpixels));
        // The combined levels are probabilities.
        Assert.InRange(of.Combined.Level(of.Combined.Nodes - 1), 0.5, 1);
        var pool = mcg.Propose(scene.Picture);
        Assert.Equal((64, 64), (pool.Height, pool.Width));
        Assert.InRange(pool.Count, 20, 100);
        Assert.Equal(pool.Count, pool.Distinct(0.95).Length);
        Assert.Equal(pool.Scores.Max(), pool.Scores[0]);
        // The same seed, the same numbers.
        var again = Learned(Small).Propose(scene.Picture);
        Assert.Equal(pool.Scores, again.Scores);
        Fixture.Agree(pool.Masks(), again.Masks(), 0, "the regions");
        Assert.Equal(pool.Scores, mcg.Propose(scene.Picture, of).Scores);
    }

    [Fact]
    public void Pairs_and_triplets_find_what_single_regions_do_not()
    {
        // Both without a limit: a subset of the candidates finds no more.
        var scenes = Shapes.Draw(6, 4, Pictures);
        double[] quality = [.. new[] { 1, 2, 3 }.Select(members => new Mcg(Small with { Members = members, Trees = 1 })
            .Fit([.. scenes.Select(scene => scene.Picture)], [.. scenes.Select(scene => scene.Masks)])
            .Front[^1].Quality)];
        Assert.True(quality[1] > quality[0] + 0.005, $"singles {quality[0]:0.000}, with pairs {quality[1]:0.000}");
        Assert.True(quality[2] > quality[1], $"with pairs {quality[1]:0.000}, with triplets {quality[2]:0.000}");
    }

    [Fact]
    public void What_is_not_learned_or_does_not_fit_is_said()
    {
        var picture = zeros(3, 16, 16);
        Assert.Contains("call Fit before",
            Assert.Throws<InvalidOperationException>(() => new Mcg().Propose(picture)).Message);
        Assert.Contains("0 objects",
            Assert.Throws<ArgumentException>(() => new Mcg().Fit([picture], [zeros(0, 16, 16)])).Message);
        Assert.Throws<ArgumentException>(() => new Mcg(new McgSettings { Members = 5 }));
        Assert.Throws<ArgumentException>(() => new Mcg(new McgSettings { Scales = [0] }));
        // Nothing to see is one superpixel, the whole picture; with the paper's settings a scene is more.
        Assert.Equal(1, new Mcg().Group(picture).Superpixels.Count);
        Assert.InRange(new Mcg().Group(Shapes.DrawOne(3, 1, Pictures).Picture).Superpixels.Count, 5, 500);
    }
}
