using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class MaskRcnnTests
{
    private static readonly MaskRcnnSettings Small = new()
    {
        Classes = 5, Pictures = new PictureSizes(64, 96), Width = 16, Hidden = 32, MaskLayers = [16, 16],
        MaskWidth = 16,
        Proposals = new ProposalSettings
        {
            Sizes = [12, 24, 48, 96, 192], Samples = 64, Before = (100, 60),
            After = (60, 30)
        },
        Regions = 32, Detections = 10, Score = 0.1,
    };

    private static MaskRcnn Network(MaskRcnnSettings? settings = null)
    {
        manual_seed(1);
        return new MaskRcnn(settings ?? Small, new SmallBackbone([8, 12, 16, 16], 1));
    }

    private static Tensor[] Pictures(params (int, int)[] sizes) =>
        [.. sizes.Select((size, i) => Formula.Picture($"test {i}", size.Item1, size.Item2))];

    /// <summary>The network of mask_rcnn.pth.</summary>
    private static MaskRcnn Torchvisions() => Formula.Weigh(new MaskRcnn(
        new MaskRcnnSettings
        {
            Classes = 11, Pictures = new PictureSizes(96, 160), Detections = 8, Regions = 48,
            Proposals = new ProposalSettings { Samples = 64, Before = (300, 200), After = (150, 60) },
        },
        new ResNet(50, new BatchNorm(Frozen: true))));

    [Fact]
    public void Agrees_with_torchvision_on_ten_pictures_and_in_training()
    {
        var fixture = Fixture.Load("mask_rcnn.pth");
        long[] sizes = [.. fixture.Tensor("sizes").data<long>()];
        using var network = Torchvisions();
        network.eval();
        for (int i = 0; i < sizes.Length / 2; i++)
        {
            using var scope = NewDisposeScope();
            var expected = fixture.Part($"picture {i}");
            var found = network.Detect(
                [Formula.Picture($"picture {i}", (int)sizes[2 * i], (int)sizes[2 * i + 1])])[0];
            Fixture.Agree(expected.Tensor("labels"), found.Labels, 0, $"labels of picture {i}");
            Fixture.Agree(expected.Tensor("scores"), found.Scores, 1e-4, $"scores of picture {i}");
            Fixture.Agree(expected.Tensor("boxes"), found.Boxes, 1e-4, $"boxes of picture {i}");
            var some = found.Masks[TensorIndex.Colon, TensorIndex.Slice(2, null, 5),
                TensorIndex.Slice(2, null, 5)];
            Fixture.Agree(expected.Tensor("masks"), some, 1e-4, $"masks of picture {i}");
            // A pixel more or less at a box's edge would show here.
            Fixture.Agree(expected.Tensor("sums"), found.Masks.to(float64).sum([1L, 2L]), 1e-2,
                $"areas of picture {i}");
        }

        network.train();
        (int, int) Size(int i) => ((int)sizes[2 * i], (int)sizes[2 * i + 1]);
        int[] chosen = [0, 3];
        var losses = network.Losses(
            [.. chosen.Select(i => Formula.Picture($"picture {i}", Size(i).Item1, Size(i).Item2))],
            [.. chosen.Select(i => Formula.Objects($"picture {i}", Size(i).Item1, Size(i).Item2, 3, 11))]);
        losses.Total().backward();
        var truth = fixture.Part("losses");
        foreach (var (name, loss) in new[]
        {
            ("loss_objectness", losses.Objectness), ("loss_rpn_box_reg", losses.Proposal),
                ("loss_classifier", losses.Class),
            ("loss_box_reg", losses.Box), ("loss_mask", losses.Mask),
        })
            Fixture.Agree(truth.Tensor(name), loss.detach(), 1e-4, name);
        foreach (var (name, value) in fixture.Part("gradients"))
        {
            var expected = (Dictionary<string, object?>)value!;
            var gradient = network.get_parameter(name)!.grad!.flatten();
            var some = gradient[TensorIndex.Slice(null, null, Math.Max(1, gradient.numel() / 500))];
            double norm = expected.Tensor("norm").item<float>();
            // Among a million activations some lie within rounding of 0, and a ReLU that flips is seen.
            Fixture.Agree(expected.Tensor("some"), some, 1e-3 * norm, $"the gradient of {name}");
            Assert.Equal(norm, gradient.norm().item<float>(), 1e-3 * norm);
        }
    }

    [Fact]
    public void Weights_of_torchvisions_names_load_old_and_new()
    {
        using var network = Torchvisions();
        var state = network.state_dict();
        Assert.Equal(307, state.Count);
        // torchvision counts 44,401,393 for 91 classes: 80 more, each of a score, four steps and a mask.
        const long each = (1024 + 1) + 4 * (1024 + 1) + (256 + 1);
        Assert.Equal(44_401_393 - 80 * each, network.parameters().Sum(parameter => parameter.numel()));
        foreach (string name in (string[])[
            "backbone.body.layer3.5.conv2.weight", "backbone.body.layer1.0.downsample.1.running_var",
            "backbone.fpn.inner_blocks.0.0.weight", "rpn.head.conv.0.0.weight",
            "roi_heads.box_head.fc6.weight",
            "roi_heads.mask_head.3.0.bias", "roi_heads.mask_predictor.conv5_mask.weight"])
            Assert.Contains(name, state.Keys);
    }

    [Fact]
    public void A_file_of_the_older_naming_loads_and_one_that_does_not_fit_is_named_whole()
    {
        using var first = Network();
        using var second = Network();
        var weights = first.state_dict().ToDictionary(entry => Older(entry.Key), entry =>
            entry.Value.detach() + 1);
        Assert.Contains("backbone.fpn.layer_blocks.2.bias", weights.Keys);
        Assert.Contains("rpn.head.conv.weight", weights.Keys);
        Assert.Contains("roi_heads.mask_head.mask_fcn2.weight", weights.Keys);
        string path = Path.GetTempFileName();
        try
        {
            PyTorchCheckpoint.Save(path, weights);
            second.Load(path);
            foreach (var (name, value) in first.state_dict())
                if (!name.EndsWith(".num_batches_tracked"))
                    Fixture.Agree(value + 1, second.state_dict()[name], 0, name);

            weights.Remove("rpn.head.cls_logits.bias");
            weights["surplus"] = zeros(2);
            weights["roi_heads.box_predictor.cls_score.bias"] = zeros(7);
            PyTorchCheckpoint.Save(path, weights);
            var error = Assert.Throws<InvalidDataException>(() => first.Load(path));
            foreach (string part in (string[])[
                "'rpn.head.cls_logits.bias' [3] is missing", "'surplus' [2] is unexpected",
                "'roi_heads.box_predictor.cls_score.bias' has shape [7] and should have [5]"])
                Assert.Contains(part, error.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Older(string name)
    {
        for (int i = 0; i < 4; i++)
            name = name.Replace($"_blocks.{i}.0.", $"_blocks.{i}.").Replace(
                $"mask_head.{i}.0.", $"mask_head.mask_fcn{i + 1}.");
        return name.Replace("rpn.head.conv.0.0.", "rpn.head.conv.");
    }

    [Fact]
    public void Gradient_reaches_every_parameter_and_a_picture_without_objects_learns_too()
    {
        using var network = Network();
        network.train();
        var pictures = Pictures((64, 80), (70, 64));
        Instances[] objects =
            [Formula.Objects("test 0", 64, 80, 2, 5), Formula.Objects("test 1", 70, 64, 3, 5)];
        network.Losses(pictures, objects).Total().backward();
        foreach (var (name, parameter) in network.named_parameters())
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);

        network.zero_grad();
        var nothing = new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 32, 40]));
        var losses = network.Losses([Formula.Picture("nothing", 32, 40)], [nothing]);
        Assert.Equal(0, losses.Box.item<float>());
        Assert.Equal(0, losses.Mask.item<float>());
        Assert.True(losses.Objectness.item<float>() > 0 && losses.Class.item<float>() > 0);
        losses.Total().backward();
        Assert.All(network.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void A_batch_of_two_equals_two_batches_of_one()
    {
        using var network = Network();
        network.eval();
        var pictures = Pictures((64, 96), (96, 64));
        // Both are 64×96 and so padded alike only when turned alike; the first alone has the batch's size
        // already.
        var alike = new[] { pictures[0], pictures[0].flip(2) };
        var together = network.Detect(alike);
        for (int i = 0; i < 2; i++)
        {
            var alone = network.Detect([alike[i]])[0];
            Assert.True(alone.Labels.shape[0] > 0);
            Fixture.Agree(alone.Labels, together[i].Labels, 0, "labels");
            Fixture.Agree(alone.Boxes, together[i].Boxes, 1e-4, "boxes");
            Fixture.Agree(alone.Masks, together[i].Masks, 1e-4, "masks");
        }
        Assert.Equal([pictures[1].shape[1], pictures[1].shape[2]],
            network.Detect(pictures)[1].Masks.shape[1..]);
    }

    [Fact]
    public void The_mask_loss_sees_only_the_true_class_and_is_ln_two_for_a_logit_of_zero()
    {
        using var network = Network();
        network.train();
        using (no_grad())
        {
            network.get_parameter("roi_heads.mask_predictor.mask_fcn_logits.weight")!.zero_();
            network.get_parameter("roi_heads.mask_predictor.mask_fcn_logits.bias")!.zero_();
        }
        var objects = Formula.Objects("test 0", 64, 80, 2, 5);
        var mask = network.Losses(Pictures((64, 80)), [objects]).Mask;
        Assert.Equal(Math.Log(2), mask.item<float>(), 1e-5);
        mask.backward();
        var gradient = network.get_parameter("roi_heads.mask_predictor.mask_fcn_logits.bias")!.grad!;
        long[] classes = [.. objects.Labels.data<long>()];
        for (int k = 0; k < 5; k++) Assert.Equal(classes.Contains(k), gradient[k].item<float>() != 0);
    }

    [Fact]
    public void A_tiny_network_learns_where_an_object_is()
    {
        using var network = Network(Small with { Classes = 2 });
        OneObject.IsLearned(network);
    }

    [Fact]
    public void Wrong_labels_boxes_without_area_and_pictures_of_other_shapes_are_refused()
    {
        using var network = Network();
        network.train();
        var pictures = Pictures((64, 80));
        var objects = Formula.Objects("test 0", 64, 80, 2, 5);
        Assert.Contains("1 to 4", Assert.Throws<ArgumentException>(
            () => network.Losses(pictures, [objects with { Labels = objects.Labels + 4 }])).Message);
        Assert.Contains("area", Assert.Throws<ArgumentException>(
            () => network.Losses(pictures, [objects with { Boxes = zeros(2, 4, float32) }])).Message);
        Assert.Contains("[2, 64, 80]", Assert.Throws<ArgumentException>(
            () => network.Losses(pictures, [objects with { Labels = zeros([3], int64) + 1 }])).Message);
        Assert.Throws<ArgumentException>(() => network.Detect([zeros([1, 20, 20])]));
        Assert.Throws<ArgumentException>(() => network.Detect([]));
    }

    [Fact]
    public void A_picture_of_one_pixel_and_one_that_shows_nothing_give_nothing_or_little()
    {
        using var network = Network(Small with { Score = 0.99 });
        network.eval();
        var found = network.Detect([zeros([3, 1, 1]), zeros([3, 200, 20])]);
        Assert.Equal([0, 1, 1], found[0].Masks.shape);
        Assert.Equal([0, 200, 20], found[1].Masks.shape);
        network.train();
        var one = new Instances(tensor(new float[,] { { 0, 0, 1, 1 } }), tensor(new long[] { 2 }), ones(1, 1, 1));
        Assert.True(float.IsFinite(network.Losses([zeros(3, 1, 1)], [one]).Total().item<float>()));
    }
}
