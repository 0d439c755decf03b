// Graph feature network — T. Chen, S. Bian and Y. Sun, "Are Powerful Graph Neural Nets Necessary? A Dissection on Graph
// Classification", 2019, arXiv:1905.04579.
// Idea      A graph classifier is a filter over neighbours and a function of the set of nodes. Make the filter linear and
//           fixed (computed once, as features) and keep the set function: nothing is lost on the usual benchmarks. Make
//           the set function linear too, and much is.
// Symbols   X^G -> GraphFeatures.Build; Ā = D_ε^-1/2 (A + ε I) D_ε^-1/2, ε = 1e-8 -> GraphFeatures.Filter;
//           K -> GraphFeatureSettings.Hops
// Features  X^G = [X, d, onehot(min(d, 100)), ĀX, Ā²X, Ā³X]                               -> GraphFeatures.Build
// GFN       BN; Linear, ReLU; 3 × (BN, Linear, ReLU) a node; sum; (BN, Linear, ReLU), BN, Linear a graph -> Gfn
// GFN-light the same without the 3 middle layers; GLN: BN, sum, Linear                    -> GraphFeatureModel
// GCN       the 3 middle Linear are graph convolutions, X^G without ĀX …                  -> GraphFeatureModel.Gcn
// Weights   a node's Linear: Glorot, no bias (batch norm has one before it); a graph's: as the engine draws them
// Protocol  stratified folds; the epoch of the best mean test accuracy, or the last       -> GraphFeatureNetwork.CrossValidate
// Differs   Folds are drawn by seed; the authors have one division, of scikit-learn with random state 12345. GIN is Xu et
//           al.'s, here on GCN's features and under the same protocol; the paper quotes its published numbers.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.GraphEmbeddings;

/// <summary>The classifiers that are compared.</summary>
public enum GraphFeatureModel
{
    /// <summary>Linear filter, linear set function.</summary>
    Gln,

    /// <summary>Linear filter; set function with one layer a node.</summary>
    GfnLight,

    /// <summary>Linear filter; the full set function.</summary>
    Gfn,

    /// <summary>The same stack with three graph convolutions.</summary>
    Gcn,

    /// <summary>GFN's stack on the node features alone: blind to edges.</summary>
    NodesOnly,

    /// <summary>The graph isomorphism network of Xu et al. 2019, on GCN's features.</summary>
    Gin,
}

/// <summary>Settings; defaults are the authors' code's.</summary>
/// <param name="Hops">K, powers of Ā that X is filtered with; 1 for D&amp;D.</param>
/// <param name="DegreeCap">Degrees above share the last of the one-hot's cap + 1 columns; 10 for REDDIT and D&amp;D.</param>
/// <param name="Hidden">Width of every layer.</param>
/// <param name="NodeLayers">Middle layers a node, or graph convolutions.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Batch">Graphs a step.</param>
/// <param name="Epochs">Passes over the training graphs.</param>
/// <param name="Folds">Stratified folds.</param>
public sealed record GraphFeatureSettings(int Hops = 3, int DegreeCap = 100, int Hidden = 128, int NodeLayers = 3,
    double LearningRate = 1e-3, int Batch = 128, int Epochs = 100, int Folds = 10);

/// <summary>Graph-augmented node features, computed once.</summary>
public static class GraphFeatures
{
    /// <summary>Ā = D_ε^-1/2 (A + ε I) D_ε^-1/2, D_ε the row sums of A + ε I: no self-loop but for nodes without edges.</summary>
    /// <param name="graph">An undirected graph; its weights do not count.</param>
    /// <param name="epsilon">ε; 0 + 1 on the diagonal gives the graph convolution's Â.</param>
    public static Graph Filter(Graph graph, double epsilon = 1e-8)
    {
        var looped = graph.WithWeights(null).WithSelfLoops();
        double[] sums = [.. Enumerable.Range(0, looped.Nodes).Select(v => looped.Neighbours(v).Length - 1 + epsilon)];
        var weights = new float[looped.Edges];
        for (int e = 0; e < weights.Length; e++)
        {
            var (s, t) = (looped.Sources[e], looped.Targets[e]);
            weights[e] = (float)((s == t ? epsilon : 1) / Math.Sqrt(sums[s] * sums[t]));
        }
        return looped.WithWeights(tensor(weights).DetachFromDisposeScope());
    }

    /// <summary>X^G of all nodes of a data set: [ΣN, F + 1 + (cap + 1) + K F], owned by no scope.</summary>
    /// <param name="data">The graphs; X is labels one-hot and attributes, or a one where there are neither.</param>
    /// <param name="hops">K; 0 leaves the filtered columns out.</param>
    /// <param name="degreeCap">Cap of the one-hot degree; less than 0 leaves both degree columns out.</param>
    /// <remarks>Only X is filtered, not the degrees. Cost O(K E F + N (F K + cap)).</remarks>
    public static Tensor Build(GraphDataset data, int hops = 3, int degreeCap = 100)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var x = data.NodeLabels is null && data.NodeAttributes is null ? data.Ones() : data.Features();       // X: [ΣN, F]
        var columns = new List<Tensor> { x };
        if (degreeCap >= 0)
        {
            columns.Add(data.Degrees());                                    // d: [ΣN, 1]
            columns.Add(data.OneHotDegrees(Math.Max(degreeCap, 1)));        // [ΣN, cap + 1]
        }
        if (hops > 0)
        {
            var filter = Filter(new GraphBatch([.. data.Graphs.Select(g => g.WithWeights(null))]).Graph);
            for (int k = 1; k <= hops; k++) columns.Add(x = filter.Sum(x)); // Ā^k X
        }
        return cat(columns, 1).DetachFromDisposeScope();
    }
}

/// <summary>The classifiers: one stack, parts of which are left out or replaced.</summary>
public sealed class Gfn : nn.Module<GraphSample, Tensor>
{
    private readonly GraphFeatureModel model;
    private readonly BatchNorm1d normFeatures;
    private readonly Linear? encode;                                        // F -> hidden, no bias
    private readonly ModuleList<BatchNorm1d> norms = nn.ModuleList<BatchNorm1d>();
    private readonly ModuleList<Linear> linears = nn.ModuleList<Linear>();
    private readonly ModuleList<GcnLayer> convolutions = nn.ModuleList<GcnLayer>();
    private readonly BatchNorm1d? normGraph, normLast;
    private readonly Linear? graphLayer;
    private readonly Linear classify;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="model">Which of the classifiers; not GIN, which is another stack.</param>
    /// <param name="settings">Width and depth.</param>
    /// <exception cref="ArgumentException">The model is GIN.</exception>
    public Gfn(long features, long classes, GraphFeatureModel model, GraphFeatureSettings settings) : base(nameof(Gfn))
    {
        if (model == GraphFeatureModel.Gin)
            throw new ArgumentException("GIN is a GinClassifier; GraphFeatureNetwork.Create makes any of the models.", nameof(model));
        this.model = model;
        int hidden = settings.Hidden;
        normFeatures = Norm(features);
        if (model == GraphFeatureModel.Gln) classify = nn.Linear(features, classes);
        else
        {
            encode = OfNode(features, hidden);
            int layers = model == GraphFeatureModel.GfnLight ? 0 : settings.NodeLayers;
            for (int l = 0; l < layers; l++)
            {
                norms.append(Norm(hidden));
                if (model == GraphFeatureModel.Gcn) convolutions.append(new GcnLayer(hidden, hidden, hasBias: true));
                else linears.append(OfNode(hidden, hidden));
            }
            (normGraph, graphLayer, normLast) = (Norm(hidden), nn.Linear(hidden, hidden), Norm(hidden));
            classify = nn.Linear(hidden, classes);
        }
        RegisterComponents();
    }

    /// <summary>Whether a model reads Â beside the features; the others see a set of nodes.</summary>
    public bool Convolves => model == GraphFeatureModel.Gcn;

    /// <param name="sample">Graphs and their node features; for GCN with Â as weights (<see cref="GraphFeatureNetwork.Prepare"/>).</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        Require.Features(sample.Features, sample.Graphs.Graph.Nodes, normFeatures.weight!.shape[0], nameof(sample));
        using var scope = NewDisposeScope();
        var h = sample.Features;                                            // [N, F]
        if (encode is null)                                                 // GLN
            return classify.call(sample.Graphs.Sum(FastBatchNorm.Apply(normFeatures, h))).MoveToOuterDisposeScope();
        for (int l = 0; l < norms.Count; l++)                               // Linear or convolution, ReLU, BN
            h = l == 0 ? FastBatchNorm.Apply(encode, norms[0], h, Rectifier.Before, before: normFeatures)
                : Convolves
                ? FastBatchNorm.Apply(norms[l], convolutions[l - 1].call(sample.Graphs.Graph, h), Rectifier.Before)
                : FastBatchNorm.Apply(linears[l - 1], norms[l], h, Rectifier.Before);
        h = norms.Count == 0 ? FastBatchNorm.Apply(normFeatures, encode, h) // [N, F or hidden] -> [N, hidden]
            : Convolves ? convolutions[^1].call(sample.Graphs.Graph, h) : FastLinear.Apply(h, linears[^1].weight!);
        var g = sample.Graphs.Sum(h.relu());                                // [N, hidden] -> [B, hidden]
        g = FastBatchNorm.Apply(graphLayer!, normLast!, FastBatchNorm.Apply(normGraph!, g), Rectifier.Before);
        return classify.call(g).MoveToOuterDisposeScope();
    }

    private static BatchNorm1d Norm(long features)
    {
        var norm = nn.BatchNorm1d(features);
        nn.init.constant_(norm.bias!, 1e-4);
        return norm;
    }

    private static Linear OfNode(long inFeatures, long outFeatures)
    {
        var layer = nn.Linear(inFeatures, outFeatures, hasBias: false);
        nn.init.xavier_uniform_(layer.weight!);
        return layer;
    }
}

/// <summary>What a cross-validation gave; shares from 0 to 1.</summary>
/// <param name="TestAccuracy">Test accuracy of each fold, epoch by epoch: [folds, epochs].</param>
/// <param name="ValidationLoss">Validation loss of each fold, epoch by epoch; empty where there was no validation fold.</param>
/// <param name="TrainLoss">Training loss of each fold, epoch by epoch.</param>
/// <param name="EpochSeconds">Processor seconds of training an epoch of a fold, the mean.</param>
public sealed record GraphFeatureResult(IReadOnlyList<IReadOnlyList<double>> TestAccuracy, IReadOnlyList<IReadOnlyList<double>> ValidationLoss,
    IReadOnlyList<IReadOnlyList<double>> TrainLoss, double EpochSeconds)
{
    /// <summary>The single epoch, from 0, with the best mean test accuracy: the rule of this paper and of GIN's.</summary>
    public int BestTestEpoch
    {
        get
        {
            double Mean(int epoch) => TestAccuracy.Average(fold => fold[epoch]);
            return Enumerable.Range(0, TestAccuracy[0].Count).MaxBy(Mean);
        }
    }

    /// <summary>Test accuracy of each fold at <see cref="BestTestEpoch"/>: chosen by looking at the answers.</summary>
    public Spread AtBestTestEpoch => new([.. TestAccuracy.Select(fold => fold[BestTestEpoch])]);

    /// <summary>Test accuracy of each fold at its epoch of the lowest validation loss.</summary>
    /// <exception cref="InvalidOperationException">There was no validation fold.</exception>
    public Spread AtBestValidation => ValidationLoss.Count == 0
        ? throw new InvalidOperationException("This run had no validation fold; run it with validates: true.")
        : new([.. TestAccuracy.Select((fold, f) => fold[Enumerable.Range(0, fold.Count).MinBy(e => ValidationLoss[f][e])])]);

    /// <summary>Test accuracy of each fold after the last epoch: chosen by nobody.</summary>
    public Spread AtLastEpoch => new([.. TestAccuracy.Select(fold => fold[^1])]);
}

/// <summary>Features, training and evaluation under one protocol.</summary>
public static class GraphFeatureNetwork
{
    /// <summary>The node features that a model reads: [ΣN, F].</summary>
    /// <param name="data">The graphs.</param>
    /// <param name="model">GCN and GIN get degrees but no filtered columns; NodesOnly gets X alone; the others X^G.</param>
    /// <param name="settings">K and the degree cap.</param>
    public static Tensor Features(GraphDataset data, GraphFeatureModel model, GraphFeatureSettings settings) => model switch
    {
        GraphFeatureModel.Gcn or GraphFeatureModel.Gin => GraphFeatures.Build(data, hops: 0, settings.DegreeCap),
        GraphFeatureModel.NodesOnly => GraphFeatures.Build(data, hops: 0, degreeCap: -1),
        _ => GraphFeatures.Build(data, settings.Hops, settings.DegreeCap),
    };

    /// <summary>The data set as a model reads it: for GCN every graph has Â as weights, for GIN its edges, for all others it
    /// has no edges left.</summary>
    public static GraphDataset Prepare(GraphDataset data, GraphFeatureModel model) => data with
    {
        Graphs = [.. data.Graphs.Select(g => model switch
        {
            GraphFeatureModel.Gcn => g.WithWeights(null).WithSelfLoops().Normalized(),
            GraphFeatureModel.Gin => g.WithWeights(null),
            _ => Graph.Undirected(g.Nodes),
        })],
    };

    /// <summary>A new classifier.</summary>
    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="model">Which one. GIN has four layers of two Linear each, half as wide as <see cref="GraphFeatureSettings.Hidden"/>:
    /// 64, as in its paper.</param>
    /// <param name="settings">Width and depth.</param>
    public static nn.Module<GraphSample, Tensor> Create(long features, long classes, GraphFeatureModel model, GraphFeatureSettings settings) =>
        model == GraphFeatureModel.Gin
            ? new GinClassifier(features, classes, new GinSettings([.. Enumerable.Repeat(settings.Hidden / 2, 4)]))
            : new Gfn(features, classes, model, settings);

    /// <summary>Trains a model of the paper fold by fold.</summary>
    /// <param name="data">The graphs.</param>
    /// <param name="model">Which model.</param>
    /// <param name="settings">Width, epochs and the rest.</param>
    /// <param name="seed">Of folds, weights and batches.</param>
    /// <param name="validates">Whether one training fold is kept for validation; otherwise all nine are trained on.</param>
    public static GraphFeatureResult CrossValidate(GraphDataset data, GraphFeatureModel model, GraphFeatureSettings settings, int seed, bool validates = false)
    {
        using var scope = NewDisposeScope();
        var prepared = Prepare(data, model);
        using var features = Features(data, model, settings);
        return CrossValidate(prepared, features, () => Create(features.shape[1], data.Classes, model, settings), settings, seed, validates, $"{model}");
    }

    /// <summary>Trains any graph classifier fold by fold: the one protocol.</summary>
    /// <param name="data">The graphs.</param>
    /// <param name="features">Node features [ΣN, F].</param>
    /// <param name="make">A new classifier, for each fold.</param>
    /// <param name="settings">Learning rate, batch, epochs and folds.</param>
    /// <param name="seed">Of folds, weights and batches.</param>
    /// <param name="validates">Whether one training fold is kept for validation.</param>
    /// <param name="name">For the progress bar.</param>
    public static GraphFeatureResult CrossValidate(GraphDataset data, Tensor features, Func<nn.Module<GraphSample, Tensor>> make,
        GraphFeatureSettings settings, int seed, bool validates = false, string name = "folds")
    {
        var parts = Splits.StratifiedFolds(data.Labels, settings.Folds, seed);
        var (tests, validations, losses, seconds) = (new List<IReadOnlyList<double>>(), new List<IReadOnlyList<double>>(), new List<IReadOnlyList<double>>(), 0.0);
        features = features.to(Devices.Chosen);
        foreach (int fold in Progress.Over(name, Enumerable.Range(0, parts.Length).ToList()))
        {
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed * 1009 + fold));
            int[]? held = validates ? parts[(fold + 1) % parts.Length] : null;
            int[] train = [.. parts.Where(p => p != parts[fold] && p != held).SelectMany(p => p)];
            var test = Batches(data, features, parts[fold], settings.Batch);
            var validation = held is null ? null : Batches(data, features, held, settings.Batch);
            var model = make().to(Devices.Chosen);
            using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
            var random = new Random(unchecked(seed * 31 + fold));
            IEnumerable<GraphSample> Shuffled(int epoch)
            {
                random.Shuffle(train);
                var begun = Environment.CpuUsage.TotalTime;                 // what other programs compute does not count
                foreach (int[] graphs in Chunks(train, settings.Batch))
                {
                    using var step = NewDisposeScope();
                    yield return data.Batch(graphs, features);
                }
                seconds += (Environment.CpuUsage.TotalTime - begun).TotalSeconds;
            }
            var history = new Trainer(model, optimizer) { Task = $"fold {fold + 1}", Epochs = settings.Epochs }.Run(
                Shuffled, batch => nn.functional.cross_entropy(model.call(batch), batch.Labels), () =>
                {
                    var measured = new Dictionary<string, double> { ["test accuracy"] = Measure(test, model, (s, scores) => s.Accuracy(scores)) };
                    if (validation is not null) measured["validation loss"] = Measure(validation, model,
                        (s, scores) => nn.functional.cross_entropy(scores, s.Labels).item<float>());
                    return measured;
                });
            tests.Add([.. history["test accuracy"]]);
            losses.Add([.. history.Loss]);
            if (validates) validations.Add([.. history["validation loss"]]);
        }
        return new GraphFeatureResult(tests, validations, losses, seconds / (parts.Length * settings.Epochs));
    }

    /// <summary>Parts of a shuffled list; a last part of one graph joins the one before, since it has no batch statistics.</summary>
    private static IEnumerable<int[]> Chunks(int[] graphs, int size)
    {
        var chunks = graphs.Chunk(size).ToList();
        if (chunks.Count > 1 && chunks[^1].Length == 1)
        {
            chunks[^2] = [.. chunks[^2], .. chunks[^1]];
            chunks.RemoveAt(chunks.Count - 1);
        }
        return chunks;
    }

    private static GraphSample[] Batches(GraphDataset data, Tensor features, int[] graphs, int size) =>
        [.. graphs.Chunk(size).Select(chunk => data.Batch(chunk, features))];

    private static double Measure(GraphSample[] batches, nn.Module<GraphSample, Tensor> model, Func<GraphSample, Tensor, double> measure)
    {
        double total = 0, graphs = 0;
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            total += batch.Graphs.Count * measure(batch, model.call(batch));
            graphs += batch.Graphs.Count;
        }
        return total / graphs;
    }
}
