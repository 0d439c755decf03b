using System.Numerics;
using System.Runtime.CompilerServices;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Adam's step in one pass over each parameter, for memory of the CPU: operators take nine passes, and small
/// networks spend longer on starting those than on the arithmetic.
/// </summary>
internal static unsafe class AdamKernel
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
    /// m ← beta1 m + (1 - beta1) g; v ← beta2 v + (1 - beta2) g²; p ← p - rate · m / (√v / root + eps).
    /// </summary>
    public static void Step(
        Tensor p, Tensor g, Tensor m, Tensor v,
        double beta1, double beta2, double eps, double root, double rate)
    {
        if (p.dtype == ScalarType.Float32) Step<float>(p, g, m, v, beta1, beta2, eps, root, rate);
        else Step<double>(p, g, m, v, beta1, beta2, eps, root, rate);
        foreach (var changed in (ReadOnlySpan<Tensor>)[p, m, v]) NativeMethods.lt_changed(changed.Handle);
        GC.KeepAlive((p, g, m, v));
    }

    private static void Step<T>(
        Tensor p, Tensor g, Tensor m, Tensor v,
        double beta1, double beta2, double eps, double root, double rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        static T Number(double value) => T.CreateTruncating(value);
        T* at(Tensor tensor) => (T*)tensor.DataPointer;
        var (ps, gs, ms, vs, count) = ((nint)at(p), (nint)at(g), (nint)at(m), (nint)at(v), p.numel());
        int parts = count < SerialWork ? 1 : get_num_threads();
        void Part(int part)
        {
            long from = count * part / parts, to = count * (part + 1) / parts;
            Step((T*)ps + from, (T*)gs + from, (T*)ms + from, (T*)vs + from, to - from,
                Number(beta1), Number(1 - beta1), Number(beta2), Number(1 - beta2), Number(eps), Number(root),
                Number(rate));
        }
        if (parts == 1) Part(0);
        else Parallel.For(0, parts, Part);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Step<T>(
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
}
