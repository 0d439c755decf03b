using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class SharpMaskTests
{
    private static readonly SharpMaskSettings Small = new() { Width = 32, SkipWidth = 16 };

    private static SharpMask Network(DeepMaskSettings? settings = null)
    {
        manual_seed(1);
        var deep = new DeepMask(settings ?? DeepMaskTests.Small, new SmallBackbone([8, 12], 1, withStem: true));
        return new SharpMask(deep, Small);
    }

    private static long Count(nn.Module network, params string[] starts) => network.named_parameters()
        .Where(p => starts.Any(start => p.name.StartsWith(start))).Sum(p => p.parameter.numel());

    [Fact]
    public void Layers_have_the_papers_sizes()
    {
        using var network = new SharpMask(new DeepMask());
        network.eval();
        Assert.Equal(1_641_600, Count(network, "encode."));
        Assert.Equal([13_872, 3_480, 876, 222],
            Enumerable.Range(0, 4).Select(i => Count(network, $"refine.{i}.vertical.")));
        Assert.Equal([612_976, 305_368, 152_428, 19_694],
            Enumerable.Range(0, 4).Select(i => Count(network, $"refine.{i}.horizontal.")));
        Assert.Equal(19, Count(network, "last."));
        using var none = no_grad();
        Assert.Equal(160, network.Side);
        Assert.Equal([2, 160, 160], network.call(rand(2, 3, 192, 192)).shape);
    }

    [Fact]
    public void A_module_in_two_parts_is_the_plain_convolution_of_both_maps_together()
    {
        manual_seed(1);
        foreach (var upsampling in (InterpolationMode[])[InterpolationMode.Nearest, InterpolationMode.Bilinear])
        {
            using var module = new Refinement(8, 12, 6, upsampling);
            using var none = no_grad();
            var (m, f) = (rand(2, 8, 5, 5), rand(2, 12, 5, 5));
            Tensor Layer(string name, Tensor x, bool relu = true)
            {
                var y = nn.functional.conv2d(nn.functional.pad(x, (1, 1, 1, 1), PaddingModes.Reflect),
                    module.get_parameter($"{name}.weight")!, module.get_parameter($"{name}.bias")!);
                return relu ? y.relu() : y;
            }
            // M and S side by side, and one convolution over both, its bias being both biases.
            var s = Layer("horizontal.2", Layer("horizontal.0", f));                            // [2, 8, 5, 5]
            var together = nn.functional.pad(
                cat([Layer("vertical.0", m), s], 1), (1, 1, 1, 1), PaddingModes.Reflect);
            Tensor Of(string name) => module.get_parameter(name)!;
            var weight = cat([Of("vertical.2.weight"), Of("horizontal.4.weight")], 1);
            var bias = Of("vertical.2.bias") + Of("horizontal.4.bias");
            var plain = nn.functional.interpolate(
                nn.functional.conv2d(together, weight, bias).relu(), [10, 10], mode: upsampling);
            Fixture.Agree(plain, module.call(m, module.Horizontal(f)), 1e-6, "the encoding");
        }
    }

    [Fact]
    public void The_search_refines_every_place_as_the_network_does_its_window()
    {
        // The horizontal convolutions see three cells of eight pixels beyond the trunk's seven.
        using var network = Network(DeepMaskTests.Small with { Margin = 32, Scales = [1] });
        network.eval();
        using var none = no_grad();
        var picture = Formula.Picture("search", 40, 52);
        var level = network.DeepMask.Search(picture)[0];
        var places = arange(level.Scores.shape[0], int64);
        var dense = network.Masks(level, network.Skips(level.Maps), places);
        var windows = stack([.. Enumerable.Range(0, (int)places.shape[0]).Select(place =>
            Windows.Cut(picture, new Window(place / level.Columns * 8, place % level.Columns * 8, 96), 96))]);
        Fixture.Agree(network.call(windows), dense, 1e-5, "masks");
        Assert.True(dense.std().item<float>() > 1e-3);

        // Places and scores are DeepMask's, and masks the refined ones, wherever they have a pixel.
        long best = level.Scores.argmax().item<long>();
        var mask = Windows.Paste(dense[best].unsqueeze(0) - Math.Log(0.25), level.Boxes[best].unsqueeze(0), 40, 52) > 0;
        var found = network.Propose(picture, 3);
        Assert.Equal(level.Scores[best].sigmoid().item<float>(), found.Scores[0].item<float>(), 1e-6);
        Assert.True((mask[0] == found.Masks[0]).all().item<bool>());
        Assert.InRange(found.Scores.shape[0], 1, 3);
    }

    [Fact]
    public void A_search_leaves_nothing_but_its_proposals()
    {
        using var network = Network();
        network.eval();
        var picture = Formula.Picture("search", 40, 52);
        var boxes = tensor(new float[,] { { 10, 10, 30, 25 }, { 0, 0, 9, 20 } });
        long Left()
        {
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            network.Propose(picture, 20).Dispose();
            network.Segment(picture, boxes).Dispose();
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }
        Left();
        Assert.Equal(0, Left());
    }

    [Fact]
    public void Without_horizontal_weights_the_mask_is_of_the_code_alone_and_with_them_it_is_not()
    {
        using var network = Network();
        network.eval();
        using var none = no_grad();
        var windows = rand(2, 3, 48, 48);
        var codes = network.DeepMask.Read(network.DeepMask.Maps(windows)).Codes;
        Tensor OfCode() => network.Refine(codes,
            [.. Enumerable.Range(0, 3).Select(i => zeros(2, 16 >> i, 4 << i, 4 << i))]);
        Assert.True((network.call(windows) - OfCode()).abs().max().item<float>() > 1e-3);
        foreach (var (name, parameter) in network.named_parameters())
            if (name.Contains(".horizontal.4.")) parameter.zero_();
        Fixture.Agree(OfCode(), network.call(windows), 1e-6, "the mask");
        Assert.Equal([2, 32, 32], OfCode().shape);
    }

    [Fact]
    public void Only_the_modules_learn_and_all_of_them_do()
    {
        using var network = Network();
        network.train();
        Assert.False(network.DeepMask.training);
        var (pictures, objects, _) = DeepMaskTests.Scenes(4, 1);
        var sampler = new WindowSampler(pictures, objects, network.Sampling, 1);
        var before = network.DeepMask.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        using var optimizer = optim.Adam(network.Refiners(), 1e-2);
        network.Loss(sampler.DrawMasks(4)).backward();
        optimizer.step();
        foreach (var (name, value) in network.DeepMask.state_dict())
            Fixture.Agree(before[name], value, 0, name);
        Assert.All(network.DeepMask.parameters(), parameter => Assert.Null(parameter.grad));
        foreach (var (name, parameter) in network.named_parameters().Where(p => !p.name.StartsWith("deepMask.")))
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
        Assert.Equal(network.Refiners().Count(),
            network.named_parameters().Count(p => !p.name.StartsWith("deepMask.")));
    }

    [Fact]
    public void Refined_masks_are_better_than_coarse_ones_and_find_more()
    {
        var (pictures, objects, _) = DeepMaskTests.Scenes(120, 1);
        var (unseen, theirs, scenes) = DeepMaskTests.Scenes(24, 2);
        var (deep, sampler) = DeepMaskTests.Learner(pictures, objects);
        deep.train();
        using (var first = optim.Adam(deep.parameters(), 3e-3))
            DeepMaskTests.Train(first, 300, () => deep.Loss(sampler.Next(24)));
        using var network = new SharpMask(deep, Small);
        network.train();
        var second = new WindowSampler(pictures, objects, network.Sampling, 2);
        using (var optimizer = optim.Adam(network.Refiners(), 5e-3))
            DeepMaskTests.Train(optimizer, 120, () => network.Loss(second.DrawMasks(24)));
        network.eval();
        using var none = no_grad();
        var asked = new WindowSampler(unseen, theirs, network.Sampling, 3).DrawMasks(200);
        double coarse = DeepMaskTests.Overlap(deep.call(asked.Pixels).Mask > 0, asked.Masks! > 0);
        double fine = DeepMaskTests.Overlap(network.call(asked.Pixels) > 0, asked.Masks! > 0);
        Assert.True(fine > coarse + 0.02, $"Refined masks overlap by {fine}, coarse ones by {coarse}.");
        var (few, more) = (DeepMaskTests.Recall(deep, unseen, scenes), DeepMaskTests.Recall(network, unseen, scenes));
        Assert.True(more > few + 0.04, $"Refined recall is {more}, coarse {few}.");
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        using var network = Network();
        Assert.Contains("no multiple of 8", Assert.Throws<ArgumentException>(
            () => new SharpMask(network.DeepMask, new SharpMaskSettings { Width = 12 })).Message);
        Assert.Contains("'Sampling'", Assert.Throws<ArgumentException>(
            () => network.Loss(new WindowSample(zeros(1, 3, 48, 48), zeros(1, 16, 16), null))).Message);
        Assert.Contains("'Sampling'", Assert.Throws<ArgumentException>(
            () => network.Loss(new WindowSample(zeros(1, 3, 48, 48), null, ones(1)))).Message);
        Assert.Contains("[B, 3, 48, 48]", Assert.Throws<ArgumentException>(
            () => network.call(zeros(1, 3, 32, 32))).Message);
    }
}
