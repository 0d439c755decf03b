using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// Mixed precision, as PyTorch's <c>torch.autocast</c>: until it is disposed of, matrix products and convolutions of this
    /// thread convert their arguments to <paramref name="dtype"/>, and what needs the range or the digits (losses, norms,
    /// exponentials) converts them to single precision. TorchSharp has none.
    /// </summary>
    /// <param name="device_type">The device whose operators it is for: CPU or CUDA.</param>
    /// <param name="dtype">bfloat16 without one.</param>
    /// <param name="enabled">Whether it is on; false is for a part of a computation that shall be exact.</param>
    /// <exception cref="ExternalException">The device is neither CPU nor CUDA.</exception>
    public static IDisposable autocast(DeviceType device_type, ScalarType? dtype = null, bool enabled = true)
    {
        int before = lt_autocast((int)device_type, enabled ? (int)(dtype ?? ScalarType.BFloat16) : -1);
        Op.Check(before != -2);
        return new Autocast((int)device_type, before);
    }

    private sealed class Autocast(int device, int before) : IDisposable
    {
        private bool disposed;

        public void Dispose()
        {
            if (!disposed) Op.Check(lt_autocast(device, before) != -2);
            disposed = true;
        }
    }
}
