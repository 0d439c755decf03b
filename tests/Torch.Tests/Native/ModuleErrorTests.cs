using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Torch.Tests.Native;

/// <summary>What the bridge's modules do better than TorchSharp's, or have beside them.</summary>
public sealed class ModuleErrorTests
{
    [Fact]
    public void Loading_a_state_that_does_not_fit_names_everything_that_is_wrong_and_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(Linear(2, 3), Linear(3, 1));
        var before = model.get_parameter("1.weight")!.clone();
        var state = new Dictionary<string, Tensor>
        {
            ["0.weight"] = zeros(3, 5), ["0.bias"] = zeros(3), ["1.weight"] = zeros(1, 3),
            ["stray"] = zeros(1),
        };
        var error = Assert.Throws<InvalidOperationException>(() => model.load_state_dict(state));
        foreach (var part in new[] { "'0.weight' has shape [3, 5], the module expects [3, 2]",
            "'1.bias' is missing", "'stray'" })
            Assert.Contains(part, error.Message);
        Assert.True(model.get_parameter("1.weight")!.allclose(before));
    }

    [Fact]
    public void Names_are_checked_when_parts_are_registered()
    {
        using var holder = ModuleDict<Linear>();
        using var layer = Linear(1, 1);
        Assert.Throws<ArgumentException>(() => holder.Add("a.b", layer));
        holder.Add("a", layer);
        Assert.Throws<InvalidOperationException>(() => holder.Add("a", layer));
    }

    [Fact]
    public void A_list_keeps_its_numbers_when_it_changes_after_registration()
    {
        using var list = new ModuleList<Linear>(Linear(1, 1), Linear(1, 2));
        using var removed = list[0];
        list.RemoveAt(0);
        list.Add(Linear(1, 3));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"],
            list.named_parameters().Select(entry => entry.name));
        Assert.Equal(3, list.get_parameter("1.weight")!.shape[0]);
    }

    [Fact]
    public void A_hard_gumbel_sample_is_one_hot_and_lets_gradients_through()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = zeros(4, 3).requires_grad_();
        var y = F.gumbel_softmax(x, hard: true);
        Assert.True(y.sum(1).allclose(ones(4)));
        Assert.True(y.max().allclose(ones([])));
        (y * arange(3, dtype: ScalarType.Float32)).sum().backward();
        Assert.True(x.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void Interpolation_says_what_does_not_fit()
    {
        using var x = ones(1, 1, 4);
        Assert.Contains("[1, 1, 4]", Assert.Throws<ArgumentException>(() => F.interpolate(x,
            [2, 2])).Message);
        Assert.Contains("Bilinear", Assert.Throws<ArgumentException>(() => F.interpolate(x, [2],
            mode: InterpolationMode.Bilinear)).Message);
    }
}
