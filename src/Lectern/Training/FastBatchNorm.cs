using System.Numerics;
using System.Runtime.CompilerServices;
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
/// Batch normalisation of [N, C] in training, and the ReLU beside it, by <see cref="BatchNormKernel{T}"/>: what
/// <see cref="BatchNorm1d"/> computes, row by row. libtorch 1.13 walks down each column instead, over N cache lines a time,
/// and that is much of the epoch of a small graph network.
/// </summary>
/// <remarks>The gradients cannot be differentiated again.</remarks>
internal sealed class FastBatchNorm : autograd.SingleTensorFunction<FastBatchNorm>
{
    /// <inheritdoc/>
    public override string Name => nameof(FastBatchNorm);

    /// <summary>A module's normalisation, by the kernel where it trains on the CPU and by plain operators elsewhere.</summary>
    /// <param name="norm">Owns scale, shift and running statistics, which follow the batch as they do when it is called.</param>
    /// <param name="x">[N, C].</param>
    /// <param name="relu">Where a ReLU stands.</param>
    /// <returns>[N, C].</returns>
    internal static Tensor Apply(BatchNorm1d norm, Tensor x, Rectifier relu = Rectifier.None)
    {
        if (!IsFor(norm, x))
        {
            using var scope = NewDisposeScope();
            var y = norm.call(relu == Rectifier.Before ? x.relu() : x);
            return (relu == Rectifier.After ? y.relu() : y).MoveToOuterDisposeScope();
        }
        using (no_grad()) norm.num_batches_tracked?.add_(1);
        return apply(norm, relu, x, norm.weight!, norm.bias!);
    }

    /// <summary>Whether the kernel can take the module's place: gradients are recorded, and all lies in CPU memory in one type.</summary>
    private static bool IsFor(BatchNorm1d norm, Tensor x)
    {
        bool Fits(Tensor? column) => column is not null && column.dtype == x.dtype && column.device_type == DeviceType.CPU
            && column.is_contiguous() && column.numel() == x.shape[1];
        return norm.training && is_grad_enabled() && x.dim() == 2 && x.shape[0] > 1 && x.device_type == DeviceType.CPU
            && (x.dtype == ScalarType.Float32 ? x.shape[1] >= Vector512<float>.Count : x.dtype == ScalarType.Float64 && x.shape[1] >= Vector512<double>.Count)
            && norm.momentum is not null && Fits(norm.weight) && Fits(norm.bias) && Fits(norm.running_mean) && Fits(norm.running_var);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (norm, relu, x) = ((BatchNorm1d)vars[0], (Rectifier)vars[1], ((Tensor)vars[2]).contiguous());
        ctx.save_for_backward([x]);
        ctx.save_data("forX", ((Tensor)vars[2]).requires_grad);
        return x.dtype == ScalarType.Float32 ? Forward<float>(ctx, norm, relu, x) : Forward<double>(ctx, norm, relu, x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        grad_output.dtype == ScalarType.Float32 ? Backward<float>(ctx, grad_output.contiguous()) : Backward<double>(ctx, grad_output.contiguous());

    private static unsafe Tensor Forward<T>(autograd.AutogradContext ctx, BatchNorm1d norm, Rectifier relu, Tensor x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T Floor(Rectifier place) => relu == place ? T.Zero : T.NegativeInfinity;
        var kernel = new BatchNormKernel<T>((int)x.shape[0], (int)x.shape[1], Floor(Rectifier.Before), Floor(Rectifier.After));
        kernel.Measure(Pointer<T>(x), Span<T>(norm.weight!), Span<T>(norm.bias!), norm.eps,
            Span<T>(norm.running_mean!), Span<T>(norm.running_var!), norm.momentum!.Value);
        var y = empty_like(x);
        kernel.Normalise(Pointer<T>(x), Pointer<T>(y));
        ctx.save_data("kernel", kernel);
        GC.KeepAlive(x);
        return y;
    }

    private static unsafe List<Tensor> Backward<T>(autograd.AutogradContext ctx, Tensor dy) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (kernel, x) = ((BatchNormKernel<T>)ctx.get_data("kernel")!, ctx.get_saved_variables()[0]);
        var (dWeight, dBias) = (empty(x.shape[1], dtype: x.dtype), empty(x.shape[1], dtype: x.dtype));
        var dx = (bool)ctx.get_data("forX")! ? empty_like(x) : null;
        kernel.Gradients(Pointer<T>(x), Pointer<T>(dy), dx is null ? null : Pointer<T>(dx), Span<T>(dWeight), Span<T>(dBias));
        GC.KeepAlive((x, dy));
        return [null!, null!, dx!, dWeight, dBias];
    }

    private static Span<T> Span<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    private static unsafe T* Pointer<T>(Tensor tensor) where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
