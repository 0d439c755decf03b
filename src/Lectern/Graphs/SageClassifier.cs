namespace Lectern.Graphs;

/// <summary>How a <see cref="SageClassifier"/> sums up a neighbourhood.</summary>
public enum SageReading
{
    /// <summary>The mean of the neighbours.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The largest in each column, and a linear layer with ReLU after each layer.</summary>
    Max,
}

/// <summary>Settings of a <see cref="SageClassifier"/>: Errica et al. 2020.</summary>
/// <param name="Width">Channels.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Reading">How a neighbourhood is summed up.</param>
public sealed record SageSettings(int Width = 32, int Layers = 3, SageReading Reading = SageReading.Mean);

/// <summary>GraphSAGE as a graph classifier: the layers side by side, the maximum over a graph's nodes, two dense layers.</summary>
/// <remarks>Hamilton, Ying and Leskovec 2017 for the layer; Errica et al., ICLR 2020, for what stands around it.</remarks>
public sealed class SageClassifier : nn.Module<GraphSample, Tensor>
{
    private readonly SageSettings settings;
    private readonly ModuleList<Linear> neighbours, selves;
    private readonly Linear? shared;
    private readonly Linear dense, last;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Widths and the rest.</param>
    public SageClassifier(long features, long classes, SageSettings settings) : base(nameof(SageClassifier))
    {
        this.settings = settings;
        (neighbours, selves) = (nn.ModuleList<Linear>(), nn.ModuleList<Linear>());
        for (int layer = 0; layer < settings.Layers; layer++)
        {
            neighbours.Add(nn.Linear(layer == 0 ? features : settings.Width, settings.Width));
            selves.Add(nn.Linear(layer == 0 ? features : settings.Width, settings.Width, hasBias: false));
        }
        shared = settings.Reading == SageReading.Max ? nn.Linear(settings.Width, settings.Width) : null;
        (dense, last) = (nn.Linear((long)settings.Layers * settings.Width, settings.Width), nn.Linear(settings.Width, classes));
        RegisterComponents();
    }

    /// <param name="sample">Graphs and features.</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var (graph, h, states) = (sample.Graphs.Graph, sample.Features, new List<Tensor>());
        for (int layer = 0; layer < settings.Layers; layer++)
        {
            var read = settings.Reading switch                          // [N, F]
            {
                SageReading.Mean => graph.Mean(h),
                SageReading.Sum => graph.Sum(h),
                _ => graph.Max(h),
            };
            h = neighbours[layer].call(read) + selves[layer].call(h);   // [N, D]
            if (shared is not null) h = shared.call(h).relu();
            states.Add(h);
        }
        var pooled = sample.Graphs.Max(cat([.. states], dim: 1));       // [B, L·D]
        return last.call(dense.call(pooled).relu()).MoveToOuterDisposeScope();
    }
}
