using Lectern.Data;
using Lectern.Graphs;
using Lectern.Papers.Foundations;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Tests.Papers.GraphEmbeddings;

/// <summary>GraphZoom: each phase by hand or a slow way, the sheet's invariants, and what it is worth.</summary>
public sealed class GraphZoomTests
{
    private static readonly GraphZoomSettings Default = new(Levels: 1);

    private static readonly WalkEmbeddingSettings Short =
        new(new WalkSettings(PerNode: 5, Length: 20), new SkipGramSettings(32, Window: 5, Epochs: 2, Threads: 1));

    private static NodeDataset Data(int seed = 1) => Communities.Make(new CommunitySettings(Count: 4, Size: 80, Inside: 4, Outside: 1.3), seed);

    private static Tensor Dense(Graph graph) => graph.Adjacency.ToDense().to(float64);

    // ------------------------------------------------------------------------------------ fusion

    [Fact]
    public void By_hand_the_feature_graph_joins_the_nearest_inside_a_cluster_with_their_cosine()
    {
        using var scope = NewDisposeScope();
        // Rows (1,0), (3,0), (1,1), (0,2) in one cluster, (0,0), (0,0), (5,0) in another; k = 1.
        var x = SparseMatrix.FromRows(7, 2, [0, 1, 2, 4, 5, 5, 5, 6], [0, 0, 0, 1, 1, 0], [1, 3, 1, 1, 2, 5]);
        var graph = GraphZoom.FeatureGraph(x, [0, 0, 0, 0, 1, 1, 1], 1);
        // Nearest: 0 → 2 (distance 1), 1 → 0 (2), 2 → 0 (1), 3 → 2 (√2); zero rows nearest to each other, and 6 to row 4, cosine 0.
        Assert.Equal([(0, 1), (0, 2), (2, 3), (4, 5)], graph.Pairs().Order());
        var a = graph.Adjacency.ToDense();
        Assert.Equal(1, a[0, 1].item<float>(), 1e-6f);
        Assert.Equal(Math.Sqrt(0.5), a[0, 2].item<float>(), 1e-6f);
        Assert.Equal(Math.Sqrt(0.5), a[2, 3].item<float>(), 1e-6f);
        Assert.Equal(1, a[4, 5].item<float>(), 1e-6f);
        Assert.Equal(0, (a - a.t()).abs().max().item<float>());
        // k = 3 in a cluster of four: all pairs, but those with cosine 0.
        Assert.Equal([(0, 1), (0, 2), (1, 2), (2, 3), (4, 5)], GraphZoom.FeatureGraph(x, [0, 0, 0, 0, 1, 1, 1], 3).Pairs().Order());
    }

    [Fact]
    public void The_feature_graph_is_that_of_all_distances_written_out()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var x = data.Features.ToDense().to(float64);
        int[] cluster = [.. Enumerable.Range(0, 320).Select(i => i % 7)];
        var expected = zeros(320, 320, dtype: float64);
        for (int u = 0; u < 320; u++)
        {
            var nearest = Enumerable.Range(0, 320).Where(v => v != u && cluster[v] == cluster[u])
                .OrderBy(v => Math.Round((x[u] - x[v]).square().sum().item<double>(), 9)).ThenBy(v => v).Take(4);
            foreach (int v in nearest)
            {
                var cosine = (x[u] * x[v]).sum() / (x[u].norm() * x[v].norm());
                expected[u, v] = cosine;
                expected[v, u] = cosine;
            }
        }
        Assert.True((expected - Dense(GraphZoom.FeatureGraph(data.Features, cluster, 4))).abs().max().item<double>() < 1e-6);
    }

    [Fact]
    public void Fusion_adds_edges_inside_clusters_of_the_simple_coarsening_and_beta_scales_them()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var (one, half) = (GraphZoom.Fuse(data.Graph, data.Features, Default, 1), GraphZoom.Fuse(data.Graph, data.Features, Default with { Beta = 0.5 }, 1));
        Assert.True(one.Edges > data.Graph.Edges);
        var topology = Dense(data.Graph);
        Assert.True(((Dense(one) - topology) * 0.5 - (Dense(half) - topology)).abs().max().item<double>() < 1e-6);
        Assert.True((Dense(one) - topology).min().item<double>() >= 0);
        // Clusters are connected, so fusion joins nothing that was apart.
        Assert.Equal(data.Graph.Components().Count, one.Components().Count);
    }

    // ------------------------------------------------------------------------------------ coarsening

    [Fact]
    public void Affinity_lies_between_0_and_1_is_1_for_multiples_and_does_not_see_the_scale()
    {
        var random = new Random(1);
        for (int i = 0; i < 100; i++)
        {
            double[] u = [.. Enumerable.Range(0, 7).Select(_ => random.NextDouble() - 0.5)], v = [.. Enumerable.Range(0, 7).Select(_ => random.NextDouble() - 0.5)];
            Assert.InRange(GraphZoom.Affinity(u, v), 0, 1);
            Assert.Equal(1, GraphZoom.Affinity(u, [.. u.Select(x => -3 * x)]), 12);
            Assert.Equal(GraphZoom.Affinity(u, v), GraphZoom.Affinity([.. u.Select(x => 5 * x)], v), 12);
        }
        Assert.Equal(0, GraphZoom.Affinity([0, 0], [1, 2]));
        Assert.Equal(0.5, GraphZoom.Affinity([1, 0], [1, 1]), 12);
    }

    [Fact]
    public void Test_vectors_are_smoothed_as_the_matrices_say()
    {
        using var scope = NewDisposeScope();
        var graph = Data().Graph.Plus(Generators.Cycle(320), 0.5);
        Tensor Rows(double[][] t) => tensor([.. t.SelectMany(row => row)]).reshape(320, 7);
        foreach (var way in Enum.GetValues<ZoomCoarsening>())
        {
            var settings = Default with { Coarsening = way };
            var x0 = Rows(GraphZoom.TestVectors(graph, settings with { Coarsening = ZoomCoarsening.Multigrid, Smoothing = 0 }, 3));
            var smooth = Rows(GraphZoom.TestVectors(graph, settings, 3));
            Assert.True(x0.mean([0]).abs().max().item<double>() < 1e-12);
            var a = Dense(graph);
            Tensor expected = x0;
            for (int step = 0; step < (way == ZoomCoarsening.Simple ? 2 : 5); step++)
            {
                // Gauss-Seidel: (D - lower) x' = upper x. Filter: Â_σ x.
                expected = way == ZoomCoarsening.Simple
                    ? Dense(GraphZoom.Filter(graph, 0.1)).mm(expected)
                    : linalg.solve(a.sum(dim: 1).diag() - a.tril(), a.triu().mm(expected));
            }
            Assert.True((expected - smooth).abs().max().item<double>() < 1e-6, way.ToString());
        }
    }

    [Theory]
    [InlineData(ZoomCoarsening.Multigrid)]
    [InlineData(ZoomCoarsening.Simple)]
    public void Levels_shrink_clusters_are_connected_and_P_has_a_single_one_in_each_row(ZoomCoarsening way)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var levels = GraphZoom.CoarsenAll(data.Graph, Default with { Levels = 3, Coarsening = way }, 1);
        Assert.Equal(3, levels.Count);
        foreach (var level in levels)
        {
            Assert.True(level.Coarse.Nodes < level.Fine.Nodes);
            var p = level.Mapping.ToDense();
            Assert.Equal([level.Fine.Nodes, level.Coarse.Nodes], p.shape);
            Assert.True(p.sum(dim: 1).eq(1).all().item<bool>());
            Assert.True(p.max(0).values.eq(1).all().item<bool>());          // no cluster is empty
            for (int c = 0; c < level.Coarse.Nodes; c++)
                Assert.Equal(1, level.Fine.Subgraph([.. Enumerable.Range(0, level.Fine.Nodes).Where(i => level.Cluster[i] == c)]).Components().Count);
            Assert.Equal(data.Graph.Components().Count, level.Coarse.Components().Count);
            // The spectrum: P's columns as trial vectors can only raise what the fine graph allows.
            var (fine, coarse) = (Laplacian(level.Fine), Laplacian(level.Coarse));
            var root = p.to(float64).sum([0]).pow(-0.5).diag();
            double[] low = linalg.eigvalsh(fine).data<double>().ToArray(), high = linalg.eigvalsh(root.mm(coarse).mm(root)).data<double>().ToArray();
            for (int k = 0; k < high.Length; k++) Assert.True(high[k] >= low[k] - 1e-4);
        }
        if (way == ZoomCoarsening.Multigrid)
            Assert.All(levels, level => Assert.InRange(level.Coarse.Nodes, Math.Ceiling(0.43 * level.Fine.Nodes), 0.5 * level.Fine.Nodes));
    }

    private static Tensor Laplacian(Graph graph) => Dense(graph).sum(dim: 1).diag() - Dense(graph);

    [Fact]
    public void Coarsening_keeps_the_low_spectrum_far_better_than_merging_at_random()
    {
        // Two dense blobs with few edges between: the second eigenvector tells them apart, and so must the coarse one.
        using var scope = NewDisposeScope();
        var (graph, blocks) = Generators.StochasticBlocks([60, 60], 0.2, 0.01, 2);
        foreach (var way in Enum.GetValues<ZoomCoarsening>())
        {
            var level = GraphZoom.Coarsen(graph, Default with { Coarsening = way }, 1);
            double Mixed(IReadOnlyList<int> cluster) => Enumerable.Range(0, 120).GroupBy(i => cluster[i]).Sum(g => Math.Min(g.Count(i => blocks[i] == 0), g.Count(i => blocks[i] == 1))) / 120.0;
            int[] random = [.. level.Cluster];
            new Random(1).Shuffle(random);
            Assert.True(Mixed(level.Cluster) < 0.3 * Mixed(random), $"{way}: {Mixed(level.Cluster)} of the nodes in a cluster of the other blob, {Mixed(random)} at random.");
        }
    }

    [Fact]
    public void Nothing_merges_in_a_graph_without_edges_and_coarsening_ends()
    {
        Assert.Empty(GraphZoom.CoarsenAll(Graph.Undirected(5), Default with { Levels = 3 }, 1));
        Assert.Empty(GraphZoom.CoarsenAll(Graph.Undirected(5), Default with { Levels = 3, Coarsening = ZoomCoarsening.Simple }, 1));
    }

    // ------------------------------------------------------------------------------------ refinement

    [Fact]
    public void By_hand_the_filter_of_two_nodes_and_one_alone()
    {
        // A + 0.1 I has row sums 1.1: 1/11 on the diagonal, 10/11 beside; the lonely node maps to itself.
        var filter = GraphZoom.Filter(Graph.Undirected(3, (0, 1)), 0.1).Adjacency.ToDense().data<float>().ToArray();
        Assert.Equal([1 / 11.0, 10 / 11.0, 0, 10 / 11.0, 1 / 11.0, 0, 0, 0, 1], filter.Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void The_filter_keeps_sqrt_degrees_and_never_raises_norm_or_roughness()
    {
        using var scope = NewDisposeScope();
        var graph = Data().Graph.Plus(Generators.Cycle(320), 0.3);
        var filter = Dense(GraphZoom.Filter(graph, 0.1));
        double[] mu = linalg.eigvalsh(filter).data<double>().ToArray();
        Assert.True(mu[0] > -1 && mu[^1] <= 1 + 1e-6);
        var root = (tensor([.. graph.Degrees().Select(d => (double)d)]) + 0.1).sqrt().unsqueeze(1);
        Assert.True((filter.mm(root) - root).abs().max().item<double>() < 1e-5);
        var e = randn(320, 5, dtype: float64);
        var smooth = filter.mm(filter).mm(e);
        double Rough(Tensor x) => (x * (x - filter.mm(x))).sum().item<double>();
        Assert.True(smooth.norm().item<double>() <= e.norm().item<double>());
        Assert.True(Rough(smooth) <= Rough(e));
    }

    [Fact]
    public void Refinement_is_the_matrices_product_at_the_finest_level_or_at_each()
    {
        using var scope = NewDisposeScope();
        var levels = GraphZoom.CoarsenAll(Data().Graph, Default with { Levels = 2 }, 1);
        var e = randn(levels[1].Coarse.Nodes, 4);
        var (p0, p1) = (levels[0].Mapping.ToDense(), levels[1].Mapping.ToDense());
        Tensor F(int i) => GraphZoom.Filter(levels[i].Fine, 0.1).Adjacency.ToDense();
        var once = F(0).mm(F(0)).mm(p0).mm(p1).mm(e);
        var each = F(0).mm(F(0)).mm(p0).mm(F(1)).mm(F(1)).mm(p1).mm(e);
        Assert.True((once - GraphZoom.Refine(levels, e, Default)).abs().max().item<float>() < 1e-5f);
        Assert.True((each - GraphZoom.Refine(levels, e, Default with { FilterEveryLevel = true })).abs().max().item<float>() < 1e-5f);
        Assert.True((p0.mm(p1).mm(e) - GraphZoom.Refine(levels, e, Default with { Hops = 0 })).abs().max().item<float>() < 1e-6f);
    }

    // ------------------------------------------------------------------------------------ the whole

    [Fact]
    public void Without_levels_and_fusion_it_is_the_method_itself()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var zoomed = GraphZoom.Run(data.Graph, data.Features, Default with { Levels = 0, Fusion = false }, GraphZoom.Walks(Short), 5);
        Assert.Equal(NodeEmbeddings.FromWalks(data.Graph, Short, 5).data<float>().ToArray(), zoomed.Vectors.data<float>().ToArray());
        Assert.Equal([320], zoomed.Sizes);
    }

    [Fact]
    public void Two_levels_are_better_and_faster_than_the_method_alone()
    {
        using var scope = NewDisposeScope();
        // Groups of ten in communities of 200: a structure that a smaller graph can keep.
        var data = Communities.Make(new CommunitySettings(Count: 6, Size: 200, Inside: 1, Outside: 0.6, Close: 2, Words: 600, OwnWords: 0.4, Test: 600), 1);
        var method = GraphZoom.Walks(new(new WalkSettings(10, 40), new SkipGramSettings(32, 5, Negatives: 0, Epochs: 3, Subsample: 0, Threads: 1)));
        GraphZoomResult Of(int levels, bool fusion) =>
            GraphZoom.Run(data.Graph, data.Features, new GraphZoomSettings(levels, fusion, Neighbours: 4), method, 1);
        Of(3, true);                                                        // what is compiled at first use is compiled
        var (plain, zoomed) = (Of(0, false), Of(2, true));
        double before = NodeEmbeddings.Accuracy(plain.Vectors, data), after = NodeEmbeddings.Accuracy(zoomed.Vectors, data);
        Assert.True(after > before + 0.05, $"{after} with, {before} without.");
        Assert.True(zoomed.Seconds < plain.Seconds / 3, $"{zoomed.Seconds} s with, {plain.Seconds} s without.");
        Assert.Equal([1200, 516, 222], zoomed.Sizes);
    }

    [Fact]
    public void Methods_with_features_get_their_means_over_each_cluster()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var settings = Default with { Levels = 2, Fusion = false };
        Tensor? seen = null;
        GraphZoom.Run(data.Graph, data.Features, settings, (graph, features, _) =>
        {
            seen = features!.ToDense().DetachFromDisposeScope();
            return zeros(graph.Nodes, 2);
        }, 3);
        var levels = GraphZoom.CoarsenAll(data.Graph, settings, 3);
        var p = levels[0].Mapping.ToDense().mm(levels[1].Mapping.ToDense());
        var means = p.t().mm(data.Features.ToDense()) / p.sum([0]).unsqueeze(1);
        Assert.True((means - seen!).abs().max().item<float>() < 1e-6f);
        var run = GraphZoom.Run(data.Graph, data.Features, settings, GraphZoom.Infomax(new InfomaxSettings(16, Epochs: 20)), 1);
        Assert.Equal([320, 16], run.Vectors.shape);
        // Rows are brought to a sum of 1 before they are learned from, so their scale does not count.
        var tripled = data.Features.WithValues(full(data.Features.Entries, 3f));
        Assert.True((run.Vectors - GraphZoom.Run(data.Graph, tripled, settings, GraphZoom.Infomax(new InfomaxSettings(16, Epochs: 20)), 1).Vectors)
            .abs().max().item<float>() < 1e-3f);
        var sage = new SageEmbeddingSettings(16, Walks: 2, Epochs: 1);
        Assert.Equal([320, 16], GraphZoom.Run(data.Graph, data.Features, settings, GraphZoom.Sage(sage), 1).Vectors.shape);
        foreach (var method in new[] { GraphZoom.Infomax(new InfomaxSettings(16)), GraphZoom.Sage(sage) })
            Assert.Contains("features", Assert.Throws<ArgumentException>(() => GraphZoom.Run(data.Graph, null, settings, method, 1)).Message);
    }

    [Fact]
    public void The_same_seed_gives_the_same_levels_and_vectors()
    {
        using var scope = NewDisposeScope();
        var data = Data();
        float[] Run(int seed) => GraphZoom.Run(data.Graph, data.Features, Default, GraphZoom.Walks(Short), seed).Vectors.data<float>().ToArray();
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Cora_shrinks_as_the_sheet_says()
    {
        Assert.SkipUnless(Catalog.Has("cora"), "Cora is not on this machine; LECTERN_MIRROR names a folder that has it.");
        var cora = Planetoid.Cora();
        // The simple way without fusion: about 1982, 1510, 1210, 970; hubs first: 1700, 1210, 935, 715. Mean of two seeds.
        foreach (var (hubs, expected) in new[] { (false, new[] { 1982, 1510, 1210, 970 }), (true, [1700, 1210, 935, 715]) })
        {
            var settings = Default with { Levels = 4, Coarsening = ZoomCoarsening.Simple, HubsFirst = hubs };
            var runs = new[] { 1, 2 }.Select(seed => GraphZoom.CoarsenAll(cora.Graph, settings, seed)).ToArray();
            for (int i = 0; i < 4; i++) Assert.InRange(runs.Average(run => run[i].Coarse.Nodes), 0.93 * expected[i], 1.07 * expected[i]);
        }
        var multigrid = GraphZoom.CoarsenAll(GraphZoom.Fuse(cora.Graph, cora.Features, Default, 1), Default with { Levels = 3 }, 1);
        Assert.Equal([1165, 501, 216], multigrid.Select(level => level.Coarse.Nodes));      // the paper's: 1169, 519, 218
    }
}
