using System.Collections.Immutable;
using System.Reflection;
using Lectern.Host.Engine;
using Lectern.Host.Formatting;
using Lectern.Host.Interactive;
using Microsoft.CodeAnalysis;

namespace Lectern.Host.Languages;

/// <summary>C#: each cell is a script that goes on where the one before it ended.</summary>
internal sealed class CSharpLanguage : ILanguage
{
    /// <summary>The namespaces that a cell can use without a <c>using</c>; the last is a class.</summary>
    public static readonly ImmutableArray<string> Imports =
    [
        "System", "System.Collections", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text",
        "System.Threading.Tasks", "Lectern.Host.Interactive", "Lectern.Host.Interactive.Kernel",
    ];

    private readonly Dictionary<string, string> sources;
    private readonly CellCompiler compiler;

    /// <summary>Begins without variables.</summary>
    /// <param name="folder">Where relative paths of <c>#r</c> and <c>#load</c> start.</param>
    /// <param name="sources">The code of each cell so far, by file name, for error reports.</param>
    public CSharpLanguage(string folder, Dictionary<string, string> sources)
    {
        this.sources = sources;
        compiler = new CellCompiler(folder);
    }

    /// <summary>The code that has been compiled, in order, and what it could refer to; safe to read from any thread.</summary>
    public Chain Compiled { get; private set; } = new([], []);

    /// <inheritdoc/>
    public IReadOnlyList<Variable> Variables =>
    [
        .. compiler.Chain.SelectMany(cell => cell.Variables)
            .GroupBy(variable => variable.Name)
            .Select(same => same.Last()),
    ];

    /// <inheritdoc/>
    public object? Run(string code, CellScope cell)
    {
        var submission = Compile(code, cell);
        object? value = null;
        Exception? fault = null;
        try
        {
            cell.Stop.Run(() =>
            {
                (value, fault) = ResultOf(submission, cell.Stop);
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
        // What the cell has declared stays, also where it then threw, was stopped, or has a value that cannot be shown.
        if (compiler.Keep(submission))
        {
            Compiled = Compiled.With(compiler.Chain);
        }
        return fault is null ? value : throw new CellFailure(ErrorReport.Of(fault, sources));
    }

    /// <summary>The value of an expression; what it declares or references is forgotten.</summary>
    /// <exception cref="CellFailure">It does not compile, or it threw.</exception>
    public MimeBundle Evaluate(string expression, CellScope cell)
    {
        var submission = Compile(expression, cell);
        MimeBundle? bundle = null;
        Exception? fault = null;
        try
        {
            cell.Stop.Run(() =>
            {
                (var value, fault) = ResultOf(submission, cell.Stop);
                bundle = fault is null ? Bundles.Of(value, []) : null;
            });
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }
        return bundle ?? throw new CellFailure(ErrorReport.Of(fault!, sources));
    }

    /// <summary>Loads the compiler and the references, so that the first cell need not.</summary>
    public void Prepare(CancellationToken cancellation) => compiler.Compile("1 + 1", "", cancellation, out _);

    /// <inheritdoc/>
    public void Declare(Variable variable, CellScope cell)
    {
        var assemblies = CSharpNames.AssembliesOf(variable.Type).Where(assembly => assembly.Location.Length == 0).ToList();
        foreach (var assembly in assemblies)
        {
            compiler.Register(assembly);
            if (InMemory(assembly) is { } reference)
            {
                compiler.Reference(reference);
            }
        }
        var type = CSharpNames.Of(variable.Type);
        var key = SharedValues.Keep(variable.Value);
        // `dynamic` where the type has no name that a cell can say: its members can still be called.
        Run($"{type} {variable.Name} = ({type})Lectern.Host.Interactive.SharedValues.Take({key});", cell);
    }

    /// <inheritdoc/>
    public void Reference(IReadOnlyList<string> assemblies)
    {
        foreach (var path in assemblies)
        {
            compiler.Reference(KitReferences.Of(path));
        }
    }

    /// <summary>Tells of an assembly that is loaded, so that no second copy is.</summary>
    public void Register(Assembly assembly) => compiler.Register(assembly);

    private Submission Compile(string code, CellScope cell) =>
        compiler.Compile(code, cell.File, cell.Stop.Token, out var faults)
        ?? throw new CellFailure(ErrorReport.Of(faults, cell.File, sources));

    // The exception as the cell threw it: thrown once more, it would name calls of this program too.
    private (object? Value, Exception? Fault) ResultOf(Submission submission, CellStop stop)
    {
        var task = submission.Start(compiler.Chain);
        stop.Await(task);
        return task.IsFaulted ? (null, task.Exception.InnerException) : (task.GetAwaiter().GetResult(), null);
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
        /// <summary>The chain as it has become with one more cell.</summary>
        public Chain With(IReadOnlyList<Submission> chain)
        {
            var newest = chain[^1].Compilation;
            return new(
                chain.Count == Cells.Count + 1 ? Cells.Add(chain[^1].Code) : [.. chain.Select(cell => cell.Code)],
                References.Union(newest.References.Concat(newest.DirectiveReferences)
                    .Where(r => r is not PortableExecutableReference { FilePath: { } path } || !KitReferences.Has(path))));
        }
    }
}
