using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

/// <summary>A light rectangle on a dark ground: the least that an instance segmenter has to learn.</summary>
internal static class OneObject
{
    /// <summary>Trains a Mask R-CNN, or what builds on it, on that picture and asks where the object is.</summary>
    internal static void IsLearned(MaskRcnn network) =>
        IsLearned(network, (pictures, objects) => network.Losses(pictures, objects).Total(), network.Detect);

    /// <summary>Likewise a YOLACT.</summary>
    internal static void IsLearned(Yolact network) =>
        IsLearned(network, (pictures, objects) => network.Losses(pictures, objects).Total(), network.Detect);

    private static void IsLearned(nn.Module network,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        Func<IReadOnlyList<Tensor>, Detections[]> detect)
    {
        var picture = full(3, 64, 64, 0.2f);
        var mask = zeros(1, 64, 64);
        foreach (var (planes, value) in new[] { (picture, 0.9f), (mask, 1f) })
            planes[TensorIndex.Colon, TensorIndex.Slice(16, 48), TensorIndex.Slice(20, 44)] = tensor(value);
        var objects = new Instances(tensor(new float[,] { { 20, 16, 44, 48 } }), tensor(new long[] { 1 }), mask);
        network.train();
        using var optimizer = optim.Adam(network.parameters(), 3e-3);
        for (int step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss([picture], [objects]).backward();
            optimizer.step();
        }
        network.eval();
        var found = detect([picture])[0];
        Assert.True(found.Labels.shape[0] > 0);
        Assert.True(Boxes.Iou(found.Boxes, objects.Boxes)[0, 0].item<float>() > 0.7f);
        var (inside, truth) = (found.Masks[0] > 0.5, mask[0] > 0);
        double overlap = inside.logical_and(truth).sum().item<long>()
            / (double)inside.logical_or(truth).sum().item<long>();
        Assert.True(overlap > 0.7, $"The mask overlaps by {overlap}.");
    }
}
