using System.Runtime.InteropServices;

namespace Torch.Tests.Autograd;

/// <summary>Functions whose derivative C# computes.</summary>
public sealed class AutogradFunctionTests
{
    /// <summary>y = x³ with dy/dx = 3x².</summary>
    private sealed class Cube : autograd.SingleTensorFunction<Cube>
    {
        public override string Name => "Cube";

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return x.pow(3);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [grad_output * 3 * ctx.get_saved_variables()[0].square()];
    }

    private sealed class Broken : autograd.SingleTensorFunction<Broken>
    {
        public override string Name => "Broken";
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();
        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => throw new InvalidOperationException("on purpose");
    }

    /// <summary>(x·y, x+y) and a number.</summary>
    private sealed class ProductAndSum : autograd.MultiTensorFunction<ProductAndSum>
    {
        public override string Name => "ProductAndSum";

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, y) = ((Tensor)vars[0], (Tensor)vars[2]);
            ctx.save_for_backward([x, y]);
            ctx.save_data("scale", vars[1]);
            return [x * y * (double)vars[1], x + y];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
        {
            var saved = ctx.get_saved_variables();
            double scale = (double)ctx.get_data("scale")!;
            return [grad_outputs[0] * saved[1] * scale + grad_outputs[1], null!, grad_outputs[0] * saved[0] * scale + grad_outputs[1]];
        }
    }

    [Fact]
    public void A_written_derivative_is_used_and_flows_on()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new double[] { 1, 2, -3 }, requires_grad: true);
        (Cube.apply(x * 2).sum() * 0.5).backward();
        Assert.Equal([12.0, 48, 108], x.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Several_outputs_and_other_arguments_keep_their_places()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0, requires_grad: true);
        var y = tensor(5.0, requires_grad: true);
        var outputs = ProductAndSum.apply(x, 2.0, y);
        (outputs[0] + outputs[1] * 10).backward();
        Assert.Equal(20, x.grad!.item<double>());
        Assert.Equal(16, y.grad!.item<double>());
    }

    [Fact]
    public void An_exception_in_backward_reaches_the_caller_with_its_cause()
    {
        using var x = ones(2, requires_grad: true);
        var error = Assert.Throws<ExternalException>(() => Broken.apply(x).sum().backward());
        Assert.Contains("Broken.backward failed: on purpose", error.Message);
        Assert.IsType<InvalidOperationException>(error.InnerException);
    }

    [Fact]
    public void Without_gradients_nothing_is_recorded()
    {
        using var x = ones(2, requires_grad: true);
        using (no_grad()) Assert.False(Cube.apply(x).requires_grad);
        Assert.True(Cube.apply(x).requires_grad);
    }

    [Fact]
    public void A_second_pass_needs_retain_graph_and_the_node_is_let_go()
    {
        using var x = ones(2, requires_grad: true);
        var y = Cube.apply(x).sum();
        y.backward(retain_graph: true);
        y.backward();
        Assert.Equal([6f, 6f], x.grad!.data<float>().ToArray());
        Assert.Throws<ExternalException>(() => y.backward());
    }
}
