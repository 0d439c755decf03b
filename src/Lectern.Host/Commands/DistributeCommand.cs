using System.CommandLine;
using System.Diagnostics;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern distribute -n N -- …</c>: starts several processes of a program, with the variables that say who is who.</summary>
internal static class DistributeCommand
{
    private const int LastLines = 12;

    // How long the others have to notice by themselves that one has failed, to say so and to end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var count = new Option<int>("--ranks", "-n")
        {
            Description = "Number of processes; each computes with one thread, or with LECTERN_THREADS.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var arguments = new Argument<string[]>("COMMAND")
        {
            Description = "reproduce and its arguments, or a program of your own and its arguments.",
            Arity = ArgumentArity.OneOrMore,
            CaptureRemainingTokens = true,
        };
        var command = new Command(
            "distribute", "Trains with several processes of this machine: distribute -n 2 -- reproduce NAME [--only EXPERIMENT].")
        {
            count, arguments,
        };
        command.SetAction(async (parsed, stop) =>
        {
            string[] words = parsed.GetValue(arguments)!;
            if (words[0] == "reproduce")
            {
                var built = await ProjectCommand.BuildAsync(Path.Combine(Checkout.Root, "tests/reproduction"), stop);
                if (built != 0) return built;
            }
            return await RunAsync(parsed.GetValue(count), () => words[0] == "reproduce"
                ? LessonProcess.Dotnet([Checkout.Binary("Lectern.Reproduction"), .. words[1..]])
                : new ProcessStartInfo(words[0], words[1..]), Console.Out, Console.Error, stop);
        });
        return command;
    }

    /// <summary>Starts the ranks and waits for them. Rank 0 has this process's console; the others' lines get their rank in front.</summary>
    /// <param name="count">Number of ranks.</param>
    /// <param name="program">What each is.</param>
    /// <param name="output">Where the others' output goes.</param>
    /// <param name="errors">Where their errors go, and what there is to say about a rank that fails.</param>
    /// <param name="stop">Ends all.</param>
    /// <param name="grace">How long the others have to end by themselves once one has failed; 15 seconds if not given.</param>
    /// <returns>0, or the exit code of the rank that failed first.</returns>
    /// <exception cref="ArgumentException">The count is below 1.</exception>
    internal static async Task<int> RunAsync(
        int count, Func<ProcessStartInfo> program, TextWriter output, TextWriter errors, CancellationToken stop, TimeSpan? grace = null)
    {
        if (count < 1) throw new ArgumentException($"The number of ranks is {count}; it has to be 1 at least (-n 2).", nameof(count));
        (output, errors) = (TextWriter.Synchronized(output), TextWriter.Synchronized(errors));
        var last = Enumerable.Range(0, count).Select(_ => new Queue<string>()).ToList();
        var processes = new List<Process>();
        try
        {
            foreach (var launch in Launch.Here(count)) processes.Add(Start(program(), launch, output, errors, last[launch.Rank]));
            var running = processes.Select(process => EndAsync(process, stop)).ToList();
            while (running.Count > 0)
            {
                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                var process = await ended;
                if (process.ExitCode == 0) continue;
                await Task.WhenAny(Task.WhenAll(running), Task.Delay(grace ?? Grace, stop));
                int failed = processes.IndexOf(process);
                errors.WriteLine(Verdict(failed, count, process.ExitCode, last[failed]));
                return process.ExitCode;
            }
            return 0;
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }
    }

    // Not a dictionary by WaitForExitAsync's tasks: for processes that have ended already these are one and the same.
    private static async Task<Process> EndAsync(Process process, CancellationToken stop)
    {
        await process.WaitForExitAsync(stop);
        return process;
    }

    private static Process Start(ProcessStartInfo start, Launch launch, TextWriter output, TextWriter errors, Queue<string> last)
    {
        launch.Into(start.Environment);
        if (launch.Rank == 0) return Process.Start(start)!;

        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) output.WriteLine($"[rank {launch.Rank}] {line.Data}");
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            errors.WriteLine($"[rank {launch.Rank}] {line.Data}");
            lock (last)
            {
                last.Enqueue(line.Data);
                if (last.Count > LastLines) last.Dequeue();
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string Verdict(int rank, int count, int code, Queue<string> last)
    {
        string how = code > 128 ? $"was ended by signal {code - 128}{(code == 137 ? " (SIGKILL: the usual cause is memory)" : "")}" : $"ended with code {code}";
        string[] lines;
        lock (last) lines = [.. last];
        string words = lines.Length > 0 ? $" The last it said:\n{string.Join('\n', lines.Select(line => $"    {line}"))}\n" : " ";
        return $"Rank {rank} of {count} {how}, and the others with it.{words}"
            + "The same command starts all of them again; training goes on from its last checkpoint, if it keeps one.";
    }
}
