// Graph convolutional reinforcement learning (DGN) — J. Jiang, C. Dun, T. Huang and Z. Lu, ICLR 2020, arXiv:1810.09202.
// Idea      Agents are the nodes of a graph that changes every step. Attention over an agent's neighbours, stacked twice, tells
//           it what they see and are about to do; a penalty keeps that attention steady from one step to the next.
// Symbols   N agents; O -> observations [S, N, F]; C -> adjacency [S, N, N], B_+i its row i; h -> [S, N, D]; M -> Heads;
//           α -> attention [S, M, N, N], as its logarithm; τ = 1/sqrt(D/M); θ, θ' -> online, target; λ -> Regularisation
// Kernel    α_ij ∝ exp(τ (W_Q h_i)·(W_K h_j)) over j in B_+i; h'_i = ReLU(W_O ‖_m Σ_j α_ij W_V h_j)   -> RelationLayer
// Q         one linear layer on [h, h', h'']: every receptive field reaches Q                          -> AgentNetwork
// Target    y_i = r_i + γ max_a Q(O'_{i,C}, a; θ'), with the C of O; θ' <- 0.01 θ + 0.99 θ'            -> Targets, Follow
// Loss      mean_i (y_i - Q(O_{i,C}, a_i; θ))² + λ mean_{m,i} KL(α(O; θ) ‖ α(O'; θ)), last layer       -> Loss
// Worlds    battle and jungle -> AgentWorlds.cs; routing -> RoutingWorld.cs
// Differs   Several copies of a world are played side by side, so that one call serves all (Copies: 1 is the paper). An agent
//           that has died or arrived has no next attention, and does not count for the penalty. Weights start as the engine
//           draws them. The battle's enemy, in the paper a DQN trained beforehand, is trained here against a rule: TrainEnemy.
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>The learners that are compared; all have the encoder, the depth, the skip connections and the training in common.</summary>
public enum AgentModel
{
    /// <summary>The relation kernel: attention over neighbours.</summary>
    Dgn,

    /// <summary>DGN-M: the mean over neighbours in place of attention.</summary>
    MeanKernel,

    /// <summary>CommNet's message: the mean over all other agents.</summary>
    CommNet,

    /// <summary>Independent Q-learning: DGN whose agents have no neighbour but themselves.</summary>
    Dqn,
}

/// <summary>Settings; defaults are the released code's for the jungle.</summary>
/// <param name="Model">The learner.</param>
/// <param name="Width">D.</param>
/// <param name="EncoderWidth">First layer of the encoder: 512 in battle and jungle, 128 in routing.</param>
/// <param name="Heads">M, a divisor of D.</param>
/// <param name="Layers">Relation layers: an agent hears of agents so many hops away.</param>
/// <param name="Regularisation">λ; 0 is DGN-R. 0.03 is the fact sheet's, not confirmed. For <see cref="AgentModel.Dgn"/> alone.</param>
/// <param name="Gamma">γ; 0.98 in routing.</param>
/// <param name="LearningRate">Adam's; 3e-5 in battle, 1e-3 or (with the penalty) 1e-4 in routing.</param>
/// <param name="Batch">S, steps a batch; 128 in battle.</param>
/// <param name="Replay">Steps that are kept, of all agents: N (2 F + N + 2) numbers each.</param>
/// <param name="TargetRate">Share of θ in θ' at each update.</param>
/// <param name="Epsilon">Chance of a random action in the first episode.</param>
/// <param name="EpsilonDecay">Its factor an episode.</param>
/// <param name="EpsilonFloor">It falls no lower.</param>
/// <param name="Episode">Steps an episode; 300 in battle; in routing, which has no end, a period after which packets start anew.</param>
/// <param name="Episodes">Episodes in all, each in all copies.</param>
/// <param name="Warmup">Episodes before the first update.</param>
/// <param name="Every">Only every so many steps is one stored, and an update made; 1 in routing.</param>
/// <param name="Copies">Worlds side by side, differently seeded.</param>
/// <param name="RewardScale">What the targets multiply rewards by. The Q-loss goes with its square: below 1, λ counts for more beside it.</param>
/// <param name="Seed">Of weights, worlds and choices.</param>
public sealed record MultiAgentSettings(AgentModel Model = AgentModel.Dgn, int Width = 128, int EncoderWidth = 512, int Heads = 8,
    int Layers = 2, double Regularisation = 0.03, double Gamma = 0.96, double LearningRate = 1e-4, int Batch = 10,
    int Replay = 200_000, double TargetRate = 0.01, double Epsilon = 0.6, double EpsilonDecay = 0.996, double EpsilonFloor = 0.01,
    int Episode = 120, int Episodes = 2000, int Warmup = 200, int Every = 3, int Copies = 1, double RewardScale = 1, int Seed = 1);

/// <summary>One graph convolution: what each agent takes over from its neighbours.</summary>
public sealed class RelationLayer : nn.Module<Tensor, Tensor, (Tensor Features, Tensor LogAttention)>
{
    private readonly Linear project;                                        // W_Q, W_K, W_V of all heads: D -> 3 D
    private readonly Linear output;                                         // W_O: D -> D
    private readonly int heads;
    private readonly bool mean;

    /// <param name="width">D.</param>
    /// <param name="heads">M, a divisor of D.</param>
    /// <param name="mean">Whether all neighbours weigh the same (DGN-M).</param>
    /// <exception cref="ArgumentException">Heads do not divide the width.</exception>
    public RelationLayer(int width, int heads, bool mean = false) : base(nameof(RelationLayer))
    {
        if (heads < 1 || width < heads || width % heads > 0)
            throw new ArgumentException($"{heads} heads cannot share a width of {width}; take a divisor.", nameof(heads));
        (this.heads, this.mean) = (heads, mean);
        (project, output) = (nn.Linear(width, 3 * width), nn.Linear(width, width));
        RegisterComponents();
    }

    /// <param name="h">Agents' features [S, N, D].</param>
    /// <param name="c">Adjacency with self [S, N, N], boolean.</param>
    /// <returns>h' [S, N, D], and log α [S, M, N, N]: about -1e9 where there is no edge.</returns>
    public override (Tensor Features, Tensor LogAttention) forward(Tensor h, Tensor c)
    {
        using var scope = NewDisposeScope();
        long s = h.shape[0], n = h.shape[1], d = h.shape[2];
        var parts = FastLinear.Apply(h.reshape(s * n, d), project.weight!, project.bias).relu()
            .view(s, n, 3, heads, d / heads).permute(2, 0, 3, 1, 4).contiguous().unbind(0);   // each [S, M, N, D/M]
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var scores = q.matmul(k.transpose(2, 3)) * (mean ? 0 : 1 / Math.Sqrt((double)d / heads)); // τ q_i·k_j: [S, M, N, N]
        var logAlpha = scores.masked_fill(c.unsqueeze(1).logical_not(), -1e9).log_softmax(3);     // over j in B_+i
        var heard = logAlpha.exp().matmul(v).transpose(1, 2).reshape(s * n, d);                   // ‖_m Σ_j α_ij W_V h_j
        return (FastLinear.Apply(heard, output.weight!, output.bias).relu().view(s, n, d).MoveToOuterDisposeScope(),
            logAlpha.MoveToOuterDisposeScope());
    }
}

/// <summary>The Q-network of all agents, whose weights they share.</summary>
public sealed class AgentNetwork : nn.Module<Tensor, Tensor, (Tensor Q, Tensor LogAttention)>
{
    private readonly Linear first, second;                                  // encoder: F -> EncoderWidth -> D
    private readonly ModuleList<RelationLayer> relations = nn.ModuleList<RelationLayer>();
    private readonly ModuleList<Linear> messages = nn.ModuleList<Linear>(); // CommNet: 2 D -> D
    private readonly Linear value;                                          // (1 + layers) D -> actions

    /// <param name="features">F.</param>
    /// <param name="actions">Choices of an agent.</param>
    /// <param name="settings">Model, widths, heads, layers and seed.</param>
    public AgentNetwork(int features, int actions, MultiAgentSettings settings) : base(nameof(AgentNetwork))
    {
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        (Model, Features) = (settings.Model, features);
        int d = settings.Width;
        (first, second) = (nn.Linear(features, settings.EncoderWidth), nn.Linear(settings.EncoderWidth, d));
        for (int l = 0; l < settings.Layers; l++)
            if (Model == AgentModel.CommNet) messages.append(nn.Linear(2 * d, d));
            else relations.append(new RelationLayer(d, settings.Heads, Model == AgentModel.MeanKernel));
        value = nn.Linear((1 + settings.Layers) * d, actions);
        RegisterComponents();
    }

    /// <summary>Which of the learners.</summary>
    public AgentModel Model { get; }

    /// <summary>F.</summary>
    public int Features { get; }

    /// <param name="o">Observations [S, N, F].</param>
    /// <param name="c">Adjacency with self [S, N, N], boolean; CommNet and DQN do not look at it.</param>
    /// <returns>Q [S, N, actions], and the last layer's log α [S, M, N, N] (of CommNet: empty).</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public override (Tensor Q, Tensor LogAttention) forward(Tensor o, Tensor c)
    {
        if (o.dim() != 3 || o.shape[2] != Features || !c.shape.SequenceEqual([o.shape[0], o.shape[1], o.shape[1]]))
            throw new ArgumentException($"Observations must be [S, N, {Features}] and adjacency [S, N, N]; given were [{string.Join(", ", o.shape)}] and [{string.Join(", ", c.shape)}].", nameof(o));
        using var scope = NewDisposeScope();
        long s = o.shape[0], n = o.shape[1];
        if (Model == AgentModel.Dqn) c = eye(n, dtype: ScalarType.Bool, device: o.device).expand(s, n, n);
        var h = FastLinear.Apply(o.reshape(s * n, Features), first.weight!, first.bias).relu();
        h = FastLinear.Apply(h, second.weight!, second.bias).relu().view(s, n, -1);       // [S, N, D]
        var all = new List<Tensor> { h };
        var logAlpha = zeros(0, device: o.device);
        foreach (var relation in relations)
        {
            (h, logAlpha) = relation.call(h, c);
            all.Add(h);
        }
        foreach (var message in messages)
        {
            var others = (h.sum(1, keepdim: true) - h) / (n - 1);                         // mean over j ≠ i
            all.Add(h = message.call(cat([h, others], 2)).relu());
        }
        var q = value.call(cat(all, 2));                                                  // skip connections
        return (q.MoveToOuterDisposeScope(), logAlpha.MoveToOuterDisposeScope());
    }

    /// <summary>Each agent's best action.</summary>
    /// <param name="o">Observations, [S, N, F] row by row.</param>
    /// <param name="c">Adjacency, [S, N, N] row by row.</param>
    /// <param name="agents">N.</param>
    /// <returns>[S, N] row by row.</returns>
    public int[] Act(float[] o, bool[] c, int agents)
    {
        ArgumentNullException.ThrowIfNull(o);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        long s = o.Length / (agents * Features);
        var q = forward(tensor(o, [s, agents, Features], device: first.weight!.device), tensor(c, [s, agents, agents], device: first.weight!.device)).Q;
        return [.. q.argmax(2).cpu().data<long>().Select(a => (int)a)];
    }
}

/// <summary>S steps of one world each.</summary>
/// <param name="O">Observations [S, N, F].</param>
/// <param name="A">Actions [S, N], int64.</param>
/// <param name="R">Rewards [S, N].</param>
/// <param name="Next">O', observations after the step [S, N, F].</param>
/// <param name="Ended">1 where an agent was replaced [S, N].</param>
/// <param name="C">Adjacency before the step [S, N, N], boolean: of O, and by the paper's choice of O' too.</param>
public sealed record AgentBatch(Tensor O, Tensor A, Tensor R, Tensor Next, Tensor Ended, Tensor C);

/// <summary>What playing gave.</summary>
/// <param name="MeanReward">An agent's reward a step, the mean over agents and steps.</param>
/// <param name="Counts">What happened, by name.</param>
public sealed record PlayResult(double MeanReward, IReadOnlyDictionary<string, double> Counts);

/// <summary>A trained network and how it came there.</summary>
/// <param name="Network">Shared by all agents.</param>
/// <param name="Rewards">An agent's mean reward a step in each episode, exploration included.</param>
/// <param name="Shifts">Mean KL of the last layer's attention from one step to the next, in each episode with updates; DGN alone.</param>
public sealed record TrainedAgents(AgentNetwork Network, IReadOnlyList<double> Rewards, IReadOnlyList<double> Shifts);

/// <summary>Training and playing.</summary>
public static class MultiAgentGames
{
    /// <summary>y [S, N]: r where an agent ended, else r + γ max Q' of the target network.</summary>
    /// <param name="r">[S, N].</param>
    /// <param name="ended">1 where the agent was replaced [S, N].</param>
    /// <param name="nextQ">Q(O'; θ') [S, N, actions].</param>
    /// <param name="gamma">γ.</param>
    public static Tensor Targets(Tensor r, Tensor ended, Tensor nextQ, double gamma) => r + (1 - ended) * nextQ.amax([2]) * gamma;

    /// <summary>Mean KL(α ‖ z) over heads and the agents that live on: never negative, 0 where both are equal.</summary>
    /// <param name="logAlpha">log α [S, M, N, N].</param>
    /// <param name="logZ">log z of the next step [S, M, N, N]; no gradient reaches it.</param>
    /// <param name="ended">1 for agents that do not count [S, N].</param>
    public static Tensor Shift(Tensor logAlpha, Tensor logZ, Tensor ended)
    {
        var kl = (logAlpha.exp() * (logAlpha - logZ.detach())).sum(3);      // [S, M, N]; 0 where there is no edge
        var lives = 1 - ended.unsqueeze(1);                                 // [S, 1, N]
        return (kl * lives).sum() / (lives.sum() * kl.shape[1]).clamp_min(1);
    }

    /// <summary>L_Q and, for DGN, the shift of attention; the loss is their sum with λ.</summary>
    /// <param name="online">θ.</param>
    /// <param name="target">θ'.</param>
    /// <param name="batch">Steps.</param>
    /// <param name="settings">γ and the scale of rewards.</param>
    public static (Tensor Q, Tensor? Shift) Loss(AgentNetwork online, AgentNetwork target, AgentBatch batch, MultiAgentSettings settings)
    {
        using var scope = NewDisposeScope();
        Tensor y;
        Tensor? z = null;
        using (no_grad())
        {
            y = Targets(batch.R * settings.RewardScale, batch.Ended, target.call(batch.Next, batch.C).Q, settings.Gamma);
            if (online.Model == AgentModel.Dgn) z = online.call(batch.Next, batch.C).LogAttention;    // z: θ, not θ'
        }
        var (q, logAlpha) = online.call(batch.O, batch.C);
        var taken = q.gather(2, batch.A.unsqueeze(2)).squeeze(2);           // Q(O_i, a_i): [S, N]
        return ((y - taken).square().mean().MoveToOuterDisposeScope(),
            z is null ? null : Shift(logAlpha, z, batch.Ended).MoveToOuterDisposeScope());
    }

    /// <summary>θ' ← rate θ + (1 - rate) θ'.</summary>
    /// <param name="target">θ', changed.</param>
    /// <param name="online">θ.</param>
    /// <param name="rate">1 copies.</param>
    public static void Follow(AgentNetwork target, AgentNetwork online, double rate)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (theirs, ours) in target.parameters().Zip(online.parameters()))
        {
            if (rate == 1) theirs.copy_(ours);                              // exactly
            else theirs.mul_(1 - rate).add_(ours, rate);
        }
    }

    /// <summary>Trains agents by playing.</summary>
    /// <param name="make">Makes a world; called once a copy.</param>
    /// <param name="settings">All sizes.</param>
    /// <returns>The network, owned by the caller.</returns>
    /// <exception cref="NonFiniteLossException">The loss is no number any more.</exception>
    /// <exception cref="ArgumentException">A number is too small, or a model other than DGN has a penalty.</exception>
    public static TrainedAgents Train(Func<AgentWorld> make, MultiAgentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(make);
        var (copies, episode, seed) = (settings.Copies, settings.Episode, settings.Seed);
        if (copies < 1 || episode < 1 || settings.Episodes < 1 || settings.Every < 1 || settings.Batch < 1 || settings.Replay < settings.Batch
            || settings.Regularisation < 0 || settings.Regularisation > 0 && settings.Model != AgentModel.Dgn)
            throw new ArgumentException($"{settings}: copies, episodes and their steps, Every and Batch are at least 1, Replay no less than Batch, and only DGN has a penalty: set Regularisation to 0 for the others.", nameof(settings));
        AgentWorld[] worlds = [.. Enumerable.Range(0, copies).Select(_ => make())];
        var world = worlds[0];
        var online = new AgentNetwork(world.Features, world.Actions, settings).to(Devices.Chosen);
        using var target = new AgentNetwork(world.Features, world.Actions, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(online.parameters(), settings.LearningRate);
        var replay = new AgentReplay(world, settings.Replay);
        var random = new SplitMix(seed, 2);
        var (rewards, shifts) = (new List<double>(), new List<double>());
        var (play, stored) = (new WorldRow(worlds), 0);
        using var progress = Progress.Start($"{settings.Model}", settings.Episodes);
        for (int e = 0; e < settings.Episodes; e++)
        {
            double epsilon = Math.Max(settings.EpsilonFloor, settings.Epsilon * Math.Pow(settings.EpsilonDecay, e)), reward = 0, shift = 0;
            int updates = 0;
            for (int w = 0; w < copies; w++) worlds[w].Reset(unchecked(seed * 1_000_003 + e * copies + w));
            play.Observe();
            for (int t = 0; t < episode; t++)
            {
                int[] actions = Explore(online.Act(play.O, play.C, world.Agents), epsilon, world.Actions, ref random);
                var before = (play.O, play.C);
                play.Step(actions);
                reward += play.R.Average();
                if (stored++ % settings.Every > 0) continue;
                replay.Add(before.O, before.C, actions, play);
                if (e < settings.Warmup || replay.Count < settings.Batch) continue;
                using var scope = NewDisposeScope();
                var (q, moved) = Loss(online, target, replay.Draw(settings.Batch, ref random), settings);
                // λ = 0 leaves the penalty out altogether, so that DGN-R is plain Q-learning to the last bit.
                var loss = settings.Regularisation > 0 ? q + moved! * settings.Regularisation : q;
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                if (!float.IsFinite(loss.item<float>())) throw new NonFiniteLossException(loss.item<float>(), e, updates);
                Follow(target, online, settings.TargetRate);
                shift += moved?.item<float>() ?? 0;
                updates++;
            }
            rewards.Add(reward / episode);
            if (updates > 0 && settings.Model == AgentModel.Dgn) shifts.Add(shift / updates);
            progress.Step($"reward {rewards[^1]:0.000}");
        }
        return new TrainedAgents(online, rewards, shifts);
    }

    /// <summary>Lets agents play, without exploring and without learning.</summary>
    /// <param name="world">Is not reset: set it up before.</param>
    /// <param name="policy">Observations and adjacency to actions; see <see cref="AgentNetwork.Act"/>.</param>
    /// <param name="steps">How long.</param>
    /// <param name="watch">Called before the first step and after each.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no step.</exception>
    public static PlayResult Play(AgentWorld world, Func<float[], bool[], int[]> policy, int steps, Action? watch = null)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var play = new WorldRow([world]);
        play.Observe();
        double reward = 0;
        watch?.Invoke();
        for (int t = 0; t < steps; t++)
        {
            play.Step(policy(play.O, play.C));
            reward += play.R.Average();
            watch?.Invoke();
        }
        return new PlayResult(reward / steps, new Dictionary<string, double>(world.Counts));
    }

    /// <summary>Lets trained agents play.</summary>
    /// <param name="world">Is not reset: set it up before.</param>
    /// <param name="network">Acts.</param>
    /// <param name="steps">How long.</param>
    /// <param name="epsilon">Chance of a random action: without any, agents that stand in each other's way do so for ever.</param>
    /// <param name="watch">Called before the first step and after each.</param>
    public static PlayResult Play(AgentWorld world, AgentNetwork network, int steps, double epsilon = 0, Action? watch = null)
    {
        var random = new SplitMix(1, 3);
        return Play(world, (o, c) => Explore(network.Act(o, c, world.Agents), epsilon, world.Actions, ref random), steps, watch);
    }

    /// <summary>An enemy for the battle: independent Q-learning on its side, against agents that chase.</summary>
    /// <param name="settings">Training; its model is set to DQN.</param>
    /// <param name="ours">The agents.</param>
    /// <param name="theirs">The enemies, who learn here.</param>
    /// <param name="size">Side of the map.</param>
    /// <param name="view">Cells seen to each side.</param>
    /// <returns>Observations [M, F] to M actions, for <see cref="Battle"/>.</returns>
    public static Func<float[], int[]> TrainEnemy(MultiAgentSettings settings, BattleSide ours, BattleSide theirs, int size, int view)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var trained = Train(() => new Battle(o => Battle.Chase(o, view), theirs, ours, size, view),
            settings with { Model = AgentModel.Dqn, Regularisation = 0 }).Network;
        return o => trained.Act(o, new bool[theirs.Count * theirs.Count], theirs.Count);
    }

    private static int[] Explore(int[] actions, double epsilon, int choices, ref SplitMix random)
    {
        for (int i = 0; i < actions.Length; i++)
            if (random.NextDouble() < epsilon) actions[i] = random.Next(choices);
        return actions;
    }
}

/// <summary>Worlds side by side, their arrays one behind the other; arrays that were handed out are not written again.</summary>
internal sealed class WorldRow(AgentWorld[] worlds)
{
    private readonly int n = worlds[0].Agents, f = worlds[0].Features;

    internal float[] O { get; private set; } = [];

    internal bool[] C { get; private set; } = [];

    internal float[] R { get; } = new float[worlds.Length * worlds[0].Agents];

    internal bool[] Ended { get; } = new bool[worlds.Length * worlds[0].Agents];

    internal void Observe()
    {
        (O, C) = (new float[worlds.Length * n * f], new bool[worlds.Length * n * n]);
        for (int w = 0; w < worlds.Length; w++)
        {
            worlds[w].Observe(O.AsSpan(w * n * f, n * f));
            worlds[w].Adjacency(C.AsSpan(w * n * n, n * n));
        }
    }

    internal void Step(int[] actions)
    {
        for (int w = 0; w < worlds.Length; w++)
            worlds[w].Step(actions.AsSpan(w * n, n), R.AsSpan(w * n, n), Ended.AsSpan(w * n, n));
        Observe();
    }
}

/// <summary>The last steps (O, A, O', R, C), all agents' together: a ring.</summary>
internal sealed class AgentReplay(AgentWorld world, int capacity)
{
    private sealed record Kept(float[] O, bool[] C, int[] A, float[] R, bool[] Ended, float[] Next, int Copy);

    private readonly int n = world.Agents, f = world.Features;
    private readonly List<Kept> ring = [];
    private int next;

    internal int Count => ring.Count;

    /// <summary>Keeps one step of each copy; copies share their arrays.</summary>
    internal void Add(float[] o, bool[] c, int[] actions, WorldRow after)
    {
        var (r, ended) = ((float[])after.R.Clone(), (bool[])after.Ended.Clone());
        for (int copy = 0; copy < r.Length / n; copy++, next = (next + 1) % capacity)
        {
            var kept = new Kept(o, c, actions, r, ended, after.O, copy);
            if (ring.Count < capacity) ring.Add(kept);
            else ring[next] = kept;
        }
    }

    internal AgentBatch Draw(int s, ref SplitMix random)
    {
        var (o, after, c) = (new float[s * n * f], new float[s * n * f], new bool[s * n * n]);
        var (a, r, ended) = (new long[s * n], new float[s * n], new float[s * n]);
        for (int b = 0; b < s; b++)
        {
            var kept = ring[random.Next(ring.Count)];
            int from = kept.Copy * n;
            Array.Copy(kept.O, from * f, o, b * n * f, n * f);
            Array.Copy(kept.Next, from * f, after, b * n * f, n * f);
            Array.Copy(kept.C, from * n, c, b * n * n, n * n);
            for (int i = 0; i < n; i++)
                (a[b * n + i], r[b * n + i], ended[b * n + i]) = (kept.A[from + i], kept.R[from + i], kept.Ended[from + i] ? 1 : 0);
        }
        var device = Devices.Chosen;
        return new AgentBatch(tensor(o, [s, n, f], device: device), tensor(a, [s, n], device: device), tensor(r, [s, n], device: device),
            tensor(after, [s, n, f], device: device), tensor(ended, [s, n], device: device), tensor(c, [s, n, n], device: device));
    }
}
