namespace Lectern.Tests.Graphs;

/// <summary>Checks derivatives against central finite differences in double precision.</summary>
internal static class Gradients
{
    /// <summary>
    /// Compares the gradient of Σ r·f(inputs), r random, with central differences of step 1e-6 at every element of every input.
    /// </summary>
    internal static void AgreeWithDifferences(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var leaves = inputs.Select(input => input.detach().clone().requires_grad_()).ToArray();
        var output = function(leaves);
        var weights = randn(output.shape, dtype: float64);
        (output * weights).sum().backward();
        const double step = 1e-6;
        using var quiet = no_grad();
        double Value() => (function(leaves) * weights).sum().item<double>();
        for (int i = 0; i < leaves.Length; i++)
        {
            var values = leaves[i].data<double>();
            double[] gradient = leaves[i].grad!.contiguous().data<double>().ToArray();
            var flat = leaves[i].detach().view(-1).data<double>();
            for (long j = 0; j < leaves[i].numel(); j++)
            {
                double kept = flat[j];
                flat[j] = kept + step;
                double above = Value();
                flat[j] = kept - step;
                double below = Value();
                flat[j] = kept;
                double expected = (above - below) / (2 * step);
                Assert.True(Math.Abs(gradient[j] - expected) <= 1e-7 + 1e-6 * Math.Abs(expected),
                    $"Input {i}, element {j}: gradient {gradient[j]}, differences {expected}.");
            }
        }
    }
}
