namespace Lectern.Vision;

/// <summary>
/// Modulated deformable convolution (Zhu, Hu, Lin and Dai 2019, "Deformable ConvNets v2"): each tap of the
/// kernel reads where an offset sends it, times a modulation.
/// </summary>
/// <remarks>
/// y(p) = Σ_k w_k m_k(p) x(p s - pad + p_k d + Δ_k(p)) + b, x(·) bilinear and surrounded by zeros. The
/// samples are gathered into a table [N, pixels, taps · C] and one matrix product makes the outputs.
/// Arguments are in the order of torchvision.ops.deform_conv2d, with one group of channels and one of
/// offsets.
/// </remarks>
public static class DeformableConvolution
{
    /// <summary>The convolution.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="offset">
    /// In pixels of the input, [N, 2K, H', W'] for K = kH·kW taps in rows: channel 2k is tap k's dy and 2k +
    /// 1 its dx.
    /// </param>
    /// <param name="weight">[D, C, kH, kW].</param>
    /// <param name="bias">[D], or null.</param>
    /// <param name="stride">Rows and columns between outputs.</param>
    /// <param name="padding">Rows and columns of zeros around the input.</param>
    /// <param name="dilation">Rows and columns between taps.</param>
    /// <param name="mask">Modulation m, [N, K, H', W']; null for ones (deformable convolution v1).</param>
    /// <returns>[N, D, H', W'].</returns>
    /// <exception cref="ArgumentException">The shapes do not go together.</exception>
    public static Tensor Apply(
        Tensor input, Tensor offset, Tensor weight, Tensor? bias = null, (long, long)? stride = null,
        (long, long)? padding = null, (long, long)? dilation = null, Tensor? mask = null)
    {
        var (strideY, strideX) = stride ?? (1, 1);
        var (padY, padX) = padding ?? (0, 0);
        var (stepY, stepX) = dilation ?? (1, 1);
        if (input.dim() != 4 || weight.dim() != 4 || input.shape[1] != weight.shape[1])
            throw new ArgumentException(
                $"An input [N, C, H, W] wants a weight [D, C, kH, kW]; given were {Text(input)} and "
                + $"{Text(weight)}.", nameof(weight));
        var (n, c) = (input.shape[0], input.shape[1]);
        var (d, kernelY, kernelX) = (weight.shape[0], weight.shape[2], weight.shape[3]);
        long taps = kernelY * kernelX;
        long height = (input.shape[2] + 2 * padY - stepY * (kernelY - 1) - 1) / strideY + 1;
        long width = (input.shape[3] + 2 * padX - stepX * (kernelX - 1) - 1) / strideX + 1;
        Require(offset, [n, 2 * taps, height, width], nameof(offset));
        if (mask is not null) Require(mask, [n, taps, height, width], nameof(mask));

        using var scope = NewDisposeScope();
        var (dtype, device) = (offset.dtype, offset.device);
        // Where the taps are without offsets, apart for rows and columns: [H', 1, kH, 1] and [1, W', 1, kW].
        var rows = (arange(height, dtype, device) * strideY - padY).view(-1, 1, 1, 1)
            + (arange(kernelY, dtype, device) * stepY).view(1, 1, -1, 1);
        var columns = (arange(width, dtype, device) * strideX - padX).view(1, -1, 1, 1)
            + (arange(kernelX, dtype, device) * stepX).view(1, 1, 1, -1);
        // [2, N, H', W', kH, kW]
        var moved = offset.view(n, kernelY, kernelX, 2, height, width).permute(3, 0, 4, 5, 1, 2);
        var y = (moved[0] + rows).reshape(n, -1);  // [N, H'·W'·K]
        var x = (moved[1] + columns).reshape(n, -1);
        var m = mask?.permute(0, 2, 3, 1).reshape(n, -1);
        var samples = MapSampler.Sample(input, y, x, MapBorder.Zero, m).view(-1, taps * c);  // [N·H'·W', K·C]
        var matrix = weight.permute(2, 3, 1, 0).reshape(taps * c, d);  // [K·C, D]
        var result = bias is null ? samples.mm(matrix) : addmm(bias, samples, matrix, 1, 1);
        return result.view(n, height, width, d).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static void Require(Tensor tensor, long[] shape, string name)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
            throw new ArgumentException(
                $"'{name}' must be [{string.Join(", ", shape)}]; given was {Text(tensor)}.", name);
    }

    private static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
