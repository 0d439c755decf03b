using System.Runtime.InteropServices;

namespace Lectern.Graphs;

/// <summary>What some layers hear about a few nodes of a large graph: a mini-batch of GraphSAGE.</summary>
/// <param name="Nodes">Who takes part, those asked for first; layer 0 reads their features: [n_0].</param>
/// <param name="Layers">
/// What each layer hears, the first layer first: layer k's is [n_(k+1), n_k] without values, row = who hears,
/// column = who is heard, both numbered as in <see cref="Nodes"/>. Its rows are the first n_(k+1) nodes; the
/// last layer's are those asked for.
/// </param>
public sealed record SampledNeighbourhood(int[] Nodes, IReadOnlyList<SparseMatrix> Layers)
{
    /// <summary>Each layer's part of Â (Kipf and Welling 2017), self-loops included, for <see cref="GcnLayer"/>: a neighbour's weight
    /// is 1/√((d_i + 1)(d_j + 1)) with the degrees of the whole graph, times d_i over the number drawn, so that the sum's
    /// expectation over the draws is the whole neighbourhood's; where all are drawn it is that sum.</summary>
    /// <remarks>A node's own edge is added once more if the graph already has it. The values are no scope's: dispose of them.</remarks>
    /// <param name="graph">The graph that was drawn from.</param>
    /// <returns>Like <see cref="Layers"/>, with values, and in each row one more entry, its first: the node itself.</returns>
    public IReadOnlyList<SparseMatrix> Convolutions(INeighbourhoods graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] degrees = Array.ConvertAll(Nodes, node => graph.Neighbours(node).Length);
        float[] roots = Array.ConvertAll(degrees, degree => 1 / MathF.Sqrt(degree + 1f));
        return [.. Layers.Select(layer =>
        {
            var pointers = new int[layer.Rows + 1];
            var columns = new int[layer.Entries + layer.Rows];
            var values = new float[columns.Length];
            int at = 0;
            for (int i = 0; i < layer.Rows; i++)
            {
                var heard = layer.Row(i);
                (columns[at], values[at++]) = (i, roots[i] * roots[i]);
                float scale = heard.Length == 0 ? 0 : roots[i] * degrees[i] / heard.Length;
                foreach (int j in heard) (columns[at], values[at++]) = (j, scale * roots[j]);
                pointers[i + 1] = at;
            }
            return SparseMatrix.FromRows(layer.Rows, layer.Columns, pointers, columns, values);
        })];
    }
}

/// <summary>Draws neighbourhoods of a few nodes: a step on a graph of any size costs the same.</summary>
/// <remarks>
/// Hamilton, Ying and Leskovec 2017, algorithm 2: from the last layer back to the first, each node draws who
/// it hears. Memory is one number a node of the graph, kept between batches, so a sampler serves one thread;
/// the draws themselves use all.
/// </remarks>
public sealed class NeighbourSampler
{
    private readonly INeighbourhoods graph;
    private readonly int[] fanOuts, places;             // a node's place in the batch; -1: it takes no part

    /// <param name="graph">A node hears the sources of its edges, whatever their weights.</param>
    /// <param name="fanOuts">Neighbours that a node hears at most, the first layer's first: S_1, S_2, … (the
    /// paper's section 4: 25 and 10).</param>
    /// <exception cref="ArgumentOutOfRangeException">A fan-out is below 1.</exception>
    public NeighbourSampler(INeighbourhoods graph, params int[] fanOuts)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(fanOuts);
        foreach (int fanOut in fanOuts)
            if (fanOut < 1)
                throw new ArgumentOutOfRangeException(nameof(fanOuts), fanOut, "A node hears somebody.");
        (this.graph, this.fanOuts, places) = (graph, [.. fanOuts], new int[graph.Nodes]);
        Array.Fill(places, -1);
    }

    /// <summary>What K layers hear about some nodes. Cost O(seeds · (1 + S_K) … (1 + S_1)).</summary>
    /// <param name="seeds">The nodes asked for, each once.</param>
    /// <param name="random">Where the randomness comes from: a number a layer. What a node draws follows from that number and the
    /// node alone, so batches that are drawn with equal ones agree on the nodes that they share.</param>
    /// <exception cref="ArgumentException">A seed does not exist, or comes twice.</exception>
    public SampledNeighbourhood Sample(ReadOnlySpan<int> seeds, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var nodes = new List<int>(seeds.Length);
        var layers = new SparseMatrix[fanOuts.Length];
        try
        {
            foreach (int seed in seeds)
            {
                if ((uint)seed >= (uint)graph.Nodes)
                    throw new ArgumentException(
                        $"There is no node {seed}: the nodes are 0 to {graph.Nodes - 1}.", nameof(seeds));
                if (places[seed] >= 0)
                    throw new ArgumentException($"Node {seed} is asked for twice.", nameof(seeds));
                Place(seed, nodes);
            }
            for (int layer = fanOuts.Length - 1; layer >= 0; layer--)
            {
                int[] rows = [.. nodes];
                var (pointers, heard) = NeighbourSampling.Draw(graph, rows, fanOuts[layer], random.Next());
                for (int i = 0; i < rows.Length; i++)
                {
                    var neighbours = graph.Neighbours(rows[i]);
                    foreach (ref int one in heard.AsSpan(pointers[i]..pointers[i + 1])) one = Place(neighbours[one], nodes);
                }
                layers[layer] = SparseMatrix.FromRows(rows.Length, nodes.Count, pointers, heard);
            }
            return new SampledNeighbourhood([.. nodes], layers);
        }
        finally
        {
            foreach (int node in CollectionsMarshal.AsSpan(nodes)) places[node] = -1;
        }
    }

    /// <summary>A node's place in the batch, which is the next free one if it was not there.</summary>
    private int Place(int node, List<int> nodes)
    {
        if (places[node] >= 0) return places[node];
        nodes.Add(node);
        return places[node] = nodes.Count - 1;
    }
}
