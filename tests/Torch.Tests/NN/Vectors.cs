using System.Text.Json;

namespace Torch.Tests.NN;

/// <summary>The numbers of vectors/nn.json, which vectors/make_nn.py makes with Python's PyTorch.</summary>
internal static class Vectors
{
    private static readonly JsonElement Root = JsonDocument.Parse(
        typeof(Vectors).Assembly.GetManifestResourceStream("vectors/nn.json")!).RootElement;

    public static JsonElement Part(string name) => Root.GetProperty(name);

    public static IEnumerable<string> Names(string part) =>
        Part(part).EnumerateObject().Select(entry => entry.Name);

    public static double[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(number => number.GetDouble())];

    public static long[] Shape(JsonElement list) =>
        [.. list.EnumerateArray().Select(number => number.GetInt64())];

    /// <summary>Fails unless a tensor has these numbers, to a part of their size or of 1.</summary>
    public static void Same(double[] expected, Tensor actual, string what, double tolerance = 1e-7)
    {
        using var scope = NewDisposeScope();
        var numbers = actual.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        Assert.True(expected.Length == numbers.Length,
            $"{what}: {numbers.Length} numbers, expected {expected.Length}");
        for (var i = 0; i < numbers.Length; i++)
            Assert.True(Math.Abs(numbers[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"{what}: number {i} is {numbers[i]:G9}, PyTorch has {expected[i]:G9}");
    }
}
