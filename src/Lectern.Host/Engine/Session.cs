using System.Diagnostics;
using System.Runtime;
using System.Text;
using Lectern.Host.Formatting;
using Lectern.Training;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Lectern.Host.Engine;

/// <summary>One notebook being executed: a C# session that keeps what its cells declare.</summary>
/// <remarks>
/// The session knows nothing of files and wires: the runner and the Jupyter kernel both give it a cell's code and an
/// <see cref="ICellOutput"/>. Cells run one after the other on one thread; what they write to the console, from any thread,
/// and what they display reaches the output in the order in which it happened.
/// </remarks>
internal sealed class Session : IDisposable
{
    // Time for a loop to notice Interrupt.Token before its thread is stopped, and then for native code to come back.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly AsyncLocal<Session?> Ambient = new();
    private static readonly List<Session> Running = [];

    private readonly Lock gate = new();
    private readonly CellThread thread = new("notebook");
    private readonly InteractiveAssemblyLoader loader = new();
    private readonly Dictionary<string, string> sources = [];
    private readonly ScriptOptions options;
    private ScriptState<object>? state;
    private ICellOutput? output;
    private int displays;
    private int inCell;

    /// <summary>Starts a session.</summary>
    /// <param name="folder">The notebook's folder: relative paths of <c>#r</c> and <c>#load</c> are read from it.</param>
    public Session(string folder)
    {
        folder = Path.GetFullPath(folder);
        KitReferences.Register(loader);
        KitFormatters.Register();
        ConsoleRouter.Install();
        options = ScriptOptions.Default
            .WithReferences(KitReferences.References)
            .WithMetadataResolver(new KitReferences(folder))
            .WithSourceResolver(new SourceFileResolver([folder], folder))
            .WithImports(
                "System", "System.Collections", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text",
                "System.Threading.Tasks", "Lectern.Host.Interactive", "Lectern.Host.Interactive.Kernel")
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithAllowUnsafe(true)
            .WithOptimizationLevel(OptimizationLevel.Release)
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8);
    }

    /// <summary>Called with each value that a cell shows or ends with, before it is formatted.</summary>
    public event Action<object>? Shown;

    /// <summary>The session whose cell the calling thread belongs to; null outside of cells.</summary>
    public static Session? Current
    {
        get
        {
            if (Ambient.Value is { } session)
            {
                return session;
            }
            // Threads of libraries know no caller. While one session runs they can only be its own.
            lock (Running)
            {
                return Running.Count == 1 ? Running[0] : null;
            }
        }
    }

    /// <summary>Cells executed so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a cell could not be stopped, so that the session runs no other.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Runs a cell to its end, its failure, its time limit or its interruption.</summary>
    /// <param name="code">The cell's code.</param>
    /// <param name="cellOutput">Where its outputs go; late ones of its threads too, until the next cell begins.</param>
    /// <param name="limit">How long it may take; null for no limit.</param>
    /// <param name="interrupt">Cancelled when the reader stops the cell.</param>
    /// <exception cref="InvalidOperationException">An earlier cell could not be stopped.</exception>
    public async Task<CellResult> ExecuteAsync(
        string code, ICellOutput cellOutput, TimeSpan? limit = null, CancellationToken interrupt = default)
    {
        if (IsLost)
        {
            throw new InvalidOperationException("An earlier cell did not stop. Restart the session to run others.");
        }
        var number = ++Count;
        var watch = Stopwatch.StartNew();
        lock (gate)
        {
            output = cellOutput;
        }

        using var soft = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using var hard = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onSoft = soft.Token.Register(() => _ = StopAsync(number, hard, stopped));
        if (limit is { } time)
        {
            soft.CancelAfter(time);
        }

        CellError? Stopped() => !soft.IsCancellationRequested ? null
            : interrupt.IsCancellationRequested ? ErrorReport.OfInterrupt(number, watch.Elapsed)
            : ErrorReport.OfLimit(number, limit!.Value);

        var run = thread.Run(() => Run(code, number, soft.Token, hard.Token));
        await Task.WhenAny(run, stopped.Task).ConfigureAwait(false);
        var (value, error) = run.IsCompletedSuccessfully ? run.Result
            : run.IsCompleted ? (null, Stopped() ?? ErrorReport.Of(run.Exception!.InnerException!, sources))
            : (null, Stopped());
        if (!run.IsCompleted)
        {
            IsLost = true;
        }
        if (error is not null && Stopped() is { } why && error.Name is nameof(OperationCanceledException)
            or nameof(TaskCanceledException) or nameof(ThreadAbortException) or nameof(ThreadInterruptedException))
        {
            error = why;
        }
        if (error is not null)
        {
            lock (gate)
            {
                cellOutput.Error(error);
            }
        }
        return new CellResult(number, value, error, watch.Elapsed);
    }

    /// <summary>What could stand at a place in a cell.</summary>
    /// <param name="code">The cell as it is being written.</param>
    /// <param name="position">The place, in UTF-16 units.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<CompletionResult> CompleteAsync(string code, int position, CancellationToken cancellation = default) =>
        Task.FromResult(new CompletionResult(position, position, []));

    /// <summary>What is known of the name at a place in a cell: its signature and documentation.</summary>
    /// <returns>Plain text and HTML; null where nothing is known.</returns>
    public Task<MimeBundle?> InspectAsync(string code, int position, CancellationToken cancellation = default) =>
        Task.FromResult<MimeBundle?>(null);

    /// <summary>Whether a cell can be run as it stands.</summary>
    public Completeness IsComplete(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script));
        return SyntaxFactory.IsCompleteSubmission(tree) ? new Completeness("complete", "") : new Completeness("incomplete", "    ");
    }

    /// <summary>The value of an expression in the state that the cells have left; what it writes is not shown.</summary>
    public Task<ExpressionResult> EvaluateAsync(string expression, CancellationToken interrupt = default) =>
        Task.FromResult(new ExpressionResult(null, new CellError("NotSupportedException", "Expressions are not evaluated yet.", [])));

    /// <summary>Text for the current cell's console output.</summary>
    internal void WriteStream(string name, string text)
    {
        lock (gate)
        {
            output?.Stream(name, text);
        }
    }

    /// <summary>Shows a value below the running cell.</summary>
    /// <returns>The name of the output, for updates.</returns>
    internal string Display(object? value, string[] mimeTypes)
    {
        if (value is not null)
        {
            Shown?.Invoke(value);
        }
        var bundle = Bundles.Of(value, mimeTypes);
        lock (gate)
        {
            var id = $"display-{++displays}";
            output?.Display(bundle, id);
            return id;
        }
    }

    /// <summary>Shows another value where one was shown before.</summary>
    internal void Update(string id, object? value, string[] mimeTypes)
    {
        var bundle = Bundles.Of(value, mimeTypes);
        lock (gate)
        {
            output?.Update(bundle, id);
        }
    }

    /// <summary>Ends the session's thread and lets its assemblies go.</summary>
    public void Dispose()
    {
        thread.Dispose();
        if (!IsLost)
        {
            loader.Dispose();
        }
    }

    // Asks, then stops the thread, then wakes it from a wait, and at last gives it up. Each step has its own time, since the
    // cancellation of `hard` itself blocks for as long as the thread cannot be stopped.
    private async Task StopAsync(int number, CancellationTokenSource hard, TaskCompletionSource stopped)
    {
        await Task.Delay(Grace).ConfigureAwait(false);
        _ = Task.Run(() =>
        {
            try
            {
                hard.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The cell has ended by itself in this moment.
            }
        });
        await Task.Delay(Grace / 2).ConfigureAwait(false);
        lock (Running)
        {
            if (inCell == number)
            {
                thread.Interrupt();
            }
        }
        await Task.Delay(Patience).ConfigureAwait(false);
        stopped.TrySetResult();
    }

    // On the session's thread.
    private (object? Value, CellError? Error) Run(string code, int number, CancellationToken soft, CancellationToken hard)
    {
        var file = ErrorReport.FileOf(number);
        sources[file] = code;
        var cellOptions = options.WithFilePath(file);
        var script = state?.Script.ContinueWith<object>(code, cellOptions)
            ?? CSharpScript.Create<object>(code, cellOptions, globalsType: null, loader);
        var faults = script.Compile(soft).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (faults.Count > 0)
        {
            return (null, ErrorReport.Of(faults, number, sources));
        }

        Ambient.Value = this;
        lock (Running)
        {
            Running.Add(this);
            inCell = number;
        }
        using var ambient = Interrupt.Use(soft);
        object? value = null;
        Exception? fault = null;
        try
        {
            ScriptState<object>? after = null;
#pragma warning disable SYSLIB0046 // Stopping a loop that asks nothing is what a notebook's Stop button is for.
            ControlledExecution.Run(
                () =>
                {
                    var task = state is null
                        ? script.RunAsync(null, _ => true, CancellationToken.None)
                        : script.RunFromAsync(state, _ => true, CancellationToken.None);
                    thread.RunUntil(task, hard);
                    after = task.GetAwaiter().GetResult();
                    // Formatting may run the reader's code, such as an endless sequence: it too must be stoppable.
                    Show(after, number);
                },
                hard);
#pragma warning restore SYSLIB0046
            (state, value, fault) = (after, after!.ReturnValue, after.Exception);
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }
        finally
        {
            lock (Running)
            {
                Running.Remove(this);
                inCell = 0;
            }
            CellThread.ForgetInterrupt();
        }
        return (value, fault is null ? null : ErrorReport.Of(fault, sources));
    }

    private void Show(ScriptState<object> after, int number)
    {
        if (after.Exception is not null || after.ReturnValue is not { } value || value is Interactive.DisplayedValue)
        {
            return;
        }
        Shown?.Invoke(value);
        var bundle = Bundles.Of(value, []);
        lock (gate)
        {
            output?.Result(bundle, number);
        }
    }
}
