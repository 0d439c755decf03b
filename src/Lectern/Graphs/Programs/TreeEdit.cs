namespace Lectern.Graphs.Programs;

/// <summary>What an edit does to a program's tree.</summary>
public enum EditOperator
{
    /// <summary>Nothing: the program is right as it is.</summary>
    NoOp,

    /// <summary>The node gets another value.</summary>
    ReplaceValue,

    /// <summary>The node goes, with all below it.</summary>
    Delete,

    /// <summary>The node becomes of another kind and keeps its children.</summary>
    ReplaceKind,

    /// <summary>The node gets a new child without children.</summary>
    Add,
}

/// <summary>One edit of a program's tree.</summary>
/// <param name="Operator">What it does.</param>
/// <param name="Node">The number of the node, in preorder; of the parent for <see cref="EditOperator.Add"/>; 0 for <see cref="EditOperator.NoOp"/>.</param>
/// <param name="Kind">The new kind, of a replaced kind or an added node.</param>
/// <param name="Value">The new value, of a replaced value or an added node.</param>
/// <param name="Rank">Where an added node stands among its parent's children: 0 is first.</param>
public sealed record TreeEdit(EditOperator Operator, int Node = 0, string? Kind = null, string? Value = null, int Rank = 0)
{
    /// <summary>The tree after this edit; the tree given stays as it is.</summary>
    /// <exception cref="ArgumentException">The edit does not fit the tree: no such node or rank, the root deleted.</exception>
    public ProgramNode Apply(ProgramNode tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var copy = tree.Clone();
        var nodes = copy.Preorder();
        if (Node < 0 || Node >= nodes.Count)
            throw new ArgumentException($"The edit names node {Node}; the tree has {nodes.Count} nodes, from 0.", nameof(tree));
        var node = nodes[Node];
        switch (Operator)
        {
            case EditOperator.ReplaceValue:
                node.Value = Value;
                break;
            case EditOperator.ReplaceKind:
                node.Kind = Kind ?? throw new ArgumentException("An edit that replaces a kind wants one.", nameof(tree));
                break;
            case EditOperator.Delete:
                var parent = nodes.Find(candidate => candidate.Children.Contains(node))
                    ?? throw new ArgumentException("The root of a program cannot be deleted.", nameof(tree));
                parent.Children.Remove(node);
                break;
            case EditOperator.Add:
                if (Rank < 0 || Rank > node.Children.Count)
                    throw new ArgumentException($"The edit adds a child at {Rank}; the node has {node.Children.Count} children.", nameof(tree));
                string kind = Kind ?? throw new ArgumentException("An edit that adds a node wants its kind.", nameof(tree));
                node.Children.Insert(Rank, new ProgramNode(kind, Value));
                break;
        }
        return copy;
    }

    /// <summary>
    /// The fewest edits that make one tree of another: Selkow's distance (1977), where nodes are relabelled (kind and value an edit
    /// each), whole subtrees deleted (one edit) and nodes added (one edit each).
    /// </summary>
    /// <remarks>In the order in which they are applied: each edit's numbers are those of the tree that its predecessors have left.</remarks>
    /// <returns>The edits; none where the trees are equal.</returns>
    public static IReadOnlyList<TreeEdit> Between(ProgramNode from, ProgramNode to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var root = from.Clone();
        var edits = new List<TreeEdit>();
        var costs = new Dictionary<(ProgramNode, ProgramNode), int>();
        void Do(ProgramNode node, Func<int, TreeEdit> edit, Action act)
        {
            edits.Add(edit(root.Preorder().IndexOf(node)));
            act();
        }
        void Rewrite(ProgramNode a, ProgramNode b)
        {
            if (a.Same(b)) return;
            if (a.Kind != b.Kind) Do(a, i => new(EditOperator.ReplaceKind, i, b.Kind), () => a.Kind = b.Kind);
            if (a.Value != b.Value) Do(a, i => new(EditOperator.ReplaceValue, i, Value: b.Value), () => a.Value = b.Value);
            var (old, wanted) = (a.Children.ToList(), b.Children);
            var table = Alignment(old, wanted, costs);
            // Backwards through the table, then forwards through the children, so that ranks are those of the tree as it is then.
            var steps = new Stack<(ProgramNode? Old, ProgramNode? New)>();
            for (int i = old.Count, j = wanted.Count; i > 0 || j > 0;)
            {
                // Of equal children the later ones count as those that are new or go.
                if (i > 0 && table[i, j] == table[i - 1, j] + 1) steps.Push((old[--i], null));
                else if (j > 0 && table[i, j] == table[i, j - 1] + wanted[j - 1].Size) steps.Push((null, wanted[--j]));
                else steps.Push((old[--i], wanted[--j]));
            }
            int rank = 0;
            foreach (var (before, after) in steps)
            {
                if (after is null) Do(before!, i => new(EditOperator.Delete, i), () => a.Children.Remove(before!));
                else if (before is null) Insert(a, after, rank++);
                else
                {
                    Rewrite(before, after);
                    rank++;
                }
            }
        }
        void Insert(ProgramNode parent, ProgramNode wanted, int rank)
        {
            var added = new ProgramNode(wanted.Kind, wanted.Value);
            Do(parent, i => new(EditOperator.Add, i, wanted.Kind, wanted.Value, rank), () => parent.Children.Insert(rank, added));
            for (int c = 0; c < wanted.Children.Count; c++) Insert(added, wanted.Children[c], c);
        }
        Rewrite(root, to);
        return edits;
    }

    // How many edits make one subtree of the other.
    private static int Cost(ProgramNode a, ProgramNode b, Dictionary<(ProgramNode, ProgramNode), int> costs)
    {
        if (costs.TryGetValue((a, b), out int known)) return known;
        int cost = a.Same(b) ? 0
            : (a.Kind == b.Kind ? 0 : 1) + (a.Value == b.Value ? 0 : 1)
                + Alignment(a.Children, b.Children, costs)[a.Children.Count, b.Children.Count];
        return costs[(a, b)] = cost;
    }

    // The cheapest way from the first i children to the first j.
    private static int[,] Alignment(List<ProgramNode> old, List<ProgramNode> wanted, Dictionary<(ProgramNode, ProgramNode), int> costs)
    {
        var table = new int[old.Count + 1, wanted.Count + 1];
        for (int i = 1; i <= old.Count; i++) table[i, 0] = i;
        for (int j = 1; j <= wanted.Count; j++) table[0, j] = table[0, j - 1] + wanted[j - 1].Size;
        for (int i = 1; i <= old.Count; i++)
            for (int j = 1; j <= wanted.Count; j++)
                table[i, j] = Math.Min(table[i - 1, j - 1] + Cost(old[i - 1], wanted[j - 1], costs),
                    Math.Min(table[i - 1, j] + 1, table[i, j - 1] + wanted[j - 1].Size));
        return table;
    }
}
