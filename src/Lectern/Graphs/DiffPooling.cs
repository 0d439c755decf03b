namespace Lectern.Graphs;

/// <summary>Graphs of a batch with their matrices written out, smaller ones padded with nodes that are not there.</summary>
/// <param name="Adjacency">A: [B, n, n], row = target.</param>
/// <param name="Features">X: [B, n, F]; zero where no node is.</param>
/// <param name="Mask">[B, n, 1]: one where a node is, zero where not; null where all are.</param>
public sealed record DenseGraphs(Tensor Adjacency, Tensor Features, Tensor? Mask)
{
    /// <summary>The graphs of a batch, padded to the largest of them. Memory O(B·n²).</summary>
    /// <param name="graphs">The graphs.</param>
    /// <param name="x">A row a node: [N, F].</param>
    /// <returns>Tensors of the caller's scope; gradients reach x.</returns>
    public static DenseGraphs From(GraphBatch graphs, Tensor x)
    {
        Require.Nodes(x, graphs.Nodes, nameof(x));
        using var scope = NewDisposeScope();
        int count = graphs.Count, n = Largest(graphs);
        var (adjacency, mask) = (new float[(long)count * n * n], new float[count * n]);
        var weights = graphs.Graph.Weights?.cpu().to(ScalarType.Float32).data<float>().ToArray();
        for (int g = 0; g < count; g++)
            for (int node = graphs.Offsets[g]; node < graphs.Offsets[g + 1]; node++)
            {
                int row = g * n + node - graphs.Offsets[g];
                mask[row] = 1;
                for (int e = graphs.Graph.Adjacency.RowPointers[node]; e < graphs.Graph.Adjacency.RowPointers[node + 1]; e++)
                    adjacency[(long)row * n + graphs.Graph.Sources[e] - graphs.Offsets[g]] = weights?[e] ?? 1;
            }
        return new DenseGraphs(
            tensor(adjacency, dtype: x.dtype, device: x.device).view(count, n, n).MoveToOuterDisposeScope(),
            Padded(graphs, x).MoveToOuterDisposeScope(),
            tensor(mask, dtype: x.dtype, device: x.device).view(count, n, 1).MoveToOuterDisposeScope());
    }

    /// <summary>Rows of nodes [N, D] graph by graph, [B, n, D], with rows of zeros where a graph is smaller than the largest.</summary>
    internal static Tensor Padded(GraphBatch graphs, Tensor x)
    {
        using var scope = NewDisposeScope();
        int n = Largest(graphs);
        var rows = new long[graphs.Count * n];
        Array.Fill(rows, graphs.Nodes);                                 // a row of zeros stands after the nodes
        for (int g = 0; g < graphs.Count; g++)
            for (int node = graphs.Offsets[g]; node < graphs.Offsets[g + 1]; node++) rows[g * n + node - graphs.Offsets[g]] = node;
        var padded = cat([x, zeros([1, x.shape[1]], x.dtype, x.device)], dim: 0);
        return padded.index_select(0, tensor(rows, device: x.device)).view(graphs.Count, n, -1).MoveToOuterDisposeScope();
    }

    private static int Largest(GraphBatch graphs) =>
        Enumerable.Range(0, graphs.Count).Max(g => graphs.Offsets[g + 1] - graphs.Offsets[g]);
}

/// <summary>Differentiable pooling: nodes are shared out softly over clusters, which are the next graph's nodes.</summary>
/// <remarks>
/// X' = Sᵀ Z and A' = Sᵀ A S, with S = softmax over clusters (Ying et al., NeurIPS 2018, eqs. 3 to 6). Two penalties
/// help S: ‖A − S Sᵀ‖_F, divided by the number of entries, and the mean entropy of its rows; padding counts in neither.
/// </remarks>
public static class DiffPooling
{
    /// <summary>One pooling step from graphs with edges: nothing of size n² is made. Cost O(E·c + N·c·(c + D)).</summary>
    /// <param name="graphs">The graphs.</param>
    /// <param name="z">Z, the nodes' embeddings: [N, D].</param>
    /// <param name="scores">What S is the softmax of: [N, c].</param>
    /// <returns>The pooled graphs [B, c, c] and [B, c, D], S [N, c], and the two penalties, scalars.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (DenseGraphs Pooled, Tensor Assignment, Tensor LinkLoss, Tensor Entropy) Apply(GraphBatch graphs, Tensor z, Tensor scores)
    {
        Require.Nodes(z, graphs.Nodes, nameof(z));
        Require.Nodes(scores, graphs.Nodes, nameof(scores));
        using var scope = NewDisposeScope();
        long clusters = scores.shape[1], width = z.shape[1];
        var s = nn.functional.softmax(scores, -1);                      // eq. 6: [N, c]
        var reached = graphs.Graph.Sum(s);                              // A S: [N, c]
        var padded = DenseGraphs.Padded(graphs, cat([s, z, reached], dim: 1));      // [B, n, c + D + c]
        var products = padded.narrow(2, 0, clusters).transpose(1, 2).matmul(padded);    // Sᵀ [S, Z, A S]
        var x = products.narrow(2, clusters, width);                    // eq. 3: [B, c, D]
        var a = products.narrow(2, clusters + width, clusters);         // eq. 4: [B, c, c]
        // ‖A − S Sᵀ‖² = ‖A‖² − 2 Σ A ∘ S Sᵀ + ‖Sᵀ S‖².
        var weights = graphs.Graph.Weights?.square().sum() ?? tensor((double)graphs.Graph.Edges, dtype: s.dtype, device: s.device);
        var distance = weights - 2 * (s * reached).sum() + products.narrow(2, 0, clusters).square().sum();
        double entries = Enumerable.Range(0, graphs.Count).Sum(g => Math.Pow(graphs.Offsets[g + 1] - graphs.Offsets[g], 2));
        var link = distance.clamp(min: 1e-12).sqrt() / entries;
        var entropy = -(s * (s + 1e-15).log()).sum(-1).mean();
        return (new DenseGraphs(a.MoveToOuterDisposeScope(), x.MoveToOuterDisposeScope(), null), s.MoveToOuterDisposeScope(),
            link.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope());
    }

    /// <summary>One pooling step from graphs that are written out. Cost O(B·n²·c).</summary>
    /// <param name="graphs">A [B, n, n] and the mask of the nodes; its features are not read.</param>
    /// <param name="z">Z, the nodes' embeddings: [B, n, D].</param>
    /// <param name="scores">What S is the softmax of: [B, n, c].</param>
    /// <returns>The pooled graphs [B, c, c] and [B, c, D], S [B, n, c], and the two penalties, scalars.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (DenseGraphs Pooled, Tensor Assignment, Tensor LinkLoss, Tensor Entropy) Apply(DenseGraphs graphs, Tensor z, Tensor scores)
    {
        if (z.dim() != 3 || scores.dim() != 3 || !z.shape[..2].SequenceEqual(graphs.Adjacency.shape[..2])
            || !scores.shape[..2].SequenceEqual(graphs.Adjacency.shape[..2]))
            throw new ArgumentException(
                $"Embeddings and scores must be [{graphs.Adjacency.shape[0]}, {graphs.Adjacency.shape[1]}, …], as the graphs' matrices are; given were "
                + $"[{string.Join(", ", z.shape)}] and [{string.Join(", ", scores.shape)}].", nameof(z));
        using var scope = NewDisposeScope();
        var s = nn.functional.softmax(scores, -1);                      // eq. 6: [B, n, c]
        if (graphs.Mask is not null) (s, z) = (s * graphs.Mask, z * graphs.Mask);
        var turned = s.transpose(1, 2);
        var x = turned.matmul(z);                                       // eq. 3: [B, c, D]
        var a = turned.matmul(graphs.Adjacency).matmul(s);              // eq. 4: [B, c, c]
        var (nodes, entries) = graphs.Mask is null
            ? (s.shape[0] * s.shape[1], (double)graphs.Adjacency.numel())
            : ((double)graphs.Mask.sum().item<float>(), graphs.Mask.to(ScalarType.Float64).sum(dim: 1).square().sum().item<double>());
        var link = (graphs.Adjacency - s.matmul(turned)).norm() / entries;
        var entropy = -(s * (s + 1e-15).log()).sum() / nodes;
        return (new DenseGraphs(a.MoveToOuterDisposeScope(), x.MoveToOuterDisposeScope(), null), s.MoveToOuterDisposeScope(),
            link.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope());
    }
}

/// <summary>GraphSAGE's mean layer on written-out graphs: h' = W [mean of the neighbours] + W' h + b.</summary>
public sealed class DenseSageLayer : nn.Module<DenseGraphs, Tensor, Tensor>
{
    private readonly Linear neighbour, self;

    /// <param name="inFeatures">F.</param>
    /// <param name="outFeatures">D.</param>
    public DenseSageLayer(long inFeatures, long outFeatures) : base(nameof(DenseSageLayer))
    {
        neighbour = nn.Linear(inFeatures, outFeatures, hasBias: false);
        self = nn.Linear(inFeatures, outFeatures);
        RegisterComponents();
    }

    /// <param name="graphs">The graphs; a row of A adds up to the weight that arrives.</param>
    /// <param name="h">Node states: [B, n, F].</param>
    /// <returns>[B, n, D]; zero where no node is.</returns>
    public override Tensor forward(DenseGraphs graphs, Tensor h)
    {
        using var scope = NewDisposeScope();
        var degree = graphs.Adjacency.sum(-1, keepdim: true).clamp(min: 1);     // [B, n, 1]
        var mean = graphs.Adjacency.matmul(h) / degree;                 // [B, n, F]
        var next = neighbour.call(mean) + self.call(h);
        return (graphs.Mask is null ? next : next * graphs.Mask).MoveToOuterDisposeScope();
    }
}
