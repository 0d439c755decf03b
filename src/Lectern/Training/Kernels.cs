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

    /// <summary>Whether this thread does without kernels, as other devices must: for tests of what stands in for them there.</summary>
    [ThreadStatic] internal static bool Avoided;

    /// <summary>Whether a kernel can read a tensor: on the CPU, single or double precision.</summary>
    internal static bool OnCpu(Tensor x) =>
        !Avoided && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.Float64;

    /// <summary>First element of a contiguous CPU tensor; null for a missing one.</summary>
    internal static unsafe T* Pointer<T>(Tensor? tensor) where T : unmanaged, INumber<T> =>
        tensor is null ? null : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
