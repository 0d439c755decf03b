using TorchSharp.Modules;

namespace Torch.Tests.Optim;

/// <summary>Steps in one pass beside the same steps by operators.</summary>
public sealed class OnePassTests
{
    [Theory]
    [InlineData(5, ScalarType.Float32, 1e-6)]
    [InlineData(21, ScalarType.Float64, 1e-14)]
    [InlineData(140_003, ScalarType.Float32, 1e-6)]     // more than one thread's
    public void Three_steps_of_Adam_are_what_operators_give(long count, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(linspace(-1, 1, count, dtype: type));
        using var optimizer = optim.Adam([parameter], lr: 0.1, beta1: 0.8, beta2: 0.95, eps: 1e-3);
        Tensor p = parameter.detach().clone(), m = zeros_like(p), v = zeros_like(p);
        for (int t = 1; t <= 3; t++)
        {
            optimizer.zero_grad();
            (parameter.pow(3) * t).sum().backward();
            var g = p.square() * 3 * t;
            m = m * 0.8 + g * 0.2;
            v = v * 0.95 + g.square() * 0.05;
            p = p - m / (1 - Math.Pow(0.8, t)) * 0.1 / ((v / (1 - Math.Pow(0.95, t))).sqrt() + 1e-3);
            optimizer.step();
            Assert.InRange((parameter - p).abs().max().to(ScalarType.Float64).item<double>(), 0, tolerance);
        }
    }

    [Theory]
    [InlineData(5, ScalarType.Float32, 1e-6)]
    [InlineData(21, ScalarType.Float64, 1e-14)]
    [InlineData(140_003, ScalarType.Float32, 1e-6)]
    public void Three_steps_of_Adagrad_are_what_operators_give(long count, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(linspace(-1, 1, count, dtype: type));
        using var optimizer = optim.Adagrad([parameter], lr: 0.1, lr_decay: 0.5, eps: 1e-3);
        Tensor p = parameter.detach().clone(), s = zeros_like(p);
        // Half of it has a gradient of zero, as most of a large table has.
        var used = (arange(count) < count / 2).to(type);
        for (int t = 1; t <= 3; t++)
        {
            optimizer.zero_grad();
            (parameter.pow(3) * t * used).sum().backward();
            var g = p.square() * 3 * t * used;
            s = s + g.square();
            p = p - g * (0.1 / (1 + 0.5 * (t - 1))) / (s.sqrt() + 1e-3);
            optimizer.step();
            Assert.InRange((parameter - p).abs().max().to(ScalarType.Float64).item<double>(), 0, tolerance);
        }
        Assert.Equal(linspace(-1, 1, count, dtype: type)[^1].to(ScalarType.Float64).item<double>(),
            parameter[^1].to(ScalarType.Float64).item<double>());
    }

    [Fact]
    public void A_backward_pass_that_needs_the_numbers_before_the_step_fails()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(20));
        using var optimizer = optim.Adam([parameter]);
        var loss = parameter.square().sum();
        parameter.grad = ones(20);
        optimizer.step();
        Assert.ThrowsAny<Exception>(() => loss.backward());
    }
}
