using Lectern.Graphs;
using Lectern.Papers.Foundations;

namespace Lectern.Bench;

/// <summary>
/// A training epoch (forward, loss, backward, Adam step) on a graph of Cora's size: 2,708 nodes, 5,278 undirected edges,
/// 1,433 binary features with 49,216 ones, 7 classes. Cora itself where it is there, else random numbers of that shape: the
/// time does not depend on which.
/// </summary>
internal static class EpochBench
{
    internal static void Run(Report report)
    {
        var data = (Lectern.Data.Catalog.Has("cora") ? Planetoid.Cora() : LikeCora()).WithRowNormalizedFeatures();
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            // The peer works on the very same graph and features.
            WriteInts(Path.Combine(folder, "edges.bin"), [.. data.Graph.Sources, .. data.Graph.Targets]);
            WriteInts(Path.Combine(folder, "features.bin"), [.. data.Features.EntryRows(), .. data.Features.ColumnIndices]);
            File.WriteAllBytes(Path.Combine(folder, "values.bin"), data.Features.Values!.bytes.ToArray());
            var peer = Peer.Run("epoch.py", folder, data.Graph.Nodes.ToString(), data.Features.Columns.ToString(), data.Classes.ToString());
            foreach (var layer in (MessagePassingLayer[])[MessagePassingLayer.Gcn, MessagePassingLayer.Gat, MessagePassingLayer.GraphSage])
            {
                string name = layer.ToString().ToLowerInvariant();
                report.Add($"{name} on {data.Name}", Epoch(data, MessagePassingSettings.For(layer)),
                    [("torch.sparse, dense features", peer.Of($"{name} sparse")), ("gather and scatter (PyG's way)", peer.Of($"{name} gather"))]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Epoch(NodeDataset data, MessagePassingSettings settings)
    {
        manual_seed(0);
        var graph = NodeClassifier.Prepare(data.Graph, settings.Layer);
        using var model = new NodeClassifier(data.Features.Columns, data.Classes, settings);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate, weight_decay: settings.WeightDecay);
        var labels = data.Labels.index_select(0, data.Train);
        return Timing.Of(() =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var scores = model.call(graph, data.Features);
            nn.functional.cross_entropy(scores.index_select(0, data.Train), labels).backward();
            optimizer.step();
        }, 3);
    }

    private static NodeDataset LikeCora()
    {
        const int nodes = 2708, features = 1433, ones = 49216, classes = 7;
        var random = new Random(0);
        var graph = Generators.RandomEdges(nodes, 5278, 0);
        graph = Graph.FromEdges(nodes, graph.Sources, graph.Targets, undirected: true);
        int[] rows = [.. Enumerable.Range(0, ones).Select(_ => random.Next(nodes))], columns = [.. rows.Select(_ => random.Next(features))];
        long[] nodesOf(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (long)i)];
        return new NodeDataset("a graph like Cora", graph, SparseMatrix.FromEntries(nodes, features, rows, columns, out _),
            randint(0, classes, [nodes]), tensor(nodesOf(0, 140)), tensor(nodesOf(140, 500)), tensor(nodesOf(1708, 1000)), classes);
    }

    private static void WriteInts(string path, int[] values) =>
        File.WriteAllBytes(path, System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(values).ToArray());
}
