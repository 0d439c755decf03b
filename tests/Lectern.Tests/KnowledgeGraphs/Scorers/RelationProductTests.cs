using Lectern.KnowledgeGraphs;
using Lectern.Tests.Graphs;

namespace Lectern.Tests.KnowledgeGraphs.Scorers;

public sealed class RelationProductTests
{
    private static readonly long[] Relations = [2, 0, 2, 3, 0, 2];      // relation 1 is asked nothing

    [Theory]
    [InlineData(false, ScalarType.Float32, 1e-5)]
    [InlineData(true, ScalarType.Float32, 1e-5)]
    [InlineData(false, ScalarType.Float64, 1e-12)]
    [InlineData(true, ScalarType.Float64, 1e-12)]
    public void It_is_the_product_of_gathered_matrices(bool transposed, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var matrices = randn(4, 11 * 11, dtype: type);                  // 11: no multiple of the lanes
        var x = randn(6, 11, dtype: type);
        var gathered = matrices[tensor(Relations)].view(-1, 11, 11);
        var expected = (transposed ? gathered.transpose(1, 2) : gathered).bmm(x.unsqueeze(2)).squeeze(2);
        Assert.True(allclose(expected, RelationProduct.Of(matrices, Relations, x, transposed), rtol: 1e-4, atol: tolerance));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_agree_with_differences(bool transposed)
    {
        manual_seed(2);
        Gradients.AgreeWithDifferences(v => RelationProduct.Of(v[0], Relations, v[1], transposed),
            randn(4, 9, dtype: float64), randn(6, 3, dtype: float64));
    }

    [Theory]
    [InlineData(LinkTrainingType.KvsAll, false)]
    [InlineData(LinkTrainingType.KvsAll, true)]
    [InlineData(LinkTrainingType.NegativeSampling, false)]
    public void Rescal_learns_the_same_with_its_matrices_gathered(LinkTrainingType type, bool reciprocal)
    {
        using var scope = NewDisposeScope();
        var triples = Enumerable.Range(0, 40).Select(i => new Triple(i % 7, i % 3, i * i % 7)).ToArray();
        var data = new LinkDataset("some", [.. "abcdefg".Select(c => $"{c}")], ["p", "q", "r"], triples, triples[..1], triples[..1]);
        var settings = new LinkSettings
        {
            Model = LinkModel.Rescal, Width = 5, Training = type, Reciprocal = reciprocal, StartScale = 0.5, EvaluateEvery = 1,
        };
        Tensor[] Gradients(LinkSettings some)
        {
            manual_seed(3);
            using var model = new LinkPredictor(7, 3, some);
            LinkTraining.Loss(model, some, LinkTraining.Steps(data, some, 0).First()).backward();
            return [.. model.parameters().Select(p => p.grad!.clone())];
        }

        var gathered = Gradients(settings with { PenaltyByFrequency = true, RelationPenalty = 1e-30 });
        foreach (var (one, other) in Gradients(settings).Zip(gathered)) Assert.True(allclose(one, other, rtol: 1e-4, atol: 1e-6));
    }

    [Fact]
    public void A_relation_that_there_is_not_is_named()
    {
        using var model = new LinkPredictor(7, 3, new LinkSettings { Model = LinkModel.Rescal, Width = 5 });
        Assert.Contains("relations 0 to 2", Assert.Throws<ArgumentOutOfRangeException>(() => model.Triples([new Triple(0, 99, 1)])).Message, StringComparison.Ordinal);
    }
}
