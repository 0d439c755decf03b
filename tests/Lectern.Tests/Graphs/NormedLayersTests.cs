using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Layers with batch normalisations run as one.</summary>
public sealed class NormedLayersTests
{
    private static nn.Module<Tensor, Tensor>[] Make() =>
        [nn.Linear(5, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 16), nn.BatchNorm1d(16), nn.Tanh()];

    [Fact]
    public void They_have_the_names_and_give_the_results_of_a_sequential()
    {
        using var scope = NewDisposeScope();
        var (layers, plain) = (new NormedLayers(Make()), nn.Sequential(Make()));
        Assert.Equal(plain.state_dict().Keys, layers.state_dict().Keys);
        layers.load_state_dict(plain.state_dict());
        foreach (bool training in (bool[])[true, false])
        {
            layers.train(training);
            plain.train(training);
            var x = randn(40, 5);
            var (expected, actual) = (plain.call(x), layers.call(x));
            Assert.True((expected - actual).abs().max().item<float>() < 1e-5);
        }
        foreach (var (name, value) in plain.state_dict())
        {
            using var apart = (value - layers.state_dict()[name]).to(ScalarType.Float32).abs().max();
            Assert.True(apart.item<float>() < 1e-5, name);
        }
    }
}
