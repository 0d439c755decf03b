using Lectern.Training;

namespace Lectern.Graphs.Large;

/// <summary>What a step needs: some nodes, what the layers hear about them, the features that they read.</summary>
/// <param name="Layers">Each layer's part of Â, the first layer first (<see cref="SampledNeighbourhood.Convolutions"/>).</param>
/// <param name="Features">Of all that take part: [n_0, F].</param>
/// <param name="Labels">Of the nodes asked for: int64, [n_K].</param>
public sealed record NodeBatch(IReadOnlyList<SparseMatrix> Layers, Tensor Features, Tensor Labels) : IDisposable
{
    /// <summary>Draws a batch and fetches its features.</summary>
    /// <param name="graph">Where from.</param>
    /// <param name="sampler">Of the same graph; one thread's at a time.</param>
    /// <param name="nodes">Those asked for, each once.</param>
    /// <param name="seed">Of the draws: with equal seeds a node hears the same others in whatever batch.</param>
    /// <returns>Its tensors belong to no scope.</returns>
    public static NodeBatch Draw(StoredGraph graph, NeighbourSampler sampler, ReadOnlySpan<int> nodes, int seed)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(sampler);
        var drawn = sampler.Sample(nodes, new Random(seed));
        return new NodeBatch(drawn.Convolutions(graph), graph.FeaturesOf(drawn.Nodes).DetachFromDisposeScope(),
            graph.LabelsOf(nodes).DetachFromDisposeScope());
    }

    /// <summary>The batch on a device: graphs are drawn from files, so on the CPU. What the layers hear follows what it is multiplied with.</summary>
    /// <param name="device">Where to.</param>
    /// <returns>This batch where it is there already; else another, and this one's features and labels are freed.</returns>
    public NodeBatch To(Device device)
    {
        if (Features.device.Equals(device)) return this;
        using (Features)
        using (Labels)
            return this with { Features = Features.to(device).DetachFromDisposeScope(), Labels = Labels.to(device).DetachFromDisposeScope() };
    }

    /// <summary>Frees the batch's tensors.</summary>
    public void Dispose()
    {
        foreach (var layer in Layers) layer.Values?.Dispose();
        Features.Dispose();
        Labels.Dispose();
    }
}

/// <summary>How a <see cref="SampledGcn"/> is trained.</summary>
/// <param name="Hidden">Width of the hidden layers.</param>
/// <param name="FanOuts">Neighbours that a node hears at most, the first layer's first: a layer each.</param>
/// <param name="Batch">Nodes a step, of all ranks and parts together.</param>
/// <param name="StepsAnEpoch">Steps from one evaluation to the next.</param>
/// <param name="Epochs">Epochs of so many steps; the nodes are gone through again and again.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Ahead">Batches made ahead by a thread of their own; 0: none.</param>
public sealed record SampledSettings(
    int Hidden, IReadOnlyList<int> FanOuts, int Batch, int StepsAnEpoch, int Epochs, double LearningRate = 0.01, int Ahead = 2);

/// <summary>Graph convolutions (Kipf and Welling 2017, eq. 2, with a bias) on sampled neighbourhoods (Hamilton, Ying and Leskovec
/// 2017, algorithm 2), so that a step's cost does not follow the size of the graph.</summary>
public sealed class SampledGcn : nn.Module<NodeBatch, Tensor>
{
    private readonly ModuleList<GcnLayer> layers = new();

    /// <param name="features">F.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Width and depth.</param>
    public SampledGcn(long features, long classes, SampledSettings settings) : base(nameof(SampledGcn))
    {
        ArgumentNullException.ThrowIfNull(settings);
        int depth = settings.FanOuts.Count;
        for (int k = 0; k < depth; k++)
            layers.Add(new GcnLayer(k == 0 ? features : settings.Hidden, k == depth - 1 ? classes : settings.Hidden, hasBias: true));
        RegisterComponents();
    }

    /// <param name="batch">The batch.</param>
    /// <returns>Scores before the softmax: [n_K, classes].</returns>
    public override Tensor forward(NodeBatch batch)
    {
        using var scope = NewDisposeScope();
        var h = batch.Features;                                         // [n_0, F]
        for (int k = 0; k < layers.Count; k++)
        {
            h = layers[k].forward(batch.Layers[k], h);                  // [n_k, D] -> [n_(k+1), D']
            if (k < layers.Count - 1) h = h.relu();
        }
        return h.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Trains on some nodes of a stored graph. Every step takes as many nodes of each part; a rank takes those of its own parts
    /// (part modulo ranks), so that one process and several take the same steps. Measures "accuracy" on the test nodes.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="partition">Its parts, a multiple of the ranks; they divide the batch.</param>
    /// <param name="train">Nodes to learn from.</param>
    /// <param name="test">Nodes to measure on, a multiple of the ranks; none: nothing is measured.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="seed">Of weights, order and draws.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <param name="checkpoint">File to go on from and to write to after each epoch; null: none.</param>
    /// <exception cref="ArgumentException">Parts, ranks and batch do not divide each other, or a part has too few training nodes.</exception>
    public static (SampledGcn Model, History History) Train(StoredGraph graph, GraphPartition partition, IReadOnlyList<int> train,
        IReadOnlyList<int> test, SampledSettings settings, int seed, Ranks? ranks = null, string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(settings);
        int share = settings.Batch / partition.Parts, count = ranks?.Count ?? 1;
        if (settings.Batch % partition.Parts != 0 || partition.Parts % count != 0)
            throw new ArgumentException($"A batch of {settings.Batch}, {partition.Parts} parts and {count} ranks: the ranks have to divide the parts, "
                + "and the parts the batch. Choose another batch, or partition anew.", nameof(partition));
        int[][] nodes = [.. Enumerable.Range(0, partition.Parts).Select(part => train.Where(node => partition.Part[node] == part).ToArray())];
        int round = nodes.Min(one => one.Length) / share;               // steps in which no node comes twice
        if (round == 0)
            throw new ArgumentException($"A part has {nodes.Min(one => one.Length)} training nodes, fewer than the {share} of a step. "
                + "Choose a smaller batch, or more training nodes.", nameof(train));

        manual_seed(seed);
        var model = new SampledGcn(graph.Features, graph.Classes, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var sampler = new NeighbourSampler(graph, [.. settings.FanOuts]);
        var history = new Trainer(model, optimizer)
        {
            Task = nameof(SampledGcn), Epochs = settings.Epochs, Ranks = ranks, Checkpoint = checkpoint, CheckpointEvery = 1,
        }.Run(Batches, batch => nn.functional.cross_entropy(model.call(batch), batch.Labels), test.Count == 0 ? null : Evaluate);
        return (model, history);

        IEnumerable<NodeBatch> Batches(int epoch)
        {
            var steps = Enumerable.Range(epoch * settings.StepsAnEpoch, settings.StepsAnEpoch);
            foreach (var drawn in steps.Select(step => NodeBatch.Draw(graph, sampler, Of(step), SeedOf(step))).Ahead(settings.Ahead))
                using (var batch = drawn.To(Devices.Chosen)) yield return batch;
        }

        int SeedOf(int step) => unchecked(seed * 7919 + step);

        // A round's order is drawn anew for each step of it: cheaper than a step, and nothing has to be kept.
        int[] Of(int step) => [.. Enumerable.Range(0, partition.Parts).Where(part => part % count == (ranks?.Rank ?? 0)).SelectMany(part =>
        {
            int[] order = [.. nodes[part]];
            new Random(unchecked((seed * 31 + part) * 7919 + step / round)).Shuffle(order);
            return order.Skip(step % round * share).Take(share);
        })];

        IReadOnlyDictionary<string, double> Evaluate()
        {
            double right = 0;
            int[] mine = ranks?.Share(test) ?? [.. test];
            foreach (int[] some in mine.Chunk(settings.Batch))
            {
                using var scope = NewDisposeScope();
                using var batch = NodeBatch.Draw(graph, sampler, some, SeedOf(-1)).To(Devices.Chosen);
                right += model.call(batch).argmax(1).eq(batch.Labels).sum().item<long>();
            }
            return new Dictionary<string, double> { ["accuracy"] = right / mine.Length };
        }
    }
}
