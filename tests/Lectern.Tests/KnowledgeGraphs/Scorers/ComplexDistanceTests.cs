using Lectern.KnowledgeGraphs;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.KnowledgeGraphs.Scorers;

public sealed class ComplexDistanceTests
{
    private static Tensor ByOperators(Tensor q, Tensor e)
    {
        var difference = (q.unsqueeze(1) - e.unsqueeze(0)).view(q.shape[0], e.shape[0], 2, -1);
        return difference.square().sum(2).sqrt().sum(-1);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-4)]
    [InlineData(ScalarType.Float64, 1e-12)]
    public void It_is_the_sum_of_the_moduli_and_its_gradients_are_theirs(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        // 19 complex coordinates: no multiple of the lanes.
        Tensor[] inputs = [randn(5, 38, dtype: type), randn(7, 38, dtype: type)], others = [.. inputs.Select(x => x.clone())];
        foreach (var x in inputs.Concat(others)) x.requires_grad_();
        var (expected, actual) = (ByOperators(inputs[0], inputs[1]), ComplexDistance.Of(others[0], others[1]));
        var weights = randn(5, 7, dtype: type);
        (expected * weights).sum().backward();
        (actual * weights).sum().backward();

        Assert.True(allclose(expected, actual, rtol: tolerance, atol: tolerance));
        foreach (var (x, y) in inputs.Zip(others)) Assert.True(allclose(x.grad!, y.grad!, rtol: tolerance, atol: tolerance));
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        manual_seed(2);
        Gradients.AgreeWithDifferences(v => ComplexDistance.Of(v[0], v[1]), randn(3, 10, dtype: float64), randn(4, 10, dtype: float64));
    }

    [Fact]
    public void Equal_coordinates_pull_nowhere()
    {
        using var scope = NewDisposeScope();
        var (q, e) = (tensor(new double[,] { { 1, 2, 3, 4 } }).requires_grad_(), tensor(new double[,] { { 1, 5, 3, 8 } }));
        ComplexDistance.Of(q, e).backward();

        Assert.Equal([0, -0.6, 0, -0.8], q.grad!.data<double>());       // (2 - 5, 4 - 8) / 5
    }
}
