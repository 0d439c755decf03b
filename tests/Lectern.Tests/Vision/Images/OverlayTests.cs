using Lectern.Charts;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class OverlayTests
{
    private static byte[] At(Tensor picture, int y, int x) =>
        picture[TensorIndex.Colon, y, x].contiguous().data<byte>().ToArray();

    private static byte[] Colour(int i) => Convert.FromHexString(Theme.Colour(i).AsSpan(1));

    private static CocoDetection Object(int y1, int x1, int y2, int x2, bool masked = true)
    {
        var mask = zeros([40, 50], ScalarType.Bool);
        mask[TensorIndex.Slice(y1 + 4, y2 - 4), TensorIndex.Slice(x1 + 4, x2 - 4)] = tensor(true);
        return new CocoDetection(
            1, 1, 0.5, new CocoBox(x1, y1, x2 - x1, y2 - y1), masked ? RleMask.Of(mask) : null);
    }

    [Fact]
    public void A_mask_is_tinted_its_outline_and_box_are_full_and_the_rest_is_the_picture()
    {
        var picture = full(3, 40, 50, 100, dtype: ScalarType.Byte);
        var drawn = Overlay.Draw(picture, [Object(10, 12, 36, 44)]);
        Assert.Equal((ScalarType.Byte, 3L, 40L, 50L), (drawn.dtype, drawn.shape[0], drawn.shape[1], drawn.shape[2]));
        byte[] colour = Colour(0), grey = [100, 100, 100];
        Assert.Equal(colour, At(drawn, 35, 20));                        // the box, below
        Assert.Equal(colour, At(drawn, 20, 12));                        // the box, left
        Assert.Equal(colour, At(drawn, 20, 43));                        // the box, right
        Assert.Equal(grey, At(drawn, 33, 14));                          // between box and mask
        Assert.Equal(colour, At(drawn, 31, 20));                        // the mask's last row
        Assert.Equal(colour.Select(c => (byte)(60 + 0.4 * c)), At(drawn, 25, 25));
        Assert.Equal(grey, At(drawn, 36, 20));
        Assert.Equal(grey, At(drawn, 5, 5));
        // The number is 1: its plate of 5×7, and in it the digit's foot.
        Assert.Equal([255, 255, 255], At(drawn, 15, 13));
        Assert.Equal(colour, At(drawn, 11, 13));
        Assert.Equal(grey, At(drawn, 13, 17));
    }

    [Fact]
    public void The_first_lies_over_the_others_and_what_leaves_the_picture_is_cut()
    {
        var picture = zeros(3, 40, 50);
        Assert.Equal(
            Colour(0),
            At(Overlay.Draw(picture, [Object(10, 10, 30, 30, false), Object(10, 10, 30, 30, false)]), 29, 20));
        var outside = new CocoDetection(1, 1, 0.5, new CocoBox(-20, -20, 200, 200));
        var drawn = Overlay.Draw(picture, [outside]);
        Assert.Equal([0, 0, 0], At(drawn, 39, 49));
        Assert.Equal(Colour(0), At(drawn, 0, 0));                       // the number stays within
        Assert.Equal([3, 1, 1], Overlay.Draw(zeros(3, 1, 1), [outside]).shape);
        var many = Overlay.Draw(picture, [.. Enumerable.Range(0, 12).Select(i => Object(i, 10, i + 15, 30, false))]);
        Assert.Equal(Colour(11), At(many, 25, 20));
    }

    [Fact]
    public void A_mask_of_another_size_and_a_grey_picture_are_refused()
    {
        Assert.Contains("40×50", Assert.Throws<ArgumentException>(
            () => Overlay.Draw(zeros(3, 41, 50), [Object(10, 10, 30, 30)])).Message);
        Assert.Throws<ArgumentException>(() => Overlay.Draw(zeros(1, 40, 50), []));
    }
}
