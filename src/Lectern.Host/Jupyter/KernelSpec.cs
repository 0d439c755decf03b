using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Jupyter;

/// <summary>The folder in which Jupyter and VS Code find a kernel: its name, how to start it, its pictures.</summary>
/// <param name="Folder">The folder; its name is the kernel's.</param>
internal sealed record KernelSpec(string Folder)
{
    /// <summary>The name that notebooks of .NET Interactive and of the kit carry.</summary>
    public const string Name = ".net-csharp";

    /// <summary>What a menu shows.</summary>
    public const string DisplayName = "C# (Lectern)";

    private const string Mark = "lectern";

    // What the lectern script sets too, and what a reader's shell may have set.
    private static readonly string[] HandedOn = ["LIBTORCH", "LECTERN_CACHE", "LECTERN_MIRROR", "LECTERN_THREADS"];

    /// <summary>Where a kernel of this user, or of an installation of Python, is registered.</summary>
    /// <param name="prefix">The installation's folder; null for the user's own.</param>
    public static KernelSpec At(string? prefix) => new(Path.Combine(
        prefix is null ? UserData() : Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"), "kernels", Name));

    /// <summary>Where the kernel's own files are.</summary>
    public string File => Path.Combine(Folder, "kernel.json");

    /// <summary>The host that the registered kernel starts; null where it is none of Lectern's.</summary>
    public string? Host
    {
        get
        {
            try
            {
                return JsonNode.Parse(System.IO.File.ReadAllText(File))?["metadata"]?[Mark]?["host"]?.GetValue<string>();
            }
            catch (Exception fault) when (
                fault is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether something is registered here.</summary>
    public bool Exists => Directory.Exists(Folder);

    /// <summary>Registers the kernel.</summary>
    /// <param name="force">Whether to take the place of a kernel of the same name that is another's.</param>
    /// <exception cref="InvalidOperationException">The place is another's.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Install(bool force)
    {
        if (Exists && Host is null && !force)
        {
            throw new InvalidOperationException(
                $"{Folder} holds another kernel of the name {Name} (.NET Interactive's had it). " +
                "To put Lectern's in its place: ./lectern install --force");
        }
        var parent = Path.GetDirectoryName(Folder)!;
        var fresh = Path.Combine(parent, $"{Name}-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(fresh);
            System.IO.File.WriteAllText(Path.Combine(fresh, "kernel.json"), NotebookJson.Write(Content()));
            System.IO.File.Copy(Asset("plotly.min.js"), Path.Combine(fresh, "plotly.min.js"));
            foreach (var file in Directory.EnumerateFiles(Asset("kernel")))
            {
                System.IO.File.Copy(file, Path.Combine(fresh, Path.GetFileName(file)));
            }
            if (Exists)
            {
                Directory.Delete(Folder, recursive: true);
            }
            Directory.Move(fresh, Folder);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(
                $"{parent} cannot be written: {fault.Message} Use ./lectern install --prefix FOLDER for another place.", fault);
        }
        finally
        {
            if (Directory.Exists(fresh))
            {
                Directory.Delete(fresh, recursive: true);
            }
        }
    }

    /// <summary>Takes the kernel out again.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidOperationException">The kernel there is another's.</exception>
    public bool Uninstall()
    {
        if (!Exists)
        {
            return false;
        }
        if (Host is not { } host)
        {
            throw new InvalidOperationException(
                $"{Folder} holds a kernel that is not Lectern's; it stays. To take it out: jupyter kernelspec remove {Name}");
        }
        if (host != Checkout.Host && System.IO.File.Exists(host))
        {
            throw new InvalidOperationException(
                $"{Folder} holds the kernel of another copy of Lectern, {host}; it stays. " +
                "Uninstall it with that copy's ./lectern uninstall.");
        }
        Directory.Delete(Folder, recursive: true);
        return true;
    }

    private static string Asset(string name) => Path.Combine(AppContext.BaseDirectory, "assets", name);

    private static JsonObject Content()
    {
        var start = LessonProcess.Dotnet([Checkout.Host, "kernel", "{connection_file}"]);
        var environment = new JsonObject
        {
            // As in the lectern script, which says why.
            ["OMP_WAIT_POLICY"] = "passive",
            ["OPENBLAS_THREAD_TIMEOUT"] = "4",
            ["MALLOC_MMAP_THRESHOLD_"] = "33554432",
            ["MALLOC_TRIM_THRESHOLD_"] = "1073741824",
            ["MALLOC_TOP_PAD_"] = "67108864",
            ["DOTNET_GCgen0size"] = "400000",
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
            ["LECTERN_ROOT"] = Checkout.Root,
            // In hexadecimal: a cell gets an exception at three quarters of the memory, before the system ends the kernel.
            ["DOTNET_GCHeapHardLimitPercent"] = "4B",
        };
        foreach (var name in HandedOn)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }
        return new JsonObject
        {
            ["argv"] = new JsonArray([.. start.ArgumentList.Prepend(start.FileName).Select(part => JsonValue.Create(part))]),
            ["display_name"] = DisplayName,
            ["language"] = KernelInfo.Language,
            // Works on each system, and reaches the kernel alone, not the programs that a cell has started.
            ["interrupt_mode"] = "message",
            ["env"] = environment,
            ["metadata"] = new JsonObject { [Mark] = new JsonObject { ["host"] = Checkout.Host }, ["debugger"] = false },
        };
    }

    // As jupyter_core finds it.
    private static string UserData()
    {
        if (Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } set
            ? set : Path.Combine(home, ".local", "share");
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
            : OperatingSystem.IsWindows()
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter")
                : Path.Combine(data, "jupyter");
    }
}
