using ICSharpCode.Decompiler;
using ICSharpCode.Decompiler.CSharp;
using ICSharpCode.Decompiler.TypeSystem;
using Lectern.Training;

namespace Lectern.Graphs.Programs;

/// <summary>A file of C#.</summary>
/// <param name="Project">What it belongs to, by which sets are split: a folder or an assembly.</param>
/// <param name="Name">Its path, or the type that it holds.</param>
/// <param name="Text">The C#.</param>
public sealed record CSharpFile(string Project, string Name, string Text);

/// <summary>Real C# to learn from: the kit's own, a folder's, and what the installed framework's assemblies decompile to.</summary>
public static class CSharpCorpus
{
    /// <summary>The library's own sources, which travel inside the assembly; no file system is needed.</summary>
    public static IReadOnlyList<CSharpFile> Kit()
    {
        var kit = typeof(CSharpCorpus).Assembly;
        const string prefix = "source/";
        return
        [
            .. kit.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using var reader = new StreamReader(kit.GetManifestResourceStream(name)!);
                    string path = name[prefix.Length..];
                    return new CSharpFile(path[..path.LastIndexOf('/')], path, reader.ReadToEnd());
                }),
        ];
    }

    /// <summary>All .cs files below a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<CSharpFile> Folder(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}' to read C# files from.");
        return
        [
            .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
            {
                string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
                return new CSharpFile(Path.GetDirectoryName(name) ?? "", name, File.ReadAllText(path));
            }),
        ];
    }

    /// <summary>The assemblies of the framework that runs, by name, without the extension.</summary>
    public static IReadOnlyList<string> FrameworkAssemblies() =>
    [
        .. Directory.EnumerateFiles(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "System.*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal),
    ];

    /// <summary>The types of one of the framework's assemblies as C#, decompiled: names of members and parameters are its own, those of
    /// locals made up.</summary>
    /// <param name="assembly">Such as System.Linq.</param>
    /// <exception cref="FileNotFoundException">The framework has no such assembly.</exception>
    public static IReadOnlyList<CSharpFile> Framework(string assembly)
    {
        string path = Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), assembly + ".dll");
        if (!File.Exists(path))
            throw new FileNotFoundException($"The framework has no assembly '{assembly}'; it has: {string.Join(", ", FrameworkAssemblies())}.", path);
        var decompiler = new CSharpDecompiler(path, new DecompilerSettings { ThrowOnAssemblyResolveErrors = false, ShowXmlDocumentation = false });
        var files = new List<CSharpFile>();
        foreach (var type in decompiler.TypeSystem.MainModule.TopLevelTypeDefinitions)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            if (type.Kind is not (TypeKind.Class or TypeKind.Struct) || type.Name.StartsWith('<')) continue;
            try
            {
                files.Add(new CSharpFile(assembly, type.FullName, decompiler.DecompileTypeAsString(type.FullTypeName)));
            }
            catch (DecompilerException)
            {
                // A few types hold what the decompiler cannot express; the corpus goes without them.
            }
        }
        return files;
    }
}
