using Lectern.Tests.Graphs;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class RegionPoolingTests
{
    // f(y, x) = x + 10 y on 16×16.
    private static readonly Tensor Ramp =
        arange(16, float64).view(1, 1, 1, 16) + 10 * arange(16, float64).view(1, 1, 16, 1);

    private static Tensor Region(params double[] box) => tensor([0, .. box]).view(1, 5);

    private static double[] Values(Tensor pooled) => [.. pooled.contiguous().data<double>()];

    [Fact]
    public void Reference_values_of_a_ramp_are_met()
    {
        var region = Region(2, 3, 10, 9);
        Assert.Equal([49, 53, 79, 83], Values(RoiAlign.Pool(Ramp, region, (2, 2), 1, 2)));
        Assert.Equal([43.5, 47.5, 73.5, 77.5],
            Values(RoiAlign.Pool(Ramp, region, (2, 2), 1, 2, aligned: true)));
        Assert.Equal([66, 70, 96, 100], Values(RoiPool.Pool(Ramp, region, (2, 2))));
        var small = Region(4, 4, 4.2, 4.2);
        Assert.Equal(49.5, Values(RoiAlign.Pool(Ramp, small, (1, 1), 1, 2))[0], 9);
        Assert.Equal(39.6, Values(RoiAlign.Pool(Ramp, small, (1, 1), 1, 2, aligned: true))[0], 9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Samples_outside_the_map_count_as_zero(bool aligned) => Assert.Equal(
        [0.25, 0.5, 0.5, 1], Values(
        RoiAlign.Pool(ones(1, 1, 4, 4, float64), Region(-2, -2, 2, 2), (2, 2), 1, 2, aligned)));

    [Fact]
    public void The_whole_map_at_its_own_size_is_itself()
    {
        var map = randn([1, 3, 5, 7], float64);
        var pooled = RoiAlign.Pool(map, Region(0, 0, 7, 5), (5, 7), 1, 1, aligned: true);
        Fixture.Agree(map, pooled, 1e-12, "the map");
    }

    [Fact]
    public void A_ramp_moves_with_the_region_where_RoiAlign_reads_it_and_in_whole_steps_where_RoiPool_does()
    {
        double[] Means(Func<Tensor, Tensor> pool) =>
            [.. Enumerable.Range(0, 21).Select(i =>
            Values(pool(Region(3 + i / 20.0, 4, 9 + i / 20.0, 10))).Average())];
        var align = Means(region => RoiAlign.Pool(Ramp, region, (3, 3), 1, 2, aligned: true));
        var pool = Means(region => RoiPool.Pool(Ramp, region, (3, 3)));
        Assert.All(Enumerable.Range(1, 20), i => Assert.Equal(0.05, align[i] - align[i - 1], 9));
        Assert.Equal(2, pool.Distinct().Count());                       // before and after half a cell
        Assert.Equal(1, pool[^1] - pool[0], 9);
    }

    [Fact]
    public void A_constant_map_pools_to_the_constant_and_empty_bins_to_zero()
    {
        var map = full(1, 2, 8, 8, 3.5, dtype: float64);
        Assert.All(Values(RoiAlign.Pool(map, Region(1.3, 2.1, 6.2, 5.9), (4, 3), 1, -1)), value =>
            Assert.Equal(3.5, value, 12));
        Assert.All(Values(RoiPool.Pool(map, Region(20, 20, 30, 30), (2, 2))), value =>
            Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(-1, false)]
    [InlineData(-1, true)]
    public void RoiAligns_gradient_agrees_with_differences_and_its_kernel_with_operators(int ratio, bool aligned)
    {
        manual_seed(3);
        var maps = randn([2, 3, 6, 5], float64);
        var regions = tensor(new double[,]
        {
            { 1, 1.3, 0.7, 16.1, 19.8 }, { 0, -6, -4, 9.5, 30 }, { 0, 4, 5, 4.3, 5.1 }, { 1, 30, 30, 31, 33 },
        });
        Tensor Pool(Tensor x) => RoiAlign.Pool(x, regions, (2, 3), 0.25, ratio, aligned);
        Gradients.AgreeWithDifferences(v => Pool(v[0]), maps);
        Fixture.Agree(RoiAlign.ByOperators(maps, regions, (2, 3), 0.25, ratio, aligned), Pool(maps), 1e-12,
            "RoIAlign");
    }

    [Fact]
    public void RoiPools_gradient_agrees_with_differences_and_its_kernel_with_operators()
    {
        manual_seed(4);
        var maps = randn([2, 3, 6, 5], float64);
        var regions = tensor(
            new double[,] { { 1, 1.3, 0.7, 16.1, 19.8 }, { 0, -6, -4, 9.5, 30 }, { 1, 30, 30, 31, 33 } });
        Gradients.AgreeWithDifferences(v => RoiPool.Pool(v[0], regions, (2, 3), 0.25), maps);
        Fixture.Agree(RoiPool.ByOperators(maps, regions, (2, 3), 0.25),
            RoiPool.Pool(maps, regions, (2, 3), 0.25), 0, "RoIPool");
    }

    [Fact]
    public void RoIPool_takes_several_channels_at_once_and_the_rest_alone_and_of_equal_cells_the_first()
    {
        manual_seed(6);
        // Few values, so that many cells of a bin are equal; 37 channels are no multiple of any processor's lanes.
        var maps = randint(0, 3, [2, 37, 9, 11], float32).requires_grad_();
        var regions = tensor(new float[,] { { 1, 1, 2, 30, 33 }, { 0, -6, -4, 9.5f, 40 }, { 1, 8, 0, 41, 17 } });
        var weights = rand(3, 37, 3, 2);
        var expected = RoiPool.ByOperators(maps, regions, (3, 2), 0.25);
        var pooled = RoiPool.Pool(maps, regions, (3, 2), 0.25);
        Fixture.Agree(expected.detach(), pooled.detach(), 0, "RoIPool");
        var gradient = autograd.grad([(pooled * weights).sum()], [maps])[0];
        Fixture.Agree(autograd.grad([(expected * weights).sum()], [maps])[0], gradient, 1e-6, "its gradient");
    }

    [Theory]
    [InlineData("align2", 2, false)]
    [InlineData("align2_aligned", 2, true)]
    [InlineData("align", -1, false)]
    [InlineData("align_aligned", -1, true)]
    [InlineData("pool", 0, false)]
    public void Agrees_with_torchvision_forward_and_backward(string name, int ratio, bool aligned)
    {
        var fixture = Fixture.Load("sampling.pth");
        var maps = fixture.Tensor("maps").requires_grad_();
        var regions = fixture.Tensor("regions");
        var pooled = name == "pool"
            ? RoiPool.Pool(maps, regions, (3, 4), 0.25)
            : RoiAlign.Pool(maps, regions, (3, 4), 0.25, ratio, aligned);
        var expected = fixture.Part(name);
        (pooled * expected.Tensor("weights")).sum().backward();
        Fixture.Agree(expected.Tensor("output"), pooled.detach(), 1e-5, name);
        Fixture.Agree(expected.Tensor("maps"), maps.grad!, 1e-5, $"the gradient of {name}");
    }

    [Fact]
    public void Many_regions_on_many_threads_are_each_the_same_as_alone()
    {
        manual_seed(5);
        var maps = randn(2, 48, 20, 24).requires_grad_();
        var corners = rand(60, 2) * 60;
        var regions = cat([randint(0, 2, [60, 1], float32), corners, corners + rand(60, 2) * 40], 1);
        int threads = get_num_threads();
        set_num_threads(4);
        try
        {
            var together = RoiAlign.Pool(maps, regions, (7, 7), 0.25, 2);
            together.square().sum().backward();
            var gradient = maps.grad!.clone();
            maps.grad!.zero_();
            for (long k = 0; k < 60; k++)
            {
                var alone = RoiAlign.Pool(maps, regions.narrow(0, k, 1), (7, 7), 0.25, 2);
                alone.square().sum().backward();
                Fixture.Agree(alone.detach(), together.detach().narrow(0, k, 1), 0, "a region");
            }
            Fixture.Agree(maps.grad!, gradient, 1e-4, "the gradient");
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void No_regions_give_no_bins_and_a_wrong_image_is_named()
    {
        var maps = zeros(2, 3, 4, 4).requires_grad_();
        var none = RoiAlign.Pool(maps, zeros([0, 5]), (7, 7));
        Assert.Equal([0, 3, 7, 7], none.shape);
        none.sum().backward();
        Assert.Equal([0, 3, 2, 2], RoiPool.Pool(maps, zeros([0, 5]), (2, 2)).shape);
        var error = Assert.Throws<ArgumentException>(() =>
            RoiPool.Pool(maps, tensor(new float[,] { { 2, 0, 0, 1, 1 } }), (2, 2)));
        Assert.Contains("image", error.Message);
    }
}
