using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Lectern.Host.Engine;
using Lectern.Host.Interactive;
using Lectern.Lessons;
using Lectern.Training;

namespace Lectern.Host.Running;

/// <summary>Progress in a notebook: below the cell a bar for each task, which moves in place; its last state stays.</summary>
/// <remarks>A task's inner tasks have their bars below its own while they run, in the same output.</remarks>
internal sealed class NotebookProgressSink : IProgressSink
{
    // Together the tasks of one output are shown as often as one task would be.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(90);

    private readonly Lock gate = new();
    private readonly Dictionary<int, Shown> outputs = [];

    private sealed class Shown
    {
        public SortedDictionary<(int Depth, int Id), ProgressState> Tasks { get; } = [];

        public DisplayedValue? Display { get; set; }

        public long Last { get; set; }
    }

    /// <inheritdoc/>
    public void Update(ProgressState state)
    {
        lock (gate)
        {
            if (!outputs.TryGetValue(state.Root, out var shown))
            {
                // A task without a cell has no place to be shown at.
                if (Session.Current is null || (state.Finished && state.Depth > 0))
                {
                    return;
                }
                outputs[state.Root] = shown = new Shown();
            }
            var isEnd = state.Finished && state.Id == state.Root;
            if (isEnd)
            {
                outputs.Remove(state.Root);
                shown.Tasks.Clear();
            }
            if (state.Finished && !isEnd)
            {
                shown.Tasks.Remove((state.Depth, state.Id));
            }
            else
            {
                shown.Tasks[(state.Depth, state.Id)] = state;
            }
            if (shown.Tasks.Count == 0 || (!isEnd && shown.Display is not null && Stopwatch.GetElapsedTime(shown.Last) < Interval))
            {
                return;
            }
            shown.Last = Stopwatch.GetTimestamp();
            var view = ViewOf(shown.Tasks.Values);
            if (shown.Display is null)
            {
                shown.Display = Kernel.display(view);
            }
            else
            {
                shown.Display.Update(view);
            }
        }
    }

    private static View ViewOf(IReadOnlyCollection<ProgressState> tasks)
    {
        var html = new StringBuilder("<div class=\"lectern-progress\">");
        foreach (var task in tasks)
        {
            // A task that does not know its end moves to and fro, and stands full when it is over.
            var position = task.Fraction is { } fraction ? string.Create(CultureInfo.InvariantCulture, $" value=\"{fraction:0.####}\"")
                : task.Finished ? " value=\"1\"" : "";
            html.Append(CultureInfo.InvariantCulture, $"<div style=\"padding-left:{16 * task.Depth}px\"><progress max=\"1\"{position} ")
                .Append("style=\"width:180px;vertical-align:middle\"></progress> <code>")
                .Append(WebUtility.HtmlEncode(task.ToString().Trim())).Append("</code></div>");
        }
        return new View(html.Append("</div>").ToString(), string.Join("\n", tasks));
    }
}
