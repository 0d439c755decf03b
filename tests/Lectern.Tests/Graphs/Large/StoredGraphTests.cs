using System.Diagnostics;
using System.Globalization;
using Lectern.Graphs;
using Lectern.Graphs.Large;

namespace Lectern.Tests.Graphs.Large;

/// <summary>Graphs in files: they are those in memory, and damage is found and named.</summary>
public sealed class StoredGraphTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern-stored-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private const int Nodes = 60, Features = 5;
    private static readonly Graph Web = Generators.BarabasiAlbert(Nodes, 3, 1);

    private static float[] Row(int node) => [.. Enumerable.Range(0, Features).Select(f => node + f / 8f)];

    private static void Write(string folder, bool half = false)
    {
        using var writer = new StoredGraphWriter(folder, Nodes, Features, 3, half);
        // In any order, and some twice.
        int[] order = [.. Enumerable.Range(0, Web.Edges), 0, 5, 5];
        new Random(1).Shuffle(order);
        foreach (int e in order) writer.AddEdge(Web.Sources[e], Web.Targets[e]);
        for (int node = 0; node < Nodes; node++) writer.AddNode(Row(node), node % 3);
        writer.Finish();
    }

    [Theory]
    [InlineData(false, long.MaxValue)]
    [InlineData(true, long.MaxValue)]
    [InlineData(false, 33)]                                                 // a window of a row and a half
    public void It_has_the_edges_features_and_labels_that_were_written(bool half, long window)
    {
        Write(folder, half);
        using var graph = StoredGraph.Open(folder, window);
        Assert.Equal((Nodes, (long)Web.Edges, Features, 3), (graph.Nodes, graph.Edges, graph.Features, graph.Classes));
        for (int node = 0; node < Nodes; node++) Assert.Equal(Web.Neighbours(node), graph.Neighbours(node));
        int[] asked = [59, 3, 3, 0, 41];
        using var rows = graph.FeaturesOf(asked);
        Assert.Equal([5L, Features], rows.shape);
        Assert.Equal(asked.SelectMany(Row), rows.data<float>().ToArray());  // eighths below 64 are exact in float16
        using var labels = graph.LabelsOf(asked);
        Assert.Equal([2L, 0, 0, 0, 2], labels.data<long>().ToArray());
        Assert.Equal(["features." + (half ? "f16" : "f32"), "graph.json", "labels.i32", "pointers.i64", "sources.i32"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_sampler_draws_the_same_from_files_and_from_memory()
    {
        Write(folder);
        using var graph = StoredGraph.Open(folder);
        int[] seeds = [1, 50, 7];
        var (ours, theirs) = (new NeighbourSampler(graph, 2, 4).Sample(seeds, new Random(3)), new NeighbourSampler(Web, 2, 4).Sample(seeds, new Random(3)));
        Assert.Equal(theirs.Nodes, ours.Nodes);
        foreach (var (a, b) in theirs.Layers.Zip(ours.Layers)) Assert.Equal(a.ColumnIndices, b.ColumnIndices);
    }

    [Fact]
    public void A_graph_without_edges_and_one_without_features_can_be_stored()
    {
        using (var writer = new StoredGraphWriter(folder, 2, 0, 1))
        {
            writer.AddNode([], 0);
            writer.AddNode([], -1);
            writer.Finish();
        }
        using var graph = StoredGraph.Open(folder);
        Assert.Equal(0, graph.Edges);
        Assert.True(graph.Neighbours(1).IsEmpty);
        Assert.Equal([2L, 0], graph.FeaturesOf([1, 0]).shape);
    }

    [Theory]
    [InlineData("features.f32", -4)]
    [InlineData("sources.i32", -4)]
    [InlineData("labels.i32", 4)]
    [InlineData("pointers.i64", -8)]
    public void A_file_that_is_cut_or_grown_is_named_with_both_lengths(string name, int by)
    {
        Write(folder);
        string file = Path.Combine(folder, name);
        long length = new FileInfo(file).Length;
        using (var stream = File.OpenWrite(file)) stream.SetLength(length + by);
        string message = Assert.Throws<InvalidDataException>(() => StoredGraph.Open(folder)).Message;
        Assert.Contains($"{file}' has {length + by:N0} bytes", message, StringComparison.Ordinal);
        Assert.Contains($"asks for {length:N0}", message, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("is not there", Assert.Throws<InvalidDataException>(() => StoredGraph.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_headers_mixed_files_and_damaged_pointers_are_refused()
    {
        string Refused() => Assert.Throws<InvalidDataException>(() => StoredGraph.Open(folder).Dispose()).Message;
        Assert.Contains("no stored graph", Refused(), StringComparison.Ordinal);
        Write(folder);
        string header = Path.Combine(folder, "graph.json"), pointers = Path.Combine(folder, "pointers.i64"), text = File.ReadAllText(header);
        File.WriteAllText(header, text.Replace("\"Version\":1", "\"Version\":2", StringComparison.Ordinal));
        Assert.Contains("it says version 2", Refused(), StringComparison.Ordinal);
        File.WriteAllText(header, "[");
        Assert.Contains("no header", Refused(), StringComparison.Ordinal);
        File.WriteAllText(header, text);
        byte[] bytes = File.ReadAllBytes(pointers);
        BitConverter.TryWriteBytes(bytes.AsSpan(8 * Nodes), (long)Web.Edges + 1);
        File.WriteAllBytes(pointers, bytes);
        Assert.Contains("two graphs are mixed", Refused(), StringComparison.Ordinal);
        BitConverter.TryWriteBytes(bytes.AsSpan(8 * Nodes), (long)Web.Edges);
        BitConverter.TryWriteBytes(bytes.AsSpan(8 * 7), 1L << 40);
        File.WriteAllBytes(pointers, bytes);
        using var graph = StoredGraph.Open(folder);
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => graph.Neighbours(6).Length).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Neighbours(Nodes).Length);
        Assert.Contains("0 to 59", Assert.Throws<ArgumentException>(() => graph.FeaturesOf([3, 60])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_not_written_and_an_unfinished_graph_does_not_open()
    {
        using (var writer = new StoredGraphWriter(folder, 2, 1, 2))
        {
            Assert.Contains("0 to 1", Assert.Throws<ArgumentException>(() => writer.AddEdge(0, 2)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => writer.AddNode([1, 2], 0));
            Assert.Throws<ArgumentException>(() => writer.AddNode([1], 2));
            writer.AddNode([1], 1);
            Assert.Contains("1 of 2", Assert.Throws<InvalidOperationException>(writer.Finish).Message, StringComparison.Ordinal);
        }
        Assert.Contains("did not come to its end", Assert.Throws<InvalidDataException>(() => StoredGraph.Open(folder)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("edges.unsorted", Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    // ------------------------------------------------------------------------------------ more than memory

    private const string Window = "LECTERN_TEST_WINDOW", Where = "LECTERN_TEST_FOLDER";

    /// <summary>What the process of the next test runs; by itself it is no test.</summary>
    [Fact(Explicit = true)]
    public void An_epoch_on_a_stored_graph()
    {
        using var graph = StoredGraph.Open(Environment.GetEnvironmentVariable(Where)!,
            long.Parse(Environment.GetEnvironmentVariable(Window)!, CultureInfo.InvariantCulture));
        int[] train = [.. Enumerable.Range(0, 500).Select(i => i * (graph.Nodes / 500))];
        var settings = new SampledSettings(Hidden: 4, FanOuts: [2, 2], Batch: 100, StepsAnEpoch: 5, Epochs: 1);
        var (model, history) = SampledGcn.Train(graph, GraphPartition.Random(graph.Nodes, 1, 1), train, [], settings, 1);
        model.Dispose();
        Assert.Equal(1, history.Epochs);
        Console.WriteLine($"Trained on {graph.Bytes} bytes.");
    }

    [Fact]
    public async Task A_graph_of_three_times_the_limit_on_memory_trains()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/sh"), "ulimit is a shell's, and of Linux here.");
        const long limit = 4L << 30;                                        // libtorch and what it needs map some 3 GB
        const int nodes = 130_000, features = 25_000;
        using (var writer = new StoredGraphWriter(folder, nodes, 0, 2))
        {
            for (int node = 0; node < nodes; node++)
            {
                writer.AddNode([], node % 2);
                writer.AddEdge(node, (node + 1) % nodes);
                writer.AddEdge(node, (node + nodes / 2 + 7) % nodes);
            }
            writer.Finish();
        }
        // Features all zero, so that the file has its length and takes no room.
        string header = Path.Combine(folder, "graph.json");
        File.WriteAllText(header, File.ReadAllText(header).Replace("\"Features\":0", $"\"Features\":{features}", StringComparison.Ordinal));
        using (var file = File.Create(Path.Combine(folder, "features.f32"))) file.SetLength(nodes * (features * 4L));
        using (var graph = StoredGraph.Open(folder)) Assert.True(graph.Bytes > 3 * limit);

        var (code, words) = await Limited(64 << 20);
        Assert.SkipWhen(words.Contains(nameof(DllNotFoundException), StringComparison.Ordinal), "This libtorch does not fit into 4 GB of address space.");
        Assert.True(code == 0 && words.Contains("Trained on 13", StringComparison.Ordinal), words);
        // Mapped as a whole it does not fit: so the limit was there.
        (code, words) = await Limited(long.MaxValue);
        Assert.True(code != 0 && !words.Contains("Trained", StringComparison.Ordinal), words);

        async Task<(int Code, string Words)> Limited(long window)
        {
            string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
            var start = new ProcessStartInfo("/bin/sh", ["-c", $"ulimit -v {limit >> 10} && exec \"$0\" \"$@\"", dotnet,
                typeof(StoredGraphTests).Assembly.Location, "-explicit", "only", "-method", $"*.{nameof(An_epoch_on_a_stored_graph)}"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            foreach (var (name, value) in new[]
            {
                (Where, folder), (Window, window.ToString(CultureInfo.InvariantCulture)), ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"),
                // .NET takes address space for its heap beforehand, by default more than any limit.
                ("DOTNET_GCHeapHardLimit", "10000000"),
            })
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var stop = TestContext.Current.CancellationToken;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
            await process.WaitForExitAsync(stop);
            return (process.ExitCode, await output + await errors);
        }
    }
}
