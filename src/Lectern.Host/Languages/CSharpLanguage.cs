using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Lectern.Host.Engine;
using Lectern.Host.Formatting;
using Lectern.Host.Interactive;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Lectern.Host.Languages;

/// <summary>C#: each cell is a script that goes on where the one before it ended.</summary>
internal sealed class CSharpLanguage : ILanguage, IDisposable
{
    /// <summary>The namespaces that a cell can use without a <c>using</c>; the last is a class.</summary>
    public static readonly ImmutableArray<string> Imports =
    [
        "System", "System.Collections", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text",
        "System.Threading.Tasks", "Lectern.Host.Interactive", "Lectern.Host.Interactive.Kernel",
    ];

    private readonly InteractiveAssemblyLoader loader = new();
    private readonly Dictionary<string, string> sources;
    private readonly ScriptOptions options;

    // What the next cell is to refer to beside what those before it do: a reference that were named with each cell would be
    // kept and searched once a cell.
    private readonly List<MetadataReference> pending = [.. KitReferences.References];
    private ScriptState<object>? state;

    /// <summary>Begins without variables.</summary>
    /// <param name="folder">Where relative paths of <c>#r</c> and <c>#load</c> start.</param>
    /// <param name="sources">The code of each cell so far, by file name, for error reports.</param>
    public CSharpLanguage(string folder, Dictionary<string, string> sources)
    {
        this.sources = sources;
        KitReferences.Register(loader);
        options = ScriptOptions.Default
            .WithMetadataResolver(new KitReferences(folder))
            .WithSourceResolver(new SourceFileResolver([folder], folder))
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithAllowUnsafe(true)
            .WithOptimizationLevel(OptimizationLevel.Release)
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8);
    }

    /// <summary>The code that has been compiled, in order, and what it could refer to; safe to read from any thread.</summary>
    public Chain Compiled { get; private set; } = new([], []);

    /// <inheritdoc/>
    public IReadOnlyList<Variable> Variables => state is null ? [] :
    [
        .. state.Variables.GroupBy(variable => variable.Name)
            .Select(same => same.Last())
            .Select(variable => new Variable(variable.Name, variable.Type, variable.Value)),
    ];

    /// <inheritdoc/>
    public object? Run(string code, CellScope cell)
    {
        var script = Compile(code, cell);
        object? value = null;
        Exception? fault = null;
        try
        {
            cell.Stop.Run(() =>
            {
                var after = RunFrom(script, cell.Stop);
                // What the cell has declared stays, also where it then throws, or its value cannot be shown.
                if (state is null || pending.Count > 0 || Declares(script.GetCompilation()))
                {
                    state = after;
                    pending.Clear();
                    Compiled = Compiled.With(code, script.GetCompilation());
                }
                (value, fault) = (after.ReturnValue, after.Exception);
                if (fault is null)
                {
                    cell.ShowResult(value);
                }
            });
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }
        return fault is null ? value : throw new CellFailure(ErrorReport.Of(fault, sources));
    }

    /// <summary>The value of an expression; what it declares or references is forgotten.</summary>
    /// <exception cref="CellFailure">It does not compile, or it threw.</exception>
    public MimeBundle Evaluate(string expression, CellScope cell)
    {
        var script = Compile(expression, cell);
        MimeBundle? bundle = null;
        Exception? fault = null;
        try
        {
            cell.Stop.Run(() =>
            {
                var after = RunFrom(script, cell.Stop);
                fault = after.Exception;
                bundle = fault is null ? Bundles.Of(after.ReturnValue, []) : null;
            });
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }
        return bundle ?? throw new CellFailure(ErrorReport.Of(fault!, sources));
    }

    /// <inheritdoc/>
    public void Declare(Variable variable, CellScope cell)
    {
        var assemblies = CSharpNames.AssembliesOf(variable.Type).Where(assembly => assembly.Location.Length == 0).ToList();
        foreach (var assembly in assemblies)
        {
            loader.RegisterDependency(assembly);
        }
        pending.AddRange(assemblies.Select(InMemory).OfType<MetadataReference>());
        var type = CSharpNames.Of(variable.Type);
        var key = SharedValues.Keep(variable.Value);
        // `dynamic` where the type has no name that a cell can say: its members can still be called.
        Run($"{type} {variable.Name} = ({type})Lectern.Host.Interactive.SharedValues.Take({key});", cell);
    }

    /// <inheritdoc/>
    public void Reference(IReadOnlyList<string> assemblies) => pending.AddRange(assemblies.Select(KitReferences.Of));

    /// <summary>Tells the compiler's loader of an assembly that is loaded, so that no second copy is.</summary>
    public void Register(Assembly assembly) => loader.RegisterDependency(assembly);

    /// <summary>Lets the cells' assemblies go.</summary>
    public void Dispose() => loader.Dispose();

    private Script<object> Compile(string code, CellScope cell)
    {
        // As with the references: later cells have the first one's imports.
        var cellOptions = options.WithFilePath(cell.File).WithImports(state is null ? Imports : []).WithReferences(pending);
        var script = state?.Script.ContinueWith<object>(code, cellOptions)
            ?? CSharpScript.Create<object>(code, cellOptions, globalsType: null, loader);
        var faults = script.Compile(cell.Stop.Token).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        return faults.Count == 0 ? script : throw new CellFailure(ErrorReport.Of(faults, cell.File, sources));
    }

    // A cell that only computes need not stand in the chain that every later cell looks through.
    private static bool Declares(Compilation compilation) =>
        compilation.ScriptClass!.GetMembers().Any(member => !member.IsImplicitlyDeclared)
        || compilation.SyntaxTrees.Any(tree => tree.GetCompilationUnitRoot() is { } root
            && (root.Usings.Count > 0 || root.Externs.Count > 0 || root.ContainsDirectives));

    private ScriptState<object> RunFrom(Script<object> script, CellStop stop)
    {
        var task = state is null
            ? script.RunAsync(null, _ => true, CancellationToken.None)
            : script.RunFromAsync(state, _ => true, CancellationToken.None);
        stop.Await(task);
        return task.GetAwaiter().GetResult();
    }

    private static unsafe PortableExecutableReference? InMemory(Assembly assembly) =>
        System.Reflection.Metadata.AssemblyExtensions.TryGetRawMetadata(assembly, out var blob, out var length)
            ? AssemblyMetadata.Create(ModuleMetadata.CreateFromMetadata((nint)blob, length)).GetReference()
            : null;

    /// <summary>The cells that have been compiled.</summary>
    /// <param name="Cells">Their code, in order.</param>
    /// <param name="References">What the last of them could refer to beside what every cell can.</param>
    public sealed record Chain(ImmutableList<string> Cells, ImmutableHashSet<MetadataReference> References)
    {
        /// <summary>The chain after one more cell.</summary>
        public Chain With(string code, Compilation compilation) => new(
            Cells.Add(code),
            References.Union(compilation.References.Concat(compilation.DirectiveReferences)
                .Where(r => r is not PortableExecutableReference { FilePath: { } path } || !KitReferences.Has(path))));
    }
}
