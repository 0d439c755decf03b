using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Images and their grids: [N, C, H, W], sizes in pixels.
        public static partial class functional
        {
            /// <summary>
            /// Adds margins (negative ones cut off): before and after each axis, the last axis first.
            /// </summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant,
                double value = 0) => mode switch
                {
                    PaddingModes.Reflect => Op.Call("pad", input, pad, "reflect"),
                    PaddingModes.Replicate => Op.Call("pad", input, pad, "replicate"),
                    PaddingModes.Circular => Op.Call("pad", input, pad, "circular"),
                    _ => Op.Call("pad", input, pad, "constant", value),
                };

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad,
                PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad,
                PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, Sizes.Of(pad), mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad,
                PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, new[] { pad.Item1, pad.Item2, pad.Item3, pad.Item4 }, mode, value);

            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant,
                double value = 0) =>
                functional.pad(input, new[] { pad, pad }, mode, value);

            /// <summary>Resizes [N, C, sizes...] to a size or by a factor.</summary>
            /// <param name="size">The new sizes; or null for a scale factor.</param>
            /// <param name="scale_factor">One factor for all axes or one for each.</param>
            /// <param name="align_corners">Whether corner pixels' centres stay in the corners; else their
            /// outer edges do.</param>
            /// <param name="recompute_scale_factor">Whether the factor is taken again from the rounded
            /// size.</param>
            /// <param name="antialias">Whether pixels are averaged when an image gets smaller (bilinear and
            /// bicubic).</param>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null,
                bool recompute_scale_factor = false, bool antialias = false)
            {
                if ((size is null) == (scale_factor is null))
                    throw new ArgumentException("Give a size or a scale factor, one of the two.",
                        nameof(size));
                var dims = (int)x.dim() - 2;
                if (size?.Length == 1) size = Sizes.Times(size[0], dims);
                if (scale_factor?.Length == 1) scale_factor = [.. Enumerable.Repeat(scale_factor[0], dims)];
                var given = size?.Length ?? scale_factor!.Length;
                if (given != dims)
                    throw new ArgumentException(
                        $"An input of shape [{string.Join(", ", x.shape)}] has {dims} sizes, got {given}.",
                        nameof(size));
                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    size = [.. scale_factor.Select((factor,
                        axis) => (long)Math.Floor(x.shape[axis + 2] * factor))];
                    scale_factor = null;
                }
                var aligned = align_corners ?? false;
                return (mode, dims, antialias) switch
                {
                    (InterpolationMode.Nearest, 1, false) =>
                        Op.Call("upsample_nearest1d.vec", x, size, scale_factor),
                    (InterpolationMode.Nearest, 2, false) =>
                    Op.Call("upsample_nearest2d.vec", x, size, scale_factor),
                    (InterpolationMode.Nearest, 3, false) =>
                    Op.Call("upsample_nearest3d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 1, false) =>
                    Op.Call("_upsample_nearest_exact1d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 2, false) =>
                    Op.Call("_upsample_nearest_exact2d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 3, false) =>
                    Op.Call("_upsample_nearest_exact3d.vec", x, size, scale_factor),
                    (InterpolationMode.Linear, 1, false) =>
                    Op.Call("upsample_linear1d.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Bilinear, 2, false) =>
                    Op.Call("upsample_bilinear2d.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Bilinear, 2, true) =>
                    Op.Call("_upsample_bilinear2d_aa.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Bicubic, 2, false) =>
                    Op.Call("upsample_bicubic2d.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Bicubic, 2, true) =>
                    Op.Call("_upsample_bicubic2d_aa.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Trilinear, 3, false) =>
                    Op.Call("upsample_trilinear3d.vec", x, size, aligned, scale_factor),
                    (InterpolationMode.Area, 1, false) => adaptive_avg_pool1d(x, size![0]),
                    (InterpolationMode.Area, 2, false) => adaptive_avg_pool2d(x, size!),
                    (InterpolationMode.Area, 3, false) => adaptive_avg_pool3d(x, size!),
                    _ => throw new ArgumentException(
                        $"Interpolation {mode}{(antialias ? " with antialias" : "")} does not fit " +
                        $"an input of shape [{string.Join(", ", x.shape)}].", nameof(mode)),
                };
            }

            public static Tensor upsample(Tensor input, long[]? size = null, double[]? scale_factor = null,
                UpsampleMode mode = UpsampleMode.Nearest, bool align_corners = false) =>
                interpolate(input, size, scale_factor, (InterpolationMode)mode, align_corners);

            public static Tensor upsample_bilinear(Tensor x, long[]? size = null,
                double[]? scale_factor = null, bool align_corners = false) =>
                interpolate(x, size, scale_factor, InterpolationMode.Bilinear, align_corners);

            public static Tensor upsample_nearest(Tensor x, long[]? size = null,
                double[]? scale_factor = null, bool align_corners = false) =>
                interpolate(x, size, scale_factor, InterpolationMode.Nearest);

            /// <summary>
            /// Reads an image [N, C, H, W] at places [N, H', W', 2], given as (x, y) with −1 and 1 at the
            /// edges.
            /// </summary>
            public static Tensor grid_sample(Tensor input, Tensor grid,
                GridSampleMode mode = GridSampleMode.Bilinear,
                GridSamplePaddingMode padding_mode = GridSamplePaddingMode.Zeros, bool? align_corners = null)
            {
                var outside = padding_mode switch
                {
                    GridSamplePaddingMode.Border => 1,
                    GridSamplePaddingMode.Reflection => 2,
                    _ => 0
                };
                return Op.Call("grid_sampler", input, grid, mode == GridSampleMode.Nearest ? 1 : 0, outside,
                    align_corners ?? false);
            }

            /// <summary>
            /// The places that affine maps [N, 2, 3] send the pixels of an image of a size [N, C, H, W] to.
            /// </summary>
            public static Tensor affine_grid(Tensor theta, long[]? size = null, bool align_corners = false) =>
                Op.Call("affine_grid_generator", theta,
                    size ?? throw new ArgumentNullException(nameof(size),
                    "affine_grid needs the size [N, C, H, W] of the output."), align_corners);

            /// <summary>Windows as columns: [N, C, H, W] -> [N, C·kernel, windows].</summary>
            public static Tensor unfold(Tensor input, (long, long) kernel_size, (long, long)? dilation = null,
                (long, long)? padding = null, (long, long)? stride = null) =>
                Op.Call("im2col", input, Sizes.Of(kernel_size), Sizes.Of(dilation, 1), Sizes.Of(padding, 0),
                    Sizes.Of(stride, 1));

            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0,
                long stride = 1) =>
                unfold(input, (kernel_size, kernel_size), (dilation, dilation), (padding, padding),
                    (stride, stride));

            /// <summary>Columns added back into images: [N, C·kernel, windows] -> [N, C, H, W].</summary>
            public static Tensor fold(Tensor input, (long, long) output_size, (long, long) kernel_size,
                (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                Op.Call("col2im", input, Sizes.Of(output_size), Sizes.Of(kernel_size), Sizes.Of(dilation, 1),
                    Sizes.Of(padding, 0), Sizes.Of(stride, 1));

            public static Tensor fold(Tensor input, long output_size, long kernel_size, long dilation = 1,
                long padding = 0, long stride = 1) =>
                fold(input, (output_size, output_size), (kernel_size, kernel_size), (dilation, dilation),
                    (padding, padding), (stride, stride));

            /// <summary>[N, C·r², H, W] -> [N, C, H·r, W·r].</summary>
            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) =>
                Op.Call("pixel_shuffle", input, upscale_factor);

            /// <summary>[N, C, H·r, W·r] -> [N, C·r², H, W].</summary>
            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) =>
                Op.Call("pixel_unshuffle", input, downscale_factor);
        }
    }
}
