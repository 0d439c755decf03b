using System.Collections.Immutable;
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
    private readonly HashSet<MetadataReference> given = [];
    private Solution chain;
    private ProjectId? last;
    private ImmutableList<string> known = [];
    private (Solution Solution, DocumentId Id)? draft;

    /// <summary>Begins without cells.</summary>
    public CellWorkspace() => chain = workspace.CurrentSolution;

    /// <summary>A cell that is being written, after those that have been compiled.</summary>
    /// <param name="compiled">The cells before it.</param>
    /// <param name="code">Its code.</param>
    public Document Open(CSharpLanguage.Chain compiled, string code)
    {
        if (!known.SequenceEqual(compiled.Cells.Take(known.Count), ReferenceEqualityComparer.Instance))
        {
            // Some of them have been forgotten.
            (chain, last, known, draft) = (workspace.CurrentSolution, null, [], null);
            given.Clear();
        }
        // As in CSharpLanguage: each reference is named by one cell, and those after it have it from there.
        var references = (last is null ? Base.Value : []).Concat(compiled.References.Select(Documented).Where(r => !given.Contains(r))).ToList();
        foreach (var cell in compiled.Cells.Skip(known.Count))
        {
            (chain, last, _) = With(cell, references);
            known = known.Add(cell);
            given.UnionWith(references);
            references = [];
            draft = null;
        }
        if (draft is null)
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
        var name = $"Cell{known.Count}";
        var solution = chain.AddProject(ProjectInfo.Create(
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
}
