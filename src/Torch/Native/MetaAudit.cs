using System.Runtime.InteropServices;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp.Native;

/// <summary>
/// Finds tensors that are made on a wrong device, where no second device is at hand: on the meta device a tensor has a shape
/// and no numbers. TorchSharp has nothing like it.
/// </summary>
public static class MetaAudit
{
    /// <summary>
    /// Runs a computation of this thread whose tensors are on the meta device. Operators that libtorch has no meta kernel for
    /// run on zeros on the CPU, for the shape of what they make, from now on in this process.
    /// </summary>
    /// <exception cref="ExternalException">An operator reads tensors on the meta device and on another (numbers, which have
    /// no dimension, apart), or the numbers of a meta tensor.</exception>
    public static void Of(Action computation)
    {
        ArgumentNullException.ThrowIfNull(computation);
        Op.Check(lt_audit_meta(1) == 0);
        try
        {
            computation();
        }
        finally
        {
            Op.Check(lt_audit_meta(0) == 0);
        }
    }
}
