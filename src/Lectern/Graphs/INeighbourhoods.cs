namespace Lectern.Graphs;

/// <summary>Who each node hears: all that sampling and partitioning ask of a graph, whether it lies in memory
/// (<see cref="Graph"/>) or in files (<see cref="Large.StoredGraph"/>).</summary>
public interface INeighbourhoods
{
    /// <summary>Number of nodes, N.</summary>
    int Nodes { get; }

    /// <summary>The sources of the edges that arrive at a node.</summary>
    /// <param name="node">0 to N - 1.</param>
    ReadOnlySpan<int> Neighbours(int node);
}
