using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class FastLinearTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_and_its_gradients_are_torchs(bool hasBias)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var linear = nn.Linear(7, 5, hasBias: hasBias);
        var x = randn(300, 7).requires_grad_();
        var same = x.detach().clone().requires_grad_();
        var weights = randn(300, 5);
        (linear.call(x) * weights).sum().backward();
        Tensor[] expected = [.. linear.parameters().Select(p => p.grad!.clone())];
        linear.zero_grad();
        var y = FastLinear.Apply(same, linear.weight!, linear.bias);
        (y * weights).sum().backward();

        Assert.True(allclose(linear.call(x), y, rtol: 1e-5, atol: 1e-5));
        Assert.True(allclose(x.grad!, same.grad!, rtol: 1e-5, atol: 1e-5));
        foreach (var (a, p) in expected.Zip(linear.parameters())) Assert.True(allclose(a, p.grad!, rtol: 1e-4, atol: 1e-4));
    }

    [Fact]
    public void Data_gets_no_gradient_and_no_rows_are_no_fault()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(3, 2);
        var x = randn(4, 3);
        FastLinear.Apply(x, linear.weight!, linear.bias).sum().backward();
        Assert.Null(x.grad);
        Assert.Equal([0, 2], FastLinear.Apply(zeros(0, 3), linear.weight!, linear.bias).shape);
        using var quiet = no_grad();
        Assert.True(allclose(linear.call(x), FastLinear.Apply(x, linear.weight!, linear.bias)));
    }
}
