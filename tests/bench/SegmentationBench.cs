using System.Globalization;
using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Bench;

/// <summary>
/// Mask R-CNN and what it samples with, beside torchvision on the same weights, pictures and regions; what
/// both find is compared too.
/// </summary>
internal static class SegmentationBench
{
    private const int Side = 128;

    private static readonly MaskRcnnSettings Settings = new() { Pictures = new PictureSizes(Side) };

    internal static void Run(Report report)
    {
        string folder = Directory.CreateTempSubdirectory("lectern-segmentation-").FullName;
        try
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            using var network = new MaskRcnn(Settings, new ResNet(50, new BatchNorm(Frozen: true)));
            Spread(network);
            network.save_py(Path.Combine(folder, "weights.pth"));
            var inputs = Inputs();
            PyTorchCheckpoint.Save(Path.Combine(folder, "inputs.pth"), inputs);
            var peer = Peer.RunWith("torchvision", "segmentation.py", folder);
            if (peer is null) report.Notes.Add(
                "torchvision is absent (Debian: apt install python3-torchvision)");
            Networks(report, network, inputs, peer, folder);
            Operators(report, inputs, peer);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// Weights of a start, so that activations stay near 1 and classes differ: there is something to find.
    /// </summary>
    private static void Spread(MaskRcnn network)
    {
        using var none = no_grad();
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.EndsWith("bn3.weight")) tensor.fill_(0.2);
            if (name.EndsWith("cls_score.weight")) tensor.mul_(40);
            if (name.EndsWith("rpn.head.cls_logits.weight")) tensor.mul_(20);
        }
    }

    private static Dictionary<string, object?> Inputs()
    {
        var masks = zeros([2, Side, Side], uint8);
        masks[0, TensorIndex.Slice(10, 70), TensorIndex.Slice(20, 60)] = tensor((byte)1);
        masks[1, TensorIndex.Slice(50, 120), TensorIndex.Slice(40, 110)] = tensor((byte)1);
        var corners = rand(512, 2) * 300;
        return new Dictionary<string, object?>
        {
            ["pictures"] = rand(4, 3, Side, Side),
            ["boxes"] = tensor(new float[,] { { 20, 10, 60, 70 }, { 40, 50, 110, 120 } }),
            ["labels"] = tensor(new long[] { 3, 17 }), ["masks"] = masks, ["maps"] = randn(2, 256, 100, 100),
            ["regions"] = cat([randint(0, 2, [512, 1], float32), corners, corners + 10 + rand(512, 2) * 90],
            1),
            ["x"] = randn(2, 128, 40, 40), ["offset"] = randn(2, 18, 40, 40) * 2,
            ["mask"] = rand(2, 9, 40, 40),
            ["weight"] = randn(256, 128, 3, 3) * 0.03,
        };
    }

    private static void Networks(
        Report report, MaskRcnn network, Dictionary<string, object?> inputs,
        IReadOnlyDictionary<string, double>? peer,
        string folder)
    {
        Tensor Of(string name) => (Tensor)inputs[name]!;
        Tensor[] pictures = [.. Enumerable.Range(0, 4).Select(i => Of("pictures")[i])];
        var objects = new Instances(Of("boxes"), Of("labels"), Of("masks"));
        var memory = new PeakMemory();
        void Measured(string work, Action action)
        {
            action();
            memory.During(action);
            string ofPeer = peer.Of($"{work}, MB") is { } megabytes
                ? FormattableString.Invariant($"; {megabytes:0} MB") : "";
            report.Add(
                work, Timing.Of(action, 0.1), [("torchvision", peer.Of(work))],
                FormattableString.Invariant($"({memory.Peak / 1e6:0} MB{ofPeer})"));
        }

        network.eval();
        Measured("inference, 4 pictures", () =>
        {
            using var scope = NewDisposeScope();
            network.Detect(pictures);
        });
        if (peer is not null) Compare(report, network.Detect(pictures), folder);
        network.train();
        var optimizer = optim.SGD(network.parameters(), 1e-5, 0.9);
        Measured("training step, 4 pictures", () =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            network.Losses(pictures, [objects, objects, objects, objects]).Total().backward();
            optimizer.step();
        });
    }

    private static void Compare(Report report, Detections[] ours, string folder)
    {
        var theirs = (Dictionary<string, object?>)PyTorchCheckpoint.Load(Path.Combine(folder, "found.pth"))!;
        double boxes = 0, scores = 0, masks = 0;
        long count = 0;
        double Off(Tensor a, Tensor b) => a.numel() == 0 ? 0 : (a - b).abs().max().item<float>();
        for (int i = 0; i < ours.Length; i++)
        {
            Tensor Of(string name) => (Tensor)theirs[$"{name} {i}"]!;
            if (!Of("labels").equal(ours[i].Labels).all().item<bool>())
            {
                report.Notes.Add($"picture {i}: the labels differ from torchvision's");
                continue;
            }
            count += ours[i].Labels.shape[0];
            boxes = Math.Max(boxes, Off(Of("boxes"), ours[i].Boxes));
            scores = Math.Max(scores, Off(Of("scores"), ours[i].Scores));
            masks = Math.Max(masks, Off(Of("masks"), ours[i].Masks));
        }
        report.Notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"{count} objects found; the largest differences from torchvision's: boxes {boxes:g2}, "
            + $"scores {scores:g2}, masks {masks:g2}"));
    }

    private static void Operators(
        Report report, Dictionary<string, object?> inputs, IReadOnlyDictionary<string, double>? peer)
    {
        Tensor Of(string name) => (Tensor)inputs[name]!;
        void Both(string work, Func<Tensor[], Tensor> function, params Tensor[] of)
        {
            Tensor[] leaves = [.. of.Select(tensor => tensor.detach().clone().requires_grad_())];
            report.Add(work, Timing.Of(() =>
            {
                using var none = no_grad();
                using var scope = NewDisposeScope();
                function(leaves);
            }), [("torchvision", peer.Of(work))]);
            report.Add($"{work}, with gradients", Timing.Of(() =>
            {
                using var scope = NewDisposeScope();
                foreach (var leaf in leaves) leaf.grad = null;
                function(leaves).sum().backward();
            }), [("torchvision", peer.Of($"{work}, with gradients"))]);
        }
        Both("RoIAlign, 512 regions", v => RoiAlign.Pool(v[0], Of("regions"), (7, 7), 0.25, 2), Of("maps"));
        Both(
            "deformable convolution", v =>
            DeformableConvolution.Apply(v[0], v[1], v[3], null, (1, 1), (1, 1), null, v[2]),
            Of("x"), Of("offset"), Of("mask"), Of("weight"));
    }
}
