using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// How a backbone normalises: batch normalisation that learns and counts, or frozen, when statistics, scale
/// and shift are constants, as in fine-tuning with few pictures a step.
/// </summary>
/// <param name="Frozen">Whether it is frozen.</param>
/// <param name="Epsilon">
/// What is added to variances. torchvision's published detectors want 0: it sets it so after loading them.
/// </param>
public sealed record BatchNorm(bool Frozen = false, double Epsilon = 1e-5)
{
    /// <summary>
    /// A layer of it for the outputs of a convolution. A frozen one works in place: nobody else reads them, and
    /// training keeps one map less a layer. Ranks that train together share a batch's statistics.
    /// </summary>
    public nn.Module<Tensor, Tensor> Layer(long channels) => Frozen
        ? new FrozenBatchNorm2d(channels, Epsilon, inplace: true)
        : Ranks.OfJob is { } ranks ? new RankBatchNorm2d(channels, ranks, Epsilon) : nn.BatchNorm2d(channels, Epsilon);
}

/// <summary>y = (x - mean) weight / √(variance + ε) + bias, of which nothing is learned.</summary>
public sealed class FrozenBatchNorm2d : nn.Module<Tensor, Tensor>
{
    private readonly Tensor weight, bias, running_mean, running_var;                // [C]
    private readonly double epsilon;
    private readonly bool inplace;

    /// <summary>A layer that changes nothing until values are loaded.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="inplace">Whether the result takes the input's memory.</param>
    public FrozenBatchNorm2d(long channels, double epsilon = 1e-5, bool inplace = false)
        : base(nameof(FrozenBatchNorm2d))
    {
        (this.epsilon, this.inplace) = (epsilon, inplace);
        (weight, bias, running_mean, running_var) =
            (ones(channels), zeros(channels), zeros(channels), ones(channels));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)                                        // [N, C, H, W]
    {
        using var scope = NewDisposeScope();
        var scale = weight * (running_var + epsilon).rsqrt();
        var shift = (bias - running_mean * scale).view(1, -1, 1, 1);
        scale = scale.view(1, -1, 1, 1);
        return inplace ? x.mul_(scale).add_(shift) : (x * scale).add_(shift).MoveToOuterDisposeScope();
    }
}
