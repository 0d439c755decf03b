namespace Lectern.Graphs;

/// <summary>Some graphs of a <see cref="GraphDataset"/> as one: what a graph classifier reads.</summary>
/// <param name="Graphs">The graphs, as one disconnected graph.</param>
/// <param name="Features">A row a node: [n, F].</param>
/// <param name="Labels">Class of each graph, int64: [B].</param>
public sealed record GraphSample(GraphBatch Graphs, Tensor Features, Tensor Labels)
{
    /// <summary>Coarser versions of each graph, where the data set has them.</summary>
    public IReadOnlyList<KronPyramid>? Pyramids { get; init; }

    /// <summary>Label of each edge, in the numbering of the joint graph's <see cref="Graph.Sources"/>; null where edges have
    /// none.</summary>
    public int[]? EdgeLabels { get; init; }

    /// <summary>Share of the graphs whose highest score is their class's.</summary>
    /// <param name="scores">[B, classes].</param>
    public double Accuracy(Tensor scores)
    {
        using var scope = NewDisposeScope();
        return scores.argmax(1).eq(Labels).to(ScalarType.Float64).mean().item<double>();
    }
}
