// Graph information — Y. Hou, J. Zhang, J. Cheng, K. Ma, R. T. B. Ma, H. Chen, M.-C. Yang, "Measuring and
// Improving the Use of Graph Information in Graph Neural Networks", ICLR 2020, OpenReview rkeIIkHKvS,
// arXiv:2206.13170.
// Idea      What a graph adds to its nodes' features depends on two numbers: how different neighbours'
//           features are (there is something to learn from them) and how many edges join different classes
//           (what they say is wrong).
// Symbols   λ_f -> FeatureSmoothness; λ_l -> LabelSmoothness; t_i -> TopologyFeatures;
//           c_i, q_j, a_ij -> CsLayer.Attention
// Measures  λ_f = Σ_v Σ_{u ∈ N_v} ‖x_v - x_u‖² / (|E| d); λ_l = share of edges between two classes
// Layer     a_ij = softmax_j ELU(c_iᵀ (q_j - c_i)); the λ_l share of smallest a_ij is dropped, the rest takes
//           over their total; z_i = Σ_j a_ij W_l h_j + W_r h_i; h_i' = ELU(z_i ‖ W_l h_i)          -> CsLayer
// Topology  heat wavelets exp(-τ L / λ_max) δ_i, characteristic function (GraphWave)     -> TopologyFeatures
// Controls  neighbours' means mixed in lower λ_f                                                 -> Broadcast
//           edges between classes taken out lower λ_l                                     -> RemoveMismatches
// Differs   The square of λ_f is inside both sums, as in the authors' code (the printed formula has it
//           outside the inner one). Exactly r coefficients are dropped and the total is kept exactly (the
//           code misses both by one edge). Training is on the whole graph, without batches. λ_l for the
//           dropping counts edges between training nodes only: no leak. What is heard and what is kept are
//           equally wide, as in the code; the paper lets λ_f guide that, and Heads is how to widen the first.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Theory;

/// <summary>Settings of CS-GNN; defaults are those of the authors' code.</summary>
/// <param name="Layers">Layers that hear neighbours; a linear one follows.</param>
/// <param name="Hidden">Width of a head, and of the self part.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeatureDropout">Share of each layer's input that is dropped in training.</param>
/// <param name="AttentionDropout">Share of the coefficients that is dropped at random in training.</param>
/// <param name="DropShare">Share of the smallest coefficients that is taken out; null:
/// λ_l between training nodes.</param>
/// <param name="Residual">Whether layers after the first add W_r h_i (or h_i, where widths agree).</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="AttentionLearningRate">Adam's, for W_c and W_q.</param>
/// <param name="Epochs">At most.</param>
/// <param name="Patience">Epochs without a better validation accuracy.</param>
public sealed record GraphInformationSettings(int Layers = 2, int Hidden = 32, int Heads = 1,
    double FeatureDropout = 0.3, double AttentionDropout = 0.3, double? DropShare = null,
    bool Residual = true, double LearningRate = 0.01,
    double AttentionLearningRate = 0.001, int Epochs = 1000, int Patience = 100);

/// <summary>What training gave.</summary>
/// <param name="Model">The network with the weights of the best validation accuracy.</param>
/// <param name="History">Epoch by epoch.</param>
/// <param name="TestAccuracy">Share of the test nodes that are classified rightly (micro-F1
/// is the same number).</param>
/// <param name="DropShare">The share of coefficients that was dropped.</param>
public sealed record GraphInformationResult(CsGnn Model, History History, double TestAccuracy,
    double DropShare);

/// <summary>A layer of CS-GNN: attention of a node's context to its neighbours,
/// the least useful edges dropped.</summary>
/// <remarks>Cost O(N·F·K·D + E·K·D); the scores take a temporary of E rows.</remarks>
public sealed class CsLayer : nn.Module<Graph, Tensor, Tensor, Tensor>
{
    private readonly Parameter left;                            // W_l: [F, K·D]
    private readonly Parameter context;                         // W_c: [F + T, K·D]
    private readonly Parameter query;                           // W_q: [F, K·D]
    private readonly Parameter? right;          // W_r: [F, K·D]; null where h_i itself is added, or nothing
    private readonly bool residual;
    private readonly int heads, hidden;
    private readonly double featureDropout, attentionDropout, dropShare;

    /// <param name="inFeatures">F, columns of h.</param>
    /// <param name="topology">T, columns of t.</param>
    /// <param name="settings">Width, heads, dropout.</param>
    /// <param name="dropShare">λ_l: the share of the smallest coefficients that is
    /// dropped, from 0 to 1.</param>
    /// <param name="residual">Whether W_r h_i is added.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not from 0 to 1.</exception>
    public CsLayer(long inFeatures, long topology, GraphInformationSettings settings, double dropShare,
        bool residual)
        : base(nameof(CsLayer))
    {
        if (dropShare is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(dropShare), dropShare,
                "A share lies between 0 and 1.");
        (heads, hidden, this.dropShare, this.residual) = (settings.Heads, settings.Hidden,
            dropShare, residual);
        (featureDropout, attentionDropout) = (settings.FeatureDropout, settings.AttentionDropout);
        long width = (long)settings.Heads * settings.Hidden;
        left = new Parameter(nn.init.xavier_normal_(empty(inFeatures, width)));
        context = new Parameter(full(inFeatures + topology, width, 0.01f));
        query = new Parameter(full(inFeatures, width, 0.01f));
        right = residual && inFeatures != width
            ? new Parameter(nn.init.xavier_normal_(empty(inFeatures, width))) : null;
        OutFeatures = width + settings.Hidden;
        RegisterComponents();
    }

    /// <summary>Columns of the output: K·D from the neighbours, D of the node's own.</summary>
    public long OutFeatures { get; }

    /// <summary>W_c and W_q, which learn at a rate of their own.</summary>
    public IEnumerable<Parameter> AttentionParameters => [context, query];

    /// <param name="graph">The neighbourhoods; edges run from j to i. Weights are not used.</param>
    /// <param name="h">States: [N, F].</param>
    /// <param name="t">Topology features, rows of length 1: [N, T].</param>
    /// <returns>[N, K·D + D], before ELU.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public override Tensor forward(Graph graph, Tensor h, Tensor t)
    {
        if (h.dim() != 2 || h.shape[0] != graph.Nodes || h.shape[1] != left.shape[0]
            || t.shape[0] != graph.Nodes)
            throw new ArgumentException($"h must be [{graph.Nodes}, {left.shape[0]}] and t [{graph.Nodes}, "
                + $"{context.shape[0] - left.shape[0]}]; given were [{string.Join(", ", h.shape)}] and "
                + $"[{string.Join(", ", t.shape)}].", nameof(h));
        using var scope = NewDisposeScope();
        h = nn.functional.dropout(h, featureDropout, training);
        t = nn.functional.dropout(t, featureDropout, training);
        var own = h.mm(left);                                   // W_l h: [N, K·D]
        var a = Drop(nn.functional.dropout(Scores(graph, h, t), attentionDropout, training), dropShare);
        var z = graph.Sum(own, a);                              // Σ_j a_ij W_l h_j: [N, K·D]
        if (residual) z = z + (right is null ? h : h.mm(right));
        var self = own.view(graph.Nodes, heads, hidden).mean([1]);  // [N, D]
        return cat([z, self], 1).MoveToOuterDisposeScope();
    }

    /// <summary>a_ij of each edge and head before anything is dropped: [E, K];
    /// the edges that arrive at a node add up to 1.</summary>
    public Tensor Attention(Graph graph, Tensor h, Tensor t)
    {
        using var scope = NewDisposeScope();
        return Scores(graph, h, t).MoveToOuterDisposeScope();
    }

    private Tensor Scores(Graph graph, Tensor h, Tensor t)
    {
        var c = cat([h, t], 1).mm(context);                     // c_i: [N, K·D]
        var q = h.mm(query);                                    // q_j: [N, K·D]
        var (from, to) = (Index(graph.Sources, h.device), Index(graph.Targets, h.device));
        var ci = c.index_select(0, to);                         // [E, K·D]
        var e = ci * (q.index_select(0, from) - ci);
        e = e.view(graph.Edges, heads, hidden).sum(dim: 2);     // c_iᵀ (q_j - c_i): [E, K]
        return graph.Softmax(nn.functional.elu(e, 1));          // [E, K]
    }

    private static Tensor Index(int[] nodes, Device device) => tensor(nodes.Select(i => (long)i).ToArray(), device: device);

    /// <summary>Takes out the r = ⌈share · E⌉ smallest coefficients of each head;
    /// the others grow so that the total stays.</summary>
    /// <param name="a">[E, K].</param>
    /// <param name="share">From 0 to 1.</param>
    public static Tensor Drop(Tensor a, double share)
    {
        long edges = a.shape[0], r = (long)Math.Ceiling(share * edges - 1e-9);
        if (r == 0) return a;
        if (r == edges) return a * 0;
        using var scope = NewDisposeScope();
        var kept = new List<Tensor>();
        for (long k = 0; k < a.shape[1]; k++)
        {
            var head = a.narrow(1, k, 1).squeeze(1);            // [E]
            var smallest = head.detach().argsort().narrow(0, 0, r);
            var rest = head * ones_like(head).index_fill(0, smallest, 0);
            kept.Add(rest * (head.sum() / rest.sum().clamp_min(1e-12)));
        }
        return stack(kept, 1).MoveToOuterDisposeScope();
    }
}

/// <summary>The network: layers with ELU between, then a linear map of the last state and the
/// topology features.</summary>
public sealed class CsGnn : nn.Module<Graph, Tensor, Tensor, Tensor>
{
    private readonly ModuleList<CsLayer> layers = nn.ModuleList<CsLayer>();
    private readonly Parameter last;                            // [width + T, classes]
    private readonly double featureDropout;

    /// <param name="features">F, columns of X.</param>
    /// <param name="topology">T, columns of t.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Depth, width, dropout.</param>
    /// <param name="dropShare">λ_l, the share of coefficients that is dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no layer.</exception>
    public CsGnn(
        long features, long topology, long classes, GraphInformationSettings settings, double dropShare)
        : base(nameof(CsGnn))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Layers, 1);
        featureDropout = settings.FeatureDropout;
        for (int l = 0; l < settings.Layers; l++)
            layers.append(new CsLayer(l == 0 ? features : layers[l - 1].OutFeatures, topology,
                settings, dropShare, residual: settings.Residual && l > 0));
        last = new Parameter(
            nn.init.xavier_normal_(empty(layers[settings.Layers - 1].OutFeatures + topology, classes)));
        RegisterComponents();
    }

    /// <summary>W_c and W_q of all layers.</summary>
    public IReadOnlyList<Parameter> AttentionParameters =>
        [.. layers.SelectMany(layer => layer.AttentionParameters)];

    /// <param name="graph">The neighbourhoods.</param>
    /// <param name="x">X: [N, F].</param>
    /// <param name="t">Topology features: [N, T].</param>
    /// <returns>Scores before the sigmoid: [N, classes].</returns>
    public override Tensor forward(Graph graph, Tensor x, Tensor t)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(t);                  // rows of length 1
        var h = x;
        foreach (var layer in layers) h = nn.functional.elu(layer.call(graph, h, unit), 1);
        var input = nn.functional.dropout(cat([h, unit], 1), featureDropout, training);
        return input.mm(last).MoveToOuterDisposeScope();
    }
}

/// <summary>The two measures, what controls them, topology features,
/// data made to measure, and training.</summary>
public static class GraphInformation
{
    /// <summary>λ_l: the share of edges whose ends have different labels; 0 where there is no edge.
    /// (The authors' script prints twice this.)</summary>
    /// <param name="graph">An undirected graph; edges with a label of -1 are left out.</param>
    /// <param name="labels">Class of each node: [N].</param>
    public static double LabelSmoothness(Graph graph, IReadOnlyList<long> labels)
    {
        RequireRows(graph, labels.Count, nameof(labels));
        var known = graph.Pairs().Where(p => p.Item1 != p.Item2 && labels[p.Item1] >= 0
            && labels[p.Item2] >= 0).ToList();
        double mismatches = known.Count(p => labels[p.Item1] != labels[p.Item2]);
        return known.Count == 0 ? 0 : mismatches / known.Count;
    }

    /// <summary>λ_f: the mean over edges and features of (x_v - x_u)², counted in both directions,
    /// of features scaled to 0 … 1.</summary>
    /// <param name="graph">An undirected graph; loops and weights do not count.</param>
    /// <param name="x">Features, in any scale: [N, F]. Columns that are constant count as 0.</param>
    public static double FeatureSmoothness(Graph graph, Tensor x)
    {
        RequireRows(graph, x.shape[0], nameof(x));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var scaled = MinMax(x);
        var edges = graph.Pairs().Where(p => p.Item1 != p.Item2).ToArray();
        if (edges.Length == 0) return 0;
        double total = 0;
        foreach (var chunk in edges.Chunk(4096))
        {
            using var step = NewDisposeScope();
            Tensor Rows(Func<(int, int), int> end) =>
                scaled.index_select(0, tensor(chunk.Select(e => (long)end(e)).ToArray()));
            total += (Rows(e => e.Item1) - Rows(e => e.Item2)).square().sum().to(ScalarType.Float64)
                .item<double>();
        }
        return 2 * total / (edges.Length * (double)x.shape[1]);
    }

    private static void RequireRows(Graph graph, long rows, string name)
    {
        if (rows != graph.Nodes)
            throw new ArgumentException($"'{name}' has {rows} rows for {graph.Nodes} nodes: give one each.",
                name);
    }

    /// <summary>Each column scaled to 0 … 1 over all nodes; constant columns become 0.</summary>
    /// <param name="x">[N, F].</param>
    public static Tensor MinMax(Tensor x)
    {
        using var scope = NewDisposeScope();
        var low = x.amin([0], keepdim: true);
        var range = x.amax([0], keepdim: true) - low;
        var scaled = (x - low) / range.maximum(range.eq(0).to(x.dtype));
        return scaled.MoveToOuterDisposeScope();
    }

    /// <summary>Lowers λ_f: each step, a node takes half of its own features and half of
    /// its neighbours' mean.</summary>
    /// <param name="graph">The neighbourhoods.</param>
    /// <param name="x">[N, F]; nodes without neighbours keep theirs.</param>
    /// <param name="steps">How often.</param>
    public static Tensor Broadcast(Graph graph, Tensor x, int steps)
    {
        using var scope = NewDisposeScope();
        var alone = tensor(graph.Degrees()).eq(0).to(x.dtype).unsqueeze(1);     // [N, 1]
        var y = x.clone();
        for (int s = 0; s < steps; s++) y = y / 2 + (graph.Mean(y) + alone * y) / 2;
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>Lowers λ_l: takes out a share of the edges that join different classes.</summary>
    /// <param name="graph">An undirected graph without weights.</param>
    /// <param name="labels">Class of each node: [N].</param>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="seed">Which of them.</param>
    public static Graph RemoveMismatches(Graph graph, IReadOnlyList<long> labels, double share, int seed)
    {
        RequireRows(graph, labels.Count, nameof(labels));
        var pairs = graph.Pairs().ToArray();
        var mismatches = pairs.Where(p => labels[p.Item1] != labels[p.Item2]).ToArray();
        new Random(seed).Shuffle(mismatches);
        var gone = mismatches[..(int)Math.Round(share * mismatches.Length)].ToHashSet();
        return Graph.Undirected(graph.Nodes, [.. pairs.Where(p => !gone.Contains(p))]);
    }

    /// <summary>
    /// Topology features as GraphWave has them: node i's heat wavelet ψ_i = exp(-τ L / λ_max) δ_i with L = D
    /// - A, and the mean over all nodes of exp(i t ψ_i) at t = 0, 20, 40 …: real parts, then imaginary parts.
    /// </summary>
    /// <param name="graph">An undirected graph; weights do not count.</param>
    /// <param name="samples">Values of t; the features are twice as many.</param>
    /// <param name="step">From one t to the next.</param>
    /// <param name="tau">τ, how far heat spreads.</param>
    /// <param name="order">Order of the Chebyshev polynomial that stands for exp.</param>
    /// <returns>[N, 2 samples]. Cost O(order · E · N), in blocks of 256 nodes.</returns>
    public static Tensor TopologyFeatures(Graph graph, int samples = 32, double step = 20, double tau = 1000,
        int order = 100)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var plain = graph.WithWeights(null);
        var degrees = tensor(plain.Degrees()).to(ScalarType.Float64).unsqueeze(1);      // [N, 1]
        Tensor Laplacian(Tensor f) => degrees * f - plain.Sum(f);
        double largest = graph.Edges == 0 ? 1 : Lanczos.LargestMagnitude(
            Laplacian, Start(graph.Nodes), tolerance: 1e-4);
        double[] coefficients = Chebyshev(tau, order);
        var blocks = new List<Tensor>();
        using var progress = Progress.Start("topology features", (graph.Nodes + 255) / 256);
        for (int first = 0; first < graph.Nodes; first += 256)
        {
            using var inner = NewDisposeScope();
            int width = Math.Min(256, graph.Nodes - first);
            var before = zeros(graph.Nodes, width, dtype: ScalarType.Float64);  // δ_i as columns
            before.narrow(0, first, width).copy_(eye(width, dtype: ScalarType.Float64));
            Tensor Shifted(Tensor f) => Laplacian(f) * (2 / largest) - f;      // the spectrum moved to -1 … 1
            var now = Shifted(before);
            var psi = before * (coefficients[0] / 2) + now * coefficients[1];
            for (int k = 2; k <= order; k++)
            {
                (before, now) = (now, Shifted(now) * 2 - before);
                psi = psi + now * coefficients[k];
            }
            var parts = new List<Tensor>();
            for (int s = 0; s < samples; s++) parts.Add((psi * (s * step)).cos().mean([0]));
            for (int s = 0; s < samples; s++) parts.Add((psi * (s * step)).sin().mean([0]));
            var block = stack(parts, 1).to(ScalarType.Float32);                 // [width, 2 samples]
            blocks.Add(block.MoveToOuterDisposeScope());
            progress.Step();
        }
        return cat(blocks, 0).MoveToOuterDisposeScope();
    }

    private static Tensor Start(int nodes)
    {
        var random = new Random(1);
        return tensor(Enumerable.Range(0, nodes).Select(_ => random.NextDouble() - 0.5).ToArray())
            .unsqueeze(1);
    }

    // exp(-τ (y + 1) / 2) for y in -1 … 1 as Σ c_k T_k(y), the first coefficient halved.
    private static double[] Chebyshev(double tau, int order)
    {
        int points = 4 * (order + 1);
        double[] values = [.. Enumerable.Range(0, points)
            .Select(j => Math.Exp(-tau * (Math.Cos(Math.PI * (j + 0.5) / points) + 1) / 2))];
        return [.. Enumerable.Range(0, order + 1).Select(k =>
            2.0 / points * values.Select((v, j) => v * Math.Cos(Math.PI * k * (j + 0.5) / points)).Sum())];
    }

    /// <summary>Two classes of nodes in a graph whose λ_l is chosen,
    /// with features whose worth is chosen.</summary>
    /// <param name="perClass">Nodes of each class.</param>
    /// <param name="degree">Mean number of neighbours.</param>
    /// <param name="mismatch">Share of the edges that join the two classes, λ_l in expectation.</param>
    /// <param name="noise">Deviation of the features around ±1; the larger,
    /// the less they say, and the larger λ_f.</param>
    /// <param name="seed">Of edges, features and parts.</param>
    /// <param name="features">F.</param>
    public static NodeDataset TwoClasses(int perClass, double degree, double mismatch, double noise, int seed,
        int features = 8)
    {
        // A node meets perClass - 1 of its own class and perClass of the other.
        var (graph, blocks) = Generators.StochasticBlocks([perClass, perClass],
            degree * (1 - mismatch) / (perClass - 1), degree * mismatch / perClass, seed);
        var random = new Random(seed);
        int n = 2 * perClass;
        var values = new float[n * features];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)((blocks[i / features] == 0 ? 1 : -1) / Math.Sqrt(features)
                + noise * random.NextNormal());
        var x = SparseMatrix.FromRows(n, features, [.. Enumerable.Range(0, n + 1).Select(i => i * features)],
            [.. Enumerable.Range(0, n * features).Select(i => i % features)], values);
        var (train, validation, test) = Splits.PerClass(blocks, Math.Max(2, perClass / 10), n / 5,
            n / 2, seed);
        Tensor Nodes(int[] nodes) => tensor(nodes.Select(i => (long)i).ToArray());
        return new NodeDataset("two classes", graph, x, Nodes(blocks), Nodes(train), Nodes(validation),
            Nodes(test), 2);
    }

    /// <summary>Trains CS-GNN on the training nodes, keeps the epoch of the best validation accuracy,
    /// reports on the test nodes.</summary>
    /// <param name="data">The graph; the authors scale features to 0 … 1 beforehand,
    /// as words are already.</param>
    /// <param name="settings">The authors', or others.</param>
    /// <param name="seed">Of weights and dropout.</param>
    /// <param name="topology">Topology features, if they are known already: [N, T].</param>
    public static GraphInformationResult Train(NodeDataset data, GraphInformationSettings settings, int seed,
        Tensor? topology = null)
    {
        manual_seed(seed);
        double share = settings.DropShare ?? TrainingSmoothness(data);
        data = data.To(Devices.Chosen);
        var x = data.Features.ToDense().to(Devices.Chosen);
        var t = (topology ?? TopologyFeatures(data.Graph)).to(Devices.Chosen);
        var model = new CsGnn(x.shape[1], t.shape[1], data.Classes, settings, share).to(Devices.Chosen);
        bool Attends(string name) => name.EndsWith("context", StringComparison.Ordinal)
            || name.EndsWith("query", StringComparison.Ordinal);
        Parameter[] Those(bool attend) =>
            [.. model.named_parameters().Where(p => Attends(p.name) == attend).Select(p => p.parameter)];
        using var optimizer = optim.Adam(
            [
                new Adam.ParamGroup(Those(attend: false)),
                new Adam.ParamGroup(Those(attend: true),
                    new Adam.Options { LearningRate = settings.AttentionLearningRate }),
            ], settings.LearningRate);
        var targets = nn.functional.one_hot(data.Labels.clamp_min(0), data.Classes)     // [N, classes]
            .to(ScalarType.Float32);
        Tensor Scores() => model.call(data.Graph, x, t);
        double Accuracy(Tensor nodes)
        {
            var right = Scores().index_select(0, nodes).argmax(1).eq(data.Labels.index_select(0, nodes));
            return right.to(ScalarType.Float64).mean().item<double>();
        }
        bool chooses = data.Validation.shape[0] > 0;
        var history = new Trainer(model, optimizer)
        {
            Task = "CS-GNN",
            Epochs = settings.Epochs,
            Patience = settings.Patience,
            Best = chooses ? "validation accuracy" : null,
            HigherIsBetter = true,
        }.Run(
            () => nn.functional.binary_cross_entropy_with_logits(
                Scores().index_select(0, data.Train), targets.index_select(0, data.Train)),
            !chooses ? null : () => new Dictionary<string, double>
            {
                ["validation accuracy"] = Accuracy(data.Validation),
            });
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return new GraphInformationResult(model, history, Accuracy(data.Test), share);
    }

    /// <summary>λ_l of the edges between training nodes, all that may be known of it before testing;
    /// 0 where there is none.</summary>
    public static double TrainingSmoothness(NodeDataset data)
    {
        var labels = Enumerable.Repeat(-1L, data.Graph.Nodes).ToArray();
        long[] all = data.Labels.data<long>().ToArray();
        foreach (long node in data.Train.data<long>().ToArray()) labels[node] = all[node];
        return LabelSmoothness(data.Graph, labels);
    }
}
