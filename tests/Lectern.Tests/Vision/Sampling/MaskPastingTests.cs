using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class MaskPastingTests
{
    [Fact]
    public void Agrees_with_torchvision()
    {
        var expected = Fixture.Load("sampling.pth").Part("paste");
        var pasted = MaskPasting.Paste(expected.Tensor("masks"), expected.Tensor("boxes"), 21, 33);
        Fixture.Agree(expected.Tensor("output"), pasted, 1e-5, "pasting");
    }

    [Fact]
    public void A_full_mask_is_one_inside_its_box_fades_at_the_edge_and_is_zero_beyond()
    {
        var pasted = MaskPasting.Paste(
            ones(1, 28, 28), tensor(new float[,] { { 20, 10, 76, 66 } }), 100, 100);
        var inside = pasted[0].narrow(0, 13, 50).narrow(1, 23, 50);
        Assert.Equal(1, inside.min().item<float>(), 5);
        Assert.InRange(pasted[0, 40, 19].item<float>(), 0.1f, 0.9f);    // half a mask cell is a pixel here
        Assert.Equal(0, pasted[0].narrow(1, 0, 18).max().item<float>());
        Assert.Equal(0, pasted[0].narrow(0, 69, 31).max().item<float>());
    }

    [Fact]
    public void Boxes_outside_the_picture_and_without_area_do_no_harm()
    {
        var boxes = tensor(new double[,] { { -50, -50, -20, -20 }, { 40, 3, 50, 9 }, { 4, 4, 4, 4 },
            { 3, 3, 1, 1 } });
        var pasted = MaskPasting.Paste(ones([4, 6, 6], float64), boxes, 10, 12);
        Assert.Equal([4, 10, 12], pasted.shape);
        Assert.Equal(0, pasted.narrow(0, 0, 2).sum().item<double>());
        Assert.True(pasted[2].sum().item<double>() > 0);
        Assert.Equal([0, 10, 12], MaskPasting.Paste(ones([0, 6, 6]), zeros([0, 4]), 10, 12).shape);
        Assert.Throws<ArgumentException>(() => MaskPasting.Paste(ones(1, 6, 6), zeros(2, 4), 10, 12));
    }
}
