using Lectern.Data;

namespace Lectern.Tests.Vision;

/// <summary>What torchvision gave, from the files that the scripts beside this one make.</summary>
internal static class Fixture
{
    /// <summary>A file's contents, by name.</summary>
    internal static Dictionary<string, object?> Load(string name) =>
        (Dictionary<string, object?>)PyTorchCheckpoint.Load(
        Path.Combine(AppContext.BaseDirectory, "Vision", "Fixtures", name))!;

    internal static Dictionary<string, object?> Part(this Dictionary<string, object?> entries, string name) =>
        (Dictionary<string, object?>)entries[name]!;

    internal static Tensor Tensor(this Dictionary<string, object?> entries, string name) =>
        (Tensor)entries[name]!;

    /// <summary>Shapes are equal, and the largest difference is at most the tolerance.</summary>
    internal static void Agree(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        if (expected.numel() == 0) return;
        using var scope = NewDisposeScope();
        double off = (expected.to(float64) - actual.to(float64)).abs().max().item<double>();
        Assert.True(off <= tolerance, $"{what} is off by {off:g3}; {tolerance:g3} is allowed.");
    }
}
