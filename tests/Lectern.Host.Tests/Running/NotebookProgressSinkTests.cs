using Lectern.Host.Engine;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Tests.Running;

/// <summary>Bars below a cell: one a task, in place, and none that stays behind.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class NotebookProgressSinkTests : IDisposable
{
    private readonly IProgressSink before = Progress.Sink;
    private readonly Recorder recorder = new();
    private readonly Session session = new(Path.GetTempPath());

    public NotebookProgressSinkTests() => Progress.Sink = new NotebookProgressSink();

    public void Dispose()
    {
        Progress.Sink = before;
        session.Dispose();
    }

    [Fact]
    public async Task Tasks_inside_a_task_have_their_bars_below_it_and_tasks_beside_it_their_own_outputs()
    {
        await Run("""
            using Lectern.Training;
            async Task Train(string name, int outer)
            {
                using var all = Progress.Start(name, outer);
                for (var i = 0; i < outer; i++)
                {
                    using (var inner = Progress.Start("inner", 4)) for (var j = 0; j < 4; j++) { await Task.Delay(60); inner.Step(); }
                    all.Step();
                }
            }
            await Task.WhenAll(Task.Run(() => Train("left", 2)), Task.Run(() => Train("right", 3)));
            """);
        Assert.Equal(2, recorder.Displays);
        var outputs = recorder.Shown.GroupBy(s => s.Id).Select(group => group.Select(s => s.Text.Split('\n')).ToList()).ToList();
        Assert.Equal(["left  2/2", "right  3/3"], outputs.Select(states => states[^1].Single()[..10].Trim()).Order());
        Assert.All(outputs, states => Assert.Contains(states, lines => lines.Length == 2 && lines[1].StartsWith("  inner  ")));
        Assert.All(outputs, states => Assert.InRange(states.Count, 3, 20));
    }

    [Fact]
    public async Task A_fast_loop_updates_its_bar_at_most_ten_times_a_second()
    {
        await Run("""
            using Lectern.Training;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            using (var p = Progress.Start("spin")) while (watch.ElapsedMilliseconds < 1000) p.Step();
            """);
        Assert.Equal(1, recorder.Displays);
        Assert.InRange(recorder.Shown.Count, 4, 13);
        Assert.Matches(@"^spin  \d+  \S+/s  in \d\.\d s$", recorder.Shown[^1].Text);
    }

    [Fact]
    public async Task A_task_that_fails_leaves_its_bar_where_it_stood()
    {
        await Run("""
            using Lectern.Training;
            using (var p = Progress.Start("train", 10)) { p.Step(); p.Step(); throw new InvalidOperationException("no"); }
            """);
        Assert.StartsWith("train  2/10  ", recorder.Shown[^1].Text);
        Assert.Contains("value=\"0.2\"", recorder.Shown[^1].Html);
    }

    private Task Run(string code) => session.ExecuteAsync(code, recorder, TimeSpan.FromSeconds(60));

    private sealed class Recorder : ICellOutput
    {
        private static readonly string[] Tasks = ["left", "right", "spin", "train"];

        public List<(string Id, string Text, string Html)> Shown { get; } = [];

        public int Displays => Shown.DistinctBy(s => s.Id).Count();

        public void Display(MimeBundle bundle, string id) => Update(bundle, id);

        // A task of a test that runs beside these finds no other cell, and is shown here too.
        public void Update(MimeBundle bundle, string id)
        {
            var text = bundle.Forms["text/plain"].GetValue<string>();
            if (Tasks.Any(task => text.StartsWith(task, StringComparison.Ordinal)))
            {
                Shown.Add((id, text, bundle.Forms["text/html"].GetValue<string>()));
            }
        }

        public void Stream(string name, string text)
        {
        }

        public void Result(MimeBundle bundle, int number)
        {
        }

        public void Error(CellError error) => Assert.Equal("InvalidOperationException", error.Name);

        public void Clear(bool wait)
        {
        }

        public string? ReadLine(string prompt, bool password) => null;
    }
}
