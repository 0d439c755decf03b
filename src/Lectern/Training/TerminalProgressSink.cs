namespace Lectern.Training;

/// <summary>Shows progress on a terminal: one line that changes in place, with a bar for each running task.</summary>
/// <param name="output">The terminal.</param>
/// <param name="width">Its width in characters, asked for each time; the console's where none is
/// given.</param>
/// <remarks>One line and no more: whatever else is written to the terminal stands below it, whole.</remarks>
public sealed class TerminalProgressSink(TextWriter output, Func<int>? width = null) : IProgressSink
{
    private const int Bar = 12;

    private readonly Lock gate = new();
    private readonly SortedDictionary<(int Root, int Depth, int Id), ProgressState> running = [];

    /// <summary>The sink for a program's standard error: this one on a terminal, plain lines
    /// elsewhere.</summary>
    public static IProgressSink ForConsole() => Console.IsErrorRedirected
        ? new ConsoleProgressSink(Console.Error)
        : new TerminalProgressSink(Console.Error);

    /// <inheritdoc/>
    public void Update(ProgressState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        lock (gate)
        {
            var key = (state.Root, state.Depth, state.Id);
            if (state.Finished) running.Remove(key);
            else running[key] = state;

            if (state is { Finished: true, Depth: 0 }) output.Write("\r" + Fit(state.ToString()) + "\u001b[K\n");
            if (running.Count > 0) output.Write("\r" + Fit(string.Join(" │ ", running.Values.Select(Text))) + "\u001b[K");
            output.Flush();
        }
    }

    private static string Text(ProgressState state)
    {
        var line = state.ToString().TrimStart();
        if (state.Fraction is not { } fraction) return line;
        var full = (int)(fraction * Bar);
        return $"{state.Task}  {new string('█', full)}{new string('░', Bar - full)}{line[state.Task.Length..]}";
    }

    private string Fit(string line)
    {
        var room = Math.Max(20, (width?.Invoke() ?? ConsoleWidth()) - 1);
        return line.Length <= room ? line : line[..(room - 1)] + "…";
    }

    private static int ConsoleWidth()
    {
        try
        {
            return Console.BufferWidth is > 0 and var columns ? columns : 80;
        }
        catch (IOException)                                     // a terminal that does not say
        {
            return 80;
        }
    }
}
