namespace Lectern.Graphs;

/// <summary>What layers ask of their input, answered with both shapes where it is not met.</summary>
internal static class Require
{
    /// <summary>Features must have a row a node and as many columns as the layer was made for.</summary>
    /// <exception cref="ArgumentException">They have not.</exception>
    internal static void Features(Tensor x, long nodes, long columns, string name)
    {
        if (x.dim() != 2 || x.shape[0] != nodes || x.shape[1] != columns) throw Mismatch(string.Join(", ", x.shape), nodes, columns, name);
    }

    /// <inheritdoc cref="Features(Tensor, long, long, string)"/>
    internal static void Features(SparseMatrix x, long nodes, long columns, string name)
    {
        if (x.Rows != nodes || x.Columns != columns) throw Mismatch($"{x.Rows}, {x.Columns}", nodes, columns, name);
    }

    /// <summary>Node values must have a row a node; the number of columns is free.</summary>
    /// <exception cref="ArgumentException">They have not.</exception>
    internal static void Nodes(Tensor x, long nodes, string name)
    {
        if (x.dim() != 2 || x.shape[0] != nodes)
            throw new ArgumentException(
                $"'{name}' must be [{nodes}, C], a row for each of the graph's {nodes} nodes; given was [{string.Join(", ", x.shape)}].", name);
    }

    private static ArgumentException Mismatch(string given, long nodes, long columns, string name) => new(
        $"The features '{name}' must be [{nodes}, {columns}]: a row for each of the graph's {nodes} nodes, and the {columns} columns "
        + $"that the layer was made for; given were [{given}].", name);
}
