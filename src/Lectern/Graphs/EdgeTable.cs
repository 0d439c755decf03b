namespace Lectern.Graphs;

/// <summary>
/// What <see cref="EdgeList.Read"/> found: edges between rows, and what is known of the nodes.
/// </summary>
public sealed class EdgeTable
{
    /// <summary>The name of each node; its place here is its row.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>
    /// The source of each edge, as a row; edges are as the file has them, each in one direction.
    /// </summary>
    public required int[] Sources { get; init; }

    /// <summary>The target of each edge, as a row.</summary>
    public required int[] Targets { get; init; }

    /// <summary>The weight of each edge; null where the file gives none.</summary>
    public float[]? Weights { get; init; }

    /// <summary>The table of nodes, if one was read; its rows are the nodes' rows.</summary>
    public NodeTable? Table { get; init; }

    /// <summary>Number of nodes.</summary>
    public int Nodes => Names.Count;

    /// <summary>The graph.</summary>
    /// <param name="undirected">Whether each line of the file is an edge in both directions; false keeps its
    /// direction.</param>
    public Graph ToGraph(bool undirected = true) => Graph.FromEdges(Nodes, Sources, Targets, Weights, undirected);

    /// <summary>
    /// The features of the table of nodes [N, F]; the identity [N, N] where there are none.
    /// </summary>
    public SparseMatrix ToFeatures()
    {
        var width = Table?.FeatureNames.Count ?? 0;
        if (width == 0)
        {
            int[] own = [.. Enumerable.Range(0, Nodes)];
            return SparseMatrix.FromRows(Nodes, Nodes, [.. own, Nodes], own);
        }
        var pointers = new int[Nodes + 1];
        var (columns, values) = (new List<int>(), new List<float>());
        for (var node = 0; node < Nodes; node++)
        {
            for (var feature = 0; feature < width; feature++)
            {
                if (Table!.Features[node * width + feature] is var value && value != 0)
                {
                    columns.Add(feature);
                    values.Add(value);
                }
            }
            pointers[node + 1] = columns.Count;
        }
        return SparseMatrix.FromRows(Nodes, width, pointers, [.. columns], [.. values]);
    }

    /// <summary>
    /// Graph, features and classes as a data set, with the labelled nodes dealt out at random.
    /// </summary>
    /// <param name="name">What to call it.</param>
    /// <param name="train">The share of the labelled nodes to train on, 0 to 1.</param>
    /// <param name="validation">The share to choose by; the rest is for testing.</param>
    /// <param name="seed">Seed of the deal; the same seed gives the same parts.</param>
    /// <param name="undirected">As in <see cref="ToGraph"/>.</param>
    /// <exception cref="InvalidOperationException">There is no table of nodes, or it has no column of
    /// classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The shares are negative, or above 1
    /// together.</exception>
    public NodeDataset ToDataset(
        string name, double train = 0.6, double validation = 0.2, int seed = 1, bool undirected = true)
    {
        if (Table?.Labels is not { } labels)
        {
            throw new InvalidOperationException(
                "A data set needs classes: give EdgeList.Read a table of nodes with a column 'label'.");
        }
        if (train < 0 || validation < 0 || train + validation > 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(train), $"The shares {train} and {validation} have to be positive, and at most 1 together.");
        }
        long[] labelled =
            [.. Enumerable.Range(0, Nodes).Where(node => labels[node] >= 0).Select(node => (long)node)];
        new Random(seed).Shuffle(labelled);
        var first = (int)Math.Round(train * labelled.Length);
        var second = Math.Min(labelled.Length, first + (int)Math.Round(validation * labelled.Length));
        return new NodeDataset(
            name, ToGraph(undirected), ToFeatures(),
            tensor(labels).DetachFromDisposeScope(),
            tensor(labelled[..first]).DetachFromDisposeScope(),
            tensor(labelled[first..second]).DetachFromDisposeScope(),
            tensor(labelled[second..]).DetachFromDisposeScope(),
            Table.ClassNames.Count);
    }
}
