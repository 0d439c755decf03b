using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Lectern.Host.Engine;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Commands;

/// <summary><c>kernel</c>, which no help names: a kernel for the front end that wrote the connection file.</summary>
internal static class KernelCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("CONNECTION_FILE");
        var command = new Command("kernel", "Serves Jupyter; Jupyter starts it.") { path };
        command.Hidden = true;
        command.SetAction((parsed, stop) => ServeAsync(parsed.GetRequiredValue(path)));
        return command;
    }

    /// <summary>Serves until a front end ends the kernel.</summary>
    /// <param name="path">The connection file.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> ServeAsync(string path)
    {
        var connection = ConnectionFile.Read(path);
        var log = new KernelLog(NativeConsole.TakeError());
        Progress.Sink = new NotebookProgressSink();
        // Reading the references and compiling a first line take a second: a front end is answered meanwhile.
        var session = Task.Run(() => new Session(Directory.GetCurrentDirectory()));
        NativeConsole? native = null;
        using var kernel = new JupyterKernel(connection, session, log, () => native?.Drain());
        native = Capture(session, log);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            kernel.Interrupt();
        });
        _ = WarmUp.RunAsync(session, () => kernel.Idle);
        var orphaned = new TaskCompletionSource();
        using var watch = ParentWatch.Start(() => orphaned.TrySetResult());
        await Task.WhenAny(kernel.Ended, orphaned.Task);
        kernel.Dispose();
        // A cell that runs, or a thread that it left behind, must not keep the process.
        Environment.Exit(0);
        return 0;
    }

    /// <summary>Brings what native code writes, and what threads throw that nobody waits for, into the session's cells.</summary>
    /// <param name="session">The session, which may still be starting.</param>
    /// <param name="log">The host's log.</param>
    /// <returns>The pipes' owner; null where the system has none.</returns>
    public static NativeConsole? Capture(Task<Session> session, KernelLog log)
    {
        void Write(string name, string text)
        {
            if (name == "stderr")
            {
                // The last words of a runtime that breaks down: it may not live until the notebook has them.
                log.Write(text.TrimEnd('\n'));
            }
            if (session.IsCompletedSuccessfully)
            {
                session.Result.WriteStream(name, text);
            }
        }

        var native = NativeConsole.Take(Write);
        ExceptionHandling.SetUnhandledExceptionHandler(fault =>
        {
            if (!Session.ReportUnhandled(fault))
            {
                Write("stderr", $"Unhandled on another thread: {fault}\n");
            }
            return true;
        });
        return native;
    }
}
