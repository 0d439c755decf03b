using System.Runtime.CompilerServices;

namespace Lectern.Training;

/// <summary>A task that shows how far it is, and stops when the reader asks it to.</summary>
/// <remarks>
/// <code>
/// using var progress = Progress.Start("train", epochs);
/// for (var epoch = 0; epoch &lt; epochs; epoch++) { …; progress.Step($"loss
/// {loss.item&lt;float&gt;():0.000}"); }
/// </code>
/// A task that starts while another one runs is shown inside it. A step costs well under 100 ns unless it is
/// shown, which
/// happens at most ten times a second. Steps may come from several threads.
/// </remarks>
public sealed class Progress : IDisposable
{
    private static readonly AsyncLocal<Progress?> Running = new();
    private static int started;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly IProgressSink sink;
    private readonly Progress? parent;
    private readonly int id = Interlocked.Increment(ref started);
    private readonly string task;
    private readonly long total;
    private readonly long first;
    private readonly long begun;
    private readonly long interval;
    private long nextShow;
    private long done;
    private string note = "";
    private bool shown;
    private bool finished;

    private Progress(string task, long total, long done, TimeProvider time)
    {
        (this.task, this.total, this.done, first, this.time) = (task, total, done, done, time);
        sink = Sink;
        parent = Running.Value;
        begun = time.GetTimestamp();
        interval = time.TimestampFrequency / 10;
        nextShow = begun + interval;
    }

    /// <summary>Where tasks that start from now on are shown; the host sets it. By default: a live
    /// line on a terminal, plain lines in a log.</summary>
    public static IProgressSink Sink { get; set; } = TerminalProgressSink.ForConsole();

    /// <summary>Steps done so far.</summary>
    public long Done => Interlocked.Read(ref done);

    private Progress Root => parent is null ? this : parent.Root;

    private int Depth => parent is null ? 0 : parent.Depth + 1;

    /// <summary>Whether a step taken now would be shown.</summary>
    internal bool IsDue => time.GetTimestamp() >= Volatile.Read(ref nextShow);

    /// <summary>Whether the next step is the last: its note is the one that stays.</summary>
    internal bool IsNextLast => Done + 1 == total;

    /// <summary>Starts a task.</summary>
    /// <param name="task">What is being done, in a word or two.</param>
    /// <param name="total">Steps in all; 0 where that is not known.</param>
    /// <param name="done">Steps that an earlier run has done already; they do not count for the rate.</param>
    /// <param name="time">The clock; the system's where none is given.</param>
    /// <returns>The running task; dispose it at its end.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="ArgumentException">The task is empty.</exception>
    public static Progress Start(string task, long total = 0, long done = 0, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        ArgumentOutOfRangeException.ThrowIfNegative(done);
        var progress = new Progress(task, total, done, time ?? TimeProvider.System);
        Running.Value = progress;
        if (progress.parent is null)
            progress.Show();       // a task inside one waits: it may be over in a moment
        return progress;
    }

    /// <summary>The items one by one, with a step after each.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="task">What is being done with them.</param>
    /// <param name="items">The items; those of a collection are counted first, so that the time left is
    /// known.</param>
    public static IEnumerable<T> Over<T>(string task, IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        using var progress = Start(task, items.TryGetNonEnumeratedCount(out var count) ? count : 0);
        foreach (var item in items)
        {
            yield return item;
            progress.Step();
        }
    }

    /// <summary>One step further.</summary>
    /// <exception cref="OperationCanceledException">The reader has asked to stop.</exception>
    public void Step()
    {
        Interlocked.Increment(ref done);
        if (IsDue) Show();
        Interrupt.Token.ThrowIfCancellationRequested();
    }

    /// <summary>One step further, with a note.</summary>
    /// <param name="note">What to show beside the numbers, such as the loss; null leaves the last
    /// one.</param>
    /// <exception cref="OperationCanceledException">The reader has asked to stop.</exception>
    public void Step(string? note)
    {
        this.note = note ?? this.note;
        Step();
    }

    /// <summary>One step further, with a note that is only made when it is shown.</summary>
    /// <param name="note">The note, such as <c>$"loss {loss:0.000}"</c>.</param>
    /// <exception cref="OperationCanceledException">The reader has asked to stop.</exception>
    public void Step([InterpolatedStringHandlerArgument("")] ref ProgressNote note)
    {
        Interlocked.Increment(ref done);
        if (note.IsDue)                                             // the clock was read for the note already
        {
            this.note = note.Text();
            Show();
        }
        Interrupt.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Says how many steps are done in all.</summary>
    /// <param name="done">Steps done since the task's beginning.</param>
    /// <param name="note">What to show beside the numbers; null leaves the last one.</param>
    /// <exception cref="OperationCanceledException">The reader has asked to stop.</exception>
    public void Report(long done, string? note = null)
    {
        Interlocked.Exchange(ref this.done, done);
        this.note = note ?? this.note;
        if (IsDue) Show();
        Interrupt.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Ends the task and shows its last state, unless it was inside another one and too short to be
    /// shown.</summary>
    public void Dispose()
    {
        if (finished) return;
        finished = true;
        if (Running.Value == this) Running.Value = parent;
        if (shown || IsDue) Show();
    }

    private void Show()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (shown && !finished && now < nextShow) return;  // another thread has just shown it
            Volatile.Write(ref nextShow, now + interval);
            shown = true;
            sink.Update(State(time.GetElapsedTime(begun, now)));
        }
    }

    private ProgressState State(TimeSpan elapsed)
    {
        var count = Done;
        var rate = elapsed > TimeSpan.Zero ? (count - first) / elapsed.TotalSeconds : 0;
        TimeSpan? remaining = total > 0 && rate > 0 && !finished
            ? TimeSpan.FromSeconds(Math.Max(0, total - count) / rate)
            : null;
        return new ProgressState(id, task, count, total, note, elapsed, remaining, rate, Depth, finished)
        {
            Root = Root.id,
        };
    }
}
