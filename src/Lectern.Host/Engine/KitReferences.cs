using System.Collections.Immutable;
using System.Reflection;
using Lectern.Charts;
using Lectern.Lessons;
using Microsoft.AspNetCore.Html;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using Microsoft.DotNet.Interactive.Formatting;

namespace Lectern.Host.Engine;

/// <summary>What a cell can name without a <c>#r</c>, and how its <c>#r</c> is resolved.</summary>
/// <param name="folder">The notebook's folder, from which relative paths are read.</param>
/// <remarks>
/// A notebook's first cell references the kit's library by a path that other kernels need. Here the library is loaded
/// already, and a second copy would be other types with the same names; so that path, valid or not, means the loaded one.
/// </remarks>
internal sealed class KitReferences(string folder) : MetadataReferenceResolver
{
    private static readonly ImmutableArray<Assembly> Kit =
    [
        typeof(View).Assembly,
        typeof(TorchSharp.torch.Tensor).Assembly,
        typeof(Formatter).Assembly,
        typeof(IHtmlContent).Assembly,
        typeof(KitReferences).Assembly,
    ];

    private static readonly Lazy<ImmutableArray<PortableExecutableReference>> Shared = new(() =>
    [
        .. BaseLibrary().Concat(Kit.Select(assembly => assembly.Location)).Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private static readonly Lazy<Dictionary<string, PortableExecutableReference>> ByFile = new(
        () => References.DistinctBy(r => Path.GetFileName(r.FilePath)).ToDictionary(r => Path.GetFileName(r.FilePath)!));

    /// <summary>The kit's assemblies.</summary>
    public static IReadOnlyList<Assembly> Assemblies => Kit;

    /// <summary>The base library and the kit; read once for the process.</summary>
    public static ImmutableArray<PortableExecutableReference> References => Shared.Value;

    /// <summary>A reference to an assembly; to the loaded one, where the kit brings it.</summary>
    public static PortableExecutableReference Of(string path) => ByFile.Value.GetValueOrDefault(Path.GetFileName(path))
        ?? MetadataReference.CreateFromFile(path);

    /// <summary>Whether every cell can name what is in a file of that name.</summary>
    public static bool Has(string path) => ByFile.Value.ContainsKey(Path.GetFileName(path));

    /// <summary>Tells the loader of scripts that the kit is loaded.</summary>
    public static void Register(InteractiveAssemblyLoader loader)
    {
        foreach (var assembly in Kit)
        {
            loader.RegisterDependency(assembly);
        }
    }

    /// <inheritdoc/>
    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        if (reference.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
        {
            // In a file that is loaded: the package is there already, see Packages; the directive must only mean something.
            return [References[0]];
        }
        // Notebooks come from all systems: a path written on Windows means the same file here.
        var path = reference.Replace('\\', Path.DirectorySeparatorChar);
        var beside = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(path));
        if (Path.GetFileName(path).Length > 0 && File.Exists(beside))
        {
            return [Has(path) ? Of(path) : MetadataReference.CreateFromFile(beside, properties)];
        }
        var full = Path.GetFullPath(path, folder);
        return File.Exists(full) ? [MetadataReference.CreateFromFile(full, properties)] : [];
    }

    /// <inheritdoc/>
    public override bool Equals(object? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => folder.GetHashCode(StringComparison.Ordinal);

    private static IEnumerable<string> BaseLibrary()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return Directory.EnumerateFiles(runtime, "*.dll").Where(IsManaged).Order(StringComparer.Ordinal);
    }

    /// <summary>Whether a file is an assembly of .NET.</summary>
    public static bool IsManaged(string path)
    {
        try
        {
            AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
