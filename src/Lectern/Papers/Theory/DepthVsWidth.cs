// Depth versus width — A. Loukas, "What graph neural networks cannot learn: depth vs width", ICLR 2020,
// arXiv:1907.03199.
// Idea      With unique ids, unlimited width and a depth of the diameter, message passing computes whatever a
//           Turing machine computes. With depth d and width w only, d·w (or d·√w) must grow with the graph:
//           nodes must tell each other too much.
// Symbols   MSG_l, UP_l -> MessageProgram; x_i^(l) -> ProgramRun.States; d -> Depth; w -> ProgramRun.Width;
//           F -> PolarityGraph; S_A, S_B -> Gadget; READ -> CapacityNetwork's last lines, ProgramRun.Any
// Model     m_{i←j} = MSG_l(x_i, x_j, v_i, v_j); x_i ← UP_l(Σ_{j ∈ N_i ∪ {i}} m_{i←j})
//           -> MessageMachine.Run (eqs. 1, 2)
// Universal each node tells all it knows of the graph, diameter times                         -> Flood
// Bound     two copies of F, joined twin by twin: a 4-cycle if and only if S_A ∩ S_B is not empty. Two
//           parties that own a side each must exchange Ω(|E(F)|) bits; N d w p bits pass each way in d layers
//           -> Gadget, CutScalars
// Matching  a program with d·w of about N that decides the gadget                             -> SliceProgram
// Section 5 residual GIN with ids, its accuracy over d and w                        -> CapacityNetwork, Train
// Differs   The graphs of section 5 are not published, nor are epochs and rates; the gadget of the proof
//           stands in their place. Its positives and negatives have equally many edges, so that counting does
//           not help.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Theory;

/// <summary>A message-passing network written by hand: what is sent, and what is made of the sum.</summary>
/// <param name="Message">MSG_l(x_i, x_j, i, j): what node i hears from node j (or from itself) in layer l,
/// from 1; the nodes' numbers are their unique ids v_i and v_j.</param>
/// <param name="Update">UP_l(sum, i): node i's new state from the sum of what it heard.</param>
public sealed record MessageProgram(
    Func<int, double[], double[], int, int, double[]> Message, Func<int, double[], int, double[]> Update);

/// <summary>What a run of a program gave.</summary>
/// <param name="States">States[l][i] is x_i after l layers; empty for nodes that were not simulated.</param>
/// <param name="StateWidth">Scalars in the longest state.</param>
/// <param name="MessageWidth">Scalars in the longest message.</param>
/// <param name="Crossed">The messages that crossed into the simulated side,
/// by (layer, target, source).</param>
public sealed record ProgramRun(IReadOnlyList<double[][]> States, int StateWidth, int MessageWidth,
    IReadOnlyDictionary<(int Layer, int Target, int Source), double[]> Crossed)
{
    /// <summary>d.</summary>
    public int Depth => States.Count - 1;

    /// <summary>w: the widest vector anywhere.</summary>
    public int Width => Math.Max(StateWidth, MessageWidth);

    /// <summary>READ: whether the last number of some node's last state is 1.</summary>
    public bool Any => States[^1].Any(x => x.Length > 0 && x[^1] == 1);
}

/// <summary>The paper's model of message passing, GNN_mp, executed to the letter.</summary>
public static class MessageMachine
{
    /// <summary>Runs a program. Cost O(depth (N + E) width).</summary>
    /// <param name="graph">An undirected graph; node numbers are the ids.</param>
    /// <param name="program">MSG and UP.</param>
    /// <param name="depth">d, layers.</param>
    /// <param name="input">x_i^(0) by node.</param>
    /// <param name="simulates">Which nodes are simulated; null: all.
    /// Of the others only messages are needed.</param>
    /// <param name="heard">Messages from nodes that are not simulated,
    /// as an earlier run recorded them.</param>
    /// <param name="records">The side whose messages from the other side are kept in
    /// <see cref="ProgramRun.Crossed"/>.</param>
    /// <exception cref="ArgumentException">A message of a node that is not simulated is missing.</exception>
    public static ProgramRun Run(Graph graph, MessageProgram program, int depth, Func<int, double[]> input,
        Func<int, bool>? simulates = null,
        IReadOnlyDictionary<(int Layer, int Target, int Source), double[]>? heard = null,
        Func<int, bool>? records = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        bool Runs(int i) => simulates is null || simulates(i);
        var crossed = new Dictionary<(int Layer, int Target, int Source), double[]>();
        var states = new List<double[][]>
        {
            (double[][])[.. Enumerable.Range(0, graph.Nodes).Select(i => Runs(i) ? input(i) : [])],
        };
        int messageWidth = 0;
        double[] Hear(int layer, int i, int j)
        {
            if (!Runs(j))
                return heard is not null && heard.TryGetValue((layer, i, j), out var kept) ? kept
                    : throw new ArgumentException(
                        $"Node {j} is not simulated, and what it told node {i} in layer {layer} was "
                        + "not recorded: give the messages of a run of all nodes.", nameof(heard));
            var message = program.Message(layer, states[^1][i], states[^1][j], i, j);       // eq. 1
            if (records is not null && records(i) && !records(j)) crossed[(layer, i, j)] = message;
            messageWidth = Math.Max(messageWidth, message.Length);
            return message;
        }
        for (int layer = 1; layer <= depth; layer++)
        {
            var next = new double[graph.Nodes][];
            for (int i = 0; i < graph.Nodes; i++)
            {
                next[i] = [];
                if (!Runs(i)) continue;
                var sum = (double[])Hear(layer, i, i).Clone();
                foreach (int j in graph.Neighbours(i))
                {
                    var message = Hear(layer, i, j);
                    for (int k = 0; k < sum.Length; k++) sum[k] += message[k];
                }
                next[i] = program.Update(layer, sum, i);                                    // eq. 2
            }
            states.Add(next);
        }
        return new ProgramRun(states, states.Max(layer => layer.Max(x => x.Length)), messageWidth, crossed);
    }
}

/// <summary>A lower bound of the paper's summary table; constants are hidden,
/// so only its growth means something.</summary>
/// <param name="Problem">What is to be decided, computed or approximated.</param>
/// <param name="Quantity">What is bounded: d·w, d·√w, or d where w = O(1).</param>
/// <param name="Power">The bound grows as n to this power …</param>
/// <param name="LogPower">… divided by log n to this power.</param>
public sealed record CapacityBound(string Problem, string Quantity, double Power, int LogPower)
{
    /// <summary>n^Power / (log₂ n)^LogPower.</summary>
    public double At(double n) => Math.Pow(n, Power) / Math.Pow(Math.Log2(n), LogPower);
}

/// <summary>Settings of a trained network; the paper's grid is d ∈ {5, 10, 15,
/// 20} and w ∈ {2, 10, 20}.</summary>
/// <param name="Depth">d, layers.</param>
/// <param name="Width">w, of states and messages.</param>
/// <param name="Epochs">Passes over the training graphs.</param>
/// <param name="BatchSize">Graphs a step.</param>
/// <param name="LearningRate">Adam's, at the beginning.</param>
/// <param name="HalveEvery">Epochs after which the rate is halved.</param>
public sealed record DepthVsWidthSettings(int Depth = 5, int Width = 10, int Epochs = 60, int BatchSize = 50,
    double LearningRate = 0.003, int HalveEvery = 20);

/// <summary>A graph and whether it has a cycle of four nodes.</summary>
/// <param name="Graph">The graph; node numbers are the ids.</param>
/// <param name="HasCycle">The answer.</param>
public sealed record CycleSample(Graph Graph, bool HasCycle);

/// <summary>What training gave; accuracies are shares from 0 to 1.</summary>
/// <param name="Model">The network after the last epoch.</param>
/// <param name="History">The loss, epoch by epoch.</param>
/// <param name="TrainAccuracy">On the training graphs, in evaluation mode.</param>
/// <param name="TestAccuracy">On the test graphs.</param>
public sealed record DepthVsWidthResult(
    CapacityNetwork Model, History History, double TrainAccuracy, double TestAccuracy);

/// <summary>Section 5's network: an id becomes a state of width w; d residual GIN layers;
/// the sum over the graph decides.</summary>
public sealed class CapacityNetwork : nn.Module<GraphBatch, Tensor>
{
    private readonly Embedding ids;
    private readonly ModuleList<GinLayer> layers = nn.ModuleList<GinLayer>();
    private readonly Linear hidden, decide;

    /// <param name="nodes">n, how many ids there are.</param>
    /// <param name="settings">Depth and width.</param>
    /// <exception cref="ArgumentOutOfRangeException">Depth or width is below 1.</exception>
    public CapacityNetwork(int nodes, DepthVsWidthSettings settings) : base(nameof(CapacityNetwork))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Depth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Width, 1);
        int w = settings.Width;
        ids = nn.Embedding(nodes, w);
        for (int l = 0; l < settings.Depth; l++) layers.append(GinLayer.WithTwoLayers(w, w, w));
        (hidden, decide) = (nn.Linear(w, w), nn.Linear(w, 1));
        RegisterComponents();
    }

    /// <param name="batch">Graphs of n nodes each.</param>
    /// <returns>A score a graph, above 0 for "has a 4-cycle": [G].</returns>
    public override Tensor forward(GraphBatch batch)
    {
        using var scope = NewDisposeScope();
        return Read(batch, States(batch)[^1]).MoveToOuterDisposeScope();
    }

    /// <summary>x^(0) … x^(d): d + 1 tensors [N, w].</summary>
    /// <exception cref="ArgumentException">A graph has more nodes than the network has ids.</exception>
    public IReadOnlyList<Tensor> States(GraphBatch batch)
    {
        long n = ids.weight!.shape[0];
        var id = new long[batch.Graph.Nodes];
        for (int g = 0; g < batch.Count; g++)
        {
            int size = batch.Offsets[g + 1] - batch.Offsets[g];
            if (size > n)
                throw new ArgumentException(
                    $"Graph {g} has {size} nodes; the network has {n} ids. Make it for more.", nameof(batch));
            for (int i = 0; i < size; i++) id[batch.Offsets[g] + i] = i;
        }
        var states = new List<Tensor> { ids.call(tensor(id, device: ids.weight!.device)) };                             // [N, w]
        foreach (var layer in layers) states.Add(states[^1] + layer.call(batch.Graph, states[^1]));
        return states;
    }

    private Tensor Read(GraphBatch batch, Tensor x) =>
        decide.call(hidden.call(batch.Sum(x)).relu()).squeeze(1);                       // READ: [N, w] -> [G]
}

/// <summary>The gadget of the lower bound, programs on it, and the training runs of section 5.</summary>
public static class DepthVsWidth
{
    /// <summary>The paper's summary table. The rows of cycles are those that the lesson's gadget shows;
    /// the others are quoted.</summary>
    public static IReadOnlyList<CapacityBound> Bounds { get; } =
    [
        new("detect an even cycle, k ≥ 4", "d·w", 0.5, 1),
        new("detect an odd cycle, k ≥ 5", "d·w", 1, 1),
        new("verify a subgraph (connected, acyclic, spanning tree, cut …)", "d·√w", 0.5, 1),
        new("minimum spanning tree, minimum cut, shortest path", "d·√w", 0.5, 1),
        new("maximum independent set, vertex cover, colouring (w = O(1))", "d", 2, 2),
        new("diameter, exactly", "d·w", 1, 1),
        new("diameter within 3/2, girth within 2", "d·w", 0.5, 1),
    ];

    // ------------------------------------------------------------------------------------ universal

    /// <summary>Each node tells all it knows: a state is the n × n table of the joined pairs known. After as
    /// many layers as the diameter every node knows the whole graph, with names, and can compute anything
    /// about it.</summary>
    public static (MessageProgram Program, Func<int, double[]> Input) Flood(Graph graph)
    {
        int n = graph.Nodes;
        return (new MessageProgram(
            (_, _, xj, _, _) => xj,
            (_, sum, _) => [.. sum.Select(value => Math.Min(1, value))]),
            i =>
            {
                var known = new double[n * n];
                foreach (int j in graph.Neighbours(i)) (known[i * n + j], known[j * n + i]) = (1, 1);
                return known;
            }
        );
    }

    // ------------------------------------------------------------------------------------ the gadget

    /// <summary>The polarity graph of the projective plane of order q: N = q² + q + 1 nodes, ½ q (q + 1)²
    /// edges, the most that a graph without 4-cycles has. Nodes are points (a, b, c) up to a factor; two are
    /// joined if aa' + bb' + cc' = 0 mod q.</summary>
    /// <param name="q">A prime.</param>
    /// <exception cref="ArgumentOutOfRangeException">q is no prime.</exception>
    public static Graph PolarityGraph(int q)
    {
        if (q < 2 || Enumerable.Range(2, q - 2).Any(f => q % f == 0))
            throw new ArgumentOutOfRangeException(nameof(q), q,
                "The order of the plane must be a prime: 2, 3, 5, 7 …");
        var points = new List<(int A, int B, int C)> { (0, 0, 1) };
        for (int c = 0; c < q; c++) points.Add((0, 1, c));
        for (int b = 0; b < q; b++)
            for (int c = 0; c < q; c++) points.Add((1, b, c));
        static int Product((int A, int B, int C) p, (int A, int B, int C) r) =>
            p.A * r.A + p.B * r.B + p.C * r.C;
        var edges = from u in Enumerable.Range(0, points.Count)
                    from v in Enumerable.Range(u + 1, points.Count - u - 1)
                    where Product(points[u], points[v]) % q == 0
                    select (u, v);
        return Graph.Undirected(points.Count, [.. edges]);
    }

    /// <summary>Two copies of a vertex set, each node joined to its twin: node u of side A is u,
    /// of side B it is N + u.</summary>
    /// <param name="n">N, nodes of a side.</param>
    /// <param name="sideA">S_A, Alice's edges.</param>
    /// <param name="sideB">S_B, Bob's.</param>
    public static Graph Gadget(int n, IEnumerable<(int, int)> sideA, IEnumerable<(int, int)> sideB) =>
        Graph.Undirected(2 * n,
        [
            .. sideA, .. sideB.Select(e => (e.Item1 + n, e.Item2 + n)),
            .. Enumerable.Range(0, n).Select(u => (u, u + n)),
        ]);

    /// <summary>Whether two nodes have two neighbours in common: a cycle of four.
    /// Cost O(Σ degree²).</summary>
    public static bool HasFourCycle(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var seen = new HashSet<(int, int)>();
        for (int middle = 0; middle < graph.Nodes; middle++)
        {
            var around = graph.Neighbours(middle);
            for (int a = 0; a < around.Length; a++)
                for (int b = a + 1; b < around.Length; b++)
                    if (!seen.Add((around[a], around[b]))) return true;
        }
        return false;
    }

    /// <summary>Gadgets, half with a 4-cycle. Each edge of F goes to A, to B or to nobody; where there is to
    /// be a cycle, one edge goes to both and another is taken out, so that the number of edges tells
    /// nothing.</summary>
    /// <param name="f">A graph without 4-cycles, such as <see cref="PolarityGraph"/> or a part of it.</param>
    /// <param name="count">How many; even ones are positive.</param>
    /// <param name="seed">Of the choices.</param>
    public static IReadOnlyList<CycleSample> Samples(Graph f, int count, int seed)
    {
        ArgumentNullException.ThrowIfNull(f);
        var edges = f.Pairs().ToArray();
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var (a, b) = (new HashSet<(int, int)>(), new HashSet<(int, int)>());
            while (a.Count + b.Count < 2)                   // one to double, one to take out
            {
                a.Clear();
                b.Clear();
                foreach (var edge in edges)
                    if (random.Next(3) is var owner && owner < 2) (owner == 0 ? a : b).Add(edge);
            }
            if (i % 2 == 0)
            {
                (int, int)[] owned = [.. edges.Where(e => a.Contains(e) || b.Contains(e))];
                random.Shuffle(owned);
                a.Add(owned[0]);
                b.Add(owned[0]);
                _ = a.Remove(owned[1]) || b.Remove(owned[1]);
            }
            return new CycleSample(Gadget(f.Nodes, a, b), i % 2 == 0);
        })];
    }

    /// <summary>Scalars that pass the twins' edges, one way,
    /// in d layers of messages of width w: N d w.</summary>
    public static long CutScalars(int n, int depth, int width) => (long)n * depth * width;

    /// <summary>Bits that d layers can pass, both ways, over the bits that must pass to decide whether two
    /// subsets of F's edges meet, at least about one an edge: below 1 the network cannot exist (up to
    /// constants).</summary>
    /// <param name="f">F.</param>
    /// <param name="depth">d.</param>
    /// <param name="width">w.</param>
    /// <param name="bits">p, bits a scalar.</param>
    public static double Room(Graph f, int depth, int width, int bits) =>
        2.0 * CutScalars(f.Nodes, depth, width) * bits / (f.Edges / 2);

    /// <summary>A program that decides the gadget in 1 + ⌈N / w'⌉ layers with states of w' + 1 and messages
    /// of 2 w' + 1 scalars. A node learns its neighbours' ids slice by slice, and compares each slice with
    /// its twin's.</summary>
    /// <param name="n">N, nodes of a side.</param>
    /// <param name="slice">w', ids a layer.</param>
    /// <returns>The program, the input (zeros), and the layers that it needs.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The slice is below 1 or above N.</exception>
    public static (MessageProgram Program, Func<int, double[]> Input, int Depth) SliceProgram(
        int n, int slice)
    {
        if (slice < 1 || slice > n)
            throw new ArgumentOutOfRangeException(nameof(slice), slice, $"A slice has 1 to {n} ids.");
        double[] Message(int layer, double[] xi, double[] xj, int i, int j)
        {
            var m = new double[2 * slice + 1];                          // new slice, slices compared, flag
            bool twin = Math.Abs(i - j) == n;
            // Mine and my twin's, of the layer before.
            if (i == j || twin) Array.Copy(xj, 0, m, slice, slice);
            if (i == j) m[^1] = xj[^1];
            int place = j % n - (layer - 1) * slice;            // where j's id stands in this layer's slice
            if (i != j && !twin && place >= 0 && place < slice) m[place] = 1;
            return m;
        }
        double[] Update(int layer, double[] sum, int i)
        {
            var x = new double[slice + 1];
            Array.Copy(sum, x, slice);
            bool hit = sum.AsSpan(slice, slice).Contains(2);    // a neighbour of mine whose twin is my twin's
            x[slice] = hit || sum[^1] == 1 ? 1 : 0;
            return x;
        }
        return (new MessageProgram(Message, Update), _ => new double[slice + 1], 1 + (n + slice - 1) / slice);
    }

    /// <summary>Share of samples that the program decides rightly with fewer layers than it
    /// needs, or with all.</summary>
    public static double ProgramAccuracy(IReadOnlyList<CycleSample> samples, int slice, int depth)
    {
        int n = samples[0].Graph.Nodes / 2;
        var (program, input, _) = SliceProgram(n, slice);
        bool Finds(Graph graph) => MessageMachine.Run(graph, program, depth, input).Any;
        return samples.Average(s => Finds(s.Graph) == s.HasCycle ? 1.0 : 0);
    }

    // ------------------------------------------------------------------------------------ training

    /// <summary>Trains a network on graphs with answers; the last epoch counts.</summary>
    /// <param name="train">Training graphs; their order is drawn anew each epoch.</param>
    /// <param name="test">Graphs to report on.</param>
    /// <param name="settings">Depth, width and training.</param>
    /// <param name="seed">Of the weights and the order.</param>
    public static DepthVsWidthResult Train(
        IReadOnlyList<CycleSample> train, IReadOnlyList<CycleSample> test,
        DepthVsWidthSettings settings, int seed)
    {
        manual_seed(seed);
        var model = new CapacityNetwork(train.Max(s => s.Graph.Nodes), settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);

        IEnumerable<int[]> Batches(int epoch)
        {
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = settings.LearningRate * Math.Pow(0.5, epoch / settings.HalveEvery);
            int[] order = [.. Enumerable.Range(0, train.Count)];
            new Random(unchecked(seed * 7919 + epoch)).Shuffle(order);
            return order.Chunk(settings.BatchSize);
        }

        Tensor Loss(int[] batch)
        {
            var answers = tensor(batch.Select(g => train[g].HasCycle ? 1f : 0f).ToArray(), device: Devices.Chosen);
            return nn.functional.binary_cross_entropy_with_logits(
                model.call(new GraphBatch([.. batch.Select(g => train[g].Graph)])), answers);
        }

        var history = new Trainer(model, optimizer)
        {
            Task = $"d = {settings.Depth}, w = {settings.Width}",
            Epochs = settings.Epochs,
        }.Run(Batches, Loss);
        return new DepthVsWidthResult(model, history, Accuracy(model, train), Accuracy(model, test));
    }

    /// <summary>Share of the graphs that a network decides rightly, in evaluation mode.</summary>
    public static double Accuracy(CapacityNetwork model, IReadOnlyList<CycleSample> samples)
    {
        model.eval();
        using var quiet = no_grad();
        int right = 0;
        foreach (var chunk in samples.Chunk(500))
        {
            using var scope = NewDisposeScope();
            float[] scores = model.call(new GraphBatch([.. chunk.Select(s => s.Graph)]))
                .cpu().data<float>().ToArray();
            right += scores.Zip(chunk).Count(pair => pair.First > 0 == pair.Second.HasCycle);
        }
        return right / (double)samples.Count;
    }
}
