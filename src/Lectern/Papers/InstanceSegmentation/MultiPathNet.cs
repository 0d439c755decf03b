// MultiPathNet: S. Zagoruyko, A. Lerer, T.-Y. Lin, P. O. Pinheiro, S. Gross, S. Chintala and P. Dollár, "A MultiPath
// Network for Object Detection", BMVC 2016, arXiv:1604.02135.
// Idea      Fast R-CNN with three more paths: each proposal is read from maps of three stages (skip pooling), with
//           more and more of what is around it (foveal regions), and is judged by one classifier for each IoU
//           that it might be asked to reach (integral loss). Proposals, and so masks, come from SharpMask.
// Symbols   u IoU threshold -> Thresholds; n their number; R proposals; K classes, the background being 0;
//           k*_u class of a proposal at u -> IntegralLoss.Labels; p_u -> MultiPathPrediction.Logits[u]
// Foveal    the box grown about its middle by 1, 1.5, 2 and 4                             -> MultiPathNet.Grow
// Skip      7×7 RoIPool of each map, divided by its norm, side by side, times 1000, 1×1 convolution; two linear
//           layers of each region's own                                                   -> FovealTower
// Loss      L = 1/n Σ_u L_class(p_u, k*_u) + λ [k*_50 ≥ 1] L_box(t, t*)                   -> IntegralLoss.Of
// Training  a quarter of 64 proposals a picture are objects'; either all classifiers learn from them, as the
//           formula has it, or one, as the released program has it                        -> OneThreshold
// Inference mean of the classifiers' softmaxes; suppression by class; the mask is the proposal's, or SharpMask's
//           of the box that was found                                                     -> MultiPathNet.Detect
// Differs   boxes have a region of their own, as in the released program. Colours are normalised as torchvision's
//           VGG-16 wants them, red first. True boxes are proposals, too, in training.
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>A region around a proposal, and where it is read.</summary>
/// <param name="Scale">How much larger than the proposal it is.</param>
/// <param name="Maps">From how many of the trunk's maps, the coarsest first.</param>
public sealed record FovealRegion(double Scale, int Maps);

/// <summary>Settings of a MultiPath network; defaults are the paper's and those of its released program.</summary>
public sealed record MultiPathNetSettings
{
    /// <summary>Classes K, the background among them.</summary>
    public int Classes { get; init; } = 81;

    /// <summary>Sizes of pictures and their normalisation.</summary>
    public PictureSizes Pictures { get; init; } = new(800, 1000, 16);

    /// <summary>IoU thresholds u, ascending, one classifier each. One alone is Fast R-CNN's loss.</summary>
    public IReadOnlyList<double> Thresholds { get; init; } = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75];

    /// <summary>Regions that the classifiers read.</summary>
    public IReadOnlyList<FovealRegion> Regions { get; init; } = [new(1, 3), new(1.5, 2), new(2, 2), new(4, 1)];

    /// <summary>The region that boxes are read from; null: the classifiers' regions.</summary>
    public FovealRegion? BoxRegion { get; init; } = new(1.5, 3);

    /// <summary>Bins of a region.</summary>
    public int Bins { get; init; } = 7;

    /// <summary>Channels of a region behind the 1×1 convolution.</summary>
    public long Width { get; init; } = 512;

    /// <summary>Width of the two linear layers of a region.</summary>
    public long Hidden { get; init; } = 4096;

    /// <summary>Dropout behind each of them.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Whether what is pooled of a map is divided by its norm. Otherwise it is multiplied by
    /// <see cref="Factors"/>, and the 1×1 convolution starts as a copy of the coarsest map.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>What normalised maps are multiplied by.</summary>
    public double Gain { get; init; } = 1000;

    /// <summary>What maps are multiplied by, the coarsest first, if they are not normalised.</summary>
    public IReadOnlyList<double> Factors { get; init; } = [1, 1.0 / 30, 1.0 / 200];

    /// <summary>Proposals of a picture that the losses see.</summary>
    public int Proposals { get; init; } = 64;

    /// <summary>The largest share of objects among them.</summary>
    public double Positives { get; init; } = 0.25;

    /// <summary>Proposals that overlap no object as much are not learned from.</summary>
    public double Background { get; init; } = 0.1;

    /// <summary>Whether a batch is drawn for one threshold, by chance, whose classifier alone learns from it:
    /// on average the same, and every classifier sees its share of objects.</summary>
    public bool OneThreshold { get; init; }

    /// <summary>λ, what boxes count beside classes.</summary>
    public double BoxWeight { get; init; } = 1;

    /// <summary>A detection's score is above it.</summary>
    public double Score { get; init; }

    /// <summary>Overlap above which a detection suppresses another of its class.</summary>
    public double Overlap { get; init; } = 0.3;

    /// <summary>Detections a picture.</summary>
    public int Detections { get; init; } = 100;

    /// <summary>Seed of the proposals and thresholds that are drawn in training.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>What the network says of R proposals.</summary>
/// <param name="Logits">Of each threshold's classifier: [n, R, K].</param>
/// <param name="Steps">To the box of each class, of mean 0 and deviation 1: [R, K, 4].</param>
public sealed record MultiPathPrediction(Tensor Logits, Tensor Steps);

/// <summary>The two losses, each a scalar.</summary>
/// <param name="Class">The integral over the thresholds.</param>
/// <param name="Box">Boxes, with their weight.</param>
public sealed record MultiPathLosses(Tensor Class, Tensor Box)
{
    /// <summary>Their sum.</summary>
    public Tensor Total() => Class + Box;
}

/// <summary>The integral loss: the mean of one classification loss for each IoU threshold, which is what the
/// mean over thresholds is to average precision.</summary>
public static class IntegralLoss
{
    /// <summary>k*_u: the class of the object that a proposal overlaps, if by u at least; else background.</summary>
    /// <param name="classes">Class of the object that each proposal overlaps most: int64 [R].</param>
    /// <param name="overlaps">By how much: [R].</param>
    /// <param name="thresholds">u.</param>
    /// <returns>int64 [n, R].</returns>
    public static Tensor Labels(Tensor classes, Tensor overlaps, IReadOnlyList<double> thresholds)
    {
        using var scope = NewDisposeScope();
        return stack([.. thresholds.Select(u => classes.masked_fill(overlaps < u, 0))]).MoveToOuterDisposeScope();
    }

    /// <summary>1/n Σ_u L_class(p_u, k*_u), a mean over proposals.</summary>
    /// <param name="logits">[n, R, K].</param>
    /// <param name="labels">[n, R].</param>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).MoveToOuterDisposeScope();
    }
}

/// <summary>Fast R-CNN with foveal regions, skip pooling and the integral loss.</summary>
public sealed class MultiPathNet : nn.Module
{
    private static readonly BoxCoding Coding = new();

    private readonly MultiPathNetSettings settings;
    private readonly Backbone trunk;
    private readonly ModuleList<FovealTower> towers;
    private readonly FovealTower? box_tower;
    private readonly ModuleList<Linear> classify;                                   // one a threshold
    private readonly Linear locate;
    private readonly Tensor steps_mean, steps_deviation;                            // [4]
    private int draws;

    /// <summary>A network with random weights.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="trunk">The backbone, which belongs to the network then; VGG-16 where none is given.</param>
    /// <exception cref="ArgumentException">Thresholds do not ascend, or the trunk has too few maps.</exception>
    public MultiPathNet(MultiPathNetSettings? settings = null, Backbone? trunk = null) : base(nameof(MultiPathNet))
    {
        this.settings = settings ??= new MultiPathNetSettings();
        this.trunk = trunk ??= new Vgg();
        var u = settings.Thresholds;
        if (u.Count == 0 || u.Zip(u.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException(
                $"Thresholds ascend; given were {string.Join(", ", u)}.", nameof(settings));
        var read = settings.BoxRegion is { } own ? settings.Regions.Append(own) : settings.Regions;
        if (read.Any(region => region.Maps < 1 || region.Maps > trunk.Channels.Count
            || !settings.Normalise && region.Maps > settings.Factors.Count))
            throw new ArgumentException(
                $"The trunk has {trunk.Channels.Count} maps, and a region is read from 1 or more of them; the "
                + $"regions want {string.Join(", ", read.Select(region => region.Maps))}.", nameof(settings));
        FovealTower Tower(FovealRegion region) => new(region, settings, trunk.Channels, trunk.Strides);
        towers = new ModuleList<FovealTower>([.. settings.Regions.Select(Tower)]);
        if (settings.BoxRegion is { } boxes) box_tower = Tower(boxes);
        long width = settings.Hidden * settings.Regions.Count;
        classify = new ModuleList<Linear>([.. u.Select(_ => Start(nn.Linear(width, settings.Classes), 0.01))]);
        locate = Start(nn.Linear(box_tower is null ? width : settings.Hidden, 4 * settings.Classes), 0.001);
        (steps_mean, steps_deviation) = (zeros(4), tensor(new[] { 0.1f, 0.1f, 0.2f, 0.2f }));
        RegisterComponents();

        static Linear Start(Linear layer, double deviation)
        {
            nn.init.normal_(layer.weight!, 0, deviation);
            nn.init.zeros_(layer.bias!);
            return layer;
        }
    }

    /// <summary>Its settings.</summary>
    public MultiPathNetSettings Settings => settings;

    /// <summary>Boxes grown about their middles, not cut to the picture.</summary>
    /// <param name="boxes">xyxy [R, 4].</param>
    /// <param name="scale">How much larger.</param>
    public static Tensor Grow(Tensor boxes, double scale)
    {
        Boxes.Require(boxes);
        using var scope = NewDisposeScope();
        var (low, high) = (boxes.narrow(1, 0, 2), boxes.narrow(1, 2, 2));
        var more = (high - low) * ((scale - 1) / 2);
        return cat([low - more, high + more], 1).MoveToOuterDisposeScope();
    }

    /// <summary>What the network says of the boxes of each picture of a batch.</summary>
    /// <param name="pictures">Normalised: [N, 3, H, W].</param>
    /// <param name="boxes">xyxy in pixels of the batch: [R_i, 4].</param>
    public MultiPathPrediction Predict(Tensor pictures, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var maps = trunk.call(pictures);
        var read = cat([.. towers.Select(tower => tower.Read(maps, boxes))], 1);                // [R, regions·H]
        var logits = stack([.. classify.Select(head => head.call(read))]);                      // [n, R, K]
        var steps = locate.call(box_tower?.Read(maps, boxes) ?? read).view(-1, settings.Classes, 4);
        return new MultiPathPrediction(logits.MoveToOuterDisposeScope(), steps.MoveToOuterDisposeScope());
    }

    /// <summary>Learns the mean and deviation of steps from proposals to their objects, by which steps are
    /// measured. To be called once, before training, with some pictures' proposals.</summary>
    /// <param name="proposals">xyxy of each picture: [P_i, 4].</param>
    /// <param name="objects">The objects of each.</param>
    /// <exception cref="ArgumentException">Fewer than two proposals are an object's.</exception>
    public void MeasureSteps(IReadOnlyList<Tensor> proposals, IReadOnlyList<Instances> objects)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        ArgumentNullException.ThrowIfNull(objects);
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var steps = cat([.. proposals.Select((boxes, i) =>
        {
            var (overlaps, owners) = Match(boxes, objects[i]);
            var own = (overlaps >= settings.Thresholds[0]).nonzero().squeeze(1);
            return Coding.Encode(
                objects[i].Boxes.to(boxes.dtype).index_select(0, owners.index_select(0, own)),
                boxes.index_select(0, own));
        })], 0);
        if (steps.shape[0] < 2)
            throw new ArgumentException(
                $"{steps.shape[0]} of the proposals overlap an object by {settings.Thresholds[0]}; two are the "
                + "least that have a deviation.", nameof(proposals));
        steps_mean.copy_(steps.mean([0L]));
        steps_deviation.copy_(steps.std(0).clamp_min(1e-3));
    }

    /// <summary>The two losses of some pictures. The network is to be in training mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <param name="proposals">xyxy of each, in its pixels: [P_i, 4].</param>
    /// <param name="objects">The objects of each.</param>
    /// <returns>Scalars, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, a proposal has no area, or a label is no
    /// class.</exception>
    public MultiPathLosses Losses(
        IReadOnlyList<Tensor> pictures, IReadOnlyList<Tensor> proposals, IReadOnlyList<Instances> objects)
    {
        RequireProposals(pictures, proposals);
        using var scope = NewDisposeScope();
        var batch = settings.Pictures.Batch(pictures, objects);
        for (int i = 0; i < objects.Count; i++)
            objects[i].Require(pictures[i].shape[1], pictures[i].shape[2], settings.Classes - 1);
        var u = settings.Thresholds;
        int draw = draws++;
        var chosen = settings.OneThreshold ? [u[new SplitMix(settings.Seed, draw).Next(u.Count)]] : u;
        var drawn = proposals.Select((boxes, i) =>
            Draw(PictureBatch.Scale(boxes, batch.Originals[i], batch.Sizes[i]), batch.Objects![i], chosen,
                unchecked(settings.Seed * 1_000_003 + draw * pictures.Count + i))).ToArray();
        var prediction = Predict(batch.Pictures, [.. drawn.Select(of => of.Boxes)]);
        var labels = cat([.. drawn.Select(of => of.Labels)], 1);                               // [n or 1, R]
        var (ofClass, box) = Of(prediction, labels, cat([.. drawn.Select(of => of.Steps)], 0),
            settings.OneThreshold ? u.ToList().IndexOf(chosen[0]) : null);
        return new MultiPathLosses(ofClass.MoveToOuterDisposeScope(), box.MoveToOuterDisposeScope());
    }

    private (Tensor Class, Tensor Box) Of(MultiPathPrediction prediction, Tensor labels, Tensor steps, int? only)
    {
        var logits = only is { } u ? prediction.Logits.narrow(0, u, 1) : prediction.Logits;
        // Of nothing, a zero that every parameter is in.
        if (labels.shape[1] == 0) return (logits.sum(), prediction.Steps.sum());
        var first = labels[0];                                                      // [R], at the lowest threshold
        var positives = (first > 0).nonzero().squeeze(1);
        var own = prediction.Steps[positives, first.index_select(0, positives)];    // [P, 4]
        var targets = (steps.index_select(0, positives) - steps_mean) / steps_deviation;
        var box = nn.functional.smooth_l1_loss(own, targets, nn.Reduction.Sum)
            * (settings.BoxWeight / labels.shape[1]);
        return (IntegralLoss.Of(logits, labels), box);
    }

    private sealed record Drawn(Tensor Boxes, Tensor Labels, Tensor Steps);

    /// <summary>Proposals of one picture to learn from, true boxes among them.</summary>
    private Drawn Draw(Tensor proposals, Instances objects, IReadOnlyList<double> thresholds, int seed)
    {
        using var none = no_grad();
        var boxes = cat([proposals, objects.Boxes], 0);
        var (overlaps, owners) = Match(boxes, objects);
        // Objects', background, and what overlaps too little to be hard.
        var kinds = (overlaps >= thresholds[0]).to(int64) - (overlaps < settings.Background).to(int64);
        var (positives, negatives) =
            new BalancedSampler(settings.Proposals, settings.Positives, seed).Sample(kinds);
        var all = cat([positives, negatives], 0);
        (boxes, overlaps, owners) =
            (boxes.index_select(0, all), overlaps.index_select(0, all), owners.index_select(0, all));
        if (all.shape[0] == 0)
            return new Drawn(boxes, zeros([thresholds.Count, 0], int64, boxes.device), boxes);
        return new Drawn(boxes,
            IntegralLoss.Labels(objects.Labels.index_select(0, owners), overlaps, thresholds),
            Coding.Encode(objects.Boxes.index_select(0, owners), boxes));
    }

    /// <summary>The object that each box overlaps most, and by how much: [R] each.</summary>
    private static (Tensor Overlaps, Tensor Owners) Match(Tensor boxes, Instances objects)
    {
        if (objects.Boxes.shape[0] == 0)
            return (zeros([boxes.shape[0]], boxes.dtype, boxes.device),
                zeros([boxes.shape[0]], int64, boxes.device));
        return Boxes.Iou(objects.Boxes.to(boxes.dtype), boxes).max(0);
    }

    /// <summary>The objects in some pictures. The network is to be in evaluation mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <param name="proposals">What SharpMask or another proposes in each; the paper has 400.</param>
    /// <param name="again">Makes masks anew, of the boxes that were found; null: masks are the proposals'.</param>
    /// <returns>Of each picture, with masks of 0 and 1; owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public Detections[] Detect(
        IReadOnlyList<Tensor> pictures, IReadOnlyList<MaskProposals> proposals, IMaskProposer? again = null)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        RequireProposals(pictures, [.. proposals.Select(of => of.Boxes)]);
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var batch = settings.Pictures.Batch(pictures);
        var prediction = Predict(batch.Pictures, [.. proposals.Select((of, i) =>
            PictureBatch.Scale(of.Boxes, batch.Originals[i], batch.Sizes[i]))]);
        var probabilities = Probabilities(prediction.Logits);                                   // [R, K]
        var steps = prediction.Steps * steps_deviation + steps_mean;
        long first = 0;
        return [.. proposals.Select((of, i) =>
        {
            long count = of.Boxes.shape[0];
            var found = Best(pictures[i], of, probabilities.narrow(0, first, count),
                steps.narrow(0, first, count), again);
            first += count;
            return found.MoveToOuterDisposeScope();
        })];
    }

    /// <summary>The mean of the classifiers' softmaxes: [n, R, K] to [R, K].</summary>
    public static Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        return logits.softmax(2).mean([0L]).MoveToOuterDisposeScope();
    }

    private Detections Best(
        Tensor picture, MaskProposals proposals, Tensor probabilities, Tensor steps, IMaskProposer? again)
    {
        // [Q, 2], background left out
        var places = (probabilities.narrow(1, 1, settings.Classes - 1) > settings.Score).nonzero();
        var (region, label) = (places.select(1, 0), places.select(1, 1) + 1);
        var boxes = Boxes.Clip(
            Coding.Decode(steps[region, label], proposals.Boxes.index_select(0, region)),
            picture.shape[1], picture.shape[2]);
        var scores = probabilities[region, label];
        var kept = Suppression.NmsByClass(boxes, scores, label, settings.Overlap);
        kept = kept.narrow(0, 0, Math.Min(settings.Detections, kept.shape[0]));
        boxes = boxes.index_select(0, kept);
        var masks = again is null
            ? proposals.Masks.index_select(0, region.index_select(0, kept))
            : again.Segment(picture, boxes);
        return new Detections(
            boxes, label.index_select(0, kept), scores.index_select(0, kept), masks.to(picture.dtype));
    }

    private static void RequireProposals(IReadOnlyList<Tensor> pictures, IReadOnlyList<Tensor> proposals)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (proposals.Count != pictures.Count)
            throw new ArgumentException(
                $"{pictures.Count} pictures want the proposals of each; given were {proposals.Count}.",
                nameof(proposals));
        foreach (var boxes in proposals)
        {
            Boxes.Require(boxes);
            if ((boxes.narrow(1, 2, 2) <= boxes.narrow(1, 0, 2)).any().item<bool>())
                throw new ArgumentException(
                    "A proposal has an area; at least one has none. Leave it out.", nameof(proposals));
        }
    }
}

/// <summary>One foveal region: skip pooling, and two linear layers of its own.</summary>
internal sealed class FovealTower : nn.Module
{
    private readonly FovealRegion region;
    private readonly MultiPathNetSettings settings;
    private readonly IReadOnlyList<int> strides;
    private readonly Conv2d mix;
    private readonly Linear fc6, fc7;

    internal FovealTower(FovealRegion region, MultiPathNetSettings settings, IReadOnlyList<long> channels,
        IReadOnlyList<int> strides) : base(nameof(FovealTower))
    {
        (this.region, this.settings, this.strides) = (region, settings, strides);
        mix = nn.Conv2d(channels.TakeLast(region.Maps).Sum(), settings.Width, 1);
        fc6 = nn.Linear(settings.Width * settings.Bins * settings.Bins, settings.Hidden);
        fc7 = nn.Linear(settings.Hidden, settings.Hidden);
        RegisterComponents();
        if (settings.Normalise) return;
        using var none = no_grad();
        mix.weight.zero_();
        mix.bias!.zero_();
        long copied = Math.Min(settings.Width, channels[^1]);
        mix.weight.narrow(0, 0, copied).narrow(1, 0, copied).copy_(eye(copied).view(copied, copied, 1, 1));
    }

    /// <summary>The maps' bins side by side, the coarsest first, before the 1×1 convolution:
    /// [R, Σ C, P, P].</summary>
    internal Tensor Pool(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var regions = Regions.Of([.. boxes.Select(of => MultiPathNet.Grow(of, region.Scale))]);     // [R, 5]
        var parts = Enumerable.Range(1, region.Maps).Select(back =>
        {
            var pooled = RoiPool.Pool(maps[^back], regions, (settings.Bins, settings.Bins), 1.0 / strides[^back]);
            if (!settings.Normalise) return pooled * settings.Factors[back - 1];
            // All bins and channels of a region are one vector; one that is 0 stays so.
            var norm = pooled.square().sum([1L, 2L, 3L], keepdim: true).clamp_min(1e-20).sqrt();
            return pooled * (settings.Gain / norm);
        });
        return cat([.. parts], 1).MoveToOuterDisposeScope();
    }

    /// <summary>What a region says: [R, Hidden].</summary>
    internal Tensor Read(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        Tensor Layer(Linear layer, Tensor x) =>
            FastDropout.Apply(layer.call(x).relu(), settings.Dropout, training);
        var mixed = mix.call(Pool(maps, boxes)).flatten(1);                         // [R, Width·P·P]
        return Layer(fc7, Layer(fc6, mixed)).MoveToOuterDisposeScope();
    }
}
