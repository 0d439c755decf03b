using System.CommandLine;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Spectre.Console;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern publish</c>: puts outputs into the notebooks themselves, with a picture beside each figure.</summary>
internal static class PublishCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Lessons by name; without one, all." };
        var seconds = new Option<double>("--cell-seconds")
        {
            Description = "How long a cell may take; 0 for no limit.",
            DefaultValueFactory = _ => NotebookRun.CellSeconds,
        };
        var command = new Command("publish", "Runs lessons and stores their outputs in the notebooks, for readers without the kit.")
        {
            names, seconds,
        };
        command.SetAction((parsed, stop) => PublishAsync(parsed.GetValue(names) ?? [], parsed.GetValue(seconds), stop));
        return command;
    }

    private static async Task<int> PublishAsync(string[] names, double seconds, CancellationToken stop)
    {
        if (Chromium.Find() is null)
        {
            Console.Error.WriteLine(Chromium.Missing);
            return 1;
        }
        if (!await FigurePictures.PrepareAsync(stop))
        {
            return 1;
        }
        var course = new Course(Checkout.Notebooks);
        var lessons = names.Length > 0 ? course.Named(names) : course.Lessons;
        var console = AnsiConsole.Console;
        var reports = await LessonRunner.RunAsync(
            lessons, new RunOptions { CellSeconds = seconds, Publish = true }, console, stop);
        LessonRunner.PrintFailures(reports, console);
        console.Write(LessonRunner.Table(reports));
        return reports.Any(r => r.Failure is not null) ? 1 : 0;
    }
}
