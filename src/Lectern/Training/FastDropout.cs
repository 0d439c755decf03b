using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lectern.Training;

/// <summary>
/// Dropout whose random numbers are counted, not drawn: element i of a mask is a hash of i and of one number drawn from torch's
/// generator. The same seed gives the same masks. libtorch's own dropout draws element by element, at some 20 ns each; in small
/// graph networks that is most of an epoch.
/// </summary>
public static class FastDropout
{
    /// <summary>Zeroes each element with probability <paramref name="p"/> and scales the others by 1/(1 - p), when training.</summary>
    public static Tensor Apply(Tensor x, double p, bool training)
    {
        if (!training || p == 0) return x;
        if (!Kernels.OnCpu(x) || x.dtype != ScalarType.Float32) return nn.functional.dropout(x, p, training: true);
        using var scope = NewDisposeScope();
        return (x * Mask(x.shape, p)).MoveToOuterDisposeScope();
    }

    /// <summary>Independent elements, 0 with probability <paramref name="p"/> and 1/(1 - p) otherwise, in single precision.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability below 1.</exception>
    public static unsafe Tensor Mask(long[] shape, double p)
    {
        if (p is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "The share that is dropped lies between 0 and 1, 1 excluded.");
        var mask = empty(shape, dtype: ScalarType.Float32);
        if (mask.numel() == 0) return mask;
        using var drawn = randint(long.MaxValue, [1]);
        Fill((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(mask.bytes)), mask.numel(), drawn.item<long>(), p);
        return mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Fill(float* mask, long count, long key, double p)
    {
        uint threshold = (uint)(p * uint.MaxValue);
        float kept = (float)(1 / (1 - p));
        int lanes = Vector<uint>.Count;
        var keep = new Vector<float>(kept);
        var step = new Vector<uint>((uint)lanes);
        var (low, high, bound) = (new Vector<uint>((uint)key), new Vector<uint>((uint)(key >> 32)), new Vector<uint>(threshold));
        var counter = Vector<uint>.Indices;
        long at = 0;
        for (; at + lanes <= count; at += lanes, counter += step)
        {
            var chosen = Vector.GreaterThanOrEqual(Hash(Hash(counter ^ low) ^ high), bound);
            Unsafe.WriteUnaligned(mask + at, Vector.ConditionalSelect(Vector.AsVectorSingle(chosen), keep, default));
        }
        for (; at < count; at++) mask[at] = Hash(Hash(new Vector<uint>((uint)at) ^ low) ^ high)[0] >= threshold ? kept : 0;
    }

    /// <summary>A bijection of 32 bits in which every input bit moves every output bit (shifts and odd multipliers).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Hash(Vector<uint> x)
    {
        x ^= x >>> 16;
        x *= new Vector<uint>(0x7feb352d);
        x ^= x >>> 15;
        x *= new Vector<uint>(0x846ca68b);
        return x ^ x >>> 16;
    }
}
