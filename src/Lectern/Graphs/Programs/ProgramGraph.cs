namespace Lectern.Graphs.Programs;

/// <summary>A program as a graph (Hoppity, section 3.1): its tree's nodes in preorder, then a node for each distinct value.</summary>
public sealed class ProgramGraph
{
    /// <summary>Relations: child, parent, value of, node with the value, next leaf, leaf before.</summary>
    public const int Relations = 6;

    /// <param name="tree">The program.</param>
    public ProgramGraph(ProgramNode tree)
    {
        (Tree, Nodes) = (tree, tree.Preorder());
        var number = Nodes.Select((node, i) => (node, i)).ToDictionary(p => p.node, p => p.i);
        Values = [.. Nodes.Select(node => node.Value).OfType<string>().Distinct()];
        var place = Values.Select((value, i) => (value, i)).ToDictionary(p => p.value, p => Nodes.Count + p.i);
        var edges = new List<(int Relation, int From, int To)>();
        void Both(int relation, int from, int to) => edges.AddRange([(relation, from, to), (relation + 1, to, from)]);
        int leaf = -1;
        for (int v = 0; v < Nodes.Count; v++)
        {
            foreach (var child in Nodes[v].Children) Both(0, v, number[child]);
            if (Nodes[v].Value is { } value) Both(2, v, place[value]);
            if (Nodes[v].Children.Count > 0) continue;
            if (leaf >= 0) Both(4, leaf, v);
            leaf = v;
        }
        Edges = edges;
        Children = [.. Nodes.Select(node => node.Children.Select(child => number[child]).ToArray())];
    }

    /// <summary>The program.</summary>
    public ProgramNode Tree { get; }

    /// <summary>The tree's nodes, in preorder.</summary>
    public IReadOnlyList<ProgramNode> Nodes { get; }

    /// <summary>The distinct values; the i-th is node Nodes.Count + i of the graph.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Nodes of the graph.</summary>
    public int Count => Nodes.Count + Values.Count;

    /// <summary>Edges with their relation, from 0.</summary>
    public IReadOnlyList<(int Relation, int From, int To)> Edges { get; }

    /// <summary>The numbers of each tree node's children.</summary>
    public IReadOnlyList<int[]> Children { get; }

    /// <summary>Whether an edit of the sort is allowed at a node: the root is not deleted, an inner node without a value gets none.</summary>
    public bool Allows(EditOperator edit, int node) => edit switch
    {
        EditOperator.Delete => node != 0,
        EditOperator.ReplaceValue => Nodes[node].Value is not null || Nodes[node].Children.Count == 0,
        _ => true,
    };
}
