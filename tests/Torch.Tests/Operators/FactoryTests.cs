using System.Numerics;

namespace Torch.Tests.Operators;

/// <summary>All ways to make a tensor from sizes or from numbers in C#.</summary>
public sealed class FactoryTests
{
    private static readonly long[] Sizes = [2, 3, 4, 5];

    [Fact]
    public void Sizes_are_given_as_numbers_arrays_or_spans()
    {
        using var scope = NewDisposeScope();
        long[] three = [2, 3, 4];
        foreach (var (made, value) in new[] {
            (zeros(2), 0), (zeros(2, 3), 0), (zeros(2, 3, 4), 0), (zeros(2, 3, 4, 5), 0), (zeros(three), 0),
            (zeros([2]), 0),
            (ones(2), 1), (ones(2, 3), 1), (ones(2, 3, 4), 1), (ones(2, 3, 4, 5), 1), (ones(three), 1),
            (ones([2]), 1),
            (full(2, 7), 7), (full(2, 3, 7), 7), (full(2, 3, 4, 7), 7), (full(2, 3, 4, 5, 7), 7),
            (full(three, 7), 7),
            (full([2], 7), 7) })
        {
            Assert.Equal(Sizes[..made.shape.Length], made.shape);
            Assert.True((made == value).all().item<bool>());
        }
        foreach (var made in new[] {
            empty(2), empty(2, 3), empty(2, 3, 4), empty(2, 3, 4, 5), empty(three), empty([2]),
            rand(2), rand(2, 3), rand(2, 3, 4), rand(2, 3, 4, 5), rand(three), rand([2]),
            randn(2), randn(2, 3), randn(2, 3, 4), randn(2, 3, 4, 5), randn(three), randn([2]) })
        {
            Assert.Equal(Sizes[..made.shape.Length], made.shape);
            Assert.Equal(float32, made.dtype);
        }
        Assert.Equal([2L, 2], empty_like(ones(2, 2)).shape);
        Assert.Equal([2L, 2], ones(2, 2).empty_like().shape);
    }

    [Fact]
    public void Type_device_and_gradient_can_be_asked_for()
    {
        using var scope = NewDisposeScope();
        foreach (var made in new[] {
            zeros(2, dtype: float64, device: CPU, requires_grad: true), ones(2, float64, CPU, true),
            empty([2], float64, CPU, true), rand(2, 2, float64, CPU, true), randn([2], float64, CPU, true),
            full([2], 1, float64, CPU, true), zeros_like(ones(2), float64, CPU, true),
            ones_like(ones(2), float64, CPU, true),
            arange(2, float64, CPU, true), eye(2, dtype: float64, device: CPU, requires_grad: true),
            tensor([1f, 2], float64, CPU, true), tensor(1f, float64, CPU, true),
            tensor([1, 2], [2, 1], float64, CPU, true),
            linspace(0, 1, 2, float64, CPU, true), from_array(new[] { 1 }, float64, CPU, true) })
        {
            Assert.Equal((float64, DeviceType.CPU, true, true),
                (made.dtype, made.device_type, made.requires_grad, made.is_leaf));
        }
    }

    [Fact]
    public void Arrays_of_any_element_type_and_rank_become_tensors()
    {
        using var scope = NewDisposeScope();
        foreach (var (made, type) in new[] {
            (tensor(new float[] { 1, 2 }), float32), (tensor(new double[] { 1, 2 }), float64),
            (tensor(new long[] { 1, 2 }), int64), (tensor(new int[] { 1, 2 }), int32),
            (tensor(new short[] { 1, 2 }), int16),
            (tensor(new byte[] { 1, 2 }), uint8), (tensor(new sbyte[] { 1, 2 }), int8),
            (tensor(new List<float> { 1, 2 }), float32), (tensor(new List<double> { 1, 2 }), float64),
            (tensor(new List<long> { 1, 2 }), int64), (tensor(new List<int> { 1, 2 }), int32),
            (tensor(new float[] { 1, 2 }, [2]), float32), (tensor(new double[] { 1, 2 }, [2]), float64),
            (tensor(new long[] { 1, 2 }, [2]), int64), (tensor(new int[] { 1, 2 }, [2]), int32),
            (tensor(new short[] { 1, 2 }, [2]), int16), (tensor(new byte[] { 1, 2 }, [2]), uint8),
            (from_array(new Half[] { (Half)1, (Half)2 }), float16), (from_array(new sbyte[] { 1, 2 }), int8),
            (from_array(new short[] { 1, 2 }), int16), (from_array(new byte[] { 1, 2 }), uint8),
            (as_tensor(new double[] { 1, 2 }), float64), (new float[] { 1, 2 }.ToTensor([2]), float32),
            (ones(1, dtype: float64).new_tensor([1, 2]), float64) })
        {
            Assert.Equal(type, made.dtype);
            Assert.Equal([1.0, 2], made.to(float64).data<double>().ToArray());
        }
        foreach (var made in new[] {
            tensor(new[,] { { 1f, 2, 3 }, { 4, 5, 6 } }), tensor(new[,] { { 1.0, 2, 3 }, { 4, 5, 6 } }),
            tensor(new[,] { { 1L, 2, 3 }, { 4, 5, 6 } }), tensor(new[,] { { 1, 2, 3 }, { 4, 5, 6 } }),
            tensor(new[,,] { { { 1f, 2, 3 }, { 4, 5, 6 } } }).squeeze(0),
            tensor(new[,,] { { { 1.0, 2, 3 }, { 4, 5, 6 } } })[0],
            tensor(new[,,] { { { 1L, 2, 3 }, { 4, 5, 6 } } })[0],
            tensor(new[,,,] { { { { 1f, 2, 3 }, { 4, 5, 6 } } } })[0, 0],
            tensor(new[,,,] { { { { 1.0, 2, 3 }, { 4, 5, 6 } } } })[0, 0] })
        {
            Assert.Equal([2L, 3], made.shape);
            Assert.Equal([1.0, 2, 3, 4, 5, 6], made.to(float64).data<double>().ToArray());
        }
    }

    [Fact]
    public void Truth_values_and_complex_numbers_become_tensors()
    {
        using var scope = NewDisposeScope();
        bool[] truths = [true, false];
        foreach (var made in new[] { tensor(truths), tensor(truths, [2]), tensor(new List<bool>(truths)),
            tensor(new[,] { { true, false } })[0], from_array(truths) })
            Assert.Equal(truths, made.data<bool>().ToArray());
        var pair = from_array(new Complex[] { new(1, 2), new(3, -4) });
        Assert.Equal(complex128, pair.dtype);
        Assert.Equal([2.0, -4], pair.imag.data<double>().ToArray());
        Assert.Equal([new Complex(1, -2), new(3, 4)], pair.conj().data<Complex>().ToArray());
        Assert.Equal([-2.0, 4], pair.conj().imag.data<double>().ToArray());
        Assert.Equal(new Complex(3, 4), pair.conj()[1].item<Complex>());
        Assert.Throws<ArgumentException>(() => from_array(new[] { DateTime.MinValue }));
    }

    [Fact]
    public void Single_numbers_become_tensors_of_no_dimensions()
    {
        using var scope = NewDisposeScope();
        foreach (var (made, type) in new[] {
            (tensor(1f), float32), (tensor(1.0), float64), (tensor(1L), int64), (tensor(1), int32),
            (tensor((byte)1), uint8),
            (tensor(true), @bool), (tensor(1f, int64), int64), (tensor(1.0, float32), float32),
            (tensor(1L, float64), float64),
            (tensor(1, int16), int16), (tensor(true, float32), float32) })
        {
            Assert.Equal(type, made.dtype);
            Assert.Equal(0, made.dim());
            Assert.Equal(1, made.ToDouble());
        }
    }

    [Fact]
    public void Conversions_keep_the_tensor_that_is_right_already_and_copy_when_asked()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        Assert.Same(x, x.to(float32));
        Assert.Same(x, x.cpu());
        Assert.Same(x, x.to(DeviceType.CPU));
        Assert.Same(x, x.to("cpu"));
        Assert.Same(x, x.to(CPU));
        var copy = x.to(float32, copy: true);
        copy.add_(1);
        Assert.Equal(2, x.sum().ToDouble());
        var narrow = x.to(float64, disposeAfter: true);
        Assert.True(x.IsInvalid);
        Assert.Equal(2, narrow.sum().ToDouble());
        Assert.True(narrow.to(META).is_meta);
    }
}
