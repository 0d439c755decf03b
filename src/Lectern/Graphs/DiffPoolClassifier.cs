namespace Lectern.Graphs;

/// <summary>Settings of a <see cref="DiffPoolClassifier"/>; defaults are Ying et al. 2018, section 4, with Errica et al.'s
/// widths.</summary>
/// <param name="LargestGraph">Nodes of the largest graph of the data set: what the numbers of clusters are shares of.</param>
/// <param name="Levels">Pooling steps.</param>
/// <param name="Hidden">Width of the first two layers of each network.</param>
/// <param name="Embedding">Width of its third layer.</param>
/// <param name="Dense">Width of the dense layer.</param>
/// <param name="Share">Clusters a level as a share of the nodes before it; null for 0.25, or 0.1 with one level.</param>
public sealed record DiffPoolSettings(int LargestGraph, int Levels = 2, int Hidden = 64, int Embedding = 128, int Dense = 50, double? Share = null)
{
    /// <summary>Number of clusters of a level.</summary>
    /// <param name="level">From 0.</param>
    public int Clusters(int level)
    {
        int nodes = LargestGraph;
        for (int l = 0; l <= level; l++) nodes = (int)Math.Ceiling(nodes * (Share ?? (Levels == 1 ? 0.1 : 0.25)));
        return nodes;
    }
}

/// <summary>DiffPool: levels of two GraphSAGE networks, one that embeds nodes and one that shares them out over clusters.</summary>
/// <remarks>
/// Each network has three layers, batch-normalised after the first two, side by side; the maximum over the nodes of each
/// level goes into a dense layer (Ying et al., NeurIPS 2018, eqs. 3 to 6; widths as in Errica et al. 2020).
/// </remarks>
public sealed class DiffPoolClassifier : nn.Module<GraphSample, Tensor>
{
    private readonly NodeBlock embedNodes, poolNodes;           // on the graphs themselves, edge by edge
    private readonly ModuleList<SageBlock> embed, pool;         // on the pooled ones
    private readonly nn.Module<Tensor, Tensor> dense;

    /// <param name="features">F, columns of the node features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Levels and widths.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no level.</exception>
    public DiffPoolClassifier(long features, long classes, DiffPoolSettings settings) : base(nameof(DiffPoolClassifier))
    {
        if (settings.Levels < 1) throw new ArgumentOutOfRangeException(nameof(settings), settings.Levels, "There is at least one pooling step.");
        int wide = 2 * settings.Hidden + settings.Embedding;
        embedNodes = new NodeBlock(features, settings.Hidden, settings.Embedding, null);
        poolNodes = new NodeBlock(features, settings.Hidden, settings.Clusters(0), settings.Clusters(0));
        (embed, pool) = (nn.ModuleList<SageBlock>(), nn.ModuleList<SageBlock>());
        for (int level = 1; level < settings.Levels; level++)
        {
            embed.Add(new SageBlock(wide, settings.Hidden, settings.Embedding, null));
            pool.Add(new SageBlock(wide, settings.Hidden, settings.Clusters(level), settings.Clusters(level)));
        }
        embed.Add(new SageBlock(wide, settings.Hidden, settings.Embedding, null));
        dense = nn.Sequential(nn.Linear(wide * (settings.Levels + 1), settings.Dense), nn.ReLU(), nn.Linear(settings.Dense, classes));
        RegisterComponents();
    }

    /// <summary>The two penalties of the last call, added up over its levels: to be added to the loss. Of the caller's scope.</summary>
    public Tensor? Penalty { get; private set; }

    /// <summary>S of each level for some graphs: [N, clusters], then [B, clusters, fewer clusters].</summary>
    /// <param name="sample">Graphs and features.</param>
    public IReadOnlyList<Tensor> Assignments(GraphSample sample)
    {
        var assignments = new List<Tensor>();
        Pool(sample, step => assignments.Add(step.Assignment));
        return assignments;
    }

    /// <param name="sample">Graphs and features.</param>
    /// <returns>Scores before the softmax: [B, classes].</returns>
    public override Tensor forward(GraphSample sample)
    {
        using var scope = NewDisposeScope();
        var seen = new List<Tensor>();
        Tensor penalty = zeros([], device: sample.Features.device);
        var last = Pool(sample, step =>
        {
            seen.Add(step.Pooled.Features.amax(1));                     // [B, wide]
            penalty = penalty + step.LinkLoss + step.Entropy;
        });
        seen.Add(embed[pool.Count].call(last).amax(1));
        Penalty = penalty.MoveToOuterDisposeScope();
        return dense.call(cat([.. seen], dim: 1)).MoveToOuterDisposeScope();
    }

    private DenseGraphs Pool(GraphSample sample, Action<(DenseGraphs Pooled, Tensor Assignment, Tensor LinkLoss, Tensor Entropy)> see)
    {
        var (graph, x) = (sample.Graphs.Graph, sample.Features);
        var step = DiffPooling.Apply(sample.Graphs, embedNodes.call(graph, x), poolNodes.call(graph, x));
        see(step);
        for (int level = 0; level < pool.Count; level++)
        {
            var graphs = step.Pooled;
            step = DiffPooling.Apply(graphs, embed[level].call(graphs), pool[level].call(graphs));
            see(step);
        }
        return step.Pooled;
    }

    /// <summary>Three GraphSAGE layers side by side on graphs with edges, and a linear layer on top where a width is asked for.</summary>
    private sealed class NodeBlock : nn.Module<Graph, Tensor, Tensor>
    {
        private readonly SageLayer first, second, third;
        private readonly BatchNorm1d norm1, norm2;
        private readonly Linear? top;

        internal NodeBlock(long features, long hidden, long width, long? top) : base(nameof(NodeBlock))
        {
            (first, second, third) = (new SageLayer(features, hidden), new SageLayer(hidden, hidden), new SageLayer(hidden, width));
            (norm1, norm2) = (nn.BatchNorm1d(hidden), nn.BatchNorm1d(hidden));
            this.top = top is { } outputs ? nn.Linear(2 * hidden + width, outputs) : null;
            RegisterComponents();
        }

        public override Tensor forward(Graph graph, Tensor x)
        {
            using var scope = NewDisposeScope();
            var h1 = norm1.call(first.call(graph, x).relu());           // [N, hidden]
            var h2 = norm2.call(second.call(graph, h1).relu());
            var all = cat([h1, h2, third.call(graph, h2)], dim: 1);     // [N, 2·hidden + width]
            return (top is null ? all : top.call(all)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The same on pooled graphs, which are written out.</summary>
    private sealed class SageBlock : nn.Module<DenseGraphs, Tensor>
    {
        private readonly DenseSageLayer first, second, third;
        private readonly BatchNorm1d norm1, norm2;
        private readonly Linear? top;

        internal SageBlock(long features, long hidden, long width, long? top) : base(nameof(SageBlock))
        {
            (first, second, third) = (new DenseSageLayer(features, hidden), new DenseSageLayer(hidden, hidden), new DenseSageLayer(hidden, width));
            (norm1, norm2) = (nn.BatchNorm1d(hidden), nn.BatchNorm1d(hidden));
            this.top = top is { } outputs ? nn.Linear(2 * hidden + width, outputs) : null;
            RegisterComponents();
        }

        public override Tensor forward(DenseGraphs graphs)
        {
            using var scope = NewDisposeScope();
            var h1 = Normalize(norm1, first.call(graphs, graphs.Features).relu());      // [B, n, hidden]
            var h2 = Normalize(norm2, second.call(graphs, h1).relu());
            var all = cat([h1, h2, third.call(graphs, h2)], dim: 2);    // [B, n, 2·hidden + width]
            return (top is null ? all : top.call(all)).MoveToOuterDisposeScope();
        }

        private static Tensor Normalize(BatchNorm1d norm, Tensor h) => norm.call(h.view(-1, h.shape[2])).view(h.shape);
    }
}
