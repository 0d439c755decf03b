using System.Numerics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// RoIAlign (He, Gkioxari, Dollár and Girshick 2017, "Mask R-CNN", section 3): each bin of a region is the
/// mean of bilinear samples at regular places in it; no coordinate is rounded.
/// </summary>
public static class RoiAlign
{
    /// <summary>Pools regions of maps. The gradient goes to the maps; boxes have none.</summary>
    /// <param name="maps">[N, C, H, W].</param>
    /// <param name="regions">[K, 5]: image, then x1, y1, x2, y2 in pixels of the image.</param>
    /// <param name="size">Bins (P, Q).</param>
    /// <param name="scale">Cells of the map a pixel of the image: 1/stride.</param>
    /// <param name="samplingRatio">
    /// Samples a bin and axis; 0 or less for as many as the bin has cells.
    /// </param>
    /// <param name="aligned">
    /// Whether pixel i's value sits at i + ½. Without it features shift by half a cell and regions measure at
    /// least one cell: the rule with which torchvision's published weights were trained.
    /// </param>
    /// <returns>[K, C, P, Q]. Cost O(K P Q n² C) for n samples an axis.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Pool(
        Tensor maps, Tensor regions, (int Height, int Width) size, double scale = 1, int samplingRatio = -1,
        bool aligned = false)
    {
        Regions.Require(maps, regions, size);
        return Kernels.OnCpu(maps)
            ? RoiAlignment.apply(maps, regions.detach(), size, scale, samplingRatio, aligned)
            : ByOperators(maps, regions.detach(), size, scale, samplingRatio, aligned);
    }

    /// <summary>The same by operators: any device. With adaptive sampling it goes region by region.</summary>
    internal static Tensor ByOperators(
        Tensor maps, Tensor regions, (int Height, int Width) size, double scale, int samplingRatio,
        bool aligned)
    {
        using var scope = NewDisposeScope();
        if (samplingRatio > 0)
            return ByOperators(maps, regions, size, scale, samplingRatio, samplingRatio,
                aligned).MoveToOuterDisposeScope();
        var pooled = new List<Tensor> { zeros(
            [0, maps.shape[1], size.Height, size.Width], maps.dtype, maps.device) };
        for (long k = 0; k < regions.shape[0]; k++)
        {
            var region = regions.narrow(0, k, 1);
            var grid = RoiGrid<double>.Of(
                [.. region.to(float64).cpu().data<double>()], size, scale, 0, aligned);
            pooled.Add(ByOperators(
                maps, region, size, scale, Math.Max(grid.Rows, 1), Math.Max(grid.Columns, 1), aligned));
        }
        return cat([.. pooled], 0).MoveToOuterDisposeScope();
    }

    private static Tensor ByOperators(
        Tensor maps, Tensor regions, (int Height, int Width) size, double scale, int rows, int columns,
        bool aligned)
    {
        using var scope = NewDisposeScope();
        var (count, boxes) = (
            regions.shape[0], regions.narrow(1, 1, 4).to(maps.dtype) * scale - (aligned ? 0.5 : 0));
        Tensor Places(int low, int bins, int each)  // [K, bins · each]
        {
            var (start, extent) =
                (boxes.narrow(1, low, 1), boxes.narrow(1, low + 2, 1) - boxes.narrow(1, low, 1));
            if (!aligned) extent = extent.clamp(min: 1);
            var inside = (arange(bins * each, maps.dtype, maps.device) + 0.5) / each;               // in bins
            return start + extent / bins * inside;
        }
        var y = Places(1, size.Height, rows).unsqueeze(2).expand(
            count, size.Height * rows, size.Width * columns);
        var x = Places(0, size.Width, columns).unsqueeze(1).expand(
            count, size.Height * rows, size.Width * columns);
        var images = regions.select(1, 0).to(int64).view(-1, 1, 1).expand(y.shape);
        var values = MapSampler.ByOperators(
            maps, images.reshape(-1), y.reshape(-1), x.reshape(-1), MapBorder.Clamp);
        return values.view(count, size.Height, rows, size.Width, columns, maps.shape[1])
            .mean([2L, 4L]).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Where the samples of one region are: sample i of the rows is at Y + (i + ½) StepY, and so for columns.
/// </summary>
internal readonly record struct RoiGrid<T>(
    int Image, T Y, T X, T BinHeight, T BinWidth, int Rows, int Columns)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The grid of a region given as [image, x1, y1, x2, y2].</summary>
    internal static RoiGrid<T> Of(
        ReadOnlySpan<T> region, (int Height, int Width) size, double scale, int samplingRatio, bool aligned)
    {
        var (factor, shift) = (T.CreateTruncating(scale), T.CreateTruncating(aligned ? 0.5 : 0));
        T x = region[1] * factor - shift, y = region[2] * factor - shift;
        T width = region[3] * factor - shift - x, height = region[4] * factor - shift - y;
        if (!aligned) (width, height) = (T.Max(width, T.One), T.Max(height, T.One));
        T binHeight = height / T.CreateTruncating(size.Height),
            binWidth = width / T.CreateTruncating(size.Width);
        return new RoiGrid<T>(
            int.CreateTruncating(region[0]), y, x, binHeight, binWidth,
            samplingRatio > 0 ? samplingRatio : int.CreateTruncating(T.Ceiling(binHeight)),
            samplingRatio > 0 ? samplingRatio : int.CreateTruncating(T.Ceiling(binWidth)));
    }
}

/// <summary><see cref="RoiAlign"/> on the CPU, by <see cref="BilinearKernels"/>.</summary>
internal sealed class RoiAlignment : autograd.SingleTensorFunction<RoiAlignment>
{
    /// <inheritdoc/>
    public override string Name => nameof(RoiAlignment);

    /// <summary>The bins of one region as outputs, in rows.</summary>
    private readonly struct Bins<T>(RoiGrid<T> grid, int width) : IPoints<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T share = T.One / T.CreateTruncating(Math.Max(grid.Rows * grid.Columns, 1));
        private readonly T stepY = grid.BinHeight / T.CreateTruncating(Math.Max(grid.Rows, 1));
        private readonly T stepX = grid.BinWidth / T.CreateTruncating(Math.Max(grid.Columns, 1));

        public int Image(long output) => grid.Image;

        public int Count(long output) => Math.Max(grid.Rows, 0) * Math.Max(grid.Columns, 0);

        public void Get(long output, int point, out T y, out T x, out T weight)
        {
            var (row, column) = ((int)output / width, (int)output % width);
            T half = T.CreateTruncating(0.5), down = T.CreateTruncating(point / grid.Columns);
            T right = T.CreateTruncating(point % grid.Columns);
            y = grid.Y + T.CreateTruncating(row) * grid.BinHeight + (down + half) * stepY;
            x = grid.X + T.CreateTruncating(column) * grid.BinWidth + (right + half) * stepX;
            weight = share;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var maps = ((Tensor)vars[0]).permute(0, 2, 3, 1).contiguous();  // [N, H, W, C]
        var regions = ((Tensor)vars[1]).to(maps.dtype).contiguous();
        var (height, width) = ((int, int))vars[2];
        ctx.save_data("shape", maps.shape);
        ctx.save_data("arguments", vars[2..]);
        ctx.save_for_backward([regions]);
        var pooled = empty([regions.shape[0], maps.shape[3], height, width], maps.dtype);
        if (maps.dtype == ScalarType.Float32) Forward<float>(maps, regions, vars[2..], pooled);
        else Forward<double>(maps, regions, vars[2..], pooled);
        return pooled;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var regions = ctx.get_saved_variables()[0];
        var arguments = (object[])ctx.get_data("arguments")!;
        var (gradient, ofMaps) =
            (grad_output.contiguous(), zeros((long[])ctx.get_data("shape")!, grad_output.dtype));
        if (gradient.dtype == ScalarType.Float32) Backward<float>(ofMaps, regions, arguments, gradient);
        else Backward<double>(ofMaps, regions, arguments, gradient);
        return [ofMaps.permute(0, 3, 1, 2), null!, null!, null!, null!, null!];
    }

    private static unsafe Maps<T> Of<T>(Tensor maps) where T : unmanaged, INumber<T> =>
        new(Kernels.Pointer<T>(maps), (int)maps.shape[1], (int)maps.shape[2], (int)maps.shape[3]);

    private static Bins<T>[] Of<T>(Tensor regions, object[] arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (size, values) = (((int, int))arguments[0], regions.data<T>().ToArray());
        return [.. Enumerable.Range(0, (int)regions.shape[0]).Select(k => new Bins<T>(
            RoiGrid<T>.Of(values.AsSpan(5 * k, 5), size, (double)arguments[1], (int)arguments[2],
            (bool)arguments[3]), size.Item2))];
    }

    private static unsafe void Forward<T>(Tensor maps, Tensor regions, object[] arguments, Tensor pooled)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (from, bins) = (Of<T>(maps), Of<T>(regions, arguments));
        int channels = from.Channels, each = (int)(pooled.shape[2] * pooled.shape[3]);
        T* to = Kernels.Pointer<T>(pooled);
        BilinearKernels.Share(bins.Length, 16L * each * channels, (first, end) =>
        {
            // One region at a time in a tile that stays in the cache: rows of channels come out, planes are
            // stored.
            var (taps, tile) = (new BilinearKernels.Taps<T>(), new T[each * channels]);
            fixed (T* rows = tile)
                for (long k = first; k < end; k++)
                {
                    BilinearKernels.Gather(from, bins[k], MapBorder.Clamp, 0, each, rows, taps);
                    BilinearKernels.Transpose(rows, each, channels, channels, to + k * each * channels, each);
                }
        });
        GC.KeepAlive((maps, pooled));
    }

    private static unsafe void Backward<T>(Tensor ofMaps, Tensor regions, object[] arguments, Tensor gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (to, bins) = (Of<T>(ofMaps), Of<T>(regions, arguments));
        int channels = to.Channels, each = (int)(gradient.shape[2] * gradient.shape[3]);
        T* from = Kernels.Pointer<T>(gradient);
        BilinearKernels.ShareChannels(channels, 16L * bins.Length * each, (first, end) =>
        {
            var (taps, tile, number) =
                (new BilinearKernels.Taps<T>(), new T[each * (end - first)], end - first);
            fixed (T* rows = tile)
                for (long k = 0; k < bins.Length; k++)
                {
                    BilinearKernels.Transpose(
                        from + (k * channels + first) * each, number, each, each, rows, number);
                    BilinearKernels.Scatter(
                        to, bins[k], MapBorder.Clamp, 0, each, rows, number, first, number, taps);
                }
        });
        GC.KeepAlive((ofMaps, gradient));
    }
}
