// Position and structure — B. Srinivasan and B. Ribeiro, "On the Equivalence between Positional Node
// Embeddings and Structural Graph Representations", ICLR 2020, arXiv:1910.00452.
// Idea      A positional embedding (SVD, walks) is one sample of a random Z that belongs to the graph; what
//           is structural is its distribution. Average a predictor of the node set S over samples, never the
//           samples themselves.
// Symbols   Z ~ p(Z | A, X) -> IPositions; S -> a row of Sets [S, k]; M -> NodeAndStructureSettings.Samples;
//           Γ̂(S) = 1/M Σ f((Z_v)_{v ∈ S}) -> SetPredictor
// MC-SVD    Z = U Σ of a randomised truncated SVD of A                                       -> SvdPositions
// CGNN      Z_v from a neural Gibbs sweep over its neighbours' Z and X, σ(Z_u·Z_v) ≈ A   -> CollidingNetwork
//           the order of a sweep                                             -> SplashSchedule (Graphs)
// Γ(v)      GIN, the structural representation of single nodes              -> SetPredictor without positions
// Tasks     nodes (k = 1), links (k = 2), triads (k = 3: 0 … 3 edges)                             -> SetTask
//           on induced parts                                                       -> NodeAndStructure.Train
// Differs   The authors' code has no non-linearity between the sum over S and the mean over samples: then f
//           is a sum of node functions, and its mean is blind to pairs. Joint puts a ReLU there (the
//           theorem's f); Joint: false is the code. Bases of equal singular values are drawn; signs are too
//           if RandomSigns says so, and otherwise fixed as in the code. Triads are corrupted as links are, by
//           flipping edges and non-edges.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Theory;

/// <summary>Settings of one run; defaults are the authors' code's,
/// but for <paramref name="Joint"/> and <paramref name="Sketches"/>.</summary>
/// <param name="Samples">M, samples of Z that a prediction is averaged over.</param>
/// <param name="Dimensions">Columns of Z.</param>
/// <param name="Hidden">Width of every layer.</param>
/// <param name="PowerSteps">Products with A Aᵀ in the randomised SVD.</param>
/// <param name="Sketches">Seeds that a sketch is drawn from; 500 in the code.
/// Each is computed once and kept.</param>
/// <param name="RandomSigns">Whether each column's sign is drawn;
/// otherwise its largest entry is positive.</param>
/// <param name="Joint">Whether a ReLU stands between the sum over the set and the
/// mean over the samples.</param>
/// <param name="PerClass">Node sets drawn from each class in an epoch.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Epochs">Steps on all sets; the weights of the lowest validation loss are kept.</param>
/// <param name="GinLayers">Layers of the structural representation.</param>
public sealed record NodeAndStructureSettings(int Samples = 1, int Dimensions = 256, int Hidden = 256,
    int PowerSteps = 10, int Sketches = 20, bool RandomSigns = false, bool Joint = true, int PerClass = 200,
    double LearningRate = 1e-3, int Epochs = 50, int GinLayers = 2);

/// <summary>Where node embeddings come from: each call draws Z [N, D] anew.</summary>
public interface IPositions
{
    /// <summary>One sample of Z: [N, D], single precision, without gradients,
    /// owned by the caller's scope.</summary>
    Tensor Draw();
}

/// <summary>MC-SVD: Z = U Σ of the adjacency, by a randomised SVD whose sketch,
/// signs and bases are drawn.</summary>
public sealed class SvdPositions : IPositions
{
    private readonly Graph graph;
    private readonly NodeAndStructureSettings settings;
    private readonly Random random;
    private readonly Tensor?[] known;

    /// <param name="graph">The graph; its weights count.</param>
    /// <param name="settings">Dimensions, power steps, size of the pool.</param>
    /// <param name="seed">Of all that is drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no sketch.</exception>
    public SvdPositions(Graph graph, NodeAndStructureSettings settings, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Sketches, 1);
        (this.graph, this.settings, random, known) = (graph, settings, new Random(seed),
            new Tensor?[settings.Sketches]);
        first = random.Next();
    }

    private readonly int first;

    /// <summary>The embedding of one seed: U Σ, [N, D], double;
    /// zero columns where the graph has fewer nodes than D.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="dimensions">D.</param>
    /// <param name="seed">Of sketch, signs and bases.</param>
    /// <param name="powerSteps">Products with A Aᵀ.</param>
    public static Tensor Embed(Graph graph, int dimensions, int seed, int powerSteps = 10)
    {
        using var scope = NewDisposeScope();
        var (u, s) = RandomizedSvd.Left(graph.Adjacency, dimensions, seed, powerSteps);
        var z = u * s;                                                      // U Σ: [N, min(D, N)]
        if (z.shape[1] < dimensions) z = nn.functional.pad(z, [0, dimensions - z.shape[1]]);
        return z.MoveToOuterDisposeScope();
    }

    private static Tensor WithPositivePeaks(Tensor z) =>
        z * z.gather(0, z.abs().argmax(0, keepdim: true)).sign();

    /// <inheritdoc/>
    public Tensor Draw()
    {
        using var scope = NewDisposeScope();
        int sketch = random.Next(known.Length);
        known[sketch] ??= WithPositivePeaks(
                Embed(graph, settings.Dimensions, unchecked(first + sketch), settings.PowerSteps))
            .to(ScalarType.Float32).DetachFromDisposeScope();
        if (!settings.RandomSigns) return known[sketch]!.alias().MoveToOuterDisposeScope();
        var signs = tensor([.. Enumerable.Range(0, settings.Dimensions)
            .Select(_ => random.Next(2) * 2f - 1)]);
        return (known[sketch]! * signs).MoveToOuterDisposeScope();
    }
}

/// <summary>CGNN: a network that samples Z by Gibbs sweeps,
/// trained so that σ(Z_u · Z_v) gives the edges.</summary>
/// <remarks>As in the authors' code what a node reads is detached: gradients reach the sampling layers only,
/// and the two networks that condense the neighbours stay as they were drawn.</remarks>
public sealed class CollidingNetwork : nn.Module<SplashSchedule, SparseMatrix, int, Tensor>
{
    private readonly Sequential hidden, visible;                            // of the neighbours' Z and X
    private readonly Linear seen, first, last;
    private readonly BatchNorm1d norm;
    private readonly int width;

    /// <param name="features">F, columns of X.</param>
    /// <param name="settings">Width.</param>
    public CollidingNetwork(long features, NodeAndStructureSettings settings) : base(nameof(CollidingNetwork))
    {
        width = settings.Hidden;
        Sequential Condense() => nn.Sequential(nn.BatchNorm1d(width), nn.Tanh(), nn.Dropout(0.5),
            Drawn(width, width));
        seen = Drawn(features, width);
        visible = Condense();
        hidden = nn.Sequential(Drawn(width, width), nn.BatchNorm1d(width), nn.Tanh(), nn.Dropout(0.5),
            Drawn(width, width));
        (first, norm, last) = (Drawn(2 * width, width), nn.BatchNorm1d(width), Drawn(width, width));
        RegisterComponents();
    }

    /// <summary>The layers that gradients reach.</summary>
    public IEnumerable<Parameter> SamplingParameters =>
        [.. first.parameters(), .. norm.parameters(), .. last.parameters()];

    /// <param name="schedule">Whom each step updates and what it reads.</param>
    /// <param name="x">X: [N, F].</param>
    /// <param name="sweeps">Sweeps; 2 in training, 5 when sampling.</param>
    /// <returns>Z: [N, hidden], with gradients of the last sweep.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no sweep.</exception>
    public override Tensor forward(SplashSchedule schedule, SparseMatrix x, int sweeps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sweeps, 1);
        Require.Features(x, schedule.Inner.Nodes, seen.weight!.shape[1], nameof(x));
        using var scope = NewDisposeScope();
        var own = x.MatMul(seen.weight!.t());                               // [N, hidden]
        var read = seen.bias! + schedule.Inner.Sum(own).detach();           // W Σ x_u + b: [N, hidden]
        var state = randn(x.Rows, width, device: own.device);                               // what is read
        var written = new List<Tensor>();
        for (int sweep = 1; sweep <= sweeps; sweep++)
            foreach (var (nodes, reads) in schedule.Reads(own.device))
            {
                using var step = NewDisposeScope();
                Tensor posterior;
                using (no_grad())
                    posterior = cat([Run(hidden, reads.MatMul(state)),
                        Run(visible, read.index_select(0, nodes))], 1);
                if (sweep < sweeps)
                {
                    using var quiet = no_grad();
                    state.index_copy_(0, nodes, Sample(posterior));
                    continue;
                }
                var z = Sample(posterior);                                  // [step, hidden]
                using (no_grad()) state.index_copy_(0, nodes, z.detach());
                written.Add(z.MoveToOuterDisposeScope());
            }
        var order = cat([.. schedule.Reads(own.device).Select(step => step.Nodes)], 0);
        return cat(written, 0).index_select(0, order.argsort()).MoveToOuterDisposeScope();
    }

    /// <summary>Mean and scale are two dropout copies of one vector; Z = Linear(mean + ε ⊙ scale).</summary>
    private Tensor Sample(Tensor posterior)
    {
        var common = first.call(posterior);
        if (Normalises(common)) common = norm.call(common);
        common = common.tanh();
        var (mean, scale) = (nn.functional.dropout(common, 0.5, training),
            nn.functional.dropout(common, 0.5, training));
        return last.call(mean + randn_like(mean) * scale);
    }

    /// <summary>Batch normalisation wants two rows in training; a step of one node does without,
    /// as in the authors' code.</summary>
    private bool Normalises(Tensor rows) => !training || rows.shape[0] > 1;

    private Tensor Run(Sequential layers, Tensor rows)
    {
        foreach (var layer in layers.children().Cast<nn.Module<Tensor, Tensor>>())
            if (layer is not BatchNorm1d || Normalises(rows)) rows = layer.call(rows);
        return rows;
    }

    private static Linear Drawn(long inFeatures, long outFeatures)
    {
        var layer = nn.Linear(inFeatures, outFeatures);
        nn.init.xavier_uniform_(layer.weight!);
        nn.init.zeros_(layer.bias!);
        return layer;
    }

    /// <summary>Binary cross-entropy of σ(Z Zᵀ) against all of A,
    /// each class weighted by the other's share. Cost O(N² D).</summary>
    /// <param name="z">[N, D].</param>
    /// <param name="graph">A.</param>
    public static Tensor Loss(Tensor z, Graph graph)
    {
        using var scope = NewDisposeScope();
        var target = graph.WithWeights(null).Adjacency.ToDense();       // [N, N]: the loss is over all pairs
        double share = (double)graph.Edges / ((double)graph.Nodes * graph.Nodes);
        var weight = target * (1 - share) + (1 - target) * share;
        return nn.functional.binary_cross_entropy_with_logits(z.mm(z.t()), target, weight)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Trains on one graph, keeps the epoch of the lowest validation loss.</summary>
    /// <param name="train">Graph, features and schedule to train on.</param>
    /// <param name="validation">Those to choose the epoch by.</param>
    /// <param name="settings">Width, learning rate and epochs.</param>
    /// <param name="seed">Of weights, dropout and noise.</param>
    public static CollidingNetwork Train((Graph Graph, SparseMatrix X, SplashSchedule Schedule) train,
        (Graph Graph, SparseMatrix X, SplashSchedule Schedule) validation,
        NodeAndStructureSettings settings, int seed)
    {
        manual_seed(seed);
        var model = new CollidingNetwork(train.X.Columns, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.SamplingParameters, settings.LearningRate);
        Tensor LossOn((Graph Graph, SparseMatrix X, SplashSchedule Schedule) part) =>
            Loss(model.call(part.Schedule, part.X, 2), part.Graph);
        new Trainer(model, optimizer)
        {
            Task = "CGNN",
            Epochs = settings.Epochs,
            Best = "validation loss",
        }.Run(
            () => LossOn(train),
            () => new Dictionary<string, double> { ["validation loss"] = LossOn(validation).item<float>() });
        return model;
    }
}

/// <summary>Samples of a trained <see cref="CollidingNetwork"/>, drawn once and then chosen from.</summary>
public sealed class CollidingPositions : IPositions
{
    private readonly IReadOnlyList<Tensor> samples;
    private int next;

    /// <param name="model">The trained network.</param>
    /// <param name="schedule">Of the graph.</param>
    /// <param name="x">X: [N, F].</param>
    /// <param name="count">Samples to draw.</param>
    /// <param name="sweeps">Gibbs sweeps of each; 5 in the authors' code.</param>
    public CollidingPositions(CollidingNetwork model, SplashSchedule schedule, SparseMatrix x, int count,
        int sweeps = 5)
    {
        using var quiet = no_grad();
        model.eval();
        samples = [.. Enumerable.Range(0, count).Select(_ => model.call(schedule, x, sweeps)
            .DetachFromDisposeScope())];
    }

    /// <inheritdoc/>
    public Tensor Draw() => samples[next++ % samples.Count].alias();
}

/// <summary>f on a set of nodes, averaged over samples of their embeddings; without samples,
/// GIN's node states are used.</summary>
/// <remarks>φ = Linear, ReLU, Linear a node; ρ = Linear of the sum over the set (and a ReLU, if joint); the
/// mean over the samples; Linear, ReLU, Linear to the classes. Symmetric in the set. Cost O(M (N D² + S k
/// D)).</remarks>
public sealed class SetPredictor : nn.Module<Graph, SparseMatrix?, IReadOnlyList<Tensor>, Tensor, Tensor>
{
    private readonly Linear phi1, phi2, rho, head1, head2;
    private readonly Linear? encode;
    private readonly ModuleList<GinLayer> gin = nn.ModuleList<GinLayer>();
    private readonly NodeAndStructureSettings settings;
    private readonly long width;                                            // of a node's state

    /// <param name="features">F, columns of X; 0 where there is none.</param>
    /// <param name="classes">Classes of a set.</param>
    /// <param name="settings">Widths, GIN's depth, whether f is joint.</param>
    /// <param name="structural">Whether GIN's states take the place of positions.</param>
    public SetPredictor(long features, long classes, NodeAndStructureSettings settings, bool structural)
        : base(nameof(SetPredictor))
    {
        this.settings = settings;
        int hidden = settings.Hidden;
        width = structural ? hidden : settings.Dimensions;
        (phi1, phi2) = (nn.Linear(width + features, hidden), nn.Linear(hidden, hidden));
        (rho, head1, head2) = (nn.Linear(hidden, hidden), nn.Linear(hidden, hidden),
            nn.Linear(hidden, classes));
        if (structural)
        {
            encode = nn.Linear(Math.Max(features, 1), hidden);      // without X every node starts with a 1
            for (int l = 0; l < settings.GinLayers; l++)
                gin.append(GinLayer.WithTwoLayers(hidden, hidden, hidden));
        }
        RegisterComponents();
    }

    /// <param name="graph">The graph; only GIN looks at it.</param>
    /// <param name="x">X: [N, F]; null where there is none.</param>
    /// <param name="samples">M samples of Z, each [N, D]; none for GIN.</param>
    /// <param name="sets">The node sets, int64: [S, k].</param>
    /// <returns>Scores before the softmax: [S, classes].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit; or GIN is given samples, or a predictor of positions none.</exception>
    public override Tensor forward(Graph graph, SparseMatrix? x, IReadOnlyList<Tensor> samples, Tensor sets)
    {
        if (sets.dim() != 2) throw new ArgumentException(
            $"The sets are [S, k], k nodes a row; given were [{string.Join(", ", sets.shape)}].",
                nameof(sets));
        if ((encode is null) == (samples.Count == 0)) throw new ArgumentException(encode is null
            ? "This predictor averages over samples of positions: give at least one."
            : "This predictor works on GIN's states: give no samples.", nameof(samples));
        foreach (var z in samples) Require.Features(z, graph.Nodes, width, nameof(samples));
        using var scope = NewDisposeScope();
        var gamma = Represent(encode is null ? samples : [States(graph, x)], x, sets);
        return head2.call(head1.call(gamma).relu()).MoveToOuterDisposeScope();  // [S, hidden] -> [S, classes]
    }

    /// <summary>Γ̂(S) = 1/M Σ f((Z_v)_{v ∈ S}).</summary>
    /// <param name="samples">M samples of Z, each [N, D].</param>
    /// <param name="x">X: [N, F]; null where there is none.</param>
    /// <param name="sets">[S, k].</param>
    /// <returns>[S, hidden].</returns>
    public Tensor Represent(IReadOnlyList<Tensor> samples, SparseMatrix? x, Tensor sets)
    {
        using var scope = NewDisposeScope();
        // φ's first layer on [Z ‖ X], in two parts: X is sparse and the same in all samples.
        var own = x is null ? phi1.bias!
            : x.MatMul(phi1.weight!.narrow(1, width, x.Columns).t()) + phi1.bias!;
        var total = zeros(sets.shape[0], settings.Hidden, device: sets.device);
        foreach (var z in samples)
        {
            var phi = phi2.call((z.mm(phi1.weight!.narrow(1, 0, width).t()) + own).relu());     // [N, hidden]
            var sum = phi.index_select(0, sets.flatten())
                .reshape(sets.shape[0], sets.shape[1], -1).sum(dim: 1);
            var f = rho.call(sum);                                          // ρ(Σ φ): [S, hidden]
            total = total + (settings.Joint ? f.relu() : f);
        }
        return (total / samples.Count).MoveToOuterDisposeScope();
    }

    /// <summary>GIN's states of the nodes: [N, hidden].</summary>
    /// <exception cref="InvalidOperationException">The predictor has no GIN.</exception>
    public Tensor States(Graph graph, SparseMatrix? x)
    {
        if (encode is null)
            throw new InvalidOperationException("This predictor was made for positions; it has no GIN.");
        using var scope = NewDisposeScope();
        var h = x is null ? encode.call(ones(graph.Nodes, 1, device: encode.weight!.device)) : x.MatMul(encode.weight!.t()) + encode.bias!;
        foreach (var layer in gin) h = layer.call(graph, h).relu();         // [N, hidden]
        return h.MoveToOuterDisposeScope();
    }
}

/// <summary>Node sets of one graph and their classes.</summary>
/// <param name="Name">Of the task.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Graph">What the model sees.</param>
/// <param name="X">Features [N, F]; null where there are none.</param>
/// <param name="Draw">Sets [S, k] and classes [S], both int64, for a seed.</param>
public sealed record SetTask(string Name, int Classes, Graph Graph, SparseMatrix? X,
    Func<int, (Tensor Sets, Tensor Labels)> Draw)
{
    /// <summary>All nodes, one a set, with the classes given.</summary>
    public static SetTask Nodes(Graph graph, SparseMatrix? x, IReadOnlyList<long> labels, int classes) =>
        new("nodes", classes, graph, x,
            _ => (arange(graph.Nodes, dtype: ScalarType.Int64).unsqueeze(1), tensor([.. labels])));

    /// <summary>Pairs that are joined (1) or not (0), as many of each;
    /// the model sees the graph with some pairs flipped.</summary>
    /// <param name="graph">The true graph.</param>
    /// <param name="x">Features.</param>
    /// <param name="perClass">Pairs drawn from each class; the flipped pairs are added to every draw,
    /// with their true class.</param>
    /// <param name="seed">Of the flips.</param>
    /// <param name="share">Flipped edges, as a share of all, and as many pairs without one;
    /// 2 % in the paper's code.</param>
    /// <param name="sameDegrees">Whether the ends of pairs without an edge are drawn as ends of edges,
    /// so that degrees tell nothing; the paper's code draws them from all nodes.</param>
    public static SetTask Links(
        Graph graph, SparseMatrix? x, int perClass, int seed, double share = 0.02, bool sameDegrees = false)
    {
        var (seen, removed, added) = Corrupt(graph, share, seed);
        var removedPairs = removed.ToHashSet();
        (int, int)[] kept = [.. graph.Pairs().Where(p => p.Item1 != p.Item2 && !removedPairs.Contains(p))];
        return new("links", 2, seen, x, draw =>
        {
            var random = new Random(draw);
            (int, int)[] joined = [.. Enumerable.Range(0, perClass)
                .Select(_ => kept[random.Next(kept.Length)]), .. removed];
            (int, int)[] apart = [.. Enumerable.Range(0, perClass)
                .Select(_ => Apart(seen, random, sameDegrees)), .. added];
            return AsTensors([(apart.Select(p => (int[])[p.Item1, p.Item2]), 0),
                (joined.Select(p => (int[])[p.Item1, p.Item2]), 1)]);
        });
    }

    /// <summary>Three nodes and the number of edges among them, 0 to 3, as many of each;
    /// the model sees some pairs flipped.</summary>
    /// <param name="graph">The true graph; it has a triangle.</param>
    /// <param name="x">Features.</param>
    /// <param name="perClass">Triads drawn from each class, at most: as many triangles as there are.</param>
    /// <param name="seed">Of the flips.</param>
    /// <param name="share">Flipped edges, as a share of all, and as many pairs without one.</param>
    /// <exception cref="ArgumentException">The graph has no triangle.</exception>
    public static SetTask Triads(Graph graph, SparseMatrix? x, int perClass, int seed, double share = 0.02)
    {
        (int, int)[] pairs = [.. graph.Pairs().Where(p => p.Item1 != p.Item2)];
        int[][] triangles = [.. pairs.SelectMany(p => graph.Neighbours(p.Item1).ToArray()
            .Where(w => w > p.Item2 && graph.Neighbours(p.Item2).Contains(w))
            .Select(w => (int[])[p.Item1, p.Item2, w]))];
        if (triangles.Length == 0)
            throw new ArgumentException(
                "The graph has no triangle, so no triad has three edges; take another graph.", nameof(graph));
        // A third node beside an edge: any for one edge, a neighbour for two.
        int[] Third(Random random, int edges)
        {
            while (true)
            {
                var (a, b) = edges == 0 ? Apart(graph, random) : pairs[random.Next(pairs.Length)];
                var near = graph.Neighbours(random.Next(2) == 0 ? a : b);
                int c = edges == 2 ? near[random.Next(near.Length)] : random.Next(graph.Nodes);
                if (c != a && c != b && EdgesAmong(graph, a, b, c) == edges) return [a, b, c];
            }
        }
        return new("triads", 4, Corrupt(graph, share, seed).Graph, x, draw =>
        {
            var random = new Random(draw);
            IEnumerable<int[]> Of(int edges) => edges == 3
                ? Enumerable.Range(0, Math.Min(perClass, triangles.Length))
                    .Select(_ => triangles[random.Next(triangles.Length)])
                : Enumerable.Range(0, perClass).Select(_ => Third(random, edges));
            return AsTensors([.. Enumerable.Range(0, 4).Select(edges => (Of(edges), edges))]);
        });
    }

    /// <summary>Flips some edges and as many pairs without one; says which.
    /// Edges removed and added are told as (smaller, larger).</summary>
    public static (Graph Graph, IReadOnlyList<(int, int)> Removed, IReadOnlyList<(int, int)> Added) Corrupt(
        Graph graph, double share, int seed)
    {
        var random = new Random(seed);
        (int, int)[] pairs = [.. graph.Pairs()];
        random.Shuffle(pairs);
        int count = (int)(share * pairs.Length);
        var added = new HashSet<(int, int)>();
        while (added.Count < count) added.Add(Apart(graph, random));
        return (Graph.Undirected(graph.Nodes, [.. pairs[count..], .. added]), pairs[..count], [.. added]);
    }

    private static int EdgesAmong(Graph graph, int a, int b, int c) => new[] { (a, b), (b, c), (a, c) }
        .Count(p => graph.Neighbours(p.Item1).Contains(p.Item2));

    private static (int, int) Apart(Graph graph, Random random, bool byDegree = false)
    {
        int End() => byDegree ? graph.Sources[random.Next(graph.Edges)] : random.Next(graph.Nodes);
        while (true)
        {
            var (a, b) = (End(), End());
            if (a != b && !graph.Neighbours(a).Contains(b)) return (Math.Min(a, b), Math.Max(a, b));
        }
    }

    /// <summary>Sets class by class as tensors [S, k] and [S].</summary>
    public static (Tensor Sets, Tensor Labels) AsTensors(
        IReadOnlyList<(IEnumerable<int[]> Sets, int Class)> classes)
    {
        var (nodes, labels, size) = (new List<long>(), new List<long>(), 0);
        foreach (var (sets, label) in classes)
            foreach (int[] set in sets)
            {
                size = set.Length;
                nodes.AddRange(set.Select(n => (long)n));
                labels.Add(label);
            }
        return (tensor(nodes.ToArray()).reshape(-1, size), tensor(labels.ToArray()));
    }
}

/// <summary>What training gave; shares from 0 to 1.</summary>
/// <param name="Model">The predictor with the weights of the lowest validation loss.</param>
/// <param name="History">Losses epoch by epoch.</param>
/// <param name="MicroF1">On the test sets; with one class a set it is the accuracy.</param>
/// <param name="Auc">Area under the ROC curve on the test sets, for two classes; NaN otherwise.</param>
public sealed record SetResult(SetPredictor Model, History History, double MicroF1, double Auc);

/// <summary>The three induced parts of a data set, and training on them.</summary>
public static class NodeAndStructure
{
    /// <summary>Training, validation and test nodes as three graphs of their own;
    /// training has all that is in neither other.</summary>
    public static IReadOnlyList<(Graph Graph, SparseMatrix X, long[] Labels)> Induce(NodeDataset data)
    {
        long[] labels = data.Labels.data<long>().ToArray();
        int[] validation = [.. data.Validation.data<long>().ToArray().Select(i => (int)i)],
            test = [.. data.Test.data<long>().ToArray().Select(i => (int)i)];
        int[] train = [.. Enumerable.Range(0, data.Graph.Nodes).Except(validation).Except(test)
            .Where(i => labels[i] >= 0)];
        return [.. new[] { train, validation, test }.Select(nodes =>
            (data.Graph.Subgraph(nodes), RowsOf(data.Features, nodes),
                nodes.Select(i => labels[i]).ToArray()))];
    }

    private static SparseMatrix RowsOf(SparseMatrix matrix, int[] rows)
    {
        int[] pointers = [0, .. rows];
        for (int i = 0; i < rows.Length; i++)
            pointers[i + 1] = pointers[i] + matrix.RowPointers[rows[i] + 1] - matrix.RowPointers[rows[i]];
        int[] entries = [.. rows.SelectMany(r =>
            Enumerable.Range(matrix.RowPointers[r], matrix.RowPointers[r + 1] - matrix.RowPointers[r]))];
        float[]? values = matrix.Values?.data<float>().ToArray();
        return SparseMatrix.FromRows(rows.Length, matrix.Columns, pointers,
            [.. entries.Select(e => matrix.ColumnIndices[e])],
            values is null ? null : [.. entries.Select(e => values[e])]);
    }

    /// <summary>Trains on new samples and new sets every epoch, keeps the lowest validation loss,
    /// reports on the test sets.</summary>
    /// <param name="tasks">Training, validation and test.</param>
    /// <param name="positions">Where Z comes from in each of the three; null: GIN's states instead.</param>
    /// <param name="settings">M and the rest.</param>
    /// <param name="seed">Of weights and of the sets drawn.</param>
    /// <exception cref="ArgumentException">There are not three tasks, or positions are given, but not three.</exception>
    public static SetResult Train(IReadOnlyList<SetTask> tasks, IReadOnlyList<IPositions>? positions,
        NodeAndStructureSettings settings, int seed)
    {
        if (tasks.Count != 3 || positions is { Count: not 3 })
            throw new ArgumentException(
                "Training, validation and test: give three tasks, and as many positions or none.",
                nameof(tasks));
        manual_seed(seed);
        var model = new SetPredictor(tasks[0].X?.Columns ?? 0, tasks[0].Classes, settings,
            structural: positions is null).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        int draws = unchecked(seed * 7919);
        (Tensor Scores, Tensor Labels) Run(int part)
        {
            var (sets, labels) = tasks[part].Draw(draws++);
            (sets, labels) = (sets.to(Devices.Chosen), labels.to(Devices.Chosen));
            Tensor[] samples = [.. Draw(positions?[part], settings.Samples).Select(z => z.to(Devices.Chosen))];
            return (model.call(tasks[part].Graph, tasks[part].X, samples, sets), labels);
        }
        Tensor Loss(int part)
        {
            var (scores, labels) = Run(part);
            return nn.functional.cross_entropy(scores, labels);
        }
        var history = new Trainer(model, optimizer)
        {
            Task = $"{tasks[0].Name}, {(positions is null ? "GIN" : $"M = {settings.Samples}")}",
            Epochs = settings.Epochs,
            Best = "validation loss",
        }.Run(() => Loss(0), () =>
            new Dictionary<string, double> { ["validation loss"] = Loss(1).item<float>() });
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (scores, labels) = Run(2);
        double f1 = scores.argmax(1).eq(labels).to(ScalarType.Float64).mean().item<double>();
        double auc = tasks[0].Classes != 2 ? double.NaN
            : RocCurve.Area(
                (scores[.., 1] - scores[.., 0]).to(ScalarType.Float64).cpu().data<double>().ToArray(),
                [.. labels.cpu().data<long>().ToArray().Select(l => l == 1)]);
        return new SetResult(model, history, f1, auc);
    }

    /// <summary>M samples of Z; an empty list for GIN.</summary>
    public static IReadOnlyList<Tensor> Draw(IPositions? positions, int samples) =>
        positions is null ? [] : [.. Enumerable.Range(0, samples).Select(_ => positions.Draw())];
}
