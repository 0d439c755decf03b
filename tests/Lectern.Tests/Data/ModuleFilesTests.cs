using Lectern.Data;
using static TorchSharp.torch.nn;

namespace Lectern.Tests.Data;

public sealed class ModuleFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_module_takes_the_weights_that_Python_saved_under_the_same_names()
    {
        using var model = Sequential(Linear(3, 2), BatchNorm1d(2));
        model.load_py(Path.Combine(AppContext.BaseDirectory, "Data", "checkpoints", "module.pth"));
        var state = model.state_dict();
        Assert.Equal([1f, 2, 3, 4, 5, 6], state["0.weight"].data<float>().ToArray());
        Assert.Equal([2f, 3], state["0.bias"].data<float>().ToArray());
        Assert.Equal([6f, 7], state["1.running_var"].data<float>().ToArray());
        Assert.Equal(7L, state["1.num_batches_tracked"].item<long>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_module_saved_and_loaded_computes_the_same(bool python)
    {
        using var scope = NewDisposeScope();
        using var first = Sequential(Linear(3, 4), ReLU(), Linear(4, 2));
        using var second = Sequential(Linear(3, 4), ReLU(), Linear(4, 2));
        var path = Path.Combine(folder, "model");
        if (python)
        {
            first.save_py(path);
            second.load_py(path);
        }
        else
        {
            first.save_safetensors(path);
            second.load_safetensors(path);
        }
        var x = ones(5, 3);
        Assert.True(first.forward(x).allclose(second.forward(x)));
    }

    [Fact]
    public void Every_tensor_that_does_not_fit_is_named_and_nothing_is_changed()
    {
        using var scope = NewDisposeScope();
        using var saved = Sequential(Linear(3, 4), Linear(4, 2, hasBias: false), Linear(2, 2));
        using var other = Sequential(Linear(3, 5), Linear(4, 2));
        var before = other.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var path = Path.Combine(folder, "model.safetensors");
        saved.save_safetensors(path);
        var error = Assert.Throws<InvalidDataException>(() => other.load_safetensors(path));
        Assert.Contains("'0.weight' has shape [4, 3] and should have [5, 3]", error.Message);
        Assert.Contains("'0.bias' has shape [4] and should have [5]", error.Message);
        Assert.Contains("'1.bias' [2] is missing", error.Message);
        Assert.Contains("'2.weight' [2, 2] is unexpected", error.Message);
        Assert.All(other.state_dict(), entry => Assert.True(entry.Value.allclose(before[entry.Key])));
    }

    [Fact]
    public void Without_strictness_what_fits_is_loaded_and_skipped_names_stay()
    {
        using var scope = NewDisposeScope();
        using var saved = Sequential(Linear(3, 4), Linear(4, 2));
        using var other = Sequential(Linear(3, 4));
        var bias = other.state_dict()["0.bias"].clone();
        var path = Path.Combine(folder, "model.pth");
        saved.save_py(path);
        var told = new Dictionary<string, bool>();
        other.load_py(path, strict: false, skip: ["0.bias"], loadedParameters: told);
        Assert.True(other.state_dict()["0.weight"].allclose(saved.state_dict()["0.weight"]));
        Assert.True(other.state_dict()["0.bias"].allclose(bias));
        Assert.False(told["1.weight"]);
        Assert.True(told["0.weight"]);
    }
}
