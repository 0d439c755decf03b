using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The step that Adam and AdamW share; they differ in where weight decay goes.</summary>
internal static class AdamStep
{
    // m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g²
    // p <- p - lr / (1 - beta1^t) · m / (sqrt(v) / sqrt(1 - beta2^t) + eps)      Kingma and Ba 2015,
    // algorithm 1
    public static void Take<TState>(
        Batch<TState> batch, Tensor[] m, Tensor[] v, Tensor[]? largest, double beta1, double beta2,
        double eps, double lr)
        where TState : OptimizerState
    {
        var root = Math.Sqrt(1 - Math.Pow(beta2, batch.Step));
        var rate = lr / (1 - Math.Pow(beta1, batch.Step));
        if (largest is null && OnePass.Takes(batch.Parameters, batch.Gradients, m, v))
        {
            for (var i = 0; i < m.Length; i++)
                OnePass.Adam(
                    batch.Parameters[i], batch.Gradients[i], m[i], v[i], beta1, beta2, eps, root, rate);
            return;
        }
        Foreach.Mul_(m, beta1);
        Foreach.Add_(m, batch.Gradients, 1 - beta1);
        Foreach.Mul_(v, beta2);
        Foreach.Addcmul_(v, batch.Gradients, batch.Gradients, 1 - beta2);
        if (largest is not null)
        {
            Foreach.Maximum_(largest, v);
        }
        var denominator = Foreach.Sqrt(largest ?? v);
        Foreach.Div_(denominator, root);
        Foreach.Add_(denominator, eps);
        Foreach.Addcdiv_(batch.Parameters, m, denominator, -rate);
    }
}
