namespace Lectern.Graphs;

/// <summary>Settings of an <see cref="EdgeConditionedClassifier"/>; defaults are Simonovsky and Komodakis 2017, section 4.3.</summary>
/// <param name="Width">Channels.</param>
/// <param name="EdgeLabels">Number of edge labels; 0 gives every edge of the graphs the same one.</param>
/// <param name="Levels">Pooling steps, each after <paramref name="LayersPerLevel"/> convolutions; one more convolution follows.</param>
/// <param name="LayersPerLevel">Convolutions before each pooling step.</param>
/// <param name="Dropout">Share dropped after each convolution.</param>
/// <param name="FinalDropout">Share dropped before the last layer.</param>
/// <param name="Mean">Whether convolutions average over their edges, as the paper's do; Errica et al. 2020 add up.</param>
public sealed record EdgeConditionedSettings(int Width = 48, int EdgeLabels = 0, int Levels = 2, int LayersPerLevel = 3,
    double Dropout = 0, double FinalDropout = 0.1, bool Mean = true);

/// <summary>ECC: edge-conditioned convolutions with batch normalisation, on graphs that get coarser, and a mean at the end.</summary>
/// <remarks>
/// Level 0 reads the edges' labels; the coarser graphs, which <see cref="KronPyramid"/> makes beforehand, have a weight an
/// edge instead. Simonovsky and Komodakis, CVPR 2017; pooling keeps the states of the nodes that stay, as in Errica et al.
/// </remarks>
public sealed class EdgeConditionedClassifier : nn.Module<GraphSample, Tensor>
{
    private readonly EdgeConditionedSettings settings;
    private readonly ModuleList<EdgeConditionedLayer> layers;
    private readonly ModuleList<BatchNorm1d> norms;
    private readonly Linear dense, last;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Widths and the rest.</param>
    public EdgeConditionedClassifier(long features, long classes, EdgeConditionedSettings settings) : base(nameof(EdgeConditionedClassifier))
    {
        this.settings = settings;
        (layers, norms) = (nn.ModuleList<EdgeConditionedLayer>(), nn.ModuleList<BatchNorm1d>());
        for (int layer = 0; layer <= settings.Levels * settings.LayersPerLevel; layer++)
        {
            bool fine = layer < settings.LayersPerLevel;                // on the graphs themselves
            layers.Add(new EdgeConditionedLayer(layer == 0 ? features : settings.Width, settings.Width,
                fine ? Math.Max(1, settings.EdgeLabels) : 1, mean: settings.Mean, hasRoot: true));
            norms.Add(nn.BatchNorm1d(settings.Width));
        }
        (dense, last) = (nn.Linear(settings.Width, settings.Width), nn.Linear(settings.Width, classes));
        RegisterComponents();
    }

    /// <param name="sample">Graphs, features and pyramids (<see cref="GraphDataset.WithPyramids"/>) of at least as many levels.</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    /// <exception cref="InvalidOperationException">The sample has no pyramids, or no edge labels where they are read.</exception>
    public override Tensor forward(GraphSample sample)
    {
        if (settings.Levels > 0 && sample.Pyramids is null)
            throw new InvalidOperationException($"This network pools {settings.Levels} times: give it a data set made with WithPyramids({settings.Levels}).");
        using var scope = NewDisposeScope();
        var (graphs, labels) = (sample.Graphs, LabelsOf(sample));
        var h = sample.Features;
        for (int level = 0, layer = 0; ; level++)
        {
            int end = level == settings.Levels ? layer + 1 : layer + settings.LayersPerLevel;
            for (; layer < end; layer++)
                h = nn.functional.dropout(norms[layer].call(layers[layer].call(graphs.Graph, h, labels).relu()), settings.Dropout, training);
            if (level == settings.Levels) break;
            h = h.index_select(0, Kept(sample.Pyramids!, level, graphs.Offsets, h.device));      // only what stays
            graphs = new GraphBatch([.. sample.Pyramids!.Select(pyramid => pyramid.Levels[level + 1])]);
            labels = graphs.Graph.Weights!.to(h.device).unsqueeze(1);   // [E, 1]
        }
        var pooled = nn.functional.dropout(dense.call(graphs.Mean(h)).relu(), settings.FinalDropout, training);     // [B, width]
        return last.call(pooled).MoveToOuterDisposeScope();
    }

    private Tensor LabelsOf(GraphSample sample)
    {
        if (settings.EdgeLabels == 0) return ones([1, 1], device: sample.Features.device);
        int[] own = sample.EdgeLabels
            ?? throw new InvalidOperationException("This network reads edge labels, and the data set has none: set EdgeLabels to 0.");
        var hot = new float[own.Length * settings.EdgeLabels];
        for (int e = 0; e < own.Length; e++) hot[e * settings.EdgeLabels + own[e]] = 1;
        return tensor(hot, device: sample.Features.device).view(own.Length, settings.EdgeLabels);
    }

    private static Tensor Kept(IReadOnlyList<KronPyramid> pyramids, int level, int[] offsets, Device device) => tensor(
        [.. pyramids.SelectMany((pyramid, g) => pyramid.Kept[level].Select(i => (long)(i + offsets[g])))], device: device);
}
