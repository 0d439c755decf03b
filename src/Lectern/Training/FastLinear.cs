namespace Lectern.Training;

/// <summary>
/// x Wᵀ and its gradients by <see cref="MatrixProduct"/>. The rows of a batch of graphs are thousands and their columns
/// about a hundred, and there the gradients' products gain most: dx and dW take 0.7 to 0.8 of OpenBLAS's time.
/// </summary>
/// <remarks>The gradients cannot be differentiated again.</remarks>
internal sealed class FastLinear : autograd.SingleTensorFunction<FastLinear>
{
    /// <inheritdoc/>
    public override string Name => nameof(FastLinear);

    /// <summary>x Wᵀ + b; by torch's own operator where oneDNN has no part.</summary>
    /// <param name="x">[N, F].</param>
    /// <param name="weight">W: [C, F].</param>
    /// <param name="bias">b: [C], or none.</param>
    /// <returns>[N, C].</returns>
    internal static Tensor Apply(Tensor x, Tensor weight, Tensor? bias = null)
    {
        bool fast = MatrixProduct.IsFast && x.dim() == 2 && x.dtype == ScalarType.Float32 && weight.dtype == x.dtype
            && Kernels.OnCpu(x) && x.numel() > 0 && is_grad_enabled();
        if (!fast) return nn.functional.linear(x, weight, bias);
        return bias is null ? apply(x, weight) : apply(x, weight) + bias;
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous());
        ctx.save_for_backward([x, weight]);
        ctx.save_data("forX", ((Tensor)vars[0]).requires_grad);
        var y = empty([x.shape[0], weight.shape[0]]);
        MatrixProduct.Write(y, x, weight.t());
        return y;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (x, weight, dy) = (ctx.get_saved_variables()[0], ctx.get_saved_variables()[1], grad_output.contiguous());
        var dx = (bool)ctx.get_data("forX")! ? empty_like(x) : null;
        if (dx is not null) MatrixProduct.Write(dx, dy, weight);
        var dWeight = empty_like(weight);
        MatrixProduct.Write(dWeight, dy.t(), x);
        return [dx!, dWeight];
    }
}
