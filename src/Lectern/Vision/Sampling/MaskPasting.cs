using System.Numerics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// Small masks of boxes into pictures, as Mask R-CNN does at the end (and torchvision with it): a border of
/// zeros around the mask, the box grown by as much about its centre, its corners cut to whole pixels,
/// bilinear resizing into it.
/// </summary>
public static class MaskPasting
{
    /// <summary>Pastes each mask into a picture of its own.</summary>
    /// <param name="masks">Probabilities [K, M, M].</param>
    /// <param name="boxes">xyxy in pixels: [K, 4].</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="padding">
    /// Zeros around the mask, in its cells: without them edges would be cut hard.
    /// </param>
    /// <returns>Probabilities [K, height, width], 0 outside the boxes. No gradient.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Paste(Tensor masks, Tensor boxes, int height, int width, int padding = 1)
    {
        if (masks.dim() != 3 || masks.shape[1] != masks.shape[2] || boxes.dim() != 2
            || boxes.shape[0] != masks.shape[0]
            || boxes.shape[1] != 4)
            throw new ArgumentException(
                $"Masks [K, M, M] go with boxes [K, 4]; given were [{string.Join(", ", masks.shape)}] and "
                + $"[{string.Join(", ", boxes.shape)}].", nameof(masks));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var padded = nn.functional.pad(masks, (padding, padding, padding, padding)).contiguous();
        double growth = (double)padded.shape[2] / masks.shape[2];
        // Corners are cut in the boxes' own precision: a pixel more or less would be seen.
        var half = boxes.narrow(1, 2, 2).sub(boxes.narrow(1, 0, 2)) * 0.5 * growth;                 // [K, 2]
        var centre = boxes.narrow(1, 2, 2).add(boxes.narrow(1, 0, 2)) * 0.5;
        // towards 0
        long[] corners = [.. cat([centre - half, centre + half], 1).to(int64).cpu().data<long>()];
        var pictures = zeros([masks.shape[0], height, width], masks.dtype, masks.device);
        var at = Enumerable.Range(0, (int)masks.shape[0])
            .Select(k => new Place(corners.AsSpan(4 * k, 4), height, width)).ToArray();
        if (!Kernels.OnCpu(masks)) ByOperators(padded, at, pictures);
        else if (masks.dtype == ScalarType.Float32) OnCpu<float>(padded, at, pictures);
        else OnCpu<double>(padded, at, pictures);
        return pictures.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Where a mask comes to lie: its size in pixels, and the rows and columns that are in the picture.
    /// </summary>
    private readonly struct Place
    {
        internal readonly long X, Y;
        internal readonly int Width, Height;  // of the whole mask; a row and a column more than the box
        internal readonly int Left, Right, Top, Bottom;

        internal Place(ReadOnlySpan<long> box, int height, int width)
        {
            (X, Y) = (box[0], box[1]);
            (Width, Height) = ((int)Math.Max(box[2] - box[0] + 1, 1), (int)Math.Max(box[3] - box[1] + 1, 1));
            (Left, Right) = ((int)Math.Clamp(box[0], 0, width), (int)Math.Clamp(box[2] + 1, 0, width));
            (Top, Bottom) = ((int)Math.Clamp(box[1], 0, height), (int)Math.Clamp(box[3] + 1, 0, height));
        }

        internal bool Empty => Right <= Left || Bottom <= Top;
    }

    /// <summary>The same by resizing whole masks: any device.</summary>
    private static void ByOperators(Tensor padded, Place[] at, Tensor pictures)
    {
        for (int k = 0; k < at.Length; k++)
        {
            var place = at[k];
            if (place.Empty) continue;
            using var scope = NewDisposeScope();
            var resized = nn.functional.interpolate(
                padded[k].unsqueeze(0).unsqueeze(0), [place.Height, place.Width],
                mode: InterpolationMode.Bilinear)[0, 0];
            var part = resized.narrow(0, place.Top - place.Y, place.Bottom - place.Top)
                .narrow(1, place.Left - place.X, place.Right - place.Left);
            pictures[k].narrow(0, place.Top, place.Bottom - place.Top)
                .narrow(1, place.Left, place.Right - place.Left).copy_(part);
        }
    }

    private static unsafe void OnCpu<T>(Tensor padded, Place[] at, Tensor pictures)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int side = (int)padded.shape[2];
        long height = pictures.shape[1], width = pictures.shape[2];
        T* from = Kernels.Pointer<T>(padded), to = Kernels.Pointer<T>(pictures);
        BilinearKernels.Share(at.Length, height * width / 4, (first, end) =>
        {
            var (columns, row) = (new AxisTap<T>[width], new T[side]);
            for (long k = first; k < end; k++)
            {
                var place = at[k];
                if (place.Empty) continue;
                T* mask = from + k * side * side;
                for (int x = place.Left; x < place.Right; x++) columns[x] =
                    Tap<T>(x - place.X, side, place.Width);
                for (int y = place.Top; y < place.Bottom; y++)
                {
                    // Bilinear is one axis after the other: the two rows of the mask become one, then each
                    // pixel takes two cells.
                    var tap = Tap<T>(y - place.Y, side, place.Height);
                    T* low = mask + tap.Low * side, high = mask + tap.High * side,
                        target = to + (k * height + y) * width;
                    for (int i = 0; i < side; i++) row[i] = tap.LowWeight * low[i] + tap.HighWeight * high[i];
                    for (int x = place.Left; x < place.Right; x++)
                        target[x] = columns[x].LowWeight * row[columns[x].Low]
                            + columns[x].HighWeight * row[columns[x].High];
                }
            }
        });
        GC.KeepAlive((padded, pictures));
    }

    /// <summary>
    /// Where pixel i of <paramref name="pixels"/> reads a mask of <paramref name="side"/> cells: centres lie
    /// on centres.
    /// </summary>
    private static AxisTap<T> Tap<T>(long i, int side, int pixels)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5), scale = T.CreateTruncating(side) / T.CreateTruncating(pixels);
        return AxisTap<T>.Of(
            T.Max(scale * (T.CreateTruncating(i) + half) - half, T.Zero), side, MapBorder.Clamp);
    }
}
