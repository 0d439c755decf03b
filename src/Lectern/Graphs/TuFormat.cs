using System.Globalization;
using Lectern.Data;

namespace Lectern.Graphs;

/// <summary>Reads sets of graphs in the text form of the TU Dortmund collection.</summary>
/// <remarks>
/// <para>A folder holds <c>NAME_A.txt</c> (a line a directed edge, "source, target"; an undirected edge has two),
/// <c>NAME_graph_indicator.txt</c> (the graph of each node), <c>NAME_graph_labels.txt</c> (the class of each graph),
/// and where they are known <c>NAME_node_labels.txt</c>, <c>NAME_edge_labels.txt</c> (a line an edge of
/// <c>NAME_A.txt</c>) and <c>NAME_node_attributes.txt</c> (numbers with commas). Nodes and graphs count from 1.</para>
/// <para>Classes and labels are numbered from 0 in the order of the files' numbers. An edge that is listed twice
/// (as all are in the IMDB sets) counts once. Nodes without edges stay.</para>
/// <para>Source: Morris et al. 2020. The sets of <see cref="Catalog"/>: mutag, ptc_mr, proteins, nci1, enzymes,
/// imdb-binary, imdb-multi. Cost: linear in the files.</para>
/// </remarks>
public static class TuFormat
{
    /// <summary>A set of the catalogue.</summary>
    /// <param name="name">Its name: mutag, proteins, …; upper and lower case are the same.</param>
    /// <param name="download">Whether to fetch the files (24 kB to 0.8 MB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static GraphDataset Load(string name, bool download = false) =>
        Load(download ? Catalog.Download(name) : Catalog.Require(name));

    /// <summary>A set of the catalogue, wherever its files lie.</summary>
    internal static GraphDataset Load(DataFiles files)
    {
        string edges = files.Set.Files[0].Name;                         // NAME_A.txt
        return Read(edges[..^"_A.txt".Length], file => files.Set.Files.Any(f => f.Name == file) ? files[file] : null);
    }

    /// <summary>A folder of one's own.</summary>
    /// <param name="folder">The folder with <c>NAME_A.txt</c> and the others.</param>
    /// <param name="name">NAME; null for the folder's own name.</param>
    /// <exception cref="FileNotFoundException">One of the three files that have to be there is not.</exception>
    /// <exception cref="InvalidDataException">A line is not as it should be; the message gives file, line and
    /// remedy.</exception>
    public static GraphDataset Read(string folder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Read(name ?? Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar)), file =>
        {
            string path = Path.Combine(folder, file);
            return File.Exists(path) ? path : null;
        });
    }

    private static GraphDataset Read(string name, Func<string, string?> find)
    {
        string Need(string part) => find($"{name}_{part}.txt") ?? throw new FileNotFoundException(
            $"A set of graphs in the TU form has a file '{name}_{part}.txt', and there is none; it needs at least "
            + $"'{name}_A.txt', '{name}_graph_indicator.txt' and '{name}_graph_labels.txt'.");

        var (classOfGraph, classes) = Numbered(Need("graph_labels"));
        int[] firstNodes = FirstNodes(Need("graph_indicator"), classOfGraph.Length);
        int nodes = firstNodes[^1], count = classOfGraph.Length;
        string edgePath = Need("A");
        var (sources, targets) = Edges(edgePath, nodes);

        var (nodeLabels, nodeLabelValues) = Optional("node_labels", nodes, "nodes");
        var (edgeLabels, edgeLabelValues) = Optional("edge_labels", sources.Length, "edges");
        var (attributes, width) = find($"{name}_node_attributes.txt") is { } path ? Attributes(path, nodes) : (null, 0);

        // Edges in the order of their graphs: order[starts[g] … starts[g + 1] - 1] are those of graph g.
        int[] graphOfNode = new int[nodes];
        for (int g = 0; g < count; g++) graphOfNode.AsSpan(firstNodes[g]..firstNodes[g + 1]).Fill(g);
        for (int e = 0; e < sources.Length; e++)
            if (graphOfNode[sources[e]] != graphOfNode[targets[e]])
                throw EdgeList.Bad(edgePath, e + 1, $"joins node {sources[e] + 1} of graph {graphOfNode[sources[e]] + 1} "
                    + $"and node {targets[e] + 1} of graph {graphOfNode[targets[e]] + 1}", "an edge stays in its graph");
        int[] ofEdge = [.. sources.Select(node => graphOfNode[node])];
        int[] order = [.. Enumerable.Range(0, sources.Length)];
        Array.Sort((int[])ofEdge.Clone(), order);

        var graphs = new Graph[count];
        var labelsOfEdges = edgeLabels is null ? null : new int[count][];
        for (int g = 0, at = 0; g < count; g++)
        {
            int begin = at;
            while (at < order.Length && ofEdge[order[at]] == g) at++;
            int[] own = order[begin..at];
            Array.Sort(own);                                            // as the file has them
            int first = firstNodes[g];
            int[] from = [.. own.Select(e => sources[e] - first)], to = [.. own.Select(e => targets[e] - first)];
            // Labels travel as weights, so that they follow the edges' new numbering.
            float[] carried = edgeLabels is null ? [] : [.. own.Select(e => (float)edgeLabels[e])];
            graphs[g] = Graph.FromEdges(firstNodes[g + 1] - first, from, to, carried);
            if (labelsOfEdges is null) continue;
            labelsOfEdges[g] = graphs[g].Weights is { } weights ? [.. weights.data<float>().ToArray().Select(w => (int)w)] : [];
            graphs[g].Weights?.Dispose();
            graphs[g] = graphs[g].WithWeights(null);
        }

        return new GraphDataset
        {
            Name = name,
            Graphs = graphs,
            Labels = classOfGraph,
            Classes = classes.Length,
            ClassNames = [.. classes.Select(value => value.ToString(CultureInfo.InvariantCulture))],
            NodeLabels = nodeLabels is null ? null : Parts(nodeLabels, firstNodes, 1),
            NodeLabelCount = nodeLabelValues.Length,
            EdgeLabels = labelsOfEdges,
            EdgeLabelCount = edgeLabelValues.Length,
            NodeAttributes = attributes is null ? null : Parts(attributes, firstNodes, width),
            NodeAttributeCount = width,
        };

        (int[]? Numbers, long[] Values) Optional(string part, int expected, string what)
        {
            if (find($"{name}_{part}.txt") is not { } path) return (null, []);
            var (numbers, values) = Numbered(path);
            return numbers.Length == expected ? (numbers, values) : throw new InvalidDataException(
                $"'{path}' has {numbers.Length} lines, and there are {expected} {what}; it needs a line for each.");
        }
    }

    /// <summary>The number of each line, and which value of the file each number stands for, ascending.</summary>
    private static (int[] Numbers, long[] Values) Numbered(string path)
    {
        var lines = new List<long>();
        foreach (var (line, fields) in TextTable.Read(path)) lines.Add(Integer(path, line, fields[0]));
        long[] values = [.. lines.Distinct().Order()];
        var place = values.Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i);
        return ([.. lines.Select(value => place[value])], values);
    }

    /// <summary>The first node of each graph, from 0, and the number of nodes last.</summary>
    private static int[] FirstNodes(string path, int graphs)
    {
        var firsts = new int[graphs + 1];
        int node = 0, current = 0;
        foreach (var (line, fields) in TextTable.Read(path))
        {
            long graph = Integer(path, line, fields[0]);
            if (graph < 1 || graph > graphs)
                throw EdgeList.Bad(path, line, $"names graph {graph}", $"there are classes for the graphs 1 to {graphs}");
            if (graph != current && graph != current + 1)
                throw EdgeList.Bad(path, line, $"is a node of graph {graph} after one of graph {current}",
                    "the nodes of a graph stand together, graph 1 first, and every graph has one");
            if (graph > current) firsts[current++] = node;
            node++;
        }
        if (current < graphs)
            throw new InvalidDataException($"'{path}' has nodes for {current} graphs, and there are classes for {graphs}.");
        firsts[graphs] = node;
        return firsts;
    }

    private static (int[] Sources, int[] Targets) Edges(string path, int nodes)
    {
        var (sources, targets) = (new List<int>(), new List<int>());
        foreach (var (line, fields) in TextTable.Read(path))
        {
            if (fields.Length != 2)
                throw EdgeList.Bad(path, line, $"has {fields.Length} fields", "an edge is 'source, target'");
            sources.Add(Node(line, fields[0]));
            targets.Add(Node(line, fields[1]));
        }
        return ([.. sources], [.. targets]);

        int Node(int line, string text) => Integer(path, line, text) is var node && node >= 1 && node <= nodes
            ? (int)node - 1
            : throw EdgeList.Bad(path, line, $"names node {node}", $"the graph indicator has the nodes 1 to {nodes}");
    }

    private static (float[] Values, int Width) Attributes(string path, int nodes)
    {
        var values = new List<float>();
        int width = 0, rows = 0;
        foreach (var (line, fields) in TextTable.Read(path))
        {
            if (rows++ == 0) width = fields.Length;
            if (fields.Length != width)
                throw EdgeList.Bad(path, line, $"has {fields.Length} numbers", $"the first line has {width}");
            foreach (string field in fields) values.Add(EdgeList.Number(path, line, "an attribute", field));
        }
        return rows == nodes ? ([.. values], width) : throw new InvalidDataException(
            $"'{path}' has {rows} lines, and there are {nodes} nodes; it needs a line for each.");
    }

    private static T[][] Parts<T>(T[] all, int[] firstNodes, int width) =>
        [.. Enumerable.Range(0, firstNodes.Length - 1).Select(g => all[(firstNodes[g] * width)..(firstNodes[g + 1] * width)])];

    private static long Integer(string path, int line, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw EdgeList.Bad(path, line, $"has '{text}'", "a whole number is needed");
}
