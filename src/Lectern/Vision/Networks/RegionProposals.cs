using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// Settings of a region proposal network; defaults are torchvision's for a feature pyramid.
/// </summary>
public sealed record ProposalSettings
{
    /// <summary>Side of the anchors of each level, in pixels.</summary>
    public IReadOnlyList<double> Sizes { get; init; } = [32, 64, 128, 256, 512];

    /// <summary>Height by width of the anchors of each cell.</summary>
    public IReadOnlyList<double> Ratios { get; init; } = [0.5, 1, 2];

    /// <summary>Which anchors are an object's.</summary>
    public BoxMatcher Matcher { get; init; } = new(0.7, 0.3, KeepBest: true);

    /// <summary>Anchors of a picture that the losses see.</summary>
    public int Samples { get; init; } = 256;

    /// <summary>The largest share of positives among them.</summary>
    public double Positives { get; init; } = 0.5;

    /// <summary>Proposals a level before suppression, in training and in evaluation.</summary>
    public (int Training, int Evaluation) Before { get; init; } = (2000, 1000);

    /// <summary>Proposals a picture after suppression, in training and in evaluation.</summary>
    public (int Training, int Evaluation) After { get; init; } = (2000, 1000);

    /// <summary>Overlap above which a proposal suppresses another of its level.</summary>
    public double Overlap { get; init; } = 0.7;

    /// <summary>Proposals with a side below it are dropped, in pixels.</summary>
    public double LeastSide { get; init; } = 1e-3;

    /// <summary>Where smooth L1 turns from a square into a line.</summary>
    public double Beta { get; init; } = 1.0 / 9;
}

/// <summary>
/// Region proposal network (Ren, He, Girshick and Sun 2015, Faster R-CNN, section 3.1): at each cell of each
/// level, for each anchor, how likely it is an object and how its box differs. Names of parameters are
/// torchvision's.
/// </summary>
public sealed class RegionProposals : nn.Module
{
    private readonly ProposalHead head;
    private readonly ProposalSettings settings;
    private readonly BalancedSampler sampler;
    private static readonly BoxCoding Coding = new();

    /// <summary>A network with random weights.</summary>
    /// <param name="channels">Channels of every level.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="seed">Seed of the anchors that are drawn.</param>
    public RegionProposals(long channels, ProposalSettings? settings = null, int seed = 1)
        : base(nameof(RegionProposals))
    {
        this.settings = settings ?? new ProposalSettings();
        sampler = new BalancedSampler(this.settings.Samples, this.settings.Positives, seed);
        head = new ProposalHead(channels, this.settings.Ratios.Count);
        RegisterComponents();
    }

    /// <summary>What the head says of every anchor.</summary>
    /// <param name="Objectness">Logits [N, A], levels one after the other.</param>
    /// <param name="Steps">Coded boxes [N, A, 4].</param>
    /// <param name="Anchors">xyxy [A, 4].</param>
    /// <param name="Counts">Anchors of each level.</param>
    public sealed record Prediction(
        Tensor Objectness, Tensor Steps, Tensor Anchors, IReadOnlyList<long> Counts);

    /// <summary>Runs the head on every level.</summary>
    /// <param name="levels">[N, C, H_l, W_l].</param>
    /// <param name="height">Rows of the pictures, padded.</param>
    /// <param name="width">Columns of the pictures, padded.</param>
    /// <exception cref="ArgumentException">There are more or fewer levels than sizes of anchors.</exception>
    public Prediction Predict(IReadOnlyList<Tensor> levels, long height, long width)
    {
        if (levels.Count != settings.Sizes.Count)
            throw new ArgumentException(
                $"{levels.Count} levels want an anchor size each; the settings have {settings.Sizes.Count}.",
                nameof(levels));
        using var scope = NewDisposeScope();
        long pictures = levels[0].shape[0];
        var (objectness, steps, anchors) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (int level = 0; level < levels.Count; level++)
        {
            var (logits, deltas) = head.call(levels[level]);  // [N, A, H, W], [N, 4A, H, W]
            var (rows, columns) = (logits.shape[2], logits.shape[3]);
            objectness.Add(logits.permute(0, 2, 3, 1).reshape(pictures, -1));
            steps.Add(deltas.view(pictures, -1, 4, rows, columns).permute(0, 3, 4, 1, 2).reshape(
                pictures, -1, 4));
            var cell = Anchors.OfCell([settings.Sizes[level]], settings.Ratios).to(logits.device).to(
                logits.dtype);
            anchors.Add(Anchors.Grid(cell, rows, columns, (height / rows, width / columns)));
        }
        return new Prediction(
            cat([.. objectness], 1).MoveToOuterDisposeScope(), cat([.. steps], 1).MoveToOuterDisposeScope(),
            cat([.. anchors], 0).MoveToOuterDisposeScope(), [.. anchors.Select(of => of.shape[0])]);
    }

    /// <summary>The best boxes of each picture; no gradient flows through them.</summary>
    /// <param name="prediction">What the head said.</param>
    /// <param name="sizes">Rows and columns of each picture, without padding.</param>
    /// <returns>xyxy [K_i, 4], by descending objectness.</returns>
    public Tensor[] Propose(Prediction prediction, IReadOnlyList<(long Height, long Width)> sizes)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (before, after) = training
            ? (settings.Before.Training, settings.After.Training)
            : (settings.Before.Evaluation, settings.After.Evaluation);
        var proposals = new List<Tensor>();
        for (int i = 0; i < sizes.Count; i++)
        {
            var (best, level, first) = (new List<Tensor>(), new List<Tensor>(), 0L);
            foreach (long count in prediction.Counts)
            {
                var (_, top) = prediction.Objectness[i].narrow(0, first, count).topk(
                    (int)Math.Min(before, count));
                level.Add(full_like(top, best.Count));
                best.Add(top + first);
                first += count;
            }
            var (chosen, levels) = (cat([.. best], 0), cat([.. level], 0));
            var boxes = Coding.Decode(
                prediction.Steps[i].index_select(0, chosen), prediction.Anchors.index_select(0, chosen));
            boxes = Boxes.Clip(boxes, sizes[i].Height, sizes[i].Width);
            var scores = prediction.Objectness[i].index_select(0, chosen).sigmoid();
            var large = Boxes.AtLeast(boxes, settings.LeastSide);
            (boxes, scores, levels) =
                (boxes.index_select(0, large), scores.index_select(0, large), levels.index_select(0, large));
            var kept = Suppression.NmsByClass(boxes, scores, levels, settings.Overlap);
            proposals.Add(boxes.index_select(0, kept.narrow(0, 0, Math.Min(after, kept.shape[0]))));
        }
        return [.. proposals.Select(boxes => boxes.MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// The two losses: binary cross-entropy of objectness, averaged over the drawn anchors, and smooth L1 of
    /// the coded boxes of the positives, summed and divided by the number of all drawn.
    /// </summary>
    /// <param name="prediction">What the head said.</param>
    /// <param name="objects">The objects of each picture.</param>
    public (Tensor Objectness, Tensor Box) Losses(Prediction prediction, IReadOnlyList<Instances> objects)
    {
        using var scope = NewDisposeScope();
        var (logits, truth, steps, targets) =
            (new List<Tensor>(), new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (int i = 0; i < objects.Count; i++)
        {
            var boxes = objects[i].Boxes;
            var matched = settings.Matcher.Match(Boxes.Iou(boxes, prediction.Anchors));
            // 1 for an object's anchor, 0 for background, -1 for those between.
            var labels = BoxMatcher.Kinds(matched);
            var (positives, negatives) = sampler.Sample(labels, objects[i].Number);
            logits.Add(prediction.Objectness[i].index_select(0, cat([positives, negatives], 0)));
            truth.Add(cat([ones_like(positives), zeros_like(negatives)], 0).to(logits[^1].dtype));
            steps.Add(prediction.Steps[i].index_select(0, positives));
            targets.Add(positives.shape[0] == 0
                ? zeros([0, 4], boxes.dtype, boxes.device)
                : Coding.Encode(
                    boxes.index_select(0, matched.index_select(0, positives)),
                    prediction.Anchors.index_select(0, positives)));
        }
        var all = cat([.. logits], 0);
        double weight = Ranks.Weight(all.shape[0]);
        var objectness = nn.functional.binary_cross_entropy_with_logits(all, cat([.. truth], 0)) * weight;
        var box = nn.functional.smooth_l1_loss(
            cat([.. steps], 0), cat([.. targets], 0), nn.Reduction.Sum, settings.Beta) / all.shape[0] * weight;
        return (objectness.MoveToOuterDisposeScope(), box.MoveToOuterDisposeScope());
    }

    /// <summary>A 3×3 convolution, then 1×1 to a logit and to four steps an anchor.</summary>
    private sealed class ProposalHead : nn.Module<Tensor, (Tensor Objectness, Tensor Steps)>
    {
        private readonly Sequential conv;
        private readonly Conv2d cls_logits, bbox_pred;

        internal ProposalHead(long channels, int anchors) : base(nameof(ProposalHead))
        {
            var shared = nn.Conv2d(channels, channels, 3, padding: 1);
            conv = nn.Sequential(nn.Sequential(shared, nn.ReLU(inplace: true)));
            (cls_logits, bbox_pred) = (nn.Conv2d(channels, anchors, 1), nn.Conv2d(channels, 4 * anchors, 1));
            RegisterComponents();
            foreach (var convolution in (Conv2d[])[shared, cls_logits, bbox_pred])
            {
                nn.init.normal_(convolution.weight, std: 0.01);
                nn.init.zeros_(convolution.bias!);
            }
        }

        public override (Tensor, Tensor) forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var h = conv.call(x);
            return (cls_logits.call(h).MoveToOuterDisposeScope(),
                bbox_pred.call(h).MoveToOuterDisposeScope());
        }
    }
}
