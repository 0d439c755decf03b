using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Pooling over windows of [N, C, sizes...] (or [C, sizes...]); the stride is the kernel's size unless
        // given.
        public static partial class functional
        {
            public static Tensor max_pool1d(Tensor input, long kernel_size, long? stride = null,
                long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                Op.Call("max_pool1d", input, One(kernel_size, 0), stride is { } s ? [s] : Own,
                    One(padding, 0), One(dilation, 1), ceil_mode);

            /// <summary>The largest of each window and where they stood.</summary>
            public static (Tensor output, Tensor indices) max_pool1d_with_indices(Tensor input,
                long kernel_size, long? stride = null, long? padding = null, long? dilation = null,
                bool ceil_mode = false) =>
                Op.Call2("max_pool1d_with_indices", input, One(kernel_size, 0), stride is { } s ? [s] : Own,
                    One(padding, 0), One(dilation, 1), ceil_mode);

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null,
                long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                Op.Call("max_pool2d", input, kernel_size, strides ?? Own, padding ?? [0, 0],
                    dilation ?? [1, 1], ceil_mode);

            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null,
                long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, Sizes.Times(kernel_size, 2), Sizes.Maybe(stride, 2),
                    Sizes.Maybe(padding, 2), Sizes.Maybe(dilation, 2), ceil_mode);

            public static Tensor max_pool2d(Tensor input, (long, long) kernel_size,
                (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null,
                bool ceil_mode = false) =>
                max_pool2d(input, Sizes.Of(kernel_size), Sizes.Maybe(stride), Sizes.Maybe(padding),
                    Sizes.Maybe(dilation), ceil_mode);

            /// <summary>
            /// The largest of each window and where they stood, as numbers into the H·W plane.
            /// </summary>
            public static (Tensor output, Tensor indices) max_pool2d_with_indices(Tensor input,
                long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null,
                bool ceil_mode = false) =>
                Op.Call2("max_pool2d_with_indices", input, kernel_size, strides ?? Own, padding ?? [0, 0],
                    dilation ?? [1, 1], ceil_mode);

            public static Tensor max_pool3d(Tensor input, long[] kernel_size, long[]? strides = null,
                long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                Op.Call("max_pool3d", input, kernel_size, strides ?? Own, padding ?? [0, 0, 0],
                    dilation ?? [1, 1, 1], ceil_mode);

            /// <summary>
            /// Values back at the places that max_pool2d_with_indices named, zeros elsewhere.
            /// </summary>
            public static Tensor max_unpool2d(Tensor input, Tensor indices, long[] kernel_size,
                long[]? stride = null, long[]? padding = null, long[]? output_size = null)
            {
                var (step, margin, shape) = (stride ?? kernel_size, padding ?? [0, 0], input.shape);
                long Size(int axis) =>
                    (shape[^(2 - axis)] - 1) * step[axis] - 2 * margin[axis] + kernel_size[axis];
                return Op.Call("max_unpool2d", input, indices, output_size?[^2..] ?? [Size(0), Size(1)]);
            }

            public static Tensor avg_pool1d(Tensor input, long kernel_size, long? stride = null,
                long? padding = null, bool ceil_mode = false, bool count_include_pad = true) =>
                Op.Call("avg_pool1d", input, One(kernel_size, 0), stride is { } s ? [s] : Own,
                    One(padding, 0), ceil_mode, count_include_pad);

            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? stride = null,
                long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) =>
                Op.Call("avg_pool2d", input, kernel_size, stride ?? Own, padding ?? [0, 0], ceil_mode,
                    count_include_pad, divisor_override);

            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null,
                long padding = 0, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) =>
                avg_pool2d(input, Sizes.Times(kernel_size, 2), Sizes.Maybe(stride, 2),
                    Sizes.Times(padding, 2), ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(Tensor input, (long, long) kernel_size,
                (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false,
                bool count_include_pad = true, long? divisor_override = null) =>
                avg_pool2d(input, Sizes.Of(kernel_size), Sizes.Maybe(stride), Sizes.Maybe(padding), ceil_mode,
                    count_include_pad, divisor_override);

            public static Tensor adaptive_avg_pool1d(Tensor input, long output_size) =>
                Op.Call("adaptive_avg_pool1d", input, One(output_size, 0));

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) =>
                Op.Call("adaptive_avg_pool2d", input, output_size);

            public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) =>
                adaptive_avg_pool2d(input, Sizes.Of(output_size));

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) =>
                adaptive_avg_pool2d(input, Sizes.Times(output_size, 2));

            public static Tensor adaptive_avg_pool3d(Tensor input, long[] output_size) =>
                Op.Call("adaptive_avg_pool3d", input, output_size);

            public static Tensor adaptive_max_pool1d(Tensor input, long output_size) =>
                First(adaptive_max_pool1d_with_indices(input, output_size));

            public static (Tensor Values, Tensor Indices) adaptive_max_pool1d_with_indices(Tensor input,
                long output_size) =>
                Op.Call2("adaptive_max_pool1d", input, One(output_size, 0));

            public static Tensor adaptive_max_pool2d(Tensor input, long[] output_size) =>
                First(adaptive_max_pool2d_with_indices(input, output_size));

            public static (Tensor Values, Tensor Indices) adaptive_max_pool2d_with_indices(Tensor input,
                long[] output_size) =>
                Op.Call2("adaptive_max_pool2d", input, output_size);

            // An empty list of strides stands for the kernel's size.
            private static readonly long[] Own = [];

            private static Tensor First((Tensor Values, Tensor Indices) both)
            {
                both.Indices.Dispose();
                return both.Values;
            }
        }
    }
}
