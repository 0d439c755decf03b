namespace Lectern.Graphs;

/// <summary>
/// A support vector machine on a kernel that is given as a matrix: minimise ½ αᵀQα − Σα with 0 ≤ α ≤ C and yᵀα = 0, where
/// Q_ij = y_i y_j k(i, j). More than two classes vote pair by pair.
/// </summary>
/// <remarks>
/// Solved two coefficients at a time (Platt 1998), the pair chosen by second-order information (Fan, Chen and Lin, JMLR
/// 2005). Cost O(steps · n) and the matrix that is given.
/// </remarks>
public sealed class KernelSvm
{
    private readonly List<(int First, int Second, int[] Items, double[] Coefficients, double Offset)> machines = [];

    private KernelSvm(int classes) => Classes = classes;

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Number of training items that some machine leans on.</summary>
    public int SupportVectors => machines.SelectMany(m => m.Items).Distinct().Count();

    /// <summary>Fits the machine to some of a kernel's items.</summary>
    /// <param name="kernel">k(i, j) of all items: [n, n], symmetric and positive semi-definite.</param>
    /// <param name="labels">Class of each item, 0 to classes - 1: [n].</param>
    /// <param name="train">The items to learn from.</param>
    /// <param name="c">C: how much an error costs.</param>
    /// <param name="tolerance">How far from optimal a pair of coefficients may stay.</param>
    /// <exception cref="ArgumentException">The training items have fewer than two classes, or the kernel is not as large
    /// as there are labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">C is not above 0.</exception>
    public static KernelSvm Fit(double[,] kernel, IReadOnlyList<int> labels, IReadOnlyList<int> train, double c = 1, double tolerance = 1e-3)
    {
        if (kernel.GetLength(0) != labels.Count || kernel.GetLength(1) != labels.Count)
            throw new ArgumentException(
                $"{labels.Count} labels want a kernel [{labels.Count}, {labels.Count}]; given was [{kernel.GetLength(0)}, {kernel.GetLength(1)}].", nameof(kernel));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(c);
        int[] classes = [.. train.Select(i => labels[i]).Distinct().Order()];
        if (classes.Length < 2)
            throw new ArgumentException("All training items have one class; a machine needs two to part.", nameof(train));
        var svm = new KernelSvm(classes[^1] + 1);
        foreach (int first in classes)
            foreach (int second in classes)
            {
                if (first >= second) continue;
                int[] items = [.. train.Where(i => labels[i] == first || labels[i] == second)];
                double[] y = [.. items.Select(i => labels[i] == first ? 1.0 : -1.0)];
                var (alpha, offset) = Solve(kernel, items, y, c, tolerance);
                int[] support = [.. Enumerable.Range(0, items.Length).Where(i => alpha[i] > 0)];
                svm.machines.Add((first, second, [.. support.Select(i => items[i])], [.. support.Select(i => alpha[i] * y[i])], offset));
            }
        return svm;
    }

    /// <summary>The class of an item: the one with the most votes, of equal ones the smaller.</summary>
    /// <param name="kernel">The kernel that the machine was fitted with.</param>
    /// <param name="item">Which item.</param>
    public int Predict(double[,] kernel, int item)
    {
        var votes = new int[Classes];
        foreach (var machine in machines) votes[Decision(machine, kernel, item) >= 0 ? machine.First : machine.Second]++;
        return Array.IndexOf(votes, votes.Max());
    }

    /// <summary>Share of some items whose class is found.</summary>
    /// <param name="kernel">The kernel that the machine was fitted with.</param>
    /// <param name="labels">Class of each item.</param>
    /// <param name="items">Which items count.</param>
    public double Accuracy(double[,] kernel, IReadOnlyList<int> labels, IReadOnlyList<int> items) =>
        items.Average(i => Predict(kernel, i) == labels[i] ? 1.0 : 0);

    private static double Decision(
        (int First, int Second, int[] Items, double[] Coefficients, double Offset) machine, double[,] kernel, int item)
    {
        double sum = machine.Offset;
        for (int s = 0; s < machine.Items.Length; s++) sum += machine.Coefficients[s] * kernel[machine.Items[s], item];
        return sum;
    }

    private static (double[] Alpha, double Offset) Solve(double[,] kernel, int[] items, double[] y, double c, double tolerance)
    {
        int n = items.Length;
        var alpha = new double[n];
        double[] gradient = [.. Enumerable.Repeat(-1.0, n)];            // of the objective: Qα − 1
        double K(int i, int j) => kernel[items[i], items[j]];
        bool Up(int i) => y[i] > 0 ? alpha[i] < c : alpha[i] > 0;       // α may move so that yα grows
        bool Down(int i) => y[i] > 0 ? alpha[i] > 0 : alpha[i] < c;
        for (long step = 0; step < 10_000_000L; step++)
        {
            int i = -1;
            double most = double.NegativeInfinity, least = double.PositiveInfinity;
            for (int t = 0; t < n; t++) if (Up(t) && -y[t] * gradient[t] > most) (i, most) = (t, -y[t] * gradient[t]);
            int j = -1;
            double best = 0;
            for (int t = 0; t < n && i >= 0; t++)
            {
                if (!Down(t)) continue;
                double value = -y[t] * gradient[t];
                least = Math.Min(least, value);
                double gap = most - value;
                if (gap <= 0) continue;
                double curve = Math.Max(K(i, i) + K(t, t) - 2 * K(i, t), 1e-12);
                if (gap * gap / curve > best) (j, best) = (t, gap * gap / curve);
            }
            if (j < 0 || most - least < tolerance) break;
            double move = (most + y[j] * gradient[j]) / Math.Max(K(i, i) + K(j, j) - 2 * K(i, j), 1e-12);
            // y_i α_i grows by what y_j α_j loses; neither leaves 0 … C.
            move = Math.Min(move, y[i] > 0 ? c - alpha[i] : alpha[i]);
            move = Math.Min(move, y[j] > 0 ? alpha[j] : c - alpha[j]);
            alpha[i] = Math.Clamp(alpha[i] + y[i] * move, 0, c);
            alpha[j] = Math.Clamp(alpha[j] - y[j] * move, 0, c);
            for (int t = 0; t < n; t++) gradient[t] += y[t] * move * (K(t, i) - K(t, j));
        }
        // The offset from the items between 0 and C; without any, the middle of what the others allow.
        double[] free = [.. Enumerable.Range(0, n).Where(t => alpha[t] > 1e-12 * c && alpha[t] < c * (1 - 1e-12)).Select(t => -y[t] * gradient[t])];
        if (free.Length > 0) return (alpha, free.Average());
        double low = Enumerable.Range(0, n).Where(Up).Select(t => -y[t] * gradient[t]).DefaultIfEmpty(0).Max();
        double high = Enumerable.Range(0, n).Where(Down).Select(t => -y[t] * gradient[t]).DefaultIfEmpty(0).Min();
        return (alpha, (low + high) / 2);
    }
}
