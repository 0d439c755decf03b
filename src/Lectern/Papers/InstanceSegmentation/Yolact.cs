// YOLACT: Bolya, Zhou, Xiao and Lee, ICCV 2019, arXiv:1904.02689.
// Idea      Masks without reading regions again: the whole picture gets k prototype masks, each object k
//           coefficients with a sign, and its mask is the sigmoid of their sum, cut to its box. Suppression is
//           decided for all boxes at once.
// Symbols   P -> prototypes [h, w, k]; C -> coefficients [n, k]; a -> priors a cell; N -> positives of a batch
// Network   maps C3 … C5 -> pyramid P3 … P7 -> one head for all levels; P3 -> prototypes   -> Yolact.Predict
// Assembly  M = σ(P Cᵀ), cut to the box grown by a cell                                    -> YolactMasks.Assemble
// Loss      1.5 L_box + L_class + 6.125 L_mask + L_semantic                                -> YolactLoss
// Fast NMS  a box goes if it overlaps any better one of its class                          -> Suppression.Fast
// Differs   nothing of the released program that its weights depend on: priors are squares, the pyramid goes up
//           bilinearly and has ReLUs behind its output convolutions. Names of parameters are the authors', and
//           their weights load.
using Lectern.Data;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Settings of a YOLACT; defaults are those of the authors' <c>yolact_resnet50</c> and <c>yolact_base</c>.</summary>
public record YolactSettings
{
    /// <summary>Classes, without the background.</summary>
    public int Classes { get; init; } = 80;

    /// <summary>Side that every picture is resized to, its proportions given up.</summary>
    public int Side { get; init; } = 550;

    /// <summary>Channels of the pyramid.</summary>
    public long Width { get; init; } = 256;

    /// <summary>Prototypes, k.</summary>
    public int Prototypes { get; init; } = 32;

    /// <summary>Channels of the protonet's convolution behind each doubling of its side; null is one of <see cref="Width"/>,
    /// which puts prototypes at stride 4.</summary>
    public IReadOnlyList<long>? Doublings { get; init; }

    /// <summary>Sides of the priors of each level, in pixels.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Sizes { get; init; } = [[24], [48], [96], [192], [384]];

    /// <summary>Width by height of the priors of each cell.</summary>
    public IReadOnlyList<double> Ratios { get; init; } = [1, 0.5, 2];

    /// <summary>Whether priors are squares, as the published weights were trained by mistake.</summary>
    public bool Square { get; init; } = true;

    /// <summary>From this overlap on a prior is an object's.</summary>
    public double Positive { get; init; } = 0.5;

    /// <summary>Below this overlap with all objects a prior is background.</summary>
    public double Negative { get; init; } = 0.4;

    /// <summary>A prior that is no object's does not count above this share of it in a crowd.</summary>
    public double Crowd { get; init; } = 0.7;

    /// <summary>Background priors a positive, the hardest of a picture.</summary>
    public int HardNegatives { get; init; } = 3;

    /// <summary>Positives of a picture whose masks are learned from; of more, as many are drawn.</summary>
    public int Masks { get; init; } = 100;

    /// <summary>What the losses weigh: box, class, mask and semantic.</summary>
    public (double Box, double Class, double Mask, double Semantic) Weights { get; init; } =
        (1.5, 1, 6.125, 1);

    /// <summary>A prior is kept whose best class is above it.</summary>
    public double Score { get; init; } = 0.05;

    /// <summary>Overlap above which a box goes for a better one.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Boxes of a class that suppression looks at.</summary>
    public int Top { get; init; } = 200;

    /// <summary>Detections a picture.</summary>
    public int Detections { get; init; } = 100;

    /// <summary>Seed of the positives that are drawn.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The four losses, each a scalar with its weight.</summary>
/// <param name="Box">Boxes of positives.</param>
/// <param name="Class">Classes of positives and hard negatives.</param>
/// <param name="Mask">Assembled masks.</param>
/// <param name="Semantic">Which classes are where.</param>
public sealed record YolactLosses(Tensor Box, Tensor Class, Tensor Mask, Tensor Semantic)
{
    /// <summary>How well masks are judged: YOLACT++'s. Null where the network judges none, or all are too small.</summary>
    public Tensor? Rescoring { get; init; }

    /// <summary>Their sum.</summary>
    public Tensor Total()
    {
        var sum = Box + Class + Mask + Semantic;
        return Rescoring is null ? sum : sum + Rescoring;
    }
}

/// <summary>What the network says of some pictures; A priors, k prototypes.</summary>
/// <param name="Steps">Coded boxes [N, A, 4].</param>
/// <param name="Logits">Of the background and the classes: [N, A, 1 + classes].</param>
/// <param name="Coefficients">[N, A, k], from -1 to 1.</param>
/// <param name="Prototypes">[N, h, w, k], not negative.</param>
/// <param name="Semantic">
/// Logits of the classes at the finest level [N, classes, H, W]; null in evaluation.
/// </param>
/// <param name="Priors">xyxy, the picture's sides being 1: [A, 4].</param>
public sealed record YolactPrediction(
    Tensor Steps, Tensor Logits, Tensor Coefficients, Tensor Prototypes, Tensor? Semantic, Tensor Priors);

/// <summary>YOLACT on a backbone that gives maps at strides 4 to 32, of which the last three are read.</summary>
public class Yolact : nn.Module
{
    private static readonly double[] Mean = [123.68, 116.78, 103.94], Deviation = [58.40, 57.12, 57.38];
    private static readonly BoxCoding Coding = new(10, 5, double.PositiveInfinity);

    private readonly YolactSettings settings;
    private readonly YolactLoss loss;
    private readonly Backbone backbone;
    private readonly YolactPyramid fpn;
    private readonly Sequential proto_net;
    private readonly ModuleList<YolactHead> prediction_layers;
    private readonly Conv2d semantic_seg_conv;

    /// <summary>A network with random weights: Xavier's behind the backbone.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="backbone">
    /// The backbone, which belongs to the network then; ResNet-50 where none is given.
    /// </param>
    public Yolact(YolactSettings? settings = null, Backbone? backbone = null)
        : this(nameof(Yolact), settings ?? new YolactSettings(), backbone ?? new ResNet(50, grouped: true))
    {
    }

    /// <summary>The same for a paper that builds on this one.</summary>
    private protected Yolact(string name, YolactSettings settings, Backbone backbone) : base(name)
    {
        (this.settings, this.backbone) = (settings, backbone);
        loss = new YolactLoss(settings, Coding);
        long width = settings.Width;
        fpn = new YolactPyramid([.. this.backbone.Channels.TakeLast(3)], width);
        proto_net = Protonet(settings);
        prediction_layers = new ModuleList<YolactHead>(new YolactHead(settings));
        semantic_seg_conv = nn.Conv2d(width, settings.Classes, 1);
        RegisterComponents();
        foreach (var part in (nn.Module[])[fpn, proto_net, prediction_layers, semantic_seg_conv]) Start(part);
    }

    private static Sequential Protonet(YolactSettings settings)
    {
        long width = settings.Width;
        List<nn.Module<Tensor, Tensor>> layers = [];
        for (int i = 0; i < 3; i++) layers.AddRange([Convolve(width, width), nn.ReLU(true)]);
        foreach (long next in settings.Doublings ?? [width])
        {
            layers.AddRange([nn.Upsample(null, [2.0, 2.0], UpsampleMode.Bilinear, false), nn.ReLU(true)]);
            layers.AddRange([Convolve(width, next), nn.ReLU(true)]);
            width = next;
        }
        return nn.Sequential([.. layers, nn.Conv2d(width, settings.Prototypes, 1)]);
    }

    private protected static void Start(nn.Module part)
    {
        foreach (var convolution in part.modules().Prepend(part).OfType<Conv2d>())
        {
            nn.init.xavier_uniform_(convolution.weight);
            nn.init.zeros_(convolution.bias!);
        }
    }

    /// <summary>What the network itself thinks of its masks; this paper's does not think anything.</summary>
    /// <param name="masks">Assembled masks [h, w, n].</param>
    /// <param name="labels">Their classes from 0 on: [n].</param>
    /// <returns>A factor of each score [n], or null.</returns>
    private protected virtual Tensor? Judge(Tensor masks, Tensor labels) => null;

    /// <summary>The loss of that, a sum over masks; null where there is none.</summary>
    /// <param name="masks">Assembled masks [h, w, n].</param>
    /// <param name="truth">What they should be, 0 and 1: [h, w, n].</param>
    /// <param name="labels">Their classes from 0 on: [n].</param>
    private protected virtual Tensor? JudgementLoss(Tensor masks, Tensor truth, Tensor labels) => null;

    /// <summary>Its settings.</summary>
    public YolactSettings Settings => settings;

    private static Conv2d Convolve(long inputs, long outputs) => nn.Conv2d(inputs, outputs, 3, padding: 1);

    /// <summary>Runs the network.</summary>
    /// <param name="batch">Normalised pictures [N, 3, S, S].</param>
    /// <exception cref="ArgumentException">The settings have sizes of priors for more or fewer levels than there are.</exception>
    public YolactPrediction Predict(Tensor batch)
    {
        using var scope = NewDisposeScope();
        var levels = fpn.call(backbone.call(batch)[^3..]);                              // P3 … P7
        if (levels.Length != settings.Sizes.Count)
            throw new ArgumentException(
                $"{levels.Length} levels want sizes of priors each; there are {settings.Sizes.Count}.");
        var prototypes = proto_net.call(levels[0]).relu_().permute(0, 2, 3, 1);         // [N, h, w, k]
        var parts = levels.Select(level => prediction_layers[0].call(level)).ToArray();
        var priors = levels.Select((level, i) => Anchors.Priors(
            level.shape[2], level.shape[3], [.. settings.Sizes[i].Select(size => size / settings.Side)],
            settings.Ratios, settings.Square));
        var prediction = new YolactPrediction(
            cat([.. parts.Select(part => part.Steps)], 1), cat([.. parts.Select(part => part.Logits)], 1),
            cat([.. parts.Select(part => part.Coefficients)], 1), prototypes,
            training ? semantic_seg_conv.call(levels[0]) : null,
            Boxes.Convert(cat([.. priors], 0), BoxFormat.Cxcywh, BoxFormat.Xyxy)
                .to(batch.device).to(batch.dtype));
        foreach (var tensor in (Tensor?[])[
            prediction.Steps, prediction.Logits, prediction.Coefficients, prediction.Prototypes,
            prediction.Semantic, prediction.Priors])
            tensor?.MoveToOuterDisposeScope();
        return prediction;
    }

    /// <summary>Pictures of any sizes as one batch: resized to a square, normalised as the authors do.</summary>
    /// <param name="pictures">RGB from 0 to 1: [3, H_i, W_i].</param>
    /// <returns>[N, 3, S, S].</returns>
    /// <exception cref="ArgumentException">There is no picture, or one of another shape.</exception>
    public Tensor Batch(IReadOnlyList<Tensor> pictures)
    {
        if (pictures.Count == 0) throw new ArgumentException(
            "A batch has at least one picture.", nameof(pictures));
        using var scope = NewDisposeScope();
        foreach (var picture in pictures) Images.Require(picture);
        Tensor Row(double[] values) => tensor(values, pictures[0].dtype, pictures[0].device).view(1, 3, 1, 1);
        var resized = stack(pictures.Select(picture => Images.Resize(picture, settings.Side, settings.Side)));
        return ((resized * 255 - Row(Mean)) / Row(Deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>The four losses of some pictures. The network is to be in training mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <param name="objects">The objects of each.</param>
    /// <param name="crowds">Boxes of crowds of each, xyxy [·, 4]; null where there is none.</param>
    /// <returns>Scalars, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, a box has no area, or a label is no class.</exception>
    public YolactLosses Losses(
        IReadOnlyList<Tensor> pictures, IReadOnlyList<Instances> objects,
        IReadOnlyList<Tensor>? crowds = null)
    {
        using var scope = NewDisposeScope();
        var batch = Batch(pictures);
        if (objects.Count != pictures.Count || (crowds is not null && crowds.Count != pictures.Count))
            throw new ArgumentException(
                $"{pictures.Count} pictures want the objects, and crowds if any, of each; given were "
                + $"{objects.Count}{(crowds is null ? "" : $" and {crowds.Count}")}.", nameof(objects));
        for (int i = 0; i < objects.Count; i++)
            objects[i].Require(pictures[i].shape[1], pictures[i].shape[2], settings.Classes);
        // Boxes as shares of the picture: then resizing leaves them as they are.
        Tensor Shares(Tensor boxes, int i)
        {
            var (height, width) = ((double)pictures[i].shape[1], (double)pictures[i].shape[2]);
            return boxes.to(pictures[i].dtype) / tensor(
                [width, height, width, height], pictures[i].dtype, boxes.device);
        }
        Instances[] shared = [.. objects.Select((of, i) => of with { Boxes = Shares(of.Boxes, i) })];
        var losses = loss.Of(
            Predict(batch), shared, crowds?.Select(Shares).ToArray(), JudgementLoss);
        Tensor?[] parts = [losses.Box, losses.Class, losses.Mask, losses.Semantic, losses.Rescoring];
        foreach (var part in parts) part?.MoveToOuterDisposeScope();
        return losses;
    }

    /// <summary>The objects in some pictures. The network is to be in evaluation mode.</summary>
    /// <param name="pictures">RGB from 0 to 1, of any sizes: [3, H_i, W_i].</param>
    /// <returns>Of each picture, in its own pixels; owned by the caller's scope.</returns>
    public Detections[] Detect(IReadOnlyList<Tensor> pictures)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var prediction = Predict(Batch(pictures).to(parameters().First().device));
        return [.. pictures.Select((picture, i) =>
            Best(prediction, i, picture.shape[1], picture.shape[2]).MoveToOuterDisposeScope())];
    }

    private Detections Best(YolactPrediction prediction, int i, long height, long width)
    {
        using var scope = NewDisposeScope();
        var scores = prediction.Logits[i].softmax(1).narrow(1, 1, settings.Classes);  // [A, classes]
        var kept = (scores.max(1).values > settings.Score).nonzero().squeeze(1);
        scores = scores.index_select(0, kept);
        var boxes = Coding.Decode(
            prediction.Steps[i].index_select(0, kept), prediction.Priors.index_select(0, kept));
        var (place, label) = Suppression.Fast(boxes, scores.t(), settings.Overlap, settings.Top);
        long count = Math.Min(settings.Detections, place.shape[0]);
        (place, label) = (place.narrow(0, 0, count), label.narrow(0, 0, count));
        boxes = boxes.index_select(0, place);
        var coefficients = prediction.Coefficients[i].index_select(0, kept.index_select(0, place));
        var masks = YolactMasks.Assemble(prediction.Prototypes[i], coefficients, boxes);  // [h, w, n]
        var sure = scores[place, label];
        var judgement = Judge(masks, label);
        masks = Images.Resize(masks.permute(2, 0, 1), height, width);
        var pixels = Boxes.Clip(
            boxes * tensor([width, height, width, height], boxes.dtype, boxes.device), height, width);
        var found = new Detections(pixels, label + 1, sure, masks);
        return (judgement is null ? found : found with { MaskScores = sure * judgement })
            .MoveToOuterDisposeScope();
    }

    /// <summary>Loads weights that the authors' program saved, by name.</summary>
    /// <param name="path">
    /// A state dictionary (.pth). What older files keep of a backbone's other name, and of pyramid levels
    /// that are not used, is passed over; so are counts of batches.
    /// </param>
    /// <returns>This network.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or does not fit; then the message names every missing, unexpected and mis-shaped
    /// tensor.
    /// </exception>
    public Yolact Load(string path)
    {
        using var scope = NewDisposeScope();
        var own = state_dict();
        var weights = PyTorchCheckpoint.LoadTensors(path);
        bool Stale(string name) => name.StartsWith("backbone.layer") && !name.StartsWith("backbone.layers.")
            || name.StartsWith("fpn.downsample_layers.") && !own.ContainsKey(name);
        string[] skip = [.. weights.Keys.Where(Stale),
            .. weights.Keys.Concat(own.Keys).Where(n => n.EndsWith(".num_batches_tracked"))];
        return this.LoadTensors(weights, path, strict: true, skip, null);
    }
}

/// <summary>
/// The pyramid: levels of three maps, the coarser added bilinearly, a ReLU behind each output, and two levels
/// more by convolutions of stride 2. The authors number layers from the coarsest.
/// </summary>
internal sealed class YolactPyramid : nn.Module<Tensor[], Tensor[]>
{
    private readonly ModuleList<Conv2d> lat_layers, pred_layers, downsample_layers;

    internal YolactPyramid(IReadOnlyList<long> channels, long width) : base(nameof(YolactPyramid))
    {
        lat_layers = new ModuleList<Conv2d>(
            [.. channels.Reverse().Select(inputs => nn.Conv2d(inputs, width, 1))]);
        pred_layers = new ModuleList<Conv2d>(
            [.. channels.Select(_ => nn.Conv2d(width, width, 3, padding: 1))]);
        downsample_layers = new ModuleList<Conv2d>(
            nn.Conv2d(width, width, 3, 2, 1), nn.Conv2d(width, width, 3, 2, 1));
        RegisterComponents();
    }

    public override Tensor[] forward(Tensor[] maps)
    {
        using var scope = NewDisposeScope();
        var levels = new List<Tensor>();
        Tensor? above = null;
        for (int i = 0; i < maps.Length; i++)
        {
            var lateral = lat_layers[i].call(maps[^(i + 1)]);
            above = above is null ? lateral : lateral + nn.functional.interpolate(
                above, [lateral.shape[2], lateral.shape[3]], mode: InterpolationMode.Bilinear);
            levels.Insert(0, pred_layers[i].call(above).relu_());
        }
        foreach (var layer in downsample_layers) levels.Add(layer.call(levels[^1]));
        return [.. levels.Select(level => level.MoveToOuterDisposeScope())];
    }
}

/// <summary>The head that all levels share: boxes, classes and coefficients of each prior.</summary>
internal sealed class YolactHead : nn.Module<Tensor, (Tensor Steps, Tensor Logits, Tensor Coefficients)>
{
    private readonly Sequential upfeature;
    private readonly Conv2d bbox_layer, conf_layer, mask_layer;
    private readonly long classes, prototypes;

    internal YolactHead(YolactSettings settings) : base(nameof(YolactHead))
    {
        long width = settings.Width, priors = settings.Sizes[0].Count * settings.Ratios.Count;
        Conv2d Convolve(long outputs) => nn.Conv2d(width, outputs, 3, padding: 1);
        upfeature = nn.Sequential(Convolve(width), nn.ReLU(true));
        bbox_layer = Convolve(4 * priors);
        conf_layer = Convolve((1 + settings.Classes) * priors);
        mask_layer = Convolve(settings.Prototypes * priors);
        (classes, prototypes) = (1 + settings.Classes, settings.Prototypes);
        RegisterComponents();
    }

    public override (Tensor, Tensor, Tensor) forward(Tensor level)
    {
        using var scope = NewDisposeScope();
        var h = upfeature.call(level);
        // [N, a·c, H, W] -> [N, H·W·a, c]
        Tensor Rows(Tensor maps, long each) => maps.permute(0, 2, 3, 1).reshape(maps.shape[0], -1, each);
        return (
            Rows(bbox_layer.call(h), 4).MoveToOuterDisposeScope(),
            Rows(conf_layer.call(h), classes).MoveToOuterDisposeScope(),
            Rows(mask_layer.call(h), prototypes).tanh().MoveToOuterDisposeScope());
    }
}

/// <summary>YOLACT's matching and its losses (section 3.1 of the paper, and the released program).</summary>
internal sealed class YolactLoss(YolactSettings settings, BoxCoding coding)
{
    private readonly BalancedSampler sampler = new(settings.Masks, 1, settings.Seed);

    /// <summary>In place of a class: a prior that does not count.</summary>
    private const long Neutral = -1;

    /// <summary>The class of each prior, 0 for background, and its object.</summary>
    /// <param name="priors">xyxy [A, 4].</param>
    /// <param name="objects">Boxes in the same units.</param>
    /// <param name="crowds">Boxes of crowds, or null.</param>
    /// <returns>Classes and objects, int64 [A] each.</returns>
    internal (Tensor Classes, Tensor Owners) Match(Tensor priors, Instances objects, Tensor? crowds)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        long count = objects.Boxes.shape[0];
        Tensor classes, owners;
        if (count == 0)
        {
            classes = zeros([priors.shape[0]], int64, priors.device);
            owners = zeros_like(classes);
        }
        else
        {
            var overlaps = Boxes.Iou(objects.Boxes, priors);                                        // [G, A]
            var (best, owner) = overlaps.max(0);
            // Each object gets one prior, whichever fits best, the best pair of all first: nobody goes
            // without.
            for (long step = 0; step < count; step++)
            {
                long pair = overlaps.argmax().item<long>(), row = pair / priors.shape[0],
                    prior = pair % priors.shape[0];
                overlaps.select(0, row).fill_(-1);
                overlaps.select(1, prior).fill_(-1);
                best[prior] = tensor(2, best.dtype, best.device);
                owner[prior] = tensor(row, device: owner.device);
            }
            owners = owner;
            classes = objects.Labels.index_select(0, owner)
                .masked_fill(best < settings.Positive, Neutral).masked_fill(best < settings.Negative, 0);
        }
        if (crowds is not null && crowds.shape[0] > 0)
            classes = classes.masked_fill(
                (classes <= 0).logical_and(Boxes.CrowdIou(priors, crowds).max(1).values > settings.Crowd),
                Neutral);
        return (classes.MoveToOuterDisposeScope(), owners.MoveToOuterDisposeScope());
    }

    /// <summary>The four losses of a batch; boxes are shares of the picture.</summary>
    /// <param name="prediction">What the network said.</param>
    /// <param name="objects">The objects of each picture.</param>
    /// <param name="crowds">Boxes of crowds of each, or null.</param>
    /// <param name="judgement">
    /// The loss of what the network thinks of masks, of masks, truth and classes; null where there is none.
    /// </param>
    internal YolactLosses Of(
        YolactPrediction prediction, IReadOnlyList<Instances> objects, IReadOnlyList<Tensor>? crowds,
        Func<Tensor, Tensor, Tensor, Tensor?>? judgement = null)
    {
        using var scope = NewDisposeScope();
        var (dtype, device) = (prediction.Steps.dtype, prediction.Steps.device);
        Tensor box = zeros([], dtype, device), ofClass = zeros([], dtype, device),
            mask = zeros([], dtype, device);
        var semantic = zeros([], dtype, device);
        Tensor? judged = null;
        long total = 0;
        for (int i = 0; i < objects.Count; i++)
        {
            var (classes, owners) = Match(prediction.Priors, objects[i], crowds?[i]);
            var positives = (classes > 0).nonzero().squeeze(1);
            total += positives.shape[0];
            ofClass += ClassLoss(prediction.Logits[i], classes);
            semantic += SemanticLoss(prediction.Semantic![i], objects[i]);
            if (positives.shape[0] == 0) continue;
            var own = owners.index_select(0, positives);
            var targets = coding.Encode(
                objects[i].Boxes.index_select(0, own), prediction.Priors.index_select(0, positives));
            box += nn.functional.smooth_l1_loss(
                prediction.Steps[i].index_select(0, positives), targets, nn.Reduction.Sum);
            var (assembled, ofJudgement) = MaskLoss(prediction, i, positives, own, objects[i], judgement);
            mask += assembled;
            if (ofJudgement is not null) judged = judged is null ? ofJudgement : judged + ofJudgement;
        }
        double positive = Math.Max(total, 1);
        var (ofBox, kind, ofMask, everywhere) = settings.Weights;
        return new YolactLosses(
            (box * (ofBox / positive)).MoveToOuterDisposeScope(),
            (ofClass * (kind / positive)).MoveToOuterDisposeScope(),
            (mask * (ofMask / positive)).MoveToOuterDisposeScope(),
            (semantic * (everywhere / objects.Count)).MoveToOuterDisposeScope())
        {
            Rescoring = judged is null ? null : (judged / positive).MoveToOuterDisposeScope(),
        };
    }

    /// <summary>Cross-entropy of positives and of the hardest background priors, three for each.</summary>
    private Tensor ClassLoss(Tensor logits, Tensor classes)
    {
        using var scope = NewDisposeScope();
        var positives = (classes > 0).nonzero().squeeze(1);
        var background = (classes == 0).nonzero().squeeze(1);
        long wanted = Math.Min(settings.HardNegatives * positives.shape[0], background.shape[0]);
        // How little the background is believed in: -log of its probability.
        var doubt = (logits.logsumexp(1) - logits.select(1, 0)).detach().index_select(0, background);
        var (_, top) = doubt.topk((int)wanted);
        var hardest = background.index_select(0, top);
        var chosen = cat([positives, hardest], 0);
        return nn.functional.cross_entropy(
            logits.index_select(0, chosen), classes.index_select(0, chosen), reduction: nn.Reduction.Sum)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross-entropy of assembled masks, each divided by its box's area in cells.</summary>
    private (Tensor Mask, Tensor? Judgement) MaskLoss(
        YolactPrediction prediction, int i, Tensor positives, Tensor owners, Instances objects,
        Func<Tensor, Tensor, Tensor, Tensor?>? judgement)
    {
        using var scope = NewDisposeScope();
        long all = positives.shape[0];
        if (all > settings.Masks)
        {
            var drawn = sampler.Sample(ones_like(positives)).Positives;
            (positives, owners) = (positives.index_select(0, drawn), owners.index_select(0, drawn));
        }
        var prototypes = prediction.Prototypes[i];  // [h, w, k]
        var (height, width) = (prototypes.shape[0], prototypes.shape[1]);
        var boxes = objects.Boxes.index_select(0, owners);
        var masks = YolactMasks.Assemble(
            prototypes, prediction.Coefficients[i].index_select(0, positives), boxes);  // [h, w, n]
        var truth = YolactMasks.Reduce(objects.Masks, height, width, masks.dtype)
            .index_select(0, owners).permute(1, 2, 0);
        var each = nn.functional.binary_cross_entropy(
            masks.clamp(0, 1), truth, reduction: nn.Reduction.None).sum([0L, 1L]);
        var area = Boxes.Area(boxes) * (height * width);
        return (((each / area).sum() * ((double)all / positives.shape[0])).MoveToOuterDisposeScope(),
            judgement?.Invoke(masks, truth, objects.Labels.index_select(0, owners) - 1)
                ?.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Binary cross-entropy of where each class is, a mean over cells and a sum over classes.
    /// </summary>
    private Tensor SemanticLoss(Tensor logits, Instances objects)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (logits.shape[1], logits.shape[2]);
        var truth = zeros_like(logits);
        var masks = YolactMasks.Reduce(objects.Masks, height, width, logits.dtype);
        long[] labels = [.. objects.Labels.cpu().data<long>()];
        for (int g = 0; g < labels.Length; g++)
        {
            var own = truth[labels[g] - 1];
            own.copy_(own.maximum(masks[g]));
        }
        return (nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction: nn.Reduction.Sum)
            / (height * width)).MoveToOuterDisposeScope();
    }
}

/// <summary>Masks of prototypes and coefficients.</summary>
public static class YolactMasks
{
    /// <summary>σ(P Cᵀ), 0 outside the boxes grown by a cell.</summary>
    /// <param name="prototypes">[h, w, k].</param>
    /// <param name="coefficients">[n, k].</param>
    /// <param name="boxes">xyxy as shares of the picture [n, 4].</param>
    /// <returns>[h, w, n].</returns>
    public static Tensor Assemble(Tensor prototypes, Tensor coefficients, Tensor boxes)
    {
        using var scope = NewDisposeScope();
        var masks = prototypes.matmul(coefficients.t()).sigmoid();  // [h, w, n]
        var (height, width) = (masks.shape[0], masks.shape[1]);
        Tensor Within(long length, int axis)  // [length, n]
        {
            var cells = arange(length, masks.dtype, masks.device).unsqueeze(1);
            var (a, b) = (boxes.select(1, axis) * length, boxes.select(1, axis + 2) * length);
            return (cells >= a.minimum(b) - 1).logical_and(cells < a.maximum(b) + 1);
        }
        var inside = Within(height, 1).unsqueeze(1).logical_and(Within(width, 0).unsqueeze(0));
        return (masks * inside.to(masks.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Whole masks at the size of prototypes: bilinear, then 1 above ½.</summary>
    internal static Tensor Reduce(Tensor masks, long height, long width, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return (Images.Resize(masks.to(dtype), height, width) > 0.5).to(dtype).MoveToOuterDisposeScope();
    }
}
