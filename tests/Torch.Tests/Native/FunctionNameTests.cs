namespace Torch.Tests.Native;

/// <summary>What the bridge says of a tensor's origin, which TorchSharp does not.</summary>
public sealed class FunctionNameTests
{
    [Fact]
    public void A_result_knows_the_name_of_the_function_that_made_it()
    {
        using var x = ones(2, requires_grad: true);

        Assert.Equal("Twice", Twice.apply(x).grad_fn_name);
        Assert.Equal("MulBackward0", (x * x).grad_fn_name);
        Assert.Null(x.grad_fn_name);
    }

    private sealed class Twice : autograd.SingleTensorFunction<Twice>
    {
        public override string Name => nameof(Twice);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0] * 2;

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output * 2];
    }
}
