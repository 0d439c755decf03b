using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// Batch normalisation whose statistics are those of all ranks' maps, as if one process had the whole batch: a rank has few
/// pictures, and their statistics would be noise (Liu et al. 2018, PANet, section 4.1, train so across their GPUs).
/// Parameters have the names of <c>BatchNorm2d</c>.
/// </summary>
internal sealed class RankBatchNorm2d : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;
    private readonly Ranks ranks;
    private readonly Parameter weight, bias;                                            // [C]
    private readonly Tensor running_mean, running_var, num_batches_tracked;             // [C], [C], []
    private readonly double epsilon;

    /// <param name="channels">C.</param>
    /// <param name="ranks">Who normalises together.</param>
    /// <param name="epsilon">What is added to variances.</param>
    internal RankBatchNorm2d(long channels, Ranks ranks, double epsilon = 1e-5) : base(nameof(RankBatchNorm2d))
    {
        (this.ranks, this.epsilon) = (ranks, epsilon);
        (weight, bias) = (new Parameter(ones(channels)), new Parameter(zeros(channels)));
        (running_mean, running_var, num_batches_tracked) = (zeros(channels), ones(channels), zeros([], ScalarType.Int64));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)                                            // [N, C, H, W]
    {
        if (!training)
            return nn.functional.batch_norm(x, running_mean, running_var, weight, bias, training: false, eps: epsilon);
        using var scope = NewDisposeScope();
        // One sum for all three, as each is a wait for the others; in double precision, as a variance is a difference of it.
        double own = x.numel() / x.shape[1];
        var (ofMaps, spread) = (x.mean([0, 2, 3]).to(ScalarType.Float64), x.var([0, 2, 3], unbiased: false).to(ScalarType.Float64));   // [C]
        var sums = RankSum.apply(cat([own * ofMaps, own * (spread + ofMaps.square()), full(1, own, ScalarType.Float64, x.device)], 0), ranks);
        double cells = sums[-1].item<double>();
        var (mean, variance) = (sums.narrow(0, 0, x.shape[1]) / cells, sums.narrow(0, x.shape[1], x.shape[1]) / cells);
        variance = variance - mean.square();
        using (no_grad())
        {
            running_mean.mul_(1 - Momentum).add_(mean, alpha: Momentum);
            running_var.mul_(1 - Momentum).add_(variance, alpha: Momentum * cells / (cells - 1));
            num_batches_tracked.add_(1);
        }
        var scale = weight * (variance + epsilon).rsqrt().to(x.dtype);                                  // [C]
        var shift = bias - mean.to(x.dtype) * scale;
        return (x * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)).MoveToOuterDisposeScope();
    }
}

/// <summary>The sum of the ranks' tensors, on each of them; so is its gradient, as every rank's loss hears of every rank's tensor.</summary>
internal sealed class RankSum : autograd.SingleTensorFunction<RankSum>
{
    /// <inheritdoc/>
    public override string Name => nameof(RankSum);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("ranks", vars[1]);
        return Sum((Tensor)vars[0], (Ranks)vars[1]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        [Sum(grad_output, (Ranks)ctx.get_data("ranks")!), null!];

    private static Tensor Sum(Tensor own, Ranks ranks)
    {
        var sum = own.clone();
        ranks.Sum(sum);
        return sum;
    }
}
