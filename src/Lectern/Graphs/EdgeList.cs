using System.Globalization;

namespace Lectern.Graphs;

/// <summary>Reads a graph from text files: one of edges, and if there is one, a table of nodes.</summary>
/// <remarks>
/// <para><b>Edges</b>: a line an edge, two fields (source, target) or three (and a weight), separated by tab,
/// comma, semicolon or spaces; lines that begin with # or % are comments; a first line such as
/// <c>source,target,weight</c> is left out. A node is a number or a name.</para>
/// <para><b>Nodes</b>: a table whose first line names its columns. The first column is the node; one called
/// <c>label</c> or <c>class</c> is its class (empty: unknown); all others are features, and numbers.</para>
/// <para><b>Which node is which row</b>: the order of the table of nodes; or with a count, the node's own
/// number from 0; or else the nodes that the edges name, in the order of their numbers if all are numbers,
/// and of appearance if not.</para>
/// <para>Cost: linear in the files. Source: written for "Your own data"; the form is that of SNAP's and of
/// most courses' files.</para>
/// </remarks>
public static class EdgeList
{
    /// <summary>Reads the files.</summary>
    /// <param name="edges">The file of edges.</param>
    /// <param name="nodes">The table of nodes; null where there is none.</param>
    /// <param name="count">The number of nodes, where they are numbered from 0 and there is no table of
    /// them.</param>
    /// <exception cref="InvalidDataException">A line is not as it should be, or names a node that does not
    /// exist; the message gives the file, the line and the remedy.</exception>
    /// <exception cref="ArgumentException">Both a table and a count are given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static EdgeTable Read(string edges, string? nodes = null, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(edges);
        if (nodes is not null && count is not null)
        {
            throw new ArgumentException("Give the table of nodes or their number, not both.", nameof(count));
        }
        if (count is < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "The number of nodes is at least 1.");
        }
        var table = nodes is null ? null : NodeTable.Read(nodes);
        var index = new Dictionary<string, int>();
        foreach (var name in table?.Names ?? [])
        {
            index.Add(name, index.Count);
        }

        var (sources, targets, weights) = (new List<int>(), new List<int>(), new List<float>());
        var first = true;
        foreach (var (line, fields) in TextTable.Read(edges))
        {
            if (first && IsHeading(fields))
            {
                first = false;
                continue;
            }
            first = false;
            if (fields.Length is < 2 or > 3 || fields[0].Length == 0 || fields[1].Length == 0)
            {
                throw Bad(
                    edges, line,
                    $"has {fields.Length} field{(fields.Length == 1 ? "" : "s")} ('{Shown(fields)}')",
                    "an edge is a source, a target and, if you like, a weight, with a tab, a comma or a space between");
            }
            sources.Add(Find(fields[0], line));
            targets.Add(Find(fields[1], line));
            if (sources.Count > 1 && fields.Length == 3 != (weights.Count == sources.Count - 1))
            {
                throw Bad(edges, line, fields.Length == 3 ? "has a weight" : "has no weight",
                    "and the lines before are otherwise: give every edge a weight, or none");
            }
            if (fields.Length == 3)
            {
                weights.Add(Number(edges, line, "the weight", fields[2]));
            }
        }
        if (sources.Count == 0)
        {
            throw new InvalidDataException($"'{edges}' has no edges; one line an edge is needed: '0,1'.");
        }

        var result = new EdgeTable
        {
            Names = count is { } all ? [.. Enumerable.Range(0, all).Select(Text)] : [.. index.Keys],
            Sources = [.. sources],
            Targets = [.. targets],
            Weights = weights.Count > 0 ? [.. weights] : null,
            Table = table,
        };
        return table is null && count is null ? InOrder(result) : result;

        int Find(string name, int line)
        {
            if (count is { } nodeCount)
            {
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var node)
                    && node < nodeCount
                    ? node
                    : throw Bad(edges, line, $"names the node '{name}', which does not exist",
                        $"there are {nodeCount} nodes, 0 to {nodeCount - 1}; correct the edge or the number, "
                        + "or leave the number out, so that the edges themselves say which nodes there are");
            }
            if (!index.TryGetValue(name, out var found))
            {
                if (table is not null)
                {
                    throw Bad(edges, line, $"names the node '{name}', which does not exist",
                        $"'{nodes}' has {index.Count} others; correct the edge, or add the node there");
                }
                found = index.Count;
                index.Add(name, found);
            }
            return found;
        }
    }

    /// <summary>A finite number, in the invariant form (a point, no thousands).</summary>
    internal static float Number(string path, int line, string what, string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && float.IsFinite(number)
            ? number
            : throw Bad(path, line, $"has '{text}' as {what}", "a finite number such as 0.5 is needed");

    /// <summary>The answer to a line that is not as it should be.</summary>
    internal static InvalidDataException Bad(string path, int line, string fault, string remedy) =>
        new($"Line {line} of '{path}' {fault}; {remedy}.");

    private static bool IsHeading(string[] fields) => fields.Length >= 2
        && fields[0].ToLowerInvariant() is "source" or "from" or "src" or "head"
        && fields[1].ToLowerInvariant() is "target" or "to" or "dst" or "tail";

    private static string Shown(string[] fields) => string.Join(" ", fields) is { Length: > 40 } text
        ? text[..40] + "…"
        : string.Join(" ", fields);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Nodes that are all numbers come in the order of the numbers, as a reader would list them.
    private static EdgeTable InOrder(EdgeTable table)
    {
        var numbers = new long[table.Names.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(table.Names[i], CultureInfo.InvariantCulture, out numbers[i]))
            {
                return table;
            }
        }
        var order = Enumerable.Range(0, numbers.Length).OrderBy(node => numbers[node]).ToArray();
        var place = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            place[order[i]] = i;
        }
        return new EdgeTable
        {
            Names = [.. order.Select(node => table.Names[node])],
            Sources = [.. table.Sources.Select(node => place[node])],
            Targets = [.. table.Targets.Select(node => place[node])],
            Weights = table.Weights,
        };
    }
}
