using System.Reflection;
using System.Runtime.Loader;

namespace Lectern.Host.Languages;

/// <summary>Loads the cells' assemblies, and finds for them what they refer to.</summary>
/// <remarks>
/// The first cells of a session stay loaded, those after them go when nothing of them is in use: the runtime compiles code
/// that can go with all its care at once, which a cell that runs once does not repay, and 30 kB a cell add up only in a
/// long session.
/// </remarks>
internal sealed class CellAssemblies
{
    private const int Staying = 100;
    private const int Sweep = 100;

    private readonly Dictionary<string, Assembly> loaded = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Context libraries;
    private int cells;

    /// <summary>Begins with what the host itself has loaded.</summary>
    public CellAssemblies() => libraries = new Context(this, "libraries of cells", canGo: false);

    /// <summary>Makes a loaded assembly the one of its name.</summary>
    public void Add(Assembly assembly)
    {
        lock (loaded)
        {
            loaded[assembly.GetName().Name!] = assembly;
        }
    }

    /// <summary>Takes back that a loaded assembly is the one of its name; what refers to it keeps it.</summary>
    public void Remove(Assembly assembly)
    {
        lock (loaded)
        {
            loaded.Remove(assembly.GetName().Name!);
        }
    }

    /// <summary>Makes a file known; it is loaded when a cell needs it.</summary>
    public void Add(string path) => files.TryAdd(AssemblyName.GetAssemblyName(path).Name!, path);

    /// <summary>Loads a cell's assembly, in a context of its own, since cells that leave nothing behind share a name.</summary>
    /// <param name="image">The assembly, at its beginning.</param>
    /// <param name="symbols">Its lines, for stack traces, at their beginning.</param>
    public Assembly Load(Stream image, Stream symbols)
    {
        // One that stays must not refer to one that can go; it does not, since it is the older one.
        var context = new Context(this, "cell", canGo: ++cells > Staying);
        if (cells % Sweep == 0)
        {
            // Code lies outside the heap, so that the collector does not see what cells that are gone still hold.
            GC.Collect(2, GCCollectionMode.Default, blocking: false);
        }
        var assembly = context.LoadFromStream(image, symbols);
        lock (loaded)
        {
            context.Cells = assembly.GetReferencedAssemblies()
                .Select(reference => loaded.GetValueOrDefault(reference.Name!))
                .OfType<Assembly>()
                .ToDictionary(other => other.GetName().Name!);
        }
        return assembly;
    }

    // Null where the host's own context is to be asked: for the base library, the kit and packages.
    private Assembly? Find(string name)
    {
        if (!loaded.TryGetValue(name, out var assembly) && PathOf(name) is { } path)
        {
            assembly = libraries.LoadFromAssemblyPath(path);
            loaded[name] = assembly;
        }
        return assembly;
    }

    // A library's own libraries mostly lie beside it.
    private string? PathOf(string name) => files.TryGetValue(name, out var path) ? path
        : files.Values.Select(file => Path.Combine(Path.GetDirectoryName(file)!, name + ".dll")).FirstOrDefault(File.Exists);

    private sealed class Context(CellAssemblies owner, string name, bool canGo) : AssemblyLoadContext(name, canGo)
    {
        // The runtime asks for a reference when the code that needs it first runs, and by then the other cell may have been
        // removed above.
        public Dictionary<string, Assembly> Cells { get; set; } = [];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (Cells.TryGetValue(assemblyName.Name!, out var cell))
            {
                return cell;
            }
            lock (owner.loaded)
            {
                return owner.Find(assemblyName.Name!);
            }
        }
    }
}
