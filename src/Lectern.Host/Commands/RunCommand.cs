using System.CommandLine;
using System.Diagnostics;
using Lectern.Host.Running;
using Spectre.Console;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern run</c>: runs lessons and says where their pages are.</summary>
internal static class RunCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Lessons by name; without one, a tour: a lesson an area." };
        var all = new Option<bool>("--all") { Description = "Every lesson." };
        var seconds = new Option<double>("--cell-seconds")
        {
            Description = "How long a cell may take; 0 for no limit.",
            DefaultValueFactory = _ => NotebookRun.CellSeconds,
        };
        var open = new Option<bool>("--open") { Description = "Opens the pages in the browser." };
        var command = new Command("run", "Runs lessons: trains, plots, and makes a page of each.") { names, all, seconds, open };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetValue(names) ?? [], parsed.GetValue(all), parsed.GetValue(seconds), parsed.GetValue(open), stop));
        return command;
    }

    private static async Task<int> RunAsync(string[] names, bool all, double seconds, bool open, CancellationToken stop)
    {
        var course = new Course(Checkout.Notebooks);
        var lessons = names.Length > 0 ? course.Named(names) : all ? course.Lessons : course.Tour;
        if (lessons.Count == 0)
        {
            Console.Error.WriteLine($"There are no lessons in {Checkout.Notebooks}.");
            return 1;
        }
        var console = AnsiConsole.Console;
        console.MarkupLineInterpolated($"Running {string.Join(", ", lessons.Select(l => l.Name))}.");
        var watch = Stopwatch.StartNew();
        var reports = await LessonRunner.RunAsync(lessons, new RunOptions { CellSeconds = seconds }, console, stop);
        LessonRunner.PrintFailures(reports, console);
        console.Write(LessonRunner.Table(reports));
        var index = Path.Combine(Checkout.Pages, "index.html");
        console.MarkupLineInterpolated($"{watch.Elapsed.TotalSeconds:0} s in all. Every page: {Checkout.Relative(index)}");
        if (open)
        {
            Open(reports.Count == 1 ? reports[0].Page ?? index : index);
        }
        return reports.Any(r => r.Failure is not null) ? 1 : 0;
    }

    private static void Open(string page)
    {
        try
        {
            using var browser = OperatingSystem.IsLinux()
                ? Process.Start("xdg-open", [page])
                : Process.Start(new ProcessStartInfo(page) { UseShellExecute = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine($"No browser could be started; open {page} yourself.");
        }
    }
}
