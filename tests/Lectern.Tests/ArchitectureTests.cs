using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Tests;

/// <summary>Imports run one way: Papers → Graphs | KnowledgeGraphs | Vision → Training | Data | Charts → Torch.</summary>
/// <remarks>
/// A <c>using</c> alone would miss two papers of one namespace, so every name of a type is looked at, and where it would run the wrong way the
/// compiler says whether it is that type. Lessons (what notebooks show and check with) stands beside the papers: nobody but notebooks uses it.
/// </remarks>
public sealed class ArchitectureTests
{
    private static readonly string[][] Layers = [["Training", "Data", "Charts"], ["Graphs", "KnowledgeGraphs", "Vision"], ["Papers", "Lessons"]];

    /// <summary>What runs sideways all the same, and why.</summary>
    private static readonly Dictionary<(string From, string To), string> Excused = new()
    {
        [("Data/CacheLock.cs", "Training/Progress.cs")] = "who waits for another's download sees it",
        [("Data/DataStore.cs", "Training/Progress.cs")] = "a download shows how far it is",
        [("Data/DataStore.cs", "Training/Interrupt.cs")] = "and the reader can stop it",
        [("Training/Checkpoint.cs", "Data/WholeFile.cs")] = "a checkpoint is whole or not there, and there is one way to write such files",
        [("KnowledgeGraphs/Rules/RuleOperator.cs", "Graphs/SparseMatrix.cs")] = "a relation is a sparse matrix, and there is one in the kit",
        [("KnowledgeGraphs/Texts/WordTable.cs", "Graphs/SparseMatrix.cs")] = "counts of words are one, too",
        [("Vision/Sampling/BilinearKernels.cs", "Graphs/SparseKernels.cs")] = "both divide rows among threads; the loop is written once",
    };

    /// <summary>Which papers build on which, as the papers themselves say.</summary>
    private static readonly HashSet<(string From, string To)> Lineage =
    [
        ("SharpMask", "DeepMask"), ("MultiPathNet", "DeepMask"), ("MultiPathNet", "SharpMask"), ("PaNet", "MaskRcnn"), ("YolactPlusPlus", "Yolact"),
        ("GraphZoom", "NodeEmbeddings"),        // embeds its smallest graph by DeepWalk
    ];

    /// <summary>The paper that a file without a lesson of its own, or a folder of such files, belongs to.</summary>
    private static readonly Dictionary<string, string> Parts = new()
    {
        ["DevicePlans"] = "ComputationGraphs", ["PlanSearch"] = "ComputationGraphs", ["CostGraphSources"] = "ComputationGraphs",
        ["HoppitySearch"] = "Hoppity", ["LambdaNetProject"] = "LambdaNet", ["TypeGuesses"] = "LambdaNet",
        ["AffineFlow"] = "MoleculeGeneration", ["MoleculeGrowth"] = "MoleculeGeneration", ["MoleculeTuning"] = "MoleculeGeneration",
        ["AgentWorlds"] = "MultiAgentGames", ["RoutingWorld"] = "MultiAgentGames", ["QuestionBatch"] = "QuestionGeneration",
        ["Molecules"] = "MoleculeGeneration", ["Grouping"] = "Sds", ["Queries"] = "Query2Box",
        ["EulerSyllogisms"] = "MultiplexReasoning", ["RavenMatrices"] = "MultiplexReasoning",
        ["SegmentationFile"] = Everyone, ["SegmentationModels"] = Everyone,
    };

    /// <summary>Not a paper, but what reads the weights of all that segment, for <c>./lectern segment</c>; so no paper may use it.</summary>
    private const string Everyone = "Segmentation";

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, preprocessorSymbols:
#if LECTERN_BRIDGE
        ["LECTERN_BRIDGE"]);
#else
        []);
#endif

    private static readonly Lazy<IReadOnlyList<(string From, string To, string Type)>> Wrong = new(() => WrongWays(Sources()));

    [Fact]
    public void Imports_run_downward_only() =>
        Assert.Empty(Wrong.Value.Where(edge => !Excused.ContainsKey((edge.From, edge.To))).Select(edge => $"{edge.From} uses {edge.Type} of {edge.To}"));

    [Fact]
    public void Every_excuse_is_still_needed() =>
        Assert.Empty(Excused.Keys.Except(Wrong.Value.Select(edge => (edge.From, edge.To))));

    [Fact]
    public void A_paper_and_a_layer_that_reach_up_or_aside_are_found()
    {
        SyntaxTree File(string path, string text) => CSharpSyntaxTree.ParseText(text, Options, path);
        var found = WrongWays([
            File("Papers/A/Yolact.cs", "namespace L.Papers.A; public class Yolact { DeepMask? other; }"),
            File("Papers/A/DeepMask.cs", "namespace L.Papers.A; public class DeepMask { L.Graphs.Ring? below; }"),
            File("Papers/A/SharpMask.cs", "namespace L.Papers.A; public class SharpMask { DeepMask? lineage; }"),
            File("Graphs/Ring.cs", "namespace L.Graphs; public class Ring { Papers.A.Yolact? above; int DeepMask; int Same() => DeepMask; }"),
        ]);
        Assert.Equal([("Papers/A/Yolact.cs", "Papers/A/DeepMask.cs", "DeepMask"), ("Graphs/Ring.cs", "Papers/A/Yolact.cs", "Yolact")], found);
    }

    /// <summary>The host knows notebooks, not papers; <c>./lectern segment</c> is made of them.</summary>
    [Fact]
    public void The_host_knows_no_papers()
    {
        string host = Path.Combine(Root(), "src", "Lectern.Host");
        Assert.Equal(["SegmentCommand.cs"], Directory.EnumerateFiles(host, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("Template") && CSharpSyntaxTree.ParseText(File.ReadAllText(path), Options).GetCompilationUnitRoot()
                .Usings.Any(u => u.Name?.ToString().StartsWith("Lectern.Papers", StringComparison.Ordinal) == true))
            .Select(path => Path.GetFileName(path)));
    }

    private static bool IsAllowed(string from, string to)
    {
        static int Layer(string file) => Array.FindIndex(Layers, layer => layer.Contains(file.Split('/')[0]));
        static string Paper(string file)
        {
            var (name, folder) = (Path.GetFileNameWithoutExtension(file), Path.GetFileName(Path.GetDirectoryName(file))!);
            return Parts.GetValueOrDefault(name) ?? Parts.GetValueOrDefault(folder) ?? name;
        }
        if (Layer(from) < 0 || Layer(to) < 0) return true;
        return from.Split('/')[0] != to.Split('/')[0] ? Layer(to) < Layer(from)
            : !from.StartsWith("Papers/", StringComparison.Ordinal) || Paper(from) == Paper(to) || Lineage.Contains((Paper(from), Paper(to))) || Paper(from) == Everyone;
    }

    private static IReadOnlyList<(string From, string To, string Type)> WrongWays(IReadOnlyList<SyntaxTree> trees)
    {
        var declared = trees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
            .Select(m => m is BaseTypeDeclarationSyntax type ? type.Identifier.Text : m is DelegateDeclarationSyntax d ? d.Identifier.Text : null)
            .OfType<string>().Select(name => (name, tree.FilePath))).ToLookup(t => t.name, t => t.FilePath);
        const string Usings = """
            global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
            global using System.Threading; global using System.Threading.Tasks; global using TorchSharp; global using TorchSharp.Modules;
            global using static TorchSharp.torch; global using Tensor = TorchSharp.torch.Tensor;
            """;
        var compilation = CSharpCompilation.Create(
            "Lectern", [.. trees, CSharpSyntaxTree.ParseText(Usings, Options)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path) != "Lectern.dll").Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        return [.. trees.SelectMany(tree =>
        {
            var model = compilation.GetSemanticModel(tree);
            return tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
                .Where(name => declared[name.Identifier.Text].Any(to => !IsAllowed(tree.FilePath, to)))
                .Select(name => model.GetSymbolInfo(name).Symbol?.OriginalDefinition).OfType<INamedTypeSymbol>()
                .SelectMany(type => type.DeclaringSyntaxReferences.Select(at => (tree.FilePath, at.SyntaxTree.FilePath, type.Name)));
        }).Distinct().Where(edge => !IsAllowed(edge.Item1, edge.Item2))];
    }

    private static IReadOnlyList<SyntaxTree> Sources()
    {
        string root = Path.Combine(Root(), "src", "Lectern");
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(path =>
            CSharpSyntaxTree.ParseText(File.ReadAllText(path), Options, Path.GetRelativePath(root, path).Replace('\\', '/')))];
    }

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lectern.slnx"))) folder = folder.Parent;
        Assert.SkipWhen(folder is null, "The sources are not above the test program.");
        return folder!.FullName;
    }
}
