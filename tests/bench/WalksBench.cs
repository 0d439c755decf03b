using System.Diagnostics;
using System.Globalization;
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Bench;

/// <summary>
/// Walks and skip-gram beside gensim's Word2Vec on the very same walks, with as many threads and the same settings; and how
/// good the vectors are, by the same judge: accuracy on a graph of communities.
/// </summary>
/// <remarks>
/// Ours makes the walks as it reads them, twice an epoch counting the one for frequencies; gensim gets them as lists in memory,
/// without the time that making them took.
/// </remarks>
internal static class WalksBench
{
    private const int Epochs = 2;

    internal static void Run(Report report)
    {
        var data = Communities.Make(new CommunitySettings(Count: 7, Size: 390, Inside: 3, Outside: 1, Test: 1000), 1);
        var walks = new RandomWalks(data.Graph, new WalkSettings(PerNode: 5, Length: 40), 1);
        report.Add($"{walks.Count:N0} walks of 40 nodes", Timing.Of(() => walks.Visits()), []);
        var biased = new RandomWalks(data.Graph, new WalkSettings(PerNode: 5, Length: 40, Return: 0.5, InOut: 2), 1);
        report.Add("the same with node2vec's p and q", Timing.Of(() => biased.Visits()), []);

        string folder = Path.Combine(Path.GetTempPath(), $"lectern-walks-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            string corpus = Path.Combine(folder, "walks.txt");
            File.WriteAllLines(corpus, Enumerable.Range(0, (int)walks.Count).Select(i => string.Join(' ', walks.Walk(i))));
            foreach (int negatives in (int[])[5, 0])
            {
                var settings = new SkipGramSettings(Negatives: negatives, Epochs: Epochs);
                string name = negatives > 0 ? "5 negatives" : "hierarchical softmax", vectors = Path.Combine(folder, $"{negatives}.bin");
                var peer = Peer.RunWith("gensim", "walks.py", corpus, vectors, $"{settings.Dimensions}", $"{settings.Window}", $"{negatives}", $"{Epochs}");
                var (seconds, cpu, ours) = Train(walks, settings);
                report.Add($"skip-gram, {name}", seconds, [("gensim's Word2Vec", peer.Of("seconds"))]);
                report.Add($"skip-gram, {name}, processor time", cpu, [("gensim's Word2Vec", peer.Of("processor"))]);
                string theirs = File.Exists(vectors) ? Accuracy(Read(vectors, data.Graph.Nodes, settings.Dimensions), data) : "absent";
                report.Notes.Add($"{name}: accuracy of the communities {Accuracy(ours, data)} by ours, {theirs} by gensim's vectors");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Seconds, double Processor, Tensor Vectors) Train(RandomWalks walks, SkipGramSettings settings)
    {
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var model = new SkipGram(walks.Nodes, settings, 1);
        model.Train(walks);
        return (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds, model.Vectors);
    }

    private static string Accuracy(Tensor vectors, NodeDataset data)
    {
        using var scope = NewDisposeScope();
        var judge = LogisticRegression.Fit(vectors.index_select(0, data.Train), data.Labels.index_select(0, data.Train), data.Classes);
        return judge.Accuracy(vectors.index_select(0, data.Test), data.Labels.index_select(0, data.Test)).ToString("0.0 %", CultureInfo.InvariantCulture);
    }

    private static Tensor Read(string file, int nodes, int dimensions)
    {
        var values = new float[nodes * dimensions];
        Buffer.BlockCopy(File.ReadAllBytes(file), 0, values, 0, values.Length * sizeof(float));
        return tensor(values).reshape(nodes, dimensions);
    }
}
