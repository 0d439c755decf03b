using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class AugmentationTests
{
    private static (Tensor Picture, Tensor Boxes, Tensor Labels, Tensor Masks) Scene(int seed)
    {
        var scene = Shapes.DrawOne(seed, 0, new ShapeSettings(48, 64));
        return (scene.Picture.to(float32) / 255, scene.Boxes, scene.Labels, scene.Masks);
    }

    private static void Same(Tensor expected, Tensor actual, double within = 0)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected.to(float64) - actual.to(float64)).abs().max().item<double>() <= within);
    }

    private static Tensor BoundsOf(Tensor masks) => tensor(RleMask.OfEach(masks).SelectMany(mask =>
        new float[] { mask.Bounds.X1, mask.Bounds.Y1, mask.Bounds.X2, mask.Bounds.Y2 }).ToArray(),
            [masks.shape[0], 4]);

    [Fact]
    public void Flipped_twice_is_as_before_and_boxes_stay_around_their_masks()
    {
        using var scope = NewDisposeScope();
        var (picture, boxes, _, masks) = Scene(1);
        var once = Augmentation.FlipSides(picture, boxes, masks);
        Same(BoundsOf(once.Masks), once.Boxes);
        Same(picture[TensorIndex.Colon, TensorIndex.Colon, 0],
            once.Picture[TensorIndex.Colon, TensorIndex.Colon, 63]);
        var twice = Augmentation.FlipSides(once.Picture, once.Boxes, once.Masks);
        Same(picture, twice.Picture);
        Same(boxes, twice.Boxes);
        Same(masks, twice.Masks);
    }

    [Theory]
    [InlineData(0.5, 0.0, 1.0)]
    [InlineData(0.75, 0.5, 0.5)]
    [InlineData(1.0, 0.3, 0.3)]
    [InlineData(2.0, 0.0, 0.0)]
    [InlineData(1.5, 1.0, 0.5)]
    public void Scaled_masks_stay_in_their_boxes_and_the_frame_keeps_its_size(double scale, double left,
        double top)
    {
        using var scope = NewDisposeScope();
        var picture = Scene(2).Picture;
        var boxes = tensor(new float[,] { { 4, 6, 20, 30 }, { 25, 10, 60, 44 } });
        var masks = stack([Filled(6, 30, 4, 20), Filled(10, 44, 25, 60)]);
        var scaled = Augmentation.Scale(picture, boxes, masks, scale, left, top);
        Assert.Equal(picture.shape, scaled.Picture.shape);
        var seen = scaled.Masks.flatten(1).any(1).nonzero().squeeze(1);
        Same(BoundsOf(scaled.Masks[seen]), scaled.Boxes[seen], within: Math.Max(1, scale));
        if (scale == 1)
        {
            Same(picture, scaled.Picture);
            Same(masks, scaled.Masks);
        }
        double share = scaled.Masks.sum().item<long>() / (double)masks.sum().item<long>();
        if (scale < 1) Assert.InRange(share / (scale * scale), 0.9, 1.1);               // nothing is cut off
    }

    private static Tensor Filled(int top, int bottom, int left, int right)
    {
        using var scope = NewDisposeScope();
        var mask = zeros(48, 64).to(ScalarType.Bool);
        mask.narrow(0, top, bottom - top).narrow(1, left, right - left).fill_(true);
        return mask.MoveToOuterDisposeScope();
    }

    [Fact]
    public void Light_by_hand()
    {
        using var scope = NewDisposeScope();
        var picture = tensor(new[] { 0.2f, 0.4f, 0.6f, 0.8f, 0.4f, 0.2f }, [3, 1, 2]);
        Same(picture, Augmentation.Relight(picture, 1, 1, 1), 1e-6);
        Same(picture * 0.5f, Augmentation.Relight(picture, 0.5, 1, 1), 1e-6);
        var grey = 0.299f * picture[0] + 0.587f * picture[1] + 0.114f * picture[2];
        Same(grey.expand(3, 1, 2), Augmentation.Relight(picture, 1, 1, 0), 1e-6);
        Same(grey.mean().expand(3, 1, 2), Augmentation.Relight(picture, 1, 0, 1), 1e-6);
        Same(ones(3, 1, 2), Augmentation.Relight(picture, 10, 1, 1), 1e-6);
    }

    [Fact]
    public void What_leaves_the_picture_is_left_out_and_chance_is_the_seed()
    {
        using var scope = NewDisposeScope();
        var augmentation = new Augmentation(Smallest: 2.5, Largest: 3);
        bool lost = false;
        for (int seed = 0; seed < 10; seed++)
        {
            var (picture, boxes, labels, masks) = Scene(seed);
            var one = augmentation.Apply(picture, boxes, labels, masks, new Random(seed));
            var again = augmentation.Apply(picture, boxes, labels, masks, new Random(seed));
            Same(one.Picture, again.Picture);
            Assert.Equal(one.Boxes.shape[0], one.Labels.shape[0]);
            Assert.Equal(one.Boxes.shape[0], one.Masks.shape[0]);
            Assert.True(one.Masks.flatten(1).any(1).all().item<bool>());
            Assert.True((Boxes.Area(one.Boxes) > 0).all().item<bool>());
            lost |= one.Boxes.shape[0] < boxes.shape[0];
        }
        Assert.True(lost);
    }

    [Fact]
    public void Pictures_without_objects_pass()
    {
        using var scope = NewDisposeScope();
        var result = new Augmentation().Apply(rand(3, 20, 30), zeros(0, 4), zeros(0, int64),
            zeros([0, 20, 30], ScalarType.Bool), new Random(1));
        Assert.Equal([0L, 20, 30], result.Masks.shape);
    }
}
