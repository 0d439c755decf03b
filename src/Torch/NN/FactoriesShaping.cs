using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    // How modules without parameters are made: activations, pooling, padding, resizing.
    public static partial class nn
    {
        // Activations

        public static ReLU ReLU(bool inplace = false) => new(inplace);
        public static ReLU6 ReLU6(bool inplace = false) => new(inplace);
        public static LeakyReLU LeakyReLU(double negative_slope = 0.01, bool inplace = false) =>
            new(negative_slope, inplace);
        public static RReLU RReLU(double lower = 1.0 / 8, double upper = 1.0 / 3, bool inplace = false) =>
            new(lower, upper, inplace);
        public static PReLU PReLU(long num_parameters, double init = 0.25, Device? device = null,
            ScalarType? dtype = null) => new(num_parameters, init, device, dtype);
        public static ELU ELU(double alpha = 1.0, bool inplace = false) => new(alpha, inplace);
        public static CELU CELU(double alpha = 1.0, bool inplace = false) => new(alpha, inplace);
        public static SELU SELU(bool inplace = false) => new(inplace);
        public static GELU GELU() => new(Modules.GELU.Approximate.none, false);
        public static GELU GELU(bool inplace) => new(Modules.GELU.Approximate.none, inplace);
        public static GELU GELU(GELU.Approximate approximate, bool inplace = false) =>
            new(approximate, inplace);
        public static SiLU SiLU(bool inplace = false) => new(inplace);
        public static Mish Mish(bool inplace = false) => new(inplace);
        public static Sigmoid Sigmoid(bool inplace = false) => new(inplace);
        public static LogSigmoid LogSigmoid() => new();
        public static Tanh Tanh(bool inplace = false) => new(inplace);
        public static Tanhshrink Tanhshrink() => new();
        public static Softsign Softsign() => new();
        public static Softplus Softplus(double beta = 1, double threshold = 20) => new(beta, threshold);
        public static Hardtanh Hardtanh(double min_val = -1.0, double max_val = 1.0, bool inplace = false) =>
            new(min_val, max_val, inplace);
        public static Hardswish Hardswish(bool inplace = false) => new(inplace);
        public static Hardsigmoid Hardsigmoid(bool inplace = false) => new(inplace);
        public static Hardshrink Hardshrink(double lambda = 0.5) => new(lambda);
        public static Softshrink Softshrink(double lambda = 0.5) => new(lambda);
        public static Threshold Threshold(double threshold, double value, bool inplace = false) =>
            new(threshold, value, inplace);
        public static GLU GLU(long dim = -1) => new(dim);
        public static Softmax Softmax(long dim) => new(dim);
        public static Softmax2d Softmax2d() => new();
        public static Softmin Softmin(long dim) => new(dim);
        public static LogSoftmax LogSoftmax(long dim) => new(dim);

        // Pooling

        public static MaxPool1d MaxPool1d(long kernel_size, long? stride = null, long? padding = null,
            long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static MaxPool2d MaxPool2d(long kernel_size, long? stride = null, long? padding = null,
            long? dilation = null, bool ceil_mode = false) =>
            new(Sizes.Times(kernel_size, 2), Sizes.Maybe(stride, 2), Sizes.Maybe(padding, 2),
                Sizes.Maybe(dilation, 2), ceil_mode);

        public static MaxPool2d MaxPool2d((long, long) kernel_size, (long, long)? stride = null,
            (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) =>
            new(Sizes.Of(kernel_size), Sizes.Maybe(stride), Sizes.Maybe(padding), Sizes.Maybe(dilation),
                ceil_mode);

        public static MaxPool2d MaxPool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null,
            long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static MaxPool3d MaxPool3d(long kernel_size, long? stride = null, long? padding = null,
            long? dilation = null, bool ceil_mode = false) =>
            new(Sizes.Times(kernel_size, 3), Sizes.Maybe(stride, 3), Sizes.Maybe(padding, 3),
                Sizes.Maybe(dilation, 3), ceil_mode);

        public static MaxUnpool2d MaxUnpool2d(long kernel_size, long? stride = null, long? padding = null) =>
            new(Sizes.Times(kernel_size, 2), Sizes.Maybe(stride, 2), Sizes.Maybe(padding, 2));

        public static MaxUnpool2d MaxUnpool2d((long, long) kernel_size, (long, long)? stride = null,
            (long, long)? padding = null) =>
            new(Sizes.Of(kernel_size), Sizes.Maybe(stride), Sizes.Maybe(padding));

        public static AvgPool1d AvgPool1d(long kernel_size, long? stride = null, long padding = 0,
            bool ceil_mode = false, bool count_include_pad = true) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad);

        public static AvgPool2d AvgPool2d(long kernel_size, long? stride = null, long? padding = null,
            bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(Sizes.Times(kernel_size, 2), Sizes.Maybe(stride, 2), Sizes.Maybe(padding, 2), ceil_mode,
                count_include_pad, divisor_override);

        public static AvgPool2d AvgPool2d((long, long) kernel_size, (long, long)? stride = null,
            (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(Sizes.Of(kernel_size), Sizes.Maybe(stride), Sizes.Maybe(padding), ceil_mode,
                count_include_pad, divisor_override);

        public static AvgPool2d AvgPool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null,
            bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

        public static AdaptiveAvgPool1d AdaptiveAvgPool1d(long output_size) => new(output_size);
        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long output_size) =>
            new(Sizes.Times(output_size, 2));
        public static AdaptiveAvgPool2d AdaptiveAvgPool2d((long, long) output_size) =>
            new(Sizes.Of(output_size));
        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long[] output_size) => new(output_size);
        public static AdaptiveMaxPool1d AdaptiveMaxPool1d(long output_size) => new(output_size);
        public static AdaptiveMaxPool2d AdaptiveMaxPool2d(long[] output_size) => new(output_size);

        // Padding

        public static ZeroPad2d ZeroPad2d(long padding) => new(Sizes.Times(padding, 4));
        public static ZeroPad2d ZeroPad2d((long, long, long, long) padding) => new(Four(padding));
        public static ConstantPad1d ConstantPad1d(long padding, double value) =>
            new(value, Sizes.Times(padding, 2));
        public static ConstantPad1d ConstantPad1d((long, long) padding, double value) =>
            new(value, Sizes.Of(padding));
        public static ConstantPad2d ConstantPad2d(long padding, double value) =>
            new(value, Sizes.Times(padding, 4));
        public static ConstantPad2d ConstantPad2d((long, long, long, long) padding, double value) =>
            new(value, Four(padding));
        public static ReflectionPad1d ReflectionPad1d(long padding) => new(Sizes.Times(padding, 2));
        public static ReflectionPad1d ReflectionPad1d((long, long) padding) => new(Sizes.Of(padding));
        public static ReflectionPad2d ReflectionPad2d(long padding) => new(Sizes.Times(padding, 4));
        public static ReflectionPad2d ReflectionPad2d((long, long, long, long) padding) => new(Four(padding));
        public static ReplicationPad1d ReplicationPad1d(long padding) => new(Sizes.Times(padding, 2));
        public static ReplicationPad1d ReplicationPad1d((long, long) padding) => new(Sizes.Of(padding));
        public static ReplicationPad2d ReplicationPad2d(long padding) => new(Sizes.Times(padding, 4));
        public static ReplicationPad2d ReplicationPad2d((long, long, long, long) padding) =>
            new(Four(padding));

        private static long[] Four((long, long, long, long) sides) =>
            [sides.Item1, sides.Item2, sides.Item3, sides.Item4];

        // Shapes

        public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);
        public static Unflatten Unflatten(long dim, long[] unflattened_size) => new(dim, unflattened_size);
        public static PixelShuffle PixelShuffle(long upscale_factor) => new(upscale_factor);
        public static PixelUnshuffle PixelUnshuffle(long downscale_factor) => new(downscale_factor);
        public static ChannelShuffle ChannelShuffle(long groups) => new(groups);

        public static Upsample Upsample(long[]? size = null, double[]? scale_factor = null,
            UpsampleMode mode = UpsampleMode.Nearest, bool? align_corners = null,
            bool? recompute_scale_factor = null) =>
            new(size, scale_factor, mode, align_corners, recompute_scale_factor);

        public static Unfold Unfold(long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
            new((kernel_size, kernel_size), (dilation, dilation), (padding, padding), (stride, stride));

        public static Unfold Unfold((long, long) kernel_size, (long, long)? dilation = null,
            (long, long)? padding = null, (long, long)? stride = null) =>
            new(kernel_size, dilation ?? (1, 1), padding ?? (0, 0), stride ?? (1, 1));

        public static Fold Fold(long output_size, long kernel_size, long dilation = 1, long padding = 0,
            long stride = 1) =>
            new((output_size, output_size), (kernel_size, kernel_size), (dilation, dilation),
                (padding, padding), (stride, stride));

        public static Fold Fold((long, long) output_size, (long, long) kernel_size,
            (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
            new(output_size, kernel_size, dilation ?? (1, 1), padding ?? (0, 0), stride ?? (1, 1));
    }
}
