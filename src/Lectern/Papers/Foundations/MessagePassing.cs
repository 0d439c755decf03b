// Message passing: four layers that a course starts with, as node classifiers under their papers' own
// protocols.
//   GCN        Kipf & Welling, ICLR 2017, arXiv:1609.02907      Z = softmax(Â ReLU(Â X W0) W1)
//   GraphSAGE  Hamilton et al., NeurIPS 2017, arXiv:1706.02216  h' = σ(W [h ‖ AGG(neighbours)])
//   GAT        Veličković et al., ICLR 2018, arXiv:1710.10903   h' = ‖_k ELU(Σ α_k W_k h)
//   GIN        Xu et al., ICLR 2019, arXiv:1810.00826           h' = MLP((1 + ε) h + Σ h)
// Symbols   Â -> graph.WithSelfLoops().Normalized(); X -> NodeDataset.Features [N, F]; K -> heads
// Stops     GCN: the last validation loss is above the mean of the ten before it. GAT: 100 epochs without a
//           new lowest loss or highest accuracy on validation; the weights of the last epoch where neither
//           was worse are reported.
// Differs   GraphSAGE and GIN give no Planetoid numbers in their papers; they run under GCN's protocol here.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Foundations;

/// <summary>The layers that a <see cref="NodeClassifier"/> is made of.</summary>
public enum MessagePassingLayer
{
    /// <summary>Graph convolution (Kipf and Welling 2017).</summary>
    Gcn,

    /// <summary>GraphSAGE with mean aggregation (Hamilton, Ying and Leskovec 2017).</summary>
    GraphSage,

    /// <summary>Graph attention (Veličković et al. 2018).</summary>
    Gat,

    /// <summary>Graph isomorphism network (Xu et al. 2019).</summary>
    Gin,
}

/// <summary>Settings of one run; <see cref="For"/> gives each paper's own.</summary>
/// <param name="Layer">Which layer.</param>
/// <param name="Hidden">Width of the hidden layer; for GAT, of each head.</param>
/// <param name="Heads">Attention heads of GAT's first layer; the second has one.</param>
/// <param name="Dropout">Share of each layer's input (and of GAT's attention) dropped in training.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="WeightDecay">λ of ½λ‖W‖²; GCN puts it on the first layer only, GAT on all.</param>
/// <param name="Epochs">At most.</param>
/// <param name="Patience">GAT's 100 epochs without a better validation; for the others,
/// the window of GCN's rule.</param>
public sealed record MessagePassingSettings(MessagePassingLayer Layer, int Hidden = 16, int Heads = 1,
    double Dropout = 0.5, double LearningRate = 0.01, double WeightDecay = 5e-4, int Epochs = 200,
    int Patience = 10)
{
    /// <summary>GCN: section 5.2 of its paper; GAT: section 3.3 of its own;
    /// the others run as GCN does.</summary>
    public static MessagePassingSettings For(MessagePassingLayer layer) => layer == MessagePassingLayer.Gat
        ? new(layer, Hidden: 8, Heads: 8, Dropout: 0.6, LearningRate: 0.005, WeightDecay: 5e-4, Epochs: 1000,
            Patience: 100)
        : new(layer);
}

/// <summary>Two layers of message passing, from sparse node features to a score a class.</summary>
public sealed class NodeClassifier : nn.Module<Graph, SparseMatrix, Tensor>
{
    private readonly MessagePassingSettings settings;
    private readonly GcnLayer? gcn1, gcn2;
    private readonly SageLayer? sage1, sage2;
    private readonly GatLayer? gat1, gat2;
    private readonly GinLayer? gin1, gin2;
    private readonly Linear? encode;                                    // sparse features to GIN's width

    /// <param name="features">F, columns of X.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Layer, width and dropout.</param>
    public NodeClassifier(long features, long classes, MessagePassingSettings settings)
        : base(nameof(NodeClassifier))
    {
        this.settings = settings;
        int hidden = settings.Hidden;
        switch (settings.Layer)
        {
            case MessagePassingLayer.Gcn:
                (gcn1, gcn2) = (new GcnLayer(features, hidden), new GcnLayer(hidden, classes));
                break;
            case MessagePassingLayer.GraphSage:
                (sage1, sage2) = (new SageLayer(features, hidden), new SageLayer(hidden, classes));
                break;
            case MessagePassingLayer.Gat:
                gat1 = new GatLayer(features, hidden, settings.Heads, attentionDropout: settings.Dropout);
                gat2 = new GatLayer(hidden * settings.Heads, classes, concatenate: false,
                    attentionDropout: settings.Dropout);
                break;
            default:
                encode = nn.Linear(features, hidden);
                (gin1, gin2) = (GinLayer.WithTwoLayers(hidden, hidden, hidden),
                    GinLayer.WithTwoLayers(hidden, hidden, classes));
                break;
        }
        RegisterComponents();
    }

    /// <summary>What weight decay is put on: GCN's first layer alone, everything elsewhere.</summary>
    public IEnumerable<Parameter> DecayedParameters => gcn1 is not null ? gcn1.parameters() : parameters();

    /// <param name="graph">The graph as <see cref="Prepare"/> gives it.</param>
    /// <param name="x">X: [N, F].</param>
    /// <returns>Scores before the softmax: [N, classes].</returns>
    public override Tensor forward(Graph graph, SparseMatrix x)
    {
        using var scope = NewDisposeScope();
        var input = x.Dropout(settings.Dropout, training);
        var hidden = Drop(settings.Layer switch                         // [N, F] -> [N, hidden]
        {
            MessagePassingLayer.Gcn => gcn1!.forward(graph, input).relu(),
            MessagePassingLayer.GraphSage => nn.functional.normalize(sage1!.forward(graph, input).relu()),
            MessagePassingLayer.Gat => nn.functional.elu(gat1!.forward(graph, input), 1),
            _ => gin1!.forward(graph, input.MatMul(encode!.weight!.t()) + encode.bias!).relu(),
        });
        var scores = settings.Layer switch                              // [N, hidden] -> [N, classes]
        {
            MessagePassingLayer.Gcn => gcn2!.forward(graph, hidden),
            MessagePassingLayer.GraphSage => sage2!.forward(graph, hidden),
            MessagePassingLayer.Gat => gat2!.forward(graph, hidden),
            _ => gin2!.forward(graph, hidden),
        };
        return scores.MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor h) => FastDropout.Apply(h, settings.Dropout, training);

    /// <summary>The graph as a layer wants it: Â for GCN, self-loops for GAT,
    /// as it is for the others.</summary>
    public static Graph Prepare(Graph graph, MessagePassingLayer layer) => layer switch
    {
        MessagePassingLayer.Gcn => graph.WithSelfLoops().Normalized(),
        MessagePassingLayer.Gat => graph.WithSelfLoops(),
        _ => graph,
    };
}

/// <summary>What one training run gave; accuracies are shares from 0 to 1.</summary>
/// <param name="Model">The trained classifier.</param>
/// <param name="History">"validation loss" and "validation accuracy", epoch by epoch.</param>
/// <param name="TestAccuracy">Share of the test nodes that are classified rightly.</param>
public sealed record MessagePassingResult(NodeClassifier Model, History History, double TestAccuracy);

/// <summary>Training and evaluating a <see cref="NodeClassifier"/> under its paper's protocol.</summary>
public static class MessagePassing
{
    /// <summary>
    /// Trains on the training nodes, stops by the validation nodes, reports on the test nodes.
    /// Without validation nodes all epochs are run and the last one's weights count.
    /// </summary>
    /// <param name="data">The graph; feature rows should add up to 1
    /// (<see cref="NodeDataset.WithRowNormalizedFeatures"/>).</param>
    /// <param name="settings">The paper's, by <see cref="MessagePassingSettings.For"/>, or others.</param>
    /// <param name="seed">Of the weights and of dropout.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    public static MessagePassingResult Train(NodeDataset data, MessagePassingSettings settings, int seed,
        string? checkpoint = null)
    {
        manual_seed(seed);
        var graph = NodeClassifier.Prepare(data.Graph, settings.Layer);
        var model = new NodeClassifier(data.Features.Columns, data.Classes, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var stopping = new Stopping(settings);
        data = data.To(Devices.Chosen);
        bool validates = data.Validation.shape[0] > 0;

        Tensor Error(Tensor scores, Tensor nodes) =>
            nn.functional.cross_entropy(scores.index_select(0, nodes), data.Labels.index_select(0, nodes));

        Tensor Penalty() => model.DecayedParameters.Select(w => w.square().sum()).Aggregate((a, b) => a + b)
            * (settings.WeightDecay / 2);

        // GCN watches the loss that it trains on, penalty and all; GAT watches the error alone.
        Tensor Watched(Tensor scores) => settings.Layer == MessagePassingLayer.Gat
            ? Error(scores, data.Validation)
            : Error(scores, data.Validation) + Penalty();

        IReadOnlyDictionary<string, double> Evaluate()
        {
            var scores = model.call(graph, data.Features);
            return new Dictionary<string, double>
            {
                ["validation loss"] = Watched(scores).item<float>(),
                ["validation accuracy"] = Accuracy(scores, data.Labels, data.Validation),
            };
        }

        var history = new Trainer(model, optimizer)
        {
            Task = $"{settings.Layer} on {data.Name}",
            Epochs = settings.Epochs,
            KeepWhen = validates ? stopping.Keeps : null,
            StopWhen = validates ? stopping.IsOver : null,
            Checkpoint = checkpoint,
        }.Run(() => Error(model.call(graph, data.Features), data.Train) + Penalty(),
            validates ? Evaluate : null);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return new MessagePassingResult(model, history,
            Accuracy(model.call(graph, data.Features), data.Labels, data.Test));
    }

    /// <summary>Share of some nodes whose highest score is their label's.</summary>
    /// <param name="scores">[N, classes].</param>
    /// <param name="labels">[N].</param>
    /// <param name="nodes">Which of them count.</param>
    public static double Accuracy(Tensor scores, Tensor labels, Tensor nodes)
    {
        using var scope = NewDisposeScope();
        return scores.index_select(0, nodes).argmax(1).eq(labels.index_select(0, nodes))
            .to(ScalarType.Float64).mean().item<double>();
    }

    /// <summary>The papers' rules for when training is over and which weights count;
    /// all from the history.</summary>
    private sealed class Stopping(MessagePassingSettings settings)
    {
        /// <summary>GAT's own rule; with the other layers the last epoch's weights count.</summary>
        internal Func<History, bool>? Keeps =>
            settings.Layer == MessagePassingLayer.Gat ? history => Judge(history).Keeps : null;

        internal bool IsOver(History history)
        {
            if (settings.Layer == MessagePassingLayer.Gat) return Judge(history).Idle >= settings.Patience;
            var losses = history["validation loss"];
            int last = losses.Count - 1;
            return last > settings.Patience
                && losses[last] > losses.Skip(last - settings.Patience).Take(settings.Patience).Average();
        }

        /// <summary>Whether neither measure of the last epoch is worse than its best,
        /// and for how long both have been.</summary>
        private static (bool Keeps, int Idle) Judge(History history)
        {
            var (losses, accuracies) = (history["validation loss"], history["validation accuracy"]);
            var (lowest, highest, keeps, idle) = (double.PositiveInfinity, 0.0, false, 0);
            for (int epoch = 0; epoch < losses.Count; epoch++)
            {
                bool lossHolds = losses[epoch] <= lowest, accuracyHolds = accuracies[epoch] >= highest;
                (keeps, idle) = (lossHolds && accuracyHolds, lossHolds || accuracyHolds ? 0 : idle + 1);
                (lowest, highest) = (Math.Min(losses[epoch], lowest), Math.Max(accuracies[epoch], highest));
            }
            return (keeps, idle);
        }
    }
}
