using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class YolactTests
{
    private static readonly YolactSettings Small = new()
    {
        Classes = 4, Side = 64, Width = 16, Prototypes = 6, Sizes = [[6], [12], [24], [48], [60]],
        Detections = 10,
    };

    private static Yolact Network(YolactSettings? settings = null)
    {
        manual_seed(1);
        return new Yolact(settings ?? Small, new SmallBackbone([8, 12, 16, 16], 1));
    }

    [Theory]
    [InlineData(50, 354, 31_164_943)]
    [InlineData(101, 660, 50_157_071)]
    public void Parameters_have_the_authors_names_and_numbers(int depth, int tensors, long numbers)
    {
        using var network = new Yolact(null, new ResNet(depth, grouped: true));
        var state = network.state_dict();
        Assert.Equal(tensors, state.Count);
        Assert.Equal(numbers, network.parameters().Sum(parameter => parameter.numel()));
        foreach (var (name, shape) in new (string, long[])[]
        {
            ("backbone.layers.3.2.conv2.weight", [512, 512, 3, 3]),
                ("backbone.layers.0.0.downsample.1.running_var", [256]),
            ("fpn.lat_layers.0.weight", [256, 2048, 1, 1]), ("fpn.lat_layers.2.weight", [256, 512, 1, 1]),
            ("fpn.pred_layers.2.bias", [256]), ("fpn.downsample_layers.1.weight", [256, 256, 3, 3]),
            ("proto_net.8.weight", [256, 256, 3, 3]), ("proto_net.10.weight", [32, 256, 1, 1]),
            ("prediction_layers.0.upfeature.0.weight", [256, 256, 3, 3]),
            ("prediction_layers.0.bbox_layer.weight", [12, 256, 3, 3]),
            ("prediction_layers.0.conf_layer.weight", [243, 256, 3, 3]),
            ("prediction_layers.0.mask_layer.weight", [96, 256, 3, 3]),
            ("semantic_seg_conv.weight", [80, 256, 1, 1]),
        })
            Assert.Equal(shape, state[name].shape);
    }

    [Fact]
    public void Shapes_of_a_prediction_are_the_stated()
    {
        using var network = Network(Small with { Sizes = [[24], [48], [96], [192], [384]] });
        network.eval();
        using var none = no_grad();
        var prediction = network.Predict(zeros(2, 3, 138, 138));
        // Strides 8, 16, 32 and two more by convolutions of stride 2: 18, 9, 5, 3, 2 cells.
        long priors = 3 * (18 * 18 + 9 * 9 + 5 * 5 + 3 * 3 + 2 * 2);
        Assert.Equal([2, priors, 4], prediction.Steps.shape);
        Assert.Equal([2, priors, 5], prediction.Logits.shape);
        Assert.Equal([2, priors, 6], prediction.Coefficients.shape);
        Assert.Equal([2, 36, 36, 6], prediction.Prototypes.shape);
        Assert.Equal([priors, 4], prediction.Priors.shape);
        Assert.Null(prediction.Semantic);
        Assert.True(prediction.Prototypes.min().item<float>() >= 0);
    }

    [Theory]
    [InlineData(new long[] { 12 }, 16)]
    [InlineData(new long[] { 12, 8 }, 32)]
    public void Each_doubling_halves_the_prototypes_cells(long[] doublings, int side)
    {
        using var network = Network(Small with { Doublings = doublings });
        network.eval();
        using var none = no_grad();
        Assert.Equal([1, side, side, 6], network.Predict(zeros(1, 3, 64, 64)).Prototypes.shape);
        // Numbered as the authors' are: doubling, ReLU, convolution, ReLU.
        var state = network.state_dict();
        for (int i = 0; i < doublings.Length; i++)
            Assert.Equal([doublings[i], i == 0 ? 16 : doublings[i - 1], 3, 3], state[$"proto_net.{8 + 4 * i}.weight"].shape);
        Assert.Equal([6, doublings[^1], 1, 1], state[$"proto_net.{6 + 4 * doublings.Length}.weight"].shape);
    }

    [Fact]
    public void An_assembled_mask_of_one_prototype_is_its_sigmoid_and_the_opposite_sign_the_rest()
    {
        var prototypes = rand(5, 6, 3);
        var whole = tensor(new float[,] { { 0, 0, 1, 1 } });
        var mask = YolactMasks.Assemble(prototypes, tensor(new float[,] { { 0, 1, 0 } }), whole);
        Fixture.Agree(prototypes.select(2, 1).sigmoid().unsqueeze(2), mask, 1e-6, "the mask");
        var opposite = YolactMasks.Assemble(prototypes, tensor(new float[,] { { 0, -1, 0 } }), whole);
        Fixture.Agree(1 - mask, opposite, 1e-6, "the opposite");
    }

    [Fact]
    public void A_mask_is_cut_to_its_box_grown_by_a_cell_and_so_is_its_gradient()
    {
        var prototypes = zeros(8, 8, 1).requires_grad_();
        var mask = YolactMasks.Assemble(
            prototypes, ones(1, 1), tensor(new float[,] { { 0.25f, 0.5f, 0.75f, 0.625f } }));
        // Columns 2 - 1 up to 6 + 1, rows 4 - 1 up to 5 + 1.
        var inside = zeros(8, 8);
        inside[TensorIndex.Slice(3, 6), TensorIndex.Slice(1, 7)] = tensor(0.5f);
        Fixture.Agree(inside, mask.detach().squeeze(2), 1e-6, "the mask");
        mask.sum().backward();
        Fixture.Agree(inside / 2, prototypes.grad!.squeeze(2), 1e-6, "the gradient");
    }

    [Fact]
    public void Every_object_has_a_prior_of_its_own_and_crowds_do_not_count()
    {
        var loss = new YolactLoss(Small, new BoxCoding(10, 5));
        var priors = tensor(new float[,] { { 0, 0, 0.4f, 0.4f }, { 0.5f, 0.5f, 0.9f, 0.9f },
            { 0, 0, 0.1f, 0.1f }, { 0.6f, 0, 0.8f, 0.2f } });
        // Both fit the first prior best; the second object has to take another, at an overlap of a tenth.
        var boxes = tensor(new float[,] { { 0, 0, 0.4f, 0.4f }, { 0, 0, 0.4f, 0.38f } });
        var objects = new Instances(boxes, tensor(new long[] { 2, 3 }), zeros(2, 8, 8));
        var (classes, owners) = loss.Match(priors, objects, null);
        Assert.Equal([2, 0, 3, 0], classes.data<long>().ToArray());
        Assert.Equal([0L, 1L], [owners[0].item<long>(), owners[2].item<long>()]);
        var (crowded, _) = loss.Match(priors, objects, tensor(new float[,] { { 0.5f, 0.4f, 1, 1 } }));
        Assert.Equal([2, -1, 3, 0], crowded.data<long>().ToArray());
        var (empty, _) = loss.Match(
            priors, new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 8, 8])), null);
        Assert.Equal([0, 0, 0, 0], empty.data<long>().ToArray());
    }

    [Fact]
    public void An_object_twice_as_large_weighs_the_same_and_a_perfect_mask_costs_nothing()
    {
        var loss = new YolactLoss(Small with { Weights = (0, 0, 1, 0) }, new BoxCoding(10, 5));
        double Of(float side, float value)
        {
            var box = tensor(new float[,] { { 0.25f, 0.25f, 0.25f + side, 0.25f + side } });
            var mask = zeros(1, 32, 32);
            int cells = (int)(32 * side);
            mask[0, TensorIndex.Slice(8, 8 + cells), TensorIndex.Slice(8, 8 + cells)] = tensor(1f);
            // One prototype, the mask with its sign; saturated by the coefficient.
            var prototypes = (2 * mask - 1).view(1, 32, 32, 1);
            var prediction = new YolactPrediction(
                zeros(1, 1, 4), zeros(1, 1, 5), full(1, 1, 1, value), prototypes, zeros(1, 4, 8, 8), box);
            return loss.Of(prediction, [new Instances(box, tensor(new long[] { 1 }), mask)],
                null).Mask.item<float>();
        }
        Assert.Equal(0, Of(0.25f, 50), 1e-5);
        // Undecided: ln 2 a cell of the box grown by a cell on each side, over the area.
        Assert.Equal(Math.Log(2) * 100 / 64, Of(0.25f, 0), 1e-4);
        Assert.Equal(Math.Log(2) * 18 * 18 / 256, Of(0.5f, 0), 1e-4);
    }

    [Fact]
    public void Gradient_reaches_every_parameter_also_without_objects()
    {
        using var network = Network();
        network.train();
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80), Formula.Picture("test 1", 70, 64)];
        Instances[] objects =
            [Formula.Objects("test 0", 64, 80, 2, 5), Formula.Objects("test 1", 70, 64, 3, 5)];
        var losses = network.Losses(pictures, objects);
        foreach (var part in new[] { losses.Box, losses.Class, losses.Mask, losses.Semantic })
            Assert.True(part.item<float>() > 0);
        losses.Total().backward();
        // Nothing here is as large as the priors of the two coarsest levels.
        foreach (var (name, parameter) in network.named_parameters().Where(p =>
            !p.name.Contains("downsample_layers")))
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
        var nothing = network.Losses(
            [pictures[0]], [new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 64, 80]))]);
        Assert.Equal(0, nothing.Box.item<float>() + nothing.Mask.item<float>() + nothing.Class.item<float>());
        Assert.True(float.IsFinite(nothing.Semantic.item<float>()));
    }

    [Fact]
    public void A_tiny_network_learns_where_an_object_is()
    {
        using var network = Network(Small with { Classes = 2 });
        OneObject.IsLearned(network);
    }

    [Fact]
    public void Files_load_by_name_without_what_older_ones_keep()
    {
        using var first = Network();
        using var second = Network();
        var weights = first.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach() + 1);
        weights["backbone.layer1.0.conv1.weight"] = zeros(2);
        weights["fpn.downsample_layers.2.weight"] = zeros(2);
        string path = Path.GetTempFileName();
        try
        {
            PyTorchCheckpoint.Save(path, weights);
            second.Load(path);
            Fixture.Agree(weights["proto_net.4.weight"], second.state_dict()["proto_net.4.weight"].detach(),
                0, "a weight");
            weights.Remove("proto_net.4.weight");
            weights["surplus"] = zeros(2);
            weights["semantic_seg_conv.bias"] = zeros(3);
            PyTorchCheckpoint.Save(path, weights);
            var error = Assert.Throws<InvalidDataException>(() => second.Load(path));
            Assert.Contains("'proto_net.4.weight' [16, 16, 3, 3] is missing", error.Message);
            Assert.Contains("'surplus' [2] is unexpected", error.Message);
            Assert.Contains("'semantic_seg_conv.bias' has shape [3] and should have [4]", error.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Wrong_labels_boxes_without_area_and_pictures_of_other_shapes_are_refused()
    {
        using var network = Network();
        network.train();
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80)];
        var objects = Formula.Objects("test 0", 64, 80, 2, 5);
        string Refusal(IReadOnlyList<Tensor> of, params Instances[] learned) =>
            Assert.Throws<ArgumentException>(() => network.Losses(of, learned)).Message;
        Assert.Contains("1 to 4", Refusal(pictures, objects with { Labels = objects.Labels + 4 }));
        Assert.Contains("1 to 4", Refusal(pictures, objects with { Labels = objects.Labels - 4 }));
        var boxes = objects.Boxes.clone();
        boxes[1, 3] = boxes[1, 1];
        Assert.Contains("area", Refusal(pictures, objects with { Boxes = boxes }));
        Assert.Contains("[2, 64, 80]", Refusal(pictures, objects with { Labels = zeros([3], int64) + 1 }));
        Assert.Contains("1 pictures", Refusal(pictures, objects, objects));
        Assert.Contains("[1, 64, 80]", Refusal([pictures[0].narrow(0, 0, 1)], objects));
        Assert.Throws<ArgumentException>(() => network.Detect([]));
    }

    [Fact]
    public void A_picture_of_one_pixel_and_one_that_shows_nothing_come_back_in_their_size()
    {
        using var network = Network();
        network.eval();
        foreach (var picture in (Tensor[])[zeros(3, 1, 1), ones(3, 1, 1), zeros(3, 200, 3)])
        {
            var found = network.Detect([picture])[0];
            Assert.Equal([found.Labels.shape[0], picture.shape[1], picture.shape[2]], found.Masks.shape);
            Assert.True(found.Boxes.isfinite().all().item<bool>());
        }
        // It is learned from too: an object of one pixel.
        network.train();
        var one = new Instances(tensor(new float[,] { { 0, 0, 1, 1 } }), tensor(new long[] { 2 }), ones(1, 1, 1));
        Assert.True(float.IsFinite(network.Losses([zeros(3, 1, 1)], [one]).Total().item<float>()));
    }

    [Fact]
    public void A_crowd_is_neither_learned_nor_background()
    {
        using var network = Network();
        network.eval();                                         // statistics that do not move
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80)];
        var none = new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 64, 80]));
        var priors = network.Predict(network.Batch(pictures)).Priors;
        var whole = tensor(new float[,] { { -1, -1, 2, 2 } });
        var (classes, _) = new YolactLoss(Small, new BoxCoding(10, 5)).Match(priors, none, whole);
        Assert.True((classes == -1).all().item<bool>());
        network.train();
        // An object in the crowd: it alone is learned, and nothing around it is background to it.
        Tensor Class(params Tensor[]? crowds) => network.Losses(
            pictures, [Formula.Objects("test 0", 64, 80, 1, 5)], crowds).Class;
        var (with, without) = (Class(tensor(new float[,] { { -80, -64, 160, 128 } })), Class(null));
        Assert.InRange(with.item<float>(), 0.1f, 0.9f * without.item<float>());
    }
}
