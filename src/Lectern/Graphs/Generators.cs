namespace Lectern.Graphs;

/// <summary>Graphs made by rule. All but <see cref="RandomEdges"/> are undirected, without loops; the random ones give the same graph for the same seed.</summary>
public static class Generators
{
    /// <summary>0 – 1 – … – n-1.</summary>
    public static Graph Path(int n) => Graph.Undirected(n, [.. Enumerable.Range(0, Math.Max(0, n - 1)).Select(i => (i, i + 1))]);

    /// <summary>The path with its ends joined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 3 nodes.</exception>
    public static Graph Cycle(int n) => n < 3
        ? throw new ArgumentOutOfRangeException(nameof(n), n, "A cycle has at least 3 nodes.")
        : Graph.Undirected(n, [.. Enumerable.Range(0, n).Select(i => (i, (i + 1) % n))]);

    /// <summary>Every pair of nodes joined.</summary>
    public static Graph Complete(int n) => Graph.Undirected(n, [.. from i in Enumerable.Range(0, n) from j in Enumerable.Range(i + 1, n - i - 1) select (i, j)]);

    /// <summary>Node 0 joined to all others.</summary>
    public static Graph Star(int n) => Graph.Undirected(n, [.. Enumerable.Range(1, n - 1).Select(i => (0, i))]);

    /// <summary>A rectangle of nodes, each joined to those right and below; node r · columns + c stands at row r, column c.</summary>
    public static Graph Grid(int rows, int columns)
    {
        var edges = new List<(int, int)>();
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                if (c + 1 < columns) edges.Add((r * columns + c, r * columns + c + 1));
                if (r + 1 < rows) edges.Add((r * columns + c, (r + 1) * columns + c));
            }
        return Graph.Undirected(rows * columns, [.. edges]);
    }

    /// <summary>Each pair joined with probability p, independently: G(n, p) of Erdős and Rényi (Gilbert 1959). Cost O(n + edges).</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is no probability.</exception>
    public static Graph ErdosRenyi(int n, double p, int seed)
    {
        if (p is < 0 or > 1) throw new ArgumentOutOfRangeException(nameof(p), p, "A probability lies between 0 and 1.");
        if (p == 1) return Complete(n);
        var random = new Random(seed);
        var (sources, targets) = (new List<int>(), new List<int>());
        // Batagelj and Brandes 2005: the gaps between joined pairs are geometric, so only edges cost time.
        long row = 1, column = -1;
        while (p > 0 && row < n)
        {
            column += 1 + (long)Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - p));
            while (column >= row && row < n)
            {
                column -= row;
                row++;
            }
            if (row >= n) break;
            sources.Add((int)column);
            targets.Add((int)row);
        }
        return Graph.FromEdges(n, [.. sources], [.. targets], undirected: true);
    }

    /// <summary>Exactly m of the pairs joined, every choice of them equally likely: G(n, m) of Erdős and Rényi.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than m pairs.</exception>
    public static Graph ErdosRenyiEdges(int n, int m, int seed)
    {
        long pairs = (long)n * (n - 1) / 2;
        if (m < 0 || m > pairs)
            throw new ArgumentOutOfRangeException(nameof(m), m, $"{n} nodes have {pairs} pairs; join between 0 and all of them.");
        var random = new Random(seed);
        var chosen = new HashSet<long>();
        // Floyd 1987: a sample without repetition from as many draws as it has members.
        for (long last = pairs - m; last < pairs; last++)
        {
            long pair = random.NextInt64(last + 1);
            if (!chosen.Add(pair)) chosen.Add(last);
        }
        return Graph.Undirected(n, [.. chosen.Order().Select(pair =>
        {
            // Pairs are numbered row by row below the diagonal: row r begins at r (r - 1) / 2.
            int row = (int)((1 + Math.Sqrt(1 + 8.0 * pair)) / 2);
            while ((long)row * (row - 1) / 2 > pair) row--;
            while ((long)row * (row + 1) / 2 <= pair) row++;
            return ((int)(pair - (long)row * (row - 1) / 2), row);
        })]);
    }

    /// <summary>About <paramref name="edges"/> directed edges between random nodes, for measuring: no pair is checked against another.</summary>
    public static Graph RandomEdges(int n, int edges, int seed)
    {
        var random = new Random(seed);
        var (sources, targets) = (new int[edges], new int[edges]);
        for (int e = 0; e < edges; e++) (sources[e], targets[e]) = (random.Next(n), random.Next(n));
        return Graph.FromEdges(n, sources, targets);
    }

    /// <summary>Nodes arrive one by one and join m earlier ones, chosen in proportion to their degrees (Barabási and Albert 1999).</summary>
    /// <exception cref="ArgumentOutOfRangeException">m is below 1, or not below n.</exception>
    public static Graph BarabasiAlbert(int n, int m, int seed)
    {
        if (m < 1 || m >= n) throw new ArgumentOutOfRangeException(nameof(m), m, $"Each node joins at least 1 and fewer than the {n} nodes.");
        var random = new Random(seed);
        // The edges' ends hold each node as often as its degree.
        int[] sources = new int[checked((n - m) * m)], targets = new int[sources.Length];
        var chosen = new HashSet<int>(m);
        int edges = 0;
        for (int node = m; node < n; node++)
        {
            chosen.Clear();
            while (chosen.Count < m) chosen.Add(node == m ? chosen.Count : End(random.Next(2 * edges)));
            foreach (int other in chosen) sources[edges++] = other;
            targets.AsSpan(edges - m, m).Fill(node);
            sources.AsSpan(edges - m, m).Sort();
        }
        return Graph.FromEdges(n, sources, targets, undirected: true);

        int End(int number) => (number % 2 == 0 ? sources : targets)[number / 2];
    }

    /// <summary>Blocks of nodes; a pair is joined with probability <paramref name="within"/> in a block, <paramref name="between"/> across two.</summary>
    /// <returns>The graph and the block of each node.</returns>
    public static (Graph Graph, int[] Blocks) StochasticBlocks(int[] sizes, double within, double between, int seed)
    {
        var random = new Random(seed);
        int[] blocks = [.. sizes.SelectMany((size, block) => Enumerable.Repeat(block, size))];
        var edges = new List<(int, int)>();
        for (int i = 0; i < blocks.Length; i++)
            for (int j = i + 1; j < blocks.Length; j++)
                if (random.NextDouble() < (blocks[i] == blocks[j] ? within : between)) edges.Add((i, j));
        return (Graph.Undirected(blocks.Length, [.. edges]), blocks);
    }
}
