using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// Y = A X for a sparse A and a dense X, by <see cref="SparseKernels.Sum"/> on the CPU and by plain operators elsewhere. The
/// gradients are sparse products again: dX = Aᵀ dY, and dA has an inner product an entry.
/// </summary>
internal sealed class SparseProduct : autograd.SingleTensorFunction<SparseProduct>
{
    /// <inheritdoc/>
    public override string Name => nameof(SparseProduct);

    /// <summary>A X, with the weights of A given apart from its structure.</summary>
    /// <param name="matrix">The structure of A: [N, M].</param>
    /// <param name="weights">[entries], or [entries, K] for K heads; null for ones.</param>
    /// <param name="x">[M, D]; with heads, head k owns the columns k·D/K … (k+1)·D/K - 1.</param>
    /// <returns>[N, D].</returns>
    internal static Tensor Multiply(SparseMatrix matrix, Tensor? weights, Tensor x)
    {
        x = Kernels.Wide(x);
        if (x.dim() != 2 || x.shape[0] != matrix.Columns)
            throw new ArgumentException(
                $"A sparse matrix [{matrix.Rows}, {matrix.Columns}] multiplies a dense [{matrix.Columns}, D]; given was [{string.Join(", ", x.shape)}].", nameof(x));
        long heads = weights is { } w && w.dim() == 2 ? w.shape[1] : 1;
        if (weights is not null && (weights.shape[0] != matrix.Entries || x.shape[1] % heads != 0))
            throw new ArgumentException(
                $"{matrix.Entries} entries and {x.shape[1]} columns want weights [{matrix.Entries}] or [{matrix.Entries}, K] with K a divisor of "
                + $"{x.shape[1]}; given were [{string.Join(", ", weights.shape)}].", nameof(weights));
        if (weights is not null && weights.dtype != x.dtype) weights = weights.to(x.dtype);
        if (weights is not null && !weights.device.Equals(x.device)) weights = weights.to(x.device);
        return Kernels.OnCpu(x) ? apply(matrix, weights!, x) : ByOperators(matrix, weights, x, (int)heads);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (matrix, weights, x) = ((SparseMatrix)vars[0], (Tensor?)vars[1], ((Tensor)vars[2]).contiguous());
        ctx.save_data("matrix", matrix);
        // What backward needs: X only for the weights' gradient, the weights only for X's.
        bool forWeights = weights is not null && weights.requires_grad;
        ctx.save_data("forWeights", forWeights);
        var saved = new List<Tensor>();
        if (weights is not null) saved.Add(weights);
        if (forWeights) saved.Add(x);
        ctx.save_for_backward(saved);
        ctx.save_data("forX", ((Tensor)vars[2]).requires_grad);
        return Sum(matrix, null, weights?.contiguous(), x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var matrix = (SparseMatrix)ctx.get_data("matrix")!;
        var saved = ctx.get_saved_variables();
        var weights = saved.Count > 0 ? saved[0].contiguous() : null;
        var dy = grad_output.contiguous();
        Tensor? dx = null, dWeights = null;
        if ((bool)ctx.get_data("forX")!)
        {
            var (transposed, order) = matrix.Transposed;
            dx = Sum(transposed, order, weights, dy);                                       // dX = Aᵀ dY
        }
        if ((bool)ctx.get_data("forWeights")!) dWeights = Dot(matrix, dy, saved[1], weights!);   // dA_e = <dY_row(e), X_col(e)>
        return [null!, dWeights!, dx!];
    }

    private static unsafe Tensor Sum(SparseMatrix matrix, int[]? order, Tensor? weights, Tensor x)
    {
        int heads = weights is not null && weights.dim() == 2 ? (int)weights.shape[1] : 1;
        int width = (int)x.shape[1] / heads;
        var y = empty(matrix.Rows, x.shape[1], dtype: x.dtype);
        if (x.dtype == ScalarType.Float32) SparseKernels.Sum(matrix, Kernels.Pointer<float>(weights), order, Kernels.Pointer<float>(x), Kernels.Pointer<float>(y), heads, width);
        else SparseKernels.Sum(matrix, Kernels.Pointer<double>(weights), order, Kernels.Pointer<double>(x), Kernels.Pointer<double>(y), heads, width);
        GC.KeepAlive((weights, x));
        return y;
    }

    private static unsafe Tensor Dot(SparseMatrix matrix, Tensor dy, Tensor x, Tensor weights)
    {
        int heads = weights.dim() == 2 ? (int)weights.shape[1] : 1;
        int width = (int)x.shape[1] / heads;
        var result = empty(weights.shape, dtype: x.dtype);
        if (x.dtype == ScalarType.Float32) SparseKernels.Dot(matrix, Kernels.Pointer<float>(dy), Kernels.Pointer<float>(x), Kernels.Pointer<float>(result), heads, width);
        else SparseKernels.Dot(matrix, Kernels.Pointer<double>(dy), Kernels.Pointer<double>(x), Kernels.Pointer<double>(result), heads, width);
        GC.KeepAlive((dy, x));
        return result;
    }

    /// <summary>The same by gather, weigh and index_add: any device, memory O(entries · D).</summary>
    internal static Tensor ByOperators(SparseMatrix matrix, Tensor? weights, Tensor x, int heads)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = matrix.Indices(x.device);
        var messages = x.index_select(0, columns);                                          // [M, D] -> [E, D]
        if (weights is not null)
            messages = (messages.view(matrix.Entries, heads, -1) * weights.view(matrix.Entries, heads, 1)).view(matrix.Entries, -1);
        return zeros([matrix.Rows, x.shape[1]], x.dtype, x.device).index_add(0, rows, messages, 1).MoveToOuterDisposeScope();
    }
}
