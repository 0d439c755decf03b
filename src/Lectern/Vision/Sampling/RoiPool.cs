using System.Numerics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// RoIPool (Girshick 2015, "Fast R-CNN", section 2.1): corners rounded to cells and counted with the region,
/// bins of whole cells that may overlap, the maximum of each.
/// </summary>
public static class RoiPool
{
    /// <summary>Pools regions of maps. The gradient goes to the cell that was the maximum.</summary>
    /// <param name="maps">[N, C, H, W].</param>
    /// <param name="regions">[K, 5]: image, then x1, y1, x2, y2 in pixels of the image.</param>
    /// <param name="size">Bins (P, Q).</param>
    /// <param name="scale">Cells of the map a pixel of the image: 1/stride.</param>
    /// <returns>[K, C, P, Q]; a bin outside the map is 0.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Pool(Tensor maps, Tensor regions, (int Height, int Width) size, double scale = 1)
    {
        Regions.Require(maps, regions, size);
        return Kernels.OnCpu(maps) && maps.shape[2] * maps.shape[3] <= RoiMaximum.MostCells
            ? RoiMaximum.apply(maps, regions.detach(), size, scale)
            : ByOperators(maps, regions.detach(), size, scale);
    }

    /// <summary>The same by a maximum over a slice for each bin: any device, slow.</summary>
    internal static Tensor ByOperators(
        Tensor maps, Tensor regions, (int Height, int Width) size, double scale)
    {
        using var scope = NewDisposeScope();
        var values = regions.to(maps.dtype).to(float64).cpu().data<double>().ToArray();
        var pooled = new List<Tensor>();
        for (int k = 0; k < regions.shape[0]; k++)
        {
            var map = maps[(long)values[5 * k]];  // [C, H, W]
            var (top, height) = RoiMaximum.Cells(
                (float)values[5 * k + 2], (float)values[5 * k + 4], (float)scale);
            var (left, width) = RoiMaximum.Cells(
                (float)values[5 * k + 1], (float)values[5 * k + 3], (float)scale);
            for (int p = 0; p < size.Height; p++)
                for (int q = 0; q < size.Width; q++)
                {
                    var (y0, y1) = RoiMaximum.Bin<float>(p, height, size.Height, top, (int)maps.shape[2]);
                    var (x0, x1) = RoiMaximum.Bin<float>(q, width, size.Width, left, (int)maps.shape[3]);
                    pooled.Add(y1 <= y0 || x1 <= x0
                        ? zeros([maps.shape[1]], maps.dtype, maps.device)
                        : map.narrow(1, y0, y1 - y0).narrow(2, x0, x1 - x0).reshape(maps.shape[1], -1).max(
                        1).values);
                }
        }
        if (pooled.Count == 0) return zeros(
            [0, maps.shape[1], size.Height, size.Width], maps.dtype, maps.device).MoveToOuterDisposeScope();
        return stack(pooled).view(-1, size.Height, size.Width, maps.shape[1]).permute(0, 3, 1, 2).contiguous()
            .MoveToOuterDisposeScope();
    }
}

/// <summary><see cref="RoiPool"/> on the CPU.</summary>
internal sealed class RoiMaximum : autograd.SingleTensorFunction<RoiMaximum>
{
    /// <inheritdoc/>
    public override string Name => nameof(RoiMaximum);

    /// <summary>Whole numbers that float32 tells apart.</summary>
    internal const long MostCells = 1 << 24;

    /// <summary>First cell of a region and its number of cells, both ends included.</summary>
    internal static (int First, int Count) Cells<T>(T low, T high, T scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int first = int.CreateTruncating(T.Round(low * scale, MidpointRounding.AwayFromZero));
        int last = int.CreateTruncating(T.Round(high * scale, MidpointRounding.AwayFromZero));
        return (first, Math.Max(last - first + 1, 1));
    }

    /// <summary>The cells of one bin: from one up to another, cut to the map.</summary>
    internal static (int From, int To) Bin<T>(int bin, int count, int bins, int first, int length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T width = T.CreateTruncating(count) / T.CreateTruncating(bins);
        int from = int.CreateTruncating(T.Floor(T.CreateTruncating(bin) * width));
        int to = int.CreateTruncating(T.Ceiling(T.CreateTruncating(bin + 1) * width));
        return (Math.Clamp(first + from, 0, length), Math.Clamp(first + to, 0, length));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var maps = (Tensor)vars[0];
        var regions = ((Tensor)vars[1]).to(maps.dtype).contiguous();
        var (height, width) = ((int, int))vars[2];
        long[] shape = [regions.shape[0], maps.shape[1], height, width];
        var (pooled, winners) = (empty(shape, maps.dtype), empty(shape, int32));
        if (maps.dtype == ScalarType.Float32) Forward<float>(maps, regions, (double)vars[3], pooled, winners);
        else Forward<double>(maps, regions, (double)vars[3], pooled, winners);
        ctx.save_data("shape", maps.shape);
        ctx.save_for_backward([regions, winners]);
        return pooled;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (gradient, ofMaps) =
            (grad_output.contiguous(), zeros((long[])ctx.get_data("shape")!, grad_output.dtype));
        if (gradient.dtype == ScalarType.Float32) Backward<float>(ofMaps, saved[0], saved[1], gradient);
        else Backward<double>(ofMaps, saved[0], saved[1], gradient);
        return [ofMaps, null!, null!, null!];
    }

    private static unsafe void Forward<T>(
        Tensor maps, Tensor regions, double scale, Tensor pooled, Tensor winners)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = (int)maps.shape[1], height = (int)maps.shape[2], width = (int)maps.shape[3];
        int rows = (int)pooled.shape[2], columns = (int)pooled.shape[3];
        // Channels last: the maximum over a bin is taken of several channels at once.
        using var last = maps.permute(0, 2, 3, 1).contiguous();                     // [N, H, W, C]
        T* from = Kernels.Pointer<T>(last), boxes = Kernels.Pointer<T>(regions);
        T* to = Kernels.Pointer<T>(pooled);
        int* which = Kernels.Pointer<int>(winners);
        T ratio = T.CreateTruncating(scale);
        BilinearKernels.Share(regions.shape[0], 4L * channels * rows * columns, (first, end) =>
        {
            for (long k = first; k < end; k++)
            {
                T* box = boxes + 5 * k;
                var (top, high) = Cells(box[2], box[4], ratio);
                var (left, wide) = Cells(box[1], box[3], ratio);
                T* map = from + long.CreateTruncating(box[0]) * channels * height * width;
                long at = k * channels * rows * columns;
                for (int p = 0; p < rows; p++)
                    for (int q = 0; q < columns; q++, at++)
                        Largest(map, channels, width, Bin<T>(p, high, rows, top, height),
                            Bin<T>(q, wide, columns, left, width), to + at, which + at, rows * columns);
            }
        });
        GC.KeepAlive((last, regions, pooled, winners));
    }

    /// <summary>The maximum over a bin's cells, and its cell, of each channel: a step apart.</summary>
    private static unsafe void Largest<T>(T* map, int channels, int width, (int From, int To) rows,
        (int From, int To) columns, T* values, int* cells, int step)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rows.To <= rows.From || columns.To <= columns.From)
        {
            for (int c = 0; c < channels; c++) (values[c * step], cells[c * step]) = (T.Zero, -1);
            return;
        }
        int start = rows.From * width + columns.From, lanes = Vector<T>.Count, done = 0;
        for (; done + lanes <= channels; done += lanes)
        {
            // Cells are counted in the type of the values, so that one comparison chooses both.
            var best = Vector.Load(map + (long)start * channels + done);
            var winner = new Vector<T>(T.CreateTruncating(start));
            for (int y = rows.From; y < rows.To; y++)
                for (int at = y * width + columns.From, end = y * width + columns.To; at < end; at++)
                {
                    var value = Vector.Load(map + (long)at * channels + done);
                    var larger = Vector.GreaterThan(value, best);
                    best = Vector.ConditionalSelect(larger, value, best);
                    winner = Vector.ConditionalSelect(larger, new Vector<T>(T.CreateTruncating(at)), winner);
                }
            for (int lane = 0; lane < lanes; lane++)
                (values[(done + lane) * step], cells[(done + lane) * step]) =
                    (best[lane], int.CreateTruncating(winner[lane]));
        }
        for (; done < channels; done++)
        {
            int cell = start;
            for (int y = rows.From; y < rows.To; y++)
                for (int at = y * width + columns.From, end = y * width + columns.To; at < end; at++)
                    if (map[(long)at * channels + done] > map[(long)cell * channels + done]) cell = at;
            (values[done * step], cells[done * step]) = (map[(long)cell * channels + done], cell);
        }
    }

    private static unsafe void Backward<T>(Tensor ofMaps, Tensor regions, Tensor winners, Tensor gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = (int)ofMaps.shape[1], cells = (int)(ofMaps.shape[2] * ofMaps.shape[3]);
        int each = (int)(gradient.shape[2] * gradient.shape[3]);
        T* to = Kernels.Pointer<T>(ofMaps), boxes = Kernels.Pointer<T>(regions);
        T* from = Kernels.Pointer<T>(gradient);
        int* which = Kernels.Pointer<int>(winners);
        long count = regions.shape[0];
        BilinearKernels.ShareChannels(channels, count * each, (first, end) =>
        {
            for (long k = 0; k < count; k++)
                for (int c = first; c < end; c++)
                {
                    T* map = to + (long.CreateTruncating(boxes[5 * k]) * channels + c) * cells;
                    long at = (k * channels + c) * each;
                    for (int i = 0; i < each; i++)
                        if (which[at + i] >= 0) map[which[at + i]] += from[at + i];
                }
        });
        GC.KeepAlive((ofMaps, regions, winners, gradient));
    }
}
