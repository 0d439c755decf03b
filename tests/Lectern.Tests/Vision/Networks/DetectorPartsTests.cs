using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class DetectorPartsTests
{
    [Fact]
    public void Anchors_of_a_cell_are_those_of_the_reference()
    {
        var cell = Anchors.OfCell([32], [0.5, 1, 2]);
        Assert.Equal([-23, -11, 23, 11, -16, -16, 16, 16, -11, -23, 11, 23], cell.data<float>().ToArray());
        var grid = Anchors.Grid(cell, 2, 3, (8, 16));
        Assert.Equal([18, 4], grid.shape);
        Assert.Equal([0, -16, 32, 16], grid[4].data<float>().ToArray());            // column 1, ratio 1
        Assert.Equal([-23, -3, 23, 19], grid[9].data<float>().ToArray());            // row 1, ratio ½
    }

    [Fact]
    public void Priors_are_YOLACTs()
    {
        (int, double)[] levels = [(69, 24), (35, 48), (18, 96), (9, 192), (5, 384)];
        var priors = cat([.. levels.Select(l =>
            Anchors.Priors(l.Item1, l.Item1, [l.Item2 / 550], [1, 0.5, 2], true))], 0);
        Assert.Equal([19248, 4], priors.shape);
        Fixture.Agree(tensor(new[] { 0.5 / 69, 0.5 / 69, 24.0 / 550, 24.0 / 550 }), priors[0], 1e-7,
            "the first prior");
        Fixture.Agree(priors.select(1, 2), priors.select(1, 3), 0, "heights");
        // Three sizes a level and shapes that are not square: the same area at each ratio.
        var plus = Anchors.Priors(9, 9, [0.1, 0.1 * Math.Cbrt(2), 0.1 * Math.Cbrt(4)], [1, 0.5, 2]);
        Assert.Equal([9 * 9 * 9, 4], plus.shape);
        var area = (plus.select(1, 2) * plus.select(1, 3)).view(-1, 3, 3);
        Fixture.Agree(area.select(2, 0), area.select(2, 1), 1e-7, "areas");
        Fixture.Agree(area.select(2, 0), area.select(2, 2), 1e-7, "areas");
    }

    [Fact]
    public void Decoding_undoes_encoding_and_weights_are_the_variances_of_the_SSD()
    {
        manual_seed(1);
        Tensor Random() => cat([rand([20, 2], float64) * 50, rand([20, 2], float64) * 50 + 51], 1);
        var (boxes, anchors) = (Random(), Random());
        var coding = new BoxCoding(10, 5);
        var steps = coding.Encode(boxes, anchors);
        Fixture.Agree(boxes, coding.Decode(steps, anchors), 1e-10, "boxes");
        Fixture.Agree(anchors, coding.Decode(zeros_like(steps), anchors), 1e-10, "anchors");
        var plain = new BoxCoding().Encode(boxes, anchors) / tensor(new[] { 0.1, 0.1, 0.2, 0.2 });
        Fixture.Agree(plain, steps, 1e-10, "steps by variances");
        // A size is at most 1000/16 times the anchor's.
        var large = new BoxCoding().Decode(
            full(1, 4, 50.0, dtype: float64), tensor(new double[,] { { 0, 0, 16, 32 } }));
        Assert.Equal([1000, 2000], (
            large[0].narrow(0, 2, 2) - large[0].narrow(0, 0, 2)).data<double>().ToArray().Select(value => Math.Round(value)));
    }

    [Fact]
    public void Matching_has_a_band_between_and_keeps_every_objects_best()
    {
        var overlaps = tensor(
            new float[,] { { 0.8f, 0.4f, 0.1f, 0.2f, 0.5f }, { 0.75f, 0.1f, 0.25f, 0.25f, 0.1f } });
        var matched = new BoxMatcher(0.7, 0.3).Match(overlaps);
        Assert.Equal([0, -2, -1, -1, -2], matched.data<long>().ToArray());
        Assert.Equal([1, -1, 0, 0, -1], BoxMatcher.Kinds(matched).data<long>().ToArray());
        var without = tensor(new float[,] { { 0.8f, 0.4f, 0.1f, 0.2f }, { 0.2f, 0.1f, 0.25f, 0.25f } });
        // The second object's best two are equal, at 0.25: both are its own.
        Assert.Equal([0, -2, 1, 1],
            new BoxMatcher(0.7, 0.3, KeepBest: true).Match(without).data<long>().ToArray());
        Assert.Equal([-1, -1], new BoxMatcher(0.5, 0.5).Match(zeros([0, 2])).data<long>().ToArray());
    }

    [Fact]
    public void Draws_hold_positives_up_to_their_share_and_depend_on_the_seed_alone()
    {
        var labels = cat([ones([30], int64), zeros([100], int64), full([20], -1, int64)], 0);
        var sampler = new BalancedSampler(40, 0.25, 7);
        var (positives, negatives) = sampler.Sample(labels);
        Assert.Equal(10, positives.shape[0]);
        Assert.Equal(30, negatives.shape[0]);
        Assert.All(positives.data<long>().ToArray(), k => Assert.InRange(k, 0, 29));
        Assert.All(negatives.data<long>().ToArray(), k => Assert.InRange(k, 30, 129));
        Assert.Equal(10, positives.data<long>().ToArray().Distinct().Count());
        var again = new BalancedSampler(40, 0.25, 7);
        Assert.Equal(positives.data<long>().ToArray(), again.Sample(labels).Positives.data<long>().ToArray());
        Assert.NotEqual(positives.data<long>().ToArray(),
            again.Sample(labels).Positives.data<long>().ToArray());
        // Few positives: negatives fill up.
        var (few, many) = sampler.Sample(cat([ones([3], int64), zeros([100], int64)], 0));
        Assert.Equal((3, 37), (few.shape[0], many.shape[0]));
    }

    [Theory]
    [InlineData(111.9, 0)]
    [InlineData(112, 1)]
    [InlineData(223.9, 1)]
    [InlineData(224, 2)]
    [InlineData(448, 3)]
    [InlineData(5000, 3)]
    [InlineData(1, 0)]
    public void A_region_is_read_from_the_level_of_its_size(double side, long level) => Assert.Equal(
        level, PyramidPooling.Levels(
        tensor(new[] { 10, 20, 10 + side, 20 + side }).view(1, 4), [4, 8, 16, 32]).item<long>());

    [Fact]
    public void Regions_of_all_levels_come_back_in_their_order()
    {
        manual_seed(2);
        Tensor[] maps = [.. new[] { 64, 32, 16, 8 }.Select(side => randn(2, 3, side, side))];
        int[] strides = [4, 8, 16, 32];
        Tensor[] boxes =
        [
            tensor(new float[,] { { 0, 0, 230, 230 }, { 5, 5, 40, 30 }, { 10, 0, 140, 140 } }),
            tensor(new float[,] { { 7, 8, 20, 21 }, { 0, 0, 250, 255 } }),
        ];
        foreach (var reading in Enum.GetValues<RegionReading>())
        {
            var pooled = PyramidPooling.Pool(maps, strides, boxes, 3, 2, reading);
            Assert.Equal([5, 3, 3, 3], pooled.shape);
            for (int image = 0, k = 0; image < 2; image++)
                for (long i = 0; i < boxes[image].shape[0]; i++, k++)
                {
                    Tensor[] alone = [boxes[image].narrow(0, i, 1)];
                    Tensor[] own = [.. maps.Select(map => map.narrow(0, image, 1))];
                    Fixture.Agree(PyramidPooling.Pool(own, strides, alone, 3, 2, reading),
                        pooled.narrow(0, k, 1), 0, "a region");
                }
        }
        Assert.Equal([0, 3, 3, 3],
            PyramidPooling.Pool(maps, strides, [zeros([0, 4]), zeros([0, 4])], 3).shape);
    }

    [Theory]
    [InlineData(800, 1333, 480, 640, 800, 1066)]
    [InlineData(800, 1333, 400, 1000, 533, 1333)]
    [InlineData(800, 1333, 427, 640, 799, 1199)]
    [InlineData(64, 96, 1, 1, 64, 64)]
    public void Pictures_are_resized_by_the_short_side_unless_the_long_would_be_too_long(
        int shortest, int longest, long height, long width, long rows, long columns) =>
        Assert.Equal((rows, columns), new PictureSizes(shortest, longest).Of(height, width));

    [Theory]
    [InlineData(18, 11_176_512)]
    [InlineData(34, 21_284_672)]
    [InlineData(50, 23_508_032)]
    [InlineData(101, 42_500_160)]
    public void ResNets_have_their_number_of_parameters_and_strides(int depth, long parameters)
    {
        using var network = new ResNet(depth);
        Assert.Equal(parameters, network.parameters().Sum(p => p.numel()));
        network.eval();
        using var none = no_grad();
        var maps = network.call(zeros(1, 3, 64, 96));
        for (int i = 0; i < 4; i++)
            Assert.Equal([1, network.Channels[i], 64 / network.Strides[i], 96 / network.Strides[i]],
                maps[i].shape);
    }

    [Theory]
    [InlineData(11, 9_220_480, "features.18.weight")]
    [InlineData(16, 14_714_688, "features.28.weight")]
    public void VGGs_have_their_number_of_parameters_and_maps_before_each_pooling(
        int depth, long parameters, string last)
    {
        using var network = new Vgg(depth);
        Assert.Equal(parameters, network.parameters().Sum(p => p.numel()));
        Assert.Equal([512, 512, 3, 3], network.state_dict()[last].shape);
        using var none = no_grad();
        var maps = network.call(zeros(1, 3, 32, 48));
        Assert.Equal([[1, 256, 8, 12], [1, 512, 4, 6], [1, 512, 2, 3]], maps.Select(map => map.shape));
        Assert.Throws<ArgumentException>(() => new Vgg(19));
    }

    [Fact]
    public void A_backbone_gives_its_stem_too_and_no_more_stages_than_are_asked_for()
    {
        Backbone[] all = [new ResNet(18, stageCount: 2, withStem: true, padding: PaddingModes.Reflect),
            new SmallBackbone([8, 12], 1, withStem: true, padding: PaddingModes.Reflect)];
        foreach (var network in all)
        {
            using var of = network;
            using var none = no_grad();
            network.eval();
            Assert.Equal([2, 4, 8], network.Strides);
            var maps = network.call(rand(1, 3, 48, 64));
            Assert.Equal(network.Channels, maps.Select(map => map.shape[1]));
            for (int i = 0; i < 3; i++)
                Assert.Equal([48 / network.Strides[i], 64 / network.Strides[i]], maps[i].shape[2..]);
            // Mirrored at the borders, a picture of one colour has maps of one colour.
            var flat = network.call(full(1, 3, 48, 64, 0.3f))[2];
            Assert.True((flat - flat.mean([2L, 3L], keepdim: true)).abs().max().item<float>() < 1e-5);
        }
        Assert.Throws<ArgumentException>(() => new ResNet(18, stageCount: 5));
    }

    [Fact]
    public void Frozen_normalisation_is_the_evaluation_of_a_learning_one()
    {
        manual_seed(3);
        var (learning, frozen) = (nn.BatchNorm2d(4), new FrozenBatchNorm2d(4));
        foreach (int _ in Enumerable.Range(0, 3)) learning.call(randn(2, 4, 5, 5) * 2 + 1);
        learning.weight!.detach().uniform_(0, 1);
        frozen.load_state_dict(learning.state_dict(), strict: false);
        learning.eval();
        var x = randn(2, 4, 3, 3);
        Fixture.Agree(learning.call(x).detach(), frozen.call(x), 1e-6, "frozen");
        Assert.Empty(frozen.parameters());
    }

    [Fact]
    public void Freezing_leaves_the_last_stages_to_learn()
    {
        using var network = new ResNet(18);
        network.Freeze(3);
        Assert.All(network.named_parameters(), p =>
            Assert.Equal(p.name.StartsWith("layer2") || p.name.StartsWith("layer3")
            || p.name.StartsWith("layer4"), p.parameter.requires_grad));
    }

    [Fact]
    public void A_pyramid_adds_the_coarser_level_to_the_finer()
    {
        using var pyramid = new FeaturePyramid([2, 3], 4);
        using var none = no_grad();
        Tensor[] maps = [randn(1, 2, 6, 5), randn(1, 3, 3, 3)];
        var state = pyramid.state_dict();
        Tensor Conv(string name, Tensor x, long pad) =>
            nn.functional.conv2d(x, state[name + ".0.weight"], state[name + ".0.bias"], padding: [pad, pad]);
        var top = Conv("inner_blocks.1", maps[1], 0);
        var merged = Conv("inner_blocks.0", maps[0], 0) + nn.functional.interpolate(top, [6, 5]);
        var levels = pyramid.call(maps);
        Assert.Equal(3, levels.Length);
        Fixture.Agree(Conv("layer_blocks.0", merged, 1), levels[0], 1e-6, "the fine level");
        Fixture.Agree(Conv("layer_blocks.1", top, 1), levels[1], 1e-6, "the coarse level");
        Fixture.Agree(levels[1][TensorIndex.Ellipsis, TensorIndex.Slice(null, null, 2),
            TensorIndex.Slice(null, null, 2)], levels[2], 0, "the last");
    }
}
