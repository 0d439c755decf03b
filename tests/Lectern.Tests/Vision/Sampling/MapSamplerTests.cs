using Lectern.Tests.Graphs;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class MapSamplerTests
{
    private static readonly Tensor Ramp =
        arange(4, float64).view(1, 1, 1, 4) + 10 * arange(3, float64).view(1, 1, 3, 1);

    private static double[] At(MapBorder border, params (double Y, double X)[] points) =>
        [.. MapSampler.Sample(
            Ramp, tensor(points.Select(p => p.Y).ToArray()).view(1, -1),
            tensor(points.Select(p => p.X).ToArray()).view(1, -1),
            border).data<double>()];

    [Fact]
    public void Inside_the_map_both_rules_interpolate_and_a_ramp_is_itself()
    {
        (double, double)[] points = [(0, 0), (0.25, 1.5), (2, 3), (1.75, 2.9)];
        double[] expected = [0, 4, 23, 20.4];
        foreach (var border in Enum.GetValues<MapBorder>())
            Assert.All(At(border, points).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 12));
    }

    [Fact]
    public void At_the_border_clamp_holds_the_last_row_for_a_cell_and_zero_fades()
    {
        // Rows end at 2: the value there is 20.
        (double, double)[] points =
            [(-1, 0), (-0.5, 0), (2.25, 0), (3, 0), (3.01, 0), (-1.01, 0), (double.NaN, 0), (0, 3.5)];
        Assert.Equal([0, 0, 20, 20, 0, 0, 0, 3], At(MapBorder.Clamp, points));
        Assert.Equal([0, 0, 15, 0, 0, 0, 0, 1.5], At(MapBorder.Zero, points));
        Assert.Equal([5.0, 10], At(MapBorder.Zero, (0.5, 0), (1, 0)));
    }

    [Theory]
    [InlineData(MapBorder.Clamp)]
    [InlineData(MapBorder.Zero)]
    public void Gradients_to_maps_coordinates_and_weights_agree_with_differences(MapBorder border)
    {
        manual_seed(1);
        var maps = randn([2, 9, 4, 3], float64);
        // Between grid lines, where the sampler has a derivative, inside the map and around it.
        var y = randint(-2, 5, [2, 9], float64) + 0.2 + 0.6 * rand([2, 9], float64);
        var x = randint(-2, 4, [2, 9], float64) + 0.2 + 0.6 * rand([2, 9], float64);
        var weights = randn([2, 9], float64);
        Gradients.AgreeWithDifferences(v =>
            MapSampler.Sample(v[0], v[1], v[2], border, v[3]), maps, y, x, weights);
        Gradients.AgreeWithDifferences(v => MapSampler.Sample(v[0], v[1], v[2], border), maps, y, x);
    }

    [Theory]
    [InlineData(MapBorder.Clamp)]
    [InlineData(MapBorder.Zero)]
    public void Kernels_and_operators_agree_on_many_threads(MapBorder border)
    {
        manual_seed(2);
        var maps = randn(3, 40, 13, 11);
        var (y, x, weights) = (rand(3, 500) * 17 - 2, rand(3, 500) * 15 - 2, rand(3, 500));
        Tensor[] Run(Func<Tensor, Tensor, Tensor, Tensor, Tensor> sample)
        {
            Tensor[] leaves = [.. new[] { maps, y, x, weights }.Select(input =>
                input.clone().requires_grad_())];
            var values = sample(leaves[0], leaves[1], leaves[2], leaves[3]);
            (values * values).sum().backward();
            return [values.detach(), .. leaves.Select(leaf => leaf.grad!)];
        }
        int threads = get_num_threads();
        set_num_threads(4);
        try
        {
            var kernels = Run((m, a, b, w) => MapSampler.Sample(m, a, b, border, w));
            var operators = Run((m, a, b, w) => MapSampler.ByOperators(m, a, b, border, w));
            foreach (var (kernel, plain) in kernels.Zip(operators)) Fixture.Agree(
                plain, kernel, 1e-3, border.ToString());
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Shapes_that_do_not_go_together_are_named()
    {
        var error = Assert.Throws<ArgumentException>(
            () => MapSampler.Sample(zeros(2, 1, 3, 3), zeros(2, 4), zeros(2, 5), MapBorder.Zero));
        Assert.Contains("[2, 4]", error.Message);
        Assert.Contains("[2, 5]", error.Message);
        Assert.Throws<ArgumentException>(() =>
            MapSampler.Sample(zeros(3, 3), zeros(2, 4), zeros(2, 4), MapBorder.Zero));
    }

    [Fact]
    public void No_points_give_no_values() =>
        Assert.Equal([2, 0, 3],
        MapSampler.Sample(zeros(2, 3, 4, 4), zeros([2, 0]), zeros([2, 0]), MapBorder.Clamp).shape);
}
