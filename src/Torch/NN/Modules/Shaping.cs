using TorchSharp.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>What the padding modules share: margins (before, after) per axis, the last axis first.</summary>
public abstract class PadBase : ParameterLessModule<Tensor, Tensor>
{
    private readonly PaddingModes _mode;

    private protected PadBase(string name, PaddingModes mode, double value, params long[] padding)
        : base(name) =>
        (_mode, this.value, this.padding) = (mode, value, padding);

    public long[] padding { get; set; }
    public double value { get; set; }
    public override Tensor forward(Tensor input) => F.pad(input, padding, _mode, value);
}

/// <summary>Adds margins of zeros to images: left, right, top, bottom.</summary>
public sealed class ZeroPad2d : PadBase
{
    internal ZeroPad2d(params long[] padding) : base(nameof(ZeroPad2d), PaddingModes.Constant, 0, padding) { }
}

/// <summary>Adds margins of a value to sequences: left, right.</summary>
public sealed class ConstantPad1d : PadBase
{
    internal ConstantPad1d(double value, params long[] padding)
        : base(nameof(ConstantPad1d), PaddingModes.Constant, value, padding) { }
}

/// <summary>Adds margins of a value to images: left, right, top, bottom.</summary>
public sealed class ConstantPad2d : PadBase
{
    internal ConstantPad2d(double value, params long[] padding)
        : base(nameof(ConstantPad2d), PaddingModes.Constant, value, padding) { }
}

/// <summary>Adds margins that mirror a sequence at its ends, which are not repeated.</summary>
public sealed class ReflectionPad1d : PadBase
{
    internal ReflectionPad1d(params long[] padding)
        : base(nameof(ReflectionPad1d), PaddingModes.Reflect, 0, padding) { }
}

/// <summary>Adds margins that mirror an image at its edges, which are not repeated.</summary>
public sealed class ReflectionPad2d : PadBase
{
    internal ReflectionPad2d(params long[] padding)
        : base(nameof(ReflectionPad2d), PaddingModes.Reflect, 0, padding) { }
}

/// <summary>Adds margins that repeat a sequence's ends.</summary>
public sealed class ReplicationPad1d : PadBase
{
    internal ReplicationPad1d(params long[] padding)
        : base(nameof(ReplicationPad1d), PaddingModes.Replicate, 0, padding) { }
}

/// <summary>Adds margins that repeat an image's edges.</summary>
public sealed class ReplicationPad2d : PadBase
{
    internal ReplicationPad2d(params long[] padding)
        : base(nameof(ReplicationPad2d), PaddingModes.Replicate, 0, padding) { }
}

/// <summary>Joins axes start_dim to end_dim into one.</summary>
public sealed class Flatten : ParameterLessModule<Tensor, Tensor>
{
    internal Flatten(long start, long end) : base(nameof(Flatten)) => (start_dim, end_dim) = (start, end);
    public long start_dim { get; set; }
    public long end_dim { get; set; }
    public override Tensor forward(Tensor input) => Op.Call("flatten.using_ints", input, start_dim, end_dim);
}

/// <summary>Splits an axis into several.</summary>
public sealed class Unflatten : ParameterLessModule<Tensor, Tensor>
{
    internal Unflatten(long dim, long[] sizes) : base(nameof(Unflatten)) =>
        (this.dim, unflattened_size) = (dim, sizes);
    public long dim { get; set; }
    public long[] unflattened_size { get; set; }

    // By hand, since the operator's schema changed between libtorch 1.13 and 2.
    public override Tensor forward(Tensor input)
    {
        var shape = input.shape;
        var axis = (int)(dim < 0 ? dim + shape.Length : dim);
        return Op.Call("reshape", input, (long[])[.. shape[..axis], .. unflattened_size,
            .. shape[(axis + 1)..]]);
    }
}

/// <summary>Channels to pixels: [N, C·r², H, W] -> [N, C, H·r, W·r] (Shi et al. 2016).</summary>
public sealed class PixelShuffle : ParameterLessModule<Tensor, Tensor>
{
    internal PixelShuffle(long factor) : base(nameof(PixelShuffle)) => upscale_factor = factor;
    public long upscale_factor { get; }
    public override Tensor forward(Tensor input) => F.pixel_shuffle(input, upscale_factor);
}

/// <summary>Pixels to channels: [N, C, H·r, W·r] -> [N, C·r², H, W].</summary>
public sealed class PixelUnshuffle : ParameterLessModule<Tensor, Tensor>
{
    internal PixelUnshuffle(long factor) : base(nameof(PixelUnshuffle)) => downscale_factor = factor;
    public long downscale_factor { get; }
    public override Tensor forward(Tensor input) => F.pixel_unshuffle(input, downscale_factor);
}

/// <summary>Deals the channels out to the groups in turn.</summary>
public sealed class ChannelShuffle : ParameterLessModule<Tensor, Tensor>
{
    internal ChannelShuffle(long groups) : base(nameof(ChannelShuffle)) => this.groups = groups;
    public long groups { get; set; }
    public override Tensor forward(Tensor input) => Op.Call("channel_shuffle", input, groups);
}

/// <summary>
/// Makes images larger, by size or factor; see <see cref="torch.nn.functional.interpolate"/>.
/// </summary>
public sealed class Upsample : ParameterLessModule<Tensor, Tensor>
{
    private readonly long[]? _size;
    private readonly double[]? _factor;

    internal Upsample(long[]? size, double[]? factor, UpsampleMode mode, bool? alignCorners, bool? recompute)
        : base(nameof(Upsample)) =>
        (_size, _factor, this.mode, align_corners, recompute_scale_factor) =
            (size, factor, mode, alignCorners, recompute);

    public ReadOnlySpan<long> size => _size;
    public ReadOnlySpan<double> scale_factor => _factor;
    public UpsampleMode mode { get; }
    public bool? align_corners { get; }
    public bool? recompute_scale_factor { get; set; }

    public override Tensor forward(Tensor input) =>
        F.interpolate(input, _size, _factor, (InterpolationMode)mode, align_corners,
            recompute_scale_factor ?? false);
}

/// <summary>Windows as columns: [N, C, H, W] -> [N, C·kernel, windows].</summary>
public sealed class Unfold : ParameterLessModule<Tensor, Tensor>
{
    private readonly (long, long) _kernel, _dilation, _padding, _stride;
    internal Unfold((long, long) kernel, (long, long) dilation, (long, long) padding, (long, long) stride)
        : base(nameof(Unfold)) =>
            (_kernel, _dilation, _padding, _stride) = (kernel, dilation, padding, stride);
    public override Tensor forward(Tensor input) => F.unfold(input, _kernel, _dilation, _padding, _stride);
}

/// <summary>
/// Columns added back into images, the transpose of <see cref="Unfold"/>: [N, C·kernel, windows] -> [N, C, H,
/// W].
/// </summary>
public sealed class Fold : ParameterLessModule<Tensor, Tensor>
{
    private readonly (long, long) _output, _kernel, _dilation, _padding, _stride;
    internal Fold((long, long) output, (long, long) kernel, (long, long) dilation, (long, long) padding,
        (long, long) stride)
        : base(nameof(Fold)) =>
            (_output, _kernel, _dilation, _padding, _stride) = (output, kernel, dilation, padding, stride);
    public override Tensor forward(Tensor input) =>
        F.fold(input, _output, _kernel, _dilation, _padding, _stride);
}
