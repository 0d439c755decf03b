using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// What batch and instance normalisation share: scale, shift and running statistics, all [features].
/// </summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    private readonly int[] _ranks;

    private protected NormBase(string name, int[] ranks, long num_features, double eps, double? momentum,
        bool affine, bool track_running_stats, Device? device, ScalarType? dtype) : base(name)
    {
        (_ranks, this.num_features, this.eps, this.momentum) = (ranks, num_features, eps, momentum);
        (this.affine, this.track_running_stats) = (affine, track_running_stats);
        if (affine)
        {
            weight = Start.Filled([num_features], 1, device, dtype);
            bias = Start.Filled([num_features], 0, device, dtype);
        }
        if (!track_running_stats) return;
        running_mean = zeros([num_features], dtype: dtype, device: device);
        running_var = ones([num_features], dtype: dtype, device: device);
        num_batches_tracked = zeros([], dtype: ScalarType.Int64, device: device);
    }

    /// <summary>The scale γ, or null where there is none.</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>The shift β, or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public Tensor? running_mean
    {
        get => GetOwnBuffer("running_mean");
        set => SetOwnBuffer("running_mean", value);
    }

    public Tensor? running_var
    {
        get => GetOwnBuffer("running_var");
        set => SetOwnBuffer("running_var", value);
    }

    public Tensor? num_batches_tracked
    {
        get => GetOwnBuffer("num_batches_tracked");
        set => SetOwnBuffer("num_batches_tracked", value);
    }

    public long num_features { get; }
    public double eps { get; set; }
    public double? momentum { get; set; }
    public bool affine { get; }
    public bool track_running_stats { get; }

    /// <summary>Sets the running mean to 0, variance to 1 and count to 0.</summary>
    public void reset_running_stats()
    {
        if (!track_running_stats) return;
        nn.init.zeros_(running_mean!);
        nn.init.ones_(running_var!);
        nn.init.zeros_(num_batches_tracked!);
    }

    /// <summary>Resets the statistics, the scale to 1 and the shift to 0.</summary>
    public void reset_parameters()
    {
        reset_running_stats();
        if (!affine) return;
        nn.init.ones_(weight);
        nn.init.zeros_(bias!);
    }

    private protected void RequireRank(Tensor input)
    {
        if (Array.IndexOf(_ranks, (int)input.dim()) < 0)
            throw new ArgumentException(
                $"{GetName()} expects {string.Join(" or ", _ranks)} axes, " +
                $"got shape [{string.Join(", ", input.shape)}].", nameof(input));
    }
}

/// <summary>
/// Normalises each feature over the batch (Ioffe and Szegedy 2015); in evaluation by the running statistics.
/// </summary>
public abstract class BatchNorm : NormBase
{
    private protected BatchNorm(string name, int[] ranks, long num_features, double eps, double? momentum,
        bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
        : base(name, ranks, num_features, eps, momentum, affine, track_running_stats, device, dtype) { }

    public override Tensor forward(Tensor input)
    {
        RequireRank(input);
        var average = momentum ?? 0;
        if (training && num_batches_tracked is { } count)
        {
            Op.InPlace("add_.Scalar", count, 1);
            // no momentum: the plain mean of all batches
            if (momentum is null) average = 1.0 / count.item<long>();
        }
        var byBatch = training || running_mean is null;
        var track = !training || track_running_stats;
        return nn.functional.batch_norm(input, track ? running_mean : null, track ? running_var : null,
            weight, bias, byBatch, average, eps);
    }
}

/// <summary>Batch normalisation of [N, C] or [N, C, L].</summary>
public sealed class BatchNorm1d : BatchNorm
{
    internal BatchNorm1d(long features, double eps, double? momentum, bool affine, bool track, Device? device,
        ScalarType? dtype)
        : base(nameof(BatchNorm1d), [2, 3], features, eps, momentum, affine, track, device, dtype) { }
}

/// <summary>Batch normalisation of [N, C, H, W].</summary>
public sealed class BatchNorm2d : BatchNorm
{
    internal BatchNorm2d(long features, double eps, double? momentum, bool affine, bool track, Device? device,
        ScalarType? dtype)
        : base(nameof(BatchNorm2d), [4], features, eps, momentum, affine, track, device, dtype) { }
}

/// <summary>Batch normalisation of [N, C, D, H, W].</summary>
public sealed class BatchNorm3d : BatchNorm
{
    internal BatchNorm3d(long features, double eps, double? momentum, bool affine, bool track, Device? device,
        ScalarType? dtype)
        : base(nameof(BatchNorm3d), [5], features, eps, momentum, affine, track, device, dtype) { }
}

/// <summary>Normalises each feature of each sample over its places (Ulyanov et al. 2016).</summary>
public abstract class InstanceNorm : NormBase
{
    private readonly int _batched;

    private protected InstanceNorm(string name, int batched, long features, double eps, double? momentum,
        bool affine, bool track, Device? device, ScalarType? dtype)
        : base(name, [batched - 1, batched], features, eps, momentum, affine, track, device, dtype) =>
            _batched = batched;

    public override Tensor forward(Tensor input)
    {
        RequireRank(input);
        if (input.dim() == _batched) return Normalise(input);
        using var scope = NewDisposeScope();
        return Normalise(input.unsqueeze(0)).squeeze(0).MoveToOuterDisposeScope();
    }

    private Tensor Normalise(Tensor input) =>
        nn.functional.instance_norm(input, running_mean, running_var, weight, bias,
        training || !track_running_stats, momentum ?? 0.1, eps);
}

/// <summary>Instance normalisation of [N, C, L] or [C, L].</summary>
public sealed class InstanceNorm1d : InstanceNorm
{
    internal InstanceNorm1d(long features, double eps, double? momentum, bool affine, bool track,
        Device? device, ScalarType? dtype)
        : base(nameof(InstanceNorm1d), 3, features, eps, momentum, affine, track, device, dtype) { }
}

/// <summary>Instance normalisation of [N, C, H, W] or [C, H, W].</summary>
public sealed class InstanceNorm2d : InstanceNorm
{
    internal InstanceNorm2d(long features, double eps, double? momentum, bool affine, bool track,
        Device? device, ScalarType? dtype)
        : base(nameof(InstanceNorm2d), 4, features, eps, momentum, affine, track, device, dtype) { }
}

/// <summary>Normalises over the last axes of each sample (Ba et al. 2016).</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias,
        Device? device, ScalarType? dtype)
        : base(nameof(LayerNorm))
    {
        (this.normalized_shape, this.eps, this.elementwise_affine) =
            (normalized_shape, eps, elementwise_affine);
        if (elementwise_affine) weight = Start.Filled(normalized_shape, 1, device, dtype);
        if (elementwise_affine && bias) this.bias = Start.Filled(normalized_shape, 0, device, dtype);
    }

    /// <summary>The scale, of the normalised shape, or null.</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>The shift, of the normalised shape, or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public long[] normalized_shape { get; }
    public double eps { get; set; }
    public bool elementwise_affine { get; }

    /// <summary>Sets the scale to 1 and the shift to 0.</summary>
    public void reset_parameters()
    {
        if (elementwise_affine) nn.init.ones_(weight);
        if (bias is not null) nn.init.zeros_(bias);
    }

    public override Tensor forward(Tensor tensor) =>
        nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
}

/// <summary>Normalises groups of channels of each sample (Wu and He 2018): [N, C, ...].</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device,
        ScalarType? dtype)
        : base(nameof(GroupNorm))
    {
        (this.num_groups, this.eps, this.affine) = (num_groups, eps, affine);
        if (!affine) return;
        weight = Start.Filled([num_channels], 1, device, dtype);
        bias = Start.Filled([num_channels], 0, device, dtype);
    }

    /// <summary>The scale [C], or null.</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>The shift [C], or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public long num_groups { get; }
    public double eps { get; set; }
    public bool affine { get; }

    public override Tensor forward(Tensor tensor) =>
        nn.functional.group_norm(tensor, num_groups, weight, bias, eps);
}
