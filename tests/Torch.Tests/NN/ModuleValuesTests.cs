namespace Torch.Tests.NN;

/// <summary>
/// Every module and function against Python's PyTorch: results, gradients, running statistics.
/// </summary>
public sealed class ModuleValuesTests
{
    public static TheoryData<string> Names => [.. Vectors.Names("cases")];

    [Theory, MemberData(nameof(Names))]
    public void Results_and_gradients_are_PyTorchs(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Vectors.Part("cases").GetProperty(name);
        var @case = Cases.All[name]();
        @case.Module?.to(ScalarType.Float64);
        Given(@case.Module);

        var x = @case.Inputs.Select((input, k) => input as Tensor ?? Cases.Fill((long[])input,
            20 + k).requires_grad_()).ToArray();
        var y = @case.Run(x);

        for (var k = 0; k < y.Length; k++)
        {
            Assert.Equal(Vectors.Shape(expected.GetProperty("shape")[k]), y[k].shape);
            Vectors.Same(Vectors.Numbers(expected.GetProperty("y")[k]), y[k], $"{name}, result {k}");
        }
        Assert.Equal(expected.GetProperty("y").GetArrayLength(), y.Length);
        if (expected.TryGetProperty("buffers", out var buffers))
            foreach (var (buffer, tensor) in @case.Module!.named_buffers())
                Vectors.Same(Vectors.Numbers(buffers.GetProperty(buffer)), tensor, $"{name}, {buffer}");
        if (!expected.TryGetProperty("gx", out var gx)) return;

        var loss = y.Select((t, k) => (t * Cases.Fill(t.shape, 40 + k)).sum()).Aggregate((a, b) => a + b);
        loss.backward();

        var learned = x.Where(t => t.requires_grad).ToArray();
        for (var k = 0; k < learned.Length; k++)
            Vectors.Same(Vectors.Numbers(gx[k]), learned[k].grad!, $"{name}, gradient of input {k}");
        var g = expected.GetProperty("g").EnumerateObject().ToDictionary(entry => entry.Name,
            entry => Vectors.Numbers(entry.Value));
        Assert.Equal(g.Keys.Order(),
            (@case.Module?.named_parameters() ?? []).Select(entry => entry.name).Order());
        foreach (var (parameter, values) in g)
            Vectors.Same(values, @case.Module!.get_parameter(parameter)!.grad!,
                $"{name}, gradient of {parameter}");
    }

    [Fact]
    public void Each_case_has_its_vectors() =>
        Assert.Equal(Vectors.Names("cases").Order(), Cases.All.Keys.Order());

    // The values that make_nn.py writes into parameters and running statistics.
    private static void Given(TorchSharp.torch.nn.Module? module)
    {
        if (module is null) return;
        using var quiet = no_grad();
        var k = 1;
        foreach (var (_, parameter) in module.named_parameters().OrderBy(entry => entry.name,
            StringComparer.Ordinal))
            parameter.copy_(Cases.Fill(parameter.shape, k++) * 0.8);
        foreach (var (name, buffer) in module.named_buffers())
        {
            if (name.Contains("mean")) buffer.copy_(Cases.Fill(buffer.shape, 3));
            if (name.Contains("var")) buffer.copy_(Cases.Fill(buffer.shape, 4).abs() + 0.5);
        }
    }
}
