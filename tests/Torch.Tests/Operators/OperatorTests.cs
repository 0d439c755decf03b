using System.Text.Json;
using Torch.Tests.NN;

namespace Torch.Tests.Operators;

/// <summary>Every way to write every operator against Python's PyTorch: results and gradients.</summary>
public sealed class OperatorTests
{
    public static TheoryData<string> Names => [.. OperatorVectors.Names("cases")];

    [Theory, MemberData(nameof(Names))]
    public void Results_and_gradients_are_PyTorchs(string name)
    {
        var expected = OperatorVectors.Case("cases", name);
        var forms = OperatorCases.All[name];
        for (int k = 0; k < forms.Length; k++)
        {
            using var scope = NewDisposeScope();
            Check(expected, forms[k], $"{name}, form {k + 1}");
        }
    }

    [Fact]
    public void Each_case_has_its_vectors() =>
        Assert.Equal(OperatorVectors.Names("cases").Order(), OperatorCases.All.Keys.Order());

    private static void Check(JsonElement expected, Form form, string what)
    {
        var leaves = expected.GetProperty("x").EnumerateArray().Select(OperatorVectors.Made).ToArray();
        foreach (var leaf in leaves) leaf.requires_grad = leaf.dtype == float64;
        // Forms that work in place get no leaves, which nothing may change.
        var y = OperatorCases.Results(form(Array.ConvertAll(leaves, leaf => leaf.clone())));

        var written = expected.GetProperty("y");
        Assert.True(written.GetArrayLength() == y.Length, $"{what}: {y.Length} results");
        for (int i = 0; i < y.Length; i++) OperatorVectors.Same(written[i], y[i], $"{what}, result {i + 1}");
        if (!expected.TryGetProperty("g", out var g)) return;

        y.Select(Weighed).Where(loss => loss is not null).Aggregate((a, b) => a! + b!)!.backward();
        for (int i = 0; i < leaves.Length; i++)
        {
            var gradient = leaves[i].grad;
            Assert.True((g[i].ValueKind == JsonValueKind.Null) == (gradient is null),
                $"{what}: only one of both has a gradient for input {i + 1}");
            if (gradient is not null)
                OperatorVectors.SameNumbers(g[i], gradient, $"{what}, gradient of input {i + 1}");
        }
    }

    /// <summary>
    /// The part of the loss that make_ops.py gives a result, null where it has no gradient.
    /// </summary>
    private static Tensor? Weighed(Tensor result, int k)
    {
        if (!result.requires_grad) return null;
        var weights = Cases.Fill(result.shape, 40 + k);
        return result.is_complex() ? (result.real * weights).sum() + (result.imag * weights).sum()
            : (result.@double() * weights).sum();
    }
}

/// <summary>Random numbers: the seeds of Python's PyTorch give Python's numbers.</summary>
public sealed class SeededOperatorTests
{
    public static TheoryData<string> Names => [.. OperatorVectors.Names("seeded")];

    [Theory, MemberData(nameof(Names))]
    public void A_seed_gives_PyTorchs_numbers(string name)
    {
        var expected = OperatorVectors.Case("seeded", name);
        var forms = OperatorCases.Seeded[name];
        for (int k = 0; k < forms.Length; k++)
        {
            using var scope = NewDisposeScope();
            manual_seed(11);
            var y = OperatorCases.Results(forms[k]([]));
            for (int i = 0; i < y.Length; i++)
                OperatorVectors.Same(expected[i], y[i], $"{name}, form {k + 1}, result {i + 1}");
            Assert.Equal(expected.GetArrayLength(), y.Length);
        }
    }

    [Fact]
    public void Each_case_has_its_vectors() =>
        Assert.Equal(OperatorVectors.Names("seeded").Order(), OperatorCases.Seeded.Keys.Order());
}
