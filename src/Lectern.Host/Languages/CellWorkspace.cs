using System.Runtime.InteropServices;
using Lectern.Host.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;

namespace Lectern.Host.Languages;

/// <summary>The C# cells as a chain of projects, for the compiler's services to editors.</summary>
internal sealed class CellWorkspace : IDisposable
{
    private static readonly CSharpParseOptions Script =
        new(LanguageVersion.Latest, DocumentationMode.Parse, SourceCodeKind.Script);

    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, usings: CSharpLanguage.Imports, allowUnsafe: true, concurrentBuild: false);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Base = new(() =>
    [
        .. BaseLibrary().Select(path => Documented(path)),
        .. KitReferences.Assemblies.Select(assembly => Documented(assembly.Location)),
    ]);

    private readonly AdhocWorkspace workspace = new(MefHostServices.Create(MefHostServices.DefaultAssemblies));
    private readonly Dictionary<MetadataReference, MetadataReference> documented = [];
    private readonly List<Step> steps = [];
    private (Solution Solution, DocumentId Id)? draft;

    /// <summary>A cell that is being written, after those that have been compiled and others that stand above it.</summary>
    /// <param name="compiled">The cells that have run.</param>
    /// <param name="pending">The code of those that are to be known though they have not.</param>
    /// <param name="code">Its code.</param>
    public Document Open(CSharpLanguage.Chain compiled, IReadOnlyList<string> pending, string code)
    {
        List<string> cells = [.. compiled.Cells, .. pending];
        var same = steps.Zip(cells).TakeWhile(pair => pair.First.Code == pair.Second).Count();
        if (same < steps.Count)
        {
            steps.RemoveRange(same, steps.Count - same);
            draft = null;
        }
        // As in CSharpLanguage: each reference is named by one cell, and those after it have it from there.
        var given = steps.SelectMany(step => step.References).ToHashSet();
        List<MetadataReference> references =
            [.. steps.Count == 0 ? Base.Value : [], .. compiled.References.Select(Documented).Where(r => !given.Contains(r))];
        foreach (var cell in cells.Skip(same))
        {
            var (solution, project, _) = With(cell, references);
            steps.Add(new Step(cell, solution, project, references));
            references = [];
            draft = null;
        }
        if (draft is null || references.Count > 0)
        {
            var (solution, _, document) = With("", references);
            draft = (solution, document);
        }
        var (current, id) = draft.Value;
        current = current.WithDocumentText(id, SourceText.From(code));
        draft = (current, id);
        return current.GetDocument(id)!;
    }

    /// <inheritdoc/>
    public void Dispose() => workspace.Dispose();

    private (Solution Solution, ProjectId Project, DocumentId Document) With(string code, List<MetadataReference> references)
    {
        var project = ProjectId.CreateNewId();
        var document = DocumentId.CreateNewId(project);
        var (before, last) = steps.Count == 0 ? (workspace.CurrentSolution, null) : (steps[^1].Solution, steps[^1].Project);
        var name = $"Cell{steps.Count}";
        var solution = before.AddProject(ProjectInfo.Create(
            project, VersionStamp.Default, name, name, LanguageNames.CSharp,
            // Later cells have the first one's; named again, each would be searched once a cell.
            compilationOptions: last is null ? Options : Options.WithUsings(),
            parseOptions: Script,
            documents:
            [
                DocumentInfo.Create(
                    document, name, sourceCodeKind: SourceCodeKind.Script,
                    loader: TextLoader.From(TextAndVersion.Create(SourceText.From(code), VersionStamp.Default))),
            ],
            projectReferences: last is null ? [] : [new ProjectReference(last)],
            metadataReferences: references,
            isSubmission: true));
        return (solution, project, document);
    }

    private MetadataReference Documented(MetadataReference reference)
    {
        if (!documented.TryGetValue(reference, out var better))
        {
            better = reference is PortableExecutableReference { FilePath: { } path } ? Documented(path) : reference;
            documented[reference] = better;
        }
        return better;
    }

    private static PortableExecutableReference Documented(string path)
    {
        var xml = Path.ChangeExtension(path, ".xml");
        return MetadataReference.CreateFromFile(
            path, documentation: File.Exists(xml) ? XmlDocumentationProvider.CreateFromFile(xml) : null);
    }

    // The SDK's reference assemblies have their documentation beside them; a runtime alone has none.
    private static IEnumerable<string> BaseLibrary()
    {
        var packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        var framework = $"net{Environment.Version.Major}.{Environment.Version.Minor}";
        var pack = !Directory.Exists(packs) ? null : Directory.GetDirectories(packs)
            .Select(folder => Path.Combine(folder, "ref", framework))
            .Where(Directory.Exists)
            .Order(StringComparer.Ordinal)
            .LastOrDefault();
        return pack is not null
            ? Directory.GetFiles(pack, "*.dll").Order(StringComparer.Ordinal)
            : KitReferences.References.Select(reference => reference.FilePath).OfType<string>()
                .Except(KitReferences.Assemblies.Select(assembly => assembly.Location));
    }

    // A cell's project, in a solution that has those before it and none after.
    private sealed record Step(
        string Code, Solution Solution, ProjectId Project, IReadOnlyList<MetadataReference> References);
}
