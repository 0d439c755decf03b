using System.Diagnostics;
using System.Globalization;
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Bench;

/// <summary>
/// Walks and skip-gram beside gensim's Word2Vec on the very same walks, with as many threads and the same
/// settings; and how good the vectors are, by the same judge: accuracy on a graph of communities, over seeds
/// of walks and vectors, as a single one is off by two points either way.
/// </summary>
/// <remarks>
/// Ours makes the walks as it reads them, twice an epoch counting the one for frequencies; gensim gets them as lists in memory,
/// without the time that making them took.
/// </remarks>
internal static class WalksBench
{
    private const int Epochs = 2, Seeds = 3;

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
            foreach (int negatives in (int[])[5, 0])
                Compare(data, new SkipGramSettings(Negatives: negatives, Epochs: Epochs), folder, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(NodeDataset data, SkipGramSettings settings, string folder, Report report)
    {
        string name = settings.Negatives > 0 ? $"{settings.Negatives} negatives" : "hierarchical softmax";
        var (ours, theirs) = (new List<Trained>(), new List<Trained>());
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var walks = new RandomWalks(data.Graph, new WalkSettings(PerNode: 5, Length: 40), seed);
            ours.Add(Train(walks, settings, seed, data));
            if (ByGensim(walks, settings, seed, data, folder) is { } run) theirs.Add(run);
        }
        double? Best(Func<Trained, double> of) => theirs.Count > 0 ? theirs.Min(of) : null;
        report.Add($"skip-gram, {name}", ours.Min(run => run.Seconds),
            [("gensim's Word2Vec", Best(run => run.Seconds))]);
        report.Add($"skip-gram, {name}, processor time", ours.Min(run => run.Processor),
            [("gensim's Word2Vec", Best(run => run.Processor))]);
        report.Notes.Add($"{name}: accuracy of the communities over {Seeds} seeds {Accuracy(ours)} by ours, "
            + $"{(theirs.Count > 0 ? Accuracy(theirs) : "absent")} by gensim's vectors");
    }

    /// <summary>One training: what it took, and the accuracy of its vectors.</summary>
    private sealed record Trained(double Seconds, double Processor, double Accuracy);

    private static Trained Train(RandomWalks walks, SkipGramSettings settings, int seed, NodeDataset data)
    {
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var model = new SkipGram(walks.Nodes, settings, seed);
        model.Train(walks);
        var (elapsed, used) = (watch.Elapsed, Environment.CpuUsage.TotalTime - before);
        return new(elapsed.TotalSeconds, used.TotalSeconds, Judge(model.Vectors, data));
    }

    private static Trained? ByGensim(
        RandomWalks walks, SkipGramSettings settings, int seed, NodeDataset data, string folder)
    {
        var (corpus, file) = (Path.Combine(folder, "walks.txt"), Path.Combine(folder, "vectors.bin"));
        var lines = Enumerable.Range(0, (int)walks.Count).Select(i => string.Join(' ', walks.Walk(i)));
        File.WriteAllLines(corpus, lines);
        var peer = Peer.RunWith("gensim", "walks.py", corpus, file, $"{settings.Dimensions}",
            $"{settings.Window}", $"{settings.Negatives}", $"{settings.Epochs}", $"{seed}");
        if (peer is null) return null;
        var vectors = Read(file, data.Graph.Nodes, settings.Dimensions);
        return new(peer["seconds"], peer["processor"], Judge(vectors, data));
    }

    private static double Judge(Tensor vectors, NodeDataset data)
    {
        using var scope = NewDisposeScope();
        var judge = LogisticRegression.Fit(vectors.index_select(0, data.Train), data.Labels.index_select(0, data.Train), data.Classes);
        return judge.Accuracy(vectors.index_select(0, data.Test), data.Labels.index_select(0, data.Test));
    }

    private static string Accuracy(List<Trained> runs)
    {
        double mean = runs.Average(run => run.Accuracy);
        double deviation = Math.Sqrt(runs.Sum(run => Math.Pow(run.Accuracy - mean, 2)) / (runs.Count - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.0} ± {100 * deviation:0.0} %");
    }

    private static Tensor Read(string file, int nodes, int dimensions)
    {
        var values = new float[nodes * dimensions];
        Buffer.BlockCopy(File.ReadAllBytes(file), 0, values, 0, values.Length * sizeof(float));
        return tensor(values).reshape(nodes, dimensions);
    }
}
