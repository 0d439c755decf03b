using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

public sealed class BoxDistanceTests
{
    /// <summary>The paper's formula, written out: corners, a way outside, a way inside.</summary>
    private static double ByCorners(double[] v, double[] c, double[] h, double alpha) => Enumerable.Range(0, v.Length).Sum(i =>
    {
        double low = c[i] - h[i], high = c[i] + h[i];
        double outside = Math.Max(v[i] - high, 0) + Math.Max(low - v[i], 0);
        return outside + alpha * Math.Abs(c[i] - Math.Min(high, Math.Max(low, v[i])));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(67)]                                                    // lanes and a rest
    public void The_kernel_is_the_papers_formula_and_its_gradient_that_of_operators(int d)
    {
        using var scope = NewDisposeScope();
        manual_seed(d);
        using var centre = rand(5, d).requires_grad_();
        using var half = (0.5 * rand(5, d)).detach().requires_grad_();
        using var entities = (2 * rand(9, d) - 0.5).detach().requires_grad_();
        var candidates = randint(0, 9, [5, 6]);
        var weights = rand(5, 6) - 0.5;

        foreach (var which in (Tensor?[])[candidates, null])
        {
            var fast = BoxDistance.Of(centre, half, entities, which, 0.2);
            for (int box = 0; box < 5; box++)
                for (int k = 0; k < fast.shape[1]; k++)
                {
                    long entity = which is null ? k : which[box, k].item<long>();
                    double[] Row(Tensor t, long row) => [.. t[row].data<float>().Select(x => (double)x)];
                    Assert.Equal(ByCorners(Row(entities, entity), Row(centre, box), Row(half, box), 0.2), fast[box, k].item<float>(), 1e-4);
                }
        }
        Tensor[] Gradients(Func<Tensor> distances)
        {
            foreach (var t in (Tensor[])[centre, half, entities]) t.grad?.zero_();
            (distances() * weights).sum().backward();
            return [centre.grad!.clone(), half.grad!.clone(), entities.grad!.clone()];
        }
        var ours = Gradients(() => BoxDistance.Of(centre, half, entities, candidates, 0.2));
        var theirs = Gradients(() => BoxDistance.ByOperators(centre, half, entities, candidates, 0.2));
        Assert.All(ours.Zip(theirs), pair => Assert.True((pair.First - pair.Second).abs().max().item<float>() < 1e-5));
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (c, h, v) = (rand([3, 4], float64), 0.3 * rand([3, 4], float64), 2 * rand([6, 4], float64) - 0.5);
        double Sum() => BoxDistance.Of(c, h, v, null, 0.1).sum().item<double>();
        foreach (var x in (Tensor[])[c, h, v])
        {
            x.requires_grad_();
            BoxDistance.Of(c, h, v, null, 0.1).sum().backward();
            var gradient = x.grad!.clone();
            x.requires_grad_(false);
            for (int i = 0; i < x.shape[0]; i++)
            {
                double kept = x[i, 1].item<double>();
                x[i, 1] = tensor(kept + 1e-7);
                double above = Sum();
                x[i, 1] = tensor(kept - 1e-7);
                Assert.Equal((above - Sum()) / 2e-7, gradient[i, 1].item<double>(), 1e-5);
                x[i, 1] = tensor(kept);
            }
        }
    }

    [Fact]
    public void Zero_at_the_centre_continuous_at_the_faces_and_never_more_than_the_half_width_inside()
    {
        using var scope = NewDisposeScope();
        float At(double x, double y, double alpha = 0.02) => BoxDistance.Of(tensor(new float[] { 1, 2 }).view(1, 2), tensor(new float[] { 3, 1 }).view(1, 2),
            tensor(new[] { (float)x, (float)y }).view(1, 2), null, alpha).item<float>();
        Assert.Equal(0, At(1, 2));
        Assert.Equal(0.02 * 4, At(4, 3), 1e-6);                                         // a corner: α ‖h‖₁
        Assert.Equal(At(4 - 1e-5, 2), At(4 + 1e-5, 2), 1e-4);
        Assert.Equal(0.02 * 4 + 1 + 2, At(5, 5), 1e-5);                                 // beyond the corner by 1 and 2
        Assert.Equal(0, At(3.9, 1.1, alpha: 0));                                        // inside, and only outside counts
        Assert.Equal(4 + 3, At(5, 5, alpha: 1), 1e-5);                                  // α = 1: a point's distance
    }
}
