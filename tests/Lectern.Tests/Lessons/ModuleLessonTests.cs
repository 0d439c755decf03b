using Lectern.Lessons;

namespace Lectern.Tests.Lessons;

public sealed class ModuleLessonTests
{
    [Fact]
    public void A_model_whose_parameters_all_learn_is_right_and_its_gradients_are_left_empty()
    {
        using var model = new Pair(useSecond: true);
        using var x = ones(3, 4);
        Assert.Equal(new CheckResult(true, "Right."),
            Check.AllParametersLearn(model, () => model.call(x).pow(2).sum()));
        Assert.All(model.parameters(),
            p => Assert.True(p.grad is null || p.grad.abs().sum().item<float>() == 0));
    }

    [Fact]
    public void A_layer_that_forward_leaves_out_is_named()
    {
        using var model = new Pair(useSecond: false);
        using var x = ones(3, 4);
        var result = Check.AllParametersLearn(model, () => model.call(x).sum());
        Assert.False(result.Right);
        Assert.Contains("second.weight, second.bias", result.Message);
        Assert.DoesNotContain("first", result.Message);
    }

    [Fact]
    public void A_loss_without_parameters_is_a_hint_and_no_error()
    {
        using var model = new Pair(useSecond: true);
        Assert.Equal("The loss does not depend on any parameter.",
            Check.AllParametersLearn(model, () => ones(1).sum()).Message);
        using var empty = nn.ReLU();
        Assert.Contains("RegisterComponents", Check.AllParametersLearn(empty, () => ones(1).sum()).Message);
    }

    [Fact]
    public void A_summary_lists_layers_shapes_and_parameters()
    {
        using var model = new Pair(useSecond: true);
        using var x = ones(3, 4);
        Assert.Equal(
            """
            Layer   Type    Output  Weights                 Parameters
            ------  ------  ------  ----------------------  ----------
            first   Linear  [3, 5]  weight [5, 4] bias [5]          25
            second  Linear  [3, 2]  weight [2, 5] bias [2]          12
            total                                                   37
            """,
            Show.Summary(model, () => model.call(x)).Text);
        Assert.DoesNotContain("Output", Show.Summary(model).Text);
    }

    private sealed class Pair : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear first = nn.Linear(4, 5);
        private readonly TorchSharp.Modules.Linear second = nn.Linear(5, 2);
        private readonly bool useSecond;

        public Pair(bool useSecond) : base("pair")
        {
            this.useSecond = useSecond;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var h = first.call(input);                              // [N, 4] -> [N, 5]
            return (useSecond ? second.call(h) : h).MoveToOuterDisposeScope();
        }
    }
}
