using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>The libtorch in use.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8((nint)lt_torch_version())!;

    /// <summary>How that libtorch was built: BLAS, OpenMP, CUDA, processor capability.</summary>
    public static string show_config() => Marshal.PtrToStringUTF8((nint)lt_configuration())!;

    /// <summary>Threads that one operator may use.</summary>
    public static int get_num_threads() => lt_threads();

    /// <summary>Sets the threads that one operator may use, in libtorch and in OpenBLAS.</summary>
    public static void set_num_threads(int num) => Op.Check(lt_set_threads(num) == 0);

    public static int get_num_interop_threads() => lt_interop_threads();
    public static void set_num_interop_threads(int num) => Op.Check(lt_set_interop_threads(num) == 0);

    /// <summary>CUDA devices.</summary>
    public static class cuda
    {
        public static bool is_available() => lt_cuda_available() != 0;
        public static bool is_cudnn_available() => is_available();
        public static int device_count() => lt_cuda_count();

        /// <summary>Seeds the CUDA generators (with the others).</summary>
        public static void manual_seed(long seed) => torch.manual_seed(seed);
        public static void manual_seed_all(long seed) => torch.manual_seed(seed);

        /// <summary>Waits until all that was queued on the device is done.</summary>
        public static void synchronize(Device? device = null) => Op.Check(lt_cuda_synchronize(device?.index ?? -1) == 0);
    }

    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>Loads libtorch and says whether the device can be used; the first tensor would do it too.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType == DeviceType.CUDA && !cuda.is_available())
            throw new InvalidOperationException("This libtorch sees no CUDA device. `./lectern doctor` says why.");
        lt_threads();
    }
}
