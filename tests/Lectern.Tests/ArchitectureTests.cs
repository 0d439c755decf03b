using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Tests;

/// <summary>Imports run one way: Papers → Graphs | KnowledgeGraphs | Vision → Training | Data | Charts → Torch.</summary>
/// <remarks>
/// The compiler says which file names a type of which other: a <c>using</c> alone would miss two papers of one namespace.
/// Lessons (what notebooks show and check with) stands beside the papers: it may use what is below, and nobody but notebooks uses it.
/// </remarks>
public sealed class ArchitectureTests
{
    private static readonly string[][] Layers = [["Training", "Data", "Charts"], ["Graphs", "KnowledgeGraphs", "Vision"], ["Papers", "Lessons"]];

    /// <summary>What runs sideways or upward all the same, and why.</summary>
    private static readonly Dictionary<(string From, string To), string> Excused = new()
    {
    };

    private static readonly Lazy<IReadOnlyList<(string From, string To)>> Edges = new(Read);

    [Fact]
    public void Imports_run_downward_only()
    {
        Console.WriteLine(string.Join("\n", Edges.Value.Select(e => $"{e.From} -> {e.To}")));
    }

    private static IReadOnlyList<(string From, string To)> Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lectern.slnx"))) folder = folder.Parent;
        Assert.SkipWhen(folder is null, "The sources are not above the test program.");
        string root = Path.Combine(folder!.FullName, "src", "Lectern");
        var options = new CSharpParseOptions(LanguageVersion.Preview, preprocessorSymbols:
#if LECTERN_BRIDGE
            ["LECTERN_BRIDGE"]);
#else
            []);
#endif
        var trees = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, Path.GetRelativePath(root, path).Replace('\\', '/'))).ToList();
        const string Usings = """
            global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
            global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
            global using TorchSharp; global using TorchSharp.Modules; global using static TorchSharp.torch; global using Tensor = TorchSharp.torch.Tensor;
            """;
        string[] references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            "Lectern", [.. trees, CSharpSyntaxTree.ParseText(Usings, options)],
            references.Where(path => Path.GetFileName(path) != "Lectern.dll").Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        return [.. trees.SelectMany(tree => Named(compilation.GetSemanticModel(tree)).Select(to => (tree.FilePath, to)))
            .Where(edge => edge.FilePath != edge.to).Distinct().Order()];
    }

    /// <summary>The files of the types that a file names.</summary>
    private static IEnumerable<string> Named(SemanticModel model) => model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
        .Select(name => model.GetSymbolInfo(name).Symbol).OfType<INamedTypeSymbol>().Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
        .Select(type => type.OriginalDefinition.DeclaringSyntaxReferences is [{ SyntaxTree.FilePath: var file }, ..] ? file : model.SyntaxTree.FilePath);
}
