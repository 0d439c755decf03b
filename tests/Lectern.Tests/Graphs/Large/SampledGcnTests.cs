using System.Text.Json;
using Lectern.Graphs;
using Lectern.Graphs.Large;
using Lectern.Tests.Training;
using Lectern.Training;

namespace Lectern.Tests.Graphs.Large;

/// <summary>GCN on sampled neighbourhoods: alone, ahead of time, and by several ranks with their parts.</summary>
public sealed class SampledGcnTests : IDisposable
{
    private const int Nodes = 2000;
    private static readonly SampledSettings Settings = new(Hidden: 8, FanOuts: [4, 6], Batch: 40, StepsAnEpoch: 1, Epochs: 20);

    private readonly string folder = Directory.CreateTempSubdirectory("lectern-sampled-").FullName;
    private readonly StoredGraph graph;
    private readonly GraphPartition parts;

    public SampledGcnTests()
    {
        new PlantedGraph(Nodes, Pairs: 20_000, Features: 8, Classes: 4, GroupSize: 50, Inside: 0.8, Noise: 3).Write(folder, 1);
        graph = StoredGraph.Open(folder);
        parts = GraphPartition.Greedy(graph, 2);
    }

    public void Dispose()
    {
        graph.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static int[] TrainNodes => [.. Enumerable.Range(0, Nodes).Where(node => node % 4 == 0)];

    private static int[] TestNodes => [.. Enumerable.Range(0, Nodes).Where(node => node % 4 == 1)];

    private History Train(SampledSettings settings, Ranks? ranks = null, string? checkpoint = null)
    {
        // Mapped anew, as by a process of its own.
        using var mine = StoredGraph.Open(folder);
        var (model, history) = SampledGcn.Train(mine, parts, TrainNodes, TestNodes, settings, 5, ranks, checkpoint);
        model.Dispose();
        return history;
    }

    [Fact]
    public void Layers_that_hear_everybody_give_what_the_whole_graph_gives()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var web = Generators.BarabasiAlbert(200, 3, 1);
        var (first, second) = (new GcnLayer(6, 5, hasBias: true), new GcnLayer(5, 3));
        var x = randn(200, 6);
        var aHat = web.WithSelfLoops().Normalized();
        var whole = second.forward(aHat, first.forward(aHat, x).relu());
        int[] seeds = [3, 199, 41];
        var batch = new NeighbourSampler(web, 200, 200).Sample(seeds, new Random(2));
        var layers = batch.Convolutions(web);
        var h = x.index_select(0, tensor(batch.Nodes, dtype: ScalarType.Int64));
        var part = second.forward(layers[1], first.forward(layers[0], h).relu());
        Assert.True(batch.Nodes.Length < 200);
        Assert.True(part.allclose(whole.index_select(0, tensor(seeds, dtype: ScalarType.Int64)), 1e-5, 1e-6));
    }

    [Fact]
    public void The_mean_over_draws_is_the_whole_neighbourhoods_sum()
    {
        using var scope = NewDisposeScope();
        var web = Generators.BarabasiAlbert(200, 3, 1);
        int hub = Enumerable.Range(0, 200).MaxBy(node => web.Neighbours(node).Length);
        var x = linspace(0, 1, 200).unsqueeze(1);
        float expected = web.WithSelfLoops().Normalized().Sum(x)[hub].item<float>();
        var (sampler, random) = (new NeighbourSampler(web, 3), new Random(4));
        double[] sums = [.. Enumerable.Range(0, 2000).Select(_ =>
        {
            using var inner = NewDisposeScope();
            var drawn = sampler.Sample([hub], random);
            return (double)drawn.Convolutions(web)[0].MatMul(x.index_select(0, tensor(drawn.Nodes, dtype: ScalarType.Int64))).item<float>();
        })];
        double mean = sums.Average(), deviation = Math.Sqrt(sums.Average(sum => (sum - mean) * (sum - mean)));
        Assert.True(deviation > 0.05 * expected);                           // the draws differ
        Assert.InRange(mean, expected - 4 * deviation / Math.Sqrt(2000), expected + 4 * deviation / Math.Sqrt(2000));
    }

    [Fact]
    public void What_a_node_hears_does_not_follow_from_who_is_asked_beside_it()
    {
        var sampler = new NeighbourSampler(graph, 3, 3);
        SampledNeighbourhood Of(params int[] seeds) => sampler.Sample(seeds, new Random(9));
        var (both, one) = (Of(4, 1500), Of(1500));
        int[] Heard(SampledNeighbourhood batch, int layer, int node) =>
            [.. batch.Layers[layer].Row(Array.IndexOf(batch.Nodes, node)).ToArray().Select(column => batch.Nodes[column])];
        for (int layer = 0; layer < 2; layer++)
            foreach (int node in one.Nodes.Take(one.Layers[layer].Rows))
                Assert.Equal(Heard(one, layer, node), Heard(both, layer, node));
    }

    [Fact]
    public void It_learns_what_single_nodes_do_not_show()
    {
        var history = Train(Settings with { StepsAnEpoch = 40, Epochs = 5 });
        // The features alone, by the nearest mean of a class.
        using var scope = NewDisposeScope();
        Tensor Of(int[] nodes) => graph.FeaturesOf(nodes);
        var means = stack([.. Enumerable.Range(0, 4).Select(label => Of([.. TrainNodes.Where(node => graph.Labels[node] == label)]).mean([0L]))]);
        double alone = cdist(Of(TestNodes), means).argmin(1).eq(graph.LabelsOf(TestNodes)).to(ScalarType.Float32).mean().item<float>();
        Assert.True(history["accuracy"][^1] > alone + 0.1, $"{history["accuracy"][^1]:0.000} against {alone:0.000}");
        Assert.True(history["accuracy"][^1] > 0.8);
    }

    [Fact]
    public void Batches_made_ahead_are_those_made_when_they_are_needed()
    {
        var (ahead, needed) = (Train(Settings with { Ahead = 3, StepsAnEpoch = 5, Epochs = 4 }), Train(Settings with { Ahead = 0, StepsAnEpoch = 5, Epochs = 4 }));
        Assert.Equal(needed.Loss, ahead.Loss);
        Assert.Equal(needed["accuracy"], ahead["accuracy"]);
    }

    [Fact(Explicit = true)]
    public void What_a_rank_does()
    {
        string place = Environment.GetEnvironmentVariable("LECTERN_TEST_FOLDER")!, file = Path.Combine(place, "run.checkpoint");
        var ranks = Ranks.OfJob!;
        var whole = Train(Settings, ranks);
        Train(Settings with { Epochs = 12 }, ranks, file);
        var resumed = Train(Settings, ranks, file);
        File.WriteAllText(Path.Combine(place, $"curves-{ranks.Rank}"),
            JsonSerializer.Serialize<IReadOnlyList<double>[]>([whole.Loss, whole["accuracy"], resumed.Loss, resumed["accuracy"]]));
    }

    [Fact]
    public async Task Two_ranks_with_a_part_each_take_the_steps_of_one_process_and_go_on_from_a_checkpoint()
    {
        RankProcesses.NeedTheBridge();
        var alone = Train(Settings);
        Assert.True(alone.Loss[^1] < alone.Loss[0]);
        Assert.True(alone.Loss.Distinct().Count() == 20);
        // By processes: two threads of one would draw their first weights from one generator at a time.
        await RankProcesses.RunAsync<SampledGcnTests>(nameof(What_a_rank_does), 2, folder);
        for (int rank = 0; rank < 2; rank++)
        {
            double[][] found = JsonSerializer.Deserialize<double[][]>(await File.ReadAllTextAsync(
                Path.Combine(folder, $"curves-{rank}"), TestContext.Current.CancellationToken))!;
            Assert.Equal(20, found[0].Length);
            Assert.All(alone.Loss.Zip(found[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.All(alone["accuracy"].Zip(found[1]), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
            Assert.Equal(found[0], found[2]);
            Assert.Equal(found[1], found[3]);
        }
    }

    [Fact]
    public void Batches_that_parts_and_ranks_do_not_divide_and_too_few_nodes_are_refused()
    {
        Assert.Contains("41, 2 parts and 1 ranks", Assert.Throws<ArgumentException>(() => Train(Settings with { Batch = 41 })).Message, StringComparison.Ordinal);
        Assert.Contains("fewer than the 500", Assert.Throws<ArgumentException>(() => Train(Settings with { Batch = 1000 })).Message, StringComparison.Ordinal);
    }
}
