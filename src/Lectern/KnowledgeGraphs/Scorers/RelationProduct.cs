using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// A matrix a relation, times a vector a question: y_i = W_{r_i} x_i, or W_{r_i}ᵀ x_i, with the matrices left where they
/// are. Gathered for a batch they are its largest table by far: 33 MB for 512 questions and a width of 128.
/// </summary>
internal sealed class RelationProduct : autograd.SingleTensorFunction<RelationProduct>
{
    /// <inheritdoc/>
    public override string Name => nameof(RelationProduct);

    /// <summary>The products.</summary>
    /// <param name="matrices">[m, D²], on the CPU.</param>
    /// <param name="relations">r: B numbers of relations.</param>
    /// <param name="x">[B, D].</param>
    /// <param name="transposed">Whether to multiply by the transposes.</param>
    /// <returns>[B, D].</returns>
    internal static Tensor Of(Tensor matrices, long[] relations, Tensor x, bool transposed) =>
        apply(relations, transposed, matrices, x);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (relations, transposed) = ((long[])vars[0], (bool)vars[1]);
        var (matrices, x) = ((Tensor)vars[2], ((Tensor)vars[3]).contiguous());
        // Questions of one relation stand together: its matrix is read from the cache, and its gradient has one writer.
        int[] order = [.. Enumerable.Range(0, relations.Length).OrderBy(i => relations[i])];
        ctx.save_data("relations", relations);
        ctx.save_data("order", order);
        ctx.save_data("transposed", transposed);
        ctx.save_for_backward([matrices, x]);
        return Products(matrices, relations, order, x, transposed);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (relations, order) = ((long[])ctx.get_data("relations")!, (int[])ctx.get_data("order")!);
        bool transposed = (bool)ctx.get_data("transposed")!;
        var (matrices, x, dy) = (ctx.get_saved_variables()[0], ctx.get_saved_variables()[1], grad_output.contiguous());
        var dx = Products(matrices, relations, order, dy, !transposed);
        var (left, right) = transposed ? (x, dy) : (dy, x);
        var dMatrices = matrices.dtype == ScalarType.Float32
            ? Outer<float>(matrices, relations, order, left, right)
            : Outer<double>(matrices, relations, order, left, right);
        return [null!, null!, dMatrices, dx];
    }

    private static Tensor Products(Tensor matrices, long[] relations, int[] order, Tensor x, bool transposed) =>
        matrices.dtype == ScalarType.Float32
            ? Products<float>(matrices, relations, order, x, transposed)
            : Products<double>(matrices, relations, order, x, transposed);

    private static unsafe Tensor Products<T>(Tensor matrices, long[] relations, int[] order, Tensor x, bool transposed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int d = (int)x.shape[1];
        var y = zeros_like(x);
        T* w = Kernels.Pointer<T>(matrices), from = Kernels.Pointer<T>(x), to = Kernels.Pointer<T>(y);
        Parallel.For(0, order.Length, Kernels.Threads, place =>
        {
            int i = order[place];
            T* matrix = w + relations[i] * d * d, input = from + (long)i * d, output = to + (long)i * d;
            for (int row = 0; row < d; row++)
            {
                if (transposed) Add(input[row], matrix + (long)row * d, output, d);     // y += x_a W_a
                else output[row] = Dot(matrix + (long)row * d, input, d);               // y_a = ⟨W_a, x⟩
            }
        });
        GC.KeepAlive((matrices, x));
        return y;
    }

    /// <summary>Σ_i left_i right_iᵀ for the questions of each relation: [m, D²].</summary>
    private static unsafe Tensor Outer<T>(Tensor matrices, long[] relations, int[] order, Tensor left, Tensor right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int d = (int)left.shape[1];
        var sum = zeros_like(matrices);
        T* w = Kernels.Pointer<T>(sum), a = Kernels.Pointer<T>(left), b = Kernels.Pointer<T>(right);
        int[] starts = [.. Enumerable.Range(0, order.Length)
            .Where(place => place == 0 || relations[order[place]] != relations[order[place - 1]]), order.Length];
        Parallel.For(0, starts.Length - 1, Kernels.Threads, group =>
        {
            T* matrix = w + relations[order[starts[group]]] * d * d;
            for (int place = starts[group]; place < starts[group + 1]; place++)
            {
                long i = order[place];
                for (int row = 0; row < d; row++) Add(a[i * d + row], b + i * d, matrix + (long)row * d, d);
            }
        });
        GC.KeepAlive((left, right));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe T Dot<T>(T* a, T* b, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int at = 0;
        var sums = Vector<T>.Zero;
        for (; at + Vector<T>.Count <= count; at += Vector<T>.Count)
            sums += Vector.Load(a + at) * Vector.Load(b + at);
        T sum = Vector.Sum(sums);
        for (; at < count; at++) sum += a[at] * b[at];
        return sum;
    }

    /// <summary>to ← to + factor · from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Add<T>(T factor, T* from, T* to, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int at = 0;
        for (; at + Vector<T>.Count <= count; at += Vector<T>.Count)
            Vector.Store(Vector.Load(to + at) + Vector.Load(from + at) * factor, to + at);
        for (; at < count; at++) to[at] += from[at] * factor;
    }
}
