using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Lectern.Graphs.Large;

/// <summary>Writes a <see cref="StoredGraph"/> from a stream of edges in any order and one of nodes in theirs, whichever comes first.</summary>
/// <remarks>
/// Memory: 16 bytes a node. Edges go to a file of their own as they come (8 bytes each, deleted at the end) and are put in
/// order in mapped memory. The header is written last: a folder without it is unfinished.
/// </remarks>
public sealed unsafe class StoredGraphWriter : IDisposable
{
    private readonly string folder;
    private readonly StoredGraph.Header header;
    private readonly FileStream edges, features, labels;
    private readonly long[] pointers;
    private readonly Half[] halves;
    private int written;

    /// <param name="folder">Where to; files of an older graph there are replaced.</param>
    /// <param name="nodes">N.</param>
    /// <param name="features">F, numbers a node.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="half">Whether features are kept in float16: half the room, three digits.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public StoredGraphWriter(string folder, int nodes, int features, int classes, bool half = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        ArgumentOutOfRangeException.ThrowIfNegative(features);
        ArgumentOutOfRangeException.ThrowIfNegative(classes);
        this.folder = folder;
        header = new(StoredGraph.Header.Current, nodes, 0, features, classes, half);
        Directory.CreateDirectory(folder);
        File.Delete(PathOf(StoredGraph.HeaderFile));
        FileStream Create(string name) => new(PathOf(name), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        (edges, this.features, labels) = (Create("edges.unsorted"), Create(header.FeaturesFile), Create(StoredGraph.LabelsFile));
        (pointers, halves) = (new long[nodes + 1], new Half[half ? features : 0]);
    }

    private string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Adds an edge; one that comes twice is kept once.</summary>
    /// <param name="source">Who is heard.</param>
    /// <param name="target">Who hears.</param>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public void AddEdge(int source, int target)
    {
        if ((uint)source >= (uint)header.Nodes || (uint)target >= (uint)header.Nodes)
            throw new ArgumentException($"The edge {source} → {target} names a node that does not exist: the nodes are 0 to {header.Nodes - 1}. "
                + "Raise the number of nodes, or leave the edge out.", nameof(source));
        pointers[target + 1]++;
        edges.Write(MemoryMarshal.AsBytes<int>([source, target]));
    }

    /// <summary>Adds the next node's features and class.</summary>
    /// <param name="values">[F].</param>
    /// <param name="label">0 to the number of classes - 1; -1: unknown.</param>
    /// <exception cref="ArgumentException">There are more or fewer numbers, no such class, or all nodes are there.</exception>
    public void AddNode(ReadOnlySpan<float> values, int label)
    {
        if (written == header.Nodes || values.Length != header.Features || label < -1 || label >= header.Classes)
            throw new ArgumentException($"Node {written} has {values.Length} features and class {label}; expected are nodes up to {header.Nodes - 1}, "
                + $"{header.Features} features, classes -1 to {header.Classes - 1}.", nameof(values));
        for (int i = 0; i < halves.Length; i++) halves[i] = (Half)values[i];
        features.Write(header.Half ? MemoryMarshal.AsBytes<Half>(halves) : MemoryMarshal.AsBytes(values));
        labels.Write(MemoryMarshal.AsBytes<int>([label]));
        written++;
    }

    /// <summary>Puts the edges in order and writes the header. Cost O(E log degree).</summary>
    /// <exception cref="InvalidOperationException">Nodes are missing.</exception>
    public void Finish()
    {
        if (written < header.Nodes)
            throw new InvalidOperationException($"{written} of {header.Nodes} nodes were added; add the others before {nameof(Finish)}.");
        features.Flush();
        labels.Flush();
        for (int node = 0; node < header.Nodes; node++) pointers[node + 1] += pointers[node];
        long count = Order();
        using (var file = File.Create(PathOf(StoredGraph.PointersFile)))
            foreach (long[] some in pointers.Chunk(1 << 16)) file.Write(MemoryMarshal.AsBytes<long>(some));
        File.WriteAllText(PathOf(StoredGraph.HeaderFile), JsonSerializer.Serialize(header with { Edges = count }));
    }

    /// <summary>A counting sort of the edges by target, then each row by source, without what comes twice.</summary>
    /// <returns>Edges that are left; the pointers are theirs.</returns>
    private long Order()
    {
        string path = PathOf(StoredGraph.SourcesFile);
        using (var file = File.Create(path)) file.SetLength(Math.Max(1, pointers[^1] * sizeof(int)));   // nothing cannot be mapped
        long count = 0;
        using (var mapped = MemoryMappedFile.CreateFromFile(path, FileMode.Open))
        using (var view = mapped.CreateViewAccessor())
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            int* sources = (int*)start;
            long[] next = pointers[..^1];
            edges.Position = 0;
            Span<int> edge = stackalloc int[2];
            for (long e = 0; e < pointers[^1]; e++)
            {
                edges.ReadExactly(MemoryMarshal.AsBytes(edge));
                sources[next[edge[1]]++] = edge[0];
            }
            long begin = 0;
            for (int node = 0; node < header.Nodes; node++)
            {
                long end = pointers[node + 1], first = count;
                new Span<int>(sources + begin, checked((int)(end - begin))).Sort();
                for (long e = begin; e < end; e++)
                    if (count == first || sources[count - 1] != sources[e]) sources[count++] = sources[e];
                (begin, pointers[node + 1]) = (end, count);
            }
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        using (var file = File.OpenWrite(path)) file.SetLength(count * sizeof(int));
        return count;
    }

    /// <summary>Closes the files; a graph that was not finished cannot be opened.</summary>
    public void Dispose()
    {
        foreach (var file in (FileStream[])[edges, features, labels]) file.Dispose();
        File.Delete(PathOf("edges.unsorted"));
    }
}
