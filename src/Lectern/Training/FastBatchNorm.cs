using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lectern.Training;

/// <summary>Where a ReLU stands beside a batch normalisation.</summary>
internal enum Rectifier
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>BN(relu(x)).</summary>
    Before,

    /// <summary>relu(BN(x)).</summary>
    After,
}

/// <summary>
/// Batch normalisation of [N, C] in training, with the bias before it and the ReLU beside it, by
/// <see cref="BatchNormKernel{T}"/>: what <see cref="BatchNorm1d"/> computes, in fewer passes over memory. In the
/// epoch of a small graph network those passes take as long as the matrix products.
/// </summary>
/// <remarks>The gradients cannot be differentiated again.</remarks>
internal sealed class FastBatchNorm : autograd.SingleTensorFunction<FastBatchNorm>
{
    /// <inheritdoc/>
    public override string Name => nameof(FastBatchNorm);

    /// <summary>
    /// A module's normalisation: by the kernel where it trains on the CPU, by plain operators elsewhere. The
    /// module's running statistics follow the batch as they do when it is called.
    /// </summary>
    /// <param name="norm">Owns scale, shift and running statistics.</param>
    /// <param name="x">[N, C].</param>
    /// <param name="relu">Where a ReLU stands.</param>
    /// <returns>[N, C].</returns>
    internal static Tensor Apply(BatchNorm1d norm, Tensor x, Rectifier relu = Rectifier.None) =>
        IsFor(norm, x, x.shape[^1]) ? ByKernel(norm, x, null, relu) : ByOperators(norm, x, relu);

    /// <summary>A linear layer and then a normalisation, which adds the layer's bias on its way.</summary>
    /// <param name="linear">[N, F] to [N, C].</param>
    /// <param name="norm">Owns scale, shift and running statistics.</param>
    /// <param name="x">[N, F].</param>
    /// <param name="relu">Where a ReLU stands beside the normalisation.</param>
    /// <param name="before">A normalisation of x before the layer; see <see cref="Fold"/>.</param>
    /// <returns>[N, C].</returns>
    internal static Tensor Apply(
        Linear linear, BatchNorm1d norm, Tensor x, Rectifier relu = Rectifier.None, BatchNorm1d? before = null)
    {
        using var scope = NewDisposeScope();
        (x, var weight, var bias) = Fold(before, linear, x);
        var y = IsFor(norm, x, weight.shape[0]) && weight.dtype == x.dtype
            ? ByKernel(norm, FastLinear.Apply(x, weight), bias, relu)
            : ByOperators(norm, nn.functional.linear(x, weight, bias), relu);
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>A normalisation and then a linear layer; see <see cref="Fold"/>.</summary>
    /// <param name="norm">Owns scale, shift and running statistics.</param>
    /// <param name="linear">[N, F] to [N, C].</param>
    /// <param name="x">[N, F].</param>
    /// <returns>[N, C].</returns>
    internal static Tensor Apply(BatchNorm1d norm, Linear linear, Tensor x)
    {
        using var scope = NewDisposeScope();
        (x, var weight, var bias) = Fold(norm, linear, x);
        return FastLinear.Apply(x, weight, bias).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Where x is data and wants no gradient, a normalisation goes into the weights of the layer after it: with a = γ/√(σ² + ε),
    /// W (a (x - μ) + β) = (W diag a) x + W (β - a μ). The rows then are read once and the gradient for x̂ is not needed.
    /// </summary>
    /// <returns>What the layer is to be given, and with which weights.</returns>
    private static (Tensor X, Tensor Weight, Tensor? Bias) Fold(BatchNorm1d? norm, Linear linear, Tensor x)
    {
        if (norm is null) return (x, linear.weight!, linear.bias);
        if (x.requires_grad || !IsFor(norm, x, x.shape[^1])) return (Apply(norm, x), linear.weight!, linear.bias);
        var (mean, inverse) = x.dtype == ScalarType.Float32 ? Measure<float>(norm, x) : Measure<double>(norm, x);
        var scale = norm.weight! * inverse;                                 // a: [F]
        var shift = linear.weight!.mv(norm.bias! - scale * mean);           // [C]
        return (x, linear.weight * scale, linear.bias is null ? shift : shift + linear.bias);
    }

    /// <summary>Mean and reciprocal deviation of the rows, which the running statistics follow.</summary>
    private static unsafe (Tensor Mean, Tensor Inverse) Measure<T>(BatchNorm1d norm, Tensor x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var quiet = no_grad();
        norm.num_batches_tracked?.add_(1);
        x = x.contiguous();
        var kernel = new BatchNormKernel<T>((int)x.shape[0], (int)x.shape[1], T.NegativeInfinity, T.NegativeInfinity);
        kernel.Measure(
            Kernels.Pointer<T>(x), [], Span<T>(norm.weight!), Span<T>(norm.bias!), norm.eps,
            Span<T>(norm.running_mean!), Span<T>(norm.running_var!), norm.momentum!.Value);
        var (mean, inverse) = (empty_like(norm.running_mean!), empty_like(norm.running_mean!));
        kernel.Statistics(Span<T>(mean), Span<T>(inverse));
        GC.KeepAlive(x);
        return (mean, inverse);
    }

    private static Tensor ByOperators(BatchNorm1d norm, Tensor x, Rectifier relu)
    {
        using var scope = NewDisposeScope();
        var y = norm.call(relu == Rectifier.Before ? x.relu() : x);
        return (relu == Rectifier.After ? y.relu() : y).MoveToOuterDisposeScope();
    }

    private static Tensor ByKernel(BatchNorm1d norm, Tensor x, Tensor? added, Rectifier relu)
    {
        using (no_grad()) norm.num_batches_tracked?.add_(1);
        return apply(norm, relu, x, added!, norm.weight!, norm.bias!);
    }

    /// <summary>Whether the kernel takes the module's place for rows like those of x and so many columns.</summary>
    private static bool IsFor(BatchNorm1d norm, Tensor x, long columns)
    {
        bool Fits(Tensor? column) => column is not null && column.dtype == x.dtype
            && column.device_type == DeviceType.CPU && column.is_contiguous() && column.numel() == columns;
        long least = x.dtype switch
        {
            ScalarType.Float32 => Vector512<float>.Count,
            ScalarType.Float64 => Vector512<double>.Count,
            _ => long.MaxValue,
        };
        return norm.training && is_grad_enabled() && norm.momentum is not null
            && x.dim() == 2 && x.shape[0] > 1 && columns >= least && Kernels.OnCpu(x)
            && Fits(norm.weight) && Fits(norm.bias) && Fits(norm.running_mean) && Fits(norm.running_var);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (norm, relu, x) = ((BatchNorm1d)vars[0], (Rectifier)vars[1], ((Tensor)vars[2]).contiguous());
        var added = (Tensor?)vars[3];
        ctx.save_for_backward([x]);
        ctx.save_data("forX", ((Tensor)vars[2]).requires_grad);
        ctx.save_data("forAdded", added is not null);
        return x.dtype == ScalarType.Float32
            ? Forward<float>(ctx, norm, relu, x, added)
            : Forward<double>(ctx, norm, relu, x, added);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        grad_output.dtype == ScalarType.Float32
            ? Backward<float>(ctx, grad_output.contiguous())
            : Backward<double>(ctx, grad_output.contiguous());

    private static unsafe Tensor Forward<T>(
        autograd.AutogradContext ctx, BatchNorm1d norm, Rectifier relu, Tensor x, Tensor? added)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T Floor(Rectifier place) => relu == place ? T.Zero : T.NegativeInfinity;
        var kernel = new BatchNormKernel<T>(
            (int)x.shape[0], (int)x.shape[1], Floor(Rectifier.Before), Floor(Rectifier.After));
        kernel.Measure(
            Kernels.Pointer<T>(x), added is null ? [] : Span<T>(added), Span<T>(norm.weight!), Span<T>(norm.bias!), norm.eps,
            Span<T>(norm.running_mean!), Span<T>(norm.running_var!), norm.momentum!.Value);
        var y = empty_like(x);
        kernel.Normalise(Kernels.Pointer<T>(x), Kernels.Pointer<T>(y));
        ctx.save_data("kernel", kernel);
        GC.KeepAlive(x);
        return y;
    }

    private static unsafe List<Tensor> Backward<T>(autograd.AutogradContext ctx, Tensor dy)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (kernel, x) = ((BatchNormKernel<T>)ctx.get_data("kernel")!, ctx.get_saved_variables()[0]);
        Tensor Columns() => empty(x.shape[1], dtype: x.dtype);
        var (dWeight, dBias) = (Columns(), Columns());
        var dAdded = (bool)ctx.get_data("forAdded")! ? Columns() : null;
        var dx = dAdded is not null || (bool)ctx.get_data("forX")! ? empty_like(x) : null;
        kernel.Gradients(Kernels.Pointer<T>(x), Kernels.Pointer<T>(dy), dx is null ? null : Kernels.Pointer<T>(dx),
            dAdded is null ? [] : Span<T>(dAdded), Span<T>(dWeight), Span<T>(dBias));
        GC.KeepAlive((x, dy));
        return [null!, null!, dx!, dAdded!, dWeight, dBias];
    }

    private static Span<T> Span<T>(Tensor tensor) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(tensor.bytes);
}
