using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class ProgressStateTests
{
    private static ProgressState State(long done = 120, bool finished = false, double elapsed = 3,
        int depth = 0) => new(
        1, "train", done, 200, "loss 0.41", TimeSpan.FromSeconds(elapsed), finished ? null
        : TimeSpan.FromSeconds(2), 41.2, depth,
        finished);

    [Fact]
    public void A_state_is_one_line()
    {
        Assert.Equal("train  120/200  60 %  41.2/s  2.0 s left  loss 0.41", State().ToString());
        Assert.Equal("  train  200/200  41.2/s  in 1:02:03  loss 0.41", State(200, true, 3723, 1).ToString());
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.96, "10.0 s")]
    [InlineData(75.4, "1:15")]
    [InlineData(3599.6, "1:00:00")]
    public void Times_are_short(double seconds, string text) =>
        Assert.Equal(text, ProgressState.FormatTime(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(12345, "12.3k/s")]
    [InlineData(2, "2.0/s")]
    [InlineData(0.25, "4.0 s each")]
    public void Rates_are_short(double rate, string text) =>
        Assert.Equal(text, ProgressState.FormatRate(rate));

    [Fact]
    public void The_console_gets_a_line_every_few_seconds_and_one_at_the_end_of_long_tasks()
    {
        var time = new FakeTime();
        var lines = new StringWriter();
        var sink = new ConsoleProgressSink(lines, TimeSpan.FromSeconds(5), time);
        for (var second = 0; second <= 12; second++)
        {
            sink.Update(State(second * 10, elapsed: second));
            time.Advance(1);
        }
        sink.Update(State(200, finished: true, elapsed: 13));
        sink.Update(State(7, finished: true, elapsed: 1) with { Id = 2 });     // over before a line was due
        Assert.Equal(["50/200", "100/200", "200/200"],
            lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("  ")[1]));
    }

    [Fact]
    public void A_terminal_gets_one_line_that_changes_in_place_and_keeps_the_end_of_each_outermost_task()
    {
        var terminal = new StringWriter();
        var sink = new TerminalProgressSink(terminal, () => 200);
        var inner = State(100, depth: 1) with { Id = 2, Task = "fold" };
        sink.Update(State());
        sink.Update(inner);
        Assert.Equal("\rtrain  ███████░░░░░  120/200  60 %  41.2/s  2.0 s left  loss 0.41 │ " +
            "fold  ██████░░░░░░  100/200  50 %  41.2/s  2.0 s left  loss 0.41\u001b[K",
            terminal.ToString()[terminal.ToString().LastIndexOf('\r')..]);
        sink.Update(inner with { Finished = true });
        sink.Update(State(200, finished: true));
        Assert.EndsWith("\rtrain  200/200  41.2/s  in 3.0 s  loss 0.41\u001b[K\n", terminal.ToString());
        Assert.Equal(1, terminal.ToString().Count(c => c == '\n'));
    }

    [Fact]
    public void A_narrow_terminal_gets_a_line_that_fits()
    {
        var terminal = new StringWriter();
        new TerminalProgressSink(terminal, () => 30).Update(State());
        Assert.Equal("\rtrain  ███████░░░░░  120/200…\u001b[K", terminal.ToString());
    }
}
