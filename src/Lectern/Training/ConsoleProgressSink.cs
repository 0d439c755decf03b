namespace Lectern.Training;

/// <summary>Shows progress as plain lines, a few seconds apart: for logs and for programs without a
/// host.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="interval">Time between two lines of one task; 5 s where none is given.</param>
/// <param name="time">The clock; the system's where none is given.</param>
/// <remarks>A task that ends before its first line is due leaves none.</remarks>
public sealed class ConsoleProgressSink(TextWriter output, TimeSpan? interval = null,
    TimeProvider? time = null)
    : IProgressSink
{
    private readonly Lock gate = new();
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly TimeSpan interval = interval ?? TimeSpan.FromSeconds(5);
    private readonly Dictionary<int, long> last = [];

    /// <inheritdoc/>
    public void Update(ProgressState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        lock (gate)
        {
            var written = last.TryGetValue(state.Id, out var before);
            var now = time.GetTimestamp();
            var due = written ? time.GetElapsedTime(before, now) >= interval : state.Elapsed >= interval;
            if (state.Finished) last.Remove(state.Id);
            else if (due) last[state.Id] = now;
            if (due || (written && state.Finished)) output.WriteLine(state.ToString());
        }
    }
}
