namespace Lectern.Training;

/// <summary>
/// A random forest for regression (Breiman 2001): trees on random rows that split on the best of random
/// columns, and their mean.
/// </summary>
public sealed class RegressionForest
{
    /// <summary>A split: rows go left where the column is at most the threshold. Leaves have column -1.</summary>
    private readonly record struct Node(int Column, float Threshold, int Left, int Right, float Value);

    private readonly List<Node>[] trees;

    private RegressionForest(List<Node>[] trees) => this.trees = trees;

    /// <summary>Grows a forest.</summary>
    /// <param name="x">Rows, all of one length D.</param>
    /// <param name="y">What to predict, one a row.</param>
    /// <param name="count">Trees.</param>
    /// <param name="leaf">Rows that each side of a split keeps at least.</param>
    /// <param name="rows">Rows that a tree draws, with replacement, at most; at most as many as there are.</param>
    /// <param name="columns">Columns that a split looks at; 0: a third.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <remarks>O(count · rows · log² rows · columns).</remarks>
    /// <exception cref="ArgumentException">Rows and numbers do not fit, or there are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no tree, or a split need not keep any row.</exception>
    public static RegressionForest Fit(IReadOnlyList<float[]> x, IReadOnlyList<float> y, int count = 30, int leaf = 5,
        int rows = 5000, int columns = 0, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count == 0 || x.Count != y.Count || x.Any(row => row.Length != x[0].Length || row.Length == 0))
            throw new ArgumentException(
                $"Rows of one length have a value each; given were {x.Count} rows and {y.Count} values.", nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(leaf, 1);
        if (columns == 0) columns = (x[0].Length + 2) / 3;
        return new RegressionForest([.. Enumerable.Range(0, count).Select(tree =>
        {
            var random = new SplitMix(seed, tree);
            int[] drawn = [.. Enumerable.Range(0, Math.Min(rows, x.Count)).Select(_ => random.Next(x.Count))];
            return Grow(x, y, drawn, leaf, Math.Min(columns, x[0].Length), ref random);
        })]);
    }

    /// <summary>The mean of the trees' answers.</summary>
    /// <param name="row">As long as those that it was grown on.</param>
    public double Predict(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (var tree in trees)
        {
            var node = tree[0];
            while (node.Column >= 0) node = tree[row[node.Column] <= node.Threshold ? node.Left : node.Right];
            sum += node.Value;
        }
        return sum / trees.Length;
    }

    /// <summary>All nodes, as <see cref="Of"/> reads them: tree, column, threshold, left, right, value.</summary>
    internal Tensor State() => tensor(trees.SelectMany((tree, number) => tree.SelectMany(node =>
        (double[])[number, node.Column, node.Threshold, node.Left, node.Right, node.Value])).ToArray()).view(-1, 6);

    /// <summary>The forest of a <see cref="State"/>.</summary>
    internal static RegressionForest Of(Tensor state) => new([.. state.data<double>().Chunk(6)
        .GroupBy(row => row[0]).OrderBy(tree => tree.Key).Select(tree => tree.Select(row =>
            new Node((int)row[1], (float)row[2], (int)row[3], (int)row[4], (float)row[5])).ToList())]);

    private static List<Node> Grow(
        IReadOnlyList<float[]> x, IReadOnlyList<float> y, int[] drawn, int leaf, int columns, ref SplitMix random)
    {
        var tree = new List<Node> { default };
        var open = new Stack<(int Node, int From, int To)>();
        open.Push((0, 0, drawn.Length));
        float[] keys = new float[drawn.Length];
        int[] order = [.. Enumerable.Range(0, x[0].Length)];
        while (open.TryPop(out var part))
        {
            var own = drawn.AsSpan(part.From..part.To);
            double sum = 0;
            foreach (int row in own) sum += y[row];
            var (column, threshold, gain) = (-1, 0f, 1e-9);
            for (int tried = 0; tried < columns && own.Length >= 2 * leaf; tried++)
            {
                int chosen = tried + random.Next(order.Length - tried);
                (order[tried], order[chosen]) = (order[chosen], order[tried]);
                Sort(own, keys, x, order[tried]);
                double left = 0;
                for (int i = 1; i < own.Length; i++)
                {
                    left += y[own[i - 1]];
                    if (i < leaf || own.Length - i < leaf || keys[i] <= keys[i - 1]) continue;
                    // How much the squared error falls.
                    double fall = left * left / i
                        + (sum - left) * (sum - left) / (own.Length - i) - sum * sum / own.Length;
                    // The value itself, and not the middle, which may round to the upper one.
                    if (fall > gain) (column, threshold, gain) = (order[tried], keys[i - 1], fall);
                }
            }
            if (column < 0)
            {
                tree[part.Node] = new Node(-1, 0, 0, 0, (float)(sum / own.Length));
                continue;
            }
            Sort(own, keys, x, column);
            int middle = part.From;
            while (keys[middle - part.From] <= threshold) middle++;
            tree[part.Node] = new Node(column, threshold, tree.Count, tree.Count + 1, 0);
            open.Push((tree.Count, part.From, middle));
            open.Push((tree.Count + 1, middle, part.To));
            tree.AddRange([default, default]);
        }
        return tree;
    }

    private static void Sort(Span<int> rows, float[] keys, IReadOnlyList<float[]> x, int column)
    {
        for (int i = 0; i < rows.Length; i++) keys[i] = x[rows[i]][column];
        keys.AsSpan(0, rows.Length).Sort(rows);
    }
}
