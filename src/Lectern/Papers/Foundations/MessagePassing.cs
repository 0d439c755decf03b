// Message passing: four layers that a course starts with, as node classifiers under their papers' own protocols.
//   GCN        Kipf & Welling, ICLR 2017, arXiv:1609.02907      Z = softmax(Â ReLU(Â X W0) W1)
//   GraphSAGE  Hamilton et al., NeurIPS 2017, arXiv:1706.02216  h' = σ(W [h ‖ AGG(neighbours)])
//   GAT        Veličković et al., ICLR 2018, arXiv:1710.10903   h' = ‖_k ELU(Σ α_k W_k h)
//   GIN        Xu et al., ICLR 2019, arXiv:1810.00826           h' = MLP((1 + ε) h + Σ h)
// Symbols   Â -> graph.WithSelfLoops().Normalized(); X -> NodeDataset.Features [N, F]; K -> heads
// Stops     GCN: the last validation loss is above the mean of the ten before it. GAT: 100 epochs without a new lowest
//           loss or highest accuracy on validation; the weights of the last epoch where neither was worse are reported.
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
/// <param name="Patience">GAT's 100 epochs without a better validation; for the others, the window of GCN's rule.</param>
public sealed record MessagePassingSettings(MessagePassingLayer Layer, int Hidden = 16, int Heads = 1, double Dropout = 0.5,
    double LearningRate = 0.01, double WeightDecay = 5e-4, int Epochs = 200, int Patience = 10)
{
    /// <summary>GCN: section 5.2 of its paper; GAT: section 3.3 of its own; the others run as GCN does.</summary>
    public static MessagePassingSettings For(MessagePassingLayer layer) => layer == MessagePassingLayer.Gat
        ? new(layer, Hidden: 8, Heads: 8, Dropout: 0.6, LearningRate: 0.005, WeightDecay: 5e-4, Epochs: 1000, Patience: 100)
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

    /// <param name="features">F, columns of X.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Layer, width and dropout.</param>
    public NodeClassifier(long features, long classes, MessagePassingSettings settings) : base(nameof(NodeClassifier))
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
                gat2 = new GatLayer(hidden * settings.Heads, classes, concatenate: false, attentionDropout: settings.Dropout);
                break;
            default:
                gin1 = new GinLayer(nn.Identity());                     // the sum comes first, the MLP after it: see forward
                gin2 = GinLayer.WithTwoLayers(hidden, hidden, classes);
                ginInput = nn.Linear(features, hidden);
                break;
        }
        RegisterComponents();
    }

    private readonly Linear? ginInput;

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
            _ => gin1!.forward(graph, input.MatMul(ginInput!.weight!.t()) + ginInput.bias!).relu(),
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

    private Tensor Drop(Tensor h) => nn.functional.dropout(h, settings.Dropout, training);

    /// <summary>The graph as a layer wants it: Â for GCN, self-loops for GAT, as it is for the others.</summary>
    public static Graph Prepare(Graph graph, MessagePassingLayer layer) => layer switch
    {
        MessagePassingLayer.Gcn => graph.WithSelfLoops().Normalized(),
        MessagePassingLayer.Gat => graph.WithSelfLoops(),
        _ => graph,
    };
}
