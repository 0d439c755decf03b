using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// Σ_k |q_k - e_k| over complex numbers for each question and each entity. With operators the differences of all pairs
/// are a table of [B, N, D], several times over; here a pair's are added up where they arise, and once more for the
/// gradient.
/// </summary>
internal sealed class ComplexDistance : autograd.SingleTensorFunction<ComplexDistance>
{
    /// <inheritdoc/>
    public override string Name => nameof(ComplexDistance);

    /// <summary>The distances.</summary>
    /// <param name="q">Real parts, then imaginary parts, on the CPU: [B, D].</param>
    /// <param name="entities">Likewise: [N, D].</param>
    /// <returns>[B, N]; where two coordinates are the same, the gradient is 0.</returns>
    internal static Tensor Of(Tensor q, Tensor entities) => apply(q, entities);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (q, e) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous());
        ctx.save_for_backward([q, e]);
        return q.dtype == ScalarType.Float32 ? Sums<float>(q, e) : Sums<double>(q, e);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (q, e, dy) = (ctx.get_saved_variables()[0], ctx.get_saved_variables()[1], grad_output.contiguous());
        // d|q - e| is the same for both but for its sign. Each row has one thread: sums have one order.
        return q.dtype == ScalarType.Float32
            ? [Pulls<float>(q, e, dy, turned: false), Pulls<float>(e, q, dy, turned: true)]
            : [Pulls<double>(q, e, dy, turned: false), Pulls<double>(e, q, dy, turned: true)];
    }

    private static unsafe Tensor Sums<T>(Tensor q, Tensor e) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (rows, columns, half) = ((int)q.shape[0], (int)e.shape[0], (int)q.shape[1] / 2);
        var y = empty([rows, columns], q.dtype);
        T* from = Kernels.Pointer<T>(q), against = Kernels.Pointer<T>(e), to = Kernels.Pointer<T>(y);
        Parallel.For(0, rows, Kernels.Threads, i =>
        {
            T* own = from + 2L * i * half;
            for (int j = 0; j < columns; j++) to[(long)i * columns + j] = Distance(own, against + 2L * j * half, half);
        });
        GC.KeepAlive((q, e));
        return y;
    }

    /// <summary>Σ_j w_ij (x_i - o_j) / |x_i - o_j|, coordinate by coordinate.</summary>
    /// <param name="x">[R, D].</param>
    /// <param name="others">[S, D].</param>
    /// <param name="weights">[R, S], or [S, R] if it is turned.</param>
    /// <param name="turned">Whether it is.</param>
    private static unsafe Tensor Pulls<T>(Tensor x, Tensor others, Tensor weights, bool turned)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (rows, columns, half) = ((int)x.shape[0], (int)others.shape[0], (int)x.shape[1] / 2);
        var sum = zeros_like(x);
        T* from = Kernels.Pointer<T>(x), against = Kernels.Pointer<T>(others), w = Kernels.Pointer<T>(weights);
        T* to = Kernels.Pointer<T>(sum);
        Parallel.For(0, rows, Kernels.Threads, i =>
        {
            T* own = from + 2L * i * half, into = to + 2L * i * half;
            for (int j = 0; j < columns; j++)
            {
                T weight = turned ? w[(long)j * rows + i] : w[(long)i * columns + j];
                if (weight != T.Zero) Pull(own, against + 2L * j * half, into, weight, half);
            }
        });
        GC.KeepAlive((x, others, weights));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe T Distance<T>(T* a, T* b, int half) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int k = 0;
        var sums = Vector<T>.Zero;
        for (; k + Vector<T>.Count <= half; k += Vector<T>.Count)
        {
            var (re, im) = (Vector.Load(a + k) - Vector.Load(b + k), Vector.Load(a + half + k) - Vector.Load(b + half + k));
            sums += Vector.SquareRoot(re * re + im * im);
        }
        T sum = Vector.Sum(sums);
        for (; k < half; k++)
        {
            var (re, im) = (a[k] - b[k], a[half + k] - b[half + k]);
            sum += T.Sqrt(re * re + im * im);
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Pull<T>(T* a, T* b, T* to, T weight, int half) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int k = 0;
        for (; k + Vector<T>.Count <= half; k += Vector<T>.Count)
        {
            var (re, im) = (Vector.Load(a + k) - Vector.Load(b + k), Vector.Load(a + half + k) - Vector.Load(b + half + k));
            var modulus = Vector.SquareRoot(re * re + im * im);
            var pull = Vector.ConditionalSelect(
                Vector.Equals(modulus, Vector<T>.Zero), Vector<T>.Zero, new Vector<T>(weight) / modulus);
            Vector.Store(Vector.Load(to + k) + re * pull, to + k);
            Vector.Store(Vector.Load(to + half + k) + im * pull, to + half + k);
        }
        for (; k < half; k++)
        {
            var (re, im) = (a[k] - b[k], a[half + k] - b[half + k]);
            T modulus = T.Sqrt(re * re + im * im);
            if (modulus == T.Zero) continue;
            to[k] += re * weight / modulus;
            to[half + k] += im * weight / modulus;
        }
    }
}
