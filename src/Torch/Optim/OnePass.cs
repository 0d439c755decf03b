using System.Numerics;
using System.Runtime.CompilerServices;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Steps of optimizers in one pass over each parameter, for memory of the CPU. Operators take several passes: small
/// networks spend longer on starting those than on the arithmetic, and large tables do not fit the caches.
/// </summary>
internal static unsafe class OnePass
{
    private const int SerialWork = 1 << 16;     // below this many numbers threads cost more than they give

    /// <summary>Whether the tensors lie in the CPU's memory, each in one piece, in one precision.</summary>
    public static bool Takes(params ReadOnlySpan<Tensor[]> lists)
    {
        var type = lists[0][0].dtype;
        if (type is not (ScalarType.Float32 or ScalarType.Float64)) return false;
        foreach (var list in lists)
            foreach (var tensor in list)
                if (tensor.dtype != type || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
                    return false;
        return true;
    }

    /// <summary>
    /// Adam: m ← beta1 m + (1 - beta1) g; v ← beta2 v + (1 - beta2) g²; p ← p - rate · m / (√v / root + eps).
    /// </summary>
    public static void Adam(
        Tensor p, Tensor g, Tensor m, Tensor v,
        double beta1, double beta2, double eps, double root, double rate)
    {
        if (p.dtype == ScalarType.Float32) Of<float>();
        else Of<double>();
        Changed(p, m, v);
        GC.KeepAlive(g);

        void Of<T>()
            where T : unmanaged, IFloatingPointIeee754<T> => Split(p.numel(), (from, count) =>
                Adam(At<T>(p, from), At<T>(g, from), At<T>(m, from), At<T>(v, from), count, Number<T>(beta1),
                    Number<T>(1 - beta1), Number<T>(beta2), Number<T>(1 - beta2), Number<T>(eps), Number<T>(root),
                    Number<T>(rate)));
    }

    /// <summary>Adagrad: s ← s + g²; p ← p - rate · g / (√s + eps).</summary>
    public static void Adagrad(Tensor p, Tensor g, Tensor s, double eps, double rate)
    {
        if (p.dtype == ScalarType.Float32) Of<float>();
        else Of<double>();
        Changed(p, s);
        GC.KeepAlive(g);

        void Of<T>()
            where T : unmanaged, IFloatingPointIeee754<T> => Split(p.numel(), (from, count) =>
                Adagrad(At<T>(p, from), At<T>(g, from), At<T>(s, from), count, Number<T>(eps), Number<T>(rate)));
    }

    private static T* At<T>(Tensor tensor, long from)
        where T : unmanaged => (T*)tensor.DataPointer + from;

    private static T Number<T>(double value)
        where T : INumberBase<T> => T.CreateTruncating(value);

    private static void Split(long count, Action<long, long> part)
    {
        int parts = count < SerialWork ? 1 : get_num_threads();
        if (parts == 1) part(0, count);
        else
        {
            Parallel.For(0, parts, i =>
            {
                long from = count * i / parts;
                part(from, (count * (i + 1) / parts) - from);
            });
        }
    }

    private static void Changed(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            NativeMethods.lt_changed(tensor.Handle);
            GC.KeepAlive(tensor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Adam<T>(
        T* p, T* g, T* m, T* v, long count, T beta1, T rest1, T beta2, T rest2, T eps, T root, T rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count;
        var (epsilons, roots) = (new Vector<T>(eps), new Vector<T>(root));
        long i = 0;
        for (; i + lanes <= count; i += lanes)
        {
            var gradient = Unsafe.ReadUnaligned<Vector<T>>(g + i);
            var mean = Unsafe.ReadUnaligned<Vector<T>>(m + i) * beta1 + gradient * rest1;
            var square = Unsafe.ReadUnaligned<Vector<T>>(v + i) * beta2 + gradient * gradient * rest2;
            Unsafe.WriteUnaligned(m + i, mean);
            Unsafe.WriteUnaligned(v + i, square);
            var step = mean * rate / (Vector.SquareRoot(square) / roots + epsilons);
            Unsafe.WriteUnaligned(p + i, Unsafe.ReadUnaligned<Vector<T>>(p + i) - step);
        }
        for (; i < count; i++)
        {
            m[i] = m[i] * beta1 + g[i] * rest1;
            v[i] = v[i] * beta2 + g[i] * g[i] * rest2;
            p[i] -= m[i] * rate / (T.Sqrt(v[i]) / root + eps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Adagrad<T>(T* p, T* g, T* s, long count, T eps, T rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count;
        var epsilons = new Vector<T>(eps);
        long i = 0;
        for (; i + lanes <= count; i += lanes)
        {
            var gradient = Unsafe.ReadUnaligned<Vector<T>>(g + i);
            // Of rows that a step does not use nothing is read or written but their gradient.
            if (Vector.EqualsAll(gradient, Vector<T>.Zero)) continue;
            var sum = Unsafe.ReadUnaligned<Vector<T>>(s + i) + gradient * gradient;
            Unsafe.WriteUnaligned(s + i, sum);
            var step = gradient * rate / (Vector.SquareRoot(sum) + epsilons);
            Unsafe.WriteUnaligned(p + i, Unsafe.ReadUnaligned<Vector<T>>(p + i) - step);
        }
        for (; i < count; i++)
        {
            if (g[i] == T.Zero) continue;
            s[i] += g[i] * g[i];
            p[i] -= g[i] * rate / (T.Sqrt(s[i]) + eps);
        }
    }
}
