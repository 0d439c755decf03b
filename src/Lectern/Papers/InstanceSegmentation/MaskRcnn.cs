// Mask R-CNN: He, Gkioxari, Dollár and Girshick, ICCV 2017, arXiv:1703.06870.
// Idea      A detector of two stages gets a third answer for each region: a small mask a class, decoupled from the
//           class itself. Regions are read without rounding (RoIAlign), so that the mask lies where the object is.
// Symbols   K classes with the background as 0; R regions; C channels of the pyramid; m side of a mask -> 28
// Stage 1   objectness and boxes at every anchor                            -> RegionProposals
// Stage 2   class, box and mask of each proposal                            -> RegionHeads
// Loss      L = L_objectness + L_proposal + L_class + L_box + L_mask        -> MaskRcnn.Losses
// L_mask    mean binary cross-entropy of the m×m logits of the true class   -> RegionHeads.MaskLoss
// Inference boxes first, masks of the best hundred boxes after              -> MaskRcnn.Detect
// Differs   as torchvision does from the paper: mask targets keep soft edges, proposals are not normalised by
//           images, RoIAlign reads pixel i's value at i. Names of parameters are torchvision's, and its weights load.
using System.Text.RegularExpressions;
using Lectern.Data;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// Settings of a Mask R-CNN; defaults are those of torchvision's <c>maskrcnn_resnet50_fpn</c>.
/// </summary>
public record MaskRcnnSettings
{
    /// <summary>Classes K, the background among them.</summary>
    public int Classes { get; init; } = 91;

    /// <summary>Sizes of pictures and their normalisation.</summary>
    public PictureSizes Pictures { get; init; } = new();

    /// <summary>Channels C of the pyramid.</summary>
    public long Width { get; init; } = 256;

    /// <summary>The first stage.</summary>
    public ProposalSettings Proposals { get; init; } = new();

    /// <summary>How regions are read from the pyramid.</summary>
    public RegionReading Reading { get; init; } = RegionReading.Align;

    /// <summary>Samples a bin and axis of RoIAlign.</summary>
    public int Samples { get; init; } = 2;

    /// <summary>Which proposals are an object's.</summary>
    public BoxMatcher Matcher { get; init; } = new(0.5, 0.5);

    /// <summary>Regions of a picture that the losses see; the paper's N.</summary>
    public int Regions { get; init; } = 512;

    /// <summary>The largest share of objects among them.</summary>
    public double Positives { get; init; } = 0.25;

    /// <summary>How boxes are steps from proposals.</summary>
    public BoxCoding Coding { get; init; } = new(10, 5);

    /// <summary>Where smooth L1 of boxes turns from a square into a line.</summary>
    public double Beta { get; init; } = 1.0 / 9;

    /// <summary>Bins of a region for class and box.</summary>
    public int BoxBins { get; init; } = 7;

    /// <summary>Width of the two linear layers before class and box.</summary>
    public long Hidden { get; init; } = 1024;

    /// <summary>Bins of a region for the mask, which has twice as many cells.</summary>
    public int MaskBins { get; init; } = 14;

    /// <summary>Channels of the 3×3 convolutions before the mask.</summary>
    public IReadOnlyList<long> MaskLayers { get; init; } = [256, 256, 256, 256];

    /// <summary>Channels of the transposed convolution that doubles the mask.</summary>
    public long MaskWidth { get; init; } = 256;

    /// <summary>A detection's score is above it.</summary>
    public double Score { get; init; } = 0.05;

    /// <summary>Overlap above which a detection suppresses another of its class.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Detections a picture.</summary>
    public int Detections { get; init; } = 100;

    /// <summary>Seed of the anchors and regions that are drawn in training.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The five losses, each a scalar.</summary>
/// <param name="Objectness">Whether anchors are objects.</param>
/// <param name="Proposal">Boxes of the first stage.</param>
/// <param name="Class">Classes of regions.</param>
/// <param name="Box">Boxes of the second stage.</param>
/// <param name="Mask">Masks.</param>
public sealed record MaskRcnnLosses(Tensor Objectness, Tensor Proposal, Tensor Class, Tensor Box, Tensor Mask)
{
    /// <summary>Their sum, all weights being 1.</summary>
    public Tensor Total() => Objectness + Proposal + Class + Box + Mask;
}

/// <summary>Mask R-CNN on a backbone with a feature pyramid.</summary>
public partial class MaskRcnn : nn.Module
{
    private readonly MaskRcnnSettings settings;
    private readonly Backbone backbone;
    private readonly RegionProposals rpn;
    private readonly RegionHeads roi_heads;

    /// <summary>A network with random weights.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="body">
    /// The backbone, which belongs to the network then; ResNet-50 where none is given.
    /// </param>
    public MaskRcnn(MaskRcnnSettings? settings = null, Backbone? body = null)
        : this(nameof(MaskRcnn), settings ??= new MaskRcnnSettings(),
            new PyramidBackbone(body ?? new ResNet(), settings.Width),
            new RegionBranches(false, new BoxHead(settings), new MaskHead(settings)))
    {
    }

    /// <summary>A network of the parts of a paper that builds on this one.</summary>
    private protected MaskRcnn(
        string name, MaskRcnnSettings settings, PyramidBackbone backbone, RegionBranches branches) : base(name)
    {
        (this.settings, this.backbone) = (settings, backbone);
        rpn = new RegionProposals(settings.Width, settings.Proposals, settings.Seed);
        roi_heads = new RegionHeads(settings, backbone.Body.Strides, branches);
        RegisterComponents();
    }

    /// <summary>Its settings.</summary>
    public MaskRcnnSettings Settings => settings;

    /// <summary>The levels that regions are read from, and one coarser.</summary>
    internal Backbone Levels => backbone;

    /// <summary>The first stage.</summary>
    internal RegionProposals Proposals => rpn;

    /// <summary>The second stage.</summary>
    internal RegionHeads Heads => roi_heads;

    /// <summary>The five losses of some pictures. The network is to be in training mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <param name="objects">The objects of each.</param>
    /// <returns>Scalars, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a label is no class.</exception>
    public MaskRcnnLosses Losses(IReadOnlyList<Tensor> pictures, IReadOnlyList<Instances> objects)
    {
        using var scope = NewDisposeScope();
        var batch = settings.Pictures.Batch(pictures, objects);
        for (int i = 0; i < objects.Count; i++)
            objects[i].Require(pictures[i].shape[1], pictures[i].shape[2], settings.Classes - 1);
        var levels = backbone.call(batch.Pictures);  // P2 … P6: [N, C, H_l, W_l]
        var prediction = rpn.Predict(levels, batch.Pictures.shape[2], batch.Pictures.shape[3]);
        var (objectness, proposal) = rpn.Losses(prediction, batch.Objects!);
        var (ofClass, box, mask) =
            roi_heads.Losses(levels, rpn.Propose(prediction, batch.Sizes), batch.Objects!);
        Tensor[] losses = [objectness, proposal, ofClass, box, mask];
        foreach (var loss in losses) loss.MoveToOuterDisposeScope();
        return new MaskRcnnLosses(objectness, proposal, ofClass, box, mask);
    }

    /// <summary>The objects in some pictures. The network is to be in evaluation mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <returns>Of each picture, in its own pixels; owned by the caller's scope.</returns>
    public Detections[] Detect(IReadOnlyList<Tensor> pictures)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var batch = settings.Pictures.Batch(pictures);
        var levels = backbone.call(batch.Pictures.to(parameters().First().device));
        var prediction = rpn.Predict(levels, batch.Pictures.shape[2], batch.Pictures.shape[3]);
        var found = roi_heads.Detect(levels, rpn.Propose(prediction, batch.Sizes), batch.Sizes);
        return [.. found.Select((of, i) =>
        {
            var (height, width) = batch.Originals[i];
            var boxes = PictureBatch.Scale(of.Boxes, batch.Sizes[i], (height, width));
            // [K, m, m] -> [K, H, W]
            var masks = MaskPasting.Paste(of.Masks, boxes, (int)height, (int)width);
            return new Detections(boxes, of.Labels, of.Scores, masks).MoveToOuterDisposeScope();
        })];
    }

    /// <summary>Loads weights that torchvision saved for the same architecture, by name.</summary>
    /// <param name="path">
    /// A state dictionary (.pth), of torchvision's older naming (<c>inner_blocks.0.weight</c>,
    /// <c>mask_fcn1</c>) or newer. Counts of batches are passed over: frozen normalisation has none.
    /// </param>
    /// <returns>This network.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or does not fit; then the message names every missing, unexpected and mis-shaped
    /// tensor, and the network is as it was.
    /// </exception>
    public MaskRcnn Load(string path)
    {
        using var scope = NewDisposeScope();
        var weights = PyTorchCheckpoint.LoadTensors(path).ToDictionary(entry => Newer(entry.Key), entry =>
            entry.Value);
        string[] counts = [.. weights.Keys.Concat(state_dict().Keys).Where(name =>
            name.EndsWith(".num_batches_tracked"))];
        return this.LoadTensors(weights, path, strict: true, counts, null);
    }

    /// <summary>A parameter's newer name: blocks of layers have had a number each since.</summary>
    private static string Newer(string name)
    {
        name = OlderBlock().Replace(name, "$1.0$2");
        name = OlderHead().Replace(name, "rpn.head.conv.0.0$1");
        return OlderMask().Replace(name, match => $"mask_head.{int.Parse(match.Groups[1].Value) - 1}.0");
    }

    [GeneratedRegex(@"((?:inner|layer)_blocks\.\d+)(\.weight|\.bias)$")]
    private static partial Regex OlderBlock();

    [GeneratedRegex(@"^rpn\.head\.conv(\.weight|\.bias)$")]
    private static partial Regex OlderHead();

    [GeneratedRegex(@"mask_head\.mask_fcn(\d+)")]
    private static partial Regex OlderMask();
}

/// <summary>What the second stage makes of regions that have been read: this paper's parts or another's.</summary>
/// <param name="EveryLevel">
/// Whether regions are read from every level, or from the one that suits their size: the branches are given as
/// many readings [R, C, P, P].
/// </param>
/// <param name="Box">Readings of 7 bins to features of class and box [R, hidden].</param>
/// <param name="Mask">
/// Readings of 14 bins to a map [R, C, 14, 14] for the predictor, and logits that all classes' masks get added
/// to theirs [R, 1, 28, 28], or null.
/// </param>
internal sealed record RegionBranches(
    bool EveryLevel, nn.Module<Tensor[], Tensor> Box, nn.Module<Tensor[], (Tensor Map, Tensor? Shared)> Mask);

/// <summary>The second stage: class, box and mask of each region.</summary>
internal sealed class RegionHeads : nn.Module
{
    private readonly MaskRcnnSettings settings;
    private readonly IReadOnlyList<int> strides;
    private readonly bool everyLevel;
    private readonly BalancedSampler sampler;
    private readonly nn.Module<Tensor[], Tensor> box_head;
    private readonly BoxPredictor box_predictor;
    private readonly nn.Module<Tensor[], (Tensor Map, Tensor? Shared)> mask_head;
    private readonly MaskPredictor mask_predictor;

    internal RegionHeads(MaskRcnnSettings settings, IReadOnlyList<int> strides, RegionBranches branches)
        : base(nameof(RegionHeads))
    {
        (this.settings, this.strides) = (settings, strides);
        sampler = new BalancedSampler(settings.Regions, settings.Positives, settings.Seed + 1);
        (everyLevel, box_head, mask_head) = branches;
        box_predictor = new BoxPredictor(settings.Hidden, settings.Classes);
        mask_predictor = new MaskPredictor(settings.MaskLayers[^1], settings.MaskWidth, settings.Classes);
        RegisterComponents();
    }

    /// <summary>The branch of class and box.</summary>
    internal nn.Module<Tensor[], Tensor> Box => box_head;

    /// <summary>Regions of each picture as the branches take them: [R, C, P, P] each.</summary>
    internal Tensor[] Read(Tensor[] levels, IReadOnlyList<Tensor> boxes, int bins) => everyLevel
        ? PyramidPooling.PoolEvery(levels, strides, boxes, bins, settings.Samples, settings.Reading)
        : [PyramidPooling.Pool(levels, strides, boxes, bins, settings.Samples, settings.Reading)];

    /// <summary>Logits [R, K] and steps [R, K, 4] of the boxes of each picture.</summary>
    private (Tensor Logits, Tensor Steps) Classify(Tensor[] levels, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var (logits, steps) = box_predictor.call(box_head.call(Read(levels, boxes, settings.BoxBins)));
        return (logits.MoveToOuterDisposeScope(), steps.MoveToOuterDisposeScope());
    }

    /// <summary>Mask logits [R, K, m, m] of the boxes of each picture.</summary>
    internal Tensor Segment(Tensor[] levels, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var (logits, shared) = SegmentApart(levels, boxes);
        return (shared is null ? logits : logits.add_(shared)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The two parts that mask logits are the sum of: [R, K, m, m], and [R, 1, m, m] where there is one.
    /// </summary>
    internal (Tensor OfClasses, Tensor? Shared) SegmentApart(Tensor[] levels, IReadOnlyList<Tensor> boxes)
    {
        using var scope = NewDisposeScope();
        var pooled = Read(levels, boxes, settings.MaskBins);
        var (map, shared) = mask_head.call(pooled);                                     // [R, C, 14, 14]
        // Let go before the masks double in size: in evaluation that is the peak of memory.
        foreach (var reading in pooled) reading.Dispose();
        var logits = mask_predictor.call(map);                                          // [R, K, 28, 28]
        return (logits.MoveToOuterDisposeScope(), shared?.MoveToOuterDisposeScope());
    }

    /// <summary>The losses of class, box and mask, on a draw of proposals and true boxes.</summary>
    internal (Tensor Class, Tensor Box, Tensor Mask) Losses(
        Tensor[] levels, IReadOnlyList<Tensor> proposals, IReadOnlyList<Instances> objects)
    {
        using var scope = NewDisposeScope();
        var regions = proposals.Select((boxes, i) => Draw(boxes, objects[i])).ToArray();
        var (logits, steps) = Classify(levels, [.. regions.Select(of => of.Boxes)]);
        var labels = cat([.. regions.Select(of => of.Labels)], 0);
        double weight = Ranks.Weight(labels.shape[0]);
        var ofClass = nn.functional.cross_entropy(logits, labels) * weight;
        // Steps of the true class, of objects only; the sum is divided by all regions.
        var positives = (labels > 0).nonzero().squeeze(1);
        var own = steps[positives, labels.index_select(0, positives)];                             // [P, 4]
        var targets = cat([.. regions.Select(of =>
            settings.Coding.Encode(of.True, of.Boxes.narrow(0, 0, of.Positives)))], 0);
        var box = nn.functional.smooth_l1_loss(
            own, targets, nn.Reduction.Sum, settings.Beta) / labels.shape[0] * weight;
        return (ofClass.MoveToOuterDisposeScope(), box.MoveToOuterDisposeScope(),
            MaskLoss(levels, regions).MoveToOuterDisposeScope());
    }

    /// <summary>Regions of one picture to learn from.</summary>
    /// <param name="Boxes">xyxy [R, 4], objects' first.</param>
    /// <param name="Labels">Their classes, 0 for background: [R].</param>
    /// <param name="Positives">How many are objects', P.</param>
    /// <param name="True">The true boxes of these: [P, 4].</param>
    /// <param name="Masks">The masks of the picture's objects: [G, H, W].</param>
    /// <param name="Owners">Which object each of the P is: [P].</param>
    private sealed record Drawn(
        Tensor Boxes, Tensor Labels, long Positives, Tensor True, Tensor Masks, Tensor Owners);

    private Drawn Draw(Tensor proposals, Instances objects)
    {
        using var none = no_grad();
        var boxes = cat([proposals, objects.Boxes], 0);
        var matched = settings.Matcher.Match(Boxes.Iou(objects.Boxes, boxes));
        var (positives, negatives) = sampler.Sample(BoxMatcher.Kinds(matched), objects.Number);
        var owners = matched.index_select(0, positives);
        return new Drawn(
            boxes.index_select(0, cat([positives, negatives], 0)),
            cat([objects.Labels.index_select(0, owners), zeros_like(negatives)], 0), positives.shape[0],
            objects.Boxes.index_select(0, owners), objects.Masks, owners);
    }

    /// <summary>
    /// Binary cross-entropy of the true class's mask, averaged over objects' regions and cells; the other
    /// classes' masks have no part in it. A target is the object's mask read by RoIAlign in the region.
    /// </summary>
    private Tensor MaskLoss(Tensor[] levels, IReadOnlyList<Drawn> regions)
    {
        using var scope = NewDisposeScope();
        long count = regions.Sum(of => of.Positives);
        double weight = Ranks.Weight(count);
        if (count == 0)                                     // a zero that every parameter is in
            return mask_head.parameters().Concat(mask_predictor.parameters())
                .Aggregate(zeros([], levels[0].dtype, levels[0].device), (sum, parameter) =>
                sum + 0 * parameter.sum())
                .MoveToOuterDisposeScope();
        var logits = Segment(levels, [.. regions.Select(of => of.Boxes.narrow(0, 0, of.Positives))]);
        var labels = cat([.. regions.Select(of => of.Labels.narrow(0, 0, of.Positives))], 0);
        int side = (int)logits.shape[3];
        var targets = cat([.. regions.Where(of => of.Positives > 0).Select(of => RoiAlign.Pool(
            of.Masks.unsqueeze(1),
            cat([of.Owners.unsqueeze(1).to(of.Boxes.dtype), of.Boxes.narrow(0, 0, of.Positives)], 1),
            (side, side)).squeeze(1))], 0);  // [P, m, m]
        var own = logits[arange(count, int64, logits.device), labels];  // [P, m, m]
        return nn.functional.binary_cross_entropy_with_logits(own, targets).mul(weight).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Boxes, classes, scores and small masks [K, m, m] of each picture, in pixels of the batch.
    /// </summary>
    internal Detections[] Detect(
        Tensor[] levels, IReadOnlyList<Tensor> proposals, IReadOnlyList<(long Height, long Width)> sizes)
    {
        using var scope = NewDisposeScope();
        var (logits, steps) = Classify(levels, proposals);
        var probabilities = logits.softmax(1);
        var (boxes, labels, scores, first) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>(), 0L);
        for (int i = 0; i < proposals.Count; i++)
        {
            long count = proposals[i].shape[0];
            var (box, label, score) = Best(
                proposals[i], probabilities.narrow(0, first, count), steps.narrow(0, first, count), sizes[i]);
            boxes.Add(box);
            labels.Add(label);
            scores.Add(score);
            first += count;
        }
        var all = cat([.. labels], 0);
        int side = 2 * settings.MaskBins;
        var masks = all.shape[0] == 0
            ? zeros([0, side, side], logits.dtype, logits.device)
            : Segment(levels, boxes)[arange(all.shape[0], int64, all.device), all].sigmoid();  // [K, m, m]
        first = 0;
        return [.. boxes.Select((box, i) =>
        {
            var own = masks.narrow(0, first, box.shape[0]);
            first += box.shape[0];
            return new Detections(box, labels[i], scores[i], own).MoveToOuterDisposeScope();
        })];
    }

    /// <summary>The best boxes of one picture, each class by itself.</summary>
    private (Tensor Boxes, Tensor Labels, Tensor Scores) Best(
        Tensor proposals, Tensor probabilities, Tensor steps, (long Height, long Width) size)
    {
        // [Q, 2], background left out
        var places = (probabilities.narrow(1, 1, settings.Classes - 1) > settings.Score).nonzero();
        var (region, label) = (places.select(1, 0), places.select(1, 1) + 1);
        var boxes = settings.Coding.Decode(steps[region, label], proposals.index_select(0, region));
        boxes = Boxes.Clip(boxes, size.Height, size.Width);
        var large = Boxes.AtLeast(boxes, 1e-2);
        (boxes, label) = (boxes.index_select(0, large), label.index_select(0, large));
        var scores = probabilities[region.index_select(0, large), label];
        var kept = Suppression.NmsByClass(boxes, scores, label, settings.Overlap);
        kept = kept.narrow(0, 0, Math.Min(settings.Detections, kept.shape[0]));
        return (boxes.index_select(0, kept), label.index_select(0, kept), scores.index_select(0, kept));
    }

    /// <summary>Logits of the classes, and four steps for each.</summary>
    private sealed class BoxPredictor : nn.Module<Tensor, (Tensor Logits, Tensor Steps)>
    {
        private readonly Linear cls_score, bbox_pred;

        internal BoxPredictor(long inputs, int classes) : base(nameof(BoxPredictor))
        {
            (cls_score, bbox_pred) = (nn.Linear(inputs, classes), nn.Linear(inputs, 4 * classes));
            RegisterComponents();
        }

        public override (Tensor, Tensor) forward(Tensor h)
        {
            using var scope = NewDisposeScope();
            var steps = bbox_pred.call(h).view(h.shape[0], -1, 4);
            return (cls_score.call(h).MoveToOuterDisposeScope(), steps.MoveToOuterDisposeScope());
        }
    }
}

/// <summary>Two linear layers on a flattened region.</summary>
internal sealed class BoxHead : nn.Module<Tensor[], Tensor>
{
    private readonly Linear fc6, fc7;

    internal BoxHead(MaskRcnnSettings settings) : base(nameof(BoxHead))
    {
        fc6 = nn.Linear(settings.Width * settings.BoxBins * settings.BoxBins, settings.Hidden);
        fc7 = nn.Linear(settings.Hidden, settings.Hidden);
        RegisterComponents();
    }

    public override Tensor forward(Tensor[] pooled)                                     // [R, C, P, P]
    {
        using var scope = NewDisposeScope();
        return fc7.call(fc6.call(pooled[0].flatten(1)).relu_()).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>3×3 convolutions on a region, which keep its size.</summary>
internal sealed class MaskHead : nn.Module<Tensor[], (Tensor Map, Tensor? Shared)>
{
    private readonly Sequential[] layers;

    internal MaskHead(MaskRcnnSettings settings) : base(nameof(MaskHead))
    {
        layers = [.. settings.MaskLayers.Select((outputs, i) =>
        {
            var convolution = nn.Conv2d(
                i == 0 ? settings.Width : settings.MaskLayers[i - 1], outputs, 3, padding: 1);
            MaskPredictor.Start(convolution.weight);
            nn.init.zeros_(convolution.bias!);
            return nn.Sequential(convolution, nn.ReLU(inplace: true));
        })];
        for (int i = 0; i < layers.Length; i++) register_module($"{i}", layers[i]);
    }

    public override (Tensor, Tensor?) forward(Tensor[] pooled)                          // [R, C, P, P]
    {
        var h = pooled[0].alias();
        foreach (var layer in layers)
        {
            using var before = h;                       // only one map is kept at a time
            h = layer.call(before);
        }
        return (h, null);
    }
}

/// <summary>
/// A transposed convolution that doubles the mask, and a 1×1 convolution to a mask a class.
/// </summary>
internal sealed class MaskPredictor : nn.Module<Tensor, Tensor>
{
    private readonly ConvTranspose2d conv5_mask;
    private readonly Conv2d mask_fcn_logits;

    internal MaskPredictor(long inputs, long width, int classes) : base(nameof(MaskPredictor))
    {
        (conv5_mask, mask_fcn_logits) =
            (nn.ConvTranspose2d(inputs, width, 2, 2), nn.Conv2d(width, classes, 1));
        RegisterComponents();
        Start(conv5_mask.weight);
        Start(mask_fcn_logits.weight);
    }

    internal static void Start(Tensor weight) => nn.init.kaiming_normal_(
        weight, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return mask_fcn_logits.call(conv5_mask.call(x).relu_()).MoveToOuterDisposeScope();
    }
}
