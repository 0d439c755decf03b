// GraphZoom — C. Deng, Z. Zhao, Y. Wang, Z. Zhang and Z. Feng, "GraphZoom: A Multi-level Spectral Approach
// for Accurate and Scalable Graph Embedding", ICLR 2020, arXiv:1910.02370.
// Idea      Embed a small spectral sketch of the graph, then carry the embedding back up and smooth it.
// Symbols   A -> adjacency as weights of a Graph; P -> ZoomLevel.Mapping [fine, coarse]; E_i -> [N_i, D];
//           β -> Beta; σ -> SelfLoop; T -> TestVectors [N, t]; a_uv -> Affinity;
//           k -> Hops (filter) and Neighbours (feature graph)
// Fusion    A_fus = A_topo + β A_feat, A_feat by cosines of k nearest in a cluster     -> Fuse, FeatureGraph
// Coarsen   a_uv = (T_u·T_v)² / (‖T_u‖² ‖T_v‖²); merge where it is large; L' = Pᵀ L P
//                                                                                  -> Coarsen, Graph.Merged
// Embed     any method on the coarsest graph                            -> Walks, Infomax, Sage, or your own
// Refine    E_i = (D̃^-1/2 (A + σI) D̃^-1/2)^k P E_(i+1)                                    -> Refine, Filter
// Differs   The paper coarsens by LAMG (compiled MATLAB). Multigrid has LAMG's test vectors (Gauss and
//           Seidel's sweeps) and affinity, and merges pairs in order of affinity until the asked share of
//           nodes is left; Simple is the authors' Python version, which goes by a threshold.
using Lectern.Graphs;
using Lectern.Papers.Foundations;

namespace Lectern.Papers.GraphEmbeddings;

/// <summary>How nodes are merged.</summary>
public enum ZoomCoarsening
{
    /// <summary>Test vectors by Gauss and Seidel's sweeps; best pairs first,
    /// until <see cref="GraphZoomSettings.Shrink"/>.</summary>
    Multigrid,

    /// <summary>The authors' Python version: filtered test vectors,
    /// all above <see cref="GraphZoomSettings.Threshold"/>.</summary>
    Simple,
}

/// <summary>Settings; the defaults are the authors' for Cora.</summary>
/// <param name="Levels">How often the graph is coarsened; 0: not at all.</param>
/// <param name="Fusion">Whether features become edges first.</param>
/// <param name="Neighbours">k of the feature graph; 2 for Cora and Pubmed, 10 for Citeseer.</param>
/// <param name="Beta">β, weight of the feature graph.</param>
/// <param name="FusionRounds">Rounds of simple coarsening whose clusters bound the
/// search for neighbours.</param>
/// <param name="Coarsening">How nodes are merged.</param>
/// <param name="Shrink">Multigrid: share of nodes that a level leaves;
/// 0.43 gives the sizes of the paper's Cora.</param>
/// <param name="Threshold">Simple: affinity above which neighbours are merged.</param>
/// <param name="HubsFirst">Simple: whether hubs choose first; the authors' comment says so,
/// their code does the opposite.</param>
/// <param name="TestVectors">t.</param>
/// <param name="Smoothing">Multigrid: sweeps that smooth the test vectors.
/// The simple version filters them twice, as its authors do.</param>
/// <param name="SelfLoop">σ, weight of each node's edge to itself in the filter.</param>
/// <param name="Hops">k, times that the filter is applied; 0: not at all.</param>
/// <param name="FilterEveryLevel">Whether every level is filtered on the way up;
/// otherwise the finest one alone.</param>
public sealed record GraphZoomSettings(int Levels = 2, bool Fusion = true, int Neighbours = 2,
    double Beta = 1, int FusionRounds = 5, ZoomCoarsening Coarsening = ZoomCoarsening.Multigrid,
    double Shrink = 0.43, double Threshold = 0.3, bool HubsFirst = false,
    int TestVectors = 7, int Smoothing = 5, double SelfLoop = 0.1, int Hops = 2,
    bool FilterEveryLevel = false)
{
    /// <summary>What DeepWalk runs with in the paper: 10 walks of 80 nodes, window 10, 128 dimensions,
    /// hierarchical softmax, 5 epochs.</summary>
    public static WalkEmbeddingSettings DeepWalk { get; } =
        new(new WalkSettings(10, 80), new SkipGramSettings(128, 10, Negatives: 0, Epochs: 5));

    /// <summary>What node2vec runs with in the authors' code:
    /// the same walks with p = q = 1, five negatives.</summary>
    public static WalkEmbeddingSettings Node2Vec { get; } =
        new(new WalkSettings(10, 80), new SkipGramSettings(128, 10, Negatives: 5, Epochs: 5));
}

/// <summary>One step of coarsening.</summary>
/// <param name="Fine">The graph before, weights on its edges.</param>
/// <param name="Cluster">Where each of its nodes went: [N].</param>
/// <param name="Coarse">The graph after.</param>
public sealed record ZoomLevel(Graph Fine, IReadOnlyList<int> Cluster, Graph Coarse)
{
    /// <summary>P: a row a fine node, with a single one at its cluster: [N, N'].</summary>
    public SparseMatrix Mapping { get; } =
        SparseMatrix.FromRows(Fine.Nodes, Coarse.Nodes, [.. Enumerable.Range(0, Fine.Nodes + 1)],
            [.. Cluster]);
}

/// <summary>What one run gave. Times are processor seconds, as in the authors' code.</summary>
/// <param name="Vectors">A vector for each node of the original graph: [N, D].</param>
/// <param name="Sizes">Nodes from the original graph to the coarsest.</param>
/// <param name="FusionSeconds">Feature graph and sum.</param>
/// <param name="CoarseningSeconds">All levels.</param>
/// <param name="EmbeddingSeconds">The method on the coarsest graph.</param>
/// <param name="RefinementSeconds">The way up.</param>
public sealed record GraphZoomResult(Tensor Vectors, IReadOnlyList<int> Sizes,
    double FusionSeconds, double CoarseningSeconds, double EmbeddingSeconds, double RefinementSeconds)
{
    /// <summary>All four phases.</summary>
    public double Seconds => FusionSeconds + CoarseningSeconds + EmbeddingSeconds + RefinementSeconds;
}

/// <summary>A method that embeds a graph: its weighted edges and a row of features a node,
/// and a seed, give [N, D].</summary>
/// <param name="graph">The coarsest graph.</param>
/// <param name="features">Means of the features over each cluster: [N, F]; null where there are none.</param>
/// <param name="seed">The run's seed.</param>
public delegate Tensor EmbeddingMethod(Graph graph, SparseMatrix? features, int seed);

/// <summary>The four phases.</summary>
public static class GraphZoom
{
    private const int SimpleFilterings = 2;                     // of the test vectors, in the authors' Python

    /// <summary>DeepWalk or node2vec as the method.</summary>
    public static EmbeddingMethod Walks(WalkEmbeddingSettings settings) => (graph, _, seed) =>
        NodeEmbeddings.FromWalks(graph, settings, seed);

    /// <summary>Deep Graph Infomax as the method; it needs features.</summary>
    public static EmbeddingMethod Infomax(InfomaxSettings settings) => (graph, features, seed) =>
        NodeEmbeddings.Infomax(graph, Rows(features, nameof(Infomax)), settings, seed).Vectors;

    /// <summary>GraphSAGE without labels as the method; it needs features.</summary>
    public static EmbeddingMethod Sage(SageEmbeddingSettings settings) => (graph, features, seed) =>
        NodeEmbeddings.GraphSage(graph, Rows(features, nameof(Sage)), settings, seed).Vectors;

    // Both methods want rows that add up to 1.
    private static SparseMatrix Rows(SparseMatrix? features, string method) =>
        features?.RowNormalized() ?? throw new ArgumentException(
        $"{method} learns from features; give some, or choose a method that walks.", nameof(features));

    /// <summary>Fusion, coarsening, embedding, refinement.</summary>
    /// <param name="graph">An undirected graph.</param>
    /// <param name="features">A row a node: [N, F]; null where there are none,
    /// and then nothing is fused.</param>
    /// <param name="settings">Levels and the rest.</param>
    /// <param name="method">What embeds the coarsest graph.</param>
    /// <param name="seed">Of test vectors and method.</param>
    public static GraphZoomResult Run(Graph graph, SparseMatrix? features, GraphZoomSettings settings,
        EmbeddingMethod method, int seed)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(method);
        if (features is not null) Require.Features(features, graph.Nodes, features.Columns, nameof(features));
        using var scope = NewDisposeScope();
        var clock = Environment.CpuUsage.TotalTime;
        double Lap()
        {
            var (before, now) = (clock, Environment.CpuUsage.TotalTime);
            clock = now;
            return (now - before).TotalSeconds;
        }

        var fused = settings.Fusion && features is not null ? Fuse(graph, features, settings, seed) : graph;
        double fusion = Lap();
        var levels = CoarsenAll(fused, settings, seed);
        double coarsening = Lap();
        var coarsest = levels.Count > 0 ? levels[^1].Coarse : fused;
        var vectors = method(coarsest, features is null ? null : Means(features, levels), seed).detach();
        Require.Nodes(vectors, coarsest.Nodes, nameof(method));
        double embedding = Lap();
        vectors = Refine(levels, vectors, settings);
        return new GraphZoomResult(vectors.MoveToOuterDisposeScope(),
            [graph.Nodes, .. levels.Select(level => level.Coarse.Nodes)],
            fusion, coarsening, embedding, Lap());
    }

    // ------------------------------------------------------------------------------------ fusion

    /// <summary>A_fus = A_topo + β A_feat. Laplacians add as adjacencies do.</summary>
    /// <param name="graph">A_topo.</param>
    /// <param name="x">Features: [N, F].</param>
    /// <param name="settings">k, β and the rounds that make clusters.</param>
    /// <param name="seed">Of the test vectors.</param>
    public static Graph Fuse(Graph graph, SparseMatrix x, GraphZoomSettings settings, int seed)
    {
        var simple = settings with { Coarsening = ZoomCoarsening.Simple, Levels = settings.FusionRounds };
        int[] cluster = [.. Enumerable.Range(0, graph.Nodes)];
        foreach (var level in CoarsenAll(graph, simple, seed))
            cluster = [.. cluster.Select(c => level.Cluster[c])];
        return graph.Plus(FeatureGraph(x, cluster, settings.Neighbours), settings.Beta);
    }

    /// <summary>
    /// A_feat: inside each cluster, every node and its k nearest by Euclidean distance (all pairs in a
    /// cluster of k + 1 or fewer), weighed by |cosine|; an edge that either end asks for is there.
    /// </summary>
    /// <param name="x">[N, F].</param>
    /// <param name="cluster">The cluster of each node.</param>
    /// <param name="neighbours">k.</param>
    /// <returns>An undirected graph with weights above 0; two rows of zeros have cosine 1,
    /// a row of zeros and another 0.</returns>
    public static Graph FeatureGraph(SparseMatrix x, IReadOnlyList<int> cluster, int neighbours)
    {
        float[]? values = x.Values?.data<float>().ToArray();
        double Value(int entry) => values?[entry] ?? 1;
        IEnumerable<int> Entries(int row) =>
            Enumerable.Range(x.RowPointers[row], x.RowPointers[row + 1] - x.RowPointers[row]);
        double[] squared = [.. Enumerable.Range(0, x.Rows)
            .Select(row => Entries(row).Sum(e => Value(e) * Value(e)))];
        var (sources, targets, weights) = (new List<int>(), new List<int>(), new List<float>());
        foreach (var group in Enumerable.Range(0, x.Rows).GroupBy(node => cluster[node]))
        {
            int[] nodes = [.. group];
            if (nodes.Length < 2) continue;
            // Who in the cluster has a feature: then a node's products with all others need only the features
            // that it has.
            var having = new Dictionary<int, List<(int Place, double Value)>>();
            for (int place = 0; place < nodes.Length; place++)
                foreach (int e in Entries(nodes[place]))
                {
                    if (!having.TryGetValue(x.ColumnIndices[e], out var who))
                        having[x.ColumnIndices[e]] = who = [];
                    who.Add((place, Value(e)));
                }
            var product = new double[nodes.Length];
            for (int place = 0; place < nodes.Length; place++)
            {
                int node = nodes[place];
                Array.Clear(product);
                foreach (int e in Entries(node))
                    foreach (var (other, value) in having[x.ColumnIndices[e]])
                        product[other] += Value(e) * value;
                double Distance(int other) => squared[nodes[other]] - 2 * product[other];  // less ‖x_u‖²
                foreach (int other in Nearest(nodes.Length, place, neighbours, Distance))
                {
                    double size = Math.Sqrt(squared[node] * squared[nodes[other]]);
                    double cosine = size > 0 ? Math.Abs(product[other]) / size
                        : squared[node] == squared[nodes[other]] ? 1 : 0;
                    if (cosine <= 0) continue;
                    sources.Add(node);
                    targets.Add(nodes[other]);
                    weights.Add((float)cosine);
                }
            }
        }
        return Graph.FromEdges(x.Rows, [.. sources], [.. targets], weights.Count > 0 ? [.. weights] : default,
            undirected: true);
    }

    /// <summary>The k places of least distance, itself left out;
    /// the lower number first among equals.</summary>
    private static IEnumerable<int> Nearest(int count, int self, int k, Func<int, double> distance)
    {
        // The worst on top.
        var best = new PriorityQueue<int, (double, int)>(
            Comparer<(double, int)>.Create((a, b) => b.CompareTo(a)));
        for (int other = 0; other < count; other++)
        {
            if (other == self) continue;
            if (best.Count < k) best.Enqueue(other, (distance(other), other));
            else if (k > 0) best.EnqueueDequeue(other, (distance(other), other));
        }
        return best.UnorderedItems.Select(item => item.Element);
    }

    // ------------------------------------------------------------------------------------ coarsening

    /// <summary>Coarsens again and again; stops early where nothing merges.</summary>
    public static IReadOnlyList<ZoomLevel> CoarsenAll(Graph graph, GraphZoomSettings settings, int seed)
    {
        var levels = new List<ZoomLevel>();
        for (int i = 0; i < settings.Levels; i++)
        {
            var level = Coarsen(levels.Count > 0 ? levels[^1].Coarse : graph, settings,
                unchecked(seed * 31 + i));
            if (level.Coarse.Nodes == level.Fine.Nodes) break;
            levels.Add(level);
        }
        return levels;
    }

    /// <summary>One level: merges neighbours whose smoothed test vectors agree.
    /// Cost O((N + E) t + E log E).</summary>
    /// <param name="graph">An undirected graph, with weights or without.</param>
    /// <param name="settings">Which way, and how far.</param>
    /// <param name="seed">Of the test vectors.</param>
    public static ZoomLevel Coarsen(Graph graph, GraphZoomSettings settings, int seed)
    {
        var t = TestVectors(graph, settings, seed);                     // [N, t]
        var (cluster, count) = settings.Coarsening == ZoomCoarsening.Simple
            ? Absorb(graph, t, settings) : MergeBest(graph, t, settings.Shrink);
        return new ZoomLevel(graph, cluster, graph.Merged(cluster, count));
    }

    /// <summary>T: random numbers in [-1, 1] with mean 0 in each column, smoothed on the graph:
    /// [N, t], row by row.</summary>
    public static double[][] TestVectors(Graph graph, GraphZoomSettings settings, int seed)
    {
        int n = graph.Nodes, count = settings.TestVectors;
        var random = new Random(seed);
        double[][] t = [.. Enumerable.Range(0, n).Select(_ =>
            Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1).ToArray())];
        for (int c = 0; c < count; c++)
        {
            double mean = t.Average(row => row[c]);
            foreach (var row in t) row[c] -= mean;
        }
        bool sweeps = settings.Coarsening == ZoomCoarsening.Multigrid;
        var rows = (sweeps ? graph : Filter(graph, settings.SelfLoop)).Adjacency;
        var weights = rows.Values?.data<float>().ToArray();
        for (int step = 0; step < (sweeps ? settings.Smoothing : SimpleFilterings); step++)
        {
            // Gauss and Seidel on L x = 0: each node becomes the mean of its neighbours, and the next sees
            // that already. The filter instead reads the values of the step before.
            var from = sweeps ? t : [.. t.Select(row => row.ToArray())];
            for (int node = 0; node < n; node++)
            {
                var (sums, total) = (new double[count], 0.0);
                for (int e = rows.RowPointers[node]; e < rows.RowPointers[node + 1]; e++)
                {
                    double w = weights?[e] ?? 1;
                    total += w;
                    for (int c = 0; c < count; c++) sums[c] += w * from[rows.ColumnIndices[e]][c];
                }
                if (total == 0) continue;                               // an isolated node stays as it is
                for (int c = 0; c < count; c++) t[node][c] = sweeps ? sums[c] / total : sums[c];
            }
        }
        return t;
    }

    /// <summary>a_uv = (T_u·T_v)² / (‖T_u‖² ‖T_v‖²), from 0 to 1:
    /// 1 where one row is a multiple of the other.</summary>
    public static double Affinity(double[] u, double[] v)
    {
        double product = 0, uu = 0, vv = 0;
        for (int c = 0; c < u.Length; c++)
            (product, uu, vv) = (product + u[c] * v[c], uu + u[c] * u[c], vv + v[c] * v[c]);
        return uu > 0 && vv > 0 ? Math.Min(1, product * product / (uu * vv)) : 0;
    }

    /// <summary>The simple way: each node that is left takes all neighbours that are left
    /// and agree with it.</summary>
    private static (int[] Cluster, int Count) Absorb(Graph graph, double[][] t, GraphZoomSettings settings)
    {
        int[] cluster = new int[graph.Nodes], order = [.. Enumerable.Range(0, graph.Nodes)
            .OrderBy(node => graph.Neighbours(node).Length)];
        if (settings.HubsFirst) Array.Reverse(order);
        Array.Fill(cluster, -1);
        int count = 0;
        foreach (int seed in order)
        {
            if (cluster[seed] >= 0) continue;
            cluster[seed] = count;
            foreach (int other in graph.Neighbours(seed))
                if (cluster[other] < 0 && Affinity(t[seed], t[other]) > settings.Threshold)
                    cluster[other] = count;
            count++;
        }
        return (cluster, count);
    }

    /// <summary>The multigrid way: pairs by falling affinity. Two that are free join, the one with more
    /// neighbours being the seed; a free one joins a seed; members do not attract. It ends when the asked
    /// share of nodes is left.</summary>
    private static (int[] Cluster, int Count) MergeBest(Graph graph, double[][] t, double shrink)
    {
        int n = graph.Nodes, left = n, goal = (int)Math.Ceiling(shrink * n);
        var pairs = Enumerable.Range(0, graph.Edges).Where(e => graph.Sources[e] < graph.Targets[e])
            .ToArray();
        double[] apart = [.. pairs.Select(e => -Affinity(t[graph.Sources[e]], t[graph.Targets[e]]))];
        Array.Sort(apart, pairs);
        var seedOf = new int[n];                                        // -1: free
        Array.Fill(seedOf, -1);
        foreach (int e in pairs)
        {
            if (left <= goal) break;
            int u = graph.Sources[e], v = graph.Targets[e];
            if (graph.Neighbours(u).Length < graph.Neighbours(v).Length) (u, v) = (v, u);
            if (seedOf[v] < 0 && (seedOf[u] < 0 || seedOf[u] == u)) (seedOf[u], seedOf[v]) = (u, u);
            else if (seedOf[u] < 0 && seedOf[v] == v) seedOf[u] = v;
            else continue;
            left--;
        }
        var (cluster, number, count) = (new int[n], new Dictionary<int, int>(), 0);
        for (int node = 0; node < n; node++)
        {
            int seed = seedOf[node] < 0 ? node : seedOf[node];
            if (!number.TryGetValue(seed, out cluster[node])) number[seed] = cluster[node] = count++;
        }
        return (cluster, count);
    }

    /// <summary>Means of the features over all nodes that a coarsest node stands for;
    /// itself where nothing was merged.</summary>
    private static SparseMatrix Means(SparseMatrix features, IReadOnlyList<ZoomLevel> levels)
    {
        if (levels.Count == 0) return features;
        int[] cluster = [.. Enumerable.Range(0, features.Rows)];
        foreach (var level in levels) cluster = [.. cluster.Select(c => level.Cluster[c])];
        float[]? values = features.Values?.data<float>().ToArray();
        var (pointers, columns, means) = (new List<int> { 0 }, new List<int>(), new List<float>());
        foreach (var group in Enumerable.Range(0, features.Rows).GroupBy(node => cluster[node])
            .OrderBy(g => g.Key))
        {
            var sums = new SortedDictionary<int, double>();
            foreach (int node in group)
                for (int e = features.RowPointers[node]; e < features.RowPointers[node + 1]; e++)
                    sums[features.ColumnIndices[e]] = sums.GetValueOrDefault(features.ColumnIndices[e])
                        + (values?[e] ?? 1);
            columns.AddRange(sums.Keys);
            means.AddRange(sums.Values.Select(sum => (float)(sum / group.Count())));
            pointers.Add(columns.Count);
        }
        return SparseMatrix.FromRows(levels[^1].Coarse.Nodes, features.Columns, [.. pointers],
            [.. columns], [.. means]);
    }

    // ------------------------------------------------------------------------------------ refinement

    /// <summary>Â_σ = D̃^-1/2 (A + σI) D̃^-1/2 as a graph with weights: <c>Filter(graph,
    /// σ).Sum(e)</c> smooths e once.</summary>
    /// <param name="graph">A.</param>
    /// <param name="selfLoop">σ above 0, so that an isolated node keeps its value.</param>
    /// <exception cref="ArgumentOutOfRangeException">σ is not above 0.</exception>
    public static Graph Filter(Graph graph, double selfLoop)
    {
        if (!(selfLoop > 0))
            throw new ArgumentOutOfRangeException(nameof(selfLoop), selfLoop, "σ is above 0.");
        int[] nodes = [.. Enumerable.Range(0, graph.Nodes)];
        var loops = Graph.FromEdges(graph.Nodes, nodes, nodes, [.. nodes.Select(_ => (float)selfLoop)]);
        return graph.Plus(loops).Normalized();
    }

    /// <summary>The way up: E_i = Â_σ^k P E_(i+1), filtered at the finest level, or at each.</summary>
    /// <param name="levels">From fine to coarse.</param>
    /// <param name="vectors">E of the coarsest graph: [N', D].</param>
    /// <param name="settings">σ, k, and where to filter.</param>
    /// <returns>E_0: [N, D].</returns>
    public static Tensor Refine(IReadOnlyList<ZoomLevel> levels, Tensor vectors, GraphZoomSettings settings)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        for (int i = levels.Count - 1; i >= 0; i--)
        {
            vectors = levels[i].Mapping.MatMul(vectors);                // P E_(i+1): [N_(i+1), D] -> [N_i, D]
            if (i > 0 && !settings.FilterEveryLevel) continue;
            var filter = Filter(levels[i].Fine, settings.SelfLoop);
            for (int hop = 0; hop < settings.Hops; hop++) vectors = filter.Sum(vectors);
        }
        return vectors.MoveToOuterDisposeScope();
    }
}
