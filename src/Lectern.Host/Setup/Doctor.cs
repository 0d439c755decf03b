using System.Globalization;

namespace Lectern.Host.Setup;

/// <summary>Judges a machine: a finding for each thing that the kit stands on, with its remedy.</summary>
/// <remarks>
/// Pure: <see cref="MachineProbe"/> has the facts. Only what stops lessons from running is a failure.
/// </remarks>
public static class Doctor
{
    /// <summary>
    /// OpenBLAS on a core of ten years ago does more; the reference BLAS on one of today less.
    /// </summary>
    private const double SlowGigaflopsPerThread = 12;

    private const long LowDisk = 1_000_000_000;

    /// <summary>Judges all facts.</summary>
    /// <param name="facts">What is known of the machine.</param>
    /// <returns>The findings, in the order in which a reader would repair them.</returns>
    public static IReadOnlyList<Finding> Examine(MachineFacts facts) =>
    [
        Checkout(facts), Sdk(facts), Engine(facts), Blas(facts), Threads(facts), Cuda(facts),
        Jupyter(facts), Photographs(facts), Browser(facts), Formulas(facts), Cache(facts), Mirror(facts),
    ];

    /// <summary>The exit code that goes with the findings: 1 if one is a failure, else 0.</summary>
    /// <param name="findings">What <see cref="Examine"/> returned.</param>
    public static int ExitCode(IEnumerable<Finding> findings) =>
        findings.Any(f => f.Verdict == Verdict.Fail) ? 1 : 0;

    /// <summary>One sentence on all of them.</summary>
    /// <param name="findings">What <see cref="Examine"/> returned.</param>
    public static string Summary(IReadOnlyCollection<Finding> findings)
    {
        var fails = findings.Count(f => f.Verdict == Verdict.Fail);
        var warnings = findings.Count(f => f.Verdict == Verdict.Warn);
        return (fails, warnings) switch
        {
            (0, 0) => "All is well.",
            (0, _) => $"Lessons run; {warnings} thing{(warnings == 1 ? "" : "s")} could be better.",
            _ => $"Lessons cannot run: {fails} thing{(fails == 1 ? "" : "s")} must be repaired first.",
        };
    }

    private static Finding Checkout(MachineFacts m)
    {
        if (m.Root is null)
        {
            return new("checkout", Verdict.Warn, "the host does not run from one",
                "start it there, as ./lectern");
        }
        return new("checkout", Verdict.Ok, m.Root + (m.Root.Contains(' ') ? " (spaces do no harm)" : ""));
    }

    private static Finding Sdk(MachineFacts m) => m.Sdk is { } version
        ? new(".NET SDK", Verdict.Ok, version)
        : new(".NET SDK", Verdict.Warn, "none that global.json accepts: what is built runs, but not more",
            "install the .NET SDK 10 from https://dotnet.microsoft.com/download");

    private static Finding Engine(MachineFacts m)
    {
        if (m.EngineError is { } error)
        {
            var remedy = m.IsBridge
                ? Apt(m, "libtorch-dev g++")
                    + ", or set LIBTORCH to an unpacked libtorch; then start ./lectern again"
                : error.Contains("GLIBC", StringComparison.Ordinal)
                    ? "the package is made for newer systems: install libtorch-dev and use the bridge"
                    : "restore the package anew: delete artifacts/ and start ./lectern with a network";
            return new("engine", Verdict.Fail, error, remedy);
        }
        var place = m.LibtorchFolder is { } folder ? " in " + folder : "";
        return m.IsBridge
            ? new("engine", Verdict.Ok, $"libtorch {m.LibtorchVersion}{place}, by the bridge {Bridge(m)}")
            : new("engine", Verdict.Ok, $"the TorchSharp package with libtorch {m.LibtorchVersion}{place}");
    }

    private static string Bridge(MachineFacts m) => m is { Root: { } root, BridgeLibrary: { } library }
        ? Path.GetRelativePath(root, library)
        : m.BridgeLibrary ?? "(not found among the loaded libraries)";

    private static Finding Blas(MachineFacts m)
    {
        if (m.EngineError is not null)
        {
            return new("BLAS", Verdict.Warn, "not measured: the engine does not work");
        }
        var speed = m.Gigaflops is { } g
            ? string.Create(CultureInfo.InvariantCulture, $"{g:0} GFLOP/s in a product of 1024×1024 floats")
            : "not measured";
        var name = BlasName(m.Blas);
        var says = $"{name}, {speed}" + (m.Blas is null ? "" : $" ({m.Blas})");
        if (name == "reference BLAS")
        {
            return new("BLAS", Verdict.Warn, says, m.HasApt
                ? Apt(m, "libopenblas0-pthread") + "; where that is there: sudo update-alternatives --auto "
                    + "libblas.so.3-x86_64-linux-gnu, and the same for liblapack.so.3-x86_64-linux-gnu"
                : "let libblas.so.3 and liblapack.so.3 be OpenBLAS's");
        }
        if (m.Gigaflops < SlowGigaflopsPerThread * Math.Max(1, Math.Min(m.Threads, m.Cores)))
        {
            return new("BLAS", Verdict.Warn, says,
                "slow for so many threads: is the machine busy with other things?");
        }
        return new("BLAS", Verdict.Ok, says);
    }

    private static string BlasName(string? library) => library switch
    {
        null => "within libtorch",
        _ when library.Contains("openblas", StringComparison.OrdinalIgnoreCase) => "OpenBLAS",
        _ when library.Contains("mkl", StringComparison.OrdinalIgnoreCase) => "MKL",
        _ when library.Contains("blis", StringComparison.OrdinalIgnoreCase) => "BLIS",
        _ when library.Contains("atlas", StringComparison.OrdinalIgnoreCase) => "ATLAS",
        _ => "reference BLAS",
    };

    private static Finding Threads(MachineFacts m)
    {
        var says = $"{m.Threads} for {m.Cores} core{(m.Cores == 1 ? "" : "s")}"
            + (m.ThreadSetting is null ? "" : $" ({m.ThreadSetting})");
        if (m.EngineError is not null)
        {
            return new("threads", Verdict.Warn, "not known: the engine does not work");
        }
        if (m.Threads < m.Cores && m.Threads <= 1)
        {
            return new("threads", Verdict.Warn, says, m.ThreadSetting is null
                ? $"set LECTERN_THREADS={m.Cores}" : $"unset it, or set LECTERN_THREADS={m.Cores}");
        }
        return m.Threads > m.Cores
            ? new("threads", Verdict.Warn, says + ": they wait for each other",
                $"set LECTERN_THREADS={m.Cores}")
            : new("threads", Verdict.Ok, says);
    }

    private static Finding Cuda(MachineFacts m)
    {
        if (m.CudaDevices > 0)
        {
            var devices = m.CudaDevices == 1 ? "1 device" : $"{m.CudaDevices} devices";
            return new("CUDA", Verdict.Ok, $"{devices}, driver {m.NvidiaDriver ?? "unknown"}");
        }
        if (m.NvidiaDriver is not { } driver)
        {
            return new("CUDA", Verdict.Ok, "no NVIDIA driver here: lessons run on the processor");
        }
        return m.LibtorchHasCuda
            ? new("CUDA", Verdict.Warn, $"driver {driver} is here, but libtorch sees no device",
                "is CUDA_VISIBLE_DEVICES empty, or the driver older than this libtorch's CUDA?")
            : new("CUDA", Verdict.Warn,
                $"driver {driver} is here, but libtorch is one for the processor only",
                "set LIBTORCH to a libtorch with CUDA, or TorchPackage to a package of TorchSharp with CUDA");
    }

    private static Finding Jupyter(MachineFacts m)
    {
        if (m.Jupyter is not { } version)
        {
            return new("Jupyter", Verdict.Ok, "not here; ./lectern run and VS Code do without it",
                Apt(m, "jupyter-notebook") + ", if you want it");
        }
        if (!m.HasZeroMq)
        {
            return new("Jupyter", Verdict.Warn, $"{version}, but no libzmq for the kernel to use", Apt(m, "libzmq5"));
        }
        return m switch
        {
            { KernelFolder: null } => new("Jupyter", Verdict.Ok, $"{version}; the C# kernel is not registered", "./lectern install, or ./lectern lab"),
            { KernelHost: null } => new("Jupyter", Verdict.Warn, $"{version}; {m.KernelFolder} holds another kernel of the notebooks' name",
                "./lectern install --force puts Lectern's in its place"),
            { KernelHostExists: false } => new("Jupyter", Verdict.Warn, $"{version}; the registered kernel, {m.KernelHost}, is gone", "./lectern install"),
            _ => new("Jupyter", Verdict.Ok, $"{version}; the C# kernel is registered in {m.KernelFolder}"),
        };
    }

    private static Finding Photographs(MachineFacts m) => m.HasTurboJpeg
        ? new("photographs", Verdict.Ok, "libturbojpeg")
        : new("photographs", Verdict.Warn, "no libturbojpeg: no JPEG can be read", Apt(m, "libturbojpeg0"));

    private static Finding Browser(MachineFacts m) => m.Browser is { } browser
        ? new("pictures", Verdict.Ok, browser)
        : new("pictures", Verdict.Ok, "no Chromium; only ./lectern publish asks for it",
            Apt(m, "chromium") + ", to publish notebooks");

    private static Finding Formulas(MachineFacts m) => m.Katex is { } folder
        ? new("formulas", Verdict.Ok, "KaTeX in " + folder)
        : new("formulas", Verdict.Warn, "no KaTeX: pages show them as their source", Apt(m, "libjs-katex"));

    private static Finding Cache(MachineFacts m)
    {
        if (m.CacheError is { } error)
        {
            return new("data cache", Verdict.Warn, $"{m.Cache}: {error}",
                "set LECTERN_CACHE to another folder");
        }
        var free = m.FreeBytes is { } bytes ? $", {Size(bytes)} free" : "";
        var says = $"{m.Cache}, {Size(m.CacheBytes)}{free}";
        return m.FreeBytes < LowDisk
            ? new("data cache", Verdict.Warn, says,
                "make room, or set LECTERN_CACHE to another disk's folder")
            : new("data cache", Verdict.Ok, says);
    }

    private static Finding Mirror(MachineFacts m)
    {
        if (m.Mirror is not { } mirror)
        {
            return new("data mirror", Verdict.Ok, "none set: data sets come from their own addresses");
        }
        return m.MirrorExists
            ? new("data mirror", Verdict.Ok, mirror)
            : new("data mirror", Verdict.Warn, $"'{mirror}' is no folder and no http address",
                "correct LECTERN_MIRROR");
    }

    private static string Apt(MachineFacts m, string packages) =>
        m.HasApt ? $"sudo apt-get install --no-install-recommends {packages}" : $"install {packages}";

    private static string Size(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
