using System.Buffers.Binary;
using System.Text;
using Lectern.Data;

namespace Lectern.Tests.Data;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.ComplexFloat32)]
    public void Tensors_of_every_element_type_come_back_as_they_were(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "all.safetensors");
        var saved = new Dictionary<string, Tensor>
        {
            ["matrix"] = arange(6).reshape(2, 3).to(type), ["turned"] = arange(6).reshape(2, 3).to(type).t(),
            ["one"] = tensor(1).to(type), ["none"] = zeros(0, 4).to(type), ["part"] = arange(9).to(type)[1..8],
        };
        Safetensors.Save(path, saved);
        var loaded = Safetensors.Load(path);
        Assert.Equal(saved.Keys.Order(), loaded.Keys.Order());
        foreach (var (name, tensor) in loaded)
        {
            Assert.Equal(type, tensor.dtype);
            Assert.Equal(saved[name].shape, tensor.shape);
            Assert.True(tensor.equal(saved[name]).all().item<bool>() || tensor.NumberOfElements == 0, name);
        }
    }

    [Fact]
    public void The_header_is_that_of_the_format_and_elements_lie_on_multiples_of_their_size()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        Safetensors.Save(
            stream, new Dictionary<string, Tensor> { ["b"] = tensor(new byte[] { 7 }), ["f"] = tensor(new[] { 1f, 2f }) },
            new Dictionary<string, string> { ["by"] = "a test" });
        var bytes = stream.ToArray();
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, (8 + length) % 8);
        Assert.Equal(
            """{"__metadata__":{"by":"a test"},"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"""
            + """,   "b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}""".Replace("   ", ""),
            Encoding.UTF8.GetString(bytes, 8, length).TrimEnd());
        Assert.Equal([0, 0, 128, 63, 0, 0, 0, 64, 7], bytes[(8 + length)..]);
    }

    [Fact]
    public void Free_text_is_read_without_the_tensors()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "text.safetensors");
        Safetensors.Save(path, new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["seed"] = "7" });
        Assert.Equal("7", Safetensors.ReadMetadata(path)["seed"]);
        Assert.Empty(Safetensors.Load(path));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "longer than it should be")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes, but has 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "at [8, 0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "shape [-2]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}""", 0, "but has 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""", 6, "gap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "two tensors named 'a'")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}""", 2, "F8_E4M3")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,2]}}""", 2, "no 'dtype'")]
    [InlineData("""{"a":7}""", 0, "header is damaged")]
    [InlineData("""{"a":""", 0, "header is damaged")]
    [InlineData("""[]""", 0, "header is damaged")]
    public void A_header_that_does_not_fit_its_bytes_is_refused_and_says_how(string header, int bytes, string expected)
    {
        var text = Encoding.UTF8.GetBytes(header);
        using var stream = new MemoryStream([.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[bytes]]);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Safetensors.Load(stream)).Message);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, 1 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 })]
    public void A_length_of_the_header_that_cannot_be_is_refused(byte[] file)
    {
        using var stream = new MemoryStream(file);
        Assert.Throws<InvalidDataException>(() => Safetensors.Load(stream));
    }

    [Fact]
    public void A_save_that_fails_leaves_the_file_as_it_was()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "kept.safetensors");
        Safetensors.Save(path, new Dictionary<string, Tensor> { ["a"] = ones(2) });
        var sparse = zeros(2, dtype: complex128);
        Assert.Throws<ArgumentException>(() => Safetensors.Save(path, new Dictionary<string, Tensor> { ["a"] = sparse }));
        Assert.Equal([1f, 1f], Safetensors.Load(path)["a"].data<float>().ToArray());
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void Loading_leaves_only_the_tensors_that_it_returns()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, "few.safetensors");
        using (NewDisposeScope())
        {
            Safetensors.Save(path, new Dictionary<string, Tensor> { ["a"] = ones(2), ["b"] = ones(3) });
        }
        Assert.Equal(0, scope.DisposablesCount);
        Safetensors.Load(path);
        Assert.Equal(2, scope.DisposablesCount);
    }
}
