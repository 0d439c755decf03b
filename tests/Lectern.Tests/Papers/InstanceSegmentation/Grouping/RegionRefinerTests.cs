using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class RegionRefinerTests
{
    /// <summary>Superpixels of 4×4 pixels.</summary>
    private static Superpixels Blocks(int rows, int columns) => new(4 * rows, 4 * columns,
        [.. Enumerable.Range(0, 16 * rows * columns)
            .Select(i => i / (4 * columns) / 4 * columns + i % (4 * columns) / 4)]);

    [Fact]
    public void A_coarse_mask_of_ones_fills_what_lies_in_the_grown_box_and_nothing_else()
    {
        // The region is rows 1 and 2, columns 1 … 3: pixels 4 … 12 down and 4 … 16 across.
        var pool = RegionPool.Of(Blocks(4, 6), [[7, 8, 9, 13, 14, 15]]);
        var refiner = new RegionRefiner(1, new RefinementSettings { Growth = 0.25 });
        Fixture.Agree(tensor(new[] { 1f, 2, 19, 14 }).view(1, 4), refiner.Grown(pool), 1e-6, "the box");
        double[,] filled = refiner.Filled(pool, ones(1, 10, 10));
        for (int superpixel = 0; superpixel < 24; superpixel++)
        {
            int down = Math.Min(14, 4 * (superpixel / 6) + 4) - Math.Max(2, 4 * (superpixel / 6));
            int across = Math.Min(19, 4 * (superpixel % 6) + 4) - Math.Max(1, 4 * (superpixel % 6));
            Assert.Equal(Math.Max(0, down) * Math.Max(0, across) / 16.0, filled[0, superpixel], 1e-9);
            if (pool.Holds(0, superpixel)) Assert.Equal(1, filled[0, superpixel], 1e-9);
        }
        // Cells of a picture that rises to the right: the mean over the pixels of each.
        var columns = arange(10, float32).expand(1, 10, 10);
        Assert.Equal(Enumerable.Range(8, 4).Average(x => Math.Floor((x + 0.5 - 1) / 1.8)),
            refiner.Filled(pool, columns)[0, 8], 1e-9);
    }

    [Fact]
    public void Objects_that_are_their_regions_teach_to_leave_regions_as_they_are()
    {
        var superpixels = Blocks(6, 6);
        double[] u = Formula.Uniform("same", 40 * 4);
        IReadOnlyList<int>[] regions = [.. Enumerable.Range(0, 40).Select(r => (IReadOnlyList<int>)
            [.. Enumerable.Range(0, 36).Where(s => s / 6 >= (int)(3 * u[4 * r]) && s / 6 <= 3 + (int)(3 * u[4 * r + 1])
                && s % 6 >= (int)(3 * u[4 * r + 2]) && s % 6 <= 3 + (int)(3 * u[4 * r + 3]))])];
        var pool = RegionPool.Of(superpixels, regions);
        var refiner = new RegionRefiner(2, new RefinementSettings { LeastArea = 8 });
        int[] labels = [.. Enumerable.Repeat(2, 40)];
        var features = zeros(40, 3);
        Fixture.Agree(pool.Masks(), refiner.Refine(pool, labels, features), 0, "what was not learned");
        refiner.Fit([new NearRegions(pool, features, pool.Masks(), [.. labels.Select(label => (long)label)])]);
        Fixture.Agree(pool.Masks(), refiner.Refine(pool, labels, features), 0, "what was learned");
        var coarse = refiner.Coarse(pool, labels, features);
        Assert.Equal([40, 10, 10], coarse.shape);
        // Regions are boxes here: their own cells are full.
        Assert.True(coarse[TensorIndex.Colon, 3, 4].min().item<double>() > 0.9);
    }

    [Fact]
    public void A_part_that_is_always_missed_is_added_and_one_that_is_never_the_objects_is_taken_away()
    {
        // Objects are 3 × 3 superpixels; regions lack the lower left and have one too many at the upper right.
        var superpixels = Blocks(8, 8);
        var (regions, truth) = (new List<IReadOnlyList<int>>(), new List<Tensor>());
        for (int y = 1; y < 5; y++)
            for (int x = 0; x < 4; x++)
            {
                int[] whole = [.. Enumerable.Range(0, 9).Select(i => (y + i / 3) * 8 + x + i % 3)];
                truth.Add(RegionPool.Of(superpixels, [whole]).Masks()[0]);
                regions.Add([.. whole.Where(s => s != (y + 2) * 8 + x), y * 8 + x + 3]);
            }
        var pool = RegionPool.Of(superpixels, regions);
        var objects = stack(truth);
        double Overlap(Tensor masks) =>
            RleMask.OfEach(masks).Zip(RleMask.OfEach(objects)).Average(pair => pair.First.Iou(pair.Second));
        Assert.Equal(0.8, Overlap(pool.Masks()), 1e-9);
        var refiner = new RegionRefiner(1, new RefinementSettings { LeastArea = 8, Coarse = 1 });
        var features = zeros(16, 1);
        refiner.Fit([new NearRegions(pool, features, objects, [.. Enumerable.Repeat(1L, 16)])]);
        double after = Overlap(refiner.Refine(pool, [.. Enumerable.Repeat(1, 16)], features));
        Assert.True(after > 0.95, $"The overlap is {after:0.000}.");
    }

    [Fact]
    public void What_cannot_be_learned_is_said()
    {
        var pool = RegionPool.Of(Blocks(4, 4), [[5, 6]]);
        var near = new NearRegions(pool, zeros(1, 2), pool.Masks(), [1]);
        Assert.Contains("no superpixel of more than 100 pixels",
            Assert.Throws<ArgumentException>(() => new RegionRefiner(1).Fit([near])).Message);
        Assert.Contains("1 regions have features",
            Assert.Throws<ArgumentException>(() => new RegionRefiner(1).Fit([near with { Labels = [] }])).Message);
    }
}
