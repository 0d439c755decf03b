using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Graphs.Programs;

/// <summary>
/// Type graphs of C#: all written types are erased, the compiler's are the answers. Constructor calls, base types and the names of static
/// classes stay as evidence; an overload is looked up by its number of parameters, never by its types.
/// </summary>
public static class CSharpTypes
{
    /// <summary>What the SDK imports without being asked.</summary>
    public const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>What the kit's own library imports beside that.</summary>
    public const string KitUsings = ImplicitUsings + "global using TorchSharp; global using TorchSharp.Modules; "
        + "global using static TorchSharp.torch; global using Tensor = TorchSharp.torch.Tensor;";

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? typeof(object).Assembly.Location).Split(Path.PathSeparator)
            .Where(File.Exists).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>One graph for each project among the files, compiled together.</summary>
    /// <param name="files">The files; what does not compile is read as far as it does.</param>
    /// <param name="usings">C# that is compiled with them.</param>
    /// <param name="locals">Whether local variables have names and answers; a decompiler makes names up from the types, which would tell them.</param>
    /// <returns>A graph a project, in the projects' order; types of other projects are no answers.</returns>
    public static IReadOnlyList<TypeGraph> Projects(IReadOnlyList<CSharpFile> files, string usings = ImplicitUsings, bool locals = true)
    {
        ArgumentNullException.ThrowIfNull(files);
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        var trees = files.Select(file => (file.Project, Tree: CSharpSyntaxTree.ParseText(file.Text, options, file.Name))).ToList();
        var compilation = CSharpCompilation.Create("read", [.. trees.Select(tree => tree.Tree), CSharpSyntaxTree.ParseText(usings, options)],
            References.Value, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Disable));
        return [.. trees.GroupBy(tree => tree.Project).Select(project => new TypeGraphWriter(compilation, locals).Write([.. project.Select(tree => tree.Tree)]))];
    }

    /// <summary>Projects cut into smaller ones of neighbouring files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="letters">The length of a piece, up to its last file's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A piece has no letter.</exception>
    public static IReadOnlyList<CSharpFile> Pieces(IReadOnlyList<CSharpFile> files, int letters)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfLessThan(letters, 1);
        return
        [
            .. files.GroupBy(file => file.Project).SelectMany(project =>
            {
                int read = 0;
                return project.Select(file => file with { Project = $"{project.Key} {((read += file.Text.Length) - file.Text.Length) / letters}" }).ToList();
            }),
        ];
    }

    /// <summary>The graph of one text.</summary>
    public static TypeGraph Parse(string text, string usings = ImplicitUsings) => Projects([new CSharpFile("", "", text)], usings)[0];
}
