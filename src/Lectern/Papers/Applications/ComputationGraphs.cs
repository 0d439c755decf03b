// REGAL — A. Paliwal, F. Gimeno, V. Nair, Y. Li, M. Lubin, P. Kohli and O. Vinyals, "Reinforced Genetic Algorithm Learning for
// Optimizing Computation Graphs", ICLR 2020, arXiv:1905.02494.
// Idea      A genetic algorithm places and orders the operations of a computation on devices. It is blind: it draws its
//           candidates uniformly. A graph network that reads the computation says, operation by operation, what to draw them
//           from instead. It is trained by the result of the search, and used on graphs that it has never seen.
// Symbols   G -> CostGraph; x in [0, 1]^D -> keys; B -> evaluations; a = (m, s) a key -> actions; f_a(G) the best cost of BRKGA
//           under a, f_0(G) that of plain BRKGA; b(G) -> the policy's second output; d, T, k -> Width, Rounds, Levels
// Model     devices, memory, time, decoding of keys                                           -> PlanSimulator (DevicePlans.cs)
// Search    elite, mutants, biased crossover; random and local search                         -> Brkga, PlanSearch (PlanSearch.cs)
// Proposals Beta(α, β) of quantised mean and variance                                         -> QuantisedBeta, KeyProposals
// Network   h_v <- g(h_v, Σ_(u->v) f(h_u, h_v, e_uv), Σ_(v->u) f'(h_v, h_u, e_vu)), T rounds  -> ProposalPolicy
// Training  r = -f_a(G) / f_0(G); ∇J = E[(r - b(G)) ∇ log π(a | G)]; L_b = (b(G) - r)²        -> ComputationGraphs.Loss
// Differs   What the fact sheet marks as not certain is as it says there (model of devices, form of the Betas, reward); node features,
//           weights a round of their own, BRKGA's sizes, and the likeliest levels in place of drawn ones after training are ours.
//           CP-SAT, graph partitioning and the sequence policy are not compared with.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Settings; sizes are ours, for minutes instead of days.</summary>
/// <param name="Objective">What is to be small.</param>
/// <param name="Width">Width of the network's states.</param>
/// <param name="Rounds">T, rounds of messages.</param>
/// <param name="Levels">k, of mean and of variance; odd, so that one pair of levels is the uniform distribution.</param>
/// <param name="LearningRate">Adam's at the first update.</param>
/// <param name="Updates">Steps of training.</param>
/// <param name="Graphs">Graphs a step, each with actions of its own.</param>
/// <param name="Evaluations">B in training.</param>
/// <param name="Entropy">η, weight of the policy's entropy in the loss: like log π a sum over a graph's keys.</param>
/// <param name="Clip">Longest gradient.</param>
/// <param name="Last">Learning rate and entropy fall evenly to this share of theirs, so that it ends with choices that it is sure of.</param>
/// <param name="Seed">Of weights, graphs, actions and searches.</param>
public sealed record ComputationGraphsSettings(PlanObjective Objective = PlanObjective.PeakMemory, int Width = 32, int Rounds = 3, int Levels = 5,
    double LearningRate = 6e-3, int Updates = 250, int Graphs = 48, int Evaluations = 40, double Entropy = 3e-3, double Clip = 1, double Last = 0.3, int Seed = 1)
{
    /// <summary>The devices.</summary>
    public DeviceSettings Devices { get; init; } = new();

    /// <summary>The genetic algorithm.</summary>
    public BrkgaSettings Brkga { get; init; } = new();
}

/// <summary>Computations as the network reads them, several as one disconnected graph.</summary>
public sealed class CostGraphBatch
{
    /// <summary>F, the number of features of an operation.</summary>
    public const int FeatureCount = 9;

    /// <param name="graphs">The computations.</param>
    /// <param name="device">Where the policy is; null: the CPU.</param>
    /// <exception cref="ArgumentException">There is no graph.</exception>
    public CostGraphBatch(IReadOnlyList<CostGraph> graphs, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        if (graphs.Count == 0) throw new ArgumentException("A batch wants at least one graph.", nameof(graphs));
        Graphs = graphs;
        var (features, edgeBytes) = (new List<float>(), new List<float>());
        var (sources, targets, owners) = (new List<long>(), new List<long>(), new List<long>());
        for (int g = 0; g < graphs.Count; g++)
        {
            var graph = graphs[g];
            int offset = owners.Count;
            double largest = Math.Max(1, graph.Bytes.Max());
            features.AddRange(Features(graph));
            foreach (var (u, v) in graph.Edges())
            {
                sources.Add(offset + u);
                targets.Add(offset + v);
                edgeBytes.Add((float)(graph.Operations[v].Inputs.Where(t => graph.Producers[t] == u).Sum(t => graph.Bytes[t]) / largest));
            }
            owners.AddRange(Enumerable.Repeat((long)g, graph.Count));
        }
        NodeFeatures = tensor(features.ToArray(), device: device).view(-1, FeatureCount);
        (Sources, Targets, Owners) = (Index(sources), Index(targets), Index(owners));
        Tensor Index(List<long> numbers) => tensor(numbers.ToArray(), device: device);
        EdgeBytes = tensor(edgeBytes.ToArray(), device: device).view(-1, 1);
        Sizes = tensor(graphs.Select(graph => (float)graph.Count).ToArray(), device: device).view(-1, 1);
    }

    /// <summary>The computations.</summary>
    public IReadOnlyList<CostGraph> Graphs { get; }

    /// <summary>What is known of each operation: [N, F].</summary>
    public Tensor NodeFeatures { get; }

    /// <summary>The operation that each edge comes from: [E].</summary>
    public Tensor Sources { get; }

    /// <summary>The operation that reads it: [E].</summary>
    public Tensor Targets { get; }

    /// <summary>Bytes that go along each edge, as a share of the graph's largest tensor: [E, 1].</summary>
    public Tensor EdgeBytes { get; }

    /// <summary>The graph of each operation: [N].</summary>
    public Tensor Owners { get; }

    /// <summary>Operations of each graph: [B, 1].</summary>
    public Tensor Sizes { get; }

    /// <summary>Sum over the operations of each graph: [N, D] gives [B, D].</summary>
    public Tensor Sum(Tensor x) => zeros(Graphs.Count, x.shape[1], x.dtype, x.device).index_add(0, Owners, x, 1);

    // Bytes made, read, and freed by it for certain less those made, as shares of the graph's largest tensor; seconds, of its longest
    // operation; inputs and readers; place from the front and from the back; whether something of it stays. The list is ours.
    private static IEnumerable<float> Features(CostGraph graph)
    {
        int[] depths = graph.Depths(), heights = graph.Heights();
        double largest = Math.Max(1, graph.Bytes.Max()), slowest = Math.Max(1e-30, graph.Operations.Max(operation => operation.Seconds));
        double deepest = Math.Max(1, depths.Max());
        for (int v = 0; v < graph.Count; v++)
        {
            var operation = graph.Operations[v];
            int[] made = [.. Enumerable.Range(graph.FirstTensor[v], operation.OutputBytes.Length)];
            yield return (float)(operation.OutputBytes.Sum() / largest);
            yield return (float)(operation.Inputs.Sum(t => graph.Bytes[t]) / largest);
            long freed = operation.Inputs.Where(t => graph.Consumers[t].Length == 1).Sum(t => graph.Bytes[t]);
            yield return (float)((freed - operation.OutputBytes.Sum()) / largest);
            yield return (float)(operation.Seconds / slowest);
            yield return MathF.Log(1 + operation.Inputs.Length);
            yield return MathF.Log(1 + made.Sum(t => graph.Consumers[t].Length));
            yield return (float)(depths[v] / deepest);
            yield return (float)(heights[v] / deepest);
            yield return made.Any(t => graph.Consumers[t].Length == 0) ? 1 : 0;
        }
    }
}

/// <summary>The network: a distribution of (m, s) for each key of each operation, and a guess of the reward.</summary>
public sealed class ProposalPolicy : nn.Module<CostGraphBatch, (Tensor Logits, Tensor Baseline)>
{
    private readonly Linear encode, ofNode, ofGraph, head, guess, reward;
    private readonly ModuleList<Linear> fromSource = nn.ModuleList<Linear>(), fromTarget = nn.ModuleList<Linear>(),
        fromEdge = nn.ModuleList<Linear>(), backSource = nn.ModuleList<Linear>(), backTarget = nn.ModuleList<Linear>(),
        backEdge = nn.ModuleList<Linear>(), update = nn.ModuleList<Linear>();

    /// <param name="settings">Width, rounds, levels, devices.</param>
    /// <exception cref="ArgumentException">Levels are even, or fewer than 3.</exception>
    public ProposalPolicy(ComputationGraphsSettings settings) : base(nameof(ProposalPolicy))
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Levels < 3 || settings.Levels % 2 == 0)
            throw new ArgumentException($"Levels must be odd and at least 3, so that a middle mean exists; given were {settings.Levels}.", nameof(settings));
        Settings = settings;
        int width = settings.Width;
        encode = nn.Linear(CostGraphBatch.FeatureCount, width);
        for (int round = 0; round < settings.Rounds; round++)
        {
            foreach (var list in (ModuleList<Linear>[])[fromSource, backSource]) list.append(nn.Linear(width, width));
            foreach (var list in (ModuleList<Linear>[])[fromTarget, backTarget]) list.append(nn.Linear(width, width, hasBias: false));
            foreach (var list in (ModuleList<Linear>[])[fromEdge, backEdge]) list.append(nn.Linear(1, width, hasBias: false));
            update.append(nn.Linear(3 * width, width));
        }
        (ofNode, ofGraph) = (nn.Linear(width, width), nn.Linear(width, width, hasBias: false));
        head = nn.Linear(width, (settings.Devices.Count + 1) * 2 * settings.Levels);
        (guess, reward) = (nn.Linear(width, width), nn.Linear(width, 1));
        using (no_grad())
        {
            // It begins near plain BRKGA: Beta(1, 1) is the likeliest pair of levels everywhere.
            head.weight!.mul_(0.1);
            var bias = head.bias!.zero_().view(-1, 2, settings.Levels);
            bias[.., 0, settings.Levels / 2].fill_(1);
            bias[.., 1, UniformSpread(settings.Levels)].fill_(1);
            reward.weight!.mul_(0.1);
            reward.bias!.fill_(-1);                                         // r of a policy that changes nothing
        }
        RegisterComponents();
    }

    /// <summary>What it was made with.</summary>
    public ComputationGraphsSettings Settings { get; }

    /// <summary>The s of the uniform distribution: ν = (k - s) / (s + 1) = 2, or the level next to it.</summary>
    private static int UniformSpread(int levels) => (int)Math.Round((levels - 2) / 3.0);

    /// <param name="batch">The computations.</param>
    /// <returns>Logits of m and s of each key: [N, d + 1, 2, k]; b(G): [B].</returns>
    public override (Tensor Logits, Tensor Baseline) forward(CostGraphBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var h = encode.call(batch.NodeFeatures).relu();                     // [N, F] -> [N, width]
        for (int round = 0; round < update.Count; round++)
        {
            var forth = Messages(fromSource[round], fromTarget[round], fromEdge[round]);        // f, at the sources: [E, width]
            var back = Messages(backSource[round], backTarget[round], backEdge[round]);         // f', at the targets
            Tensor At(Tensor nodes, Tensor messages) => zeros_like(h).index_add(0, nodes, messages, 1);
            h = h + update[round].call(cat([h, At(batch.Targets, forth), At(batch.Sources, back)], 1)).relu();      // g
        }
        var pooled = batch.Sum(h) / batch.Sizes;                            // [B, width]
        var state = (ofNode.call(h) + ofGraph.call(pooled).index_select(0, batch.Owners)).relu();
        var logits = head.call(state).view(-1, Settings.Devices.Count + 1, 2, Settings.Levels);
        var baseline = reward.call(guess.call(pooled).relu()).squeeze(1);
        return (logits.MoveToOuterDisposeScope(), baseline.MoveToOuterDisposeScope());

        // A layer of [h_u, h_v, e_uv], the products with h made a node instead of an edge.
        Tensor Messages(Linear source, Linear target, Linear edge) => (source.call(h).index_select(0, batch.Sources)
            + target.call(h).index_select(0, batch.Targets) + edge.call(batch.EdgeBytes)).relu();
    }

    /// <summary>The likeliest m and s of every key of a computation: [o, d + 1, 2], as <see cref="KeyProposals.Of"/> takes them.</summary>
    /// <param name="graph">The computation; the policy need not have seen it.</param>
    public int[] Levels(CostGraph graph)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return [.. call(new CostGraphBatch([graph], reward.weight!.device)).Logits.argmax(-1).cpu().data<long>().Select(level => (int)level)];
    }

    /// <summary>What to search a computation with: the distributions of the likeliest levels.</summary>
    /// <param name="graph">The computation.</param>
    public KeyProposals Propose(CostGraph graph) =>
        KeyProposals.Of(new PlanSimulator(graph, Settings.Devices), Settings.Levels, Levels(graph));
}

/// <summary>Training and comparison.</summary>
public static class ComputationGraphs
{
    /// <summary>Trains a policy on computations.</summary>
    /// <param name="graphs">The computations.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="checkpoint">A file from which a stopped training goes on; null: none.</param>
    /// <returns>The policy, and of each update: <c>reward</c>, the mean r, and <c>baseline</c>, the mean b(G).</returns>
    /// <exception cref="ArgumentException">There is no graph, or levels are even or fewer than 3.</exception>
    public static (ProposalPolicy Policy, History History) Train(IReadOnlyList<CostGraph> graphs, ComputationGraphsSettings settings,
        string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (graphs.Count == 0) throw new ArgumentException("Training wants at least one graph.", nameof(graphs));
        manual_seed(settings.Seed);
        var policy = new ProposalPolicy(settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(policy.parameters(), settings.LearningRate);
        double[] plain = Plain(graphs, settings);
        double reward = 0, baseline = 0;
        double Left(int update) => 1 - (1 - settings.Last) * update / settings.Updates;
        Tensor Step(int update)
        {
            var random = new SplitMix(settings.Seed, 1 + update);
            int[] chosen = [.. Enumerable.Range(0, settings.Graphs).Select(_ => random.Next(graphs.Count))];
            int run = (int)(random.Next() >> 33);
            CostGraph[] some = [.. chosen.Select(g => graphs[g])];
            var batch = new CostGraphBatch(some, Devices.Chosen);
            var (logits, guessed) = policy.call(batch);
            int[] actions = Sample(logits, ref random);
            int each = (settings.Devices.Count + 1) * 2;                    // m and s of d affinities and a priority
            int[] first = [.. some.Select((_, i) => each * some.Take(i).Sum(graph => graph.Count))];
            double[] costs = InParallel(some.Length, i => Search(some[i], settings, settings.Evaluations, run + i,
                KeyProposals.Of(new PlanSimulator(some[i], settings.Devices), settings.Levels, actions.AsSpan(first[i], each * some[i].Count))).Cost);
            var rewards = tensor(costs.Select((cost, i) => (float)(-cost / plain[chosen[i]])).ToArray(), device: Devices.Chosen);   // r = -f_a / f_0: [B]
            (reward, baseline) = (rewards.mean().item<float>(), guessed.mean().item<float>());
            var done = tensor(actions.Select(level => (long)level).ToArray(), device: Devices.Chosen).view(-1, settings.Devices.Count + 1, 2);
            return Loss(batch, logits, guessed, done, rewards, settings.Entropy * Left(update));
        }
        var history = new Trainer(policy, optimizer)
        {
            Task = "learn proposals", Epochs = settings.Updates, Checkpoint = checkpoint, CheckpointEvery = 20,
            BeforeStep = () => nn.utils.clip_grad_norm_(policy.parameters(), settings.Clip),
            Schedule = past =>
            {
                foreach (var group in optimizer.ParamGroups) group.LearningRate = settings.LearningRate * Left(past.Epochs);
            },
        }.Run<int>(update => [update], Step, () => new Dictionary<string, double> { ["reward"] = reward, ["baseline"] = baseline });
        return (policy, history);
    }

    /// <summary>REINFORCE with a learned baseline: -(r - b) log π(a | G) + (b - r)² less a share of the entropy, a mean over graphs.</summary>
    /// <param name="batch">The computations.</param>
    /// <param name="logits">[N, d + 1, 2, k].</param>
    /// <param name="baseline">b(G): [B].</param>
    /// <param name="actions">What was done, int64: [N, d + 1, 2].</param>
    /// <param name="rewards">r: [B].</param>
    /// <param name="entropy">Its weight.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Loss(CostGraphBatch batch, Tensor logits, Tensor baseline, Tensor actions, Tensor rewards, double entropy)
    {
        using var scope = NewDisposeScope();
        var logs = nn.functional.log_softmax(logits, -1);
        var chosen = logs.gather(-1, actions.unsqueeze(-1)).view(batch.NodeFeatures.shape[0], -1);              // [N, (d + 1) 2]
        var logPi = batch.Sum(chosen).sum(1);                               // log π(a | G) = Σ_v Σ_i log π(m, s): [B]
        var advantage = rewards - baseline.detach();
        var spread = (logs.exp() * logs).sum().neg() / rewards.shape[0];    // the entropy of all keys of a graph
        return (-(advantage * logPi).mean() + (baseline - rewards).square().mean() - entropy * spread).MoveToOuterDisposeScope();
    }

    /// <summary>BRKGA on one computation, by the settings' objective, devices and sizes.</summary>
    /// <param name="graph">The computation.</param>
    /// <param name="settings">Objective, devices, sizes.</param>
    /// <param name="evaluations">B.</param>
    /// <param name="seed">Of the search.</param>
    /// <param name="proposals">Uniform where none are given: plain BRKGA.</param>
    public static SearchResult Search(CostGraph graph, ComputationGraphsSettings settings, int evaluations, int seed, KeyProposals? proposals = null) =>
        new Brkga(new PlanSimulator(graph, settings.Devices), settings.Objective, seed, proposals, settings.Brkga).Run(evaluations);

    /// <summary>Runs a search on every computation with every seed, on as many threads as torch has; the answers do not depend on them.</summary>
    /// <param name="graphs">The computations.</param>
    /// <param name="seeds">Seeds 1 … of each.</param>
    /// <param name="search">The search: number of the computation, seed.</param>
    /// <returns>Cost of the best plan after each evaluation, the mean over seeds: [graphs][evaluations].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no seed.</exception>
    public static double[][] Curves(IReadOnlyList<CostGraph> graphs, int seeds, Func<int, int, SearchResult> search)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        using var progress = Progress.Start("search", graphs.Count * seeds);
        var runs = InParallel(graphs.Count * seeds, i =>
        {
            double[] best = search(i / seeds, 1 + i % seeds).Best;
            progress.Step();
            return best;
        });
        return [.. Enumerable.Range(0, graphs.Count).Select(g => Enumerable.Range(0, runs[g * seeds].Length)
            .Select(e => Enumerable.Range(0, seeds).Average(s => runs[g * seeds + s][e])).ToArray())];
    }

    /// <summary>f_0(G) of each graph, the mean of three searches.</summary>
    private static double[] Plain(IReadOnlyList<CostGraph> graphs, ComputationGraphsSettings settings) =>
        [.. Curves(graphs, 3, (g, seed) => Search(graphs[g], settings, settings.Evaluations, seed)).Select(curve => curve[^1])];

    /// <summary>Draws m and s of every key: [N (d + 1) 2].</summary>
    private static int[] Sample(Tensor logits, ref SplitMix random)
    {
        int levels = (int)logits.shape[^1];
        float[] shares = nn.functional.softmax(logits.detach(), -1).cpu().data<float>().ToArray();
        var actions = new int[shares.Length / levels];
        for (int i = 0; i < actions.Length; i++)
        {
            double u = random.NextDouble();
            while (actions[i] < levels - 1 && (u -= shares[i * levels + actions[i]]) >= 0) actions[i]++;
        }
        return actions;
    }

    private static T[] InParallel<T>(int count, Func<int, T> make)
    {
        var made = new T[count];
        Parallel.For(0, count, Kernels.Threads, i => made[i] = make(i));
        return made;
    }
}
