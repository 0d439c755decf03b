using static TorchSharp.torch.nn;

namespace Torch.Tests.Serialization;

public sealed class TensorFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<ScalarType> Types => [.. Enum.GetValues<ScalarType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Tensors_of_every_element_type_come_back_as_they_were(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "tensor");
        foreach (var saved in (Tensor[])
        [
            arange(6).reshape(2, 3).to(type), arange(6).reshape(2, 3).to(type).t(), tensor(1).to(type),
            zeros(0, 4).to(type),
        ])
        {
            saved.Save(path);
            var loaded = Tensor.Load(path);
            Assert.Equal(type, loaded.dtype);
            Assert.Equal(saved.shape, loaded.shape);
            Assert.Equal(saved.contiguous().bytes.ToArray(), loaded.bytes.ToArray());
        }
    }

    [Fact]
    public void The_bytes_are_those_of_TorchSharp()
    {
        using var scope = NewDisposeScope();
        var stream = new MemoryStream();
        zeros(200, 1, dtype: float32).Save(stream);
        // Float32 is 6; two dimensions; 200 is 0xC8 0x01 in LEB128; 1; then 800 bytes of elements.
        Assert.Equal([6, 2, 0xC8, 0x01, 1], stream.ToArray()[..5]);
        Assert.Equal(805, stream.ToArray().Length);
    }

    [Fact]
    public void A_tensor_is_loaded_into_one_of_the_same_type_and_shape_only()
    {
        using var scope = NewDisposeScope();
        var stream = new MemoryStream();
        tensor(new[] { 1f, 2f }).Save(stream);
        BinaryReader Again() => new(new MemoryStream(stream.ToArray()));
        var target = zeros(2);
        target.Load(Again());
        Assert.Equal([1f, 2f], target.data<float>().ToArray());
        Assert.Contains("[2]", Assert.Throws<ArgumentException>(() => zeros(3).Load(Again())).Message);
        Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => zeros(2,
            dtype: int64).Load(Again())).Message);
    }

    [Fact]
    public void A_module_saved_and_loaded_computes_the_same()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "module.dat");
        using var first = Sequential(Linear(3, 4), BatchNorm1d(4), Linear(4, 2));
        using var second = Sequential(Linear(3, 4), BatchNorm1d(4), Linear(4, 2));
        first.forward(rand(5, 3)).Dispose();
        first.save(path);
        second.load(path);
        first.eval();
        second.eval();
        var x = rand(5, 3);
        Assert.True(first.forward(x).allclose(second.forward(x)));
    }

    [Fact]
    public void Every_tensor_that_does_not_fit_is_named_and_nothing_is_changed()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "module.dat");
        using var saved = Sequential(Linear(3, 4), Linear(4, 2, hasBias: false), Linear(2, 2));
        using var other = Sequential(Linear(3, 5), Linear(4, 2));
        var before = other.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        saved.save(path);
        var error = Assert.ThrowsAny<Exception>(() => other.load(path));
        Assert.All((string[])["0.weight", "0.bias", "1.bias", "2.weight", "2.bias"],
            name => Assert.Contains(name, error.Message));
        Assert.All(other.state_dict(), entry => Assert.True(entry.Value.allclose(before[entry.Key])));
    }

    [Fact]
    public void Names_can_be_skipped_and_the_caller_learns_what_the_file_had()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "module.dat");
        using var saved = Sequential(Linear(3, 4), Linear(4, 2));
        using var other = Sequential(Linear(3, 4));
        var bias = other.state_dict()["0.bias"].clone();
        saved.save(path, skip: ["1.bias"]);
        var told = new Dictionary<string, bool>();
        other.load(path, strict: false, skip: ["0.bias"], loadedParameters: told);
        Assert.True(other.state_dict()["0.weight"].allclose(saved.state_dict()["0.weight"]));
        Assert.True(other.state_dict()["0.bias"].allclose(bias));
        Assert.Equal(["0.bias", "0.weight", "1.weight"], told.Keys.Order());
        Assert.False(told["1.weight"]);
    }

    [Fact]
    public void A_file_that_is_cut_short_anywhere_is_refused()
    {
        using var scope = NewDisposeScope();
        using var module = Sequential(Linear(3, 2));
        var stream = new MemoryStream();
        module.save(stream);
        var whole = stream.ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => module.load(new MemoryStream(whole[..length])));
        }
    }

    [Theory]
    [InlineData(new byte[] { 99, 1, 1 }, "element type 99")]
    [InlineData(new byte[] { 6, 100 }, "100 dimensions")]
    [InlineData(new byte[] { 6, 2, 255, 255, 255, 255, 255, 255, 255, 255, 127, 2 }, "shape")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 }, "63 bits")]
    public void A_file_of_something_else_is_refused_before_memory_is_asked_for(byte[] file,
        string expected) =>
        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => Tensor.Load(new MemoryStream(file))).Message);

    [Fact]
    public void A_shape_larger_than_the_file_is_refused_before_memory_is_asked_for() =>
        Assert.Throws<EndOfStreamException>(() => Tensor.Load(new MemoryStream([6, 1, 255, 255, 255, 255, 255,
            31])));
}
