namespace Lectern.Graphs;

/// <summary>How a GraphSAGE layer sums up a neighbourhood.</summary>
public enum SageAggregator
{
    /// <summary>The mean of the neighbours, beside the node itself.</summary>
    Mean,

    /// <summary>The mean of the node and its neighbours, without the node itself beside it.</summary>
    Gcn,

    /// <summary>max σ(W_pool h_u + b) over the neighbours, column by column.</summary>
    Pool,

    /// <summary>The last state of an LSTM that reads the neighbours in the order of the edges; shuffle them first.</summary>
    Lstm,
}

/// <summary>GraphSAGE without its non-linearity and normalisation: h'_v = W [h_v ‖ AGG{h_u : u → v}].</summary>
/// <remarks>
/// Hamilton, Ying and Leskovec 2017, algorithm 1, lines 4 and 5. The sampled neighbourhood is the graph's own
/// business (<see cref="NeighbourSampling.Sample"/>), or comes with a batch of a few nodes
/// (<see cref="NeighbourSampler"/>).
/// </remarks>
public sealed class SageLayer : nn.Module<Graph, Tensor, Tensor>
{
    private readonly long inFeatures;
    private readonly Linear neighbour;                          // the half of W that meets AGG
    private readonly Linear? self;                              // the half of W that meets h_v
    private readonly Linear? pool;
    private readonly LSTM? lstm;

    /// <param name="inFeatures">F, columns of h.</param>
    /// <param name="outFeatures">D, columns of h'.</param>
    /// <param name="aggregator">AGG.</param>
    public SageLayer(long inFeatures, long outFeatures, SageAggregator aggregator = SageAggregator.Mean) : base(nameof(SageLayer))
    {
        (this.inFeatures, Aggregator) = (inFeatures, aggregator);
        neighbour = nn.Linear(inFeatures, outFeatures, hasBias: false);
        if (aggregator != SageAggregator.Gcn) self = nn.Linear(inFeatures, outFeatures);
        if (aggregator == SageAggregator.Pool) pool = nn.Linear(inFeatures, inFeatures);
        if (aggregator == SageAggregator.Lstm) lstm = nn.LSTM(inFeatures, inFeatures, batchFirst: true);
        RegisterComponents();
    }

    /// <summary>AGG.</summary>
    public SageAggregator Aggregator { get; }

    /// <param name="graph">The neighbourhoods; edges run from neighbour to node.</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[N, D].</returns>
    public override Tensor forward(Graph graph, Tensor h)
    {
        Require.Features(h, graph.Nodes, inFeatures, nameof(h));
        using var scope = NewDisposeScope();
        var next = neighbour.call(Aggregate(graph, h));                 // [N, F] -> [N, D]
        if (self is not null) next = next + self.call(h);               // W [a ‖ b] = W_1 a + W_2 b
        return next.MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="forward(Graph, Tensor)"/>
    /// <remarks>For features that are sparse; Mean and Gcn only, whose sums commute with W.</remarks>
    /// <exception cref="NotSupportedException">The aggregator is not linear.</exception>
    public Tensor forward(Graph graph, SparseMatrix h)
    {
        Require.Features(h, graph.Nodes, inFeatures, nameof(h));
        if (Aggregator is SageAggregator.Pool or SageAggregator.Lstm)
            throw new NotSupportedException($"The {Aggregator} aggregator is not linear and wants dense features: call forward with features.ToDense().");
        using var scope = NewDisposeScope();
        var hw = h.MatMul(neighbour.weight!.t());                       // AGG is linear here: AGG(h) W = AGG(h W)
        var next = Aggregator == SageAggregator.Gcn ? graph.Looped.Mean(hw) : graph.Mean(hw);
        if (self is not null) next = next + h.MatMul(self.weight!.t()) + self.bias!;
        return next.MoveToOuterDisposeScope();
    }

    /// <summary>The layer on the part of a graph that a batch hears.</summary>
    /// <param name="neighbours">Who hears whom: [T, N]; its rows are the first T columns. Values are not
    /// looked at. With <see cref="SageAggregator.Gcn"/>, an edge to oneself counts beside the node.</param>
    /// <param name="h">Node features: [N, F].</param>
    /// <returns>[T, D].</returns>
    /// <exception cref="ArgumentException">Neighbours and features do not fit.</exception>
    public Tensor forward(SparseMatrix neighbours, Tensor h)
    {
        Require.Features(h, neighbours.Columns, inFeatures, nameof(h));
        if (neighbours.Rows > neighbours.Columns)
            throw new ArgumentException(
                $"Who hears is among who is heard; given were {neighbours.Rows} and {neighbours.Columns}.",
                nameof(neighbours));
        using var scope = NewDisposeScope();
        var own = h.narrow(0, 0, neighbours.Rows);                      // [T, F]
        int[] counts = [.. Enumerable.Range(0, neighbours.Rows).Select(i => neighbours.Row(i).Length)];
        var count = tensor(counts, dtype: h.dtype, device: h.device).unsqueeze(1);
        Tensor Sum() => SparseProduct.Multiply(neighbours, null, h);
        var heard = Aggregator switch                                   // [T, F]
        {
            SageAggregator.Mean => Sum() / count.clamp(min: 1),
            SageAggregator.Gcn => (Sum() + own) / (count + 1),
            SageAggregator.Pool => NeighbourMax.Of(neighbours, pool!.call(h).relu()),
            _ => ReadInOrder(neighbours, h),
        };
        var next = neighbour.call(heard);                               // [T, F] -> [T, D]
        if (self is not null) next = next + self.call(own);
        return next.MoveToOuterDisposeScope();
    }

    private Tensor Aggregate(Graph graph, Tensor h) => Aggregator switch
    {
        SageAggregator.Mean => graph.Mean(h),
        SageAggregator.Gcn => graph.Looped.Mean(h),
        SageAggregator.Pool => graph.Max(pool!.call(h).relu()),
        _ => ReadInOrder(graph.Adjacency, h),
    };

    /// <summary>Nodes of equal degree form a batch of sequences of equal length; no padding enters the LSTM.</summary>
    private Tensor ReadInOrder(SparseMatrix neighbours, Tensor h)
    {
        var next = zeros([neighbours.Rows, inFeatures], h.dtype, h.device);
        var groups = Enumerable.Range(0, neighbours.Rows).GroupBy(i => neighbours.Row(i).Length);
        foreach (var group in groups.Where(g => g.Key > 0).OrderBy(g => g.Key))
        {
            long[] heard = [.. group.SelectMany(i => neighbours.Row(i).ToArray()).Select(j => (long)j)];
            var rows = h.index_select(0, tensor(heard, device: h.device));
            var (_, last, _) = lstm!.call(rows.view(-1, group.Key, inFeatures)); // [n, d, F] -> [1, n, F]
            next = next.index_add(0, tensor([.. group.Select(i => (long)i)], device: h.device), last.squeeze(0), 1);
        }
        return next;
    }
}
