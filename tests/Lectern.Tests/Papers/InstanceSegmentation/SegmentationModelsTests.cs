using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class SegmentationModelsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    private Segmenter Load(string name, nn.Module network)
    {
        using (network) network.save_py(file);
        return SegmentationModels.All.Single(model => model.Name == name).Load(file);
    }

    [Fact]
    public void Depth_and_classes_are_read_from_the_weights()
    {
        manual_seed(1);
        using var yolact = Load(
            "Yolact", new Yolact(new YolactSettings { Classes = 3 }, new ResNet(18, grouped: true)));
        Assert.Equal(["class 1", "class 2", "class 3"], yolact.Categories.Select(one => one.Name));
        Assert.False(yolact.Network.training);
        using var rcnn = Load(
            "MaskRcnn", new MaskRcnn(new MaskRcnnSettings { Classes = 91 }, new ResNet(34)));
        Assert.Equal(90, rcnn.Categories.Count);
        Assert.Equal((90, "toothbrush"), (rcnn.Categories[89].Id, rcnn.Categories[89].Name));
        Assert.Equal((12, "class 12"), (rcnn.Categories[11].Id, rcnn.Categories[11].Name));
    }

    [Fact]
    public void Weights_of_another_model_are_named_whole()
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(
            "YolactPlusPlus", new Yolact(new YolactSettings { Classes = 80 }, new ResNet(18, grouped: true))));
        Assert.Contains("'maskiou_net.maskiou_net.10.bias' [80] is missing", error.Message);
        Assert.Contains("'prediction_layers.0.bbox_layer.weight' has shape [12, 256, 3, 3] and should have [36, "
            + "256, 3, 3]", error.Message);
    }

    [Fact]
    public void What_is_found_has_the_pictures_pixels_and_the_categories_ids_however_large_it_is()
    {
        // A network that finds the middle of any picture, twice, the second time more surely.
        (long, long) seen = (0, 0);
        using var segmenter = new Segmenter(
            nn.Identity(),
            pictures =>
            {
                var (h, w) = (pictures[0].shape[1], pictures[0].shape[2]);
                seen = (h, w);
                Assert.InRange(pictures[0].max().item<float>(), 0, 1);
                var mask = zeros(1, h, w);
                mask.narrow(1, h / 4, h / 2).narrow(2, w / 4, w / 2).fill_(1);
                var box = tensor(new float[,] { { w / 4, h / 4, w / 4 * 3, h / 4 * 3 } });
                return [new Detections(
                    box.repeat(2, 1), tensor(new long[] { 1, 2 }), tensor(new[] { 0.9f, 0.8f }), mask.repeat(2, 1, 1))
                    {
                        MaskScores = tensor(new[] { 0.5f, 0.7f }),
                    }];
            },
            [new CocoCategory(7, "train"), new CocoCategory(9, "boat")]);
        foreach (var (height, width) in new[] { (40, 80), (8, 8000) })
        {
            var found = segmenter.Find(full(3, height, width, 200, dtype: ScalarType.Byte), 5);
            Assert.Equal(height == 8 ? (2, 2000) : (40, 80), seen);
            Assert.Equal([9, 7], found.Select(one => one.CategoryId));
            Assert.Equal([0.7, 0.5], found.Select(one => Math.Round(one.Score, 6)));
            foreach (var one in found)
            {
                Assert.Equal((5L, height, width), (one.ImageId, one.Mask!.Height, one.Mask.Width));
                Assert.Equal(width / 4.0, one.Box.X, 1e-3);
                Assert.InRange(one.Mask.Area, 0.2 * height * width, 0.55 * height * width);
            }
        }
        Assert.Equal(0.5, Fraction(segmenter), 6);

        static double Fraction(Segmenter of) => of.Find(ones(3, 8, 8))[1].Score;
    }
}
