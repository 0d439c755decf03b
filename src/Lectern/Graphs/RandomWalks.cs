using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>How walks are made; the defaults are DeepWalk's and node2vec's usual ones.</summary>
/// <param name="PerNode">γ, walks that begin at each node (DeepWalk's paper: 80; node2vec's and most others: 10).</param>
/// <param name="Length">t, nodes in a walk, the first included.</param>
/// <param name="Return">node2vec's p: small values make a walk step back to where it came from.</param>
/// <param name="InOut">node2vec's q: small values make a walk move away from there. With p = q = 1 a step forgets where the
/// one before came from, and the walk is DeepWalk's.</param>
public sealed record WalkSettings(int PerNode = 10, int Length = 80, double Return = 1, double InOut = 1);

/// <summary>
/// Random walks along a graph's edges, from source to target, a step in proportion to the edge's weight. A walk is made when
/// it is asked for, from the seed and its number: a corpus of any size takes no memory, and reads the same each time.
/// </summary>
/// <remarks>
/// <para>node2vec (Grover and Leskovec 2016, section 3.2): at v, coming from t, the step to x has the weight w(v, x) α with
/// α = 1/p if x = t, 1 if there is an edge from t to x, and 1/q otherwise. The authors keep an alias table for each pair (t, v):
/// E × degree numbers. Here a step is proposed by v's table (2 E numbers in all) and taken with probability α / max α, again
/// until one is taken, which gives the same distribution.</para>
/// <para>The walks of a pass begin at each node once, in a random order that differs from pass to pass. A walk ends early where
/// no edge leaves.</para>
/// </remarks>
public sealed class RandomWalks
{
    private const int Tries = 32;                                       // proposals before a step is weighed out in full

    private readonly WalkSettings settings;
    private readonly int seed;
    private readonly SparseMatrix steps;                                // row = where one is, column = where one may go
    private readonly float[]? weights;                                  // of each step; null: all alike
    private readonly float[] share = [];                                // the alias tables of all nodes, row by row
    private readonly int[] other = [];
    private readonly int[] order;

    /// <param name="graph">The graph; weights must not be negative. Cost O(E).</param>
    /// <param name="settings">Number and length of the walks, p and q.</param>
    /// <param name="seed">The same seed gives the same walks.</param>
    /// <exception cref="ArgumentException">A weight is negative or not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting makes no sense.</exception>
    public RandomWalks(Graph graph, WalkSettings settings, int seed)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.PerNode, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Length, 1);
        if (!(settings.Return > 0) || !(settings.InOut > 0))
            throw new ArgumentOutOfRangeException(nameof(settings),
                $"p and q divide weights, so they are above 0; given were Return = {settings.Return} and InOut = {settings.InOut}.");
        (this.settings, this.seed) = (settings, seed);
        steps = graph.Adjacency.Transpose();                            // an edge is stored with its target's row
        weights = steps.Values?.to(ScalarType.Float32).data<float>().ToArray();
        if (weights is not null)
        {
            (share, other) = (new float[weights.Length], new int[weights.Length]);
            for (int node = 0; node < steps.Rows; node++)
            {
                var (from, to) = (steps.RowPointers[node], steps.RowPointers[node + 1]);
                double[] row = [.. weights.AsSpan(from..to)];
                if (row.Any(w => w != 0)) AliasTable.Fill(row, share.AsSpan(from..to), other.AsSpan(from..to));
            }
        }
        order = [.. Enumerable.Range(0, steps.Rows)];
        new Random(seed).Shuffle(order);
    }

    /// <summary>Number of nodes, N.</summary>
    public int Nodes => steps.Rows;

    /// <summary>Number of walks: N γ.</summary>
    public long Count => (long)Nodes * settings.PerNode;

    /// <summary>Nodes in a walk at most.</summary>
    public int Length => settings.Length;

    /// <summary>One walk.</summary>
    /// <param name="walk">Its number, from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The nodes it visits.</returns>
    public int[] Walk(long walk)
    {
        var nodes = new int[Length];
        return nodes[..Write(walk, nodes)];
    }

    /// <summary>Writes one walk. Cost O(length), times the log of a degree where p or q is not 1.</summary>
    /// <param name="walk">Its number, from 0 to <see cref="Count"/> - 1; walks may be written on several threads at once.</param>
    /// <param name="nodes">Receives the nodes that it visits: at least <see cref="Length"/> places.</param>
    /// <returns>How many they are.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no walk of this number.</exception>
    /// <exception cref="ArgumentException">There is no room for a walk.</exception>
    public int Write(long walk, Span<int> nodes)
    {
        if ((ulong)walk >= (ulong)Count) throw new ArgumentOutOfRangeException(nameof(walk), walk, $"The walks are 0 to {Count - 1}.");
        if (nodes.Length < Length) throw new ArgumentException($"A walk has {Length} nodes; there is room for {nodes.Length}.", nameof(nodes));
        var random = new SplitMix(seed, walk);
        bool remembers = settings.Return != 1 || settings.InOut != 1;
        int node = nodes[0] = Start(walk), visited = 1;
        while (visited < Length)
        {
            int next = visited == 1 || !remembers ? Propose(node, ref random) : Step(nodes[visited - 2], node, ref random);
            if (next < 0) break;
            node = nodes[visited++] = next;
        }
        return visited;
    }

    /// <summary>How often the walks come by each node: [N]. Cost O(walks · length).</summary>
    public long[] Visits()
    {
        var visits = new long[Nodes];
        var nodes = new int[Length];
        for (long walk = 0; walk < Count; walk++)
            foreach (int node in nodes.AsSpan(0, Write(walk, nodes))) visits[node]++;
        return visits;
    }

    /// <summary>Where a walk goes from a node, with the exact probabilities; for looking at and testing.</summary>
    /// <param name="previous">Where it came from; -1: it begins here.</param>
    /// <param name="current">Where it is.</param>
    /// <returns>The nodes it may go to, ascending, each with its probability; empty where no edge leaves.</returns>
    public IReadOnlyList<(int Node, double Probability)> Transitions(int previous, int current)
    {
        var next = Next(current).ToArray();
        double[] weight = [.. next.Select((node, i) => Weight(current, i) * (previous < 0 ? 1 : Bias(previous, node)))];
        double total = weight.Sum();
        return total > 0 ? [.. next.Zip(weight, (node, w) => (node, w / total))] : [];
    }

    // A pass visits all nodes once: a shuffled order, read from another place on with another stride in each pass.
    private int Start(long walk)
    {
        var (pass, place) = ((int)(walk / Nodes), (int)(walk % Nodes));
        var random = new SplitMix(~seed, pass);
        int from = random.Next(Nodes), stride = 1 + random.Next(Nodes);
        while (Gcd(stride, Nodes) != 1) stride++;
        return order[(from + (long)place * stride) % Nodes];
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    private ReadOnlySpan<int> Next(int node) => steps.ColumnIndices.AsSpan(steps.RowPointers[node]..steps.RowPointers[node + 1]);

    private double Weight(int node, int step) => weights is null ? 1 : weights[steps.RowPointers[node] + step];

    /// <summary>A step that does not look back; -1 where no edge leaves.</summary>
    private int Propose(int node, ref SplitMix random)
    {
        var next = Next(node);
        if (next.Length == 0) return -1;
        if (weights is null) return next[random.Next(next.Length)];
        var row = steps.RowPointers[node]..steps.RowPointers[node + 1];
        // A row of zeros has no table: its shares are zero and all its columns point at the first.
        if (next.Length == 1 || (share[row.Start.Value] == 0 && !weights.AsSpan(row).ContainsAnyExcept(0f)))
            return weights[row.Start.Value] > 0 ? next[0] : -1;
        return next[AliasTable.Draw(share.AsSpan(row), other.AsSpan(row), ref random)];
    }

    /// <summary>α: how much a step to a node is favoured after one from <paramref name="previous"/>.</summary>
    private double Bias(int previous, int next) => next == previous ? 1 / settings.Return
        : Next(previous).BinarySearch(next) >= 0 ? 1 : 1 / settings.InOut;

    private int Step(int previous, int node, ref SplitMix random)
    {
        double highest = Math.Max(1, Math.Max(1 / settings.Return, 1 / settings.InOut));
        for (int i = 0; i < Tries; i++)
        {
            int next = Propose(node, ref random);
            if (next < 0 || Next(node).Length == 1 || random.NextSingle() * highest < Bias(previous, next)) return next;
        }
        // Hardly anything is taken, such as a way back with a large p: weigh all steps.
        var all = Transitions(previous, node);
        double at = random.NextSingle();
        foreach (var (next, probability) in all)
            if ((at -= probability) < 0) return next;
        return all[^1].Node;
    }
}
