namespace Lectern.Graphs;

/// <summary>
/// A directed graph on the nodes 0 … N-1. An edge runs from its source to its target, and messages run along edges: what a
/// node gathers comes from the sources of the edges that arrive at it. An undirected edge is two directed ones.
/// </summary>
/// <remarks>
/// Edges are numbered by target, so that what arrives at a node lies together; tensors with a row an edge follow that
/// numbering (<see cref="Sources"/>, <see cref="Targets"/>).
/// </remarks>
public sealed class Graph : INeighbourhoods
{
    private int[]? targets;

    internal Graph(SparseMatrix adjacency)
    {
        if (adjacency.Rows != adjacency.Columns)
            throw new ArgumentException($"A graph's adjacency is square; this one is [{adjacency.Rows}, {adjacency.Columns}].", nameof(adjacency));
        Adjacency = adjacency;
    }

    /// <summary>The edges as a matrix: row = target, column = source, value = weight.</summary>
    public SparseMatrix Adjacency { get; }

    /// <summary>Number of nodes, N.</summary>
    public int Nodes => Adjacency.Rows;

    /// <summary>Number of directed edges, E.</summary>
    public int Edges => Adjacency.Entries;

    /// <summary>Weight of each edge: [E]; null if all are one.</summary>
    public Tensor? Weights => Adjacency.Values;

    /// <summary>Source of each edge: [E].</summary>
    public int[] Sources => Adjacency.ColumnIndices;

    /// <summary>Target of each edge: [E], ascending.</summary>
    public int[] Targets => targets ??= Adjacency.EntryRows();

    /// <summary>A graph from pairs of nodes, each an edge in both directions; repeated pairs count once.</summary>
    public static Graph Undirected(params (int, int)[] edges) =>
        Undirected(edges.Length == 0 ? 0 : edges.Max(e => Math.Max(e.Item1, e.Item2)) + 1, edges);

    /// <summary>A graph of <paramref name="nodes"/> nodes from pairs of nodes, each an edge in both directions.</summary>
    public static Graph Undirected(int nodes, params (int, int)[] edges) =>
        FromEdges(nodes, [.. edges.Select(e => e.Item1)], [.. edges.Select(e => e.Item2)], undirected: true);

    /// <summary>A graph from (source, target) pairs.</summary>
    public static Graph Directed(int nodes, params (int Source, int Target)[] edges) =>
        FromEdges(nodes, [.. edges.Select(e => e.Source)], [.. edges.Select(e => e.Target)]);

    /// <summary>A graph from its edges in any order. Repeated edges become one, with the first one's weight. Cost O(N + E log degree).</summary>
    /// <param name="nodes">Number of nodes.</param>
    /// <param name="sources">Source of each edge.</param>
    /// <param name="targets">Target of each edge.</param>
    /// <param name="weights">Weight of each edge; empty for ones.</param>
    /// <param name="undirected">Whether each edge also runs back.</param>
    /// <exception cref="ArgumentException">An edge names a node that does not exist, or the lengths differ.</exception>
    public static Graph FromEdges(int nodes, ReadOnlySpan<int> sources, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights = default, bool undirected = false)
    {
        if (sources.Length != targets.Length || (weights.Length != 0 && weights.Length != sources.Length))
            throw new ArgumentException(
                $"{sources.Length} sources, {targets.Length} targets and {weights.Length} weights do not describe the same edges.", nameof(targets));
        for (int e = 0; e < sources.Length; e++)
            if ((uint)sources[e] >= (uint)nodes || (uint)targets[e] >= (uint)nodes)
                throw new ArgumentException(
                    $"Edge {e} ({sources[e]} → {targets[e]}) names a node that does not exist: the {nodes} nodes are 0 to {nodes - 1}. "
                    + "Raise the number of nodes, or take the edge out.", nameof(sources));

        // A counting sort by target, then each row by source. Only weights need to know where an edge stood.
        var pointers = new int[nodes + 1];
        foreach (int target in targets) pointers[target + 1]++;
        if (undirected)
            foreach (int source in sources) pointers[source + 1]++;
        for (int i = 0; i < nodes; i++) pointers[i + 1] = checked(pointers[i + 1] + pointers[i]);
        var next = pointers[..nodes];
        int[] columns = new int[pointers[nodes]], order = weights.Length > 0 ? new int[columns.Length] : [];
        Place(sources, targets);
        if (undirected) Place(targets, sources);
        SortRows(pointers, columns, order);
        KeepFirst(pointers, ref columns, ref order);
        float[]? values = weights.Length > 0 ? new float[order.Length] : null;
        for (int e = 0; e < order.Length; e++) values![e] = weights[order[e]];
        return new Graph(SparseMatrix.FromRows(nodes, nodes, pointers, columns, values));

        void Place(ReadOnlySpan<int> from, ReadOnlySpan<int> to)
        {
            for (int e = 0; e < from.Length; e++)
            {
                int place = next[to[e]]++;
                columns[place] = from[e];
                if (order.Length > 0) order[place] = e;
            }
        }
    }

    /// <summary>Sorts each row by column, and with it where its entries stood, if it is there.</summary>
    private static void SortRows(int[] pointers, int[] columns, int[] order) =>
        SparseKernels.ForRows(pointers, width: 64, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                var range = pointers[row]..pointers[row + 1];
                if (order.Length > 0) columns.AsSpan(range).Sort(order.AsSpan(range));
                else columns.AsSpan(range).Sort();
            }
        });

    /// <summary>Drops repeated entries of sorted rows; of their places the first is kept.</summary>
    private static void KeepFirst(int[] pointers, ref int[] columns, ref int[] order)
    {
        int count = 0, begin = 0;
        for (int row = 0; row < pointers.Length - 1; row++)
        {
            int end = pointers[row + 1], first = count;
            for (int entry = begin; entry < end; entry++)
            {
                bool repeats = count > first && columns[count - 1] == columns[entry];
                if (!repeats) columns[count++] = columns[entry];
                if (order.Length > 0)
                    order[count - 1] = repeats ? Math.Min(order[count - 1], order[entry]) : order[entry];
            }
            (begin, pointers[row + 1]) = (end, count);
        }
        if (order.Length > 0) Array.Resize(ref order, count);
        Array.Resize(ref columns, count);
    }

    /// <summary>The same edges with other weights: [E], in the numbering of <see cref="Sources"/>.</summary>
    public Graph WithWeights(Tensor? weights) => new(Adjacency.WithValues(weights));

    /// <summary>The same graph with an edge of weight one from each node to itself; edges to oneself that were there are replaced.</summary>
    public Graph WithSelfLoops()
    {
        var weights = Weights?.data<float>().ToArray();
        int loops = 0;
        for (int node = 0; node < Nodes; node++) loops += Neighbours(node).Count(node);
        var (pointers, columns) = (new int[Nodes + 1], new int[Edges + Nodes - loops]);
        float[]? values = weights is null ? null : new float[columns.Length];
        int count = 0;
        for (int node = 0; node < Nodes; node++)
        {
            bool placed = false;
            for (int e = Adjacency.RowPointers[node]; e < Adjacency.RowPointers[node + 1]; e++)
            {
                if (!placed && Sources[e] >= node) placed = Add(node, 1);   // sources keep ascending
                if (Sources[e] != node) Add(Sources[e], weights?[e] ?? 1);
            }
            if (!placed) Add(node, 1);
            pointers[node + 1] = count;
        }
        return new Graph(SparseMatrix.FromRows(Nodes, Nodes, pointers, columns, values));

        bool Add(int source, float weight)
        {
            if (values is not null) values[count] = weight;
            columns[count++] = source;
            return true;
        }
    }

    /// <summary>The graph with every edge turned around.</summary>
    public Graph Reversed() => new(Adjacency.Transpose());

    /// <summary>Sum of the weights of the edges that arrive at each node: [N].</summary>
    public float[] Degrees()
    {
        var degrees = new float[Nodes];
        var weights = Weights?.data<float>().ToArray();
        for (int node = 0; node < Nodes; node++)
        {
            var (begin, end) = (Adjacency.RowPointers[node], Adjacency.RowPointers[node + 1]);
            if (weights is null) degrees[node] = end - begin;
            else
                for (int e = begin; e < end; e++) degrees[node] += weights[e];
        }
        return degrees;
    }

    /// <summary>The same edges weighted w / √(d(source) d(target)): with self-loops first, Kipf and Welling's Â.</summary>
    public Graph Normalized() => Scaled((source, target) =>
        source > 0 && target > 0 ? 1 / Math.Sqrt((double)source * target) : 0);

    /// <summary>The same edges weighted w / d(target), so that what arrives at a node is a weighted mean.</summary>
    public Graph RowNormalized() => Scaled((_, target) => target > 0 ? 1.0 / target : 0);

    private Graph Scaled(Func<float, float, double> factor)
    {
        var degrees = Degrees();
        var weights = Weights?.data<float>().ToArray();
        var scaled = new float[Edges];
        SparseKernels.ForRows(Adjacency.RowPointers, width: 32, (from, to) =>
        {
            for (int node = from; node < to; node++)
                for (int e = Adjacency.RowPointers[node]; e < Adjacency.RowPointers[node + 1]; e++)
                    scaled[e] = (float)((weights?[e] ?? 1) * factor(degrees[Sources[e]], degrees[node]));
        });
        return WithWeights(tensor(scaled));
    }

    // ------------------------------------------------------------------------------------ message passing

    /// <summary>y[i] = Σ w[e] x[j] over the edges e = j → i, with the graph's own weights. Cost O(E · D), no temporary of E rows.</summary>
    /// <param name="x">A row a node: [N, D].</param>
    /// <returns>[N, D]; zero where no edge arrives.</returns>
    public Tensor Sum(Tensor x) => SparseProduct.Multiply(Adjacency, Weights, x);

    /// <summary>y[i] = Σ w[e] x[j] over the edges e = j → i, differentiable in both: plainly
    /// <c>zeros(N, D).index_add(0, targets, w[:, None] * x[sources])</c>.</summary>
    /// <param name="x">A row a node: [N, D].</param>
    /// <param name="weights">[E], or [E, K] for K heads that own D/K columns of x each.</param>
    /// <returns>[N, D]; zero where no edge arrives.</returns>
    public Tensor Sum(Tensor x, Tensor weights) => SparseProduct.Multiply(Adjacency, weights, x);

    /// <summary>y[i] = the mean of x[j] over the edges j → i, without weights; zero where no edge arrives.</summary>
    public Tensor Mean(Tensor x) => SparseProduct.Multiply(Averaging, Averaging.Values, x);

    private SparseMatrix? averaging;

    private SparseMatrix Averaging => averaging ??= WithWeights(null).RowNormalized().Adjacency;

    private Graph? looped;

    /// <summary>The same edges with self-loops and without weights; made once.</summary>
    internal Graph Looped => looped ??= WithWeights(null).WithSelfLoops();

    /// <summary>y[i, c] = the largest x[j, c] over the edges j → i; zero where no edge arrives.</summary>
    public Tensor Max(Tensor x) => NeighbourMax.Of(Adjacency, x);

    /// <summary>Softmax of a score an edge over the edges that arrive at the same node, head by head.</summary>
    /// <param name="scores">[E] or [E, K].</param>
    public Tensor Softmax(Tensor scores)
    {
        RequireEdgeRows(scores, nameof(scores));
        return scores.dim() == 1 ? EdgeSoftmax.Of(Adjacency, scores.unsqueeze(1)).squeeze(1) : EdgeSoftmax.Of(Adjacency, scores);
    }

    /// <summary>The value of an edge's target plus that of its source, for every edge: [N, K] and [N, K] give [E, K].</summary>
    /// <exception cref="ArgumentException">The values are not one row a node, of as many columns and of one type.</exception>
    public Tensor EdgeSums(Tensor ofTargets, Tensor ofSources) => EdgeValues.Of(Adjacency, ofTargets, ofSources);

    private void RequireEdgeRows(Tensor values, string name)
    {
        if (values.dim() is < 1 or > 2 || values.shape[0] != Edges)
            throw new ArgumentException($"The {name} must be [{Edges}] or [{Edges}, K], a row an edge; given were [{string.Join(", ", values.shape)}].", name);
    }

    // ------------------------------------------------------------------------------------ structure

    /// <summary>The sources of the edges that arrive at a node.</summary>
    public ReadOnlySpan<int> Neighbours(int node) => Adjacency.Row(node);

    /// <summary>Each unordered pair of joined nodes once, smaller number first; for drawing and counting.</summary>
    public IEnumerable<(int, int)> Pairs()
    {
        for (int e = 0; e < Edges; e++)
            if (Sources[e] <= Targets[e] || !Neighbours(Sources[e]).Contains(Targets[e]))
                yield return (Math.Min(Sources[e], Targets[e]), Math.Max(Sources[e], Targets[e]));
    }

    /// <summary>The connected component of each node (edges count in both directions), numbered from 0 by first node, and their number.</summary>
    public (int[] Component, int Count) Components()
    {
        var (back, _) = Adjacency.Transposed;
        var component = new int[Nodes];
        Array.Fill(component, -1);
        int count = 0;
        var open = new Stack<int>();
        for (int start = 0; start < Nodes; start++)
        {
            if (component[start] >= 0) continue;
            component[start] = count;
            open.Push(start);
            while (open.TryPop(out int node))
                foreach (var matrix in (SparseMatrix[])[Adjacency, back])
                    foreach (int other in matrix.ColumnIndices.AsSpan(matrix.RowPointers[node]..matrix.RowPointers[node + 1]))
                        if (component[other] < 0)
                        {
                            component[other] = count;
                            open.Push(other);
                        }
            count++;
        }
        return (component, count);
    }

    /// <summary>The part of the graph on some nodes, which are numbered anew in the order given.</summary>
    public Graph Subgraph(IReadOnlyList<int> nodes)
    {
        var place = new Dictionary<int, int>();
        for (int i = 0; i < nodes.Count; i++) place.Add(nodes[i], i);
        var kept = Enumerable.Range(0, Edges).Where(e => place.ContainsKey(Sources[e]) && place.ContainsKey(Targets[e])).ToArray();
        var weights = Weights?.data<float>().ToArray();
        return FromEdges(nodes.Count, [.. kept.Select(e => place[Sources[e]])], [.. kept.Select(e => place[Targets[e]])],
            weights is null ? default : [.. kept.Select(e => weights[e])]);
    }
}
