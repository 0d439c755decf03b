using System.Runtime.InteropServices;
using Lectern.Graphs;

namespace Lectern.Bench;

/// <summary>
/// A training epoch of GIN (four layers of 32 after the input, batches of 32 graphs, Adam) on PROTEINS: batches are put
/// together, forward, loss, backward, step. PROTEINS itself where it is there, else 1,113 generated graphs.
/// </summary>
internal static class GraphEpochBench
{
    internal static void Run(Report report)
    {
        var data = Lectern.Data.Catalog.Has("proteins") ? TuFormat.Load("proteins") : GeneratedGraphs.Mixtures(1113, 1);
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            // The peer works on the very same graphs, in the same batches.
            void Write(string name, IEnumerable<int> values) =>
                File.WriteAllBytes(Path.Combine(folder, name), MemoryMarshal.AsBytes<int>(values.ToArray()).ToArray());
            Write("offsets.bin", data.Offsets);
            Write("counts.bin", data.Graphs.Select(graph => graph.Edges));
            Write("sources.bin", data.Graphs.SelectMany(graph => graph.Sources));
            Write("targets.bin", data.Graphs.SelectMany(graph => graph.Targets));
            Write("labels.bin", data.Labels);
            Write("nodes.bin", data.NodeLabels!.SelectMany(labels => labels));
            var peer = Peer.Run("gin.py", folder, data.NodeLabelCount.ToString(), data.Classes.ToString());
            report.Add($"gin epoch on {data.Name}", Epoch(data),
                [("torch.sparse", peer.Of("gin sparse")), ("gather and scatter (PyG's way)", peer.Of("gin gather"))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Epoch(GraphDataset data)
    {
        manual_seed(0);
        var features = data.OneHotLabels();
        using var model = new GinClassifier(data.NodeLabelCount, data.Classes, new GinSettings([32, 32, 32, 32]));
        using var optimizer = optim.Adam(model.parameters(), 0.01);
        model.train();
        int[][] batches = [.. Enumerable.Range(0, data.Count).Chunk(32).Where(batch => batch.Length > 1)];
        return Timing.Of(() =>
        {
            foreach (int[] batch in batches)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                GraphTraining.Loss(model, data.Batch(batch, features)).backward();
                optimizer.step();
            }
        }, 3);
    }
}
