using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Lectern.Host.Languages;

/// <summary>Loads what packages bring, once for the process.</summary>
/// <remarks>
/// All goes into the process's own load context: there C#, F# and the kit see one copy, and one type, of each assembly.
/// </remarks>
internal static class PackageLoader
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, string> Managed = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> Native = new(StringComparer.OrdinalIgnoreCase);
    private static bool installed;

    /// <summary>Makes the files of packages known, so that they are found when they are first needed.</summary>
    public static void Add(PackageAssets assets)
    {
        lock (Gate)
        {
            if (!installed)
            {
                installed = true;
                AssemblyLoadContext.Default.Resolving += (context, name) =>
                    Lookup(Managed, name.Name ?? "") is { } path ? context.LoadFromAssemblyPath(path) : null;
                AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
                    NamesOf(name).Select(file => Lookup(Native, file)).FirstOrDefault(path => path is not null) is { } path
                        ? NativeLibrary.Load(path) : 0;
            }
            foreach (var path in assets.Runtime)
            {
                Managed.TryAdd(Path.GetFileNameWithoutExtension(path), path);
            }
            foreach (var path in assets.Native)
            {
                Native.TryAdd(Path.GetFileName(path), path);
            }
        }
    }

    /// <summary>The assembly of a file, or the one of its name that is there already; null where it cannot be loaded.</summary>
    public static Assembly? Load(string path)
    {
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName(Path.GetFileNameWithoutExtension(path)));
        }
        catch (Exception fault) when (fault is IOException or BadImageFormatException)
        {
            return null;
        }
    }

    private static string? Lookup(Dictionary<string, string> files, string name)
    {
        lock (Gate)
        {
            return files.GetValueOrDefault(name);
        }
    }

    // What a DllImport says, and the file names that it may mean.
    private static IEnumerable<string> NamesOf(string name) =>
        from file in new[] { name, $"{name}.so", $"{name}.dylib", $"{name}.dll" }
        from full in new[] { file, $"lib{file}" }
        select full;
}
