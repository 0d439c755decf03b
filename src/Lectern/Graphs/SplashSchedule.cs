namespace Lectern.Graphs;

/// <summary>The order in which a Gibbs sweep visits the nodes: connected groups ("splashes"),
/// one node of each a step.</summary>
/// <remarks>A node reads those of its neighbours that lie in its own group;
/// the sweep ignores edges between groups.</remarks>
public sealed class SplashSchedule
{
    /// <param name="graph">An undirected graph.</param>
    /// <param name="groups">Groups to start with, from roots that are not joined;
    /// more where components need them.</param>
    /// <param name="seed">Of the roots.</param>
    public SplashSchedule(Graph graph, int groups = 64, int seed = 1)
    {
        var random = new Random(seed);
        var group = new int[graph.Nodes];
        Array.Fill(group, -1);
        var members = new List<List<int>>();
        var candidates = new List<Dictionary<int, int>>();    // of each group: neighbour -> ties to the group
        int left = graph.Nodes;

        void Put(int node, int into)
        {
            group[node] = into;
            members[into].Add(node);
            left--;
            foreach (var others in candidates) others.Remove(node);
            foreach (int other in graph.Neighbours(node))
                if (group[other] < 0) candidates[into][other] = candidates[into].GetValueOrDefault(other) + 1;
        }

        void Begin(int root)
        {
            members.Add([]);
            candidates.Add([]);
            Put(root, members.Count - 1);
        }

        int[] order = [.. Enumerable.Range(0, graph.Nodes)];
        random.Shuffle(order);
        var besideRoots = new HashSet<int>();
        foreach (int root in order.Where(node => !besideRoots.Contains(node)))
        {
            if (members.Count == groups) break;
            Begin(root);
            besideRoots.UnionWith(graph.Neighbours(root).ToArray());
        }
        while (left > 0)
        {
            int before = left;
            for (int g = 0; g < members.Count; g++)
                if (candidates[g].Count > 0) Put(candidates[g].MaxBy(entry => entry.Value).Key, g);
            // a component that no group has reached
            if (left == before) Begin(order.First(node => group[node] < 0));
        }
        foreach (var list in members) list.Reverse();                       // the root is visited last
        Group = group;
        Steps = [.. Enumerable.Range(0, members.Max(m => m.Count))
            .Select(i => members.Where(m => i < m.Count).Select(m => m[i]).ToArray())];
        Inner = Graph.Undirected(graph.Nodes,
            [.. graph.Pairs().Where(p => group[p.Item1] == group[p.Item2])]);
    }

    /// <summary>The group of each node: [N].</summary>
    public IReadOnlyList<int> Group { get; }

    /// <summary>Step by step, the nodes that are updated together; each node once.</summary>
    public IReadOnlyList<int[]> Steps { get; }

    /// <summary>The edges within groups: what a sweep reads along.</summary>
    public Graph Inner { get; }

    private (Tensor Nodes, SparseMatrix Reads)[]? reads;

    /// <summary>Of each step: its nodes, and the sum over what they read, [step, N].</summary>
    internal IReadOnlyList<(Tensor Nodes, SparseMatrix Reads)> Reads(Device device) => reads is { } known && known[0].Nodes.device.Equals(device)
        ? known : reads = [.. Steps.Select(nodes =>
    {
        int[] pointers = new int[nodes.Length + 1];
        for (int i = 0; i < nodes.Length; i++)
            pointers[i + 1] = pointers[i] + Inner.Neighbours(nodes[i]).Length;
        return (tensor((long[])[.. nodes.Select(n => (long)n)], device: device).DetachFromDisposeScope(),
            SparseMatrix.FromRows(nodes.Length, Inner.Nodes, pointers,
                [.. nodes.SelectMany(n => Inner.Neighbours(n).ToArray())]));
    })];
}
