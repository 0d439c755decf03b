using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Torch.Tests.NN;

/// <summary>What freshly made modules hold: PyTorch's names, shapes and, for a seed, numbers.</summary>
public sealed class FreshValuesTests
{
    private static readonly Dictionary<string, Func<Module>> Modules = new()
    {
        ["Linear"] = () => Linear(5, 3),
        ["Bilinear"] = () => Bilinear(3, 2, 2),
        ["Conv1d"] = () => Conv1d(2, 3, 3),
        ["Conv2d"] = () => Conv2d(3, 4, 3),
        ["ConvTranspose2d"] = () => ConvTranspose2d(3, 2, 2),
        ["Embedding"] = () => Embedding(4, 3, padding_idx: 1),
        ["EmbeddingBag"] = () => EmbeddingBag(4, 3),
        ["RNN"] = () => RNN(3, 2),
        ["GRU"] = () => GRU(3, 4, numLayers: 2, bidirectional: true),
        ["LSTM"] = () => LSTM(3, 2),
        ["RNNCell"] = () => RNNCell(3, 2),
        ["GRUCell"] = () => GRUCell(3, 2),
        ["LSTMCell"] = () => LSTMCell(3, 2),
        ["MultiheadAttention"] = () => MultiheadAttention(6, 2),
        ["MultiheadAttention widths"] = () => MultiheadAttention(4, 2, kdim: 3, vdim: 2, add_bias_kv: true),
        ["TransformerEncoder"] = () => TransformerEncoder(TransformerEncoderLayer(8, 2, 12), 2),
        ["BatchNorm2d"] = () => BatchNorm2d(3),
        ["LayerNorm"] = () => LayerNorm([2, 3]),
        ["GroupNorm"] = () => GroupNorm(2, 4),
        ["InstanceNorm2d"] = () => InstanceNorm2d(3),
        ["PReLU"] = () => PReLU(2),
        ["Sequential"] = () => Sequential(Conv2d(1, 2, 3), BatchNorm2d(2), ReLU(), Flatten(), Linear(8, 2)),
    };

    private static readonly Dictionary<string, Func<Tensor>> Initialisers = new()
    {
        ["xavier_uniform_"] = () => init.xavier_uniform_(empty(3, 4), 1.5),
        ["xavier_normal_"] = () => init.xavier_normal_(empty(3, 4)),
        ["kaiming_uniform_"] = () => init.kaiming_uniform_(empty(3, 4), 0.2, init.FanInOut.FanOut),
        ["kaiming_normal_"] = () =>
            init.kaiming_normal_(empty(3, 4), nonlinearity: init.NonlinearityType.ReLU),
        ["orthogonal_"] = () => init.orthogonal_(empty(3, 4), 2),
        ["orthogonal_ tall"] = () => init.orthogonal_(empty(4, 3)),
        ["trunc_normal_"] = () => init.trunc_normal_(empty(3, 4), 0.1, 0.5, -0.3, 0.6),
        ["sparse_"] = () => init.sparse_(empty(3, 4), 0.5, 1),
        ["eye_"] = () => init.eye_(empty(3, 4)),
        ["uniform_"] = () => init.uniform_(empty(3, 4), -2, 3),
        ["normal_"] = () => init.normal_(empty(3, 4), 1, 2),
        ["dirac_"] = () => init.dirac_(empty(2, 3, 3)),
    };

    public static TheoryData<string> ModuleNames => [.. Vectors.Names("fresh")];
    public static TheoryData<string> InitialiserNames => [.. Vectors.Names("init")];

    [Theory, MemberData(nameof(ModuleNames))]
    public void A_seed_gives_PyTorchs_state_dictionary(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using var module = Modules[name]();
        var expected = Vectors.Part("fresh").GetProperty(name);
        var state = module.state_dict();

        Assert.Equal(expected.EnumerateObject().Select(entry => entry.Name).Order(), state.Keys.Order());
        foreach (var entry in expected.EnumerateObject())
        {
            var tensor = state[entry.Name];
            Assert.Equal(Vectors.Shape(entry.Value.GetProperty("shape")), tensor.shape);
            var first = Vectors.Numbers(entry.Value.GetProperty("first"));
            Vectors.Same(first, tensor.flatten().slice(0, 0, first.Length, 1), $"{name}.{entry.Name}", 1e-6);
        }
    }

    [Theory, MemberData(nameof(InitialiserNames))]
    public void A_seed_gives_PyTorchs_first_values(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        Vectors.Same(Vectors.Numbers(Vectors.Part("init").GetProperty(name)), Initialisers[name](), name,
            1e-6);
    }

    [Fact]
    public void An_initialiser_says_what_shape_it_needs()
    {
        using var vector = empty(3);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => init.xavier_uniform_(vector)).Message);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => init.orthogonal_(vector)).Message);
    }
}
