using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class BoxesTests
{
    private static void Close(double[] expected, Tensor actual)
    {
        double[] values = actual.to(float64).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], 6);
    }

    internal static Tensor Random(int n, int seed, double spread = 100, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        double[] values = [.. Enumerable.Range(0, n).SelectMany(_ => new[]
        {
            random.NextDouble() * spread, random.NextDouble() * spread,
            1 + random.NextDouble() * 30, 1 + random.NextDouble() * 30,
        })];
        return Boxes.Convert(tensor(values, [n, 4], dtype), BoxFormat.Xywh, BoxFormat.Xyxy)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The definition, pair by pair.</summary>
    internal static double Iou(double[] a, double[] b)
    {
        double width = Math.Max(0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]));
        double height = Math.Max(0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]));
        double union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height;
        return width * height / union;
    }

    internal static double[][] Rows(Tensor boxes) =>
        [.. boxes.to(float64).contiguous().data<double>().ToArray().Chunk(4)];

    [Fact]
    public void Formats_by_hand_and_back()
    {
        using var scope = NewDisposeScope();
        var box = tensor(new float[,] { { 10, 20, 30, 60 } });
        Close([10, 20, 20, 40], Boxes.Convert(box, BoxFormat.Xyxy, BoxFormat.Xywh));
        Close([20, 40, 20, 40], Boxes.Convert(box, BoxFormat.Xyxy, BoxFormat.Cxcywh));
        var boxes = Random(50, 1, dtype: float64);
        foreach (var a in Enum.GetValues<BoxFormat>())
        {
            foreach (var b in Enum.GetValues<BoxFormat>())
            {
                var there = Boxes.Convert(Boxes.Convert(boxes, BoxFormat.Xyxy, a), a, b);
                Assert.True(Boxes.Convert(there, b, BoxFormat.Xyxy).allclose(boxes, 1e-12, 1e-12));
            }
        }
    }

    [Fact]
    public void Iou_by_hand()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[,] { { 0, 0, 10, 10 }, { 20, 20, 30, 30 }, { 5, 5, 5, 5 } });
        var b = tensor(new float[,] { { 0, 4, 10, 14 }, { 0, 8, 10, 18 }, { 5, 5, 5, 5 } });
        Close([100, 100, 0], Boxes.Area(a));
        // The last two have no area, and apart in both axes is apart: two negative extents are no overlap.
        Close([3.0 / 7, 1.0 / 9, 0, 0, 0, 0, 0, 0, 0], Boxes.Iou(a, b));
        Close([0.6, 0.2, 0, 0, 0, 0, 0, 0, 0], Boxes.CrowdIou(a, b));
        // Two unit squares with a gap of one between them: the hull is 3, a third of it empty.
        var square = tensor(new float[,] { { 0, 0, 1, 1 } });
        Close([-1.0 / 3], Boxes.Giou(square, tensor(new float[,] { { 2, 0, 3, 1 } })));
    }

    [Fact]
    public void Iou_of_random_boxes_is_the_definition_symmetric_and_at_least_the_generalised_one()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(40, 1, dtype: float64), Random(30, 2, dtype: float64));
        double[][] rows = Rows(a), columns = Rows(b);
        Close([.. rows.SelectMany(row => columns.Select(column => Iou(row, column)))], Boxes.Iou(a, b));
        Assert.True(Boxes.Iou(b, a).allclose(Boxes.Iou(a, b).t()));
        Assert.True((Boxes.Giou(a, b) <= Boxes.Iou(a, b) + 1e-12).all().item<bool>());
        Assert.True((Boxes.Giou(a, b) > -1).all().item<bool>());
        Assert.True(Boxes.Giou(a, a).diagonal().allclose(ones(40, dtype: float64)));
    }

    [Fact]
    public void Generalised_iou_pulls_boxes_together()
    {
        using var scope = NewDisposeScope();
        var box = tensor(new double[,] { { 0, 0, 1, 1 } });
        var target = tensor(new double[,] { { 3, 0.2, 4, 1.3 } });          // no side in line: there are kinks
        Graphs.Gradients.AgreeWithDifferences(leaves => Boxes.Giou(leaves[0], target), box);
    }

    [Fact]
    public void Clipping_and_least_sides()
    {
        using var scope = NewDisposeScope();
        var boxes = tensor(new float[,] { { -5, 2, 8, 30 }, { 50, 50, 60, 60 }, { 1, 1, 1.5f, 9 } });
        var clipped = Boxes.Clip(boxes, height: 20, width: 10);
        Close([0, 2, 8, 20, 10, 20, 10, 20, 1, 1, 1.5, 9], clipped);
        Assert.Equal([0L, 2], Boxes.AtLeast(clipped, 0.5).data<long>().ToArray());
        Assert.Equal([0L], Boxes.AtLeast(clipped, 1).data<long>().ToArray());
        Assert.Equal(0, Boxes.Iou(zeros(0, 4), boxes).shape[0]);
    }

    [Fact]
    public void Other_shapes_are_named()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => Boxes.Area(zeros(3, 5)));
        Assert.Contains("[3, 5]", error.Message);
    }

    [Fact]
    public void Around_masks_they_are_the_bounds_of_their_runs()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        var masks = rand(40, 7, 9) > 0.9;
        masks[3] = tensor(false);                                       // no pixel at all
        masks[4] = tensor(true);
        float[] expected = [.. RleMask.OfEach(masks).Select(mask => mask.Bounds)
            .SelectMany(of => new float[] { of.X1, of.Y1, of.X2, of.Y2 })];
        Assert.Equal(expected, Boxes.Around(masks).data<float>().ToArray());
        Assert.Equal(expected, Boxes.Around(masks.to(float64) * 3).data<float>().ToArray());
        Assert.Equal([0, 4], Boxes.Around(masks.narrow(0, 0, 0)).shape);
        Assert.Throws<ArgumentException>(() => Boxes.Around(masks[0]));
    }
}
