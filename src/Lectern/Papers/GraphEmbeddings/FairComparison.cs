// A Fair Comparison of Graph Neural Networks for Graph Classification — Errica, Podda, Bacciu and Micheli, ICLR 2020,
// arXiv:1912.09893.
// Idea      choose by one part of the data, report on another, for all models alike; and give them a rival that is
//           blind to the edges.
// Symbols   outer folds -> FairProtocol.Folds; inner hold-out -> HoldOut; R runs -> FinalRuns; grid -> FairGrids.For
// Section 4 outer: K stratified folds, one for testing each             -> FairComparison.Splits
//           inner: every configuration once, the best on validation     -> FairComparison.Select
//           R runs of the best one, stopped by validation, their mean   -> FairComparison.RunFold
// Baselines y = W₂ ReLU(W₁ Σ x) and y = W₃ ReLU(W₂ Σ ReLU(W₁ x))       -> FairBaseline
// Differs   folds are our own (seed 42), since the published ones are a file of indices; GIN's first dropout is off in
//           evaluation, which the published code forgets. The code puts a ReLU on the first baseline's scores too; it
//           silences classes for good in every third run, so it is off unless FairConfiguration.LastRelu asks for it.
using System.Text.Json;
using Lectern.Data;
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.GraphEmbeddings;

/// <summary>The models that are compared.</summary>
public enum FairModel
{
    /// <summary>Blind to the edges: <see cref="FairBaseline"/>.</summary>
    Baseline,

    /// <summary>SortPooling: <see cref="SortPoolClassifier"/>.</summary>
    Dgcnn,

    /// <summary>Differentiable pooling: <see cref="DiffPoolClassifier"/>.</summary>
    DiffPool,

    /// <summary>Edge-conditioned convolution: <see cref="EdgeConditionedClassifier"/>.</summary>
    Ecc,

    /// <summary>Graph isomorphism network: <see cref="GinClassifier"/>.</summary>
    Gin,

    /// <summary>GraphSAGE: <see cref="SageClassifier"/>.</summary>
    GraphSage,
}

/// <summary>What nodes are described by (section 4.3).</summary>
public enum FairFeatures
{
    /// <summary>Labels, one-hot: molecules and proteins.</summary>
    Labels,

    /// <summary>Labels and the numbers beside them: ENZYMES.</summary>
    LabelsAndAttributes,

    /// <summary>A constant one: social networks, first time.</summary>
    One,

    /// <summary>The degree as one number: social networks, second time.</summary>
    Degree,
}

/// <summary>One point of a grid. A model reads what concerns it.</summary>
/// <param name="Model">Which model.</param>
/// <param name="BatchSize">Graphs a step.</param>
/// <param name="LearningRate">Adam's; for ECC plain gradient descent's.</param>
/// <param name="WeightDecay">L2.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Layers">Layers; for DiffPool and ECC pooling steps.</param>
/// <param name="Dropout">GIN's on each layer's scores; ECC's after each convolution.</param>
/// <param name="LearnsEpsilon">GIN.</param>
/// <param name="MeanPooling">GIN: graphs are means of their nodes; sums otherwise.</param>
/// <param name="Reading">GraphSAGE.</param>
/// <param name="KShare">DGCNN: k is the size that this share of the graphs stays below.</param>
/// <param name="LastRelu">Baseline on labels: whether the scores go through a ReLU, as in the published code.</param>
/// <param name="StopByLoss">Early stopping by validation loss; by validation accuracy otherwise.</param>
public sealed record FairConfiguration(FairModel Model, int BatchSize = 32, double LearningRate = 1e-3, double WeightDecay = 0,
    int Hidden = 32, int Layers = 2, double Dropout = 0, bool LearnsEpsilon = false, bool MeanPooling = false,
    SageReading Reading = SageReading.Mean, double KShare = 0.6, bool LastRelu = false,
    bool StopByLoss = false);

/// <summary>How models are selected and assessed; defaults are section 4.</summary>
/// <param name="Features">What nodes are described by.</param>
/// <param name="Folds">Outer folds.</param>
/// <param name="HoldOut">Share of an outer training part that is kept for validation.</param>
/// <param name="FinalRuns">Runs of the chosen configuration a fold.</param>
/// <param name="Epochs">At most.</param>
/// <param name="Patience">Epochs without a better validation after which a run stops.</param>
/// <param name="Seed">Of the folds and, with the fold and the run, of the weights.</param>
public sealed record FairProtocol(FairFeatures Features, int Folds = 10, double HoldOut = 0.1, int FinalRuns = 3,
    int Epochs = 1000, int Patience = 500, int Seed = 42)
{
    /// <summary>At most as many epochs as the published configurations give a model.</summary>
    /// <param name="model">The model.</param>
    public FairProtocol For(FairModel model) => this with
    {
        Epochs = model switch
        {
            FairModel.Baseline => Features is FairFeatures.Labels or FairFeatures.LabelsAndAttributes ? 5000 : 3000,
            FairModel.DiffPool => 3000,
            _ => 1000,
        },
    };
}

/// <summary>The parts of one outer fold, as numbers of graphs.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose configuration and epoch by.</param>
/// <param name="Test">To report on, and for nothing else.</param>
public sealed record FairSplit(int[] Train, int[] Validation, int[] Test);

/// <summary>What one outer fold gave; accuracies are shares from 0 to 1.</summary>
/// <param name="Fold">Its number.</param>
/// <param name="Chosen">The configuration that was best on validation.</param>
/// <param name="Validation">Its validation accuracy.</param>
/// <param name="Tests">Test accuracy of each final run.</param>
public sealed record FairFold(int Fold, FairConfiguration Chosen, double Validation, double[] Tests)
{
    /// <summary>The fold's score: the mean of its runs.</summary>
    public double Score => Tests.Average();
}

/// <summary>What the protocol gave.</summary>
/// <param name="Folds">The folds that are done.</param>
public sealed record FairResult(IReadOnlyList<FairFold> Folds)
{
    /// <summary>Mean of the folds' scores.</summary>
    public double Mean => Folds.Average(fold => fold.Score);

    /// <summary>Standard deviation of the folds' scores, divisor n as in the paper.</summary>
    public double Deviation => Math.Sqrt(Folds.Average(fold => (fold.Score - Mean) * (fold.Score - Mean)));
}

/// <summary>A model that is blind to the edges (section 4.2).</summary>
/// <remarks>
/// Fingerprint: the node features are added up and read by two layers. Deep sets: a layer reads each node,
/// the sum is read by two more. Cost O(N·F·D).
/// </remarks>
public sealed class FairBaseline : nn.Module<GraphSample, Tensor>
{
    private readonly Linear? node;
    private readonly Linear dense, last;
    private readonly bool lastRelu;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="hidden">Width.</param>
    /// <param name="readsNodes">Deep sets, for social networks and ENZYMES; the fingerprint otherwise.</param>
    /// <param name="lastRelu">Whether the scores go through a ReLU: a class that is negative for all graphs never learns.</param>
    public FairBaseline(long features, long classes, int hidden, bool readsNodes, bool lastRelu = false) : base(nameof(FairBaseline))
    {
        this.lastRelu = lastRelu;
        node = readsNodes ? nn.Linear(features, hidden) : null;
        (dense, last) = (nn.Linear(readsNodes ? hidden : features, hidden), nn.Linear(hidden, classes));
        RegisterComponents();
    }

    /// <param name="sample">Graphs and features; the edges are not read.</param>
    /// <returns>[B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var x = node is null ? sample.Features : node.call(sample.Features).relu();     // [N, D]
        var scores = last.call(dense.call(sample.Graphs.Sum(x)).relu());        // [B, classes]
        return (lastRelu ? scores.relu() : scores).MoveToOuterDisposeScope();
    }
}

/// <summary>The published grids (appendix; the authors' configuration files), each point with both stopping rules.</summary>
public static class FairGrids
{
    private static readonly bool[] Both = [false, true];

    /// <summary>All points of a model's grid, in the published order of its parts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">The kind of data; baselines have a grid a kind.</param>
    public static IReadOnlyList<FairConfiguration> For(FairModel model, FairFeatures features) =>
    [
        .. from byLoss in Both
           from point in model switch
           {
               FairModel.Baseline => Baseline(features),
               FairModel.Dgcnn => from rate in (double[])[1e-4, 1e-5]
                                  from hidden in (int[])[32, 64]
                                  from layers in (int[])[2, 3, 4]
                                  from share in (double[])[0.6, 0.9]
                                  select new FairConfiguration(model, 50, rate, Hidden: hidden, Layers: layers, KShare: share),
               FairModel.DiffPool => from rate in (double[])[1e-3, 1e-4, 1e-5]
                                     select new FairConfiguration(model, 8, rate, Hidden: 64, Layers: 2),
               FairModel.Ecc => from rate in (double[])[0.1, 0.01]
                                from hidden in (int[])[32, 64]
                                from dropout in (double[])[0.05, 0.25]
                                select new FairConfiguration(model, 32, rate, Hidden: hidden, Layers: 2, Dropout: dropout),
               FairModel.Gin => from batch in (int[])[32, 128]
                                from shape in ((int, int)[])[(64, 4), (32, 4), (64, 1), (32, 2)]
                                from learns in Both
                                from mean in Both
                                from dropout in (double[])[0.5, 0]
                                select new FairConfiguration(model, batch, 0.01, 0, shape.Item1, shape.Item2, dropout, learns, mean),
               _ => from rate in (double[])[1e-2, 1e-3, 1e-4]
                    from hidden in (int[])[32, 64]
                    from layers in (int[])[3, 5]
                    from reading in Enum.GetValues<SageReading>()
                    select new FairConfiguration(model, 32, rate, Hidden: hidden, Layers: layers, Reading: reading),
           }
           select point with { StopByLoss = byLoss },
    ];

    private static IEnumerable<FairConfiguration> Baseline(FairFeatures features) => features == FairFeatures.LabelsAndAttributes
        ? from hidden in (int[])[32, 64, 128, 256]
          from rate in (double[])[1e-3, 1e-4, 1e-5]
          from decay in (double[])[1e-2, 1e-4, 1e-5]
          select new FairConfiguration(FairModel.Baseline, 32, rate, decay, hidden)
        : from batch in (int[])[32, 128]
          from hidden in (int[])[32, 128, 256]
          from rate in (double[])[1e-1, 1e-3, 1e-6]
          from decay in (double[])[1e-2, 1e-3, 1e-4]
          select new FairConfiguration(FairModel.Baseline, batch, rate, decay, hidden);
}

/// <summary>Model selection and assessment, kept apart.</summary>
public static class FairComparison
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The outer folds with their inner hold-outs: each graph is tested once.</summary>
    /// <param name="labels">Class of each graph.</param>
    /// <param name="protocol">Folds, hold-out and seed.</param>
    public static IReadOnlyList<FairSplit> Splits(IReadOnlyList<int> labels, FairProtocol protocol)
    {
        var folds = Training.Splits.StratifiedFolds(labels, protocol.Folds, protocol.Seed);
        return
        [
            .. folds.Select((test, fold) =>
            {
                int[] rest = [.. folds.SelectMany((items, other) => other == fold ? [] : items).Order()];
                int parts = (int)Math.Round(1 / protocol.HoldOut);
                int[] held = Training.Splits.StratifiedFolds([.. rest.Select(i => labels[i])], parts, protocol.Seed + 1 + fold)[0];
                int[] validation = [.. held.Select(i => rest[i])];
                return new FairSplit([.. rest.Except(validation)], validation, test);
            }),
        ];
    }

    /// <summary>The description of all nodes of a set: [ΣN, F].</summary>
    /// <param name="data">The set.</param>
    /// <param name="features">Which one.</param>
    public static Tensor FeaturesOf(GraphDataset data, FairFeatures features)
    {
        using var scope = NewDisposeScope();
        return (features switch
        {
            FairFeatures.Labels => data.OneHotLabels(),
            FairFeatures.LabelsAndAttributes => cat([data.OneHotLabels(), data.Attributes()], dim: 1),
            FairFeatures.One => data.Ones(),
            _ => data.Degrees(),
        }).DetachFromDisposeScope();
    }

    /// <summary>A model with fresh weights.</summary>
    /// <param name="configuration">Which one, and its widths.</param>
    /// <param name="data">The set that it is for: its sizes and numbers of labels, nothing of its classes.</param>
    /// <param name="features">What nodes are described by.</param>
    public static nn.Module<GraphSample, Tensor> Create(FairConfiguration configuration, GraphDataset data, FairFeatures features)
    {
        long width = features switch
        {
            FairFeatures.Labels => data.NodeLabelCount,
            FairFeatures.LabelsAndAttributes => data.NodeLabelCount + data.NodeAttributeCount,
            _ => 1,
        };
        var c = configuration;
        return c.Model switch
        {
            FairModel.Baseline => new FairBaseline(width, data.Classes, c.Hidden, readsNodes: features != FairFeatures.Labels, c.LastRelu),
            FairModel.Dgcnn => new SortPoolClassifier(width, data.Classes, new SortPoolSettings(SortPooling.K(data.Graphs, c.KShare), c.Hidden, c.Layers)),
            FairModel.DiffPool => new DiffPoolClassifier(width, data.Classes,
                new DiffPoolSettings(data.Graphs.Max(graph => graph.Nodes), c.Layers, c.Hidden, 2 * c.Hidden)),
            FairModel.Ecc => new EdgeConditionedClassifier(width, data.Classes,
                new EdgeConditionedSettings(c.Hidden, 0, c.Layers, Dropout: c.Dropout, Mean: false)),
            FairModel.Gin => new GinClassifier(width, data.Classes,
                new GinSettings([.. Enumerable.Repeat(c.Hidden, c.Layers)], c.Dropout, c.LearnsEpsilon, c.MeanPooling, FirstMlp: true)),
            _ => new SageClassifier(width, data.Classes, new SageSettings(c.Hidden, c.Layers, c.Reading)),
        };
    }

    /// <summary>
    /// Trains one configuration. The best epoch is chosen by validation, ties for the later one, and its weights are in the
    /// model that comes back.
    /// </summary>
    /// <param name="data">The set; only the named graphs are read.</param>
    /// <param name="configuration">What to train.</param>
    /// <param name="split">The parts. Where <paramref name="watchTest"/> is false the test part is not read.</param>
    /// <param name="protocol">Features, epochs, patience.</param>
    /// <param name="seed">Of weights, order and dropout.</param>
    /// <param name="watchTest">Whether to record "test accuracy" each epoch: for showing how misleading its best is.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    public static (nn.Module<GraphSample, Tensor> Model, History History) Train(GraphDataset data, FairConfiguration configuration,
        FairSplit split, FairProtocol protocol, int seed, bool watchTest = false, string? checkpoint = null)
    {
        manual_seed(seed);
        using var features = FeaturesOf(data, protocol.Features).to(Devices.Chosen);
        var model = Create(configuration, data, protocol.Features).to(Devices.Chosen);
        OptimizerHelper optimizer = configuration.Model == FairModel.Ecc
            ? optim.SGD(model.parameters(), configuration.LearningRate)
            : optim.Adam(model.parameters(), configuration.LearningRate, weight_decay: configuration.WeightDecay);
        using var owned = optimizer;
        string measure = configuration.StopByLoss ? "validation loss" : "validation accuracy";

        Dictionary<string, double> Measure()
        {
            var (accuracy, loss) = GraphTraining.Evaluate(model, data, features, split.Validation, configuration.BatchSize);
            var measured = new Dictionary<string, double> { ["validation loss"] = loss, ["validation accuracy"] = accuracy };
            if (watchTest) measured["test accuracy"] = GraphTraining.Evaluate(model, data, features, split.Test, configuration.BatchSize).Accuracy;
            return measured;
        }

        var history = new Trainer(model, optimizer)
        {
            Task = $"{configuration.Model} on {data.Name}",
            Epochs = protocol.Epochs,
            KeepWhen = history => Best(history[measure], configuration.StopByLoss) == history.Epochs - 1,
            StopWhen = history => history.Epochs - 1 - Best(history[measure], configuration.StopByLoss) >= protocol.Patience,
            BeforeStep = configuration.Model == FairModel.DiffPool ? () => nn.utils.clip_grad_norm_(model.parameters(), 2) : null,
            AfterEpoch = epoch => Schedule(optimizer, configuration, epoch),
            Checkpoint = checkpoint,
            CheckpointEvery = 50,
        }.Run(epoch => GraphTraining.Batches(split.Train, configuration.BatchSize, seed, epoch),
            batch => GraphTraining.Loss(model, data.Batch(batch, features)), Measure);
        return (model, history);
    }

    /// <summary>The epoch, from 0, that early stopping takes: the best value, of equal ones the last.</summary>
    /// <param name="values">A measure, epoch by epoch.</param>
    /// <param name="lower">Whether lower is better.</param>
    public static int Best(IReadOnlyList<double> values, bool lower)
    {
        int best = 0;
        for (int epoch = 1; epoch < values.Count; epoch++)
            if (lower ? values[epoch] <= values[best] : values[epoch] >= values[best]) best = epoch;
        return best;
    }

    /// <summary>
    /// Model selection: each configuration once on the training part; the best validation accuracy, of equal ones the later.
    /// The development set is all that it sees: test graphs are not in it.
    /// </summary>
    /// <param name="development">Training and validation graphs alone.</param>
    /// <param name="train">How many of them, from the first, are for training; the others are for validation.</param>
    /// <param name="grid">The configurations.</param>
    /// <param name="protocol">Epochs, patience, features.</param>
    /// <param name="seed">Of the runs.</param>
    /// <param name="store">Keeps what is done, by the number of the configuration; null: nothing is kept.</param>
    /// <exception cref="ArgumentException">The grid is empty.</exception>
    public static (FairConfiguration Chosen, double Validation) Select(GraphDataset development, int train,
        IReadOnlyList<FairConfiguration> grid, FairProtocol protocol, int seed, Func<int, Func<double>, double>? store = null)
    {
        if (grid.Count == 0) throw new ArgumentException("A grid has at least one configuration.", nameof(grid));
        int[] all = [.. Enumerable.Range(0, development.Count)];
        var split = new FairSplit(all[..train], all[train..], []);
        var (best, score) = (0, double.NegativeInfinity);
        using var progress = Progress.Start("select", grid.Count);
        for (int i = 0; i < grid.Count; i++)
        {
            double Measure()
            {
                var (model, history) = Train(development, grid[i], split, protocol, seed + i);
                using var owned = model;
                string measure = grid[i].StopByLoss ? "validation loss" : "validation accuracy";
                return history["validation accuracy"][Best(history[measure], grid[i].StopByLoss)];
            }
            double reached = store is null ? Measure() : store(i, Measure);
            if (reached >= score) (best, score) = (i, reached);
            progress.Step($"validation accuracy {score:0.000}");
        }
        return (grid[best], score);
    }

    /// <summary>One outer fold: selection, then the final runs of what was selected.</summary>
    /// <param name="data">The whole set; for ECC made with <see cref="GraphDataset.WithPyramids"/>.</param>
    /// <param name="grid">The configurations to choose from.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="fold">Which outer fold.</param>
    /// <param name="folder">Where each finished run is kept, and taken from when it is there; null: nowhere.</param>
    public static FairFold RunFold(GraphDataset data, IReadOnlyList<FairConfiguration> grid, FairProtocol protocol, int fold, string? folder = null)
    {
        var split = Splits(data.Labels, protocol)[fold];
        int seed = protocol.Seed + 100_000 * (fold + 1);
        T Kept<T>(string name, Func<T> work)
        {
            if (folder is null) return work();
            string path = Path.Combine(folder, name + ".json");
            if (File.Exists(path)) return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json)!;
            var result = work();
            Directory.CreateDirectory(folder);
            WholeFile.Write(path, JsonSerializer.Serialize(result, Json));
            return result;
        }
        return Kept($"fold-{fold}", () =>
        {
            // Nothing that learns or chooses is handed a test graph.
            var development = data.Subset([.. split.Train, .. split.Validation]);
            var (chosen, validation) = grid.Count == 1
                ? (grid[0], 0.0)                                        // nothing to choose
                : Select(development, split.Train.Length, grid, protocol, seed,
                    (i, work) => Kept($"fold-{fold}-configuration-{i}", work));
            int[] all = [.. Enumerable.Range(0, development.Count)];
            var parts = new FairSplit(all[..split.Train.Length], all[split.Train.Length..], []);
            using var features = FeaturesOf(data, protocol.Features).to(Devices.Chosen);
            double[] tests =
            [
                .. Enumerable.Range(0, protocol.FinalRuns).Select(run => Kept($"fold-{fold}-final-{run}", () =>
                {
                    var (model, _) = Train(development, chosen, parts, protocol, seed + 50_000 + run);
                    using var owned = model;
                    return GraphTraining.Evaluate(model, data, features, split.Test).Accuracy;
                })),
            ];
            return new FairFold(fold, chosen, validation, tests);
        });
    }

    /// <summary>One run of a fold's selection, the one that <see cref="RunFold"/> does: for sweeps that deal them out.</summary>
    /// <param name="data">The whole set; for ECC made with <see cref="GraphDataset.WithPyramids"/>.</param>
    /// <param name="grid">The configurations to choose from.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="fold">Which outer fold.</param>
    /// <param name="point">Which configuration of the grid.</param>
    /// <returns>Its validation accuracy.</returns>
    public static double Validate(GraphDataset data, IReadOnlyList<FairConfiguration> grid, FairProtocol protocol, int fold, int point)
    {
        var split = Splits(data.Labels, protocol)[fold];
        return Select(data.Subset([.. split.Train, .. split.Validation]), split.Train.Length, [grid[point]], protocol,
            protocol.Seed + 100_000 * (fold + 1) + point).Validation;
    }

    /// <summary>The whole protocol, or one shard of it: shard s of n runs the outer folds s, s + n, s + 2n, …</summary>
    /// <param name="data">The whole set.</param>
    /// <param name="grid">The configurations to choose from; the published ones are <see cref="FairGrids.For"/>.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="folder">Where finished runs are kept, for all shards: a run that was stopped goes on, and the last shard
    /// has the whole result. Null: nowhere.</param>
    /// <param name="shard">Which shard, from 0.</param>
    /// <param name="shards">How many there are.</param>
    /// <returns>The folds of this shard, and those of the others that are in the folder already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    public static FairResult Run(GraphDataset data, IReadOnlyList<FairConfiguration> grid, FairProtocol protocol,
        string? folder = null, int shard = 0, int shards = 1)
    {
        if (shard < 0 || shard >= shards)
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The {shards} shards are 0 to {shards - 1}.");
        if (grid.Any(c => c.Model == FairModel.Ecc) && data.Pyramids is null) data = data.WithPyramids(grid.Max(c => c.Layers));
        var folds = new List<FairFold>();
        using var progress = Progress.Start("outer folds", (protocol.Folds - shard + shards - 1) / shards);
        for (int fold = 0; fold < protocol.Folds; fold++)
        {
            bool isMine = fold % shards == shard;
            bool isThere = folder is not null && File.Exists(Path.Combine(folder, $"fold-{fold}.json"));
            if (!isMine && !isThere) continue;
            folds.Add(RunFold(data, grid, protocol, fold, folder));
            if (isMine) progress.Step($"fold {fold}: {folds[^1].Score:0.000}");
        }
        return new FairResult(folds);
    }

    private static void Schedule(OptimizerHelper optimizer, FairConfiguration configuration, int epoch)
    {
        int done = epoch + 1;
        double factor = configuration.Model switch
        {
            FairModel.Gin => Math.Pow(0.5, done / 50),
            FairModel.Ecc => Math.Pow(0.1, (done >= 25 ? 1 : 0) + (done >= 35 ? 1 : 0) + (done >= 45 ? 1 : 0)),
            _ => 1,
        };
        foreach (var group in optimizer.ParamGroups) group.LearningRate = configuration.LearningRate * factor;
    }
}
