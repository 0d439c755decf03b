namespace Lectern.Graphs;

/// <summary>
/// A graph whose nodes have features and labels, with the usual three parts. Indices are int64 tensors of
/// node numbers.
/// </summary>
/// <param name="Name">What the set is called.</param>
/// <param name="Graph">The graph.</param>
/// <param name="Features">A row a node, sparse: [N, F].</param>
/// <param name="Labels">Class of each node, int64: [N]; -1 where unknown.</param>
/// <param name="Train">Nodes whose labels are trained on.</param>
/// <param name="Validation">Nodes to choose by.</param>
/// <param name="Test">Nodes to report on.</param>
/// <param name="Classes">Number of classes.</param>
public sealed record NodeDataset(string Name, Graph Graph, SparseMatrix Features, Tensor Labels, Tensor Train, Tensor Validation, Tensor Test, int Classes)
{
    /// <summary>
    /// The same set with each feature row divided by its sum, as GCN and GAT take it; empty rows stay empty.
    /// </summary>
    public NodeDataset WithRowNormalizedFeatures()
    {
        var values = Features.Values?.data<float>().ToArray() ?? [.. Enumerable.Repeat(1f, Features.Entries)];
        for (int row = 0; row < Features.Rows; row++)
        {
            var entries = values.AsSpan(Features.RowPointers[row]..Features.RowPointers[row + 1]);
            float total = 0;
            foreach (float value in entries) total += value;
            if (total != 0) foreach (ref float value in entries) value /= total;
        }
        return this with { Features = Features.WithValues(tensor(values)) };
    }
}
