using System.Numerics;

namespace Torch.Tests.Operators;

/// <summary>Numbers between tensors and C#, and what a tensor says of itself.</summary>
public sealed class DataTests
{
    [Fact]
    public void Elements_are_read_and_written_in_row_major_order_whatever_the_strides()
    {
        using var scope = NewDisposeScope();
        var x = arange(6).reshape(2, 3).t();
        var elements = x.data<long>();
        Assert.Equal(6, elements.Count);
        Assert.Equal([0L, 3, 1, 4, 2, 5], elements.ToArray());
        long sum = 0;
        foreach (long element in elements) sum += element;
        Assert.Equal(15, sum);
        Assert.Equal(4, elements[1, 1]);
        Assert.Equal(4, elements[3]);
        elements[1, 1] = 40;
        Assert.Equal(40, x[1, 1].item<long>());
        Assert.Equal(new long[,] { { 0, 3 }, { 1, 40 }, { 2, 5 } }, (long[,])elements.ToNDArray());
        var part = new long[3];
        elements.CopyTo(part, 1, 2);
        Assert.Equal([0L, 1, 40], part);
        elements.CopyTo(part.AsSpan());
        Assert.Equal([0L, 3, 1], part);
        elements.CopyFrom(new long[] { 7, 8 }, 0, 4);
        elements.CopyFrom((ReadOnlySpan<long>)[9], 0, 0);
        Assert.Equal([9L, 3, 1, 40, 7, 8], x.data<long>().ToArray());
        Assert.Equal([7L, 8], x.contiguous()[2].data<long>().ToArray());
        elements.Dispose();
    }

    [Fact]
    public void Every_element_type_has_its_type_in_CSharp()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 0, 3 });
        Assert.Equal(3, x.@byte().ReadCpuByte(2));
        Assert.Equal(3, x.@short().ReadCpuInt16(2));
        Assert.Equal(3, x.@int().ReadCpuInt32(2));
        Assert.Equal(3, x.@long().ReadCpuInt64(2));
        Assert.Equal(3, x.@float().ReadCpuSingle(2));
        Assert.Equal(3, x.ReadCpuDouble(2));
        Assert.False(x.@bool().ReadCpuBool(1));
        Assert.Equal(3, x.@char().ReadCpuValue<sbyte>(2));
        Assert.Equal((Half)3, x.half().data<Half>()[2]);
        Assert.Equal((3f, 0f), x.cfloat().data<(float, float)>()[2]);
        Assert.Equal(new Complex(3, 0), x.cdouble()[2].item<Complex>());
        Assert.Equal([1, 0, 1], x.@bool().data<byte>().ToArray());
    }

    [Fact]
    public void A_tensor_of_one_element_is_a_number()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 3.75 });
        Assert.Equal((3.75f, 3.75, (sbyte)3, (byte)3, (short)3, 3, 3L, true),
            ((float)x, (double)x, (sbyte)x, (byte)x, (short)x, (int)x, (long)x, (bool)x));
        Assert.Equal((3.75f, 3.75, (sbyte)3, (byte)3, (short)3, 3, 3L, true), (x.ToSingle(), x.ToDouble(),
            x.ToSByte(),
            x.ToByte(), x.ToInt16(), x.ToInt32(), x.ToInt64(), x.ToBoolean()));
        Assert.Equal(3.75, x.ToScalar().ToDouble());
        Assert.Equal(3.75, x.item<double>());
        Assert.True(x.is_nonzero());
        Assert.Equal(new Complex(1, 2), tensor(new[] { 1.0 }).cdouble().mul(new Complex(1,
            2)).ToScalar().ToComplexFloat64());
    }

    [Fact]
    public void Bytes_are_the_memory_itself()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new short[] { 1, 256 });
        Assert.Equal([1, 0, 0, 1], x.bytes.ToArray());
        x.bytes = [2, 0, 0, 0];
        Assert.Equal([2, 0], x.data<short>().ToArray());
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
        Assert.Throws<InvalidOperationException>(() => ones(2, 2).t().bytes.Length);
    }

    [Fact]
    public void A_tensor_goes_through_a_stream_and_comes_back()
    {
        using var scope = NewDisposeScope();
        var x = from_array(new Complex[] { new(1, 2), new(3, 4) }).conj();
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        x.Save(writer);
        using var reader = new BinaryReader(stream);
        Assert.Equal(x.data<Complex>().ToArray(), From(Tensor.Load).data<Complex>().ToArray());
        Assert.Equal(x.data<Complex>().ToArray(), From(r =>
            TensorExtensionMethods.Load(r)).data<Complex>().ToArray());
        var into = zeros(2, complex128);
        From(r => { TensorExtensionMethods.Load(ref into!, r); return into; });
        Assert.Equal(x.data<Complex>().ToArray(), into.data<Complex>().ToArray());
        var raw = new MemoryStream();
        into.WriteBytesToStream(raw);
        raw.Position = 0;
        var copy = zeros(2, complex128);
        copy.ReadBytesFromStream(raw);
        Assert.Equal(into.data<Complex>().ToArray(), copy.data<Complex>().ToArray());

        Tensor From(Func<BinaryReader, Tensor> load)
        {
            stream.Position = 0;
            return load(reader);
        }
    }

    [Fact]
    public void A_tensor_knows_its_shape_strides_and_kind()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3, 4)[1].t();
        Assert.Equal((2, 2, 2L), (x.dim(), x.ndim, x.Dimensions));
        Assert.Equal((12, 12L), (x.numel(), x.NumberOfElements));
        Assert.Equal([4L, 3], x.shape);
        Assert.Equal([4L, 3], x.size());
        Assert.Equal((4, 3), (x.size(0), x.size(-1)));
        Assert.Equal([1L, 4], x.stride());
        Assert.Equal((1, 4), (x.stride(0), x.stride(-1)));
        Assert.Equal(12, x.storage_offset());
        Assert.Equal((4, 4), (x.ElementSize, x.element_size()));
        Assert.False(x.is_contiguous());
        Assert.True(x.contiguous().is_contiguous());
        Assert.True(x.is_floating_point() && !x.is_integral() && !x.is_complex() && x.is_cpu() && !x.is_cuda
            && !x.is_meta);
        Assert.True(torch.is_floating_point(x) && !torch.is_integral(x) && !torch.is_complex(x));
        Assert.True(torch.is_complex(complex64) && torch.is_integral(@bool)
            && torch.is_floating_point(bfloat16));
        Assert.Equal((DeviceType.CPU, -1, "cpu"), (x.device_type, x.device_index, x.device.ToString()));
        Assert.Equal([1L, 1, 1, 2, 2, 4, 8, 4, 8, 8, 16],
            types.Select(type => zeros(1, dtype: type).element_size()));
    }

    [Fact]
    public void Two_objects_may_hold_one_tensor()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        var y = x.alias();
        Assert.True(x.Equals(y));
        Assert.False(x.Equals(ones(2)));
        Assert.Equal(x.GetHashCode(), x.GetHashCode());
        x.Dispose();
        Assert.Equal(2, y.sum().ToDouble());
        Assert.Equal(2, (+y).sum().ToDouble());
        y.name = "y";
        Assert.Equal("y", y.name);
        y.resize_(3, 1).fill_(1);
        Assert.Equal([3L, 1], y.shape);
        Assert.Equal([5L], ones(1).set_(zeros(5)).shape);
        Assert.Equal([4L], ones(1).new_empty(4).shape);
        Assert.StartsWith(__version__.Split('.')[0] + ".", __version__);
        Assert.NotEmpty(show_config());
    }

    [Fact]
    public void Numbers_become_scalars_and_come_back()
    {
        Scalar[] all = [(byte)3, (sbyte)3, (short)3, 3, 3L, (Half)3, 3f, 3.0];
        foreach (var scalar in all)
        {
            Assert.Equal((3.0, 3f, 3L, 3, (short)3, (byte)3, (sbyte)3, true), (scalar.ToDouble(),
                scalar.ToSingle(),
                scalar.ToInt64(), scalar.ToInt32(), scalar.ToInt16(), scalar.ToByte(), scalar.ToSByte(),
                    scalar.ToBoolean()));
            Assert.Equal("3", scalar.ToString());
            Assert.Equal((Half)3, scalar.ToHalf());
            scalar.Dispose();
        }
        Assert.Equal([uint8, int8, int16, int32, int64, float16, float32, float64], all.Select(scalar =>
            scalar.Type));
        Scalar[] spelled = [((byte)3).ToScalar(), ((short)3).ToScalar(), 3.ToScalar(), 3L.ToScalar(),
            3f.ToScalar(), 3.0.ToScalar()];
        Assert.All(spelled, scalar => Assert.Equal(3, scalar.ToDouble()));
        Assert.True(true.ToScalar().ToBoolean());
        Assert.Equal("true", ((Scalar)true).ToString());
        Assert.Equal(new Complex(1, 2), ((Scalar)(1f, 2f)).ToComplexFloat64());
        Assert.Throws<InvalidOperationException>(() => ((Scalar)new Complex(1, 2)).ToDouble());
        Assert.Throws<OverflowException>(() => ((Scalar)300).ToByte());
    }

    [Fact]
    public void Devices_have_names()
    {
        Assert.Equal((DeviceType.CUDA, 1), (new torch.Device("cuda:1").type, device("cuda:1").index));
        Assert.Equal(new torch.Device("cuda", 1), device("cuda", 1));
        Assert.Equal(new torch.Device(DeviceType.CUDA, 1), device(1));
        Assert.Equal(new torch.Device(1), device(DeviceType.CUDA, 1));
        Assert.Equal(new torch.Device(1).GetHashCode(), new torch.Device("cuda:1").GetHashCode());
        torch.Device implied = "cpu";
        Assert.True(implied.Equals((object)CPU));
        Assert.Equal(("cuda:1", "cpu", "meta", "cuda", "mps"),
            (device(1).ToString(), CPU.ToString(), META.ToString(), CUDA.ToString(), MPS.ToString()));
    }

    private static readonly ScalarType[] types =
        [uint8, int8, @bool, int16, float16, int32, int64, float32, float64, complex64, complex128];
}
