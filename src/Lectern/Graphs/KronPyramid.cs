namespace Lectern.Graphs;

/// <summary>
/// Smaller and smaller versions of a graph: half of the nodes stay (those where the eigenvector of the Laplacian's
/// largest eigenvalue is not negative), joined by what the others conducted between them.
/// </summary>
/// <remarks>
/// Kron reduction: L' = L_kk − L_kd L_dd⁻¹ L_dk for kept nodes k and dropped ones d (Shuman, Faraji and Vandergheynst
/// 2016; so in Simonovsky and Komodakis 2017, section 3.3). The eigenvector's sign is free: it is turned so that its
/// largest entry is positive. Cost O(n³) a graph and level, once; for graphs up to some hundreds of nodes.
/// </remarks>
public sealed class KronPyramid
{
    private KronPyramid(IReadOnlyList<Graph> levels, IReadOnlyList<int[]> kept) => (Levels, Kept) = (levels, kept);

    /// <summary>Level 0 is the graph with L = I − D^-½ A D^-½ as its weights, loops included; each later one has its L'.</summary>
    public IReadOnlyList<Graph> Levels { get; }

    /// <summary>Which nodes of each level are the next one's, ascending.</summary>
    public IReadOnlyList<int[]> Kept { get; }

    /// <summary>The pyramid of an undirected graph.</summary>
    /// <param name="graph">The graph; weights are not read.</param>
    /// <param name="levels">How often to reduce.</param>
    /// <param name="threshold">Entries of L' with a smaller absolute value are left out.</param>
    public static KronPyramid Build(Graph graph, int levels, double threshold = 1e-4)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var (graphs, kept) = (new List<Graph>(), new List<int[]>());
        double[,] laplacian = Laplacian(graph);                         // [n, n]
        for (int level = 0; ; level++)
        {
            graphs.Add(ToGraph(laplacian, threshold));
            if (level == levels) return new KronPyramid(graphs, kept);
            int[] keep = Keep(laplacian);
            kept.Add(keep);
            laplacian = Reduce(laplacian, keep);
        }
    }

    /// <summary>L_kk − L_kd L_dd⁻¹ L_dk, by taking out the dropped nodes one after the other.</summary>
    /// <param name="laplacian">L: [n, n], symmetric.</param>
    /// <param name="keep">The nodes that stay, ascending.</param>
    /// <returns>[kept, kept].</returns>
    public static double[,] Reduce(double[,] laplacian, IReadOnlyList<int> keep)
    {
        int n = laplacian.GetLength(0);
        var rest = (double[,])laplacian.Clone();
        var stays = new bool[n];
        foreach (int i in keep) stays[i] = true;
        var open = Enumerable.Repeat(true, n).ToArray();
        for (int p = 0; p < n; p++)
        {
            if (stays[p]) continue;
            open[p] = false;
            if (rest[p, p] < 1e-9) continue;                            // nothing that is left hangs on it
            for (int i = 0; i < n; i++)
            {
                if (!open[i] || rest[i, p] == 0) continue;
                double share = rest[i, p] / rest[p, p];
                for (int j = 0; j < n; j++) if (open[j]) rest[i, j] -= share * rest[p, j];
            }
        }
        var reduced = new double[keep.Count, keep.Count];
        for (int i = 0; i < keep.Count; i++)
            for (int j = 0; j < keep.Count; j++) reduced[i, j] = rest[keep[i], keep[j]];
        return reduced;
    }

    /// <summary>The nodes where the eigenvector of the largest eigenvalue is not negative.</summary>
    private static int[] Keep(double[,] laplacian)
    {
        int n = laplacian.GetLength(0);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (_, vectors) = linalg.eigh(tensor([.. laplacian.Cast<double>()]).view(n, n));   // ascending
        double[] last = vectors.select(1, n - 1).contiguous().data<double>().ToArray();
        double sign = Math.Sign(last[Array.IndexOf(last, last.MaxBy(Math.Abs))]);
        return [.. Enumerable.Range(0, n).Where(i => last[i] * sign >= -1e-9)];
    }

    private static double[,] Laplacian(Graph graph)
    {
        var laplacian = new double[graph.Nodes, graph.Nodes];
        for (int i = 0; i < graph.Nodes; i++)
        {
            int degree = graph.Neighbours(i).Length;
            if (degree > 0) laplacian[i, i] = 1;
            foreach (int j in graph.Neighbours(i)) laplacian[i, j] -= 1 / Math.Sqrt((double)degree * graph.Neighbours(j).Length);
        }
        return laplacian;
    }

    private static Graph ToGraph(double[,] laplacian, double threshold)
    {
        int n = laplacian.GetLength(0);
        var (pointers, columns, weights) = (new int[n + 1], new List<int>(), new List<float>());
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                if (Math.Abs(laplacian[i, j]) >= threshold)
                {
                    columns.Add(j);
                    weights.Add((float)laplacian[i, j]);
                }
            pointers[i + 1] = columns.Count;
        }
        return new Graph(SparseMatrix.FromRows(n, n, pointers, [.. columns], [.. weights]));
    }
}
