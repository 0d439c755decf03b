namespace Torch.Tests.Autograd;

/// <summary>Gradients: where they go, when they are kept, how they are switched off.</summary>
public sealed class GradientTests
{
    [Fact]
    public void Passes_add_up_in_grad_until_it_is_cleared()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0).requires_grad_();
        Assert.Null(x.grad);
        (x * x).backward();
        (x * x).backward();
        Assert.Equal(8, x.grad!.item<double>());
        x.grad.zero_();
        (x * 3).backward();
        Assert.Equal(3, x.grad!.item<double>());
        x.grad = null;
        Assert.Null(x.grad);
        x.grad = tensor(1.5);
        Assert.Equal(1.5, x.grad!.item<double>());
    }

    [Fact]
    public void Grad_answers_for_the_inputs_that_are_named_and_touches_no_leaf()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = tensor(3.0, requires_grad: true);
        var unused = tensor(1.0, requires_grad: true);
        var z = x * x * y;
        var found = autograd.grad([z], [x, y, unused], retain_graph: true, allow_unused: true);
        Assert.Equal((12.0, 4.0), (found[0].item<double>(), found[1].item<double>()));
        Assert.Null(found[2]);
        Assert.Null(x.grad);
        Assert.ThrowsAny<Exception>(() => autograd.grad([z], [unused], retain_graph: true));
        Assert.Equal(24, autograd.grad([z], [x], [tensor(2.0)])[0].item<double>());
    }

    [Fact]
    public void A_gradient_can_be_differentiated_again()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var first = autograd.grad([x.pow(4)], [x], create_graph: true)[0];
        Assert.Equal(32, first.item<double>());
        Assert.Equal(48, autograd.grad([first], [x])[0].item<double>());
    }

    [Fact]
    public void Backward_takes_weights_and_several_roots_and_may_be_kept_to_some_leaves()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(2).requires_grad_(), y = ones(2).with_requires_grad();
        autograd.backward([x * 2, (x * 3).sum()], [tensor(new[] { 1f, 10 }), ones([])]);
        Assert.Equal([5f, 23], x.grad!.data<float>().ToArray());
        autograd.backward((x * y).sum(), inputs: [y]);
        Assert.Equal([1f, 1], y.grad!.data<float>().ToArray());
        Assert.Equal([5f, 23], x.grad!.data<float>().ToArray());
        autograd.backward(y * 2, tensor(new[] { 1f, 2 }));
        Assert.Equal([3f, 5], y.grad!.data<float>().ToArray());
        (y * 2).backward([ones(2)]);
        Assert.Equal([5f, 7], y.grad!.data<float>().ToArray());
    }

    [Fact]
    public void What_lies_between_keeps_its_gradient_on_request()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = x * 3;
        y.retain_grad();
        y.square().backward();
        Assert.Equal(12, y.grad!.item<double>());
        Assert.False(y.is_leaf);
    }

    [Fact]
    public void Recording_is_switched_off_and_on_in_scopes_that_nest()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            using (set_grad_enabled(true)) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
            x.add_(1);
        }
        Assert.True(is_grad_enabled());
        Assert.Equal(2, x.item<float>());
        using (inference_mode()) Assert.False((x * 2).requires_grad);
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void A_detached_tensor_shares_numbers_but_no_history()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        var y = x.detach();
        Assert.False(y.requires_grad);
        y.add_(1);
        Assert.Equal(2, x.item<float>());
        Assert.True((x * 2).detach_().is_leaf);
        x.requires_grad = false;
        Assert.False((x * 2).requires_grad);
    }
}
