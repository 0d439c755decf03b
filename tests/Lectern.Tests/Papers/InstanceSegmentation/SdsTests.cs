using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class SdsTests
{
    private static readonly SdsSettings Small = new()
    {
        Classes = 2, Steps = 150, Drop = 100, Batch = 32, LearningRate = 0.02, Fresh = 1, C = 0.1, Retrain = 300,
        Layout = CaffeLayout.Small with
        {
            Hidden = [32],
            Dropout = 0,
            Layers = [new(8, 3, 1, 1, Pool: true), new(16, 3, 1, 1, Pool: true), new(32, 3, 1, 1, Pool: true)],
        },
        Refinement = new RefinementSettings { LeastArea = 12, Cells = 5 },
    };

    /// <summary>Discs (1) and bars (2) with proposals, to learn from and held out, these as COCO too.</summary>
    private static readonly Lazy<(SdsPicture[] Train, SdsPicture[] Held, CocoDataset Truth, Mcg Grouping)> Scenes =
        new(Draw);

    private static (SdsPicture[], SdsPicture[], CocoDataset, Mcg) Draw()
    {
        var settings = new ShapeSettings(64, 64, 2, 3) { Kinds = [1, 6], SmallestRadius = 0.16 };
        var (train, held) = (Shapes.Draw(16, 1, settings), Shapes.Draw(10, 2, settings));
        var mcg = new Mcg(McgSettings.Small with { Scales = [1], ListLength = 150, Candidates = 250, Proposals = 60 })
            .Fit([.. train.Select(one => one.Picture)], [.. train.Select(one => one.Masks)]);
        SdsPicture[] Of(IReadOnlyList<ShapeScene> scenes) => [.. scenes.Select(one => new SdsPicture(one.Picture,
            mcg.Propose(one.Picture), new Instances(one.Boxes, where(one.Labels == 6, 2, one.Labels), one.Masks)))];
        var truth = Shapes.GroundTruth(held);
        return (Of(train), Of(held), truth, mcg);
    }

    private static Sds Detector(SdsSettings settings)
    {
        manual_seed(3);
        return new Sds(settings);
    }

    [Fact]
    public void A_box_of_the_crops_inner_size_is_cut_out_pixel_by_pixel_with_its_context()
    {
        var layout = new CaffeLayout { Side = 12, Context = 2, Mean = [10, 20, 30], Scale = 0.5 };
        var picture = (Formula.Picture("crop", 20, 24) * 255).to(uint8);
        var mask = zeros([1, 20, 24], ScalarType.Bool);
        mask[0, TensorIndex.Slice(7, 12), TensorIndex.Slice(9, 15)] = tensor(true);
        var (box, region) = SdsCrops.Of(picture, tensor(new float[,] { { 8, 6, 16, 14 } }), mask, layout);
        var cut = picture[TensorIndex.Colon, TensorIndex.Slice(4, 16), TensorIndex.Slice(6, 18)];
        var expected = (cut.to(float32).flip(0) - tensor(new[] { 10f, 20, 30 }).view(3, 1, 1)) / 2;
        Fixture.Agree(expected.unsqueeze(0), box, 1e-4, "the crop of the box");
        // The ground is 0 once the mean is off, not black.
        var own = mask[0, TensorIndex.Slice(4, 16), TensorIndex.Slice(6, 18)];
        Fixture.Agree((expected * own).unsqueeze(0), region, 1e-4, "the crop of the region");
        Assert.InRange((region[0, 0] == 0).sum().item<long>(), 144 - 30, 144 - 30 + 3);
    }

    [Fact]
    public void What_is_outside_the_picture_is_at_the_mean_and_a_ramp_is_warped_to_a_ramp()
    {
        var layout = new CaffeLayout { Side = 10, Context = 1, Mean = [0, 0, 0] };
        var ramp = (arange(16, float32) + 0.5).expand(3, 16, 16) / 255;                  // the value at x is x
        var (box, _) = SdsCrops.Of(ramp, tensor(new float[,] { { 4, 4, 8, 12 }, { -4, 0, 4, 8 } }),
            ones([2, 16, 16], ScalarType.Bool), layout);
        // Ten pixels over the 5 of the grown box, from 3.5 on.
        for (int i = 0; i < 10; i++) Assert.Equal(3.5 + 0.5 * (i + 0.5), box[0, 0, 5, i].item<float>(), 1e-3);
        // The second box grows to -5 … 5: its left half is outside, and so is its uppermost row.
        var left = box[1, TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(0, 5)];
        Assert.Equal(0, left.abs().max().item<float>());
        Assert.Equal(0, box[1, TensorIndex.Colon, 0].abs().max().item<float>());
        Assert.Equal(0.5, box[1, 0, 1, 5].item<float>(), 1e-3);
    }

    [Fact]
    public void Of_regions_that_share_a_pixel_the_better_stays()
    {
        var pool = RegionPool.Of(new Superpixels(1, 6, [0, 1, 2, 3, 4, 5]), [[0, 1], [1, 2, 3], [4, 5], [2]]);
        Assert.Equal([1, 2], Sds.Suppress(pool, [0.5f, 0.9f, 0.1f, 0.7f]));
        Assert.Equal([0, 3, 2], Sds.Suppress(pool, [0.9f, 0.5f, 0.1f, 0.7f]));
        // 1 pixel of 4 is not above a quarter.
        Assert.Equal([1, 0, 2], Sds.Suppress(pool, [0.5f, 0.9f, 0.1f, 0], 0.25));
        Assert.Throws<ArgumentException>(() => Sds.Suppress(pool, [1f]));
    }

    [Theory]
    [InlineData(SdsVariant.A, 10)]
    [InlineData(SdsVariant.B, 20)]
    [InlineData(SdsVariant.C, 22)]
    public void Variants_have_their_paths_and_gradient_reaches_each(SdsVariant variant, int tensors)
    {
        // Three convolutions and a linear layer are eight tensors a path; each classifier has two.
        using var sds = Detector(Small with { Variant = variant });
        Assert.Equal(tensors, sds.Network.parameters().Count());
        var (box, region) = (rand(4, 3, 32, 32), rand(4, 3, 32, 32));
        var features = sds.Network.Features(box, region);
        Assert.Equal([4, 64], features.shape);
        features.square().sum().backward();
        foreach (var (name, parameter) in sds.Network.named_parameters().Where(p => !p.name.Contains("score")))
            Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
        // With one path, equal crops have equal features.
        sds.Network.eval();
        var same = sds.Network.Features(box, box);
        Assert.Equal(variant == SdsVariant.A, same.narrow(1, 0, 32).allclose(same.narrow(1, 32, 32)));
    }

    [Fact]
    public void Negatives_are_all_learned_from_where_all_are_hard()
    {
        var (train, _, _, _) = Scenes.Value;
        using var sds = Detector(Small with { Variant = SdsVariant.A, Retrain = 1_000_000, C = 1e-6 });
        sds.TrainDetectors(train[..4]);
        // So small a C moves no score far from 0: every negative stays within reach, and all have the largest α.
        var machine = sds.Machines[0]!;
        int positives = machine.Coefficients.Count(alpha => alpha > 1.5e-6);
        Assert.InRange(positives, 1, 12);
        int expected = train[..4].Sum(one =>
        {
            long[] labels = [.. one.Objects.Labels.data<long>()];
            float[,] overlaps = one.Proposals.Overlaps(one.Objects.Masks);
            return labels.Count(label => label != 1) + Enumerable.Range(0, one.Proposals.Count).Count(r =>
                labels.Select((label, g) => label == 1 ? overlaps[g, r] : 0).Max() < 0.2f);
        });
        Assert.Equal(expected, machine.Coefficients.Count - positives);
        // Without proposals nothing is found.
        using var none = sds.Detect(train[0].Picture, train[0].Proposals.Take([]));
        Assert.Equal([0, 64, 64], none.Masks.shape);
        Assert.Equal([0, 4], none.Boxes.shape);
    }

    [Fact]
    public void Discs_and_bars_are_told_apart_by_what_was_learned()
    {
        var (train, held, truth, grouping) = Scenes.Value;
        using var sds = Detector(Small);
        double Measure(bool refine)
        {
            var found = new List<CocoDetection>();
            foreach (var (i, one) in held.Index())
            {
                using var detections = sds.Detect(one.Picture, one.Proposals, refine);
                var labels = where(detections.Labels == 2, 6, detections.Labels);
                found.AddRange(CocoDetection.Of(i + 1, detections.Boxes, labels, detections.Scores, detections.Masks));
            }
            return VocEvaluation.Ap(truth, found);
        }
        sds.TrainDetectors(train);
        double before = Measure(refine: false);
        sds.FineTune(train);
        sds.TrainDetectors(train);
        double after = Measure(refine: false);
        sds.TrainRefinement(train);
        double refined = Measure(refine: true);
        Assert.True(after > before + 0.15, $"AP^r is {after:0.000}, on random features {before:0.000}.");
        Assert.True(refined > before + 0.15, $"AP^r is {refined:0.000} refined, on random features {before:0.000}.");
        KeepAndCompare(sds, grouping, held[0].Picture);
    }

    /// <summary>A file keeps the paths, the machines, the refinement and what makes proposals.</summary>
    private static void KeepAndCompare(Sds sds, Mcg grouping, Tensor picture)
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Path.GetTempPath(), $"lectern-sds-{Guid.NewGuid():N}.safetensors");
        try
        {
            SegmentationFile.Save(file, sds, grouping, ["disc", "bar"]);
            using var again = SegmentationModels.All.Single(model => model.Name == "Sds").Load(file);
            var (expected, found) = (sds.Detect(picture, grouping.Propose(picture)), again.Detect([picture])[0]);
            Assert.InRange(expected.Scores.shape[0], 1, 100);
            Assert.Equal(expected.Scores.data<float>(), found.Scores.data<float>());
            Assert.Equal(expected.Labels.data<long>(), found.Labels.data<long>());
            Assert.True(expected.Masks.equal(found.Masks).all().item<bool>());
            Assert.Equal(["disc", "bar"], again.Categories.Select(one => one.Name));
            using var unfitted = new Sds(Small);
            Assert.Throws<InvalidOperationException>(() => SegmentationFile.Save(file, unfitted, new Mcg()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Refined_regions_of_pictures_that_were_held_out_overlap_their_objects_more()
    {
        var (train, held, _, _) = Scenes.Value;
        // What the network says is left out here: shape alone tells most.
        NearRegions Near(SdsPicture one, double least)
        {
            float[,] overlaps = one.Proposals.Overlaps(one.Objects.Masks);
            var pairs = Enumerable.Range(0, one.Proposals.Count)
                .SelectMany(r => Enumerable.Range(0, overlaps.GetLength(0))
                .Where(g => overlaps[g, r] >= least).Select(g => (Region: r, Object: (long)g))).ToArray();
            var objects = tensor(pairs.Select(pair => pair.Object).ToArray());
            return new NearRegions(one.Proposals.Take([.. pairs.Select(pair => pair.Region)]), zeros(pairs.Length, 1),
                one.Objects.Masks.index_select(0, objects),
                    [.. one.Objects.Labels.index_select(0, objects).data<long>()]);
        }
        var refiner = new RegionRefiner(2, new RefinementSettings { LeastArea = 12 });
        refiner.Fit([.. train.Select(one => Near(one, 0.7))]);
        var (before, after) = (new List<double>(), new List<double>());
        foreach (var near in held.Select(one => Near(one, 0.5)))
        {
            var objects = RleMask.OfEach(near.Masks);
            var refined = refiner.Refine(near.Regions, [.. near.Labels.Select(label => (int)label)], near.Features);
            before.AddRange(RleMask.OfEach(near.Regions.Masks()).Zip(objects, (mask, one) => mask.Iou(one)));
            after.AddRange(RleMask.OfEach(refined).Zip(objects, (mask, one) => mask.Iou(one)));
        }
        Assert.True(before.Count > 50);
        Assert.True(after.Average() > before.Average() + 0.03,
            $"{after.Average():0.000}, before {before.Average():0.000}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_network()
    {
        var (train, _, _, _) = Scenes.Value;
        Tensor Weights()
        {
            using var sds = Detector(Small with { Steps = 3, Drop = 2, Batch = 8 });
            sds.FineTune(train[..3]);
            return cat([.. sds.Network.parameters().Select(parameter => parameter.detach().flatten())], 0);
        }
        Fixture.Agree(Weights(), Weights(), 0, "the weights");
    }

    [Fact]
    public void What_an_earlier_variant_has_trained_can_be_taken_over()
    {
        var (train, _, _, _) = Scenes.Value;
        var brief = Small with { Steps = 3, Drop = 2, Batch = 8 };
        using var a = Detector(brief with { Variant = SdsVariant.A });
        a.FineTune(train[..3]);
        using var b = Detector(brief with { Variant = SdsVariant.B });
        b.FineTune(train[..3], a);
        using var c = Detector(brief);
        c.FineTune(train[..3], b);
        using var alone = Detector(brief);
        alone.FineTune(train[..3]);
        foreach (var (name, parameter) in alone.Network.named_parameters())
            Fixture.Agree(parameter, c.Network.get_parameter(name)!, 0, name);
        Assert.Contains("given was C", Assert.Throws<ArgumentException>(() => b.FineTune(train[..3], c)).Message);
        using var wide = Detector(brief with { Layout = brief.Layout with { Hidden = [40] } });
        Assert.Contains("layouts differ", Assert.Throws<ArgumentException>(() => wide.FineTune(train[..3], b)).Message);
    }

    [Fact]
    public void What_is_out_of_order_or_does_not_fit_is_said()
    {
        var (train, _, _, _) = Scenes.Value;
        using var sds = Detector(Small);
        Assert.Contains("call TrainDetectors before",
            Assert.Throws<InvalidOperationException>(() => sds.Detect(train[0].Picture, train[0].Proposals)).Message);
        using var narrow = Detector(Small with { Classes = 1 });
        Assert.Contains("Labels are 1 to 1; given was 2",
            Assert.Throws<ArgumentException>(() => narrow.TrainDetectors(train)).Message);
    }
}
