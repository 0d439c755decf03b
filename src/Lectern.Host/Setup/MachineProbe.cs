using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Lectern.Data;
using Lectern.Host.Jupyter;
using Lectern.Host.Pages;
using TorchSharp;

namespace Lectern.Host.Setup;

/// <summary>Reads off the machine what <see cref="Doctor"/> judges. It asks no network.</summary>
public static class MachineProbe
{
    private const string KatexFolder = "/usr/share/javascript/katex";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Looks at everything; a second or two, most of it in asking other programs for versions.
    /// </summary>
    /// <param name="root">The folder of the checkout; null where there is none.</param>
    /// <param name="places">Where data is looked for.</param>
    public static MachineFacts Read(string? root, DataPlaces places)
    {
        var sdk = Task.Run(() => Ask(Dotnet(), ["--version"], root));
        var jupyter = Task.Run(() => FindProgram("jupyter") is { } found ? Jupyter(found) : null);
        var kernel = KernelSpec.At(null);
        var facts = ReadEngine(new MachineFacts { Root = root, Cache = places.Cache });
        return ReadCache(facts) with
        {
            IsLinux = OperatingSystem.IsLinux(),
            HasApt = FindProgram("apt-get") is not null,
            Sdk = sdk.Result,
            Jupyter = jupyter.Result,
            Cores = Environment.ProcessorCount,
            ThreadSetting = Setting("LECTERN_THREADS") ?? Setting("OMP_NUM_THREADS"),
            NvidiaDriver = NvidiaDriver(),
            HasZeroMq = CanLoad("libzmq.so.5", "libzmq.dylib", "libzmq.dll"),
            KernelFolder = kernel.Exists ? kernel.Folder : null,
            KernelHost = kernel.Host,
            KernelHostExists = File.Exists(kernel.Host),
            HasTurboJpeg = CanLoad("libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll"),
            Browser = Chromium.Find(),
            Katex = Directory.Exists(KatexFolder) ? KatexFolder : null,
            Mirror = places.Mirror,
            MirrorExists = places.Mirror is not { } mirror || Directory.Exists(mirror)
                || mirror.StartsWith("http", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static MachineFacts ReadEngine(MachineFacts facts)
    {
        var isBridge = typeof(torch.Tensor).Assembly.GetName().Name == "Lectern.Torch";
        try
        {
            var gigaflops = Measure();
            var loaded = LoadedLibraries();
            string? Named(string part) => loaded.FirstOrDefault(l => Path.GetFileName(l).Contains(part));
            return facts with
            {
                IsBridge = isBridge,
                Gigaflops = gigaflops,
                Threads = torch.get_num_threads(),
                LibtorchVersion = torch.__version__,
                LibtorchFolder = Path.GetDirectoryName(Named("torch_cpu")),
                BridgeLibrary = Named("lectern_torch"),
                Blas = BlasIn(loaded),
                LibtorchHasCuda = Named("torch_cuda") is not null,
                CudaDevices = torch.cuda.is_available() ? torch.cuda.device_count() : 0,
            };
        }
        catch (Exception error)
        {
            // Whatever it is: a report with the reason is what the doctor is for.
            var cause = error.InnerException ?? error;
            var reason = isBridge ? null : PackageFault();
            return facts with { IsBridge = isBridge, EngineError = FirstLine(reason ?? cause.Message) };
        }
    }

    /// <summary>
    /// What the system's loader says of TorchSharp's own library, which TorchSharp keeps silent about.
    /// </summary>
    private static string? PackageFault()
    {
        var system = RuntimeInformation.RuntimeIdentifier;
        var folder = Path.Combine(AppContext.BaseDirectory, "runtimes", system, "native");
        if (!Directory.Exists(folder)
            || Directory.EnumerateFiles(folder, "*LibTorchSharp.*").FirstOrDefault() is not { } library)
        {
            return null;
        }
        try
        {
            NativeLibrary.Load(library);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            // .NET lists every name that it tried; the line with the system's reason is among them.
            return error.Message.Split('\n').FirstOrDefault(l => l.Contains("GLIBC")
                || l.Contains("cannot open"))
                ?? error.Message;
        }
    }

    /// <summary>What a message says before it goes into its traces.</summary>
    private static string FirstLine(string message)
    {
        var line = message.Trim().Split('\n')[0].Trim();
        return line.Length <= 200 ? line : line[..200] + "…";
    }

    /// <summary>
    /// The library that answers as libblas: the one named so, else the first that is known as one.
    /// </summary>
    internal static string? BlasIn(IEnumerable<string> libraries)
    {
        var all = libraries.ToList();
        return all.FirstOrDefault(l => Path.GetFileName(l).StartsWith("libblas", StringComparison.Ordinal))
            ?? all.FirstOrDefault(l => Path.GetFileName(l) is var name
                && (name.Contains("openblas") || name.Contains("libmkl_rt") || name.Contains("blis")));
    }

    /// <summary>The best of five products, after one that wakes the threads.</summary>
    private static double Measure()
    {
        const int Size = 1024;
        using var scope = torch.NewDisposeScope();
        var a = torch.ones(Size, Size);
        a.mm(a);
        var best = double.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var start = Stopwatch.GetTimestamp();
            a.mm(a);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * Size * Size * Size / best / 1e9;
    }

    /// <summary>The shared libraries in this process, links resolved.</summary>
    private static List<string> LoadedLibraries() => File.Exists("/proc/self/maps")
        ? [.. File.ReadLines("/proc/self/maps").Select(l => l.IndexOf('/') is var at and > 0 ? l[at..] : "")
            .Where(l => l.Contains(".so")).Distinct(StringComparer.Ordinal)]
        : [.. Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(m => m.FileName)];

    private static MachineFacts ReadCache(MachineFacts facts)
    {
        try
        {
            Directory.CreateDirectory(facts.Cache);
            var files = new DirectoryInfo(facts.Cache).EnumerateFiles("*", SearchOption.AllDirectories);
            return facts with
            {
                CacheBytes = files.Sum(f => f.Length),
                FreeBytes = new DriveInfo(Path.GetFullPath(facts.Cache)).AvailableFreeSpace,
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return facts with { CacheError = error.Message };
        }
    }

    private static string? NvidiaDriver()
    {
        const string Version = "/sys/module/nvidia/version";
        if (File.Exists(Version))
        {
            return File.ReadAllText(Version).Trim();
        }
        return FindProgram("nvidia-smi") is { } program
            ? Ask(program, ["--query-gpu=driver_version", "--format=csv,noheader"], null)?.Split('\n')[0]
            : null;
    }

    private static string Jupyter(string program)
    {
        var versions = Ask(program, ["--version"], null)?.Split('\n') ?? [];
        var core = versions.FirstOrDefault(l => l.StartsWith("jupyter_core", StringComparison.Ordinal));
        return core is null ? program : $"{program}, {core.Trim()}";
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? $"{name}={value}" : null;

    /// <summary>The dotnet that runs this host, which need not be on the path.</summary>
    private static string Dotnet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath!
            : "dotnet";

    private static bool CanLoad(string linux, string mac, string windows)
    {
        var name = OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? mac : linux;
        return NativeLibrary.TryLoad(name, out var handle) && handle != 0;
    }

    private static string? FindProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") })
        .FirstOrDefault(File.Exists);

    /// <summary>A program's output, or null if it is missing, fails, or does not answer in time.</summary>
    private static string? Ask(string program, IEnumerable<string> arguments, string? folder)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            if (folder is not null)
            {
                start.WorkingDirectory = folder;
            }
            using var process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }
            return process.ExitCode == 0 ? output.Result.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
