// Graph classification: the test of Weisfeiler and Leman with its kernel, and four networks, each as its
// paper has it.
//   WL        Shervashidze et al., JMLR 2011             k = Σ_t <counts of G, counts of G'>        -> Kernel
//   GIN       Xu et al., ICLR 2019, arXiv:1810.00826     h' = MLP((1 + ε) h + Σ h)           -> GinClassifier
//   DGCNN     Zhang et al., AAAI 2018                    sort nodes, read in order      -> SortPoolClassifier
//   DiffPool  Ying et al., NeurIPS 2018, arXiv:1806.08804    X' = Sᵀ Z, A' = Sᵀ A S     -> DiffPoolClassifier
//   ECC       Simonovsky & Komodakis, CVPR 2017, arXiv:1704.02901    x' = mean Θ(l) x
//                                                                                -> EdgeConditionedClassifier
// Symbols   c^(t) -> WeisfeilerLeman[t]; h -> rounds; k -> SortPoolSettings.K;
//           S -> DiffPooling.Apply(…).Assignment
// Protocol  10 folds, and the single epoch whose accuracy is best on the average of the *test* folds (Xu et
//           al., section 7; the others alike). That is too kind by some points: FairComparison measures by
//           how much.
// Differs   DiffPool's batch normalisation counts no padding; ECC pools by keeping nodes, not by their
//           neighbours' maximum.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Foundations;

/// <summary>The networks of this file.</summary>
public enum GraphNetwork
{
    /// <summary>Graph isomorphism network.</summary>
    Gin,

    /// <summary>SortPooling.</summary>
    Dgcnn,

    /// <summary>Differentiable pooling.</summary>
    DiffPool,

    /// <summary>Edge-conditioned convolution.</summary>
    Ecc,
}

/// <summary>Settings of one network; <see cref="For"/> gives each paper's own.</summary>
/// <param name="Network">Which one.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Layers">Layers: GIN's after the input, DGCNN's before the sorting one,
/// pooling steps of the others.</param>
/// <param name="Dropout">GIN's on each layer's scores.</param>
/// <param name="BatchSize">Graphs a step.</param>
/// <param name="LearningRate">Adam's; for ECC that of gradient descent with momentum 0.9.</param>
/// <param name="HalveEvery">Epochs after which GIN's rate is halved; 0: never.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="StepsPerEpoch">Steps that make an epoch; 0: as many as there are batches.</param>
public sealed record GraphClassificationSettings(GraphNetwork Network, int Hidden, int Layers, double Dropout,
    int BatchSize, double LearningRate, int HalveEvery, int Epochs, int StepsPerEpoch = 0)
{
    /// <summary>GIN: Xu et al., section 7; DGCNN: Zhang et al., section 5; DiffPool: Ying et al., section 4;
    /// ECC: Simonovsky and Komodakis, section 4.3.</summary>
    /// <param name="network">Which one.</param>
    public static GraphClassificationSettings For(GraphNetwork network) => network switch
    {
        GraphNetwork.Gin => new(network, 64, 4, 0.5, 32, 0.01, HalveEvery: 50, Epochs: 350,
            StepsPerEpoch: 50),
        GraphNetwork.Dgcnn => new(network, 32, 3, 0, 50, 1e-4, HalveEvery: 0, Epochs: 300),
        GraphNetwork.DiffPool => new(network, 64, 2, 0, 20, 1e-3, HalveEvery: 0, Epochs: 1000),
        _ => new(network, 48, 2, 0, 64, 0.1, HalveEvery: 0, Epochs: 50),
    };
}

/// <summary>What cross-validation gave: the test accuracy of each fold,
/// epoch by epoch, from 0 to 1.</summary>
/// <param name="Curves">[folds][epochs].</param>
public sealed record GraphClassificationResult(IReadOnlyList<IReadOnlyList<double>> Curves)
{
    /// <summary>The epoch, from 0, whose mean over the folds is best:
    /// chosen by the test folds, as the papers do.</summary>
    public int BestEpoch => Enumerable.Range(0, Curves[0].Count)
        .MaxBy(epoch => Curves.Average(curve => curve[epoch]));

    /// <summary>The folds' accuracies at <see cref="BestEpoch"/>.</summary>
    public Spread AtBestEpoch => new([.. Curves.Select(curve => curve[BestEpoch])]);

    /// <summary>The folds' accuracies at the last epoch, which nothing chose.</summary>
    public Spread AtLastEpoch => new([.. Curves.Select(curve => curve[^1])]);
}

/// <summary>Training and cross-validating what classifies graphs.</summary>
public static class GraphClassification
{
    /// <summary>A network with fresh weights.</summary>
    /// <param name="data">The set: sizes and numbers of labels are read, classes are not.</param>
    /// <param name="settings">Which one, and its widths.</param>
    /// <param name="features">F, columns of the node features.</param>
    public static nn.Module<GraphSample, Tensor> Create(GraphDataset data,
        GraphClassificationSettings settings, long features)
    {
        var s = settings;
        return s.Network switch
        {
            GraphNetwork.Gin => new GinClassifier(features, data.Classes,
                new GinSettings([.. Enumerable.Repeat(s.Hidden, s.Layers)], s.Dropout)),
            GraphNetwork.Dgcnn => new SortPoolClassifier(features, data.Classes,
                new SortPoolSettings(SortPooling.K(data.Graphs, 0.6), s.Hidden, s.Layers)),
            GraphNetwork.DiffPool => new DiffPoolClassifier(features, data.Classes,
                new DiffPoolSettings(data.Graphs.Max(graph => graph.Nodes), s.Layers, s.Hidden, s.Hidden)),
            _ => new EdgeConditionedClassifier(features, data.Classes,
                new EdgeConditionedSettings(s.Hidden, data.EdgeLabelCount, s.Layers)),
        };
    }

    /// <summary>Trains on some graphs and measures on others after each epoch.</summary>
    /// <param name="data">The set; for ECC made with <see cref="GraphDataset.WithPyramids"/>.</param>
    /// <param name="settings">The network and how it is trained.</param>
    /// <param name="train">Graphs to learn from.</param>
    /// <param name="test">Graphs to measure on: "test accuracy" of the history.</param>
    /// <param name="seed">Of weights, order and dropout.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    public static (nn.Module<GraphSample, Tensor> Model, History History) Train(GraphDataset data,
        GraphClassificationSettings settings, IReadOnlyList<int> train, IReadOnlyList<int> test, int seed,
        string? checkpoint = null)
    {
        manual_seed(seed);
        using var features = data.Features().to(Devices.Chosen);
        var model = Create(data, settings, features.shape[1]).to(Devices.Chosen);
        using OptimizerHelper optimizer = settings.Network == GraphNetwork.Ecc
            ? optim.SGD(model.parameters(), settings.LearningRate, momentum: 0.9)
            : optim.Adam(model.parameters(), settings.LearningRate);

        // GIN's epoch is 50 random batches, however many graphs there are.
        IEnumerable<int[]> Batches(int epoch)
        {
            if (settings.StepsPerEpoch == 0)
                return GraphTraining.Batches(train, settings.BatchSize, seed, epoch);
            return Enumerable.Range(0, settings.StepsPerEpoch).Select(step =>
                GraphTraining.Batches(train, settings.BatchSize, seed, epoch * settings.StepsPerEpoch + step)
                    .First());
        }

        void Schedule(int epoch)
        {
            double rate = settings.LearningRate;
            if (settings.HalveEvery > 0) rate *= Math.Pow(0.5, (epoch + 1) / settings.HalveEvery);
            if (settings.Network == GraphNetwork.Ecc)
                rate *= Math.Pow(0.1, new[] { 25, 35, 45 }.Count(step => epoch + 1 >= step));
            foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
        }

        var history = new Trainer(model, optimizer)
        {
            Task = $"{settings.Network} on {data.Name}",
            Epochs = settings.Epochs,
            BeforeStep = settings.Network == GraphNetwork.DiffPool
                ? () => nn.utils.clip_grad_norm_(model.parameters(), 2) : null,
            AfterEpoch = Schedule,
            Checkpoint = checkpoint,
        }.Run(Batches, batch => GraphTraining.Loss(model, data.Batch(batch, features)),
            () => new Dictionary<string, double>
            {
                ["test accuracy"] = GraphTraining.Evaluate(model, data, features, test).Accuracy,
            });
        return (model, history);
    }

    /// <summary>The papers' protocol: stratified folds, each tested by a network
    /// trained on the others.</summary>
    /// <param name="data">The set; for ECC made with <see cref="GraphDataset.WithPyramids"/>.</param>
    /// <param name="settings">The network and how it is trained.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="seed">Of the folds and, with the fold, of each run.</param>
    public static GraphClassificationResult CrossValidate(GraphDataset data,
        GraphClassificationSettings settings, int folds = 10, int seed = 1)
    {
        var parts = Splits.StratifiedFolds(data.Labels, folds, seed);
        using var progress = Progress.Start($"{folds} folds", folds);
        var curves = new List<IReadOnlyList<double>>();
        for (int fold = 0; fold < folds; fold++)
        {
            var (model, history) = Train(data, settings, Rest(parts, fold), parts[fold],
                seed + 1000 * (fold + 1));
            model.Dispose();
            curves.Add(history["test accuracy"]);
            progress.Step($"test accuracy {curves[^1][^1]:0.000}");
        }
        return new GraphClassificationResult(curves);
    }

    /// <summary>The subtree kernels of a set for 0, 1, … rounds, each graph with 1 to itself.</summary>
    /// <param name="data">The set; nodes without labels start alike.</param>
    /// <param name="rounds">The most rounds.</param>
    /// <returns>[rounds + 1] kernels [graphs, graphs].</returns>
    public static IReadOnlyList<double[,]> Kernels(GraphDataset data, int rounds)
    {
        var colours = WeisfeilerLeman.Refine(data.Graphs, data.NodeLabels, rounds: rounds);
        return [.. Enumerable.Range(0, rounds + 1).Select(h => colours.SubtreeKernel(h, normalized: true))];
    }

    /// <summary>Cross-validation of an SVM on the subtree kernel;
    /// rounds and C are chosen inside each training part.</summary>
    /// <param name="data">The set.</param>
    /// <param name="rounds">The most rounds to choose from (section 5.1 of Shervashidze et al.: 10).</param>
    /// <param name="prices">Values of C to choose from; null: 0.1, 1, 10, 100, 1000.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="seed">Of the folds.</param>
    /// <returns>Test accuracy of each fold, from 0 to 1.</returns>
    public static Spread Kernel(GraphDataset data, int rounds = 10, IReadOnlyList<double>? prices = null,
        int folds = 10, int seed = 1)
    {
        prices ??= [0.1, 1, 10, 100, 1000];
        var kernels = Kernels(data, rounds);
        var parts = Splits.StratifiedFolds(data.Labels, folds, seed);
        using var progress = Progress.Start("WL kernel", folds);
        var tested = new List<double>();
        for (int fold = 0; fold < folds; fold++)
        {
            int[] train = Rest(parts, fold);
            // Rounds and price are those of the best mean over five inner folds of the training part.
            var inner = Splits.StratifiedFolds([.. train.Select(i => data.Labels[i])], 5, seed + 1 + fold);
            var (best, score) = ((Kernel: 0, Price: prices[0]), -1.0);
            for (int h = 0; h <= rounds; h++)
                foreach (double price in prices)
                {
                    double reached = inner.Average(part =>
                    {
                        int[] heldOut = [.. part.Select(i => train[i])];
                        return KernelSvm.Fit(kernels[h], data.Labels, [.. train.Except(heldOut)], price)
                            .Accuracy(kernels[h], data.Labels, heldOut);
                    });
                    if (reached > score) (best, score) = ((h, price), reached);
                }
            tested.Add(KernelSvm.Fit(kernels[best.Kernel], data.Labels, train, best.Price)
                .Accuracy(kernels[best.Kernel], data.Labels, parts[fold]));
            progress.Step($"rounds {best.Kernel}, C {best.Price}: {tested[^1]:0.000}");
        }
        return new Spread(tested);
    }

    private static int[] Rest(int[][] parts, int fold) =>
        [.. parts.SelectMany((items, other) => other == fold ? [] : items).Order()];
}
