using System.Reflection;
using System.Text;
using Lectern.Host.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Lectern.Host.Languages;

/// <summary>Compiles cells as scripts, each going on from those before it.</summary>
/// <param name="folder">Where relative paths of <c>#r</c> and <c>#load</c> start.</param>
/// <remarks>
/// Roslyn's own scripting library does the same, but binds all references again for each cell, which is half of the time
/// that a short cell takes.
/// </remarks>
internal sealed class CellCompiler(string folder)
{
    private static readonly CSharpParseOptions Script =
        new(LanguageVersion.Latest, DocumentationMode.None, SourceCodeKind.Script);

    private static readonly EmitOptions Emit = new(debugInformationFormat: DebugInformationFormat.PortablePdb);

    private readonly CSharpCompilationOptions options = new(
        OutputKind.DynamicallyLinkedLibrary,
        usings: CSharpLanguage.Imports,
        optimizationLevel: OptimizationLevel.Release,
        allowUnsafe: true,
        concurrentBuild: false,
        metadataReferenceResolver: new KitReferences(folder),
        sourceReferenceResolver: new SourceFileResolver([folder], folder),
        assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default,
        metadataImportOptions: MetadataImportOptions.Public);

    private readonly CellAssemblies assemblies = new();
    private readonly CellChain chain = new();

    // What the next cell is to refer to beside what those before it do: a reference that were named with each cell would be
    // kept and searched once a cell.
    private readonly List<MetadataReference> pending = [.. KitReferences.References];

    // The next cell without its code: its references are bound once for all the cells that leave nothing behind.
    private CSharpCompilation? next;
    private int names;

    /// <summary>The cells that others go on from, in order.</summary>
    public IReadOnlyList<Submission> Chain => chain.Cells;

    /// <summary>Lets later cells name what is in an assembly.</summary>
    public void Reference(MetadataReference reference)
    {
        Locate(reference);
        pending.Add(reference);
        next = null;
    }

    /// <summary>Tells of an assembly that is loaded, so that no second copy is.</summary>
    public void Register(Assembly assembly) => assemblies.Add(assembly);

    /// <summary>Compiles a cell.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="file">The name of the cell, for errors and stack traces.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="faults">Where it does not compile, why.</param>
    /// <returns>The cell, to be started; null where it does not compile.</returns>
    public Submission? Compile(string code, string file, CancellationToken cancellation, out IReadOnlyList<Diagnostic> faults)
    {
        next ??= Next();
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), Script, file, cancellation);
        var compilation = next.AddSyntaxTrees(tree);
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        var made = compilation.Emit(image, symbols, options: Emit, cancellationToken: cancellation);
        faults = [.. made.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        if (!made.Success)
        {
            // Where there is nothing to run, such as after a `using` alone, Roslyn makes no assembly and names no error.
            return faults.Count == 0 ? new Submission(code, compilation, null) : null;
        }
        foreach (var reference in compilation.DirectiveReferences)
        {
            Locate(reference);
        }
        image.Position = symbols.Position = 0;
        var assembly = assemblies.Load(image, symbols);
        var entry = compilation.GetEntryPoint(cancellation)!;
        var factory = assembly.GetType(entry.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        return new Submission(code, compilation, factory.CreateDelegate<Func<object?[], Task<object?>>>());
    }

    /// <summary>Lets later cells go on from one that was started, where it leaves anything that they could name.</summary>
    /// <returns>Whether it does.</returns>
    public bool Keep(Submission submission)
    {
        if (!submission.IsStarted || !IsKept(submission.Compilation))
        {
            return false;
        }
        chain.Add(submission);
        if (submission.Assembly is { } assembly)
        {
            assemblies.Add(assembly);
        }
        foreach (var forgotten in chain.Forget())
        {
            if (forgotten.Assembly is { } gone)
            {
                assemblies.Remove(gone);
            }
        }
        pending.Clear();
        next = null;
        return true;
    }

    private void Locate(MetadataReference reference)
    {
        if (reference is PortableExecutableReference { FilePath: { } path } && !KitReferences.Has(path))
        {
            assemblies.Add(path);
        }
    }

    private CSharpCompilation Next() => CSharpCompilation.CreateScriptCompilation(
        $"Cell#{names++}",
        references: pending,
        // As with the references: later cells have the first one's imports.
        options: chain.Cells.Count == 0 ? options : options.WithUsings(),
        previousScriptCompilation: chain.Cells.LastOrDefault()?.Compilation,
        returnType: typeof(object));

    // A cell that only computes need not stand in the chain that every later cell looks through.
    private bool IsKept(CSharpCompilation compilation) =>
        (chain.Cells.Count > 0 && pending.Count > 0)
        || compilation.ScriptClass!.GetMembers().Any(member => !member.IsImplicitlyDeclared)
        || compilation.SyntaxTrees.Any(tree => tree.GetCompilationUnitRoot() is { } root
            && (root.Usings.Count > 0 || root.Externs.Count > 0 || root.ContainsDirectives));
}
