using System.Diagnostics;
using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class ProgressTests : IDisposable
{
    private readonly IProgressSink before = Progress.Sink;
    private readonly Sink sink = new();
    private readonly FakeTime time = new();

    public ProgressTests() => Progress.Sink = sink;

    public void Dispose() => Progress.Sink = before;

    [Fact]
    public void Rate_elapsed_and_remaining_follow_from_the_steps_taken()
    {
        using var progress = Progress.Start("train", 100, time: time);
        for (var i = 0; i < 20; i++)
        {
            time.Advance(0.5);
            progress.Step();
        }
        var state = sink.States[^1];
        Assert.Equal((20, 100), (state.Done, state.Total));
        Assert.Equal(TimeSpan.FromSeconds(10), state.Elapsed);
        Assert.Equal(2, state.Rate, 12);
        Assert.Equal(TimeSpan.FromSeconds(40), state.Remaining);
        Assert.Equal(0.2, state.Fraction);
    }

    [Fact]
    public void The_sink_is_called_at_most_ten_times_a_second_and_at_both_ends()
    {
        using (var progress = Progress.Start("train", 10_000, time: time))
        {
            for (var i = 0; i < 10_000; i++)
            {
                time.Advance(0.0001);
                progress.Step();
            }
        }
        Assert.InRange(sink.States.Count, 10, 12);
        Assert.Equal(0, sink.States[0].Done);
        Assert.False(sink.States[^2].Finished);
        Assert.True(sink.States[^1].Finished);
        Assert.Equal(10_000, sink.States[^1].Done);
    }

    [Fact]
    public void A_note_is_only_made_when_it_is_shown_and_the_last_one_stays()
    {
        var made = 0;
        string Make() => $"made {++made}";
        using (var progress = Progress.Start("train", 1000, time: time))
        {
            for (var i = 0; i < 1000; i++)
            {
                time.Advance(0.001);
                progress.Step($"loss {0.5:0.00} {Make()}");
            }
        }
        Assert.InRange(made, 9, 11);
        Assert.Equal($"loss 0.50 made {made}", sink.States[^1].Note);
    }

    [Fact]
    public void The_note_of_the_last_step_is_the_one_that_stays()
    {
        using (var progress = Progress.Start("train", 50, time: time))
            for (var i = 0; i < 50; i++) progress.Step($"step {i}");
        Assert.Equal("step 49", sink.States[^1].Note);
    }

    [Fact]
    public void A_task_inside_another_is_shown_below_it_unless_it_is_over_at_once()
    {
        using (Progress.Start("runs", 2, time: time))
        {
            using (Progress.Start("short", 5, time: time)) time.Advance(0.01);
            using (var inner = Progress.Start("train", 5, time: time))
            {
                time.Advance(0.2);
                inner.Step();
            }
        }
        Assert.DoesNotContain(sink.States, state => state.Task == "short");
        Assert.All(sink.States.Where(state => state.Task == "train"), state => Assert.Equal(1, state.Depth));
        Assert.All(sink.States.Where(state => state.Task == "runs"), state => Assert.Equal(0, state.Depth));
        Assert.Equal(2, sink.States.Where(state => state.Finished).Count());
        Assert.Single(sink.States.Select(state => state.Root).Distinct());
        using var next = Progress.Start("next", time: time);
        Assert.Equal(0, sink.States[^1].Depth);
    }

    [Fact]
    public void A_resumed_task_does_not_count_the_earlier_steps_for_its_rate()
    {
        using var progress = Progress.Start("train", 100, done: 80, time: time);
        time.Advance(10);
        progress.Report(90, "half of the rest");
        var state = sink.States[^1];
        Assert.Equal(1, state.Rate, 12);
        Assert.Equal(TimeSpan.FromSeconds(10), state.Remaining);
        Assert.Equal("half of the rest", state.Note);
    }

    [Fact]
    public void Without_a_total_nothing_is_said_of_the_time_left()
    {
        using var progress = Progress.Start("read", time: time);
        time.Advance(1);
        progress.Step();
        Assert.Null(sink.States[^1].Remaining);
        Assert.Null(sink.States[^1].Fraction);
    }

    [Fact]
    public void Items_are_counted_as_they_are_taken()
    {
        Assert.Equal([1, 2, 3], Progress.Over("count", new[] { 1, 2, 3 }));
        Assert.Equal((3, 3, true), (sink.States[^1].Done, sink.States[^1].Total, sink.States[^1].Finished));
    }

    [Fact]
    public void Steps_from_many_threads_are_all_counted()
    {
        using var progress = Progress.Start("train", 40_000);
        Parallel.For(0, 40_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => progress.Step());
        Assert.Equal(40_000, progress.Done);
    }

    [Fact]
    public void A_step_that_is_not_shown_costs_little()
    {
        using var progress = Progress.Start("train", 3_000_000);
        var best = double.PositiveInfinity;         // of many short ones: other work on the machine is no fault of ours
        for (var round = 0; round < 300; round++)
        {
            var watch = Stopwatch.GetTimestamp();
            for (var i = 0; i < 2_000; i++) progress.Step($"loss {i}");
            best = Math.Min(best, Stopwatch.GetElapsedTime(watch).TotalNanoseconds / 2_000);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{best:0} ns a step");
        Assert.True(best < 250, $"{best:0} ns a step");
    }

    [Fact]
    public void An_interrupt_ends_the_task_at_its_next_step()
    {
        using var source = new CancellationTokenSource();
        using var progress = Progress.Start("train", 3);
        using (Interrupt.Use(source.Token))
        {
            progress.Step();
            source.Cancel();
            Assert.Throws<OperationCanceledException>(() => progress.Step());
            Assert.Throws<OperationCanceledException>(() => progress.Report(3));
        }
        progress.Step();                                            // the next cell runs again
    }

    [Fact]
    public void The_token_before_comes_back()
    {
        using var outer = new CancellationTokenSource();
        using var inner = new CancellationTokenSource();
        using (Interrupt.Use(outer.Token))
        {
            using (Interrupt.Use(inner.Token)) Assert.Equal(inner.Token, Interrupt.Token);
            Assert.Equal(outer.Token, Interrupt.Token);
        }
    }

    private sealed class Sink : IProgressSink
    {
        public List<ProgressState> States { get; } = [];

        public void Update(ProgressState state) => States.Add(state);
    }
}
