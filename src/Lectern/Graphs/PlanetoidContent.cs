using System.Globalization;
using Lectern.Data;
using Pickle;

namespace Lectern.Graphs;

/// <summary>What a Planetoid data set's eight files say, as plain arrays.</summary>
/// <param name="Nodes">Number of nodes.</param>
/// <param name="Sources">Source of each edge. Both directions of each are there, once, and no
/// self-loops.</param>
/// <param name="Targets">Target of each edge.</param>
/// <param name="RowPointers">Where the features of each node begin, and at last their number; Nodes +
/// 1.</param>
/// <param name="Columns">The feature of each entry.</param>
/// <param name="Values">The value of each entry.</param>
/// <param name="Features">Number of features.</param>
/// <param name="Labels">The class of each node; −1 for a node without features and label.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Train">Nodes to train on.</param>
/// <param name="Validation">Nodes to choose by.</param>
/// <param name="Test">Nodes to report on.</param>
internal sealed record PlanetoidContent(
    int Nodes, int[] Sources, int[] Targets, int[] RowPointers, int[] Columns, float[] Values, int Features,
    long[] Labels, int Classes, long[] Train, long[] Validation, long[] Test)
{
    private const int ValidationNodes = 500;

    /// <summary>Reads the eight files.</summary>
    /// <param name="path">Gives the place of a file by its ending: x, y, tx, ty, allx, ally, graph,
    /// test.index.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or two do not fit together.</exception>
    public static PlanetoidContent Read(Func<string, string> path)
    {
        var known = NumpyPickle.Read<PickledCsr>(path("allx"));
        var test = NumpyPickle.Read<PickledCsr>(path("tx"));
        var knownLabels = Classify(path("ally"), known.Rows);
        var testLabels = Classify(path("ty"), test.Rows);
        var train = Classify(path("y"), NumpyPickle.Read<PickledCsr>(path("x")).Rows).Labels.Length;
        var graph = NumpyPickle.Read<PickleDictionary>(path("graph"));
        var order = ReadIndex(path("test.index"), test.Rows, known.Rows, graph.Count);
        if (known.Columns != test.Columns || knownLabels.Classes != testLabels.Classes)
        {
            throw new InvalidDataException(
                $"'{path("allx")}' has {known.Columns} features and {knownLabels.Classes} classes, and "
                + $"'{path("tx")}' {test.Columns} and {testLabels.Classes}; they have to be equal.");
        }

        // Row i of tx belongs to node order[i]; nodes that neither file has (15 in Citeseer) keep empty rows.
        var nodes = graph.Count;
        var labels = new long[nodes];
        Array.Fill(labels, -1);
        knownLabels.Labels.CopyTo(labels, 0);
        var rowOf = new int[nodes];
        Array.Fill(rowOf, -1);
        for (var i = 0; i < order.Length; i++)
        {
            labels[order[i]] = testLabels.Labels[i];
            rowOf[order[i]] = i;
        }
        var pointers = new int[nodes + 1];
        var columns = new List<int>(known.ColumnIndices.Length + test.ColumnIndices.Length);
        var values = new List<float>(columns.Capacity);
        for (var node = 0; node < nodes; node++)
        {
            var (matrix, row) = node < known.Rows ? (known, node) : (test, rowOf[node]);
            if (row >= 0)
            {
                var entries = matrix.RowPointers[row]..matrix.RowPointers[row + 1];
                columns.AddRange(matrix.ColumnIndices.AsSpan(entries));
                values.AddRange(matrix.Values.AsSpan(entries));
            }
            pointers[node + 1] = columns.Count;
        }

        var (sources, targets) = ReadEdges(graph, nodes, path("graph"));
        var validation = Math.Min(ValidationNodes, known.Rows - train);
        return new PlanetoidContent(
            nodes, sources, targets, pointers, [.. columns], [.. values], known.Columns,
            labels, knownLabels.Classes,
            Range(0, train), Range(train, validation), [.. order.Select(node => (long)node)]);
    }

    private static long[] Range(int start, int count) =>
        [.. Enumerable.Range(start, count).Select(node => (long)node)];

    // One row a node, in which exactly one class has a 1.
    private static (long[] Labels, int Classes) Classify(string path, int rows)
    {
        var array = NumpyPickle.Read<NumpyArray>(path);
        if (array.Shape.Length != 2 || array.Shape[0] != rows)
        {
            throw new InvalidDataException(
                $"'{path}' has labels of shape [{string.Join(", ", array.Shape)}]; "
                + $"its features have {rows} rows.");
        }
        var classes = array.Shape[1];
        var oneHot = array.ToInt32();
        var labels = new long[rows];
        for (var row = 0; row < rows; row++)
        {
            var marks = oneHot.AsSpan(row * classes, classes);
            labels[row] = marks.IndexOf(1);
            if (labels[row] < 0 || marks.ContainsAnyExcept(0, 1) || marks.Count(1) != 1)
            {
                throw new InvalidDataException($"'{path}' does not mark exactly one class in row {row}.");
            }
        }
        return (labels, classes);
    }

    private static int[] ReadIndex(string path, int rows, int first, int nodes)
    {
        var lines = File.ReadAllLines(path);
        var order = new int[lines.Length];
        var seen = new HashSet<int>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!int.TryParse(lines[i], NumberStyles.Integer, CultureInfo.InvariantCulture, out order[i])
                || order[i] < first || order[i] >= nodes || !seen.Add(order[i]))
            {
                throw new InvalidDataException(
                    $"Line {i + 1} of '{path}' is '{lines[i]}'; "
                    + $"each node from {first} to {nodes - 1} may stand there once.");
            }
        }
        return order.Length == rows
            ? order
            : throw new InvalidDataException($"'{path}' has {order.Length} lines, and tx has {rows} rows.");
    }

    // Neighbour lists hold duplicates and self-loops. Both go, and each edge gets its other direction.
    private static (int[] Sources, int[] Targets) ReadEdges(PickleDictionary graph, int nodes, string path)
    {
        var pairs = new List<long>();
        foreach (var (key, value) in graph.Entries)
        {
            foreach (var neighbour in value as List<object?> ?? throw Bad(path, key))
            {
                if (key is not long source || neighbour is not long target
                    || source < 0 || source >= nodes || target < 0 || target >= nodes)
                {
                    throw Bad(path, key);
                }
                if (source != target)
                {
                    pairs.Add(source * nodes + target);
                    pairs.Add(target * nodes + source);
                }
            }
        }
        var edges = pairs.Order().Distinct().ToList();
        return (
            [.. edges.Select(pair => (int)(pair / nodes))],
            [.. edges.Select(pair => (int)(pair % nodes))]);
    }

    private static InvalidDataException Bad(string path, object key) =>
        new($"'{path}' has no list of node numbers for node '{key}', or names a node that does not exist.");
}
