using System.IO.Compression;
using System.Text;
using Lectern.Data;

namespace Lectern.Tests.Data;

public sealed class PyTorchCheckpointTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "Data", "checkpoints");
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("float32", ScalarType.Float32)]
    [InlineData("float64", ScalarType.Float64)]
    [InlineData("float16", ScalarType.Float16)]
    [InlineData("bfloat16", ScalarType.BFloat16)]
    [InlineData("uint8", ScalarType.Byte)]
    [InlineData("int8", ScalarType.Int8)]
    [InlineData("int16", ScalarType.Int16)]
    [InlineData("int32", ScalarType.Int32)]
    [InlineData("int64", ScalarType.Int64)]
    [InlineData("bool", ScalarType.Bool)]
    [InlineData("complex64", ScalarType.ComplexFloat32)]
    [InlineData("complex128", ScalarType.ComplexFloat64)]
    public void A_tensor_that_Python_saved_has_its_element_type_shape_and_values(string name, ScalarType type)
    {
        var tensor = PyTorchCheckpoint.LoadTensors(Fixture("everything"))[name];
        Assert.Equal(type, tensor.dtype);
        Assert.Equal([2, 3], tensor.shape);
        double[] expected = type == ScalarType.Bool ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5];
        Assert.Equal(expected, Values(tensor));
    }

    [Fact]
    public void Views_keep_their_strides_and_offsets_and_share_their_memory_again()
    {
        var tensors = PyTorchCheckpoint.LoadTensors(Fixture("everything"));
        Assert.Equal([1.0, 5, 9], Values(tensors["column"]));
        Assert.Equal([0.0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], Values(tensors["transposed"]));
        Assert.Equal([5.0, 6, 7, 8, 9, 10, 11], Values(tensors["tail"]));
        Assert.Equal([7.0, 7, 7, 7, 7, 7], Values(tensors["expanded"]));
        tensors["base"].fill_(1);
        Assert.Equal([1.0, 1, 1], Values(tensors["column"]));
    }

    [Fact]
    public void Scalars_empty_tensors_and_parameters_are_tensors_too()
    {
        var tensors = PyTorchCheckpoint.LoadTensors(Fixture("everything"));
        Assert.Equal([2.5], Values(tensors["scalar"]));
        Assert.Empty(tensors["scalar"].shape);
        Assert.Equal([0, 3], tensors["empty"].shape);
        Assert.Equal([1.5, -2.5], Values(tensors["parameter"]));
    }

    [Fact]
    public void A_checkpoint_also_gives_its_numbers_texts_and_lists()
    {
        var all = Assert.IsType<Dictionary<string, object?>>(PyTorchCheckpoint.Load(Fixture("everything")));
        Assert.Equal(3L, all["epoch"]);
        Assert.Equal(0.5, all["best"]);
        Assert.Equal("tiny", all["name"]);
        Assert.Equal(true, all["done"]);
        Assert.Null(all["nothing"]);
        Assert.Equal(1L << 40, all["big"]);
        Assert.Equal([2L, 3L], Assert.IsType<List<object?>>(all["size"]));
        Assert.Equal([2L, "two"], Assert.IsType<List<object?>>(Assert.IsType<List<object?>>(all["history"])[1]));
        var nested = Assert.IsType<Dictionary<string, object?>>(all["nested"]);
        Assert.Equal(1e-3, Assert.IsType<Dictionary<string, object?>>(nested["1"])["lr"]);
    }

    [Fact]
    public void What_is_saved_is_loaded_again()
    {
        using var scope = NewDisposeScope();
        using var matrix = arange(6, dtype: float32).reshape(2, 3);
        var path = At("own.pth");
        PyTorchCheckpoint.Save(path, new Dictionary<string, object?>
        {
            ["turned"] = matrix.t(), ["flag"] = false, ["list"] = new List<object?> { 1, 2.5, "x", null },
            ["huge"] = long.MinValue, ["scalar"] = tensor(3L), ["none"] = zeros(0, 2),
        });
        var all = Assert.IsType<Dictionary<string, object?>>(PyTorchCheckpoint.Load(path));
        Assert.Equal([0.0, 3, 1, 4, 2, 5], Values((Tensor)all["turned"]!));
        Assert.Equal(false, all["flag"]);
        Assert.Equal([1L, 2.5, "x", null], Assert.IsType<List<object?>>(all["list"]));
        Assert.Equal(long.MinValue, all["huge"]);
        Assert.Equal(3.0, Assert.Single(Values((Tensor)all["scalar"]!)));
        Assert.Equal([0, 2], ((Tensor)all["none"]!).shape);
    }

    [Fact]
    public void Python_reads_what_is_saved()
    {
        using var scope = NewDisposeScope();
        var path = At("own.pth");
        var types = new[]
        {
            float32, float64, float16, bfloat16, uint8, int8, int16, int32, int64, ScalarType.Bool, complex64, complex128,
        };
        PyTorchCheckpoint.Save(path, types.ToDictionary(type => type.ToString(), type => arange(6).reshape(2, 3).to(type).t()));
        Assert.Equal("12 5.0 (3, 2) [0.0, 3.0, 1.0, 4.0, 2.0, 5.0] 15.0 15.0 (15+0j)", Python.Run(
            "import sys; d = torch.load(sys.argv[1]); f = d['Float32']; "
            + "print(len(d), d['Bool'].double().sum().item(), tuple(f.shape), f.flatten().tolist(), "
            + "d['BFloat16'].sum().item(), d['Float16'].sum().item(), d['ComplexFloat32'].sum().item())", path));
    }

    [Fact]
    public void A_pickle_that_names_os_system_is_refused_by_that_name_and_runs_nothing()
    {
        var error = Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Load(Fixture("forbidden")));
        Assert.Contains("posix.system", error.Message);
    }

    [Fact]
    public void A_file_from_before_version_1_6_is_answered_with_the_way_to_convert_it()
    {
        var error = Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Load(Fixture("legacy")));
        Assert.Contains("torch.save(torch.load(path", error.Message);
    }

    [Fact]
    public void A_file_that_is_cut_short_anywhere_is_refused()
    {
        var whole = File.ReadAllBytes(Fixture("everything"));
        for (var length = 0; length < whole.Length; length += 97)
        {
            using var stream = new MemoryStream(whole[..length]);
            Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Load(stream));
        }
    }

    [Fact]
    public void A_compressed_entry_is_refused_before_it_is_unpacked()
    {
        using var stream = Archive(CompressionLevel.SmallestSize, ("archive/data.pkl", new byte[1 << 20]));
        Assert.Contains("compressed", Refused(stream));
    }

    [Theory]
    [InlineData(0, new long[] { 3 }, new long[] { 1 }, "reaches element 2 of a storage of 2")]
    [InlineData(1, new long[] { 2 }, new long[] { 1 }, "reaches element 2")]
    [InlineData(0, new long[] { 2 }, new long[] { long.MaxValue }, "reaches element")]
    [InlineData(0, new long[] { 2 }, new long[] { -1 }, "not described")]
    [InlineData(-1, new long[] { 1 }, new long[] { 1 }, "not described")]
    [InlineData(0, new long[] { 1 }, new long[] { 1, 1 }, "not described")]
    public void A_tensor_that_reaches_outside_its_storage_is_refused(long offset, long[] size, long[] stride, string expected)
    {
        using var stream = Archive(CompressionLevel.NoCompression,
            ("archive/data.pkl", TensorPickle(offset, size, stride, elements: 2)), ("archive/data/0", new byte[8]));
        Assert.Contains(expected, Refused(stream));
    }

    [Fact]
    public void A_storage_of_other_length_than_its_elements_take_is_refused()
    {
        using var stream = Archive(CompressionLevel.NoCompression,
            ("archive/data.pkl", TensorPickle(0, [2], [1], elements: 1L << 60)), ("archive/data/0", new byte[8]));
        Assert.Contains("takes 4611686018427387904 bytes, but has 8", Refused(stream));
    }

    [Fact]
    public void A_storage_that_is_not_there_is_named()
    {
        using var stream = Archive(CompressionLevel.NoCompression, ("archive/data.pkl", TensorPickle(0, [2], [1], elements: 2)));
        Assert.Contains("'data/0'", Refused(stream));
    }

    [Fact]
    public void Loading_leaves_only_the_tensors_that_it_returns()
    {
        using var scope = NewDisposeScope();
        var tensors = PyTorchCheckpoint.LoadTensors(Fixture("everything"));
        Assert.Equal(tensors.Count, scope.DisposablesCount);
    }

    private static string Fixture(string name) => Path.Combine(Fixtures, name + ".pth");

    private static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var real = tensor.is_complex() ? tensor.real : tensor;
        return real.to(float64).contiguous().data<double>().ToArray();
    }

    private static string Refused(Stream stream) =>
        Assert.Throws<InvalidDataException>(() => PyTorchCheckpoint.Load(stream)).Message;

    private static MemoryStream Archive(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }
        stream.Position = 0;
        return stream;
    }

    // _rebuild_tensor(storage, offset, size, stride), as protocol 2 writes it.
    private static byte[] TensorPickle(long offset, long[] size, long[] stride, long elements)
    {
        var bytes = new MemoryStream();
        void Text(string text) => bytes.Write(Encoding.ASCII.GetBytes(text));
        void Number(long value) => bytes.Write([0x8a, 8, .. BitConverter.GetBytes(value)]);
        void Numbers(long[] values)
        {
            Text("(");
            Array.ForEach(values, Number);
            Text("t");
        }
        bytes.Write([0x80, 2]);
        Text("ctorch._utils\n_rebuild_tensor\n((X\a\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu");
        Number(elements);
        Text("tQ");
        Number(offset);
        Numbers(size);
        Numbers(stride);
        Text("tR.");
        return bytes.ToArray();
    }

    private string At(string name) => Path.Combine(folder, name);
}
