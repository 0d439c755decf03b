using FSharp.Compiler.Diagnostics;
using FSharp.Compiler.Interactive;
using Lectern.Host.Engine;
using Microsoft.FSharp.Core;

namespace Lectern.Host.Languages;

/// <summary>F#: the compiler's own interactive session, in this process.</summary>
/// <remarks>
/// A cell is stopped where it compiles, writes, waits, or asks <see cref="Lectern.Training.Interrupt.Token"/>, as trainings
/// do. A loop that does nothing of that cannot be stopped; the session then is lost, and says so.
/// </remarks>
internal sealed class FSharpLanguage : ILanguage
{
    // What a C# cell has without a `using`.
    private const string Opens = """
        open System
        open System.Collections.Generic
        open System.IO
        open System.Linq
        open System.Text
        open System.Threading.Tasks
        open Lectern.Host.Interactive
        open type Lectern.Host.Interactive.Kernel
        """;

    private readonly Dictionary<string, string> sources;
    private readonly Shell.FsiEvaluationSession session;

    /// <summary>Loads the compiler.</summary>
    /// <param name="folder">Where relative paths of <c>#r</c> and <c>#load</c> start.</param>
    /// <param name="sources">The code of each cell so far, by file name, for error reports.</param>
    /// <param name="references">Assemblies that packages have brought so far.</param>
    public FSharpLanguage(string folder, Dictionary<string, string> sources, IEnumerable<string> references)
    {
        this.sources = sources;
        var kit = KitReferences.Assemblies.Select(assembly => assembly.Location);
        session = Alone(() => Shell.FsiEvaluationSession.Create(
            Shell.FsiEvaluationSession.GetDefaultConfiguration(),
            [
                "fsi", "--noninteractive", "--nologo", "--gui-", "--usesdkrefs-", "--targetprofile:netcore", "--nowarn:3370",
                "--optimize-", "--debug:portable", $"--lib:{folder}",
                .. kit.Concat(references).Select(path => $"-r:{path}"),
            ],
            TextReader.Null, TextWriter.Null, TextWriter.Null, FSharpOption<bool>.None, null));
        Evaluate(Opens, "opens", FSharpOption<CancellationToken>.None);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Variable> Variables =>
    [
        .. session.GetBoundValues()
            .Where(bound => bound.Name != "it")
            .Select(bound => new Variable(bound.Name, bound.Value.ReflectionType, bound.Value.ReflectionValue)),
    ];

    /// <inheritdoc/>
    public object? Run(string code, CellScope cell)
    {
        Exception? fault = null;
        FSharpDiagnostic[] diagnostics = [];
        object? value = null;
        try
        {
            using var asked = ConsoleRouter.AskAtWrites(cell.Stop.Token);
            // Not within CellStop.Run: the session calls a cell through the runtime's reflection, where a loop that is aborted goes
            // on for ever or takes the process with it (.NET 10.0).
            (var outcome, diagnostics) = Evaluate(code, cell.File, cell.Stop.Token);
            switch (outcome)
            {
                case FSharpChoice<FSharpOption<Shell.FsiValue>?, Exception>.Choice2Of2 failed:
                    fault = failed.Item;
                    break;
                case FSharpChoice<FSharpOption<Shell.FsiValue>?, Exception>.Choice1Of2 { Item.Value: { } result }
                    when result.ReflectionType != typeof(Unit):
                    value = result.ReflectionValue;
                    cell.Stop.Run(() => cell.ShowResult(value));
                    break;
            }
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }
        if (fault is null)
        {
            return value;
        }
        var errors = diagnostics.Where(d => d.Severity.IsError).ToList();
        throw new CellFailure(errors.Count > 0 ? ErrorReport.Of(errors, sources) : ErrorReport.Of(fault, sources));
    }

    /// <inheritdoc/>
    public void Declare(Variable variable, CellScope cell)
    {
        try
        {
            if (variable.Value is null)
            {
                Alone(() => session.EvalInteraction($"let {variable.Name} : obj = null", FSharpOption<CancellationToken>.None));
            }
            else
            {
                Alone(() => session.AddBoundValue(variable.Name, variable.Value));
            }
        }
        catch (Exception fault) when (fault is not ThreadAbortException and not OperationCanceledException)
        {
            throw new CellFailure(
                "CannotShare",
                $"F# cannot take '{variable.Name}' over: its type {CSharpNames.Short(variable.Type)} is not known there ({fault.Message}). " +
                "Share numbers, text, arrays, or types of a library; a type that a C# cell declares stays in C#.");
        }
    }

    /// <inheritdoc/>
    public void Reference(IReadOnlyList<string> assemblies)
    {
        var lines = assemblies.Select(path => $"#r @\"{path}\"");
        Evaluate(string.Join('\n', lines), "references", FSharpOption<CancellationToken>.None);
    }

    /// <summary>The names that could follow, such as the members in <c>System.Math.</c></summary>
    /// <param name="path">The dotted name as far as it is written.</param>
    public IEnumerable<string> Completions(string path) => Alone(() => session.GetCompletions(path));

    private Tuple<FSharpChoice<FSharpOption<Shell.FsiValue>?, Exception>, FSharpDiagnostic[]> Evaluate(
        string code, string file, FSharpOption<CancellationToken> stop) =>
        Alone(() => session.EvalInteractionNonThrowing(code, file, stop));

    // The compiler waits for work that it hands to the thread's context; the session's thread would wait for itself.
    private static T Alone<T>(Func<T> work)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static void Alone(Action work) => Alone(() =>
    {
        work();
        return 0;
    });
}
