using System.Numerics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// The one bilinear sampler of the kit: values of maps at real coordinates, with gradients to the maps, to
/// the coordinates and to a weight of each point.
/// </summary>
public static class MapSampler
{
    /// <summary>Values of each map at points of its own.</summary>
    /// <param name="maps">[N, C, H, W]; the value of cell (i, j) is at y = i, x = j.</param>
    /// <param name="y">Rows, in cells: [N, M].</param>
    /// <param name="x">Columns, in cells: [N, M].</param>
    /// <param name="border">What is at and beyond the border.</param>
    /// <param name="weights">A factor of each point, [N, M]; null for ones.</param>
    /// <returns>[N, M, C]. Cost O(N M C).</returns>
    /// <exception cref="ArgumentException">The shapes do not go together.</exception>
    public static Tensor Sample(Tensor maps, Tensor y, Tensor x, MapBorder border, Tensor? weights = null)
    {
        if (maps.dim() != 4) throw new ArgumentException(
            $"Maps are [N, C, H, W]; given were {Text(maps)}.", nameof(maps));
        foreach (var points in (Tensor?[])[y, x, weights])
            if (points is not null
                && (points.dim() != 2 || points.shape[0] != maps.shape[0] || points.shape[1] != y.shape[1]))
                throw new ArgumentException(
                    $"Coordinates and weights of points in {maps.shape[0]} maps are [{maps.shape[0]}, M], all the "
                    + "same; given were "
                    + $"{Text(y)}, {Text(x)}{(weights is null ? "" : $" and {Text(weights)}")}.", nameof(y));
        return Kernels.OnCpu(maps)
            ? BilinearSampling.apply(maps, y, x, border, weights!)
            : ByOperators(maps, y, x, border, weights);
    }

    private static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    /// <summary>The same by gathering the four cells of each point: any device.</summary>
    internal static Tensor ByOperators(Tensor maps, Tensor y, Tensor x, MapBorder border, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        var images = arange(maps.shape[0], int64, maps.device).unsqueeze(1).expand(y.shape).reshape(-1);
        var values = ByOperators(maps, images, y.reshape(-1), x.reshape(-1), border);  // [N·M, C]
        if (weights is not null) values = values * weights.reshape(-1, 1);
        return values.view(y.shape[0], y.shape[1], maps.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Values at points of any map: images, y and x are [M]; [M, C].</summary>
    internal static Tensor ByOperators(Tensor maps, Tensor images, Tensor y, Tensor x, MapBorder border)
    {
        using var scope = NewDisposeScope();
        var (channels, height, width) = (maps.shape[1], maps.shape[2], maps.shape[3]);
        var cells = maps.permute(0, 2, 3, 1).reshape(-1, channels);  // [N·H·W, C]
        var (rows, columns) = (Axis(y, height, border), Axis(x, width, border));
        Tensor? sum = null;
        foreach (var (row, ofRow) in rows)
            foreach (var (column, ofColumn) in columns)
            {
                var part = cells.index_select(0, (images * height + row) * width + column)
                    * (ofRow * ofColumn).unsqueeze(1);
                sum = sum is null ? part : sum + part;
            }
        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>The two cells of <see cref="AxisTap{T}"/> and their weights, of many coordinates.</summary>
    private static (Tensor Cell, Tensor Weight)[] Axis(Tensor at, long length, MapBorder border)
    {
        var inside = border == MapBorder.Clamp ? (at >= -1).logical_and(at <= length)
            : (at > -1).logical_and(at < length);
        var place = border == MapBorder.Clamp ? at.clamp(0, length - 1) : at.clamp(-1, length);
        var low = place.detach().floor();
        var high = low + 1;
        var part = place - low;
        Tensor Inside(Tensor cell) => inside.logical_and(cell >= 0).logical_and(cell < length).to(at.dtype);
        return [(low.clamp(0, length - 1).to(int64), (1 - part) * Inside(low)),
            (high.clamp(0, length - 1).to(int64), part * Inside(high))];
    }
}

/// <summary><see cref="MapSampler.Sample"/> on the CPU, by <see cref="BilinearKernels"/>.</summary>
internal sealed class BilinearSampling : autograd.SingleTensorFunction<BilinearSampling>
{
    /// <inheritdoc/>
    public override string Name => nameof(BilinearSampling);

    /// <summary>One point an output, as listed.</summary>
    private readonly unsafe struct PointList<T>(T* y, T* x, T* weights, long each) : IPoints<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public int Image(long output) => (int)(output / each);

        public int Count(long output) => 1;

        public void Get(long output, int point, out T ofY, out T ofX, out T weight) =>
            (ofY, ofX, weight) = (y[output], x[output], weights == null ? T.One : weights[output]);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var maps = ((Tensor)vars[0]).permute(0, 2, 3, 1).contiguous();  // [N, H, W, C]
        var (y, x) = (((Tensor)vars[1]).to(maps.dtype).contiguous(),
            ((Tensor)vars[2]).to(maps.dtype).contiguous());
        var weights = ((Tensor?)vars[4])?.to(maps.dtype).contiguous();
        ctx.save_data("border", vars[3]);
        ctx.save_data("ofMaps", ((Tensor)vars[0]).requires_grad);
        ctx.save_data("ofPoints", ((Tensor)vars[1]).requires_grad || ((Tensor)vars[2]).requires_grad
            || ((Tensor?)vars[4])?.requires_grad == true);
        ctx.save_for_backward(weights is null ? [maps, y, x] : [maps, y, x, weights]);
        var values = empty([y.shape[0], y.shape[1], maps.shape[3]], maps.dtype);
        if (maps.dtype == ScalarType.Float32) Gather<float>(maps, y, x, weights, (MapBorder)vars[3], values);
        else Gather<double>(maps, y, x, weights, (MapBorder)vars[3], values);
        return values;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (maps, y, x, weights) = (saved[0], saved[1], saved[2], saved.Count > 3 ? saved[3] : null);
        var border = (MapBorder)ctx.get_data("border")!;
        var gradient = grad_output.contiguous();
        Tensor? ofMaps = null, ofY = null, ofX = null, ofWeights = null;
        if ((bool)ctx.get_data("ofMaps")!)
        {
            ofMaps = zeros_like(maps);
            if (maps.dtype == ScalarType.Float32) Scatter<float>(ofMaps, y, x, weights, border, gradient);
            else Scatter<double>(ofMaps, y, x, weights, border, gradient);
            ofMaps = ofMaps.permute(0, 3, 1, 2);  // [N, C, H, W]
        }
        if ((bool)ctx.get_data("ofPoints")!)
        {
            (ofY, ofX, ofWeights) =
                (empty_like(y), empty_like(x), weights is null ? null : empty_like(weights));
            if (maps.dtype == ScalarType.Float32) OfPoints<float>(
                maps, y, x, weights, border, gradient, ofY, ofX, ofWeights);
            else OfPoints<double>(maps, y, x, weights, border, gradient, ofY, ofX, ofWeights);
        }
        return [ofMaps!, ofY!, ofX!, null!, ofWeights!];
    }

    private static unsafe Maps<T> Of<T>(Tensor maps) where T : unmanaged, INumber<T> =>
        new(Kernels.Pointer<T>(maps), (int)maps.shape[1], (int)maps.shape[2], (int)maps.shape[3]);

    private static unsafe PointList<T> Of<T>(Tensor y, Tensor x, Tensor? weights)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        new(Kernels.Pointer<T>(y), Kernels.Pointer<T>(x), Kernels.Pointer<T>(weights),
        Math.Max(y.shape[1], 1));

    private static unsafe void Gather<T>(
        Tensor maps, Tensor y, Tensor x, Tensor? weights, MapBorder border, Tensor values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (from, points) = (Of<T>(maps), Of<T>(y, x, weights));
        T* to = Kernels.Pointer<T>(values);
        BilinearKernels.Share(y.numel(), 4L * from.Channels, (first, end) =>
            BilinearKernels.Gather(
            from, points, border, first, end, to + first * from.Channels, new BilinearKernels.Taps<T>()));
        GC.KeepAlive((maps, y, x, weights, values));
    }

    private static unsafe void Scatter<T>(
        Tensor maps, Tensor y, Tensor x, Tensor? weights, MapBorder border, Tensor gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (to, points, count) = (Of<T>(maps), Of<T>(y, x, weights), y.numel());
        T* rows = Kernels.Pointer<T>(gradient);
        BilinearKernels.ShareChannels(to.Channels, 4 * count, (first, end) =>
            BilinearKernels.Scatter(
                to, points, border, 0, count, rows + first, to.Channels, first, end - first,
                new BilinearKernels.Taps<T>()));
        GC.KeepAlive((maps, y, x, weights, gradient));
    }

    private static unsafe void OfPoints<T>(
        Tensor maps, Tensor y, Tensor x, Tensor? weights, MapBorder border, Tensor gradient, Tensor ofY,
        Tensor ofX, Tensor? ofWeights)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (from, points) = (Of<T>(maps), Of<T>(y, x, weights));
        T* rows = Kernels.Pointer<T>(gradient), dw = Kernels.Pointer<T>(ofWeights);
        T* dy = Kernels.Pointer<T>(ofY), dx = Kernels.Pointer<T>(ofX);
        BilinearKernels.Share(y.numel(), 4L * from.Channels, (first, end) =>
            BilinearKernels.PointGradients(
            from, points, border, first, end, rows + first * from.Channels, dy, dx, dw));
        GC.KeepAlive((maps, y, x, weights, gradient, ofY, ofX, ofWeights));
    }
}
