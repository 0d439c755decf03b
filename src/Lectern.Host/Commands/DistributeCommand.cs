using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lectern.Host.Running;

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
        int port = FreePort();
        var last = Enumerable.Range(0, count).Select(_ => new Queue<string>()).ToList();
        var processes = new List<Process>();
        try
        {
            for (int rank = 0; rank < count; rank++) processes.Add(Start(program(), rank, count, port, output, errors, last[rank]));
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

    private static Process Start(
        ProcessStartInfo start, int rank, int count, int port, TextWriter output, TextWriter errors, Queue<string> last)
    {
        foreach (var (name, value) in new[]
        {
            ("RANK", rank), ("WORLD_SIZE", count), ("LOCAL_RANK", rank), ("LOCAL_WORLD_SIZE", count), ("MASTER_PORT", port),
        })
        {
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        }
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        // Ranks share the cores: with the usual thread a core each, they would take turns.
        var threads = start.Environment.TryGetValue("LECTERN_THREADS", out var said) && said is { Length: > 0 } ? said : "1";
        foreach (var name in new[] { "LECTERN_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" }) start.Environment[name] = threads;
        // glibc gives a large tensor's pages back when it is freed and takes new ones for the next: every page costs a fault, and the other
        // ranks wait for the one that has most of them. Steps were 0 to 16 % faster with these (./lectern bench ranks).
        start.Environment.TryAdd("MALLOC_MMAP_THRESHOLD_", "33554432");
        start.Environment.TryAdd("MALLOC_TRIM_THRESHOLD_", "4294967296");
        start.Environment.TryAdd("MALLOC_TOP_PAD_", "67108864");
        // c10d warns each rank that all parameters were used, which is no trouble: libtorch's errors only, by either of its loggers.
        start.Environment.TryAdd("GLOG_minloglevel", "2");
        start.Environment.TryAdd("TORCH_CPP_LOG_LEVEL", "ERROR");
        if (rank == 0) return Process.Start(start)!;

        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) output.WriteLine($"[rank {rank}] {line.Data}");
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            errors.WriteLine($"[rank {rank}] {line.Data}");
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
