using System.Diagnostics;
using Lectern.Host.Formatting;
using Lectern.Host.Languages;
using Lectern.Training;

namespace Lectern.Host.Engine;

/// <summary>One notebook being executed: its languages with what the cells have declared, and where outputs go.</summary>
/// <remarks>
/// The session knows nothing of files and wires: the runner and the Jupyter kernel both give it a cell's code and an
/// <see cref="ICellOutput"/>. Cells run one after the other on one thread; what they write to the console, from any thread,
/// and what they display reaches the output in the order in which it happened.
/// </remarks>
internal sealed class Session : IDisposable
{
    private static readonly TimeSpan ExpressionLimit = TimeSpan.FromSeconds(10);

    private static readonly AsyncLocal<Session?> Ambient = new();
    private static readonly List<Session> Running = [];

    private readonly Lock gate = new();
    private readonly CellRunner runner = new();
    private readonly Polyglot languages;
    private readonly Lazy<LanguageServices> services;
    private ICellOutput? output;
    private int displays;

    /// <summary>Starts a session.</summary>
    /// <param name="folder">The notebook's folder: relative paths of <c>#r</c> and <c>#load</c> are read from it.</param>
    public Session(string folder)
    {
        KitFormatters.Register();
        ConsoleRouter.Install();
        languages = new Polyglot(Path.GetFullPath(folder));
        services = new Lazy<LanguageServices>(() => new LanguageServices(languages));
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
    public bool IsLost => runner.IsLost;

    /// <summary>Runs a cell to its end, its failure, its time limit or its interruption.</summary>
    /// <param name="code">The cell's code, with magics and in all languages.</param>
    /// <param name="cellOutput">Where its outputs go; late ones of its threads too, until the next cell begins.</param>
    /// <param name="limit">How long it may take; null for no limit.</param>
    /// <param name="interrupt">Cancelled when the reader stops the cell.</param>
    /// <exception cref="InvalidOperationException">An earlier cell could not be stopped.</exception>
    public async Task<CellResult> ExecuteAsync(
        string code, ICellOutput cellOutput, TimeSpan? limit = null, CancellationToken interrupt = default)
    {
        var number = Count + 1;
        var watch = Stopwatch.StartNew();
        lock (gate)
        {
            output = cellOutput;
        }
        var outcome = await runner.RunAsync(
            stop => Run(stop, () => languages.Run(code, new CellScope(this, stop, number))), limit, interrupt).ConfigureAwait(false);
        Count = number;
        var error = ErrorOf(outcome, number, limit, watch.Elapsed);
        if (error is not null)
        {
            lock (gate)
            {
                cellOutput.Error(error);
            }
        }
        return new CellResult(number, outcome.Value, error, watch.Elapsed);
    }

    /// <summary>Loads the compiler, so that the first cell need not.</summary>
    public Task PrepareAsync() => runner.RunAsync(stop =>
    {
        languages.Main.Prepare(stop.Token);
        return true;
    });

    /// <summary>The value of a C# expression in the state that the cells have left; what it writes is not shown.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="interrupt">Stops it.</param>
    public async Task<ExpressionResult> EvaluateAsync(string expression, CancellationToken interrupt = default)
    {
        var watch = Stopwatch.StartNew();
        ICellOutput? before;
        lock (gate)
        {
            before = output;
            output = null;
        }
        var outcome = await runner.RunAsync(
            stop => Run(stop, () => languages.Main.Evaluate(expression, new CellScope(this, stop, Count))), ExpressionLimit, interrupt)
            .ConfigureAwait(false);
        lock (gate)
        {
            output = before;
        }
        return new ExpressionResult(outcome.Value, ErrorOf(outcome, Count, ExpressionLimit, watch.Elapsed));
    }

    /// <summary>Help at writing cells.</summary>
    public LanguageServices Services => services.Value;

    /// <summary>The variables that the cells have left, by name: each with its type, its shape and the head of its value.</summary>
    public async Task<IReadOnlyList<VariableText>> VariablesAsync()
    {
        var outcome = await runner.RunAsync(stop => Run(stop, languages.VariableTexts), ExpressionLimit).ConfigureAwait(false);
        return outcome.Value ?? [];
    }

    /// <summary>Whether a cell can be run as it stands.</summary>
    public Completeness IsComplete(string code) => Completeness.Of(Polyglot.Divide(code));

    /// <summary>Tells the reader of an exception on a thread that nobody waits for; the running cell, or the last one, shows it.</summary>
    /// <returns>Whether a session was there to show it.</returns>
    public static bool ReportUnhandled(Exception fault)
    {
        if (Current is not { } session)
        {
            return false;
        }
        session.WriteStream("stderr", $"Unhandled on another thread: {string.Join('\n', session.languages.Describe(fault).Traceback)}\n");
        return true;
    }

    /// <summary>Text for the current cell's console output.</summary>
    internal void WriteStream(string name, string text)
    {
        lock (gate)
        {
            output?.Stream(name, text);
        }
    }

    /// <summary>Asks the reader for a line.</summary>
    // Not under the gate: other threads may write while this one waits.
    internal string? ReadLine(string prompt, bool password) =>
        (output ?? throw new InvalidOperationException("No cell is running, so there is nobody to ask.")).ReadLine(prompt, password);

    /// <summary>Takes away what the running cell has shown.</summary>
    internal void Clear(bool wait)
    {
        lock (gate)
        {
            output?.Clear(wait);
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
        return Show(Bundles.Of(value, mimeTypes));
    }

    /// <summary>Shows what is formatted already.</summary>
    /// <returns>The name of the output, for updates.</returns>
    internal string Show(MimeBundle bundle)
    {
        lock (gate)
        {
            var id = $"display-{++displays}";
            output?.Display(bundle, id);
            return id;
        }
    }

    /// <summary>Shows another value where one was shown before.</summary>
    internal void Update(string id, object? value, string[] mimeTypes) => Update(id, Bundles.Of(value, mimeTypes));

    /// <summary>Shows other content where some was shown before.</summary>
    internal void Update(string id, MimeBundle bundle)
    {
        lock (gate)
        {
            output?.Update(bundle, id);
        }
    }

    /// <summary>Shows the value of a cell's last expression.</summary>
    internal void ShowResult(object value, int number)
    {
        Shown?.Invoke(value);
        var bundle = Bundles.Of(value, []);
        lock (gate)
        {
            output?.Result(bundle, number);
        }
    }

    /// <summary>Ends the session's thread.</summary>
    public void Dispose()
    {
        runner.Dispose();
        if (services.IsValueCreated)
        {
            services.Value.Dispose();
        }
    }

    // On the session's thread.
    private T Run<T>(CellStop stop, Func<T> work)
    {
        Ambient.Value = this;
        lock (Running)
        {
            Running.Add(this);
        }
        using var ambient = Interrupt.Use(stop.Token);
        try
        {
            return work();
        }
        finally
        {
            lock (Running)
            {
                Running.Remove(this);
            }
        }
    }

    private CellError? ErrorOf<T>(CellOutcome<T> outcome, int number, TimeSpan? limit, TimeSpan elapsed)
    {
        if (outcome.Fault is null)
        {
            return null;
        }
        // What goes wrong once the work was told to stop goes wrong for that.
        return outcome.Stopped switch
        {
            StopReason.Reader when IsLost => ErrorReport.OfLost(number, CellError.Interrupted, elapsed),
            StopReason.Limit when IsLost => ErrorReport.OfLost(number, CellError.TimeLimit, elapsed),
            StopReason.Reader => ErrorReport.OfInterrupt(number, elapsed),
            StopReason.Limit => ErrorReport.OfLimit(number, limit!.Value),
            _ => languages.Describe(outcome.Fault),
        };
    }
}
