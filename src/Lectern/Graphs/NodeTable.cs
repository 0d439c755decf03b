namespace Lectern.Graphs;

/// <summary>A table of nodes: names, numeric features and classes.</summary>
public sealed class NodeTable
{
    /// <summary>The nodes' names, in the order of the table.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The features' names.</summary>
    public required IReadOnlyList<string> FeatureNames { get; init; }

    /// <summary>The features [N, F], node after node; empty where the table has none.</summary>
    public required float[] Features { get; init; }

    /// <summary>
    /// The classes' names: in the order of their numbers if all are numbers, of appearance if not.
    /// </summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>
    /// The class of each node [N]; −1 where the table leaves it open. Null where it has no classes.
    /// </summary>
    public required long[]? Labels { get; init; }

    /// <summary>
    /// Reads a table whose first line names the columns; see <see cref="EdgeList"/> for its form.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is not as it should be; the message gives file, line and
    /// remedy.</exception>
    public static NodeTable Read(string path)
    {
        string[]? heading = null;
        var label = -1;
        var names = new List<string>();
        var known = new HashSet<string>();
        var features = new List<float>();
        var classes = new List<string>();
        foreach (var (line, fields) in TextTable.Read(path))
        {
            if (heading is null)
            {
                heading = fields;
                label = Array.FindIndex(fields, name => name.ToLowerInvariant() is "label" or "class");
                if (label == 0)
                {
                    throw EdgeList.Bad(
                        path, line, $"begins with the column '{fields[0]}'", "the first column is the node");
                }
                continue;
            }
            if (fields.Length != heading.Length)
            {
                throw EdgeList.Bad(path, line, $"has {fields.Length} fields",
                    $"each line has to fill the {heading.Length} columns of the first: {string.Join(", ", heading)}");
            }
            if (fields[0].Length == 0 || !known.Add(fields[0]))
            {
                throw EdgeList.Bad(
                    path, line, $"is for the node '{fields[0]}'", "each node needs a name, and one line");
            }
            names.Add(fields[0]);
            for (var column = 1; column < fields.Length; column++)
            {
                if (column == label)
                {
                    classes.Add(fields[column]);
                }
                else
                {
                    features.Add(EdgeList.Number(path, line, $"the feature '{heading[column]}'", fields[column]));
                }
            }
        }
        if (names.Count == 0)
        {
            throw new InvalidDataException(
                $"'{path}' has no nodes; a first line that names the columns (node,label,…) and a line a node are needed.");
        }
        var classNames = InOrder([.. classes.Where(name => name.Length > 0).Distinct()]);
        return new NodeTable
        {
            Names = names,
            FeatureNames = [.. heading!.Where((_, column) => column > 0 && column != label)],
            Features = [.. features],
            ClassNames = classNames,
            Labels = label < 0 ? null : [.. classes.Select(name => (long)classNames.IndexOf(name))],
        };
    }

    private static List<string> InOrder(List<string> names) => names.TrueForAll(name => long.TryParse(name, out _))
        ? [.. names.OrderBy(long.Parse)]
        : names;
}
