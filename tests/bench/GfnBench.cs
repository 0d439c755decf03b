using System.Runtime.InteropServices;
using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Bench;

/// <summary>
/// A training epoch of GFN with its paper's settings (128 wide, batches of 128 graphs) on PROTEINS: 1113 graphs, 43,471
/// nodes, 118 columns. PROTEINS itself where it is there, else graphs made by rule of about that size. Batches are made
/// anew in every epoch on both sides, as shuffling asks for.
/// </summary>
internal static class GfnBench
{
    internal static void Run(Report report)
    {
        var data = Catalog.Has("proteins") ? TuFormat.Load("proteins") : GeneratedGraphs.Mixtures(1740, seed: 1);
        var settings = new GraphFeatureSettings();
        string folder = Path.Combine(Path.GetTempPath(), $"lectern-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            foreach (var model in (GraphFeatureModel[])[GraphFeatureModel.Gfn, GraphFeatureModel.GfnLight])
            {
                using var features = GraphFeatureNetwork.Features(data, model, settings);
                File.WriteAllBytes(Path.Combine(folder, "features.bin"), features.bytes.ToArray());
                File.WriteAllBytes(Path.Combine(folder, "offsets.bin"), MemoryMarshal.AsBytes<int>(data.Offsets).ToArray());
                File.WriteAllBytes(Path.Combine(folder, "labels.bin"), MemoryMarshal.AsBytes<int>(data.Labels).ToArray());
                int layers = model == GraphFeatureModel.GfnLight ? 0 : settings.NodeLayers;
                var peer = Peer.Run("gfn.py", folder, features.shape[1].ToString(), layers.ToString());
                report.Add($"{model} on {data.Name}", Epoch(data, features, model, settings), [("the same in PyTorch", peer.Of("epoch"))]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Epoch(GraphDataset data, Tensor features, GraphFeatureModel kind, GraphFeatureSettings settings)
    {
        manual_seed(0);
        using var model = new Gfn(features.shape[1], data.Classes, kind, settings);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var prepared = GraphFeatureNetwork.Prepare(data, kind);
        int[] order = [.. Enumerable.Range(0, data.Count)];
        var random = new Random(1);
        return Timing.Of(() =>
        {
            random.Shuffle(order);
            foreach (int[] graphs in order.Chunk(settings.Batch))
            {
                using var scope = NewDisposeScope();
                var batch = prepared.Batch(graphs, features);
                optimizer.zero_grad();
                nn.functional.cross_entropy(model.call(batch), batch.Labels).backward();
                optimizer.step();
            }
        }, 3);
    }
}
