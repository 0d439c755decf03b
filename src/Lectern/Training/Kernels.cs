using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lectern.Training;

/// <summary>What operators that are written in C# need of tensors: whether they can read one, where it lies, and how many
/// threads they may have.</summary>
internal static class Kernels
{
    /// <summary>As many threads as torch's operators have.</summary>
    internal static ParallelOptions Threads => new() { MaxDegreeOfParallelism = get_num_threads() };

    /// <summary>Whether this thread does without kernels, as other devices must: in mixed precision, and in tests of what
    /// stands in for them there.</summary>
    [ThreadStatic] internal static bool Avoided;

    /// <summary>Whether a kernel can read a tensor: on the CPU, single or double precision.</summary>
    internal static bool OnCpu(Tensor x) =>
        !Avoided && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.Float64;

    /// <summary>A tensor whose sums over many terms keep their digits: half precision made single.</summary>
    internal static Tensor Wide(Tensor x) => x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(ScalarType.Float32) : x;

    /// <summary>Until it is disposed of, this thread's matrix products are in bfloat16, and kernels, which know nothing of that, are
    /// avoided.</summary>
    /// <exception cref="NotSupportedException">The engine is TorchSharp's package, which has no autocast.</exception>
    internal static IDisposable Mixed(DeviceType device)
    {
#if LECTERN_BRIDGE
        return new MixedScope(autocast(device, ScalarType.BFloat16));
#else
        throw new NotSupportedException("TorchSharp's package has no autocast. Build with the bridge (LECTERN_TORCH=bridge, on Linux with "
            + $"libtorch) to train in mixed precision on {device}, or leave MixedPrecision off.");
#endif
    }

#if LECTERN_BRIDGE
    private sealed class MixedScope : IDisposable
    {
        private readonly IDisposable cast;
        private readonly bool before = Avoided;

        internal MixedScope(IDisposable cast)
        {
            this.cast = cast;
            Avoided = true;
        }

        public void Dispose()
        {
            Avoided = before;
            cast.Dispose();
        }
    }
#endif

    /// <summary>First element of a contiguous CPU tensor; null for a missing one.</summary>
    internal static unsafe T* Pointer<T>(Tensor? tensor) where T : unmanaged, INumber<T> =>
        tensor is null ? null : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
