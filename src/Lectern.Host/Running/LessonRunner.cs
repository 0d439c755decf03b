using System.Globalization;
using Lectern.Host.Pages;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Lectern.Host.Running;

/// <summary>Runs several lessons and shows how they get on: a live line each, or now and then a plain one in a log.</summary>
internal static class LessonRunner
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs lessons, two at a time where there are the cores and the lessons for it.</summary>
    /// <param name="lessons">The lessons.</param>
    /// <param name="options">What to do with each.</param>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>A report for each lesson, in the order of the lessons.</returns>
    public static async Task<IReadOnlyList<LessonReport>> RunAsync(
        IReadOnlyList<LessonFile> lessons, RunOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        // The tensors of a lesson are small: a second thread gains a lesson little, and a second lesson nearly all.
        var atOnce = Math.Clamp(Environment.ProcessorCount, 1, Math.Min(2, lessons.Count));
        // A published number must not depend on which other lessons were published with it: sums over other parts end in other digits.
        var threads = options.Publish ? 1 : Math.Max(1, Environment.ProcessorCount / atOnce);
        var statuses = lessons.Select(lesson => new LessonStatus(lesson.Name)).ToList();
        var run = Parallel.ForEachAsync(
            lessons.Select((lesson, i) => (lesson, status: statuses[i])),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellation },
            async (item, stop) =>
            {
                item.status.Start();
                item.status.End(await LessonProcess.RunAsync(item.lesson, options, threads, item.status.Take, stop));
            });

        if (console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal)
        {
            await ShowLiveAsync(statuses, run, console);
        }
        else
        {
            await ShowLinesAsync(statuses, run, console);
        }
        await run;
        var reports = statuses.Select(status => status.Report!).ToList();
        PageIndex.Update(options.Output, reports);
        return reports;
    }

    /// <summary>The table at the end: lesson, time, headline numbers, page.</summary>
    public static IRenderable Table(IReadOnlyList<LessonReport> reports)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("lesson", "seconds", "headlines, and what to open");
        table.Columns[0].NoWrap();
        table.Columns[1].RightAligned();
        foreach (var report in reports)
        {
            var lines = report.Headlines.Select(h => Markup.Escape(h.ToString())).ToList();
            if (report.Failure is not null) lines.Insert(0, "[red]failed[/]");
            if (report.Page is not null) lines.Add(Markup.Escape(Checkout.Relative(report.Page)));
            table.AddRow(
                Markup.Escape(report.Name), report.Seconds.ToString("0.0", CultureInfo.InvariantCulture), string.Join("\n", lines));
        }
        return table;
    }

    /// <summary>What went wrong, with the way to see it again.</summary>
    public static void PrintFailures(IReadOnlyList<LessonReport> reports, IAnsiConsole console)
    {
        foreach (var report in reports.Where(r => r.Failure is not null))
        {
            console.MarkupLineInterpolated($"[red]{report.Name} failed[/]  (again: ./lectern run {report.Name})");
            foreach (var line in report.Failure!)
            {
                console.Profile.Out.Writer.WriteLine("    " + line.ReplaceLineEndings("\n    "));
            }
        }
    }

    private static async Task ShowLiveAsync(IReadOnlyList<LessonStatus> statuses, Task run, IAnsiConsole console)
    {
        var width = Math.Max(40, console.Profile.Width - 1);
        IRenderable Lines() => new Rows(statuses.Select(status =>
        {
            var text = status.ToString();
            if (status is { Report: null, Fraction: { } fraction })
            {
                text = text.Insert(text.Length - status.Note.Length, Bar(fraction) + "  ");
            }
            var colour = status.Report is { Failure: null } ? "green" : status.Report is not null ? "red" : status.IsRunning ? "yellow" : "grey";
            return new Markup($"[{colour}]{Markup.Escape(text.Length > width ? text[..(width - 1)] + "…" : text)}[/]");
        }));
        await console.Live(Lines()).StartAsync(async live =>
        {
            while (!run.IsCompleted)
            {
                live.UpdateTarget(Lines());
                await Task.WhenAny(run, Task.Delay(200));
            }
            live.UpdateTarget(Lines());
        });
    }

    private static string Bar(double fraction)
    {
        const int Length = 12;
        var full = (int)(Math.Clamp(fraction, 0, 1) * Length);
        return new string('█', full) + new string('░', Length - full);
    }

    private static async Task ShowLinesAsync(IReadOnlyList<LessonStatus> statuses, Task run, IAnsiConsole console)
    {
        var writer = console.Profile.Out.Writer;
        var ended = new HashSet<LessonStatus>(ReferenceEqualityComparer.Instance);
        var lastLine = DateTime.UtcNow;
        void WriteEnded()
        {
            foreach (var status in statuses.Where(s => s.Report is not null && ended.Add(s)))
            {
                writer.WriteLine(status);
            }
        }
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(500));
            WriteEnded();
            if (DateTime.UtcNow - lastLine > BetweenLines)
            {
                lastLine = DateTime.UtcNow;
                foreach (var status in statuses.Where(s => s.IsRunning))
                {
                    writer.WriteLine(status);
                }
            }
        }
        WriteEnded();
        writer.Flush();
    }
}
