using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class YolactPlusPlusTests
{
    private static readonly YolactPlusPlusSettings Small = new()
    {
        Classes = 4, Side = 64, Width = 16, Prototypes = 6, Detections = 10,
        Sizes = [.. new[] { 6.0, 12, 24, 48, 60 }.Select(YolactPlusPlusSettings.ThreeOf)],
        RescoringLayers = [4, 8, 8], LeastCells = 4,
    };

    private static YolactPlusPlus Network(YolactPlusPlusSettings? settings = null)
    {
        manual_seed(1);
        return new YolactPlusPlus(
            settings ?? Small, new SmallBackbone([8, 12, 16, 16], 2, deformable: new([0, 2, 2, 2], 2)));
    }

    [Fact]
    public void A_judge_begins_with_a_gradient_for_every_class()
    {
        using var network = Network();
        using var judged = network.modules().OfType<MaskJudge>().Single().call(rand(20, 1, 32, 32));
        Assert.True(judged.min().item<float>() > 0, "a class whose last ReLU gives 0 learns nothing");
    }

    [Theory]
    [InlineData(50, 405, 33_766_460)]
    [InlineData(101, 705, 52_571_142)]
    public void Parameters_have_the_authors_names_and_numbers(int depth, int tensors, long numbers)
    {
        using var network = new YolactPlusPlus(null, YolactPlusPlus.DeformableResNet(depth));
        var state = network.state_dict();
        Assert.Equal(tensors, state.Count);
        Assert.Equal(numbers, network.parameters().Sum(parameter => parameter.numel()));
        foreach (var (name, shape) in new (string, long[])[]
        {
            ("backbone.layers.1.0.conv2.weight", [128, 128, 3, 3]), ("backbone.layers.1.0.conv2.bias", [128]),
            ("backbone.layers.2.3.conv2.conv_offset_mask.weight", [27, 256, 3, 3]),
            ("backbone.layers.3.0.conv2.conv_offset_mask.bias", [27]),
            ("prediction_layers.0.bbox_layer.weight", [36, 256, 3, 3]),
            ("prediction_layers.0.conf_layer.weight", [729, 256, 3, 3]),
            ("prediction_layers.0.mask_layer.weight", [288, 256, 3, 3]),
            ("maskiou_net.maskiou_net.0.weight", [8, 1, 3, 3]),
            ("maskiou_net.maskiou_net.8.weight", [128, 64, 3, 3]),
            ("maskiou_net.maskiou_net.10.bias", [80]),
        })
            Assert.Equal(shape, state[name].shape);
        Assert.DoesNotContain("backbone.layers.0.0.conv2.bias", state.Keys);
    }

    [Theory]
    [InlineData(4, 23, 3, 1, "0 1 2 3|0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22|0 1 2")]
    [InlineData(4, 23, 3, 3, "0 3|0 3 6 9 12 15 18 21|0")]
    [InlineData(4, 23, 3, 4, "0|0 4 8 12 16 20|0")]
    [InlineData(2, 10, 0, 1, "2 3|13 14 15 16 17 18 19 20 21 22|")]
    public void Blocks_of_ResNet_101_are_deformable_by_the_interval(
        int third, int fourth, int fifth, int interval, string expected)
    {
        var rule = new DeformableBlocks([0, third, fourth, fifth], interval);
        Assert.Equal("|" + expected, string.Join('|', new[] { 3, 4, 23, 3 }.Select((blocks, stage) =>
            string.Join(' ', Enumerable.Range(0, blocks).Where(block => rule.Has(stage, block, blocks))))));
    }

    [Fact]
    public void Priors_are_three_sizes_a_level_and_keep_their_area()
    {
        var settings = new YolactPlusPlusSettings();
        long[] levels = [69, 35, 18, 9, 5];
        Tensor Of(YolactSettings of, int level) => Anchors.Priors(
            levels[level], levels[level], [.. of.Sizes[level].Select(side => side / of.Side)], of.Ratios, of.Square);
        Assert.Equal(57_744, Enumerable.Range(0, 5).Sum(level => Of(settings, level).shape[0]));
        for (int level = 0; level < 5; level++)
        {
            var (plus, plain) = (Of(settings, level).view(-1, 9, 4), Of(new YolactSettings(), level).view(-1, 3, 4));
            Fixture.Agree(plain.select(1, 0), plus.select(1, 0), 1e-7, "the square of the first size");
            var area = (plus.select(2, 2) * plus.select(2, 3)).view(-1, 3, 3);      // [cells, sizes, ratios]
            Fixture.Agree(area.narrow(2, 0, 1).expand(area.shape), area, 1e-6, "areas");
            Assert.Equal(Math.Cbrt(4), (area[0, 1, 0] / area[0, 0, 0]).item<float>(), 1e-5);
        }
    }

    [Fact]
    public void A_deformable_layer_at_rest_is_half_a_convolution_and_a_constant_offset_shifts_it()
    {
        manual_seed(2);
        using var layer = new DeformableConv2d(3, 5, stride: 2, padding: 1);
        using var none = no_grad();
        var (weight, x) = (layer.get_parameter("weight")!, randn(2, 3, 12, 10));
        layer.get_parameter("bias")!.copy_(arange(5));
        var plain = nn.functional.conv2d(x, weight, strides: [2, 2], padding: [1, 1]);
        Fixture.Agree(plain / 2 + arange(5).view(1, 5, 1, 1), layer.call(x), 1e-6, "at rest");
        // Every tap one row down (dy is a tap's first number), and all of it: the sigmoid of 100 is 1.
        var bias = layer.get_parameter("conv_offset_mask.bias")!;
        for (int tap = 0; tap < 9; tap++) bias[2 * tap] = tensor(1f);
        bias.narrow(0, 18, 9).fill_(100);
        layer.get_parameter("bias")!.zero_();
        var shifted = nn.functional.conv2d(x.roll(-1, 2), weight, strides: [2, 2], padding: [1, 1]);
        Fixture.Agree(shifted.narrow(2, 1, 4), layer.call(x).narrow(2, 1, 4), 1e-6, "shifted");
        var (offsets, modulations) = layer.Taps(x);
        Assert.Equal([2, 18, 6, 5], offsets.shape);
        Fixture.Agree(ones(2, 9, 6, 5), modulations, 1e-6, "modulations");
    }

    [Fact]
    public void A_ResNet_with_deformable_blocks_at_rest_has_its_shapes_and_its_offsets_learn()
    {
        manual_seed(3);
        using var network = YolactPlusPlus.DeformableResNet();
        var maps = network.call(randn(2, 3, 64, 64));
        for (int i = 0; i < 4; i++)
            Assert.Equal([2, network.Channels[i], 64 / network.Strides[i], 64 / network.Strides[i]], maps[i].shape);
        var offsets = network.named_parameters().Where(p => p.name.EndsWith("conv_offset_mask.weight")).ToArray();
        Assert.Equal(13, offsets.Length);
        Assert.All(offsets, p => Assert.Equal(0, p.parameter.abs().max().item<float>()));
        maps[3].square().sum().backward();
        Assert.All(offsets, p => Assert.True(p.parameter.grad!.abs().sum().item<float>() > 0));
    }

    [Fact]
    public void The_judge_halves_a_mask_five_times_and_takes_the_largest_cell()
    {
        manual_seed(4);
        using var judge = new MaskJudge(new YolactPlusPlusSettings());
        using var none = no_grad();
        var layers = (TorchSharp.Modules.Sequential)judge.named_children().Single().module;
        var masks = rand(2, 1, 138, 138);
        var (said, h, sides) = (judge.call(masks), masks, new List<long>());
        for (int i = 0; i < layers.Count; i += 2)
        {
            h = layers[i].call(h).relu();
            sides.Add(h.shape[2]);
        }
        Assert.Equal([68, 33, 16, 7, 3, 3], sides);
        Assert.Equal([2, 80], said.shape);
        Fixture.Agree(h.flatten(2).max(2).values, said, 0, "the largest");
        // A class is a row of the last layer: other rows, other order.
        var order = randperm(80);
        foreach (string name in (string[])["maskiou_net.10.weight", "maskiou_net.10.bias"])
            judge.get_parameter(name)!.copy_(judge.get_parameter(name)!.index_select(0, order).clone());
        Fixture.Agree(said.index_select(1, order), judge.call(masks), 1e-6, "classes in another order");
    }

    [Fact]
    public void A_mask_too_small_for_the_judge_is_refused_with_the_remedy()
    {
        using var judge = new MaskJudge(new YolactPlusPlusSettings());
        Assert.Equal([1, 80], judge.call(zeros(1, 1, 63, 63)).shape);
        var error = Assert.Throws<ArgumentException>(() => judge.call(zeros(1, 1, 62, 63)));
        Assert.Contains("63 cells", error.Message);
        Assert.Contains("RescoringLayers", error.Message);
    }

    [Fact]
    public void What_a_mask_is_worth_is_its_overlap_above_one_half_and_small_objects_do_not_count()
    {
        using var judge = new MaskJudge(Small with { LeastCells = 25 });
        var truth = zeros(16, 16, 3);
        truth[TensorIndex.Slice(2, 8), TensorIndex.Slice(2, 8), 0] = tensor(1f);        // 36 cells
        truth[TensorIndex.Slice(0, 5), TensorIndex.Slice(0, 5), 1] = tensor(1f);        // 25 cells: not more
        truth[TensorIndex.Slice(0, 13), TensorIndex.Slice(0, 2), 2] = tensor(1f);       // 26 cells
        var masks = truth * 0.9 + 0.05;
        masks[TensorIndex.Slice(2, 8), TensorIndex.Slice(2, 5), 0] = tensor(0.5f);      // half of it just not
        masks[TensorIndex.Slice(0, 13), TensorIndex.Slice(2, 4), 2] = tensor(0.51f);    // twice as much
        Fixture.Agree(tensor(new[] { 0.5f, 1, 0.5f }), MaskJudge.Overlap(masks, truth), 1e-6, "overlaps");

        var labels = tensor(new long[] { 3, 0, 1 });
        using (no_grad()) foreach (var parameter in judge.parameters()) parameter.zero_();
        // û = 0 for all: of each of the two that count ½ · ½², weighed by 25. The sum does not see the third.
        Assert.Equal(25 * 2 * 0.125, judge.Loss(masks, truth, labels)!.item<float>(), 1e-5);
        using (no_grad()) judge.get_parameter("maskiou_net.6.bias")![3] = tensor(0.5f);
        // Right about class 3 now, and still wrong about class 1.
        Assert.Equal(25 * 0.125, judge.Loss(masks, truth, labels)!.item<float>(), 1e-5);
        Assert.Null(judge.Loss(masks.narrow(2, 1, 1), truth.narrow(2, 1, 1), labels.narrow(0, 1, 1)));
    }

    [Fact]
    public void Rescoring_changes_the_masks_scores_alone()
    {
        using var network = Network();
        network.eval();
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80), zeros(3, 9, 7)];
        using (no_grad())
        {
            // Something to find: the classes' biases decide.
            network.get_parameter("prediction_layers.0.conf_layer.bias")!.normal_(0, 1);
            network.get_parameter("maskiou_net.maskiou_net.6.weight")!.zero_();
            network.get_parameter("maskiou_net.maskiou_net.6.bias")!.copy_(tensor(new[] { 0.1f, 0.2f, 0.3f, -1 }));
        }
        var found = network.Detect(pictures)[0];
        Assert.True(found.Labels.shape[0] > 0);
        var expected = tensor(new[] { 0.1f, 0.2f, 0.3f, 0 }).index_select(0, found.Labels - 1) * found.Scores;
        Fixture.Agree(expected, found.MaskScores, 1e-6, "scores of masks");

        using var plain = Network(Small with { Rescoring = false });
        plain.load_state_dict(network.state_dict(), strict: false);
        plain.eval();
        var same = plain.Detect(pictures)[0];
        Assert.Same(same.Scores, same.MaskScores);
        Fixture.Agree(same.Scores, found.Scores, 0, "scores of boxes");
        Fixture.Agree(same.Boxes, found.Boxes, 0, "boxes");
        Fixture.Agree(same.Masks, found.Masks, 0, "masks");
    }

    [Fact]
    public void Rescoring_with_the_truth_raises_the_average_precision_and_with_a_constant_leaves_it()
    {
        // Two objects; a box of another and a half mask come before the right masks, all as sure.
        var truth = Shapes.Draw(4, 3);
        var dataset = Shapes.GroundTruth(truth);
        double Precision(Func<double, double> worth)
        {
            var detections = new List<CocoDetection>();
            for (int image = 0; image < truth.Count; image++)
            {
                var (scene, n) = (truth[image], truth[image].Boxes.shape[0]);
                var half = scene.Masks.clone();
                half.narrow(1, 0, 48).fill_(false);
                var masks = cat([half, scene.Masks], 0);
                var whole = cat([scene.Masks, scene.Masks], 0).to(float32);
                var overlap = MaskJudge.Overlap(masks.to(float32).permute(1, 2, 0), whole.permute(1, 2, 0));
                float[] scores = [.. overlap.data<float>().ToArray().Select(u => (float)(0.5 * worth(u)))];
                detections.AddRange(CocoDetection.Of(
                    image + 1, cat([scene.Boxes, scene.Boxes], 0), cat([scene.Labels, scene.Labels], 0),
                    tensor(scores), masks));
            }
            return CocoEvaluation.Evaluate(dataset, detections, CocoMatching.Masks).Ap;
        }
        double before = Precision(_ => 1);
        Assert.Equal(before, Precision(_ => 0.7), 1e-12);
        Assert.True(Precision(u => u) > before + 0.05, $"{Precision(u => u)} after {before}");
    }

    [Fact]
    public void Gradient_reaches_every_parameter_and_the_judges_loss_goes_on_into_the_masks()
    {
        using var network = Network();
        network.train();
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80), Formula.Picture("test 1", 70, 64)];
        Instances[] objects =
            [Formula.Objects("test 0", 64, 80, 2, 5), Formula.Objects("test 1", 70, 64, 3, 5)];
        var losses = network.Losses(pictures, objects);
        Assert.True(losses.Rescoring!.item<float>() > 0);
        Assert.Equal(
            new[] { losses.Box, losses.Class, losses.Mask, losses.Semantic, losses.Rescoring }
                .Sum(part => part.item<float>()), losses.Total().item<float>(), 1e-3);
        losses.Total().backward();
        // Nothing here is as large as the priors of the two coarsest levels.
        foreach (var (name, parameter) in network.named_parameters().Where(p =>
            !p.name.Contains("downsample_layers")))
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);

        network.zero_grad();
        network.Losses(pictures, objects).Rescoring!.backward();
        foreach (string name in (string[])["proto_net.10.weight", "prediction_layers.0.mask_layer.weight"])
            Assert.True(network.get_parameter(name)!.grad!.abs().sum().item<float>() > 0, name);

        var nothing = network.Losses(
            [pictures[0]], [new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 64, 80]))]);
        Assert.Null(nothing.Rescoring);
        nothing.Total().backward();
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        using var network = Network();
        using var again = Network();
        network.train();
        again.train();
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80)];
        Instances[] objects = [Formula.Objects("test 0", 64, 80, 2, 5)];
        Assert.Equal(network.Losses(pictures, objects).Total().item<float>(),
            again.Losses(pictures, objects).Total().item<float>());
    }

    [Fact]
    public void A_tiny_network_learns_where_an_object_is()
    {
        using var network = Network(Small with { Classes = 2 });
        OneObject.IsLearned(network);
    }

    [Fact]
    public void Weights_of_YOLACT_do_not_fit_and_all_that_is_wrong_is_named()
    {
        manual_seed(1);
        using var plain = new Yolact(
            Small with { Sizes = [[6], [12], [24], [48], [60]] }, new SmallBackbone([8, 12, 16, 16], 2));
        using var network = Network();
        string path = Path.GetTempFileName();
        try
        {
            plain.save_py(path);
            var error = Assert.Throws<InvalidDataException>(() => network.Load(path));
            foreach (string part in (string[])[
                "'maskiou_net.maskiou_net.0.weight' [4, 1, 3, 3] is missing",
                "conv_offset_mask.bias' [27] is missing",
                "'prediction_layers.0.bbox_layer.weight' has shape [12, 16, 3, 3] and should have [36, 16, 3, 3]"])
                Assert.Contains(part, error.Message);
            network.save_py(path);
            using var same = Network();
            same.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
