using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Lectern.Charts;
using Lectern.Lessons;
using Microsoft.AspNetCore.Html;
using Microsoft.CodeAnalysis;
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

    private static readonly Lazy<Dictionary<string, string>> Framework = new(() =>
        Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll")
            .Where(IsManaged).Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path)));

    // Without the base library's many files that only say where a type has moved to: each would cost every cell time.
    private static readonly Lazy<ImmutableArray<PortableExecutableReference>> Shared = new(() =>
        [.. Framework.Value.Values.Where(HasTypes).Concat(Kit.Select(assembly => assembly.Location)).Select(Reference)]);

    private static readonly Dictionary<string, PortableExecutableReference> ByPath = [];

    /// <summary>The kit's assemblies.</summary>
    public static IReadOnlyList<Assembly> Assemblies => Kit;

    /// <summary>The base library and the kit; read once for the process.</summary>
    public static ImmutableArray<PortableExecutableReference> References => Shared.Value;

    /// <summary>A reference to an assembly; to the loaded one, where the kit or the base library brings it.</summary>
    public static PortableExecutableReference Of(string path)
    {
        var file = Path.GetFileName(path);
        return Reference(
            Framework.Value.GetValueOrDefault(file)
            ?? Kit.FirstOrDefault(assembly => Path.GetFileName(assembly.Location) == file)?.Location
            ?? path);
    }

    /// <summary>Whether every cell can name what is in a file of that name.</summary>
    public static bool Has(string path) =>
        Path.GetFileName(path) is var file
        && (Framework.Value.ContainsKey(file) || Kit.Any(assembly => Path.GetFileName(assembly.Location) == file));

    /// <inheritdoc/>
    public override bool ResolveMissingAssemblies => true;

    /// <summary>What a library refers to and no cell has named: of the base library, or beside the library.</summary>
    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity)
    {
        var file = referenceIdentity.Name + ".dll";
        if (Has(file))
        {
            return Of(file);
        }
        var beside = definition is PortableExecutableReference { FilePath: { } path } ? Path.Combine(Path.GetDirectoryName(path)!, file) : null;
        return File.Exists(beside) ? Reference(beside) : null;
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
            return [Of(beside)];
        }
        var full = Path.GetFullPath(path, folder);
        return File.Exists(full) ? [MetadataReference.CreateFromFile(full, properties)] : [];
    }

    /// <inheritdoc/>
    public override bool Equals(object? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => folder.GetHashCode(StringComparison.Ordinal);

    // One for each file, so that the compiler reads it once; and of the file the metadata only, not the machine code.
    private static PortableExecutableReference Reference(string path)
    {
        lock (ByPath)
        {
            return ByPath.TryGetValue(path, out var known) ? known : ByPath[path] = Read(path);
        }
    }

    private static PortableExecutableReference Read(string path) =>
        AssemblyMetadata.Create(ModuleMetadata.CreateFromStream(File.OpenRead(path), PEStreamOptions.PrefetchMetadata))
            .GetReference(filePath: path);

    private static bool HasTypes(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return metadata.TypeDefinitions.Any(type =>
            (metadata.GetTypeDefinition(type).Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public);
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
