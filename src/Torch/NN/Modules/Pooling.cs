using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>The largest of each window: [N, C, L] -> [N, C, L'].</summary>
public sealed class MaxPool1d : ParameterLessModule<Tensor, Tensor>
{
    internal MaxPool1d(long kernel, long? stride, long? padding, long? dilation, bool ceil)
        : base(nameof(MaxPool1d)) =>
        (kernel_size, this.stride, this.padding, this.dilation, ceil_mode) =
            (kernel, stride, padding, dilation, ceil);
    public long kernel_size { get; set; }
    public long? stride { get; set; }
    public long? padding { get; set; }
    public long? dilation { get; set; }
    public bool ceil_mode { get; set; }
    public override Tensor forward(Tensor input) =>
        F.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode);

    /// <summary>The largest and where they stood.</summary>
    public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) =>
        F.max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode);
}

/// <summary>The largest of each window: [N, C, H, W] -> [N, C, H', W'].</summary>
public sealed class MaxPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal MaxPool2d(long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil)
        : base(nameof(MaxPool2d)) =>
        (kernel_size, this.stride, this.padding, this.dilation, ceil_mode) =
            (kernel, stride, padding, dilation, ceil);
    public long[] kernel_size { get; set; }
    public long[]? stride { get; set; }
    public long[]? padding { get; set; }
    public long[]? dilation { get; set; }
    public bool ceil_mode { get; set; }
    public override Tensor forward(Tensor input) =>
        F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode);

    /// <summary>The largest and where they stood, as numbers into the H·W plane.</summary>
    public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) =>
        F.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode);
}

/// <summary>The largest of each window: [N, C, D, H, W] -> [N, C, D', H', W'].</summary>
public sealed class MaxPool3d : ParameterLessModule<Tensor, Tensor>
{
    internal MaxPool3d(long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil)
        : base(nameof(MaxPool3d)) =>
        (kernel_size, this.stride, this.padding, this.dilation, ceil_mode) =
            (kernel, stride, padding, dilation, ceil);
    public long[] kernel_size { get; set; }
    public long[]? stride { get; set; }
    public long[]? padding { get; set; }
    public long[]? dilation { get; set; }
    public bool ceil_mode { get; set; }
    public override Tensor forward(Tensor input) =>
        F.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode);
}

/// <summary>Puts pooled values back where <see cref="MaxPool2d"/> found them, zeros elsewhere.</summary>
public sealed class MaxUnpool2d : nn.Module<Tensor, Tensor, long[]?, Tensor>
{
    internal MaxUnpool2d(long[] kernel, long[]? stride, long[]? padding) : base(nameof(MaxUnpool2d)) =>
        (kernel_size, this.stride, this.padding) = (kernel, stride, padding);
    public long[] kernel_size { get; set; }
    public long[]? stride { get; set; }
    public long[]? padding { get; set; }
    public override Tensor forward(Tensor tensor, Tensor indices, long[]? output_size) =>
        F.max_unpool2d(tensor, indices, kernel_size, stride, padding, output_size);
    public new Tensor call(Tensor tensor, Tensor indices, long[]? output_size = null) =>
        base.call(tensor, indices, output_size);
}

/// <summary>The mean of each window: [N, C, L] -> [N, C, L'].</summary>
public sealed class AvgPool1d : ParameterLessModule<Tensor, Tensor>
{
    internal AvgPool1d(long kernel, long? stride, long? padding, bool ceil, bool countPadding)
        : base(nameof(AvgPool1d)) =>
        (kernel_size, this.stride, this.padding, ceil_mode, count_include_pad) =
            (kernel, stride, padding, ceil, countPadding);
    public long kernel_size { get; set; }
    public long? stride { get; set; }
    public long? padding { get; set; }
    public bool ceil_mode { get; set; }
    public bool count_include_pad { get; set; }
    public override Tensor forward(Tensor input) =>
        F.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad);
}

/// <summary>The mean of each window: [N, C, H, W] -> [N, C, H', W'].</summary>
public sealed class AvgPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal AvgPool2d(long[] kernel, long[]? stride, long[]? padding, bool ceil, bool countPadding,
        long? divisor)
        : base(nameof(AvgPool2d)) =>
            (kernel_size, this.stride, this.padding, ceil_mode, count_include_pad, divisor_override) =
            (kernel, stride, padding, ceil, countPadding, divisor);
    public long[] kernel_size { get; set; }
    public long[]? stride { get; set; }
    public long[]? padding { get; set; }
    public bool ceil_mode { get; set; }
    public bool count_include_pad { get; set; }
    public long? divisor_override { get; set; }
    public override Tensor forward(Tensor input) =>
        F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);
}

/// <summary>
/// Means over windows that are fitted to give a wanted length: [N, C, L] -> [N, C, output].
/// </summary>
public sealed class AdaptiveAvgPool1d : ParameterLessModule<Tensor, Tensor>
{
    internal AdaptiveAvgPool1d(long output) : base(nameof(AdaptiveAvgPool1d)) => output_size = output;
    public long output_size { get; set; }
    public override Tensor forward(Tensor input) => F.adaptive_avg_pool1d(input, output_size);
}

/// <summary>
/// Means over windows that are fitted to give a wanted size: [N, C, H, W] -> [N, C, output...].
/// </summary>
public sealed class AdaptiveAvgPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal AdaptiveAvgPool2d(long[] output) : base(nameof(AdaptiveAvgPool2d)) => output_size = output;
    public long[] output_size { get; set; }
    public override Tensor forward(Tensor input) => F.adaptive_avg_pool2d(input, output_size);
}

/// <summary>
/// Maxima over windows that are fitted to give a wanted length: [N, C, L] -> [N, C, output].
/// </summary>
public sealed class AdaptiveMaxPool1d : ParameterLessModule<Tensor, Tensor>
{
    internal AdaptiveMaxPool1d(long output) : base(nameof(AdaptiveMaxPool1d)) => output_size = output;
    public long output_size { get; set; }
    public override Tensor forward(Tensor input) => F.adaptive_max_pool1d(input, output_size);
}

/// <summary>
/// Maxima over windows that are fitted to give a wanted size: [N, C, H, W] -> [N, C, output...].
/// </summary>
public sealed class AdaptiveMaxPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal AdaptiveMaxPool2d(long[] output) : base(nameof(AdaptiveMaxPool2d)) => output_size = output;
    public long[] output_size { get; set; }
    public override Tensor forward(Tensor input) => F.adaptive_max_pool2d(input, output_size);
}
