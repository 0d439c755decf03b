using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

// Each the module of a function in nn.functional, where its formula stands.

public sealed class CrossEntropyLoss(Tensor? weight = null, long? ignore_index = null,
    Reduction reduction = Reduction.Mean, double label_smoothing = 0.0)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    public long? ignore_index { get; } = ignore_index;
    public double label_smoothing { get; } = label_smoothing;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.cross_entropy(input, target, weight, ignore_index ?? -100, reduction, label_smoothing);
}

public sealed class NLLLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    public override Tensor forward(Tensor input, Tensor target) =>
        F.nll_loss(input, target, weight, reduction);
}

public sealed class BCELoss(Tensor? weight = null, Reduction reduction = Reduction.Mean)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    public override Tensor forward(Tensor input, Tensor target) =>
        F.binary_cross_entropy(input, target, weight, reduction);
}

public sealed class BCEWithLogitsLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean,
    Tensor? pos_weights = null)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    [ComponentName(Name = "pos_weight")]
    private readonly Tensor? _posWeights = pos_weights;

    /// <summary>What positives count, per class; or null.</summary>
    public Tensor? pos_weights => _posWeights;

    public override Tensor forward(Tensor input, Tensor target) =>
        F.binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weights);
}

public sealed class MSELoss(Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public override Tensor forward(Tensor input, Tensor target) => F.mse_loss(input, target, reduction);
}

public sealed class L1Loss(Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public override Tensor forward(Tensor input, Tensor target) => F.l1_loss(input, target, reduction);
}

public sealed class SmoothL1Loss(Reduction reduction = Reduction.Mean, double beta = 1.0)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public double beta { get; } = beta;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.smooth_l1_loss(input, target, reduction, beta);
}

public sealed class HuberLoss(double delta = 1.0, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public double delta { get; } = delta;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.huber_loss(input, target, delta, reduction);
}

public sealed class KLDivLoss(bool log_target = true, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public bool log_target { get; } = log_target;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.kl_div(input, target, log_target, reduction);
}

public sealed class SoftMarginLoss(Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public override Tensor forward(Tensor input, Tensor target) =>
        F.soft_margin_loss(input, target, reduction);
}

public sealed class HingeEmbeddingLoss(double margin = 0.0, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public double margin { get; } = margin;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.hinge_embedding_loss(input, target, margin, reduction);
}

public sealed class MultiLabelMarginLoss(Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public override Tensor forward(Tensor input, Tensor target) =>
        F.multi_label_margin_loss(input, target, reduction);
}

public sealed class MultiLabelSoftMarginLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    public override Tensor forward(Tensor input, Tensor target) =>
        F.multilabel_soft_margin_loss(input, target, weight, reduction);
}

public sealed class MultiMarginLoss(int p = 1, double margin = 1.0, Tensor? weight = null,
    Reduction reduction = Reduction.Mean)
    : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
{
    public int p { get; } = p;
    public double margin { get; } = margin;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.multi_margin_loss(input, target, p, margin, weight, reduction);
}

public sealed class PoissonNLLLoss(bool log_input = true, bool full = false, float eps = 1e-8f,
    Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor>(reduction)
{
    public bool log_input { get; } = log_input;
    public bool full { get; } = full;
    public float eps { get; } = eps;
    public override Tensor forward(Tensor input, Tensor target) =>
        F.poisson_nll_loss(input, target, log_input, full, eps, reduction);
}

public sealed class GaussianNLLLoss(bool full = false, float eps = 1e-8f,
    Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor, Tensor>(reduction)
{
    public bool full { get; } = full;
    public float eps { get; } = eps;
    public override Tensor forward(Tensor input, Tensor target, Tensor variance) =>
        F.gaussian_nll_loss(input, target, variance, full, eps, reduction);
}

public sealed class CosineEmbeddingLoss(double margin = 0.0, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor, Tensor>(reduction)
{
    public double margin { get; } = margin;
    public override Tensor forward(Tensor input1, Tensor input2, Tensor target) =>
        F.cosine_embedding_loss(input1, input2, target, margin, reduction);
}

public sealed class MarginRankingLoss(double margin = 0.0, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor, Tensor>(reduction)
{
    public double margin { get; } = margin;
    public override Tensor forward(Tensor input1, Tensor input2, Tensor target) =>
        F.margin_ranking_loss(input1, input2, target, margin, reduction);
}

public sealed class TripletMarginLoss(double margin = 1.0, long p = 2, double eps = 1e-06, bool swap = false,
    Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor, Tensor>(reduction)
{
    private readonly double _eps = eps;
    private readonly bool _swap = swap;
    public double margin { get; } = margin;
    public long p { get; } = p;
    public override Tensor forward(Tensor anchor, Tensor positive, Tensor negative) =>
        F.triplet_margin_loss(anchor, positive, negative, margin, p, _eps, _swap, reduction);
}

public sealed class TripletMarginWithDistanceLoss(Func<Tensor, Tensor, Tensor>? distance = null,
    double margin = 1.0, bool swap = false, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor, Tensor>(reduction)
{
    private readonly Func<Tensor, Tensor, Tensor>? _distance = distance;
    private readonly bool _swap = swap;
    public double margin { get; } = margin;
    public override Tensor forward(Tensor anchor, Tensor positive, Tensor negative) =>
        F.triplet_margin_with_distance_loss(anchor, positive, negative, _distance, margin, _swap, reduction);
}

public sealed class CTCLoss(long blank = 0, bool zero_infinity = false, Reduction reduction = Reduction.Mean)
    : Loss<Tensor, Tensor, Tensor, Tensor, Tensor>(reduction)
{
    public long blank { get; } = blank;
    public bool zero_infinity { get; } = zero_infinity;
    public override Tensor forward(Tensor log_probs, Tensor targets, Tensor input_lengths,
        Tensor target_lengths) =>
        F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity, reduction);
}
