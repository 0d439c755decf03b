using System.Diagnostics;
using System.Globalization;

namespace Lectern.Host.Running;

/// <summary>Runs a lesson in a process of its own, so that a crash inside a native library ends that lesson and nothing else.</summary>
internal static class LessonProcess
{
    // What a cell may take beyond its own limit, for native code to come back and for outputs to be written.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(90);

    /// <summary>Runs a lesson to its end.</summary>
    /// <param name="lesson">The lesson.</param>
    /// <param name="options">What to do with it.</param>
    /// <param name="threads">The threads that it may compute with.</param>
    /// <param name="said">Told each event.</param>
    /// <param name="cancellation">Ends the process.</param>
    /// <returns>The lesson's report; that of a process that died says so.</returns>
    public static async Task<LessonReport> RunAsync(
        LessonFile lesson, RunOptions options, int threads, Action<RunEvent> said, CancellationToken cancellation)
    {
        var start = Dotnet([Checkout.Host, "execute", lesson.Path, .. options.Arguments(lesson)]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        foreach (var name in new[] { "LECTERN_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" })
        {
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        }

        var watch = Stopwatch.StartNew();
        var sinceCell = Stopwatch.StartNew();
        var words = new LastWords();
        LessonReport? report = null;
        var cell = 0;
        void Take(string? line)
        {
            if (line is null)
            {
                return;
            }
            if (RunEvent.Parse(line) is { } happened)
            {
                if (happened.Cell > 0)
                {
                    cell = happened.Cell;
                    sinceCell.Restart();
                }
                report = happened.Report ?? report;
                said(happened);
                return;
            }
            words.Add(line);
        }

        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var late = false;
        try
        {
            var ended = process.WaitForExitAsync(cancellation);
            while (await Task.WhenAny(ended, Task.Delay(500, CancellationToken.None)) != ended)
            {
                if (options.CellSeconds > 0 && sinceCell.Elapsed > TimeSpan.FromSeconds(options.CellSeconds) + Slack)
                {
                    late = true;
                    process.Kill(entireProcessTree: true);
                    break;
                }
            }
            await ended;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        process.WaitForExit();      // also for the last lines of its output
        if (report is not null && process.ExitCode == 0)
        {
            return report;
        }
        var why = late ? $"The lesson's process did not come back from cell {cell} and was ended."
            : $"The lesson's process ended with code {process.ExitCode}{(cell > 0 ? $" in cell {cell}" : "")}.";
        return new LessonReport { Name = lesson.Name, Seconds = watch.Elapsed.TotalSeconds, Failure = [why, .. words.Lines] };
    }

    // A runtime that breaks down says why first, and then where at length: the beginning and the end of it are worth keeping.
    private sealed class LastWords
    {
        private const int Kept = 12;
        private readonly List<string> first = [];
        private readonly Queue<string> last = new();

        public IEnumerable<string> Lines
        {
            get
            {
                lock (first)
                {
                    return [.. first, .. last];
                }
            }
        }

        public void Add(string line)
        {
            lock (first)
            {
                if (first.Count < Kept)
                {
                    first.Add(line);
                    return;
                }
                last.Enqueue(line);
                if (last.Count > Kept)
                {
                    last.Dequeue();
                }
            }
        }
    }

    /// <summary>How to start a .NET assembly with the same runtime as this process.</summary>
    /// <param name="arguments">The assembly, then its arguments.</param>
    public static ProcessStartInfo Dotnet(IEnumerable<string> arguments)
    {
        var self = Environment.ProcessPath;
        var dotnet = Path.GetFileNameWithoutExtension(self) == "dotnet" ? self!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } named ? named
            : Checkout.FindProgram("dotnet") ?? "dotnet";
        return new ProcessStartInfo(dotnet, arguments) { WorkingDirectory = Checkout.Root };
    }
}
