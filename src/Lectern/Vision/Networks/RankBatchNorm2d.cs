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
        var (mean, variance, cells) = Statistics(x);
        return RankNormal.apply(x, weight, bias, mean, variance, cells, epsilon, ranks).MoveToOuterDisposeScope();
    }

    /// <summary>Of all ranks' maps: mean and variance of each channel, and how many numbers of it there are; counted into those of training.</summary>
    private (Tensor Mean, Tensor Variance, double Cells) Statistics(Tensor x)                               // [C], [C]
    {
        using var none = no_grad();
        long channels = x.shape[1];
        double own = x.numel() / channels;
        var ofMaps = x.mean([2, 3]).mean([0]);
        var spread = linalg.vector_norm(x - ofMaps.view(1, -1, 1, 1), 2, [2, 3]).square().sum(0);           // Σ (x - mean)²
        ofMaps = ofMaps.to(ScalarType.Float64);
        // One sum for all three, as each is a wait for the others; in double precision, as a variance is a difference of it.
        var sums = cat([own * ofMaps, spread + own * ofMaps.square(), full(1, own, ScalarType.Float64, x.device)], 0);
        ranks.Sum(sums);
        double cells = sums[-1].item<double>();
        var (mean, square) = (sums.narrow(0, 0, channels) / cells, sums.narrow(0, channels, channels) / cells);
        var variance = square - mean.square();
        running_mean.mul_(1 - Momentum).add_(mean, alpha: Momentum);
        running_var.mul_(1 - Momentum).add_(variance, alpha: Momentum * cells / (cells - 1));
        num_batches_tracked.add_(1);
        return (mean.to(x.dtype), variance.to(x.dtype), cells);
    }
}

/// <summary>
/// y = x̂ weight + bias with x̂ = (x - mean) / √(variance + ε), whose mean and variance are functions of all ranks' x: with g = dy,
/// Ioffe &amp; Szegedy 2015 (section 3) have dx = weight / √(variance + ε) · (g - (Σ g + x̂ Σ g x̂) / cells), the sums over all ranks.
/// </summary>
/// <remarks>libtorch's own kernels, for constant statistics, do each line: several times as fast as a composition of operators.</remarks>
internal sealed class RankNormal : autograd.SingleTensorFunction<RankNormal>
{
    /// <inheritdoc/>
    public override string Name => nameof(RankNormal);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var given = vars[..5].Cast<Tensor>().ToList();                                                      // x, weight, bias, mean, variance
        ctx.save_for_backward(given);
        ctx.save_data("shared", ((double)vars[5], (double)vars[6], (Ranks)vars[7]));
        return Normal(given[0], given[3], given[4], given[1], given[2], (double)vars[6]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (cells, epsilon, ranks) = ((double, double, Ranks))ctx.get_data("shared")!;
        var (mean, variance) = (saved[3], saved[4]);
        IList<Tensor> constant;                                             // gradients if statistics were constants; the last two: Σ g x̂, Σ g
        Tensor[] given = [.. saved.Take(3).Select(one => one.detach().requires_grad_(true))];
        using (enable_grad())
            constant = autograd.grad([Normal(given[0], mean, variance, given[1], given[2], epsilon)], given, [grad_output]);
        using var none = no_grad();
        var sums = cat([constant[1], constant[2]], 0);
        ranks.Sum(sums);
        var slope = given[1] * (variance + epsilon).rsqrt() / cells;
        constant[0].sub_(Normal(
            given[0], mean, variance, slope * sums.narrow(0, 0, slope.shape[0]), slope * sums.narrow(0, slope.shape[0], slope.shape[0]), epsilon));
        return [constant[0], constant[1], constant[2], null!, null!, null!, null!, null!];
    }

    private static Tensor Normal(Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, double epsilon) =>
        nn.functional.batch_norm(x, mean, variance, weight, bias, training: false, eps: epsilon);
}
