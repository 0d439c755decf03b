using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using Lectern.Host.Editor;
using Lectern.Host.Engine;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Commands;

/// <summary><c>stream</c>, which no help names: a notebook's host for an editor, on standard input and output.</summary>
internal static class StreamCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var command = new Command("stream", "Serves an editor; the VS Code extension starts it.") { Hidden = true };
        command.SetAction((_, _) => ServeAsync());
        return command;
    }

    private static async Task<int> ServeAsync()
    {
        // What cells and native code write must not come between the lines: the streams are theirs from here on.
        var lines = new LineChannel(NativeConsole.TakeOutput());
        var log = new KernelLog(NativeConsole.TakeError());
        Progress.Sink = new NotebookProgressSink();
        var session = Task.Run(() => new Session(Directory.GetCurrentDirectory()));
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false), false, 1 << 16);
        NativeConsole? native = null;
        var host = new EditorHost(session, lines, log, () => native?.Drain());
        native = KernelCommand.Capture(session, log);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            host.Interrupt();
        });
        _ = WarmUp.RunAsync(session, () => host.Idle);
        await host.RunAsync(input);
        lines.Dispose();
        // A cell that runs, or a thread that it left behind, must not keep the process.
        Environment.Exit(0);
        return 0;
    }
}
