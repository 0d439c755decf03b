// Over-smoothing — K. Oono and T. Suzuki, "Graph Neural Networks Exponentially Lose Expressive Power for Node
// Classification", ICLR 2020, arXiv:1905.10947.
// Idea      A graph convolution with ReLU shrinks the distance to a fixed subspace to s λ of it or less: s is
//           the largest singular value of its weights, λ belongs to the graph. The subspace knows components
//           and degrees only.
// Symbols   P -> InvariantSpace.Propagation; e_c -> Basis; M -> Components; λ -> Lambda; d_M(X) -> Distance;
//           X∥ -> Project; s_l -> OverSmoothing.SpectralNorm, over the layer's matrices;
//           s_0 -> OverSmoothingSettings.Scale
// Subspace  P = D̃^-1/2 (A + I) D̃^-1/2; e_c = D̃^1/2 1_c / ‖D̃^1/2 1_c‖; d_M(X) = ‖X - Σ_c e_c e_cᵀ X‖_F
//                                                                                           -> InvariantSpace
// Layer     f_l(X) = ReLU(… ReLU(ReLU(P X W_l1) W_l2) … W_lH)                          -> OverSmoothing.Layer
// Theorem   d_M(f_l(X)) ≤ s_l λ d_M(X), hence d_M(X_l) ≤ (s λ)^l d_M(X_0)             -> OverSmoothing.Follow
// Remedy    after each step W ← s_0 W / ‖W‖₂                                         -> OverSmoothing.Rescale
// Section 6 field of one step for two nodes -> PlaneMap; random nets -> RandomNet;
//           noisy graphs -> AddRandomEdges; the networks trained on them, and their tangent ‖X⊥‖ / ‖X∥‖
//                                                                                      -> DeepGcn, Trajectory
// Differs   Hyper-parameters are settings where the paper draws 200 sets for each depth and scale; they lie
//           in its ranges.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Theory;

/// <summary>Settings of a trained network (section 6.3); the paper draws hidden 10–100,
/// epochs 10–100, rate 1e-5–1e-2.</summary>
/// <param name="Layers">L, graph convolutions; the paper has 1, 3, 5, 7 and 9.</param>
/// <param name="Scale">s_0, to which every convolution's largest singular value is held;
/// null: it is left alone.</param>
/// <param name="Hidden">Width between the convolutions.</param>
/// <param name="Dropout">Share of each hidden state that is dropped in training.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Epochs">Steps on all training nodes; the weights of the best
/// validation accuracy are kept.</param>
/// <param name="FreezeInput">Whether the map from features to hidden stays as it was
/// drawn, as in section 6.4.</param>
public sealed record OverSmoothingSettings(int Layers = 5, double? Scale = null, int Hidden = 32,
    double Dropout = 0.5, double LearningRate = 0.01, int Epochs = 100, bool FreezeInput = false);

/// <summary>Settings of random networks (section 6.2); in the main text (p, s) = (0.5, 0.1),
/// (0.1, 1), (0.1, 10).</summary>
/// <param name="Nodes">N of G(N, p).</param>
/// <param name="EdgeProbability">p of G(N, p).</param>
/// <param name="Scale">s, the largest singular value of every layer.</param>
/// <param name="Channels">C, columns of X.</param>
/// <param name="Layers">Layers, each with one matrix.</param>
public sealed record RandomNetSettings(
    int Nodes = 1000, double EdgeProbability = 0.1, double Scale = 1, int Channels = 32, int Layers = 10);

/// <summary>What graph convolutions leave alone, a vector for each component,
/// and how fast all else shrinks.</summary>
/// <remarks>In double precision, since distances fall by many powers of ten.
/// Edge weights are not used.</remarks>
public sealed class InvariantSpace
{
    /// <summary>Up to this many nodes λ comes from all eigenvalues, above from Lanczos' method.</summary>
    public const int DenseNodes = 400;

    private readonly Tensor entries;                    // [N, 1]: each node's entry in its component's e_c
    private readonly Tensor component;                          // [N], int64
    private double? lambda;

    /// <param name="graph">An undirected graph; self-loops are added here. Cost O(N + E).</param>
    /// <exception cref="ArgumentException">An edge has no counterpart in the other direction.</exception>
    public InvariantSpace(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var looped = graph.WithWeights(null).WithSelfLoops();
        var back = looped.Reversed();
        if (!back.Sources.SequenceEqual(looped.Sources) || !back.Targets.SequenceEqual(looped.Targets))
            throw new ArgumentException(
                "An edge runs in one direction only; the theorem is about undirected graphs. "
                + "Make the graph with Graph.Undirected, or read it with undirected: true.", nameof(graph));
        float[] degree = looped.Degrees();                      // deg + 1, exact in a float
        var (parts, count) = looped.Components();
        var mass = new double[count];
        for (int i = 0; i < degree.Length; i++) mass[parts[i]] += degree[i];
        Components = count;
        double[] ofNodes = [.. degree.Select((d, i) => Math.Sqrt(d / mass[parts[i]]))];
        entries = tensor(ofNodes).unsqueeze(1).DetachFromDisposeScope();
        component = tensor((long[])[.. parts.Select(c => (long)c)]).DetachFromDisposeScope();
        var weights = new double[looped.Edges];
        for (int e = 0; e < weights.Length; e++)
            weights[e] = 1 / Math.Sqrt((double)degree[looped.Sources[e]] * degree[looped.Targets[e]]);
        Propagation = looped.WithWeights(tensor(weights));
    }

    /// <summary>P as a graph with weights: <c>Propagation.Sum(x)</c> is P X.</summary>
    public Graph Propagation { get; }

    /// <summary>M, connected components: the multiplicity of P's eigenvalue 1.</summary>
    public int Components { get; }

    /// <summary>λ, the largest |μ| over the eigenvalues μ ≠ 1 of P; computed when first asked for.</summary>
    public double Lambda => lambda ??= Propagation.Nodes <= DenseNodes ? DenseLambda() : LanczosLambda();

    /// <summary>The vectors e_c as columns [N, M]: orthonormal, non-negative,
    /// no two with a node in common.</summary>
    public Tensor Basis()
    {
        using var scope = NewDisposeScope();
        var empty = zeros(Propagation.Nodes, Components, dtype: ScalarType.Float64);
        return empty.scatter(1, component.unsqueeze(1), entries).MoveToOuterDisposeScope();
    }

    /// <summary>X∥ = Σ_c e_c e_cᵀ X, the part of X in the subspace. Cost O(N · C).</summary>
    /// <param name="x">[N, C], of any precision.</param>
    /// <returns>[N, C], double.</returns>
    public Tensor Project(Tensor x)
    {
        Require.Nodes(x, Propagation.Nodes, nameof(x));
        using var scope = NewDisposeScope();
        var weighed = entries * x.detach().to(ScalarType.Float64);              // [N, C]
        var shares = zeros(Components, x.shape[1], dtype: ScalarType.Float64)
            .index_add(0, component, weighed, 1);                               // e_cᵀ X: [M, C]
        return (entries * shares.index_select(0, component))                    // [M, C] -> [N, C]
            .MoveToOuterDisposeScope();
    }

    /// <summary>d_M(X) = ‖X⊥‖_F, how far X is from knowing components and degrees only.</summary>
    /// <param name="x">[N, C].</param>
    public double Distance(Tensor x) => Norms(x).Away;

    /// <summary>‖X⊥‖_F and ‖X∥‖_F; the first over the second is the tangent of section 6.4.</summary>
    /// <param name="x">[N, C].</param>
    public (double Away, double Along) Norms(Tensor x)
    {
        using var scope = NewDisposeScope();
        var along = Project(x);
        var away = x.detach().to(ScalarType.Float64) - along;
        return (away.norm().item<double>(), along.norm().item<double>());
    }

    /// <summary>λ from all eigenvalues of P with the subspace taken out,
    /// P - Σ_c e_c e_cᵀ. Cost O(N³).</summary>
    public double DenseLambda()
    {
        using var scope = NewDisposeScope();
        var basis = Basis();                                                            // [N, M]
        var rest = Propagation.Adjacency.ToDense() - basis.mm(basis.t());               // [N, N]
        return linalg.eigvalsh(rest).abs().max().item<double>();
    }

    /// <summary>λ by <see cref="Lanczos"/>' method on the sparse P with the subspace taken
    /// out: O(N + E) a step.</summary>
    /// <param name="tolerance">How far λ may be off, at most.</param>
    /// <param name="seed">Of the vector to start from.</param>
    public double LanczosLambda(double tolerance = 1e-8, int seed = 1)
    {
        if (Components == Propagation.Nodes) return 0;          // no edges: nothing but the subspace
        using var scope = NewDisposeScope();
        Tensor TakeOut(Tensor x) => x - Project(x);
        var start = TakeOut(OverSmoothing.Normal(seed, Propagation.Nodes, 1));
        return Lanczos.LargestMagnitude(q => TakeOut(Propagation.Sum(q)), start, tolerance);
    }
}

/// <summary>What became of X layer by layer; place 0 is the input.</summary>
/// <param name="Distance">d_M(X_l).</param>
/// <param name="Norm">‖X_l‖_F.</param>
/// <param name="Tangent">‖X⊥‖ / ‖X∥‖; infinite where X∥ is 0.</param>
/// <param name="Scale">s_l, the layer's largest singular value; 1 at place 0.</param>
/// <param name="Lambda">λ of the graph.</param>
public sealed record Trajectory(
    IReadOnlyList<double> Distance, IReadOnlyList<double> Norm, IReadOnlyList<double> Tangent,
    IReadOnlyList<double> Scale, double Lambda)
{
    /// <summary>The theorem's bound on each distance: (Π s_l) λ^l d_M(X_0).</summary>
    public IReadOnlyList<double> Bound
    {
        get
        {
            var bound = new double[Distance.Count];
            for (int l = 0; l < bound.Length; l++)
                bound[l] = l == 0 ? Distance[0] : bound[l - 1] * Scale[l] * Lambda;
            return bound;
        }
    }

    /// <summary>d_M(X_l) / ‖X_l‖_F: 0 where the nodes differ by component and degree
    /// only; 0 where all is 0.</summary>
    public IReadOnlyList<double> Relative => [.. Distance.Zip(Norm, (d, n) => n > 0 ? d / n : 0)];

    /// <summary>log10 of d_M(X_l) / d_M(X_0).</summary>
    public IReadOnlyList<double> LogRatio => [.. Distance.Select(d => Math.Log10(d / Distance[0]))];

    /// <summary>log10 of the bound over d_M(X_0).</summary>
    public IReadOnlyList<double> LogBound => [.. Bound.Select(b => Math.Log10(b / Distance[0]))];

    /// <summary>Layers whose distance is above s_l λ times the one before.</summary>
    /// <param name="slack">What rounding may add, as a share of ‖X‖ of the layer before.</param>
    public int Violations(double slack = 1e-12) => Enumerable.Range(1, Distance.Count - 1)
        .Count(l => Distance[l] > Scale[l] * (Lambda * Distance[l - 1] + slack * Norm[l - 1]));
}

/// <summary>The system of section 6.3: a linear map to the hidden width,
/// then L graph convolutions without bias.</summary>
public sealed class DeepGcn : nn.Module<Graph, SparseMatrix, Tensor>
{
    private readonly OverSmoothingSettings settings;
    private readonly Parameter input;                           // [F, hidden]
    private readonly ModuleList<GcnLayer> convolutions = nn.ModuleList<GcnLayer>();

    /// <param name="features">F, columns of X.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="settings">Depth, width, dropout and s_0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no layer.</exception>
    public DeepGcn(long features, long classes, OverSmoothingSettings settings) : base(nameof(DeepGcn))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Layers, 1);
        this.settings = settings;
        input = new Parameter(nn.init.xavier_uniform_(empty(features, settings.Hidden)),
            requires_grad: !settings.FreezeInput);
        for (int l = 1; l <= settings.Layers; l++)
            convolutions.append(new GcnLayer(settings.Hidden,
                l == settings.Layers ? classes : settings.Hidden));
        RegisterComponents();
        Rescale();
    }

    /// <summary>W_1 … W_L.</summary>
    public IReadOnlyList<Parameter> Weights => [.. convolutions.Select(layer => layer.Weight)];

    /// <param name="graph">Â as weights: <c>WithSelfLoops().Normalized()</c>.</param>
    /// <param name="x">X: [N, F].</param>
    /// <returns>Scores before the softmax: [N, classes].</returns>
    public override Tensor forward(Graph graph, SparseMatrix x)
    {
        using var scope = NewDisposeScope();
        return States(graph, x)[^1].MoveToOuterDisposeScope();
    }

    /// <summary>X_0 (after the linear map), X_1, … and the scores;
    /// measure them in evaluation mode, without dropout.</summary>
    /// <param name="graph">Â as weights.</param>
    /// <param name="x">X: [N, F].</param>
    /// <returns>L + 1 tensors: [N, hidden], and the last [N, classes].</returns>
    public IReadOnlyList<Tensor> States(Graph graph, SparseMatrix x)
    {
        var states = new List<Tensor> { x.MatMul(input) };      // [N, F] -> [N, hidden]
        foreach (var convolution in convolutions)
        {
            // Between two convolutions: ReLU, and dropout while training.
            var h = states.Count == 1 ? states[0]
                : nn.functional.dropout(states[^1], settings.Dropout, training);
            var next = convolution.forward(graph, h);
            states.Add(states.Count == settings.Layers ? next : next.relu());
        }
        return states;
    }

    /// <summary>Holds every convolution's largest singular value at s_0;
    /// nothing where there is none.</summary>
    public void Rescale()
    {
        if (settings.Scale is not { } scale) return;
        using var quiet = no_grad();
        foreach (var weight in Weights) OverSmoothing.Rescale(weight, scale);
    }
}

/// <summary>What training gave; accuracies are shares from 0 to 1.</summary>
/// <param name="Model">The network with the weights of the best validation accuracy.</param>
/// <param name="History">Epoch by epoch.</param>
/// <param name="TestAccuracy">Share of the test nodes that are classified rightly.</param>
/// <param name="Path">The hidden states of the trained network, without dropout;
/// the scores are its last place.</param>
public sealed record OverSmoothingResult(DeepGcn Model, History History, double TestAccuracy,
    Trajectory Path);

/// <summary>Layers, bounds, random networks, the remedy and the training runs of the paper.</summary>
public static class OverSmoothing
{
    /// <summary>f_l(X) = ReLU(… ReLU(P X W_l1) … W_lH), section 3.2;
    /// with one matrix the graph convolution of GCN.</summary>
    /// <param name="p">P as weights (<see cref="InvariantSpace.Propagation"/>).</param>
    /// <param name="x">[N, C].</param>
    /// <param name="weights">W_l1 … W_lH: [C, C_1], [C_1, C_2] …</param>
    /// <param name="reluFirst">Whether P X passes a ReLU before W_l1,
    /// as in the paper's general form; GCN has none.</param>
    public static Tensor Layer(
        Graph p, Tensor x, IReadOnlyList<Tensor> weights, bool reluFirst = false)
    {
        using var scope = NewDisposeScope();
        var h = p.Sum(x);                                       // P X: [N, C]
        if (reluFirst) h = h.relu();
        foreach (var weight in weights) h = h.mm(weight).relu();
        return h.MoveToOuterDisposeScope();
    }

    /// <summary>Runs layers and measures each state beside the theorem's bound.</summary>
    /// <param name="space">The graph.</param>
    /// <param name="x">X_0: [N, C].</param>
    /// <param name="layers">The matrices of each layer.</param>
    public static Trajectory Follow(InvariantSpace space, Tensor x,
        IReadOnlyList<IReadOnlyList<Tensor>> layers)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var states = new List<Tensor> { x.to(ScalarType.Float64) };
        foreach (var weights in layers) states.Add(Layer(space.Propagation, states[^1], weights));
        return Measure(space, states,
            [.. layers.Select(weights => weights.Aggregate(1.0, (s, w) => s * SpectralNorm(w)))]);
    }

    /// <summary>Distances of states that a network went through.</summary>
    /// <param name="space">The graph.</param>
    /// <param name="states">X_0, X_1, …: [N, C_l].</param>
    /// <param name="scales">s_1, s_2, …: one fewer.</param>
    /// <exception cref="ArgumentException">Scales are not one fewer than states.</exception>
    public static Trajectory Measure(InvariantSpace space,
        IReadOnlyList<Tensor> states, IReadOnlyList<double> scales)
    {
        if (scales.Count != states.Count - 1)
            throw new ArgumentException(
                $"{states.Count} states have {states.Count - 1} layers between them; given were "
                + $"{scales.Count} scales.", nameof(scales));
        var norms = states.Select(space.Norms).ToArray();
        return new Trajectory(
            [.. norms.Select(n => n.Away)],
            [.. norms.Select(n => Math.Sqrt(n.Away * n.Away + n.Along * n.Along))],
            [.. norms.Select(n => n.Away / n.Along)], [1, .. scales], space.Lambda);
    }

    /// <summary>Weights of a network: normal numbers, the largest singular value of each layer set.</summary>
    /// <param name="layers">Number of layers.</param>
    /// <param name="channels">C: every matrix is [C, C].</param>
    /// <param name="scale">s of each layer.</param>
    /// <param name="seed">Of the weights; torch's own random numbers are not touched.</param>
    /// <param name="perLayer">H, matrices in a layer; each gets s^(1/H).</param>
    public static IReadOnlyList<IReadOnlyList<Tensor>> RandomNet(int layers, int channels, double scale,
        int seed, int perLayer = 1) =>
        [.. Enumerable.Range(0, layers).Select(l => (IReadOnlyList<Tensor>)[.. Enumerable.Range(0, perLayer)
            .Select(h => Normal(unchecked(seed * 7919 + l * 101 + h), channels, channels))
            .Select(weight => Rescale(weight, Math.Pow(scale, 1.0 / perLayer)))])];

    /// <summary>Independent standard normal numbers [rows, columns], double,
    /// from a seed of their own.</summary>
    public static Tensor Normal(int seed, long rows, long columns)
    {
        var random = new Random(seed);
        var values = new double[rows * columns];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextNormal();
        return tensor(values).reshape(rows, columns);
    }

    /// <summary>‖W‖₂, the largest singular value, by power iteration: WᵀW is squared,
    /// so 20 products are 2^20 steps.</summary>
    /// <param name="weight">[F, D]; cost O(F D min(F, D)).</param>
    public static double SpectralNorm(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var w = weight.detach().to(ScalarType.Float64);
        if (w.shape[0] < w.shape[1]) w = w.t();
        var gram = w.t().mm(w);
        double size = gram.norm().item<double>();
        if (size == 0) return 0;
        for (int i = 0; i < 20; i++)
        {
            gram = gram / size;
            gram = gram.mm(gram);
            size = gram.norm().item<double>();
            if (size > 1 - 1e-14) break;                // its own square: only the largest direction is left
        }
        // The longest column.
        var direction = gram.index_select(1, gram.square().sum(dim: 0).argmax().reshape(1));
        return (w.mm(direction).norm() / direction.norm()).item<double>();
    }

    /// <summary>W ← s_0 W / ‖W‖₂, in place; always to exactly s_0, not only when it is above.
    /// A matrix of zeros stays.</summary>
    public static Tensor Rescale(Tensor weight, double scale)
    {
        using var quiet = no_grad();
        double norm = SpectralNorm(weight);
        return norm == 0 ? weight : weight.mul_(scale / norm);
    }

    /// <summary>Adds edges between random nodes, section 6.3's noise; pairs that are joined already,
    /// or one node, add nothing.</summary>
    /// <param name="graph">An undirected graph without weights.</param>
    /// <param name="count">Pairs drawn; Cora 2500, Citeseer 5000, Pubmed 25000 in the paper.</param>
    /// <param name="seed">Of the pairs.</param>
    public static Graph AddRandomEdges(Graph graph, int count, int seed)
    {
        var random = new Random(seed);
        var added = Enumerable.Range(0, count)
            .Select(_ => (random.Next(graph.Nodes), random.Next(graph.Nodes)))
            .Where(pair => pair.Item1 != pair.Item2);
        return Graph.Undirected(graph.Nodes, [.. graph.Pairs(), .. added]);
    }

    /// <summary>Section 6.1: the step x → ReLU(w P x) of two nodes with one channel,
    /// P having the eigenvalues 1 and λ.</summary>
    /// <param name="angle">Of the eigenvector with eigenvalue 1, in degrees;
    /// from 0 to 90 without negative entries, as in a graph.</param>
    /// <param name="w">The weight; s = |w|.</param>
    /// <param name="lambda">The other eigenvalue; 0.5 in the paper.</param>
    public static Func<double, double, (double X, double Y)> PlaneMap(double angle, double w,
        double lambda = 0.5)
    {
        var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
        return (x, y) =>
        {
            double along = cos * x + sin * y, away = lambda * (cos * y - sin * x);
            return (Math.Max(0, w * (cos * along - sin * away)), Math.Max(0, w * (sin * along + cos * away)));
        };
    }

    /// <summary>Trains a network, keeps the epoch of the best validation accuracy,
    /// reports on the test nodes.</summary>
    /// <param name="data">The graph, with feature rows that add up to 1;
    /// without validation nodes the last epoch counts.</param>
    /// <param name="settings">Depth, s_0 and the rest.</param>
    /// <param name="seed">Of weights and dropout.</param>
    /// <param name="space">The graph's subspace, if it is known already.</param>
    public static OverSmoothingResult Train(NodeDataset data, OverSmoothingSettings settings, int seed,
        InvariantSpace? space = null)
    {
        manual_seed(seed);
        data = data.To(Devices.Chosen);
        var graph = data.Graph.WithSelfLoops().Normalized();
        var model = new DeepGcn(data.Features.Columns, data.Classes, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters().Where(p => p.requires_grad),
            settings.LearningRate);
        Tensor Scores() => model.call(graph, data.Features);
        bool chooses = data.Validation.shape[0] > 0;
        var history = new Trainer(model, optimizer)
        {
            Task = settings.Scale is { } s
                ? FormattableString.Invariant($"{settings.Layers} layers, s0 = {s:0.##}")
                : $"{settings.Layers} layers",
            Epochs = settings.Epochs,
            Best = chooses ? "validation accuracy" : null,
            HigherIsBetter = true,
            AfterEpoch = _ => model.Rescale(),                  // the remedy, after every step
        }.Run(
            () => nn.functional.cross_entropy(Scores().index_select(0, data.Train),
                data.Labels.index_select(0, data.Train)),
            !chooses ? null : () => new Dictionary<string, double>
            {
                ["validation accuracy"] = Accuracy(Scores(), data.Labels, data.Validation),
            });
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var states = model.States(graph, data.Features);
        var path = Measure(space ?? new InvariantSpace(data.Graph), states,
            [.. model.Weights.Select(SpectralNorm)]);
        return new OverSmoothingResult(model, history, Accuracy(states[^1], data.Labels, data.Test), path);
    }

    /// <summary>Share of some nodes whose highest score is their label's.</summary>
    private static double Accuracy(Tensor scores, Tensor labels, Tensor nodes)
    {
        using var scope = NewDisposeScope();
        var right = scores.index_select(0, nodes).argmax(1).eq(labels.index_select(0, nodes));
        return right.to(ScalarType.Float64).mean().item<double>();
    }
}
