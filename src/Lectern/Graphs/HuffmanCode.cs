namespace Lectern.Graphs;

/// <summary>
/// A binary tree whose leaves are items, frequent ones near the root (Huffman 1952). Hierarchical softmax reaches an item by
/// the decisions on its way down: log(items) of them in the place of a sum over all items.
/// </summary>
internal sealed class HuffmanCode
{
    private readonly int[] starts;                                      // [items + 1]
    private readonly int[] inner;                                       // inner nodes on each way down, root first
    private readonly float[] labels;                                    // 1 for the first child, 0 for the second

    /// <param name="counts">How often each item occurs. Cost O(items log items).</param>
    internal HuffmanCode(ReadOnlySpan<long> counts)
    {
        int items = counts.Length;
        var (parent, second) = (new int[2 * items], new bool[2 * items]);
        var open = new PriorityQueue<(int Node, long Count), (long Count, int Node)>();
        for (int item = 0; item < items; item++) open.Enqueue((item, counts[item]), (counts[item], item));
        for (int node = items; node < 2 * items - 1; node++)
        {
            var (a, b) = (open.Dequeue(), open.Dequeue());
            (parent[a.Node], parent[b.Node], second[b.Node]) = (node, node, true);
            open.Enqueue((node, a.Count + b.Count), (a.Count + b.Count, node));
        }
        starts = new int[items + 1];
        var (ways, turns) = (new List<int>(), new List<float>());
        int root = 2 * items - 2;
        for (int item = 0; item < items; item++)
        {
            for (int node = item; node != root; node = parent[node])
            {
                ways.Add(parent[node] - items);                         // inner nodes are numbered from 0
                turns.Add(second[node] ? 0 : 1);
            }
            ways.Reverse(starts[item], ways.Count - starts[item]);
            turns.Reverse(starts[item], turns.Count - starts[item]);
            starts[item + 1] = ways.Count;
            Longest = Math.Max(Longest, ways.Count - starts[item]);
        }
        (inner, labels) = ([.. ways], [.. turns]);
    }

    /// <summary>The most decisions that an item takes.</summary>
    internal int Longest { get; }

    /// <summary>The inner nodes (0 … items - 2) on the way to an item, from the root.</summary>
    internal ReadOnlySpan<int> Way(int item) => inner.AsSpan(starts[item]..starts[item + 1]);

    /// <summary>What is decided at each: 1 for the first child, 0 for the second.</summary>
    internal ReadOnlySpan<float> Turns(int item) => labels.AsSpan(starts[item]..starts[item + 1]);
}
