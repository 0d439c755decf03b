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
        command.SetAction((parsed, stop) => PublishAsync(
            new Course(Checkout.Notebooks), parsed.GetValue(names) ?? [], parsed.GetValue(seconds), AnsiConsole.Console, stop));
        return command;
    }

    /// <summary>Runs lessons of a course, all where none is named, and stores their outputs in them.</summary>
    /// <returns>The exit code: 1 where a lesson failed or pictures cannot be drawn.</returns>
    internal static async Task<int> PublishAsync(
        Course course, IReadOnlyList<string> names, double seconds, IAnsiConsole console, CancellationToken stop)
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
        var lessons = names.Count > 0 ? course.Named(names) : course.Lessons;
        var reports = await LessonRunner.RunAsync(
            lessons, new RunOptions { CellSeconds = seconds, Publish = true }, console, stop);
        LessonRunner.PrintFailures(reports, console);
        console.Write(LessonRunner.Table(reports));
        return reports.Any(r => r.Failure is not null) ? 1 : 0;
    }
}
