using System.CommandLine;
using Lectern.Host.Engine;
using Lectern.Host.Notebooks;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Commands;

/// <summary><c>execute</c>, which no help names: one notebook in this process, told to the process that started it.</summary>
internal static class ExecuteCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("notebook");
        var seconds = new Option<double>("--cell-seconds") { DefaultValueFactory = _ => NotebookRun.CellSeconds };
        var notebook = new Option<string?>("--notebook");
        var page = new Option<string?>("--page");
        var solutions = new Option<bool>("--solutions");
        var pictures = new Option<bool>("--pictures");
        var command = new Command("execute", "Runs one notebook.") { path, seconds, notebook, page, solutions, pictures };
        command.Hidden = true;
        command.SetAction((parsed, stop) => ExecuteAsync(
            parsed.GetRequiredValue(path), parsed.GetValue(seconds), parsed.GetValue(notebook), parsed.GetValue(page),
            parsed.GetValue(solutions), parsed.GetValue(pictures), stop));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        string path, double seconds, string? notebookOut, string? pageOut, bool solutions, bool pictures, CancellationToken stop)
    {
        path = Path.GetFullPath(path);
        var name = Path.GetFileNameWithoutExtension(path);
        var folder = Path.GetDirectoryName(path)!;
        var events = ConsoleRouter.Out;
        void Send(RunEvent said)
        {
            lock (events)
            {
                events.WriteLine(said.ToLine());
                events.Flush();
            }
        }

        var notebook = Notebook.Read(path);
        Progress.Sink = new EventProgressSink(Send);
        // As in Jupyter: a lesson's own relative paths start at its notebook.
        Directory.SetCurrentDirectory(folder);
        var report = await NotebookRun.ExecuteAsync(
            notebook, name, folder, seconds, solutions, (cell, cells) => Send(new RunEvent { Cell = cell, Cells = cells }), stop);
        if (pictures && report.Failure is null)
        {
            Send(new RunEvent { Note = "drawing the pictures" });
            await FigurePictures.AddAsync(notebook, stop);
        }
        if (notebookOut is not null && (report.Failure is null || notebookOut != path))
        {
            notebook.Write(notebookOut);
        }
        if (pageOut is not null)
        {
            Page.Write(notebook, name, folder, pageOut);
            report = report with { Page = Path.GetFullPath(pageOut) };
        }
        Send(new RunEvent { Report = report });
        // A cell that could not be stopped, or a thread that it left behind, must not keep the process.
        Environment.Exit(0);
        return 0;
    }
}
