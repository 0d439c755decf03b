using System.Globalization;
using System.Runtime.InteropServices;
using Lectern.Graphs;

namespace Lectern.Bench;

/// <summary>
/// A graph of 10⁷ undirected edges on 10⁶ nodes, made by preferential attachment, so that degrees follow a
/// power law (10 to some thousands): making and building it, an epoch of a full-graph GCN, and GraphSAGE by
/// sampled neighbourhoods; with the peak of the memory of each. A layer sums along 2·10⁷ directed edges.
/// </summary>
/// <remarks>
/// The peers have the same edges, each piece of work in a process of its own, so that its peak is its own.
/// Random features and labels: time and memory do not depend on them.
/// </remarks>
internal static class LargeGraphBench
{
    private const int Nodes = 1_000_000, Joined = 10, Features = 32, Hidden = 16, Classes = 8, Seeds = 512;
    private static readonly int[] FanOuts = [25, 10];

    internal static void Run(Report report)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-large-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            manual_seed(0);
            using var scope = NewDisposeScope();
            var memory = new PeakMemory();
            Graph? graph = null;
            double seconds = memory.During(() => graph = Generators.BarabasiAlbert(Nodes, Joined, 1));
            Add(report, $"preferential attachment, {graph!.Edges / 2:N0} pairs", seconds, [],
                memory.Of(graph.Edges));
            Build(report, memory, graph, folder);
            using var x = randn(Nodes, Features);
            using var labels = randint(0, Classes, [Nodes]);
            Epoch(report, memory, graph, x, labels, folder);
            Sampled(report, memory, graph, x, labels, folder);
            report.Notes.Add("memory: by how much our process rose above what was resident before the work, "
                + $"and that for each of {graph.Edges:N0} directed edges; a peer's: its whole process");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>From pairs in random order to compressed rows, and those to their transposed.</summary>
    private static void Build(Report report, PeakMemory memory, Graph graph, string folder)
    {
        (int, int)[] pairs = [.. graph.Pairs()];
        new Random(2).Shuffle(pairs);
        int[] sources = Array.ConvertAll(pairs, pair => pair.Item1);
        int[] targets = Array.ConvertAll(pairs, pair => pair.Item2);
        pairs = [];
        Write(folder, "pairs.bin", [.. sources, .. targets]);
        Graph? built = null;
        double seconds = memory.During(() =>
            built = Graph.FromEdges(Nodes, sources, targets, undirected: true));
        if (!built!.Sources.AsSpan().SequenceEqual(graph.Sources))
            throw new InvalidOperationException("The graph was not built as it was.");
        var peer = Peer.Run("large.py", "build", folder, $"{Nodes}");
        Add(report, "built from pairs (compressed rows)", seconds, [("torch.sparse", peer.Of("seconds"))],
            memory.Of(graph.Edges) + Theirs(peer, "torch.sparse"));
        seconds = memory.During(() => built.Reversed());
        Add(report, "transposed", seconds, [("torch.sparse", peer.Of("transposed"))], memory.Of(graph.Edges));
    }

    private static void Epoch(
        Report report, PeakMemory memory, Graph graph, Tensor x, Tensor labels, string folder)
    {
        Graph? aHat = null;
        double seconds = memory.During(() => aHat = graph.WithSelfLoops().Normalized());
        Add(report, "Â: self-loops and weights", seconds, [], memory.Of(graph.Edges));
        using var first = new GcnLayer(Features, Hidden);
        using var second = new GcnLayer(Hidden, Classes);
        using var optimizer = optim.Adam([.. first.parameters(), .. second.parameters()]);
        double epoch = 0;
        memory.During(() => epoch = Timing.Of(() =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var scores = second.forward(aHat!, first.forward(aHat!, x).relu());  // [N, F] -> [N, H] -> [N, C]
            nn.functional.cross_entropy(scores, labels).backward();
            optimizer.step();
        }, 2));
        var csr = Peer.Run("large.py", "csr", folder, $"{Nodes}");
        var gather = Peer.Run("large.py", "gather", folder, $"{Nodes}");
        Add(report, $"GCN epoch, {Features}-{Hidden}-{Classes}", epoch,
            [("torch.sparse", csr.Of("seconds")), ("gather, index_add", gather.Of("seconds"))],
            memory.Of(graph.Edges) + Theirs(csr, "torch.sparse") + Theirs(gather, "gather"));
    }

    private static void Sampled(
        Report report, PeakMemory memory, Graph graph, Tensor x, Tensor labels, string folder)
    {
        var peer = Peer.Run("large.py", "sample", folder, $"{Nodes}");
        var random = new Random(3);
        var sampler = new NeighbourSampler(graph, FanOuts);
        var (batches, edges) = (0L, 0L);
        SampledNeighbourhood Batch()
        {
            var seeds = new HashSet<int>();
            while (seeds.Count < Seeds) seeds.Add(random.Next(Nodes));
            var batch = sampler.Sample([.. seeds], random);
            (batches, edges) = (batches + 1, edges + batch.Layers.Sum(layer => (long)layer.Entries));
            return batch;
        }
        double seconds = 0;
        memory.During(() => seconds = Timing.Of(() => Batch(), 3));
        double each = (double)edges / batches;
        string rate = string.Create(CultureInfo.InvariantCulture,
            $"{1 / seconds:0} batches/s, {each / seconds / 1e6:0.0} M edges/s; {memory.Peak / 1e6:0} MB");
        Add(report, $"neighbourhoods of {Seeds} nodes, {FanOuts[0]} and {FanOuts[1]} drawn", seconds,
            [("numpy, PyTorch", peer.Of("seconds"))], rate);

        using var first = new SageLayer(Features, Hidden);
        using var second = new SageLayer(Hidden, Classes);
        using var optimizer = optim.Adam([.. first.parameters(), .. second.parameters()]);
        memory.During(() => seconds = Timing.Of(() =>
        {
            using var scope = NewDisposeScope();
            var batch = Batch();
            var nodes = tensor(batch.Nodes, dtype: ScalarType.Int64);
            optimizer.zero_grad();
            var hidden = first.forward(batch.Layers[0], x.index_select(0, nodes)).relu(); // [n1, H]
            var scores = second.forward(batch.Layers[1], hidden);                     // [seeds, C]
            nn.functional.cross_entropy(scores, labels.index_select(0, nodes.narrow(0, 0, Seeds))).backward();
            optimizer.step();
        }, 3));
        Add(report, "GraphSAGE step on such a batch, drawing included", seconds,
            [("numpy, PyTorch", peer.Of("step"))],
            $"{memory.Peak / 1e6:0} MB" + Theirs(peer, "numpy, PyTorch"));
    }

    /// <summary>Adds a row and, under the table, what it took besides time; says both at once.</summary>
    private static void Add(
        Report report, string work, double seconds, IEnumerable<(string, double?)> peers, string memory)
    {
        report.Add(work, seconds, peers);
        report.Notes.Add($"{work}: {memory}");
        Console.Error.WriteLine($"    {memory}");
    }

    private static string Theirs(IReadOnlyDictionary<string, double>? peer, string name) =>
        peer.Of("peak") is { } peak ? $"; peak of {name} {peak / 1e6:0} MB" : "";

    private static void Write(string folder, string name, int[] values)
    {
        using var file = File.Create(Path.Combine(folder, name));
        file.Write(MemoryMarshal.AsBytes<int>(values));
    }
}
