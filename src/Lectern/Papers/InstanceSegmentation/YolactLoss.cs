using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

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
    internal YolactLosses Of(
        YolactPrediction prediction, IReadOnlyList<Instances> objects, IReadOnlyList<Tensor>? crowds)
    {
        using var scope = NewDisposeScope();
        var (dtype, device) = (prediction.Steps.dtype, prediction.Steps.device);
        Tensor box = zeros([], dtype, device), ofClass = zeros([], dtype, device),
            mask = zeros([], dtype, device);
        var semantic = zeros([], dtype, device);
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
            mask += MaskLoss(prediction, i, positives, own, objects[i]);
        }
        double positive = Math.Max(total, 1);
        var (ofBox, kind, ofMask, everywhere) = settings.Weights;
        return new YolactLosses(
            (box * (ofBox / positive)).MoveToOuterDisposeScope(),
            (ofClass * (kind / positive)).MoveToOuterDisposeScope(),
            (mask * (ofMask / positive)).MoveToOuterDisposeScope(),
            (semantic * (everywhere / objects.Count)).MoveToOuterDisposeScope());
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
    private Tensor MaskLoss(
        YolactPrediction prediction, int i, Tensor positives, Tensor owners, Instances objects)
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
        return ((each / area).sum() * ((double)all / positives.shape[0])).MoveToOuterDisposeScope();
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
        if (masks.shape[0] == 0) return zeros([0, height, width], dtype, masks.device);
        using var scope = NewDisposeScope();
        var small = nn.functional.interpolate(
            masks.to(dtype).unsqueeze(0), [height, width], mode: InterpolationMode.Bilinear).squeeze(0);
        return (small > 0.5).to(dtype).MoveToOuterDisposeScope();
    }
}
