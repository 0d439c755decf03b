using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class MultiPathNetTests
{
    private static readonly MultiPathNetSettings Small = new()
    {
        Classes = 4, Pictures = new PictureSizes(64, 96, 8), Thresholds = [0.5, 0.6, 0.7], Bins = 3, Width = 8,
        Hidden = 16, Dropout = 0, Gain = 10, Proposals = 16, Detections = 10,
    };

    private static MultiPathNet Network(MultiPathNetSettings? settings = null)
    {
        manual_seed(1);
        return new MultiPathNet(settings ?? Small, new SmallBackbone([8, 12], 1, withStem: true));
    }

    /// <summary>Boxes that overlap each object by about 0.9, 0.65 and 0.4, and two of background.</summary>
    private static Tensor Around(Instances objects)
    {
        using var scope = NewDisposeScope();
        var width = (objects.Boxes.select(1, 2) - objects.Boxes.select(1, 0)).unsqueeze(1);
        Tensor Shifted(double share) =>
            objects.Boxes + width * tensor(new[] { share, 0, share, 0 }).to(float32);
        return cat([Shifted(0.05), Shifted(0.2), Shifted(0.4), Shifted(0.7), Shifted(-0.6)], 0)
            .MoveToOuterDisposeScope();
    }

    [Fact]
    public void Foveal_regions_share_their_middle()
    {
        var box = tensor(new float[,] { { 0, 0, 10, 10 }, { 2, 4, 4, 12 } });
        Tensor Row(params float[] values) => tensor(values);
        Fixture.Agree(box, MultiPathNet.Grow(box, 1), 0, "1");
        Fixture.Agree(Row(-2.5f, -2.5f, 12.5f, 12.5f), MultiPathNet.Grow(box, 1.5)[0], 0, "1.5");
        Fixture.Agree(Row(-5, -5, 15, 15), MultiPathNet.Grow(box, 2)[0], 0, "2");
        Fixture.Agree(Row(-15, -15, 25, 25), MultiPathNet.Grow(box, 4)[0], 0, "4");
        Fixture.Agree(Row(1, 0, 5, 16), MultiPathNet.Grow(box, 2)[1], 0, "a box that is no square");
    }

    [Fact]
    public void Layers_have_the_papers_sizes()
    {
        // The linear layers narrow: of 4096 they would be 600 million numbers.
        using var network = new MultiPathNet(new MultiPathNetSettings { Hidden = 8 });
        var state = network.state_dict();
        long[] Of(string name) => state[name].shape;
        Assert.Equal([1280, 1024, 1024, 512], Enumerable.Range(0, 4).Select(i => Of($"towers.{i}.mix.weight")[1]));
        Assert.Equal([512, 1280, 1, 1], Of("box_tower.mix.weight"));
        Assert.Equal([8, 25_088], Of("towers.3.fc6.weight"));
        Assert.Equal([81, 4 * 8], Of("classify.5.weight"));
        Assert.DoesNotContain("classify.6.weight", state.Keys);
        Assert.Equal([4 * 81, 8], Of("locate.weight"));
        Assert.Equal(0.01, state["classify.0.weight"].std().item<float>(), 0.002);
        Assert.Equal(0.001, state["locate.weight"].std().item<float>(), 0.0002);
    }

    [Fact]
    public void A_proposal_is_an_objects_at_the_thresholds_that_it_reaches()
    {
        var settings = new MultiPathNetSettings();
        var classes = tensor(new long[] { 7, 7, 3, 2 });
        var labels = IntegralLoss.Labels(classes, tensor(new[] { 0.62, 0.75, 0.49, 0.5 }), settings.Thresholds);
        Assert.Equal([6, 4], labels.shape);
        Assert.Equal([7, 7, 7, 0, 0, 0], labels.select(1, 0).data<long>().ToArray());
        Assert.Equal([7, 7, 7, 7, 7, 7], labels.select(1, 1).data<long>().ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 0], labels.select(1, 2).data<long>().ToArray());
        Assert.Equal([2, 0, 0, 0, 0, 0], labels.select(1, 3).data<long>().ToArray());
        // Nested: higher up the same class or background, and never more objects.
        var many = IntegralLoss.Labels(randint(1, 9, [200]), rand(200), settings.Thresholds);
        var (lower, upper) = (many.narrow(0, 0, 5), many.narrow(0, 1, 5));
        Assert.True((upper == lower).logical_or(upper == 0).all().item<bool>());
    }

    [Fact]
    public void The_integral_loss_is_the_mean_of_one_loss_a_threshold_and_of_one_alone_the_plain_one()
    {
        manual_seed(1);
        var (logits, labels) = (randn(3, 5, 4), randint(0, 4, [3, 5]));
        double[] each = [.. Enumerable.Range(0, 3).Select(u =>
            (double)nn.functional.cross_entropy(logits[u], labels[u]).item<float>())];
        Assert.Equal(each.Average(), IntegralLoss.Of(logits, labels).item<float>(), 1e-6);
        Assert.Equal(each[1], IntegralLoss.Of(logits.narrow(0, 1, 1), labels.narrow(0, 1, 1)).item<float>(), 1e-6);
    }

    [Fact]
    public void One_threshold_a_batch_is_on_average_the_integral()
    {
        // All proposals are drawn, so that batches differ in nothing but the classifier that learns.
        var settings = Small with { Positives = 1, Proposals = 100 };
        var objects = Formula.Objects("test 0", 64, 80, 2, 4);
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80)], proposals = [Around(objects)];
        using var whole = Network(settings);
        using var part = Network(settings with { OneThreshold = true });
        using var none = no_grad();
        double integral = whole.Losses(pictures, proposals, [objects]).Class.item<float>();
        var seen = new HashSet<double>();
        for (int i = 0; i < 60; i++) seen.Add(part.Losses(pictures, proposals, [objects]).Class.item<float>());
        Assert.Equal(3, seen.Count);
        Assert.Equal(integral, seen.Average(), 1e-5);
        // And one threshold alone is one of them.
        using var single = Network(settings with { Thresholds = [0.5] });
        var box = tensor(new float[,] { { 0, 0, 9, 9 } });
        Assert.Equal([1, 1, 4], single.Predict(zeros(1, 3, 64, 80), [box]).Logits.shape);
    }

    [Fact]
    public void What_is_pooled_of_a_map_has_one_norm_wherever_the_region_is_and_however_strong_the_map()
    {
        manual_seed(1);
        long[] channels = [4, 6, 8];
        Tensor[] maps = [rand(2, 4, 32, 32), rand(2, 6, 16, 16), rand(2, 8, 8, 8)];
        Tensor[] boxes = [tensor(new float[,] { { 3, 4, 40, 30 }, { -8, -8, 9, 9 } }),
            tensor(new float[,] { { 20, 20, 60, 64 }, { 900, 900, 950, 950 } })];
        using var tower = new FovealTower(new FovealRegion(1.5, 3), Small, channels, [2, 4, 8]);
        var pooled = tower.Pool(maps, boxes);
        Assert.Equal([4, 18, 3, 3], pooled.shape);
        // The coarsest map first; the last region lies outside.
        foreach (var (first, count) in new[] { (0, 8), (8, 6), (14, 4) })
            Fixture.Agree(tensor(new float[] { 10, 10, 10, 0 }),
                pooled.narrow(1, first, count).square().sum([1L, 2L, 3L]).sqrt(), 1e-4, "norms");
        Fixture.Agree(pooled, tower.Pool([maps[0] * 50, maps[1], maps[2] * 0.1], boxes), 1e-4, "other strengths");
        Assert.Equal([4, 16], tower.Read(maps, boxes).shape);
    }

    [Fact]
    public void Without_norms_it_starts_as_the_plain_pooling_of_the_coarsest_map()
    {
        manual_seed(1);
        Tensor[] maps = [rand(1, 4, 32, 32), rand(1, 6, 16, 16), rand(1, 8, 8, 8)];
        Tensor[] boxes = [tensor(new float[,] { { 3, 4, 40, 30 }, { 16, 8, 60, 64 } })];
        using var tower = new FovealTower(
            new FovealRegion(1, 3), Small with { Normalise = false }, [4, 6, 8], [2, 4, 8]);
        var pooled = tower.Pool(maps, boxes);
        var mixed = nn.functional.conv2d(
            pooled, tower.get_parameter("mix.weight")!, tower.get_parameter("mix.bias")!);
        var regions = cat([zeros(2, 1), boxes[0]], 1);
        Fixture.Agree(RoiPool.Pool(maps[2], regions, (3, 3), 1.0 / 8), mixed.detach(), 1e-6, "the coarsest");
        Fixture.Agree(RoiPool.Pool(maps[1], regions, (3, 3), 1.0 / 4) / 30, pooled.narrow(1, 8, 6), 1e-6,
            "the one before");
    }

    [Fact]
    public void Probabilities_are_the_mean_of_softmaxes_not_the_softmax_of_means()
    {
        var logits = tensor(new float[] { 0, 0, 0, 4 }, [2, 1, 2]);
        var probabilities = MultiPathNet.Probabilities(logits);
        double second = (0.5 + 1 / (1 + Math.Exp(-4))) / 2;
        Fixture.Agree(tensor(new[] { 1 - second, second }, [1, 2]), probabilities, 1e-6, "probabilities");
        Fixture.Agree(ones(7), MultiPathNet.Probabilities(randn(3, 7, 5)).sum(1), 1e-6, "sums");
    }

    [Fact]
    public void Steps_are_measured_by_the_mean_and_deviation_of_objects_proposals()
    {
        using var network = Network();
        var objects = new Instances(
            tensor(new float[,] { { 10, 10, 30, 30 } }), tensor(new long[] { 1 }), zeros(1, 64, 64));
        // Steps across are 0, 0.1 and -0.2 of the proposal; down 0; the sizes are the object's; one is background.
        var proposals = tensor(new float[,] {
            { 10, 10, 30, 30 }, { 8, 10, 28, 30 }, { 14, 10, 34, 30 }, { 40, 40, 60, 60 } });
        network.MeasureSteps([proposals], [objects]);
        var state = network.state_dict();
        Fixture.Agree(tensor(new[] { -0.1f / 3, 0, 0, 0 }), state["steps_mean"], 1e-6, "the mean");
        Assert.Equal(Math.Sqrt(0.07 / 3), state["steps_deviation"][0].item<float>(), 1e-5);
        Assert.Contains("1 of the proposals", Assert.Throws<ArgumentException>(
            () => network.MeasureSteps([proposals.narrow(0, 0, 1)], [objects])).Message);
    }

    [Fact]
    public void Gradient_reaches_every_parameter_and_pictures_without_objects_cost_no_box()
    {
        foreach (var settings in (MultiPathNetSettings[])[Small, Small with { BoxRegion = null }])
        {
            using var network = Network(settings);
            network.train();
            var objects = Formula.Objects("test 0", 64, 80, 2, 4);
            Tensor[] pictures = [Formula.Picture("test 0", 64, 80), Formula.Picture("test 1", 70, 64)];
            var nothing = new Instances(zeros([0, 4]), zeros([0], int64), zeros([0, 70, 64]));
            network.Losses(pictures, [Around(objects), Around(objects)], [objects, nothing]).Total().backward();
            foreach (var (name, parameter) in network.named_parameters())
                Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
            var losses = network.Losses([pictures[1]], [Around(objects)], [nothing]);
            Assert.Equal(0, losses.Box.item<float>());
            losses.Total().backward();
        }
    }

    private sealed class Boxed : IMaskProposer
    {
        public MaskProposals Propose(Tensor picture, int count = 500) => throw new NotSupportedException();

        public Tensor Segment(Tensor picture, Tensor boxes) => MaskPasting.Paste(
            ones(boxes.shape[0], 4, 4), boxes, (int)picture.shape[1], (int)picture.shape[2]) > 0.5;
    }

    private static readonly ShapeSettings Look = new(64, 64, 1, 2) { Kinds = [1, 5, 6], SmallestRadius = 0.15 };

    /// <summary>The masks of a scene's objects, moved, and some of elsewhere.</summary>
    private static MaskProposals Moved(ShapeScene scene, int seed)
    {
        var random = new Random(seed);
        var masks = new List<Tensor>();
        for (int k = 0; k < 8; k++)
        {
            var mask = scene.Masks[k % scene.Masks.shape[0]];
            int reach = k < 6 ? 3 : 20;
            masks.Add(mask.roll([random.Next(-reach, reach + 1), random.Next(-reach, reach + 1)], [0, 1]));
        }
        return MaskProposals.Of(stack(masks), linspace(1, 0.5, 8));
    }

    private static (MultiPathNet Network, double[] Losses) Trained(int steps)
    {
        var scenes = Shapes.Draw(200, 1, Look);
        var network = Network(Small with { Classes = 7, Hidden = 32, Width = 16 });
        network.train();
        Tensor[] pictures = [.. scenes.Select(scene => scene.Picture.to(float32) / 255)],
            proposals = [.. scenes.Select((scene, i) => Moved(scene, i).Boxes)];
        Instances[] objects = [.. scenes.Select(scene => new Instances(scene.Boxes, scene.Labels, scene.Masks))];
        network.MeasureSteps(proposals, objects);
        using var optimizer = optim.Adam(network.parameters(), 4e-3);
        var losses = new List<double>();
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            int[] batch = [.. Enumerable.Range(0, 4).Select(i => (4 * step + i) % scenes.Count)];
            optimizer.zero_grad();
            var loss = network.Losses([.. batch.Select(i => pictures[i])], [.. batch.Select(i => proposals[i])],
                [.. batch.Select(i => objects[i])]).Total();
            losses.Add(loss.item<float>());
            loss.backward();
            optimizer.step();
        }
        network.eval();
        return (network, [.. losses]);
    }

    [Fact]
    public void A_small_network_learns_classes_and_boxes_and_the_same_seed_gives_the_same_numbers()
    {
        Assert.Equal(Trained(3).Losses, Trained(3).Losses);
        var (network, _) = Trained(250);
        using var learned = network;
        var scenes = Shapes.Draw(30, 2, Look);
        var (found, blind) = (new List<CocoDetection>(), new List<CocoDetection>());
        for (int i = 0; i < scenes.Count; i++)
        {
            using var scope = NewDisposeScope();
            var proposals = Moved(scenes[i], 100 + i);
            var picture = scenes[i].Picture.to(float32) / 255;
            var of = network.Detect([picture], [proposals])[0];
            found.AddRange(CocoDetection.Of(i + 1, of.Boxes, of.Labels, of.Scores));
            // Without a look: every proposal as every kind there is.
            foreach (int kind in (int[])[1, 5, 6])
                blind.AddRange(CocoDetection.Of(
                    i + 1, proposals.Boxes, full_like(proposals.Scores, kind).to(int64), proposals.Scores));
            if (i > 0) continue;
            // Masks are proposals' own, or made anew of the boxes that were found.
            for (int k = 0; k < of.Masks.shape[0]; k++)
                Assert.True((proposals.Masks == (of.Masks[k] > 0)).flatten(1).all(1).any().item<bool>());
            var again = network.Detect([picture], [proposals], new Boxed())[0];
            Fixture.Agree(of.Boxes, again.Boxes, 0, "boxes");
            Assert.True((new Boxed().Segment(picture, of.Boxes) == (again.Masks > 0)).all().item<bool>());
        }
        var truth = Shapes.GroundTruth(scenes);
        var (ap, without) = (CocoEvaluation.Evaluate(truth, found).Ap50, CocoEvaluation.Evaluate(truth, blind).Ap50);
        Assert.True(ap > without + 0.2, $"AP50 is {ap}, and {without} without a look at the picture.");
    }

    [Fact]
    public void A_batch_of_two_equals_two_batches_of_one()
    {
        using var network = Network();
        network.eval();
        using var none = no_grad();
        var scenes = Shapes.Draw(2, 3, new ShapeSettings(64, 64));
        Tensor[] pictures = [.. scenes.Select(scene => scene.Picture.to(float32) / 255)];
        MaskProposals[] proposals = [.. scenes.Select(Moved)];
        var together = network.Detect(pictures, proposals);
        for (int i = 0; i < 2; i++)
        {
            var alone = network.Detect([pictures[i]], [proposals[i]])[0];
            Assert.Equal(10, alone.Labels.shape[0]);
            Fixture.Agree(alone.Labels, together[i].Labels, 0, "labels");
            Fixture.Agree(alone.Boxes, together[i].Boxes, 1e-4, "boxes");
            Fixture.Agree(alone.Scores, together[i].Scores, 1e-5, "scores");
        }
        var empty = MaskProposals.Of(zeros(0, 64, 64, dtype: @bool), zeros(0));
        Assert.Equal([0, 64, 64], network.Detect([pictures[0]], [empty])[0].Masks.shape);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Contains("0.6, 0.5", Assert.Throws<ArgumentException>(
            () => Network(Small with { Thresholds = [0.6, 0.5] })).Message);
        Assert.Contains("3 maps", Assert.Throws<ArgumentException>(
            () => Network(Small with { Regions = [new(1, 4)] })).Message);
        using var network = Network();
        var objects = Formula.Objects("test 0", 64, 80, 2, 4);
        Tensor[] pictures = [Formula.Picture("test 0", 64, 80)];
        Assert.Contains("1 to 3", Assert.Throws<ArgumentException>(() => network.Losses(
            pictures, [Around(objects)], [objects with { Labels = objects.Labels + 3 }])).Message);
        Assert.Contains("area", Assert.Throws<ArgumentException>(
            () => network.Losses(pictures, [zeros(1, 4)], [objects])).Message);
        Assert.Contains("given were 0", Assert.Throws<ArgumentException>(
            () => network.Losses(pictures, [], [objects])).Message);
    }
}
