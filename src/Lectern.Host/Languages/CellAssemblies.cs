using System.Reflection;
using System.Runtime.Loader;

namespace Lectern.Host.Languages;

/// <summary>Loads the cells' assemblies, and finds for them what they refer to.</summary>
/// <remarks>
/// None is ever unloaded: a context that can be unloaded costs a short cell as much again as all else, and a cell's assembly
/// takes 30 kB.
/// </remarks>
internal sealed class CellAssemblies
{
    private readonly Dictionary<string, Assembly> loaded = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Context libraries;

    /// <summary>Begins with what the host itself has loaded.</summary>
    public CellAssemblies() => libraries = new Context(this, "libraries of cells");

    /// <summary>Makes a loaded assembly the one of its name.</summary>
    public void Add(Assembly assembly) => loaded[assembly.GetName().Name!] = assembly;

    /// <summary>Makes a file known; it is loaded when a cell needs it.</summary>
    public void Add(string path) => files.TryAdd(AssemblyName.GetAssemblyName(path).Name!, path);

    /// <summary>Loads a cell's assembly, in a context of its own, since cells that leave nothing behind share a name.</summary>
    /// <param name="image">The assembly, at its beginning.</param>
    /// <param name="symbols">Its lines, for stack traces, at their beginning.</param>
    public Assembly Load(Stream image, Stream symbols) => new Context(this, "cell").LoadFromStream(image, symbols);

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

    private sealed class Context(CellAssemblies owner, string name) : AssemblyLoadContext(name)
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            lock (owner.loaded)
            {
                return owner.Find(assemblyName.Name!);
            }
        }
    }
}
