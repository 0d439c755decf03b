// Node embeddings: four ways to give each node a vector without any label.
//   DeepWalk            Perozzi, Al-Rfou & Skiena, KDD 2014, arXiv:1403.6652
//                       walks are sentences, nodes are words
//   node2vec            Grover & Leskovec, KDD 2016, arXiv:1607.00653
//                       walks that lean back (p) or outward (q)
//   Deep Graph Infomax  Veličković et al., ICLR 2019, arXiv:1809.10341
//                       tell the graph from a shuffled one
//   GraphSAGE           Hamilton, Ying & Leskovec, NeurIPS 2017, arXiv:1706.02216
//                       features averaged so that who meets on a walk is alike
// Walks     P(x | v, t) ∝ w(v, x) α(t, x), α = 1/p | 1 | 1/q           -> Graphs/RandomWalks.cs
// Skip-gram max Σ log σ(out_v · in_u) + Σ_n log σ(-out_n · in_u)       -> Graphs/SkipGram.cs
// Infomax   H = PReLU(Â X W + b), s = σ(mean h_i)                      -> DeepGraphInfomax.Encode, Summarise
//           D(h, s) = σ(hᵀ M s); H~ from shuffled rows of X            -> DeepGraphInfomax.forward
// GraphSAGE -log σ(z_u · z_v) - Q E log σ(-z_u · z_n), v on a walk    -> SageEncoder.Loss
// Symbols   γ -> WalkSettings.PerNode; t -> Length; w -> SkipGramSettings.Window;
//           p, q -> WalkSettings.Return, InOut; Q -> SageEmbeddingSettings.Negatives
// Differs   node2vec's p and q are settings; the paper searches them on 10 % of the labels
//           (NodeEmbeddings.Search). Infomax keeps the weights after the step of lowest loss, the authors'
//           code those before it. GraphSAGE takes a step on a walk from each node, where the authors take 512
//           pairs: a step costs O(E), whatever N.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Foundations;

/// <summary>Settings of DeepWalk or node2vec; <see cref="DeepWalk"/> and
/// <see cref="Node2Vec"/> give the papers'.</summary>
/// <param name="Walks">Number, length and bias of the walks.</param>
/// <param name="SkipGram">What is learned from them.</param>
public sealed record WalkEmbeddingSettings(WalkSettings Walks, SkipGramSettings SkipGram)
{
    /// <summary>Hierarchical softmax on unbiased walks; section 5's γ = 80, t = 40, w = 10,
    /// 128 dimensions, one pass.</summary>
    public static WalkEmbeddingSettings DeepWalk { get; } =
        new(new WalkSettings(PerNode: 80, Length: 40), new SkipGramSettings(Negatives: 0, Epochs: 1));

    /// <summary>Negative sampling on biased walks; section 4: 10 walks of 80 nodes, window 10,
    /// 128 dimensions, one pass.</summary>
    public static WalkEmbeddingSettings Node2Vec { get; } =
        new(new WalkSettings(PerNode: 10, Length: 80), new SkipGramSettings(Negatives: 5, Epochs: 1));
}

/// <summary>Settings of Deep Graph Infomax on one graph (section 4.2).</summary>
/// <param name="Dimensions">D; 512 for Cora and Citeseer, 256 for Pubmed.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Epochs">At most.</param>
/// <param name="Patience">Epochs without a lower training loss after which it stops.</param>
public sealed record InfomaxSettings(int Dimensions = 512, double LearningRate = 0.001, int Epochs = 10_000,
    int Patience = 20);

/// <summary>Deep Graph Infomax: an encoder, and the discriminator that trains it.</summary>
public sealed class DeepGraphInfomax : nn.Module<Graph, SparseMatrix, Tensor, Tensor>
{
    private readonly Parameter weight;                                  // W: [F, D]
    private readonly Parameter bias;                                    // b: [D]
    private readonly PReLU activation = nn.PReLU(1);
    private readonly Parameter matrix;                                  // M: [D, D]
    private readonly Parameter offset;                              // the authors' bilinear map has one: [1]

    /// <param name="features">F, columns of X.</param>
    /// <param name="dimensions">D, numbers in a node's vector.</param>
    public DeepGraphInfomax(long features, long dimensions) : base(nameof(DeepGraphInfomax))
    {
        weight = new Parameter(nn.init.xavier_uniform_(empty(features, dimensions)));
        bias = new Parameter(zeros(dimensions));
        // A bilinear map's weight is [1, D, D], and Glorot's rule counts D · D and D inputs there.
        matrix = new Parameter(nn.init.xavier_uniform_(empty(1, dimensions, dimensions)).squeeze(0));
        offset = new Parameter(zeros(1));
        RegisterComponents();
    }

    /// <summary>H = PReLU(Â X W + b): the nodes' vectors.</summary>
    /// <param name="graph">Â as weights: <c>WithSelfLoops().Normalized()</c>.</param>
    /// <param name="x">X: [N, F], rows that add up to 1.</param>
    /// <returns>[N, D].</returns>
    public Tensor Encode(Graph graph, SparseMatrix x)
    {
        using var scope = NewDisposeScope();
        return Propagate(graph, x.MatMul(weight)).MoveToOuterDisposeScope();
    }

    private Tensor Propagate(Graph graph, Tensor xw) => activation.call(graph.Sum(xw) + bias);

    /// <summary>s = σ(1/N Σ_i h_i): the graph in one vector [D].</summary>
    public static Tensor Summarise(Tensor h)
    {
        using var scope = NewDisposeScope();
        return h.mean([0]).sigmoid().MoveToOuterDisposeScope();
    }

    /// <summary>h_iᵀ M s + offset for each row: above 0, the row is held to be of this graph: [N].</summary>
    /// <param name="h">[N, D].</param>
    /// <param name="summary">s: [D].</param>
    public Tensor Discriminate(Tensor h, Tensor summary)
    {
        using var scope = NewDisposeScope();
        return (h.mv(matrix.mv(summary)) + offset).MoveToOuterDisposeScope();
    }

    /// <summary>The loss, eq. 1 with the sign turned: binary cross-entropy of telling nodes
    /// from corrupted ones.</summary>
    /// <param name="graph">Â as weights.</param>
    /// <param name="x">X: [N, F].</param>
    /// <param name="order">The corruption: node i gets the features of node order[i], int64: [N].</param>
    /// <returns>A scalar; ln 2 for who cannot tell them.</returns>
    public override Tensor forward(Graph graph, SparseMatrix x, Tensor order)
    {
        Require.Features(x, graph.Nodes, weight.shape[0], nameof(x));
        using var scope = NewDisposeScope();
        var xw = x.MatMul(weight);                                      // [N, F] -> [N, D]
        var h = Propagate(graph, xw);
        var corrupted = Propagate(graph, xw.index_select(0, order));   // rows of X shuffled are rows of X W
        var s = Summarise(h);                                           // [D]
        var loss = nn.functional.softplus(-Discriminate(h, s)).mean()
            + nn.functional.softplus(Discriminate(corrupted, s)).mean();
        return (loss / 2).MoveToOuterDisposeScope();
    }
}

/// <summary>Settings of GraphSAGE without labels (section 4 and the authors' code;
/// rate and epochs are ours).</summary>
/// <param name="Dimensions">D, of both layers.</param>
/// <param name="FirstFanOut">Neighbours that the first layer draws for each node.</param>
/// <param name="SecondFanOut">Neighbours that the second layer draws.</param>
/// <param name="Walks">Walks from each node in an epoch, one of them a step.</param>
/// <param name="WalkLength">Nodes on a walk; the first is paired with each of the others.</param>
/// <param name="Negatives">Q, nodes that each pair is told from, drawn anew each step.</param>
/// <param name="Epochs">Passes over the walks.</param>
/// <param name="LearningRate">Adam's.</param>
public sealed record SageEmbeddingSettings(int Dimensions = 128, int FirstFanOut = 25, int SecondFanOut = 10,
    int Walks = 50, int WalkLength = 5, int Negatives = 20, int Epochs = 10, double LearningRate = 0.001);

/// <summary>GraphSAGE's encoder: two layers with mean aggregation, each with rows of length 1.</summary>
public sealed class SageEncoder : nn.Module<Graph, SparseMatrix, Random?, Tensor>
{
    private readonly SageEmbeddingSettings settings;
    private readonly SageLayer first, second;

    /// <param name="features">F, columns of X.</param>
    /// <param name="settings">Width and fan-outs.</param>
    public SageEncoder(long features, SageEmbeddingSettings settings) : base(nameof(SageEncoder))
    {
        this.settings = settings;
        (first, second) = (new SageLayer(features, settings.Dimensions),
            new SageLayer(settings.Dimensions, settings.Dimensions));
        RegisterComponents();
    }

    /// <param name="graph">The graph.</param>
    /// <param name="x">X: [N, F].</param>
    /// <param name="random">Draws the neighbours; null: all of them count.</param>
    /// <returns>z, rows of length 1: [N, D].</returns>
    public override Tensor forward(Graph graph, SparseMatrix x, Random? random)
    {
        using var scope = NewDisposeScope();
        Graph Around(int fanOut) => random is null ? graph : graph.Sample(fanOut, random);
        var h = first.forward(Around(settings.FirstFanOut), x).relu();          // [N, F] -> [N, D]
        h = nn.functional.normalize(h);
        // Algorithm 1 has a non-linearity here too; the authors' code has none, so that products can be
        // negative.
        return nn.functional.normalize(second.forward(Around(settings.SecondFanOut), h))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Eq. 1: nodes that walks join are to be alike, others are not.</summary>
    /// <param name="z">[N, D].</param>
    /// <param name="u">Where walks begin, int64: [P].</param>
    /// <param name="v">Where they came by, int64: [P].</param>
    /// <param name="negatives">Random nodes, for all pairs the same, int64: [Q].</param>
    /// <returns>A scalar, the mean over pairs.</returns>
    public static Tensor Loss(Tensor z, Tensor u, Tensor v, Tensor negatives)
    {
        using var scope = NewDisposeScope();
        var (zu, zv) = (z.index_select(0, u), z.index_select(0, v));                    // [P, D]
        var zn = z.index_select(0, negatives);                                  // [Q, D]
        var near = nn.functional.softplus(-(zu * zv).sum(dim: 1));              // -log σ(z_u · z_v): [P]
        var far = nn.functional.softplus(zu.mm(zn.t()));                        // -log σ(-z_u · z_n): [P, Q]
        return (near.mean() + far.sum(dim: 1).mean()).MoveToOuterDisposeScope();
    }
}

/// <summary>The four methods, and how embeddings are judged.</summary>
public static class NodeEmbeddings
{
    /// <summary>DeepWalk or node2vec, whichever the settings describe.</summary>
    /// <param name="graph">The graph; weights, if it has any, make steps more or less likely.</param>
    /// <param name="settings"><see cref="WalkEmbeddingSettings.DeepWalk"/>,
    /// <see cref="WalkEmbeddingSettings.Node2Vec"/> or other ones.</param>
    /// <param name="seed">Of walks and vectors.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <returns>A vector a node: [N, D].</returns>
    public static Tensor FromWalks(Graph graph, WalkEmbeddingSettings settings, int seed,
        string task = "skip-gram")
    {
        ArgumentNullException.ThrowIfNull(settings);
        var model = new SkipGram(graph.Nodes, settings.SkipGram, seed);
        model.Train(new RandomWalks(graph, settings.Walks, seed), task);
        return model.Vectors;
    }

    /// <summary>Deep Graph Infomax: trains the encoder without labels.</summary>
    /// <param name="data">The graph, with feature rows that add up to 1
    /// (<see cref="NodeDataset.WithRowNormalizedFeatures"/>).</param>
    /// <param name="settings">Width, rate and patience.</param>
    /// <param name="seed">Of weights and of the shuffling.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    /// <returns>The encoder, its history, and a vector a node: [N, D].</returns>
    public static (DeepGraphInfomax Model, History History, Tensor Vectors) Infomax(
        NodeDataset data, InfomaxSettings settings, int seed, string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Infomax(data.Graph, data.Features, settings, seed, checkpoint, $"infomax on {data.Name}");
    }

    /// <inheritdoc cref="Infomax(NodeDataset, InfomaxSettings, int, string?)"/>
    /// <param name="graph">The graph; weights, if it has any, count.</param>
    /// <param name="features">X: [N, F].</param>
    /// <param name="settings">Width, rate and patience.</param>
    /// <param name="seed">Of weights and of the shuffling.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    /// <param name="task">What the progress bar says.</param>
    public static (DeepGraphInfomax Model, History History, Tensor Vectors) Infomax(
        Graph graph, SparseMatrix features, InfomaxSettings settings, int seed, string? checkpoint = null,
        string task = "infomax")
    {
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(seed);
        graph = graph.WithSelfLoops().Normalized();
        var model = new DeepGraphInfomax(features.Columns, settings.Dimensions).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var history = new Trainer(model, optimizer)
        {
            Task = task,
            Epochs = settings.Epochs,
            KeepWhen = history => Idle(history.Loss) == 0,
            StopWhen = history => Idle(history.Loss) >= settings.Patience,
            Checkpoint = checkpoint,
        }.Run(() => model.call(graph, features, randperm(graph.Nodes, dtype: ScalarType.Int64, device: Devices.Chosen)));
        using var quiet = no_grad();
        return (model, history, model.Encode(graph, features));
    }

    /// <summary>GraphSAGE without labels.</summary>
    /// <param name="graph">The graph; weights, if it has any,
    /// make steps of walks more or less likely.</param>
    /// <param name="features">X: [N, F], rows that add up to 1.</param>
    /// <param name="settings">Width, walks and training.</param>
    /// <param name="seed">Of weights, walks, neighbours and negatives.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    /// <returns>The encoder, its history, and a vector a node from all of its neighbours: [N, D].</returns>
    /// <exception cref="ArgumentException">The graph has no edge, or the features do not have a row a node.</exception>
    public static (SageEncoder Model, History History, Tensor Vectors) GraphSage(
        Graph graph, SparseMatrix features, SageEmbeddingSettings settings, int seed,
        string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Require.Features(features, graph.Nodes, features.Columns, nameof(features));
        if (graph.Edges == 0)
            throw new ArgumentException(
                "No walk leaves a node of a graph without edges: there is nothing to learn.", nameof(graph));
        manual_seed(seed);
        var model = new SageEncoder(features.Columns, settings).to(Devices.Chosen);
        var walks = new RandomWalks(graph, new WalkSettings(settings.Walks, settings.WalkLength), seed);
        var often = new AliasTable([.. Enumerable.Range(0, graph.Nodes)
            .Select(i => Math.Pow(graph.Neighbours(i).Length, 0.75))]);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);

        Tensor Loss((int Epoch, int Walk) step)
        {
            var random = new Random(unchecked(seed * 7919 + step.Epoch * settings.Walks + step.Walk));
            var (u, v, nodes) = (new List<long>(), new List<long>(), new int[walks.Length]);
            for (int i = 0; i < graph.Nodes; i++)
            {
                var visited = nodes.AsSpan(0, walks.Write((long)step.Walk * graph.Nodes + i, nodes));
                foreach (int other in visited[1..])
                {
                    if (other == visited[0]) continue;
                    u.Add(visited[0]);
                    v.Add(other);
                }
            }
            long[] negatives = [.. Enumerable.Range(0, settings.Negatives)
                .Select(_ => (long)often.Draw(random))];
            Tensor Places(IEnumerable<long> numbers) => tensor([.. numbers], device: Devices.Chosen);
            return SageEncoder.Loss(model.call(graph, features, random), Places(u), Places(v), Places(negatives));
        }

        var history = new Trainer(model, optimizer)
        {
            Task = "GraphSAGE",
            Epochs = settings.Epochs,
            Checkpoint = checkpoint,
        }.Run(epoch => Enumerable.Range(0, settings.Walks).Select(walk => (epoch, walk)), Loss);
        using var quiet = no_grad();
        return (model, history, model.call(graph, features, null));
    }

    /// <summary>Epochs since the lowest loss.</summary>
    private static int Idle(IReadOnlyList<double> losses)
    {
        int best = 0;
        for (int epoch = 1; epoch < losses.Count; epoch++)
            if (losses[epoch] < losses[best]) best = epoch;
        return losses.Count - 1 - best;
    }

    /// <summary>Infomax's judge: softmax regression without penalty, Adam 0.01, 100 steps,
    /// mean over several beginnings.</summary>
    /// <param name="vectors">[N, D].</param>
    /// <param name="data">Labels and split.</param>
    /// <param name="seed">Of the beginnings.</param>
    /// <param name="runs">How many; 50 in the paper.</param>
    /// <param name="steps">Of Adam.</param>
    /// <returns>Test accuracy of each run, a share from 0 to 1.</returns>
    public static Spread Probe(Tensor vectors, NodeDataset data, int seed, int runs = 50, int steps = 100)
    {
        Require.Nodes(vectors, data.Graph.Nodes, nameof(vectors));
        manual_seed(seed);
        using var outer = NewDisposeScope();
        var (x, y) = (vectors.detach().index_select(0, data.Train), data.Labels.index_select(0, data.Train));
        var (test, truth) = (vectors.detach().index_select(0, data.Test),
            data.Labels.index_select(0, data.Test));
        var accuracies = new List<double>();
        using var progress = Progress.Start("judges", runs);
        for (int run = 0; run < runs; run++)
        {
            using var scope = NewDisposeScope();
            var linear = nn.Linear(x.shape[1], data.Classes);
            nn.init.xavier_uniform_(linear.weight!);
            nn.init.zeros_(linear.bias!);
            using var optimizer = optim.Adam(linear.parameters(), 0.01);
            for (int step = 0; step < steps; step++)
            {
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                nn.functional.cross_entropy(linear.call(x), y).backward();
                optimizer.step();
            }
            using var quiet = no_grad();
            accuracies.Add(linear.call(test).argmax(1).eq(truth).to(ScalarType.Float64).mean()
                .item<double>());
            progress.Step();
        }
        return new Spread(accuracies);
    }

    /// <summary>The judge of DeepWalk and node2vec: ℓ2 softmax regression to the end.</summary>
    /// <param name="vectors">[N, D].</param>
    /// <param name="data">Labels and split.</param>
    /// <param name="strength">C.</param>
    /// <returns>Test accuracy, a share from 0 to 1.</returns>
    public static double Accuracy(Tensor vectors, NodeDataset data, double strength = 1) =>
        Accuracy(vectors, data.Labels, data.Train, data.Test, data.Classes, strength);

    private static double Accuracy(Tensor vectors, Tensor labels, Tensor train, Tensor test, int classes,
        double strength)
    {
        Require.Nodes(vectors, labels.shape[0], nameof(vectors));
        using var scope = NewDisposeScope();
        var judge = LogisticRegression.Fit(vectors.index_select(0, train), labels.index_select(0, train),
            classes, strength);
        return judge.Accuracy(vectors.index_select(0, test), labels.index_select(0, test));
    }

    /// <summary>node2vec's search: p and q from a grid, by accuracy on the validation nodes,
    /// trained on the training nodes.</summary>
    /// <param name="data">Graph, labels and split; the test nodes are not looked at.</param>
    /// <param name="settings">All but p and q.</param>
    /// <param name="grid">Values of p and of q; {¼, ½, 1, 2, 4} in the paper.</param>
    /// <param name="seed">Of walks and vectors.</param>
    /// <returns>Each pair with its validation accuracy, the best first.</returns>
    public static IReadOnlyList<(double P, double Q, double Accuracy)> Search(
        NodeDataset data, WalkEmbeddingSettings settings, IReadOnlyList<double> grid, int seed)
    {
        var pairs = (from p in grid from q in grid select (p, q)).ToArray();
        var found = new List<(double, double, double Accuracy)>();
        foreach (var (p, q) in Progress.Over("p and q", pairs))
        {
            using var scope = NewDisposeScope();
            var vectors = FromWalks(data.Graph,
                settings with { Walks = settings.Walks with { Return = p, InOut = q } }, seed);
            found.Add((p, q, Accuracy(vectors, data.Labels, data.Train, data.Validation, data.Classes, 1)));
        }
        return [.. found.OrderByDescending(f => f.Accuracy)];
    }
}
