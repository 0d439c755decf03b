using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Torch.Tests.NN;

namespace Torch.Tests.Operators;

/// <summary>The tensors of vectors/ops.json, which vectors/make_ops.py makes with Python's PyTorch.</summary>
internal static class OperatorVectors
{
    private static readonly JsonElement Root = JsonDocument.Parse(
        typeof(OperatorVectors).Assembly.GetManifestResourceStream("vectors/ops.json")!).RootElement;

    public static IEnumerable<string> Names(string part) =>
        Root.GetProperty(part).EnumerateObject().Select(entry => entry.Name);

    public static JsonElement Case(string part, string name) => Root.GetProperty(part).GetProperty(name);

    /// <summary>A tensor as it is written: [element type, shape, numbers].</summary>
    public static Tensor Made(JsonElement written)
    {
        var values = Numbers(written[2]);
        var shape = Vectors.Shape(written[1]);
        var type = TypeOf(written[0].GetString()!);
        if (!is_complex(type)) return tensor(values).to(type).reshape(shape);
        var pairs = tensor(values).reshape(-1, 2);
        return complex(pairs[.., 0].contiguous(), pairs[.., 1].contiguous()).to(type).reshape(shape);
    }

    /// <summary>Fails unless the tensor has the written element type, shape and numbers.</summary>
    public static void Same(JsonElement written, Tensor actual, string what)
    {
        Assert.True(TypeOf(written[0].GetString()!) == actual.dtype,
            $"{what}: {actual.dtype}, PyTorch has {written[0]}");
        Assert.True(Vectors.Shape(written[1]).SequenceEqual(actual.shape),
            $"{what}: shape [{string.Join(", ", actual.shape)}], PyTorch has {written[1]}");
        bool exact = actual.dtype is float64 or complex128 || actual.is_integral();
        SameNumbers(written[2], actual, what, exact ? 1e-7 : 1e-5);
    }

    /// <summary>Fails unless the tensor has the written numbers, to a part of their size or of 1.</summary>
    public static void SameNumbers(JsonElement written, Tensor actual, string what, double tolerance = 1e-7)
    {
        double[] expected = Numbers(written), numbers = Read(actual.detach());
        Assert.True(expected.Length == numbers.Length,
            $"{what}: {numbers.Length} numbers, not {expected.Length}");
        for (int i = 0; i < numbers.Length; i++)
            Assert.True(Near(expected[i], numbers[i], tolerance),
                $"{what}: number {i} is {numbers[i]:G9}, PyTorch has {expected[i]:G9}");
    }

    private static bool Near(double expected, double actual, double tolerance) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected));

    private static double[] Read(Tensor x) => x.is_complex()
        ? MemoryMarshal.Cast<Complex, double>(x.to(complex128).data<Complex>().ToArray()).ToArray()
        : x.to(float64).data<double>().ToArray();

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number =>
        number.ValueKind != JsonValueKind.String ? number.GetDouble() : number.GetString() switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        })];

    private static ScalarType TypeOf(string name) => name switch
    {
        "uint8" => uint8,
        "int8" => int8,
        "int16" => int16,
        "int32" => int32,
        "int64" => int64,
        "float16" => float16,
        "bfloat16" => bfloat16,
        "float32" => float32,
        "float64" => float64,
        "bool" => @bool,
        "complex64" => complex64,
        "complex128" => complex128,
        _ => throw new ArgumentException($"Element type {name}."),
    };
}
