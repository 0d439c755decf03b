// NewSystem: its authors, venue and year, arXiv number.
// Idea      one sentence: what this system does that those before it did not. What stands here is a graph convolution
//           of two layers (Kipf & Welling, ICLR 2017), so that lesson and test pass: put the paper's system in its place.
// Symbols   Â -> graph.WithSelfLoops().Normalized(); X -> NodeDataset.Features [N, F]; H -> hidden rows [N, D]
// Layers    Z = Â ReLU(Â X W0) W1 (eq. 1)      -> NewSystemModel.forward
// Differs   whatever departs from the paper, each with its reason; "nothing" where nothing does.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.NewArea;

/// <summary>Settings of one run; the defaults are the paper's (name its section or table).</summary>
/// <param name="Hidden">D, the width of the hidden layer.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Epochs">Steps, each on the whole graph.</param>
public sealed record NewSystemSettings(int Hidden = 16, double LearningRate = 0.01, int Epochs = 60);

/// <summary>The network: two graph convolutions, from sparse node features to a score a class.</summary>
public sealed class NewSystemModel : nn.Module<Graph, SparseMatrix, Tensor>
{
    private readonly GcnLayer first, second;

    /// <param name="features">F, columns of X.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">The width.</param>
    public NewSystemModel(long features, long classes, NewSystemSettings settings) : base(nameof(NewSystemModel))
    {
        (first, second) = (new GcnLayer(features, settings.Hidden), new GcnLayer(settings.Hidden, classes));
        RegisterComponents();
    }

    /// <param name="graph">Â as edge weights; edges run from source to target.</param>
    /// <param name="x">X: [N, F].</param>
    /// <returns>Scores before the softmax: [N, classes].</returns>
    public override Tensor forward(Graph graph, SparseMatrix x)
    {
        using var scope = NewDisposeScope();
        var h = first.forward(graph, x).relu();                             // eq. 1: [N, F] -> [N, D]
        return second.forward(graph, h).MoveToOuterDisposeScope();          // [N, D] -> [N, classes]
    }
}

/// <summary>What one training run gave.</summary>
/// <param name="Model">The trained network.</param>
/// <param name="TestAccuracy">Share of the test nodes that are classified rightly, from 0 to 1.</param>
/// <param name="History">The loss, epoch by epoch.</param>
public sealed record NewSystemResult(NewSystemModel Model, double TestAccuracy, History History);

/// <summary>Training and evaluating a <see cref="NewSystemModel"/> under the paper's protocol.</summary>
public static class NewSystem
{
    /// <summary>Â, the graph as the network wants it.</summary>
    public static Graph Prepare(Graph graph) => graph.WithSelfLoops().Normalized();

    /// <summary>Trains on the training nodes and reports on the test nodes; the last epoch's weights count.</summary>
    /// <param name="data">The graph, its features and labels.</param>
    /// <param name="settings">The paper's, or others.</param>
    /// <param name="seed">Of the weights.</param>
    public static NewSystemResult Train(NodeDataset data, NewSystemSettings settings, int seed)
    {
        manual_seed(seed);
        var graph = Prepare(data.Graph);
        var model = new NewSystemModel(data.Features.Columns, data.Classes, settings).to(Devices.Chosen);
        data = data.To(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var history = new Trainer(model, optimizer) { Epochs = settings.Epochs }.Run(() =>
            nn.functional.cross_entropy(
                model.call(graph, data.Features).index_select(0, data.Train), data.Labels.index_select(0, data.Train)));

        using var scope = NewDisposeScope();
        using var none = no_grad();
        var right = model.call(graph, data.Features).argmax(1).eq(data.Labels).index_select(0, data.Test);
        return new NewSystemResult(model, right.to(float64).mean().item<double>(), history);
    }
}
