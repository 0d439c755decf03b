using System.Diagnostics;
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Ranks for tests: threads of this process, each with a process group of its own, or processes that are a job.</summary>
internal static class RankProcesses
{
    /// <summary>Skips the test where there are no process groups. The bridge, which has them, is where operators can be recorded.</summary>
    internal static void NeedTheBridge() =>
        Assert.SkipUnless(OperatorRecorder.IsAvailable, "TorchSharp's package has no process groups.");

    /// <summary>Runs what each rank does at the same time and returns what each gave.</summary>
    internal static T[] Threads<T>(int count, Func<Ranks, T> rank)
    {
        var launches = Launch.Here(count);
        var results = new T[count];
        var errors = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                using var ranks = Ranks.Join(launches[i], limit: TimeSpan.FromSeconds(60));
                results[i] = rank(ranks);
                ranks.Wait();                                   // rank 0 keeps the store until all are done
            }
            catch (Exception error)
            {
                errors[i] = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (errors.FirstOrDefault(error => error is not null) is { } first) throw new InvalidOperationException(first.ToString(), first);
        return results;
    }

    /// <summary>Starts an explicit test as the ranks of a job; it finds the folder for what it says in LECTERN_TEST_FOLDER.</summary>
    internal static List<Process> Start<TClass>(string test, int count, string folder)
    {
        return [.. Launch.Here(count).Select(launch =>
        {
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                [typeof(TClass).Assembly.Location, "-explicit", "only", "-method", $"{typeof(TClass).FullName}.{test}"])
            {
                RedirectStandardOutput = true,
            };
            launch.Into(start.Environment);
            start.Environment["LECTERN_TEST_FOLDER"] = folder;
            return Process.Start(start)!;
        })];
    }

    /// <summary>Runs an explicit test as the ranks of a job to its end.</summary>
    internal static async Task RunAsync<TClass>(string test, int count, string folder)
    {
        var processes = Start<TClass>(test, count, folder);
        var stop = TestContext.Current.CancellationToken;
        try
        {
            string[] words = await Task.WhenAll(processes.Select(process => process.StandardOutput.ReadToEndAsync(stop)))
                .WaitAsync(TimeSpan.FromMinutes(2), stop);
            foreach (var (process, said) in processes.Zip(words))
            {
                await process.WaitForExitAsync(stop);
                Assert.True(process.ExitCode == 0, said);
            }
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
        }
    }
}
