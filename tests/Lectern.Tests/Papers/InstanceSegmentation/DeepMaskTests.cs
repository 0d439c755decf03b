using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class DeepMaskTests
{
    internal static readonly DeepMaskSettings Small = new()
    {
        Patch = 32, Margin = 8, Stride = 8, Width = 12, CodeWidth = 24, MaskSize = 16, TargetSize = 32,
        ScoreWidth = 16, Dropout = 0, Canonical = 18, Shift = 3, LeastArea = 20, LeastSide = 3, Far = 6,
        FarOctaves = 1, EmptyOctaves = (-1, 1), Scales = [0.5, 1],
    };

    // Three convolutions of stride 2 see seven pixels on each side of a cell, which is less than the margin.
    private static DeepMask Network(DeepMaskSettings? settings = null)
    {
        manual_seed(1);
        return new DeepMask(settings ?? Small, new SmallBackbone([8, 12], 1, withStem: true));
    }

    [Theory]
    [InlineData(true, 112, 131_200 + 6_554_112 + 1_608_768 + 526_337)]
    [InlineData(false, 224, 262_656 + 51_380_736 + 1_608_768 + 12_845_568 + 526_337)]
    public void Heads_and_masks_have_the_papers_sizes(bool released, int side, long parameters)
    {
        var settings = released ? new DeepMaskSettings() : DeepMaskSettings.Original;
        using var network = new DeepMask(settings);
        network.eval();
        Assert.Equal(parameters,
            network.named_parameters().Where(p => !p.name.StartsWith("trunk.")).Sum(p => p.parameter.numel()));
        using var none = no_grad();
        int fed = released ? 192 : 224;
        var (mask, score) = network.call(rand(1, 3, fed, fed));
        Assert.Equal([1, side, side], mask.shape);
        Assert.Equal([1], score.shape);
        Assert.Equal(released ? 10 : 14, network.Cells);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_search_says_of_every_place_what_the_network_says_of_its_window(bool shared)
    {
        using var network = Network(Small with { SharedCode = shared });
        network.eval();
        using var none = no_grad();
        var picture = Formula.Picture("search", 50, 68);
        var levels = network.Search(picture);
        Assert.Equal(2, levels.Count);
        foreach (var (level, scale) in levels.Zip(Small.Scales))
        {
            var scaled = nn.functional.interpolate(picture.unsqueeze(0),
                [(long)(50 * scale), (long)(68 * scale)], mode: InterpolationMode.Bilinear).squeeze(0);
            // Middles of places are from 0 to the picture's end, a stride apart.
            long rows = (long)Math.Ceiling(50 * scale / 8) + 1, columns = (long)Math.Ceiling(68 * scale / 8) + 1;
            Assert.Equal(columns, level.Columns);
            Assert.Equal(rows * columns, level.Scores.shape[0]);
            var windows = stack([.. Enumerable.Range(0, (int)(rows * columns)).Select(place =>
                Windows.Cut(scaled, new Window(place / columns * 8, place % columns * 8, 48), 48))]);
            var (masks, scores) = network.call(windows);
            Fixture.Agree(scores, level.Scores, 1e-5, "scores");
            Fixture.Agree(masks, network.Masks(level.Codes, 32), 1e-5, "masks");
            var middle = (level.Boxes.narrow(1, 0, 2) + level.Boxes.narrow(1, 2, 2)) / 2 * scale;   // x, y
            for (int place = 0; place < rows * columns; place++)
                Fixture.Agree(tensor(new[] { place % columns * 8f, place / columns * 8f }), middle[place], 1e-4,
                    "middles");
        }
    }

    [Fact]
    public void Proposals_are_the_best_places_masks_above_the_threshold_best_first()
    {
        using var network = Network(Small with { Threshold = 0.5 });
        network.eval();
        using var none = no_grad();
        var picture = Formula.Picture("search", 50, 68);
        var found = network.Propose(picture, 20);
        float[] scores = [.. found.Scores.data<float>()];
        Assert.NotEmpty(scores);
        Assert.Equal([.. scores.OrderDescending()], scores);
        var all = cat([.. network.Search(picture).Select(level => level.Scores)], 0).sigmoid();
        // Masks without a pixel in the picture are left out, others are not.
        Assert.Equal(all.max().item<float>(), scores[0], 1e-6);
        Assert.True(found.Masks.flatten(1).any(1).all().item<bool>());
        var best = network.Search(picture).MaxBy(level => level.Scores.max().item<float>())!;
        long place = best.Scores.argmax().item<long>();
        var mask = Windows.Paste(network.Masks(best.Codes[place].unsqueeze(0), 32),
            best.Boxes[place].unsqueeze(0), 50, 68) > 0;
        Assert.True((mask.squeeze(0) == found.Masks[0]).all().item<bool>());
        // What Segment gives of a box is what forward says of the window around it.
        var box = tensor(new float[,] { { 20, 10, 38, 22 } });
        var window = Windows.Cut(picture, new Window(16, 29, 18 * 48 / 18.0), 48).unsqueeze(0);
        var own = Windows.Paste(network.call(window).Mask, tensor(new float[,] { { 13, 0, 45, 32 } }), 50, 68) > 0;
        Assert.True((own == network.Segment(picture, box)).all().item<bool>());
    }

    [Fact]
    public void The_loss_is_ln_two_a_term_at_zero_and_masks_without_an_object_have_no_part_in_it()
    {
        var pixels = zeros(0);
        var m = tensor(new float[] { 1, -1, -1, 1, 1, 1, -1, -1 }, [2, 2, 2]);
        var y = tensor(new float[] { 1, -1 });
        var (f, s) = (zeros(2, 2, 2).requires_grad_(), zeros(2).requires_grad_());
        double Of(Tensor? masks, Tensor? objects) =>
            DeepMask.Loss(f, s, new WindowSample(pixels, masks, objects), 0.25).item<float>();
        Assert.Equal(2 * Math.Log(2), Of(m, null), 1e-6);
        Assert.Equal(0.25 * 2 * Math.Log(2), Of(null, y), 1e-6);
        Assert.Equal(1.5 * Math.Log(2), Of(m, y), 1e-6);

        using (no_grad())
        {
            f.copy_(tensor(new float[] { 0.5f, 1, -2, 3, 1, 1, 1, 1 }, [2, 2, 2]));
            s.copy_(tensor(new[] { 2f, 0.5f }));
        }
        DeepMask.Loss(f, s, new WindowSample(pixels, m, y), 0.25).backward();
        // -m / (1 + e^(m f)) over the pixels of a window with an object; -λ y / (1 + e^(y f_s)).
        double[] values = [0.5, 1, -2, 3], signs = [1, -1, -1, 1];
        float[] expected = [.. values.Zip(signs, (value, sign) =>
            (float)(-sign / (1 + Math.Exp(sign * value)) / 4)), 0, 0, 0, 0];
        Fixture.Agree(tensor(expected, [2, 2, 2]), f.grad!, 1e-6, "the masks' gradient");
        Fixture.Agree(
            tensor(new[] { (float)(-0.25 / (1 + Math.Exp(2))), (float)(0.25 / (1 + Math.Exp(-0.5))) }),
            s.grad!, 1e-6, "the scores' gradient");
    }

    [Fact]
    public void Masks_are_a_factorisation_of_the_codes_rank()
    {
        using var network = Network(Small with { CodeWidth = 5 });
        network.eval();
        using var none = no_grad();
        var masks = network.call(rand(40, 3, 48, 48)).Mask.flatten(1).to(float64);
        var values = linalg.svdvals(masks - masks.mean([0L], keepdim: true));
        Assert.True(values[4].item<double>() > 1e-4 * values[0].item<double>());
        Assert.True(values[5].item<double>() < 1e-5 * values[0].item<double>());
    }

    /// <summary>A picture whose red is 1 on the object and whose blue is 1 on its neighbour.</summary>
    private static (Tensor Picture, Instances Objects) TwoObjects()
    {
        var masks = zeros(2, 60, 80, dtype: @bool);
        masks[0, TensorIndex.Slice(20, 38), TensorIndex.Slice(30, 42)] = tensor(true);
        masks[1, TensorIndex.Slice(20, 38), TensorIndex.Slice(42, 46)] = tensor(true);
        var picture = zeros(3, 60, 80);
        picture[0] = masks[0].to(float32);
        picture[2] = masks[1].to(float32);
        var boxes = tensor(new float[,] { { 30, 20, 42, 38 }, { 42, 20, 46, 38 } });
        return (picture, new Instances(boxes, tensor(new long[] { 1, 1 }), masks));
    }

    [Fact]
    public void Drawn_masks_are_of_the_middle_object_alone_at_the_right_size_and_lie_on_its_pixels()
    {
        var (picture, objects) = TwoObjects();
        // The neighbour has fewer pixels than count.
        var settings = Small with { LeastArea = 100 };
        var exact = new WindowSampler([picture], [objects], settings with { ScaleJitter = 0, Shift = 0 }, 1)
            .DrawMasks(8);
        Assert.Equal([8, 3, 48, 48], exact.Pixels.shape);
        Assert.Equal([8, 32, 32], exact.Masks!.shape);
        Assert.Null(exact.Objects);
        // 18 rows stay 18 rows: the object has the right size already. Its middle is the window's.
        var one = zeros(32, 32) - 1;
        one[TensorIndex.Slice(7, 25), TensorIndex.Slice(10, 22)] = tensor(1f);
        Fixture.Agree(one.expand(8, 32, 32), exact.Masks, 0, "the mask");

        var drawn = new WindowSampler([picture], [objects], settings, 2).DrawMasks(100);
        var inner = drawn.Pixels.narrow(2, 8, 32).narrow(3, 8, 32);
        // Of a hundred thousand pixels one may lie within rounding of a half.
        Assert.InRange(((inner.select(1, 0) > 0.5) != (drawn.Masks! > 0)).sum().item<long>(), 0, 2);
        var rows = (drawn.Masks! > 0).any(2).sum([1L]).to(float32);
        Assert.InRange(rows.min().item<float>(), 18 / Math.Pow(2, 0.25) - 1, 17);
        Assert.InRange(rows.max().item<float>(), 19, 18 * Math.Pow(2, 0.25) + 1);
        // Shifts of up to three pixels each way, and mirrors: the neighbour is on either side.
        var middle = (drawn.Masks! > 0).any(1).to(float32) * arange(32f);
        var centre = middle.sum([1L]) / (drawn.Masks! > 0).any(1).sum([1L]);
        Assert.InRange(centre.min().item<float>(), 15.5 - 4, 15.5 - 1);
        Assert.InRange(centre.max().item<float>(), 15.5 + 1, 15.5 + 4);
        var left = inner.select(1, 2).narrow(2, 0, 16).sum([1L, 2L]);
        Assert.InRange((left > 20).sum().item<long>(), 30, 70);
    }

    [Fact]
    public void Drawn_scores_are_of_objects_in_the_middle_and_of_places_far_from_any()
    {
        var (picture, objects) = TwoObjects();
        var settings = Small with { Far = 24, FarOctaves = 9 };
        var sampler = new WindowSampler([picture], [objects], settings, 1);
        var drawn = sampler.DrawScores(200);
        Assert.Null(drawn.Masks);
        Assert.InRange((drawn.Objects! > 0).sum().item<long>(), 70, 130);
        var middle = drawn.Pixels.narrow(2, 23, 2).narrow(3, 23, 2).mean([2L, 3L]);    // [200, 3]
        var objectSeen = middle.select(1, 0).maximum(middle.select(1, 2)) > 0.9;
        Assert.True((objectSeen == (drawn.Objects! > 0)).all().item<bool>());

        // By hand: the object's middle is (29, 36) and its window 48 pixels wide; one pixel each.
        sampler = new WindowSampler([picture], [objects], Small with { Far = 8, FarOctaves = 1 }, 1);
        Assert.False(sampler.IsEmpty(0, new Window(29, 36, 48)));
        Assert.False(sampler.IsEmpty(0, new Window(22, 36, 48)));
        Assert.True(sampler.IsEmpty(0, new Window(20, 36, 48)));
        Assert.False(sampler.IsEmpty(0, new Window(15, 36, 96)));                   // eight pixels are 16 here
        Assert.True(sampler.IsEmpty(0, new Window(29, 36, 97)));                    // more than an octave off
    }

    [Fact]
    public void The_same_seed_draws_the_same_windows_and_both_kinds_of_batches_come()
    {
        var (picture, objects) = TwoObjects();
        WindowSampler Sampler(int seed) => new([picture], [objects], Small, seed);
        var (first, second, other) = (Sampler(3), Sampler(3), Sampler(4));
        int masks = 0;
        bool differs = false;
        for (int i = 0; i < 12; i++)
        {
            var (a, b, c) = (first.Next(3), second.Next(3), other.Next(3));
            Fixture.Agree(a.Pixels, b.Pixels, 0, "pixels");
            Assert.True(a.Masks is null != a.Objects is null);
            if (a.Masks is not null) masks++;
            differs |= !a.Pixels.Equals(c.Pixels) && (a.Pixels - c.Pixels).abs().max().item<float>() > 0;
        }
        Assert.InRange(masks, 1, 11);
        Assert.True(differs);
    }

    [Fact]
    public void A_mask_of_ones_covers_exactly_its_window_and_boxes_lie_around_masks()
    {
        var windows = tensor(new float[,] { { 2, 1, 6, 5 }, { -2, 3, 2, 7 }, { 8, 8, 12, 12 } });
        var pasted = Windows.Paste(ones(3, 5, 5), windows, 6, 8);
        var expected = zeros(3, 6, 8);
        expected[0, TensorIndex.Slice(1, 5), TensorIndex.Slice(2, 6)] = tensor(1f);
        expected[1, TensorIndex.Slice(3, 6), TensorIndex.Slice(0, 2)] = tensor(1f);
        Fixture.Agree(expected, pasted, 1e-6, "ones");
        var proposals = MaskProposals.Of(pasted > 0.5, tensor(new[] { 0.9f, 0.8f, 0.7f }));
        Fixture.Agree(tensor(new float[,] { { 2, 1, 6, 5 }, { 0, 3, 2, 6 } }), proposals.Boxes, 0, "boxes");
        Fixture.Agree(tensor(new[] { 0.9f, 0.8f }), proposals.Scores, 0, "scores of those that are seen");

        // As large as it is: itself. Twice as large: as interpolate has it.
        var mask = rand(1, 4, 4);
        Fixture.Agree(mask, Windows.Paste(mask, tensor(new float[,] { { 0, 0, 4, 4 } }), 4, 4), 1e-6, "itself");
        var twice = nn.functional.interpolate(mask.unsqueeze(0), [8, 8], mode: InterpolationMode.Bilinear)[0];
        Fixture.Agree(twice, Windows.Paste(mask, tensor(new float[,] { { 0, 0, 8, 8 } }), 8, 8), 1e-6, "twice");
        // Cut undoes paste; a window that is flipped twice is itself.
        var picture = rand(3, 10, 12);
        var cut = Windows.Cut(picture, new Window(5, 6, 8), 8);
        Fixture.Agree(picture.narrow(1, 1, 8).narrow(2, 2, 8), cut, 1e-6, "a cut");
        Fixture.Agree(cut, Windows.Cut(picture, new Window(5, 6, 8, true), 8).flip(2), 1e-6, "a mirrored cut");
        var outside = Windows.Cut(picture, new Window(0, 0, 8), 8);
        Fixture.Agree(full(3, 4, 8, 0.5f), outside.narrow(1, 0, 4), 1e-6, "what is outside");
    }

    [Fact]
    public void Gradient_reaches_every_parameter_and_a_batch_of_two_equals_two_of_one()
    {
        foreach (bool shared in (bool[])[true, false])
        {
            using var network = Network(Small with { SharedCode = shared });
            var (picture, objects) = TwoObjects();
            var sampler = new WindowSampler([picture], [objects], Small, 1);
            network.train();
            (network.Loss(sampler.DrawMasks(4)) + network.Loss(sampler.DrawScores(4))).backward();
            foreach (var (name, parameter) in network.named_parameters())
                Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
            network.eval();
            var pixels = sampler.DrawMasks(2).Pixels;
            var (masks, scores) = network.call(pixels);
            for (int i = 0; i < 2; i++)
            {
                var (mask, score) = network.call(pixels.narrow(0, i, 1));
                Fixture.Agree(mask[0], masks[i], 1e-5, "the mask");
                Fixture.Agree(score[0], scores[i], 1e-5, "the score");
            }
        }
    }

    /// <summary>Scenes of shapes to learn from and to be asked about.</summary>
    internal static (Tensor[] Pictures, Instances[] Objects, IReadOnlyList<ShapeScene> Scenes) Scenes(
        int count, int seed)
    {
        var scenes = Shapes.Draw(
            count, seed, new ShapeSettings(64, 64, 1, 2) { SmallestRadius = 0.12, Kinds = [1, 2, 3] });
        return ([.. scenes.Select(scene => scene.Picture.to(float32) / 255)],
            [.. scenes.Select(scene => new Instances(scene.Boxes, scene.Labels, scene.Masks))], scenes);
    }

    /// <summary>A network to learn from them, and a sampler.</summary>
    internal static (DeepMask Network, WindowSampler Sampler) Learner(Tensor[] pictures, Instances[] objects)
    {
        manual_seed(1);
        var settings = Small with { CodeWidth = 48, ScoreWidth = 32, Scales = [0.5, 0.71, 1, 1.41] };
        return (new DeepMask(settings, new SmallBackbone([16, 24], 1, withStem: true)),
            new WindowSampler(pictures, objects, settings, 1));
    }

    /// <summary>Average recall of the best ten masks of each scene.</summary>
    internal static double Recall(IMaskProposer proposer, Tensor[] pictures, IReadOnlyList<ShapeScene> scenes)
    {
        var found = pictures.SelectMany((picture, i) =>
        {
            using var scope = NewDisposeScope();
            var best = proposer.Propose(picture, 10);
            return CocoDetection.Of(i + 1, best.Boxes, ones_like(best.Scores).to(int64), best.Scores, best.Masks);
        });
        return CocoEvaluation.Evaluate(Shapes.GroundTruth(scenes), [.. found], CocoMatching.Masks,
            CocoSettings.Proposals).AverageRecall(10);
    }

    [Fact]
    public void A_small_network_learns_masks_scores_and_where_objects_are()
    {
        var (pictures, objects, _) = Scenes(120, 1);
        var (unseen, theirs, scenes) = Scenes(24, 2);
        var (learner, sampler) = Learner(pictures, objects);
        using var network = learner;
        double before = Recall(network, unseen, scenes);
        network.train();
        using var optimizer = optim.Adam(network.parameters(), 3e-3);
        Train(optimizer, 300, () => network.Loss(sampler.Next(24)));
        network.eval();
        using var none = no_grad();
        var asked = new WindowSampler(unseen, theirs, Small, 3);
        var (masks, scores) = (asked.DrawMasks(200), asked.DrawScores(200));
        double overlap = Overlap(network.call(masks.Pixels).Mask > 0, masks.Masks! > 0);
        // What is best without looking at the picture: where most masks are.
        double blind = Overlap((masks.Masks!.mean([0L], keepdim: true) > 0).expand(200, 32, 32), masks.Masks! > 0);
        Assert.True(overlap > blind + 0.06, $"The masks overlap by {overlap}, without a look by {blind}.");
        double right = ((network.call(scores.Pixels).Score > 0) == (scores.Objects! > 0)).to(float32).mean()
            .item<float>();
        Assert.True(right > 0.75, $"Of the scores {right} are right.");
        double recall = Recall(network, unseen, scenes);
        Assert.True(recall > before + 0.15, $"Recall is {recall}, and was {before}.");
    }

    internal static void Train(TorchSharp.Modules.OptimizerHelper optimizer, int steps, Func<Tensor> loss)
    {
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss().backward();
            optimizer.step();
        }
    }

    /// <summary>The mean intersection over union of masks [B, T, T].</summary>
    internal static double Overlap(Tensor found, Tensor truth)
    {
        var common = found.logical_and(truth).sum([1L, 2L]).to(float64);
        return (common / found.logical_or(truth).sum([1L, 2L]).clamp_min(1)).mean().item<double>();
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Contains("4, 8", Assert.Throws<ArgumentException>(
            () => new DeepMask(Small with { Stride = 16 }, new SmallBackbone([8, 12], 1))).Message);
        Assert.Contains("no whole number", Assert.Throws<ArgumentException>(
            () => new DeepMask(Small with { Patch = 36 }, new SmallBackbone([8, 12], 1))).Message);
        using var network = Network();
        network.eval();
        Assert.Contains("[B, 3, 48, 48]", Assert.Throws<ArgumentException>(
            () => network.call(zeros(1, 3, 32, 32))).Message);
        Assert.Contains("[1, 8, 8]", Assert.Throws<ArgumentException>(
            () => network.Propose(zeros(1, 8, 8))).Message);
        var (picture, objects) = TwoObjects();
        Assert.Contains("1 pictures", Assert.Throws<ArgumentException>(
            () => new WindowSampler([picture], [], Small, 1)).Message);
        Assert.Contains("No object", Assert.Throws<ArgumentException>(
            () => new WindowSampler([picture], [objects], Small with { LeastArea = 1e6 }, 1)).Message);
        var crowded = new WindowSampler([picture], [objects], Small with { Far = 1e6, FarOctaves = 9 }, 1);
        Assert.Contains("'Far'", Assert.Throws<InvalidOperationException>(() => crowded.DrawScores(20)).Message);
        Assert.Equal([0, 1, 1], network.Segment(zeros(3, 1, 1), zeros([0, 4])).shape);
        Assert.Equal([1, 1], network.Propose(zeros(3, 1, 1), 5).Masks.shape[1..]);
    }
}
