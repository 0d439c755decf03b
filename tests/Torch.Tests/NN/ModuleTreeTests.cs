using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch.nn;

namespace Torch.Tests.NN;

/// <summary>Registration, names, modes, moves, state dictionaries, hooks and lifetimes of modules.</summary>
public sealed class ModuleTreeTests
{
    private class Base : Module<Tensor, Tensor>
    {
        protected readonly Linear first = Linear(3, 4);

        protected Base() : base(nameof(Base)) { }

        public override Tensor forward(Tensor input) => first.call(input);
    }

    private sealed class Model : Base
    {
        public readonly Parameter scale = new(ones(4));
        private readonly ModuleList<Linear> heads = new(Linear(4, 2), Linear(4, 2));
        private readonly Tensor offset = zeros(4);
        [ComponentName(Name = "renamed")] private readonly Dropout drop = Dropout(0.5);
        private readonly Linear? none = null;

        public Model(bool register = true)
        {
            _ = none;
            if (register) RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var h = drop.call(base.forward(input) * scale + offset);
            return (heads[0].call(h) + heads[1].call(h)).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Fields_are_registered_under_their_names_also_inherited_and_renamed_ones()
    {
        using var model = new Model();
        Assert.Equal(["scale", "heads.0.weight", "heads.0.bias", "heads.1.weight", "heads.1.bias",
            "first.weight", "first.bias"],
            model.named_parameters().Select(entry => entry.name));
        Assert.Equal(["offset"], model.named_buffers().Select(entry => entry.name));
        Assert.Equal(["heads", "renamed", "first"], model.named_children().Select(entry => entry.name));
        Assert.Equal(8, model.state_dict().Count);
    }

    [Fact]
    public void Nothing_is_registered_before_RegisterComponents_is_called()
    {
        using var model = new Model(register: false);
        Assert.Empty(model.parameters());
        using var outer = Sequential(model);      // but a parent registers its children's
        Assert.Equal(7, outer.parameters().Count());
    }

    [Fact]
    public void A_shared_parameter_is_counted_once()
    {
        var shared = Linear(2, 2);
        using var model = Sequential(("a", shared), ("b", shared));
        Assert.Equal(["a.weight", "a.bias"], model.named_parameters().Select(entry => entry.name));
    }

    [Fact]
    public void Parameters_outlive_the_scope_that_a_module_is_made_in()
    {
        Model model;
        using (NewDisposeScope()) model = new Model();
        using (model)
        using (var x = ones(2, 3))
        using (var y = model.call(x)) Assert.Equal([2L, 2L], y.shape);
    }

    [Fact]
    public void Disposing_a_module_frees_its_tensors_and_a_forward_pass_leaves_only_its_result()
    {
        using var x = ones(2, 3);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        var model = new Model();
        model.eval();
        using (no_grad())
        {
            var made = Tensor.TotalCount;
            using var y = model.call(x);
            Assert.Equal(made + 1, Tensor.TotalCount);
        }
        model.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Converting_replaces_tensors_fields_and_gradients()
    {
        using var model = new Model();
        using (var x = ones(2, 3))
        using (var loss = model.call(x).sum()) loss.backward();
        model.to(ScalarType.Float64);
        Assert.All(model.state_dict().Values, tensor => Assert.Equal(ScalarType.Float64, tensor.dtype));
        Assert.Same(model.scale, model.get_parameter("scale"));
        Assert.Equal(ScalarType.Float64, model.scale.grad!.dtype);
        Assert.True(model.scale.requires_grad && model.scale.is_leaf);
        using var wide = ones(2, 3, dtype: ScalarType.Float64);
        using var y = model.call(wide);
        Assert.Equal(ScalarType.Float64, y.dtype);
        Assert.Throws<ArgumentException>(() => model.to(ScalarType.Int64));
    }

    [Fact]
    public void Counts_stay_whole_numbers_when_a_module_is_converted()
    {
        using var norm = BatchNorm1d(2).@double();
        Assert.Equal(ScalarType.Int64, norm.num_batches_tracked!.dtype);
        Assert.Equal(ScalarType.Float64, norm.running_mean!.dtype);
    }

    [Fact]
    public void Modes_reach_every_module_below()
    {
        using var model = new Model();
        model.eval();
        Assert.All(model.modules(), module => Assert.False(module.training));
        model.train();
        Assert.All(model.modules(), module => Assert.True(module.training));
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_in_training_and_does_nothing_in_evaluation()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = ones(10_000);
        using var drop = Dropout(0.25);
        var y = drop.call(x);
        var kept = (y != 0).sum().ToDouble() / 10_000;
        Assert.InRange(kept, 0.73, 0.77);
        Assert.Equal(1 / 0.75, y.max().ToDouble(), 6);
        drop.eval();
        Assert.True(drop.call(x).allclose(x));
    }

    [Fact]
    public void Batch_norm_normalises_by_the_batch_in_training_and_by_its_statistics_in_evaluation()
    {
        using var scope = NewDisposeScope();
        var x = Cases.Fill([6, 2], 1).to(ScalarType.Float32) * 3 + 5;
        using var norm = BatchNorm1d(2, momentum: 1);
        var y = norm.call(x);
        Assert.True(y.mean([0]).abs().max().ToDouble() < 1e-5);
        Assert.True(norm.running_mean!.allclose(x.mean([0])));
        Assert.Equal(1, norm.num_batches_tracked!.item<long>());
        norm.eval();
        var before = norm.running_mean!.clone();
        norm.call(x + 100);
        Assert.True(norm.running_mean!.allclose(before));
        Assert.Throws<ArgumentException>(() => norm.call(ones(2, 2, 2, 2)));
    }

    [Theory]
    [InlineData("Linear"), InlineData("Conv2d"), InlineData("LayerNorm"), InlineData("GroupNorm"),
        InlineData("BatchNorm2d eval"),
     InlineData("InstanceNorm2d"), InlineData("Embedding"), InlineData("MaxPool1d"), InlineData("Upsample"),
     InlineData("Sequential")]
    public void A_batch_of_two_is_two_batches_of_one(string name)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var @case = Cases.All[name]();
        @case.Module!.to(ScalarType.Float64);
        var shape = @case.Inputs[0] is long[] given ? given : ((Tensor)@case.Inputs[0]).shape;
        var x = @case.Inputs[0] as Tensor ?? Cases.Fill([2, .. shape[1..]], 3);
        var both = @case.Run([x])[0];
        for (var k = 0; k < 2; k++)
            Assert.True(both.slice(0, k, k + 1, 1).allclose(@case.Run([x.slice(0, k, k + 1, 1)])[0]));
    }

    [Fact]
    public void A_state_dictionary_goes_from_one_model_to_another()
    {
        using var a = new Model();
        using var b = new Model();
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        foreach (var (name, tensor) in a.state_dict())
            Assert.True(tensor.allclose(b.state_dict()[name]), name);
        Assert.NotSame(a.scale, b.scale);
    }

    [Fact]
    public void Loose_loading_and_skipped_names_leave_the_rest_alone()
    {
        using var a = Linear(2, 2);
        using var b = Linear(2, 2);
        var state = a.state_dict();
        state.Remove("bias");
        state["other"] = state["weight"];
        var (missing, unexpected) = b.load_state_dict(state, strict: false);
        Assert.Equal(["bias"], missing);
        Assert.Equal(["other"], unexpected);
        Assert.True(b.weight.allclose(a.weight));
        b.load_state_dict(state, strict: true, skip: ["bias", "other"]);
    }

    [Fact]
    public void A_gradient_is_clipped_to_a_norm_and_to_a_value()
    {
        using var scope = NewDisposeScope();
        using var layer = Linear(2, 1);
        (layer.call(tensor(new[,] { { 3f, 4f } })).sum() * 10).backward();
        var norm = nn.utils.clip_grad_norm_(layer.parameters(), 1.0);
        Assert.Equal(Math.Sqrt(900 + 1600 + 100), norm, 3);
        Assert.Equal(30 / norm, layer.weight.grad![0, 0].ToDouble(), 4);
        nn.utils.clip_grad_value_(layer.parameters(), 0.1);
        Assert.Equal(0.1, layer.weight.grad!.max().ToDouble(), 6);
        layer.zero_grad();
        Assert.Null(layer.weight.grad);
    }

    [Fact]
    public void Parameters_become_a_vector_and_again_parameters()
    {
        using var scope = NewDisposeScope();
        using var layer = Linear(2, 3);
        var vector = nn.utils.parameters_to_vector(layer.parameters());
        Assert.Equal([9L], vector.shape);
        nn.utils.vector_to_parameters(arange(9, dtype: ScalarType.Float32), layer.parameters());
        Assert.Equal([6f, 7, 8], layer.bias!.data<float>().ToArray());
    }

    [Fact]
    public void Hooks_see_and_change_what_goes_in_and_out_until_removed()
    {
        using var scope = NewDisposeScope();
        using var layer = Identity();
        var seen = 0;
        var before = layer.register_forward_pre_hook((_, x) => x + 1);
        var after = layer.register_forward_hook((_, x, y) => { seen++; return y * 2; });
        Assert.Equal(4, layer.call(ones(1)).ToDouble());
        before.remove();
        after.remove();
        Assert.Equal(1, layer.call(ones(1)).ToDouble());
        Assert.Equal(1, seen);
    }

    [Fact]
    public void Containers_number_name_and_slice_their_modules()
    {
        using var list = ModuleList(Linear(1, 1), Linear(1, 1));
        using var holder = Sequential(Linear(1, 2), ReLU(), Linear(2, 1));
        Assert.Equal(2, holder[1..].Count);
        Assert.Equal(3, holder.Count);
        using var dict = ModuleDict(("a", Linear(1, 1)), ("b", Linear(1, 1)));
        Assert.Equal(["a", "b"], dict.Keys);
        using var parameters = ParameterList(Parameter(ones(1)), Parameter(zeros(2)));
        Assert.Equal(["0", "1"], parameters.named_parameters().Select(entry => entry.name));
        using var named = ParameterDict(("x", Parameter(ones(1))));
        Assert.Equal(["x"], named.named_parameters(true).Select(entry => entry.name));
        Assert.Equal(2, list.Count);
    }

    [Fact]
    public void A_convolution_of_the_wrong_channels_says_what_it_expects()
    {
        using var x = ones(1, 4, 5, 5);
        using var layer = Conv2d(3, 2, 3);
        Assert.Contains("3", Assert.Throws<ArgumentException>(() => layer.call(x)).Message);
    }
}
