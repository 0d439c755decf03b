using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// p[e] = softmax of the scores over the entries of e's row (the edges that arrive at one node), head by
/// head.
/// </summary>
internal sealed class EdgeSoftmax : autograd.SingleTensorFunction<EdgeSoftmax>
{
    /// <inheritdoc/>
    public override string Name => nameof(EdgeSoftmax);

    /// <param name="matrix">The edges: rows are targets.</param>
    /// <param name="scores">[entries, heads].</param>
    internal static Tensor Of(SparseMatrix matrix, Tensor scores)
    {
        if (Kernels.OnCpu(scores)) return apply(matrix, scores);
        using var scope = NewDisposeScope();
        scores = Kernels.Wide(scores);
        var (rows, _) = matrix.Indices(scores.device);
        if (matrix.Entries == 0) return zeros_like(scores).MoveToOuterDisposeScope();
        // Each row's own maximum cancels in the quotient; one for all would leave rows far below it without a number above 0.
        var e = (scores - NeighbourMax.Largest(matrix, scores.detach()).index_select(0, rows)).exp();
        var totals = zeros([matrix.Rows, scores.shape[1]], scores.dtype, scores.device).index_add(0, rows, e, 1);
        return (e / totals.index_select(0, rows)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (matrix, scores) = ((SparseMatrix)vars[0], ((Tensor)vars[1]).contiguous());
        var p = empty_like(scores);
        int heads = (int)scores.shape[1];
        if (scores.dtype == ScalarType.Float32) SparseKernels.Softmax(matrix, Kernels.Pointer<float>(scores), Kernels.Pointer<float>(p), heads);
        else SparseKernels.Softmax(matrix, Kernels.Pointer<double>(scores), Kernels.Pointer<double>(p), heads);
        ctx.save_data("matrix", matrix);
        ctx.save_for_backward([p]);
        return p;
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (matrix, p, g) = ((SparseMatrix)ctx.get_data("matrix")!, ctx.get_saved_variables()[0], grad_output.contiguous());
        var s = empty_like(p);
        int heads = (int)p.shape[1];
        if (p.dtype == ScalarType.Float32)
            SparseKernels.SoftmaxGradient(matrix, Kernels.Pointer<float>(p), Kernels.Pointer<float>(g), Kernels.Pointer<float>(s), heads);
        else
            SparseKernels.SoftmaxGradient(matrix, Kernels.Pointer<double>(p), Kernels.Pointer<double>(g), Kernels.Pointer<double>(s), heads);
        return [null!, s];
    }
}

/// <summary>e[k] = t[target(k)] + s[source(k)] for each edge k, head by head.</summary>
internal sealed class EdgeValues : autograd.SingleTensorFunction<EdgeValues>
{
    /// <inheritdoc/>
    public override string Name => nameof(EdgeValues);

    /// <param name="matrix">The edges: rows are targets, columns sources.</param>
    /// <param name="ofTargets">[rows, heads].</param>
    /// <param name="ofSources">[columns, heads].</param>
    internal static Tensor Of(SparseMatrix matrix, Tensor ofTargets, Tensor ofSources)
    {
        if (ofTargets.dim() != 2 || ofSources.dim() != 2 || ofTargets.shape[0] != matrix.Rows || ofSources.shape[0] != matrix.Columns
            || ofTargets.shape[1] != ofSources.shape[1] || ofTargets.dtype != ofSources.dtype)
            throw new ArgumentException(
                $"The values must be [{matrix.Rows}, K] of targets and [{matrix.Columns}, K] of sources, of one type; given were "
                + $"[{string.Join(", ", ofTargets.shape)}] of {ofTargets.dtype} and [{string.Join(", ", ofSources.shape)}] of {ofSources.dtype}.");
        if (Kernels.OnCpu(ofTargets)) return apply(matrix, ofTargets, ofSources);
        using var scope = NewDisposeScope();
        var (rows, columns) = matrix.Indices(ofTargets.device);
        return (ofTargets.index_select(0, rows) + ofSources.index_select(0, columns)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (matrix, t, s) = ((SparseMatrix)vars[0], ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
        int heads = (int)t.shape[1];
        var e = empty(matrix.Entries, heads, dtype: t.dtype);
        if (t.dtype == ScalarType.Float32)
            SparseKernels.ToEntries(matrix, Kernels.Pointer<float>(t), Kernels.Pointer<float>(s), Kernels.Pointer<float>(e), heads);
        else
            SparseKernels.ToEntries(matrix, Kernels.Pointer<double>(t), Kernels.Pointer<double>(s), Kernels.Pointer<double>(e), heads);
        ctx.save_data("matrix", matrix);
        return e;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (matrix, g) = ((SparseMatrix)ctx.get_data("matrix")!, grad_output.contiguous());
        var (transposed, order) = matrix.Transposed;
        return [null!, Gathered(matrix, null, g), Gathered(transposed, order, g)];
    }

    private static unsafe Tensor Gathered(SparseMatrix matrix, int[]? order, Tensor g)
    {
        int heads = (int)g.shape[1];
        var y = empty(matrix.Rows, heads, dtype: g.dtype);
        if (g.dtype == ScalarType.Float32) SparseKernels.FromEntries(matrix, order, Kernels.Pointer<float>(g), Kernels.Pointer<float>(y), heads);
        else SparseKernels.FromEntries(matrix, order, Kernels.Pointer<double>(g), Kernels.Pointer<double>(y), heads);
        return y;
    }
}

/// <summary>y[i, c] = the largest x[j, c] over the edges j → i; 0 where no edge arrives.</summary>
internal sealed class NeighbourMax : autograd.SingleTensorFunction<NeighbourMax>
{
    /// <inheritdoc/>
    public override string Name => nameof(NeighbourMax);

    /// <param name="matrix">The edges: rows are targets, columns sources.</param>
    /// <param name="x">[columns, D].</param>
    internal static Tensor Of(SparseMatrix matrix, Tensor x)
    {
        if (x.dim() != 2 || x.shape[0] != matrix.Columns)
            throw new ArgumentException($"The features must be [{matrix.Columns}, D], a row a node; given were [{string.Join(", ", x.shape)}].", nameof(x));
        if (Kernels.OnCpu(x)) return apply(matrix, x);
        using var scope = NewDisposeScope();
        return ByOperators(matrix, x).MoveToOuterDisposeScope();
    }

    /// <summary>The same by operators, for any device: time O(entries · D · log of the most entries of a row), memory O(entries · D).</summary>
    private static Tensor ByOperators(SparseMatrix matrix, Tensor x)
    {
        if (matrix.Entries == 0) return zeros([matrix.Rows, x.shape[1]], x.dtype, x.device);
        var (rows, columns) = matrix.Indices(x.device);
        var place = arange(matrix.Entries, dtype: ScalarType.Int64, device: x.device);      // [E]
        var filled = tensor([.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).Length > 0)], device: x.device).unsqueeze(1);
        var values = x.detach().index_select(0, columns);                                   // [E, D]
        // The first entry among the largest has the gradient, as in the kernel.
        var among = (-place).unsqueeze(1).expand(values.shape)
            .masked_fill(values != Largest(matrix, values).index_select(0, rows), -matrix.Entries);
        var winners = columns.index_select(0, -Largest(matrix, among).flatten()).view(matrix.Rows, -1);     // [N, D]
        return x.gather(0, winners) * filled.to(x.dtype);
    }

    /// <summary>
    /// The largest value of each row's entries by operators: [entries, K] gives [rows, K]; of a row without entries any value.
    /// </summary>
    internal static Tensor Largest(SparseMatrix matrix, Tensor of)
    {
        var (rows, _) = matrix.Indices(of.device);
        var place = arange(matrix.Entries, dtype: ScalarType.Int64, device: of.device);     // [E]
        int most = Enumerable.Range(0, matrix.Rows).Max(row => matrix.Row(row).Length);
        // Entry e knows the largest of the entries e … e + span - 1 of its row; a row's first entry ends by knowing all.
        for (int span = 1; span < most; span *= 2)
        {
            var next = (place + span).clamp(max: matrix.Entries - 1);
            var same = (rows.index_select(0, next) == rows).unsqueeze(1);
            of = where(same, of.maximum(of.index_select(0, next)), of);
        }
        var first = tensor([.. matrix.RowPointers.SkipLast(1).Select(p => Math.Min((long)p, matrix.Entries - 1))], device: of.device);
        return of.index_select(0, first);
    }

    /// <inheritdoc/>
    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (matrix, x) = ((SparseMatrix)vars[0], ((Tensor)vars[1]).contiguous());
        int width = (int)x.shape[1];
        var y = empty(matrix.Rows, width, dtype: x.dtype);
        var winners = empty(matrix.Rows, width, dtype: ScalarType.Int32);
        if (x.dtype == ScalarType.Float32)
            SparseKernels.Max(matrix, Kernels.Pointer<float>(x), Kernels.Pointer<float>(y), Kernels.Pointer<int>(winners), width);
        else
            SparseKernels.Max(matrix, Kernels.Pointer<double>(x), Kernels.Pointer<double>(y), Kernels.Pointer<int>(winners), width);
        ctx.save_data("matrix", matrix);
        ctx.save_for_backward([winners]);
        return y;
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (matrix, winners, g) = ((SparseMatrix)ctx.get_data("matrix")!, ctx.get_saved_variables()[0], grad_output.contiguous());
        int width = (int)g.shape[1];
        var (transposed, order) = matrix.Transposed;
        var dx = empty(matrix.Columns, width, dtype: g.dtype);
        int* won = Kernels.Pointer<int>(winners);
        if (g.dtype == ScalarType.Float32)
            SparseKernels.MaxGradient(transposed, order, won, Kernels.Pointer<float>(g), Kernels.Pointer<float>(dx), width);
        else
            SparseKernels.MaxGradient(transposed, order, won, Kernels.Pointer<double>(g), Kernels.Pointer<double>(dx), width);
        GC.KeepAlive(winners);
        return [null!, dx];
    }
}
