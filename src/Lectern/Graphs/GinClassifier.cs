namespace Lectern.Graphs;

/// <summary>Settings of a <see cref="GinClassifier"/>; defaults are Xu et al. 2019, section 7, for molecules.</summary>
/// <param name="Widths">Width of each layer after the input; four, so that with the input there are five.</param>
/// <param name="Dropout">Share of each layer's scores dropped in training.</param>
/// <param name="LearnsEpsilon">GIN-ε; GIN-0 otherwise.</param>
/// <param name="MeanPooling">Whether graphs are means of their nodes; sums otherwise.</param>
/// <param name="FirstMlp">Whether an MLP reads the features before the first layer, as in Errica et al. 2020; in Xu et
/// al. the features themselves are layer 0.</param>
public sealed record GinSettings(IReadOnlyList<int> Widths, double Dropout = 0.5, bool LearnsEpsilon = false, bool MeanPooling = false, bool FirstMlp = false)
{
    /// <summary>Four layers of 64.</summary>
    public GinSettings() : this([64, 64, 64, 64])
    {
    }
}

/// <summary>
/// A graph isomorphism network as a classifier: every layer, the input included, is pooled and scored on its own, and the
/// scores add up.
/// </summary>
/// <remarks>Xu et al., ICLR 2019, eqs. 4.1 and 4.2. Cost O(L·(N·D² + E·D)).</remarks>
public sealed class GinClassifier : nn.Module<GraphSample, Tensor>
{
    private readonly GinSettings settings;
    private readonly nn.Module<Tensor, Tensor>? first;
    private readonly ModuleList<GinLayer> layers;
    private readonly ModuleList<Linear> scores;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Widths and the rest.</param>
    public GinClassifier(long features, long classes, GinSettings settings) : base(nameof(GinClassifier))
    {
        this.settings = settings;
        long width = features;
        if (settings.FirstMlp) first = Mlp(features, width = settings.Widths[0]);
        scores = nn.ModuleList(nn.Linear(width, classes));
        layers = nn.ModuleList<GinLayer>();
        foreach (int next in settings.Widths)
        {
            layers.Add(new GinLayer(Mlp(width, next), settings.LearnsEpsilon, width));
            scores.Add(nn.Linear(next, classes));
            width = next;
        }
        RegisterComponents();
    }

    /// <summary>The states of all nodes after each layer, layer 0 first: [N, width].</summary>
    /// <param name="sample">Graphs and features.</param>
    public IReadOnlyList<Tensor> States(GraphSample sample)
    {
        var h = first is null ? sample.Features : first.call(sample.Features);
        var states = new List<Tensor> { h };
        foreach (var layer in layers) states.Add(h = layer.call(sample.Graphs.Graph, h));
        return states;
    }

    /// <param name="sample">Graphs and features.</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var states = States(sample);
        Tensor? total = null;
        for (int l = 0; l < states.Count; l++)
        {
            var pooled = settings.MeanPooling ? sample.Graphs.Mean(states[l]) : sample.Graphs.Sum(states[l]);    // [N, D] -> [B, D]
            var score = nn.functional.dropout(scores[l].call(pooled), settings.Dropout, training);      // [B, classes]
            total = total is null ? score : total + score;              // eq. 4.2: every layer counts
        }
        return total!.MoveToOuterDisposeScope();
    }

    private static NormedLayers Mlp(long features, long width) => new(
        nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU(),
        nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU());
}
