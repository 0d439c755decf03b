using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>The right answers of some questions: row i's are Columns[Pointers[i] .. Pointers[i + 1]].</summary>
/// <param name="Pointers">B + 1 places.</param>
/// <param name="Columns">Numbers of entities.</param>
internal sealed record AnswerRows(int[] Pointers, int[] Columns)
{
    internal int Count => Pointers.Length - 1;

    internal ReadOnlySpan<int> Of(int row) => Columns.AsSpan(Pointers[row]..Pointers[row + 1]);

    /// <summary>These rows and then others.</summary>
    internal AnswerRows And(AnswerRows others) =>
        new([.. Pointers, .. others.Pointers.Skip(1).Select(place => place + Pointers[^1])], [.. Columns, .. others.Columns]);

    /// <summary>The answers of questions, by an index.</summary>
    internal static AnswerRows Of(TripleIndex index, IReadOnlyList<LinkQuestion> questions)
    {
        int[] pointers = new int[questions.Count + 1];
        for (int i = 0; i < questions.Count; i++) pointers[i + 1] = pointers[i] + index.Of(questions[i]).Length;
        int[] columns = new int[pointers[^1]];
        for (int i = 0; i < questions.Count; i++) index.Of(questions[i]).CopyTo(columns.AsSpan(pointers[i]));
        return new AnswerRows(pointers, columns);
    }

    /// <summary>Labels as a table of 0 and 1: [B, n].</summary>
    internal Tensor Table(long n, ScalarType dtype, Device device)
    {
        long[] rows = [.. Enumerable.Range(0, Count).SelectMany(row => Of(row).ToArray().Select(_ => (long)row))];
        long[] columns = [.. Columns.Select(column => (long)column)];
        return zeros([Count, n], dtype, device).index_put_(1, tensor(rows, device: device), tensor(columns, device: device));
    }
}

/// <summary>
/// The loss of rows of scores against their right answers, summed over the rows. The gradient is written as the
/// loss is read; no table of labels is made.
/// </summary>
/// <remarks>
/// Labels y: 1 for right answers and 0 for others; with ε above 0, y ← (1 - ε) y + 1/n.
/// Cross-entropy: log Σ exp s - Σ q s with q = y / Σ y. Binary cross-entropy: Σ log(1 + exp(s + c)) - y (s + c).
/// </remarks>
internal sealed class AnswerLoss : autograd.SingleTensorFunction<AnswerLoss>
{
    /// <inheritdoc/>
    public override string Name => nameof(AnswerLoss);

    /// <summary>The sum over rows, times a factor.</summary>
    /// <param name="scores">[B, n].</param>
    /// <param name="answers">Right answers of each row; a row has at least one.</param>
    /// <param name="loss">Cross-entropy or binary cross-entropy.</param>
    /// <param name="smoothing">ε.</param>
    /// <param name="offset">c.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    /// <param name="overwrite">Whether the gradient may take the scores' memory, which for many entities is most of
    /// a step's: nobody reads the scores any more, the operator that made them included.</param>
    internal static Tensor Of(Tensor scores, AnswerRows answers, LinkLoss loss, double smoothing = 0,
        double offset = 0, double factor = 1, bool overwrite = false)
    {
        RequireAll(loss);
        return Kernels.OnCpu(scores) && scores.dtype == ScalarType.Float32
            ? apply(scores, answers, loss == LinkLoss.CrossEntropy, smoothing, offset, factor, overwrite)
            : ByOperators(Kernels.Wide(scores), answers, loss, smoothing, offset) * factor;
    }

    /// <summary>Throws where a loss has nothing to say of all entities.</summary>
    internal static void RequireAll(LinkLoss loss)
    {
        if (loss is LinkLoss.Margin or LinkLoss.SelfAdversarial)
            throw new ArgumentException($"{loss} compares with sampled negatives, not with all entities.", nameof(loss));
    }

    /// <summary>The same with a table of labels: any device, any precision.</summary>
    internal static Tensor ByOperators(Tensor scores, AnswerRows answers, LinkLoss loss, double smoothing, double offset)
    {
        long n = scores.shape[1];
        var y = answers.Table(n, scores.dtype, scores.device);
        if (smoothing > 0) y = (1 - smoothing) * y + 1.0 / n;
        return loss == LinkLoss.CrossEntropy
            ? -(y / y.sum(1, keepdim: true) * scores.log_softmax(1)).sum()
            : nn.functional.binary_cross_entropy_with_logits(scores + offset, y, reduction: nn.Reduction.Sum);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var scores = ((Tensor)vars[0]).contiguous();
        var answers = (AnswerRows)vars[1];
        var (softmax, smoothing, offset, factor) = ((bool)vars[2], (double)vars[3], (double)vars[4], (double)vars[5]);
        // All that backward needs: the loss is a scalar.
        var gradient = (bool)vars[6] ? scores.detach() : empty_like(scores);
        double loss = OfRows(scores, gradient, answers, 0, softmax, smoothing, offset, factor);
        ctx.save_for_backward([gradient]);
        return tensor((float)loss);
    }

    /// <summary>The loss of some rows, times a factor; its gradient is written as they are read.</summary>
    /// <param name="scores">[R, n], contiguous.</param>
    /// <param name="gradient">Where it is written, which may be the scores.</param>
    /// <param name="answers">Right answers of these rows and others.</param>
    /// <param name="first">Which of them the first row is.</param>
    /// <param name="softmax">Cross-entropy; otherwise binary cross-entropy.</param>
    /// <param name="smoothing">ε.</param>
    /// <param name="offset">c.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    internal static unsafe double OfRows(Tensor scores, Tensor gradient, AnswerRows answers, int first, bool softmax,
        double smoothing, double offset, double factor)
    {
        var (rows, n) = ((int)scores.shape[0], (int)scores.shape[1]);
        float* s = Kernels.Pointer<float>(scores), g = Kernels.Pointer<float>(gradient);
        double[] losses = new double[rows];
        Parallel.For(0, rows, Kernels.Threads, row =>
        {
            float* from = s + (long)row * n, to = g + (long)row * n;
            losses[row] = softmax
                ? Softmax(from, to, n, answers.Of(first + row), smoothing, factor)
                : Logits(from, to, n, answers.Of(first + row), smoothing, (float)offset, (float)factor);
        });
        GC.KeepAlive((scores, gradient));
        return losses.Sum() * factor;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var gradient = ctx.get_saved_variables()[0];
        // The last sum of a loss passes 1 on; a pass over a large table is spared then.
        return [grad_output.item<float>() == 1 ? gradient : gradient * grad_output, null!, null!, null!, null!, null!, null!];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Softmax(float* s, float* g, int n, ReadOnlySpan<int> answers, double smoothing,
        double factor)
    {
        double right = 0;                                   // read before g, which may be s, is written
        foreach (int answer in answers) right += s[answer];
        int lanes = Vector<float>.Count, at = 0;
        var tops = new Vector<float>(float.NegativeInfinity);
        var sums = Vector<float>.Zero;
        for (; at + lanes <= n; at += lanes)
        {
            var x = Vector.Load(s + at);
            tops = Vector.Max(tops, x);
            sums += x;
        }
        float top = float.NegativeInfinity;
        for (int lane = 0; lane < lanes; lane++) top = Math.Max(top, tops[lane]);
        double sum = Vector.Sum(sums);
        for (; at < n; at++) (top, sum) = (Math.Max(top, s[at]), sum + s[at]);

        var (total, shift) = (Vector<float>.Zero, new Vector<float>(top));
        for (at = 0; at + lanes <= n; at += lanes)
        {
            var e = Vector.Exp(Vector.Load(s + at) - shift);
            total += e;
            Vector.Store(e, g + at);
        }
        double z = Vector.Sum(total);
        for (; at < n; at++) z += g[at] = MathF.Exp(s[at] - top);

        // q: a for right answers above the b of all.
        double mass = smoothing > 0 ? (1 - smoothing) * answers.Length + 1 : answers.Length;
        double a = (smoothing > 0 ? 1 - smoothing : 1) / mass, b = smoothing > 0 ? 1.0 / n / mass : 0;
        var (scale, less) = (new Vector<float>((float)(factor / z)), new Vector<float>((float)(factor * b)));
        for (at = 0; at + lanes <= n; at += lanes) Vector.Store(Vector.Load(g + at) * scale - less, g + at);
        for (; at < n; at++) g[at] = g[at] * (float)(factor / z) - (float)(factor * b);
        foreach (int answer in answers) g[answer] -= (float)(factor * a);
        return top + Math.Log(z) - a * right - b * sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Logits(
        float* s, float* g, int n, ReadOnlySpan<int> answers, double smoothing, float offset, float factor)
    {
        int lanes = Vector<float>.Count, at = 0;
        float b = smoothing > 0 ? (float)(1.0 / n) : 0, a = smoothing > 0 ? (float)(1 - smoothing) : 1;
        double right = 0;                                   // read before g, which may be s, is written
        foreach (int answer in answers) right += s[answer] + offset;
        var (losses, zero, one) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.One);
        var (c, less, scale) = (new Vector<float>(offset), new Vector<float>(b), new Vector<float>(factor));
        for (; at + lanes <= n; at += lanes)
        {
            var x = Vector.Load(s + at) + c;
            var e = Vector.Exp(-Vector.Abs(x));             // never overflows
            losses += Vector.Max(x, zero) + Vector.Log(one + e) - less * x;
            var high = one / (one + e);                     // σ(|x|)
            Vector.Store((Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, zero), high, one - high) - less) * scale, g + at);
        }
        double loss = Vector.Sum(losses);
        for (; at < n; at++)
        {
            float x = s[at] + offset, e = MathF.Exp(-Math.Abs(x));
            loss += Math.Max(x, 0) + MathF.Log(1 + e) - b * x;
            g[at] = ((x >= 0 ? 1 : e) / (1 + e) - b) * factor;
        }
        foreach (int answer in answers) g[answer] -= a * factor;
        return loss - a * right;
    }
}
