using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// What all convolutions share: sizes, weight and bias (start as in <see cref="Linear"/>), and padding.
/// </summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private static readonly string[] Plain = ["conv1d", "conv2d", "conv3d"];
    private static readonly string[] Named = ["conv1d.padding", "conv2d.padding", "conv3d.padding"];
    private static readonly string[] Transposed =
        ["conv_transpose1d", "conv_transpose2d.input", "conv_transpose3d.input"];

    private protected Convolution(string name, long in_channels, long out_channels, long[] kernel_size,
        long[] stride, long[]? padding, Padding? padding_type, long[] dilation, bool transposed,
        long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device,
        ScalarType? dtype) : base(name)
    {
        if (transposed && padding_mode != PaddingModes.Zeros)
            throw new ArgumentException($"{name} pads with zeros only, not with {padding_mode}.",
                nameof(padding_mode));
        if (padding_type == Padding.Same && stride.Any(step => step != 1))
            throw new ArgumentException($"{name}: padding 'same' needs a stride of 1.", nameof(stride));
        (this.in_channels, this.out_channels, this.kernel_size, this.stride) =
            (in_channels, out_channels, kernel_size, stride);
        (this.dilation, this.groups, this.transposed) = (dilation, groups, transposed);
        (this.output_padding, this.padding_mode, this.padding_type) =
            (output_padding, padding_mode, padding_type);
        this.padding = padding_type is null ? padding ?? new long[kernel_size.Length] : null;

        long[] channels = transposed
            ? [in_channels, out_channels / groups]
            : [out_channels, in_channels / groups];
        weight = Start.Empty([.. channels, .. kernel_size], device, dtype);
        nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (bias) this.bias = Start.Bias(out_channels, weight);
    }

    /// <summary>Draws weight and bias anew, as when the layer was made.</summary>
    public void reset_parameters()
    {
        nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (bias is null) return;
        var bound = 1 / Math.Sqrt(nn.init.CalculateFanInAndFanOut(weight).fanIn);
        nn.init.uniform_(bias, -bound, bound);
    }

    /// <summary>[out, in / groups, kernel...]; transposed [in, out / groups, kernel...].</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>[out], or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public long in_channels { get; }
    public long out_channels { get; }
    public bool transposed { get; }
    public Padding? padding_type { get; }
    public long[]? padding { get; }
    public PaddingModes padding_mode { get; }
    public long groups { get; }
    public long[] kernel_size { get; }
    public long[] stride { get; }
    public long[] dilation { get; }
    public long[] output_padding { get; }

    public override Tensor forward(Tensor input)
    {
        var dims = kernel_size.Length;
        var shape = input.shape;
        if (shape.Length != dims + 1 && shape.Length != dims + 2 || shape[^(dims + 1)] != in_channels)
            throw new ArgumentException(
                $"{GetName()} expects [batch, {in_channels} channels, {dims} sizes] (or no batch), " +
                $"got [{string.Join(", ", shape)}].", nameof(input));
        if (transposed)
            return Op.Call(Transposed[dims - 1], input, weight, bias, stride, padding!, output_padding,
                groups, dilation);
        if (padding_mode != PaddingModes.Zeros)
        {
            using var padded = nn.functional.pad(input, Margins(), padding_mode);
            return Op.Call(Plain[dims - 1], padded, weight, bias, stride, new long[dims], dilation, groups);
        }
        return padding_type is { } type
            ? Op.Call(Named[dims - 1], input, weight, bias, stride, type == Padding.Same ? "same" : "valid",
                dilation, groups)
            : Op.Call(Plain[dims - 1], input, weight, bias, stride, padding!, dilation, groups);
    }

    // Margins before and after each axis, last axis first, as `pad` takes them.
    private long[] Margins()
    {
        var margins = new List<long>();
        for (var i = kernel_size.Length - 1; i >= 0; i--)
        {
            var total = padding_type switch
            {
                null => 2 * padding![i],
                Padding.Same => dilation[i] * (kernel_size[i] - 1),
                _ => 0,
            };
            margins.AddRange([total / 2, total - total / 2]);
        }
        return [.. margins];
    }
}

/// <summary>Correlation along one axis: [N, C, L] -> [N, D, L'].</summary>
public sealed class Conv1d : Convolution
{
    internal Conv1d(long inputs, long outputs, long kernel, long stride, long padding, Padding? type,
        long dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d), inputs, outputs, [kernel], [stride], [padding], type, [dilation], false, [0],
            groups, bias, mode, device, dtype)
    { }
}

/// <summary>
/// Correlation over images: [N, C, H, W] -> [N, D, H', W'], H' = ⌊(H + 2 pad − dilation (kernel − 1) − 1) /
/// stride⌋ + 1.
/// </summary>
public sealed class Conv2d : Convolution
{
    internal Conv2d(long inputs, long outputs, (long, long) kernel, (long, long) stride, (long, long) padding,
        Padding? type, (long, long) dilation, PaddingModes mode, long groups, bool bias, Device? device,
        ScalarType? dtype)
        : base(nameof(Conv2d), inputs, outputs, Sizes.Of(kernel), Sizes.Of(stride), Sizes.Of(padding), type,
            Sizes.Of(dilation), false, [0, 0], groups, bias, mode, device, dtype)
    { }
}

/// <summary>Correlation over volumes: [N, C, D, H, W] -> [N, C', D', H', W'].</summary>
public sealed class Conv3d : Convolution
{
    internal Conv3d(long inputs, long outputs, (long, long, long) kernel, (long, long, long) stride,
        (long, long, long) padding, Padding? type, (long, long, long) dilation, PaddingModes mode,
        long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv3d), inputs, outputs, Sizes.Of(kernel), Sizes.Of(stride), Sizes.Of(padding), type,
            Sizes.Of(dilation), false, [0, 0, 0], groups, bias, mode, device, dtype)
    { }
}

/// <summary>The gradient of <see cref="Conv1d"/> as a layer: it makes sequences longer.</summary>
public sealed class ConvTranspose1d : Convolution
{
    internal ConvTranspose1d(long inputs, long outputs, long kernel, long stride, long padding,
        long outputPadding, long dilation, PaddingModes mode, long groups, bool bias, Device? device,
        ScalarType? dtype)
        : base(nameof(ConvTranspose1d), inputs, outputs, [kernel], [stride], [padding], null, [dilation],
            true, [outputPadding], groups, bias, mode, device, dtype)
    { }
}

/// <summary>
/// The gradient of <see cref="Conv2d"/> as a layer: H' = (H − 1) stride − 2 pad + dilation (kernel − 1) +
/// output pad + 1.
/// </summary>
public sealed class ConvTranspose2d : Convolution
{
    internal ConvTranspose2d(long inputs, long outputs, (long, long) kernel, (long, long) stride,
        (long, long) padding, (long, long) outputPadding, (long, long) dilation, PaddingModes mode,
        long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(ConvTranspose2d), inputs, outputs, Sizes.Of(kernel), Sizes.Of(stride),
            Sizes.Of(padding), null, Sizes.Of(dilation), true, Sizes.Of(outputPadding),
            groups, bias, mode, device, dtype)
    { }
}
