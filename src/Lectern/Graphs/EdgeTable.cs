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
}
