using Lectern.Tests.Graphs;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class DeformableConvolutionTests
{
    [Fact]
    public void Without_offsets_it_is_the_convolution_and_with_half_a_mask_half_of_it()
    {
        manual_seed(1);
        var (x, w, b) = (randn([2, 4, 7, 6], float64), randn([5, 4, 3, 3], float64), randn([5], float64));
        var plain = nn.functional.conv2d(x, w, b, [2, 1], [1, 1]);
        var offset = zeros([2, 18, 4, 6], float64);
        Fixture.Agree(plain, DeformableConvolution.Apply(x, offset, w, b, (2, 1), (1, 1)), 1e-12,
            "no offset");
        var half = DeformableConvolution.Apply(
            x, offset, w, null, (2, 1), (1, 1), null, full(2, 9, 4, 6, 0.5, dtype: float64));
        Fixture.Agree((plain - b.view(1, -1, 1, 1)) / 2, half, 1e-12, "half a mask");
    }

    [Fact]
    public void A_whole_offset_shifts_the_picture()
    {
        manual_seed(2);
        var (x, w) = (randn([1, 3, 8, 8], float64), randn([2, 3, 3, 3], float64));
        var offset = zeros([1, 9, 2, 8, 8], float64);
        offset.select(2, 0).fill_(1);                                   // dy = 1
        var moved = DeformableConvolution.Apply(x, offset.view(1, 18, 8, 8), w, null, null, (1, 1));
        var shifted = nn.functional.conv2d(x.roll(-1, 2), w, padding: [1, 1]);
        // Within the picture: at the first and last rows the zeros around it have moved too.
        Fixture.Agree(shifted.narrow(2, 1, 5), moved.narrow(2, 1, 5), 1e-12, "a shift");
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        manual_seed(3);
        // Offsets that keep samples off the grid lines, where the derivative jumps.
        var offset = randint(-2, 2, [1, 18, 3, 3], float64) + 0.25 + 0.5 * rand([1, 18, 3, 3], float64);
        Gradients.AgreeWithDifferences(
            v => DeformableConvolution.Apply(v[0], v[1], v[2], v[3], (2, 2), (1, 1), null, v[4]),
            randn([1, 3, 5, 6], float64), offset, randn([2, 3, 3, 3], float64), randn([2], float64),
            rand([1, 9, 3, 3], float64));
    }

    [Theory]
    [InlineData("deform")]
    [InlineData("deform_strided")]
    [InlineData("deform_plain")]
    public void Agrees_with_torchvision_forward_and_backward(string name)
    {
        var fixture = Fixture.Load("sampling.pth");
        var expected = fixture.Part(name);
        var inputs = new Dictionary<string, Tensor> { ["input"] = fixture.Tensor("maps").requires_grad_() };
        foreach (string input in (string[])["offset", "weight", "bias", "mask"])
            if (expected.ContainsKey("of_" + input)) inputs[input] =
                expected.Tensor("of_" + input).requires_grad_();
        long[] g = [.. expected.Tensor("geometry").data<long>()];
        var output = DeformableConvolution.Apply(
            inputs["input"], inputs["offset"], inputs["weight"], inputs["bias"], (g[0], g[1]), (g[2], g[3]),
            (g[4], g[5]),
            inputs.GetValueOrDefault("mask"));
        (output * expected.Tensor("weights")).sum().backward();
        // Sums of up to a thousand products: 1e-5 of their size.
        void Agree(string what, Tensor actual) => Fixture.Agree(
            expected.Tensor(what), actual,
            1e-5 * Math.Max(1, expected.Tensor(what).abs().max().item<float>()), $"{name}, {what}");
        Agree("output", output.detach());
        foreach (var (input, leaf) in inputs) Agree(input, leaf.grad!);
    }

    [Fact]
    public void Offsets_of_another_shape_are_named()
    {
        var error = Assert.Throws<ArgumentException>(
            () => DeformableConvolution.Apply(zeros(1, 2, 5, 5), zeros(1, 18, 5, 5), zeros(3, 2, 3, 3)));
        Assert.Contains("[1, 18, 3, 3]", error.Message);
        Assert.Contains("[1, 18, 5, 5]", error.Message);
    }
}
