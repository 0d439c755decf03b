using System.Text.Json;

namespace Lectern.Graphs.Large;

/// <summary>
/// A graph with node features and labels in a folder of flat files, which are mapped and not read: what is not touched costs no
/// memory, so the graph may be larger than memory, and processes of one machine share what is in it.
/// </summary>
/// <remarks>
/// All numbers little-endian. <c>graph.json</c>: version, sizes, type of the features. <c>pointers.i64</c>: where each node's
/// neighbours begin and the last one's end, [N + 1]. <c>sources.i32</c>: the sources of the edges, by target, ascending, [E].
/// <c>features.f32</c> or <c>features.f16</c>: [N, F]. <c>labels.i32</c>: [N]. <see cref="StoredGraphWriter"/> writes them.
/// </remarks>
public sealed unsafe class StoredGraph : INeighbourhoods, IDisposable
{
    internal const string HeaderFile = "graph.json", PointersFile = "pointers.i64", SourcesFile = "sources.i32", LabelsFile = "labels.i32";

    private readonly MappedFile pointers, sources, features, labels;
    private readonly Lock gathering = new();                    // a window is moved by one thread at a time
    private readonly Header header;

    /// <summary>What <c>graph.json</c> says.</summary>
    internal sealed record Header(int Version, int Nodes, long Edges, int Features, int Classes, bool Half)
    {
        internal const int Current = 1;

        internal string FeaturesFile => Half ? "features.f16" : "features.f32";

        internal int RowBytes => Features * (Half ? 2 : 4);
    }

    private StoredGraph(string folder, Header header, long window)
    {
        MappedFile File(string name, long length, long mapped = long.MaxValue) => new(Path.Combine(folder, name), length, mapped);
        this.header = header;
        pointers = File(PointersFile, (header.Nodes + 1L) * sizeof(long));
        sources = File(SourcesFile, header.Edges * sizeof(int));
        labels = File(LabelsFile, header.Nodes * (long)sizeof(int));
        features = File(header.FeaturesFile, header.Nodes * (long)header.RowBytes, window);
    }

    /// <summary>Opens a graph; only lengths and ends are looked at, so that it takes no time.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="window">Bytes of the features that are mapped at a time. All is best, except where a limit on address space
    /// (<c>ulimit -v</c>) leaves no room for them.</param>
    /// <exception cref="InvalidDataException">The folder has no stored graph of this version, or its files are not as long as its header says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The window is empty.</exception>
    public static StoredGraph Open(string folder, long window = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        string file = Path.Combine(folder, HeaderFile);
        if (!System.IO.File.Exists(file))
            throw new InvalidDataException($"'{folder}' has no {HeaderFile}: it is no stored graph, or the writer did not come to its end. "
                + $"Write it with {nameof(StoredGraphWriter)}, up to {nameof(StoredGraphWriter.Finish)}.");
        Header? header = null;
        try
        {
            header = JsonSerializer.Deserialize<Header>(System.IO.File.ReadAllText(file));
        }
        catch (JsonException)
        {
            // Said below, with what is expected.
        }
        if (header is not { Version: Header.Current, Nodes: >= 0, Edges: >= 0, Features: >= 0 })
            throw new InvalidDataException($"'{file}' is no header of a stored graph of version {Header.Current}"
                + $"{(header is null ? "" : $" (it says version {header.Version}, {header.Nodes} nodes, {header.Edges} edges)")}: write the graph again.");
        var graph = new StoredGraph(folder, header, window);
        long last = graph.Pointer(header.Nodes);
        if (graph.Pointer(0) == 0 && last == header.Edges) return graph;
        graph.Dispose();
        throw new InvalidDataException($"'{Path.Combine(folder, PointersFile)}' ends at {last:N0} and the header says {header.Edges:N0} edges: "
            + "files of two graphs are mixed. Copy the folder again, or write it again.");
    }

    /// <summary>Number of nodes, N.</summary>
    public int Nodes => header.Nodes;

    /// <summary>Number of directed edges, E.</summary>
    public long Edges => header.Edges;

    /// <summary>Numbers a node, F.</summary>
    public int Features => header.Features;

    /// <summary>Number of classes.</summary>
    public int Classes => header.Classes;

    /// <summary>Bytes of all files.</summary>
    public long Bytes => pointers.Length + sources.Length + features.Length + labels.Length;

    /// <summary>Each node's class: [N].</summary>
    public ReadOnlySpan<int> Labels => new(labels.At(0, labels.Length), Nodes);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The files contradict themselves.</exception>
    public ReadOnlySpan<int> Neighbours(int node)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)node, (uint)Nodes, nameof(node));
        long begin = Pointer(node), end = Pointer(node + 1);
        // A foreign pointer would read foreign memory.
        if (begin < 0 || end < begin || end > Edges || end - begin > int.MaxValue)
            throw new InvalidDataException($"Node {node}'s edges go from {begin} to {end} of {Edges}: the stored graph is damaged; write it again.");
        return begin == end ? [] : new((int*)sources.At(0, sources.Length) + begin, (int)(end - begin));
    }

    private long Pointer(int node) => ((long*)pointers.At(0, pointers.Length))[node];

    /// <summary>The features of some nodes, for a batch. Cost O(n·F), and a page read from the disk for a row that is not in memory.</summary>
    /// <param name="nodes">The nodes, in any order.</param>
    /// <returns>float32 on the CPU, of the caller's scope: [n, F].</returns>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public Tensor FeaturesOf(ReadOnlySpan<int> nodes)
    {
        int[] sorted = nodes.ToArray(), places = [.. Enumerable.Range(0, nodes.Length)];
        foreach (int node in nodes)
            if ((uint)node >= (uint)Nodes) throw new ArgumentException($"There is no node {node}: the nodes are 0 to {Nodes - 1}.", nameof(nodes));
        if (features.IsInParts) Array.Sort(sorted, places);             // in the file's order, so that no window is mapped twice
        var rows = empty(nodes.Length, Features, dtype: header.Half ? ScalarType.Float16 : ScalarType.Float32);
        int width = header.RowBytes;
        lock (gathering)
        {
            var bytes = rows.bytes;
            for (int i = 0; i < sorted.Length; i++)
                new ReadOnlySpan<byte>(features.At(sorted[i] * (long)width, width), width).CopyTo(bytes[(places[i] * width)..]);
        }
        if (!header.Half) return rows;
        using (rows) return rows.to(ScalarType.Float32);
    }

    /// <summary>The labels of some nodes: int64, [n], of the caller's scope.</summary>
    /// <param name="nodes">The nodes.</param>
    public Tensor LabelsOf(ReadOnlySpan<int> nodes)
    {
        var all = Labels;
        var found = new long[nodes.Length];
        for (int i = 0; i < nodes.Length; i++) found[i] = all[nodes[i]];
        return tensor(found);
    }

    /// <summary>Unmaps the files; spans of them must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var file in (MappedFile[])[pointers, sources, features, labels]) file.Dispose();
    }
}
