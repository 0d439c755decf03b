using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class PaNetTests
{
    private static readonly PaNetSettings Small = new()
    {
        Classes = 5, Pictures = new PictureSizes(64, 96), Width = 16, Hidden = 32, MaskLayers = [16, 16, 16],
        MaskWidth = 16, Groups = 4,
        Proposals = new ProposalSettings
        {
            Sizes = [12, 24, 48, 96, 192], Samples = 64, Before = (100, 60), After = (60, 30),
        },
        Regions = 32, Detections = 10, Score = 0.1,
    };

    private static readonly PaNetSettings Nothing = Small with
    {
        BottomUp = false,
        AdaptivePooling = false,
        FullyConnected = false,
        HeavyHead = false,
    };

    private static SmallBackbone Body() => new([8, 12, 16, 16], 1);

    private static PaNet Network(PaNetSettings? settings = null)
    {
        manual_seed(1);
        return new PaNet(settings ?? Small, Body());
    }

    private static Tensor[] Pictures() => [Formula.Picture("test 0", 64, 80), Formula.Picture("test 1", 70, 64)];

    private static Instances[] Objects() =>
        [Formula.Objects("test 0", 64, 80, 2, 5), Formula.Objects("test 1", 70, 64, 3, 5)];

    [Fact]
    public void Without_its_parts_it_is_Mask_R_CNN()
    {
        using var network = Network(Nothing);
        manual_seed(2);
        using var plain = new MaskRcnn(Nothing, Body());
        Assert.Equal(plain.state_dict().Keys, network.state_dict().Keys);
        plain.load_state_dict(network.state_dict());
        network.train();
        plain.train();
        var (ours, theirs) = (network.Losses(Pictures(), Objects()), plain.Losses(Pictures(), Objects()));
        Assert.Equal(theirs.Total().item<float>(), ours.Total().item<float>());
        network.eval();
        plain.eval();
        Fixture.Agree(plain.Detect(Pictures())[0].Masks, network.Detect(Pictures())[0].Masks, 0, "masks");
    }

    [Fact]
    public void Parameters_have_the_papers_shapes_and_the_releases_names()
    {
        using var network = new PaNet(new PaNetSettings(), new ResNet(18));
        var state = network.state_dict();
        foreach (var (name, shape) in new (string, long[])[]
        {
            ("backbone.panet_buttomup_conv1_modules.2.0.weight", [256, 256, 3, 3]),
            ("backbone.panet_buttomup_conv1_modules.0.0.bias", [256]),
            ("backbone.panet_buttomup_conv2_modules.0.1.weight", [256]),
            ("backbone.fpn.inner_blocks.3.0.weight", [256, 512, 1, 1]),
            ("roi_heads.box_head.conv1_head.3.0.weight", [256, 256, 3, 3]),
            ("roi_heads.box_head.convs.6.weight", [256, 256, 3, 3]),
            ("roi_heads.box_head.fc.weight", [1024, 12544]),
            ("roi_heads.box_predictor.bbox_pred.weight", [364, 1024]),
            ("roi_heads.mask_head.mask_conv1.3.0.weight", [256, 256, 3, 3]),
            ("roi_heads.mask_head.conv_fcn.3.weight", [256, 256, 3, 3]),
            ("roi_heads.mask_head.mask_conv4.0.weight", [256, 256, 3, 3]),
            ("roi_heads.mask_head.mask_conv4_fc.0.weight", [256, 256, 3, 3]),
            ("roi_heads.mask_head.mask_conv5_fc.0.weight", [128, 256, 3, 3]),
            ("roi_heads.mask_head.mask_fc.weight", [784, 25088]),
            ("roi_heads.mask_predictor.mask_fcn_logits.weight", [91, 256, 1, 1]),
        })
            Assert.Equal(shape, state[name].shape);
        // Convolutions of the heads have no bias where groups are normalised, those of the path do.
        Assert.DoesNotContain("roi_heads.box_head.conv1_head.3.0.bias", state.Keys);
        long Count(string part) => network.named_parameters().Where(p => p.name.Contains(part))
            .Sum(p => p.parameter.numel());
        const long each = 9 * 256 * 256 + 2 * 256;                                  // a convolution and its groups
        Assert.Equal(6 * (each + 256), Count("buttomup"));
        Assert.Equal(7 * each + 1024 * (12544 + 1), Count("box_head"));
        Assert.Equal(8 * each + (9 * 256 * 128 + 2 * 128) + 784 * (25088 + 1), Count("mask_head"));
    }

    [Fact]
    public void The_path_keeps_shapes_and_a_cell_of_the_finest_level_reaches_the_coarsest()
    {
        manual_seed(3);
        using var neck = new PathBackbone(Body(), 8, 4);
        using var none = no_grad();
        long[] rows = [33, 17, 9, 5, 3], columns = [25, 13, 7, 4, 2];
        Tensor[] pyramid = [.. rows.Zip(columns, (h, w) => randn(1, 8, h, w))];
        var path = neck.Augment(pyramid);
        Assert.Equal(pyramid.Select(level => level.shape), path.Select(level => level.shape));
        pyramid[0] = pyramid[0].clone();
        pyramid[0][0, 2, 16, 12] += 1;
        var moved = neck.Augment(pyramid);
        for (int i = 0; i < 5; i++) Assert.True((moved[i] - path[i]).abs().max().item<float>() > 0);
        using var network = Network();
        Tensor[] given = [.. rows.Zip(columns, (h, w) => randn(1, 16, h, w))];
        Assert.Equal(given.Select(level => level.shape), network.Augment(given).Select(level => level.shape));
        using var without = Network(Small with { BottomUp = false });
        Assert.Throws<InvalidOperationException>(() => without.Augment(given));
    }

    [Fact]
    public void A_path_that_carries_nothing_leaves_the_pyramid_but_for_what_is_below_zero()
    {
        using var neck = new PathBackbone(Body(), 3, 0);
        using var none = no_grad();
        foreach (var (name, parameter) in neck.named_parameters().Where(p => p.name.Contains("buttomup")))
        {
            parameter.zero_();
            if (name.Contains("conv2") && parameter.dim() == 4)
                for (int c = 0; c < 3; c++) parameter[c, c, 1, 1] = tensor(1f);     // the identity
        }
        Tensor[] pyramid = [randn(2, 3, 16, 12), randn(2, 3, 8, 6), randn(2, 3, 4, 3), randn(2, 3, 2, 2),
            randn(2, 3, 1, 1)];
        var path = neck.Augment(pyramid);
        Fixture.Agree(pyramid[0], path[0], 0, "N2");
        for (int i = 1; i < 4; i++) Fixture.Agree(pyramid[i].relu(), path[i], 0, $"N{i + 2}");
        Fixture.Agree(path[3].narrow(2, 0, 1).narrow(3, 0, 1), path[4], 0, "every other cell of N5");
    }

    /// <summary>A fusion of 1×1 convolutions whose weights are given, level by level.</summary>
    private static LevelFusion Fusion(LevelFusing fusing, params float[] weights)
    {
        int level = 0;
        return new LevelFusion(weights.Length, fusing, () =>
        {
            var convolution = nn.Conv2d(1, 1, 1, bias: false);
            nn.init.constant_(convolution.weight, weights[level++]);
            return nn.Sequential(convolution, nn.ReLU());
        });
    }

    [Fact]
    public void Levels_meet_in_their_largest_value_behind_their_own_layers()
    {
        Tensor Of(params float[] values) => tensor(values, [1, 1, 1, values.Length]).requires_grad_();
        Tensor[] pooled = [Of(1, 5, -1), Of(4, 1, -2), Of(-9, -8, -3)];
        using var fusion = Fusion(LevelFusing.Max, 2, 1, -0.25f);
        var fused = fusion.call(pooled);
        // Behind the layers: (2, 10, 0), (4, 1, 0) and (2.25, 2, 0.75).
        Fixture.Agree(Of(4, 10, 0.75f), fused.detach(), 1e-6, "the maximum");
        fused.sum().backward();
        Fixture.Agree(Of(0, 2, 0), pooled[0].grad!, 1e-6, "what the first level learns");
        Fixture.Agree(Of(1, 0, 0), pooled[1].grad!, 1e-6, "what the second level learns");
        Fixture.Agree(Of(0, 0, -0.25f), pooled[2].grad!, 1e-6, "what the third level learns");

        using var turned = Fusion(LevelFusing.Max, -0.25f, 2, 1);
        Fixture.Agree(fused, turned.call([pooled[2], pooled[0], pooled[1]]), 0, "levels and layers in turn");
        using var alone = Fusion(LevelFusing.Max, 0, 1, 0);
        Fixture.Agree(pooled[1].relu(), alone.call(pooled), 0, "one level, the others being 0");
        using var sum = Fusion(LevelFusing.Sum, 2, 1, -0.25f);
        Fixture.Agree(Of(8.25f, 13, 0.75f), sum.call(pooled), 1e-6, "the sum");
    }

    [Fact]
    public void Adaptive_pooling_of_levels_that_are_all_the_same_is_pooling_of_one()
    {
        manual_seed(4);
        var map = randn(2, 3, 20, 20);
        Tensor[] boxes = [tensor(new float[,] { { 3, 4, 30, 50 }, { 0, 0, 79, 79 } }),
            tensor(new float[,] { { 10, 20, 15, 24 } })];
        var one = PyramidPooling.Pool([map], [4], boxes, 3);
        foreach (var level in PyramidPooling.PoolEvery([map, map, map], [4, 4, 4], boxes, 3))
            Fixture.Agree(one, level, 0, "a level");
        // Its own scale each: on a map half as fine a box is half as large.
        var halves = PyramidPooling.PoolEvery([map, map], [4, 8], boxes, 3);
        Fixture.Agree(PyramidPooling.Pool([map], [4], [.. boxes.Select(of => of / 2)], 3), halves[1], 1e-5,
            "the coarser level");
    }

    [Fact]
    public void The_fully_connected_layer_adds_one_mask_to_those_of_all_classes()
    {
        using var network = Network();
        network.eval();
        using var none = no_grad();
        var levels = network.Levels.call(randn(1, 3, 64, 96));
        Tensor[] boxes = [tensor(new float[,] { { 5, 6, 40, 50 }, { 30, 0, 90, 60 } })];
        var (weight, bias) = (network.get_parameter("roi_heads.mask_head.mask_fc.weight")!,
            network.get_parameter("roi_heads.mask_head.mask_fc.bias")!);
        weight.zero_();
        var plain = network.Heads.Segment(levels, boxes);
        Assert.Equal([2, 5, 28, 28], plain.shape);
        var map = randn(28, 28);
        bias.copy_(map.flatten());
        var fused = network.Heads.Segment(levels, boxes);
        Fixture.Agree(map.expand(2, 5, 28, 28), fused - plain, 1e-5, "what is added");
        var picture = Pictures()[0];
        var (ofClasses, shared) = network.MaskParts(picture, tensor(new float[,] { { 5, 6, 40, 50 } }));
        Assert.Equal([1, 5, 28, 28], ofClasses.shape);
        Fixture.Agree(map.view(1, 1, 28, 28), shared, 0, "the part that is added");
        using var without = Network(Small with { FullyConnected = false });
        Assert.Throws<InvalidOperationException>(() => without.MaskParts(picture, zeros(1, 4)));
        // Below 0 too: nothing keeps it from speaking against a pixel.
        Assert.True(map.min().item<float>() < 0);
    }

    public static TheoryData<bool, bool, bool, bool> Switches => new()
    {
        { true, true, true, true }, { true, false, false, false }, { false, true, false, false },
        { false, false, true, false }, { false, false, false, true }, { false, true, true, false },
    };

    [Theory]
    [MemberData(nameof(Switches))]
    public void Gradient_reaches_every_parameter_of_each_part(bool path, bool pooling, bool connected, bool heavy)
    {
        using var network = Network(Small with
        {
            BottomUp = path,
            AdaptivePooling = pooling,
            FullyConnected = connected,
            HeavyHead = heavy,
        });
        network.train();
        var losses = network.Losses(Pictures(), Objects());
        losses.Total().backward();
        foreach (var (name, parameter) in network.named_parameters())
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_batches_of_two_those_of_one()
    {
        using var network = Network();
        using var again = Network();
        network.train();
        again.train();
        Assert.Equal(network.Losses(Pictures(), Objects()).Total().item<float>(),
            again.Losses(Pictures(), Objects()).Total().item<float>());
        network.eval();
        var picture = Formula.Picture("test 0", 64, 96);
        Tensor[] alike = [picture, picture.flip(2)];
        var together = network.Detect(alike);
        for (int i = 0; i < 2; i++)
        {
            var alone = network.Detect([alike[i]])[0];
            Assert.True(alone.Labels.shape[0] > 0);
            Fixture.Agree(alone.Labels, together[i].Labels, 0, "labels");
            Fixture.Agree(alone.Masks, together[i].Masks, 1e-4, "masks");
        }
    }

    [Fact]
    public void Shares_of_levels_add_up_to_one()
    {
        using var network = Network();
        network.eval();
        var boxes = tensor(new float[,] { { 5, 6, 40, 50 }, { 0, 0, 78, 60 }, { 20, 20, 26, 25 } });
        var shares = network.LevelShares(Pictures()[0], boxes);
        Assert.Equal([3, 4], shares.shape);
        Fixture.Agree(ones(3), shares.sum(1), 1e-6, "sums");
        Assert.True(shares.min().item<float>() >= 0 && shares.max().item<float>() < 1);
        using var light = Network(Small with { HeavyHead = false });
        light.eval();
        Fixture.Agree(ones(3), light.LevelShares(Pictures()[0], boxes).sum(1), 1e-6, "sums of linear layers");
        using var single = Network(Small with { AdaptivePooling = false });
        Assert.Throws<InvalidOperationException>(() => single.LevelShares(Pictures()[0], boxes));
    }

    [Fact]
    public void A_tiny_network_learns_where_an_object_is()
    {
        using var network = Network(Small with { Classes = 2 });
        OneObject.IsLearned(network);
    }

    [Fact]
    public void A_picture_of_one_pixel_is_searched_and_boxes_without_area_are_refused()
    {
        using var network = Network();
        network.eval();
        var found = network.Detect([zeros(3, 1, 1)])[0];
        Assert.Equal([found.Labels.shape[0], 1, 1], found.Masks.shape);
        network.train();
        var objects = Objects();
        Assert.Contains("area", Assert.Throws<ArgumentException>(() => network.Losses(
            Pictures(), [objects[0], objects[1] with { Boxes = zeros(3, 4) }])).Message);
    }

    [Fact]
    public void Widths_that_make_no_groups_and_a_mask_of_one_layer_are_refused()
    {
        Assert.Contains("16 channels make no 32 groups",
            Assert.Throws<ArgumentException>(() => Network(Small with { Groups = 32 })).Message);
        Assert.Contains("MaskLayers has 1",
            Assert.Throws<ArgumentException>(() => Network(Small with { MaskLayers = [16] })).Message);
    }

    [Fact]
    public void Weights_come_back_from_a_file()
    {
        using var first = Network();
        manual_seed(5);
        using var second = new PaNet(Small, Body());
        string path = Path.GetTempFileName();
        try
        {
            first.save_py(path);
            second.Load(path);
            foreach (var (name, value) in first.state_dict())
                if (!name.EndsWith(".num_batches_tracked"))
                    Fixture.Agree(value.detach(), second.state_dict()[name].detach(), 0, name);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
