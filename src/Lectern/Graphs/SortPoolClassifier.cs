namespace Lectern.Graphs;

/// <summary>Settings of a <see cref="SortPoolClassifier"/>; defaults are Zhang et al. 2018, section 5.</summary>
/// <param name="K">Nodes kept a graph; <see cref="SortPooling.K"/> finds it.</param>
/// <param name="Width">Channels of each graph convolution.</param>
/// <param name="Layers">Graph convolutions before the last one, which has a single channel to sort by.</param>
/// <param name="Dense">Width of the dense layer.</param>
/// <param name="Dropout">Share of its units dropped in training.</param>
public sealed record SortPoolSettings(int K, int Width = 32, int Layers = 3, int Dense = 128, double Dropout = 0.5);

/// <summary>
/// DGCNN: graph convolutions, their states side by side, SortPooling to k nodes, then convolutions along the sequence.
/// </summary>
/// <remarks>
/// H' = tanh(D̃⁻¹ Ã H W + b) (Zhang, Cui, Neumann and Chen, AAAI 2018, eq. 1); the sequence is read by 16 filters a node,
/// a maximum of pairs, 32 filters over five, a dense layer. k is at least 10, so that something is left after these.
/// </remarks>
public sealed class SortPoolClassifier : nn.Module<GraphSample, Tensor>
{
    private readonly SortPoolSettings settings;
    private readonly ModuleList<Linear> convolutions;
    private readonly nn.Module<Tensor, Tensor> sequence, dense;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">k, widths and the rest.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is below 10.</exception>
    public SortPoolClassifier(long features, long classes, SortPoolSettings settings) : base(nameof(SortPoolClassifier))
    {
        if (settings.K < 10)
            throw new ArgumentOutOfRangeException(nameof(settings), settings.K, "k is at least 10: two nodes make a pair, and five pairs a filter.");
        this.settings = settings;
        convolutions = nn.ModuleList<Linear>();
        long width = features;
        for (int layer = 0; layer < settings.Layers; layer++, width = settings.Width) convolutions.Add(nn.Linear(width, settings.Width));
        convolutions.Add(nn.Linear(width, 1));
        long total = (long)settings.Layers * settings.Width + 1;        // 97 with the defaults
        sequence = nn.Sequential(
            nn.Conv1d(1, 16, total, stride: total), nn.ReLU(), nn.MaxPool1d(2, 2),
            nn.Conv1d(16, 32, 5), nn.ReLU(), nn.Flatten());
        dense = nn.Sequential(
            nn.Linear((settings.K / 2 - 4) * 32, settings.Dense), nn.ReLU(), nn.Dropout(settings.Dropout), nn.Linear(settings.Dense, classes));
        RegisterComponents();
    }

    /// <summary>The states of all layers side by side: [N, Layers · Width + 1]; the last column is what is sorted by.</summary>
    /// <param name="sample">Graphs and features.</param>
    public Tensor States(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var propagation = sample.Graphs.Graph.Looped.RowNormalized();   // D̃⁻¹ Ã
        var (h, states) = (sample.Features, new List<Tensor>());
        foreach (var convolution in convolutions) states.Add(h = propagation.Sum(convolution.call(h)).tanh());     // eq. 1
        return cat([.. states], dim: 1).MoveToOuterDisposeScope();
    }

    /// <param name="sample">Graphs and features.</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var sorted = SortPooling.Apply(sample.Graphs, States(sample), settings.K);          // [B, k, D]
        var read = sequence.call(sorted.view(sample.Graphs.Count, 1, -1));      // [B, 1, k·D] -> [B, 32·(k/2 - 4)]
        return dense.call(read).MoveToOuterDisposeScope();
    }
}
