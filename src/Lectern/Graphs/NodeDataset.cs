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
    public NodeDataset WithRowNormalizedFeatures() => this with { Features = Features.RowNormalized() };

    /// <summary>The same set with labels and node numbers on a device; graph and features follow what they are multiplied with.</summary>
    public NodeDataset To(Device device) => Labels.device.Equals(device) ? this : this with
    {
        Labels = Labels.to(device),
        Train = Train.to(device),
        Validation = Validation.to(device),
        Test = Test.to(device),
    };
}
