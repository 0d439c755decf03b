namespace Lectern.Host.Setup;

/// <summary>What the doctor judges; <see cref="MachineProbe"/> reads it, tests make it up.</summary>
public sealed record MachineFacts
{
    /// <summary>The folder of the checkout; null where the host runs outside of one.</summary>
    public string? Root { get; init; }

    /// <summary>True on Linux, where the bridge can be.</summary>
    public bool IsLinux { get; init; } = true;

    /// <summary>True where apt-get is, so that a remedy can name packages.</summary>
    public bool HasApt { get; init; } = true;

    /// <summary>The SDK that builds the kit; null where none fits global.json.</summary>
    public string? Sdk { get; init; }

    /// <summary>
    /// True when built over the machine's libtorch, false when with the TorchSharp package.
    /// </summary>
    public bool IsBridge { get; init; } = true;

    /// <summary>The bridge, as loaded; null where it is not.</summary>
    public string? BridgeLibrary { get; init; }

    /// <summary>Version of libtorch; null where it could not be loaded.</summary>
    public string? LibtorchVersion { get; init; }

    /// <summary>Folder that libtorch was loaded from; null where unknown.</summary>
    public string? LibtorchFolder { get; init; }

    /// <summary>Why the engine does not load or failed at its first product; null where it works.</summary>
    public string? EngineError { get; init; }

    /// <summary>
    /// The BLAS library that a product loaded; null where libtorch has it within, or unknown.
    /// </summary>
    public string? Blas { get; init; }

    /// <summary>Speed of a product of two 1024×1024 matrices of floats, 10⁹ operations a second.</summary>
    public double? Gigaflops { get; init; }

    /// <summary>Threads that libtorch uses for one operator.</summary>
    public int Threads { get; init; }

    /// <summary>Processor cores that this process may use.</summary>
    public int Cores { get; init; } = 1;

    /// <summary>LECTERN_THREADS or OMP_NUM_THREADS, where set.</summary>
    public string? ThreadSetting { get; init; }

    /// <summary>CUDA devices that libtorch sees.</summary>
    public int CudaDevices { get; init; }

    /// <summary>True where this libtorch was built with CUDA.</summary>
    public bool LibtorchHasCuda { get; init; }

    /// <summary>Version of the NVIDIA driver; null where none is loaded.</summary>
    public string? NvidiaDriver { get; init; }

    /// <summary>Version of Jupyter; null where it is not.</summary>
    public string? Jupyter { get; init; }

    /// <summary>True where libzmq can be loaded.</summary>
    public bool HasZeroMq { get; init; }

    /// <summary>Where a kernel of the notebooks' name is registered for this user; null where none is.</summary>
    public string? KernelFolder { get; init; }

    /// <summary>The host that the registered kernel starts; null where it is none of Lectern's.</summary>
    public string? KernelHost { get; init; }

    /// <summary>True where that host is there.</summary>
    public bool KernelHostExists { get; init; }

    /// <summary>True where libturbojpeg can be loaded.</summary>
    public bool HasTurboJpeg { get; init; }

    /// <summary>The browser that draws static pictures; null where none is.</summary>
    public string? Browser { get; init; }

    /// <summary>KaTeX's folder; null where it is not.</summary>
    public string? Katex { get; init; }

    /// <summary>The data cache.</summary>
    public string Cache { get; init; } = "";

    /// <summary>Bytes in the data cache.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Bytes free on the cache's disk; null where unknown.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Why the cache cannot be written to; null where it can.</summary>
    public string? CacheError { get; init; }

    /// <summary>LECTERN_MIRROR, where set.</summary>
    public string? Mirror { get; init; }

    /// <summary>False where the mirror is a folder that is not there.</summary>
    public bool MirrorExists { get; init; } = true;
}
