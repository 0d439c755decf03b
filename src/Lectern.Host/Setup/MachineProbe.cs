using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Lectern.Host.Setup;

/// <summary>Reads off the machine what <see cref="Doctor"/> judges. It changes nothing and asks no network.</summary>
public static class MachineProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks at everything; about two seconds, most of it in asking other programs for their versions.</summary>
    /// <param name="root">The folder of the checkout; null where there is none.</param>
    /// <param name="cache">The folder of the data cache.</param>
    public static MachineFacts Read(string? root, string cache)
    {
        var sdk = Task.Run(() => Ask(Dotnet(), ["--version"], root));
        var jupyter = Task.Run(() => FindProgram("jupyter") is { } found ? Jupyter(found) : null);
        var facts = ReadEngine(new MachineFacts { Root = root, Cache = cache });
        var mirror = Environment.GetEnvironmentVariable("LECTERN_MIRROR");
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
            HasTurboJpeg = CanLoad("libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll"),
            Browser = new[] { "chromium", "chromium-browser", "google-chrome" }.Select(FindProgram).FirstOrDefault(p => p is not null),
            Katex = new[] { "/usr/share/javascript/katex", "/usr/share/nodejs/katex/dist" }.FirstOrDefault(Directory.Exists),
            Mirror = string.IsNullOrEmpty(mirror) ? null : mirror,
            MirrorExists = string.IsNullOrEmpty(mirror) || mirror.StartsWith("http", StringComparison.Ordinal) || Directory.Exists(mirror),
        };
    }

    private static MachineFacts ReadEngine(MachineFacts facts)
    {
        var isBridge = typeof(torch.Tensor).Assembly.GetName().Name == "Lectern.Torch";
        try
        {
            var gigaflops = Measure();
            var loaded = LoadedLibraries();
            return facts with
            {
                IsBridge = isBridge,
                Gigaflops = gigaflops,
                Threads = torch.get_num_threads(),
                LibtorchVersion = torch.__version__,
                LibtorchFolder = Path.GetDirectoryName(loaded.FirstOrDefault(l => Path.GetFileName(l).Contains("torch_cpu"))),
                BridgeLibrary = loaded.FirstOrDefault(l => Path.GetFileName(l).StartsWith("liblectern_torch", StringComparison.Ordinal)),
                Blas = BlasIn(loaded),
                LibtorchHasCuda = loaded.Any(l => Path.GetFileName(l).Contains("torch_cuda")),
                CudaDevices = torch.cuda.is_available() ? torch.cuda.device_count() : 0,
            };
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException
                                          or NotSupportedException or BadImageFormatException or ExternalException or FileNotFoundException)
        {
            return facts with { IsBridge = isBridge, EngineError = FirstLine((error.InnerException ?? error).Message) };
        }
    }

    /// <summary>What a message says before it goes into its traces.</summary>
    private static string FirstLine(string message)
    {
        var line = message.Trim().Split('\n')[0].Trim();
        return line.Length <= 200 ? line : line[..200] + "…";
    }

    /// <summary>The library that answers for libblas: the one named so, else the first whose name says which BLAS it is.</summary>
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

    /// <summary>The shared libraries in this process, links resolved by the kernel; none where /proc is not.</summary>
    private static List<string> LoadedLibraries() => File.Exists("/proc/self/maps")
        ? [.. File.ReadLines("/proc/self/maps").Select(l => l.IndexOf('/') is var at and > 0 ? l[at..] : "")
            .Where(l => l.Contains(".so")).Distinct(StringComparer.Ordinal)]
        : [.. Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(m => m.FileName)];

    private static MachineFacts ReadCache(MachineFacts facts)
    {
        try
        {
            Directory.CreateDirectory(facts.Cache);
            var bytes = new DirectoryInfo(facts.Cache).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
            return facts with { CacheBytes = bytes, FreeBytes = new DriveInfo(Path.GetFullPath(facts.Cache)).AvailableFreeSpace };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return facts with { CacheError = error.Message };
        }
    }

    private static string? NvidiaDriver()
    {
        const string Version = "/sys/module/nvidia/version";
        return File.Exists(Version) ? File.ReadAllText(Version).Trim() : FindProgram("nvidia-smi") is { } program
            ? Ask(program, ["--query-gpu=driver_version", "--format=csv,noheader"], null)?.Split('\n')[0] : null;
    }

    private static string? Jupyter(string program) =>
        Ask(program, ["--version"], null)?.Split('\n').FirstOrDefault(l => l.StartsWith("jupyter_core", StringComparison.Ordinal)
            || l.StartsWith("jupyter core", StringComparison.Ordinal)) is { } line ? $"{program}, {line.Trim()}" : program;

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? $"{name}={value}" : null;

    private static string Dotnet() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

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
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
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
