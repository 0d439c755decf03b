using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

public static unsafe partial class torch
{
    // ---------------------------------------------------------------------------- from numbers in C#

    /// <summary>A tensor of the given numbers: [a, b, c] has shape [3].</summary>
    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<float>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<double>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<long>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<int>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(short[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<short>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<byte>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(sbyte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<sbyte>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);
    public static Tensor tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<bool>(rawArray, [rawArray.LongLength], dtype, device, requires_grad);

    /// <summary>A tensor of the given numbers in row-major order, with the given dimensions.</summary>
    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<float>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<double>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(long[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<long>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(int[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<int>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(short[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<short>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(byte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<byte>(rawArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(bool[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromArray<bool>(rawArray, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(IList<float> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => tensor([.. rawArray], dtype, device, requires_grad);
    public static Tensor tensor(IList<double> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => tensor([.. rawArray], dtype, device, requires_grad);
    public static Tensor tensor(IList<long> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => tensor([.. rawArray], dtype, device, requires_grad);
    public static Tensor tensor(IList<int> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => tensor([.. rawArray], dtype, device, requires_grad);
    public static Tensor tensor(IList<bool> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => tensor([.. rawArray], dtype, device, requires_grad);

    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(long[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(int[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(bool[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(float[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(double[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(long[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(float[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);
    public static Tensor tensor(double[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => from_array(rawArray, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(double scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(long scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(bool scalar, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], null, device, requires_grad);
    public static Tensor tensor(float scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], dtype, device, requires_grad);
    public static Tensor tensor(double scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], dtype, device, requires_grad);
    public static Tensor tensor(long scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], dtype, device, requires_grad);
    public static Tensor tensor(int scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], dtype, device, requires_grad);
    public static Tensor tensor(bool scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) => FromArray([scalar], [], dtype, device, requires_grad);

    /// <summary>A tensor with the elements and dimensions of a C# array, copied.</summary>
    /// <exception cref="ArgumentException">The elements are of a type that tensors do not have.</exception>
    public static Tensor from_array(Array rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var shape = new long[rawArray.Rank];
        for (int d = 0; d < shape.Length; d++) shape[d] = rawArray.GetLongLength(d);
        return rawArray switch
        {
            _ when rawArray.GetType().GetElementType() == typeof(float) => FromArray(Elements<float>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(double) => FromArray(Elements<double>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(long) => FromArray(Elements<long>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(int) => FromArray(Elements<int>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(short) => FromArray(Elements<short>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(byte) => FromArray(Elements<byte>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(sbyte) => FromArray(Elements<sbyte>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(bool) => FromArray(Elements<bool>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(Half) => FromArray(Elements<Half>(rawArray), shape, dtype, device, requires_grad),
            _ when rawArray.GetType().GetElementType() == typeof(System.Numerics.Complex) =>
                FromArray(Elements<System.Numerics.Complex>(rawArray), shape, dtype, device, requires_grad),
            _ => throw new ArgumentException($"No tensor has elements of type {rawArray.GetType().GetElementType()}.", nameof(rawArray)),
        };
    }

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    private static ReadOnlySpan<T> Elements<T>(Array array) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);

    internal static Tensor FromArray<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad)
        where T : unmanaged
    {
        long count = 1;
        foreach (long size in shape) count *= size;
        if (count != values.Length)
            throw new ArgumentException($"{values.Length} numbers do not fill a tensor of shape [{string.Join(", ", shape.ToArray())}], which has {count} elements.");
        var made = Op.Call("empty.memory_format", shape.ToArray(), Tensor.ElementTypeOf<T>());
        values.CopyTo(new Span<T>(made.DataPointer, values.Length));
        if ((dtype is { } type && type != made.dtype) || (device is not null && device.type != DeviceType.CPU))
        {
            using var raw = made;
            made = made.to(dtype ?? raw.dtype, device ?? CPU);
        }
        if (requires_grad) made.requires_grad = true;
        return made;
    }

    // ---------------------------------------------------------------------------- filled

    private static Tensor Made(Tensor tensor, bool requires_grad) => requires_grad ? tensor.requires_grad_() : tensor;

    private static Value TypeOrDefault(ScalarType? dtype) => dtype ?? defaultType;

    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("zeros", size.ToArray(), TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros((ReadOnlySpan<long>)size, dtype, device, requires_grad);
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([size], dtype, device, requires_grad);
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([rows, columns], dtype, device, requires_grad);
    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([dim0, dim1, dim2], dtype, device, requires_grad);
    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor of ones.</summary>
    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("ones", size.ToArray(), TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones((ReadOnlySpan<long>)size, dtype, device, requires_grad);
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([size], dtype, device, requires_grad);
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([rows, columns], dtype, device, requires_grad);
    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([dim0, dim1, dim2], dtype, device, requires_grad);
    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor whose numbers are not set.</summary>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("empty.memory_format", size.ToArray(), TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty((ReadOnlySpan<long>)size, dtype, device, requires_grad);
    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty([size], dtype, device, requires_grad);
    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty([rows, columns], dtype, device, requires_grad);
    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty([dim0, dim1, dim2], dtype, device, requires_grad);
    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty([dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>Uniform random numbers in [0, 1).</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(Op.Call("rand.generator", size.ToArray(), generator, TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => rand((ReadOnlySpan<long>)size, dtype, device, requires_grad, generator);
    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => rand([size], dtype, device, requires_grad, generator);
    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => rand([rows, columns], dtype, device, requires_grad, generator);
    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => rand([dim0, dim1, dim2], dtype, device, requires_grad, generator);
    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => rand([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    /// <summary>Random numbers of mean 0 and variance 1, normally distributed.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(Op.Call("randn.generator", size.ToArray(), generator, TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => randn((ReadOnlySpan<long>)size, dtype, device, requires_grad, generator);
    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => randn([size], dtype, device, requires_grad, generator);
    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => randn([rows, columns], dtype, device, requires_grad, generator);
    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => randn([dim0, dim1, dim2], dtype, device, requires_grad, generator);
    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) => randn([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    /// <summary>A tensor of one number; its element type follows the number's unless given.</summary>
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("full", size.ToArray(), value, dtype ?? FullType(value), Value.None, device), requires_grad);
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full((ReadOnlySpan<long>)size, value, dtype, device, requires_grad);
    public static Tensor full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([size], value, dtype, device, requires_grad);
    public static Tensor full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([rows, columns], value, dtype, device, requires_grad);
    public static Tensor full(long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([dim0, dim1, dim2], value, dtype, device, requires_grad);
    public static Tensor full(long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([dim0, dim1, dim2, dim3], value, dtype, device, requires_grad);

    private static ScalarType FullType(Scalar value) => value.Value.Kind switch
    {
        Kind.Int => ScalarType.Int64,
        Kind.Bool => ScalarType.Bool,
        Kind.Complex => ScalarType.ComplexFloat32,
        _ => defaultType,
    };

    /// <summary>A tensor of zeros, shaped and typed like another.</summary>
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("zeros_like", input, dtype, Value.None, device), requires_grad);
    /// <summary>A tensor of ones, shaped and typed like another.</summary>
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("ones_like", input, dtype, Value.None, device), requires_grad);
    /// <summary>A tensor of unset numbers, shaped and typed like another.</summary>
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("empty_like", input, dtype, Value.None, device), requires_grad);
    /// <summary>A tensor of uniform random numbers in [0, 1), shaped and typed like another.</summary>
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("rand_like", input, dtype, Value.None, device), requires_grad);
    /// <summary>A tensor of standard normal random numbers, shaped and typed like another.</summary>
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("randn_like", input, dtype, Value.None, device), requires_grad);
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("full_like", input, value, dtype, Value.None, device), requires_grad);
    public static Tensor randint_like(Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("randint_like.low_dtype", input, low, high, dtype, Value.None, device), requires_grad);

    /// <summary>Numbers from <paramref name="start"/> on, before <paramref name="stop"/>.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("arange.start_step", start, stop, step, dtype ?? RangeType(start, stop, step), Value.None, device), requires_grad);
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    private static ScalarType RangeType(params Scalar[] ends) => Array.TrueForAll(ends, end => end.Value.Kind == Kind.Int) ? ScalarType.Int64 : defaultType;

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("linspace", start, end, steps, TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("logspace", start, end, steps, @base, TypeOrDefault(dtype), Value.None, device), requires_grad);
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("eye.m", rows, columns < 0 ? rows : columns, TypeOrDefault(dtype), Value.None, device), requires_grad);

    /// <summary>The numbers 0 … n-1 in random order.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(Op.Call("randperm.generator", n, generator, dtype ?? ScalarType.Int64, Value.None, device), requires_grad);
    public static Tensor randint(long low, long high, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(Op.Call("randint.low_generator", low, high, size.ToArray(), generator, dtype ?? ScalarType.Int64, Value.None, device), requires_grad);
    public static Tensor randint(long high, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randint(low, high, (ReadOnlySpan<long>)size, dtype, device, requires_grad, generator);
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randint(0, high, (ReadOnlySpan<long>)size, dtype, device, requires_grad, generator);
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(empty(size, dtype, device).normal_(mean, std, generator), requires_grad);
    public static Tensor normal(Tensor means, Tensor stddev, Generator? generator = null) => Op.Call("normal.Tensor_Tensor", means, stddev, generator);

    public static Tensor complex(Tensor real, Tensor imag) => Op.Call("complex", real, imag);
    public static Tensor polar(Tensor abs, Tensor angle) => Op.Call("polar", abs, angle);

    // ---------------------------------------------------------------------------- sparse

    /// <summary>A sparse matrix or tensor by coordinates.</summary>
    /// <param name="indices">[dimensions, entries] int64.</param>
    /// <param name="values">[entries, …].</param>
    /// <param name="size">The dense shape.</param>
    public static Tensor sparse_coo_tensor(Tensor indices, Tensor values, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("sparse_coo_tensor.indices_size", indices, values, size, dtype ?? values.dtype, Value.None, device), requires_grad);

    public static Tensor sparse(Tensor indices, Tensor values, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        sparse_coo_tensor(indices, values, size, dtype, device, requires_grad);

    /// <summary>A sparse matrix by compressed rows.</summary>
    /// <param name="crow_indices">[rows + 1]: where each row's entries begin.</param>
    /// <param name="col_indices">[entries]: their columns.</param>
    /// <param name="values">[entries].</param>
    /// <param name="size">The dense shape.</param>
    public static Tensor sparse_csr_tensor(Tensor crow_indices, Tensor col_indices, Tensor values, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Op.Call("sparse_csr_tensor.crow_col_value_size", crow_indices, col_indices, values, size, dtype ?? values.dtype, 2L, device ?? values.device), requires_grad);
}
