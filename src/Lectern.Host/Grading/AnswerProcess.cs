using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Lectern.Host.Running;

namespace Lectern.Host.Grading;

/// <summary>Runs a student's answers in processes of their own and comes back with an outcome for each, whatever they do.</summary>
/// <param name="lesson">The lesson's notebook, of the kit.</param>
/// <param name="limits">What the answers may use.</param>
/// <param name="threads">The threads that they may compute with.</param>
internal sealed class AnswerProcess(string lesson, GradeLimits limits, int threads)
{
    // What a cell may take beyond its own limit, for a loop that does not listen to be ended.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);
    private const int LongestLine = 1 << 16;

    /// <summary>The outcomes, by exercise. A process that is lost costs the exercise that lost it: the others go on in a new one.</summary>
    public async Task<IReadOnlyDictionary<int, (GradeOutcome Outcome, string Message)>> RunAsync(
        IReadOnlyList<Answer> answers, CancellationToken stop)
    {
        var found = new Dictionary<int, (GradeOutcome, string)>();
        var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(limits.Minutes);
        for (var left = answers; left.Count > 0; left = [.. answers.Where(a => !found.ContainsKey(a.Exercise))])
        {
            var before = found.Count;
            var (at, outcome, why) = await OnceAsync(left, found, deadline, stop);
            if (DateTime.UtcNow >= deadline || (found.Count == before && at == 0))
            {
                // Not the fault of one of them: nothing is left to try.
                foreach (var answer in left.Where(a => !found.ContainsKey(a.Exercise)))
                {
                    found[answer.Exercise] = (outcome, why);
                }
            }
            else if (at > 0)
            {
                found.TryAdd(at, (outcome, why));
            }
        }
        return found;
    }

    // Fills in what comes out; answers the exercise during which the process was lost, and why.
    private async Task<(int At, GradeOutcome Outcome, string Why)> OnceAsync(
        IReadOnlyList<Answer> answers, Dictionary<int, (GradeOutcome, string)> found, DateTime deadline, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("lectern answers ");
        var mark = '\u001e' + Guid.NewGuid().ToString("N");
        var start = LessonProcess.Dotnet([Checkout.Host, "answer", Path.GetFullPath(lesson), "--cell-seconds", limits.CellSeconds.ToString(CultureInfo.InvariantCulture)]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        start.WorkingDirectory = folder.FullName;
        foreach (var name in new[] { "LECTERN_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" })
        {
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        }
        // The runtime's own limit turns a runaway list into an exception; the one below also sees what tensors hold.
        var bytes = (long)(limits.MemoryGigabytes * (1L << 30));
        start.Environment["DOTNET_GCHeapHardLimit"] = bytes.ToString("x", CultureInfo.InvariantCulture);

        using var process = Process.Start(start)!;
        var (at, lastSaid, words) = (0, DateTime.UtcNow, "");
        string? broken = null;
        var saying = Task.Run(async () =>
        {
            await foreach (var line in LinesAsync(process.StandardOutput))
            {
                if (AnswerEvent.Parse(line, mark) is not { } happened)
                {
                    continue;
                }
                lastSaid = DateTime.UtcNow;
                if (happened is { Exercise: > 0, Outcome: { } outcome })
                {
                    found[happened.Exercise] = (outcome, happened.Message);
                }
                broken = happened is { Exercise: 0, Outcome: not null } ? happened.Message : broken;
                at = happened.Outcome is null ? happened.Exercise : 0;
            }
        }, CancellationToken.None);
        var complaining = Task.Run(async () =>
        {
            await foreach (var line in LinesAsync(process.StandardError))
            {
                words = words.Length == 0 ? line : words;
            }
        }, CancellationToken.None);
        (GradeOutcome Outcome, string Why)? ended = null;
        try
        {
            try
            {
                await process.StandardInput.WriteLineAsync(mark);
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(answers));
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is gone already; the exit says so.
            }
            var exit = process.WaitForExitAsync(stop);
            while (ended is null && await Task.WhenAny(exit, Task.Delay(100, CancellationToken.None)) != exit)
            {
                ended = Excess(process, bytes, at, lastSaid, deadline);
            }
            stop.ThrowIfCancellationRequested();
        }
        finally
        {
            Kill(process);
        }
        // A child that the answer has left behind may hold the pipes open: it is not waited for.
        await Task.WhenAny(Task.WhenAll(saying, complaining), Task.Delay(TimeSpan.FromSeconds(3), CancellationToken.None));
        await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(3), CancellationToken.None));
        Remove(folder);
        var (outcome, why) = ended ?? (broken is not null
            ? (GradeOutcome.Error, broken)
            : (GradeOutcome.Ended, Grade.Line($"with code {(process.HasExited ? process.ExitCode : -1)}{(words.Length > 0 ? $", last words: {words}" : "")}")));
        return (at, outcome, why);
    }

    private (GradeOutcome, string)? Excess(Process process, long bytes, int at, DateTime lastSaid, DateTime deadline)
    {
        process.Refresh();
        if (!process.HasExited && process.WorkingSet64 > bytes)
        {
            return (GradeOutcome.Memory, string.Create(CultureInfo.InvariantCulture, $"more than {limits.MemoryGigabytes} GB"));
        }
        if (DateTime.UtcNow >= deadline)
        {
            return (GradeOutcome.TimedOut, string.Create(CultureInfo.InvariantCulture, $"the notebook took more than {limits.Minutes} minutes"));
        }
        // An answer's cell, its second try and its check.
        var longest = at > 0 ? TimeSpan.FromSeconds(3 * limits.CellSeconds) : TimeSpan.FromSeconds(NotebookRun.CellSeconds);
        return DateTime.UtcNow - lastSaid > longest + Slack ? (GradeOutcome.TimedOut, "a cell could not be stopped") : null;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }

    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Something that the answer left behind is writing there.
        }
    }

    // A line without an end must not fill this process's memory: what goes beyond the limit is dropped.
    private static async IAsyncEnumerable<string> LinesAsync(StreamReader reader, [EnumeratorCancellation] CancellationToken stop = default)
    {
        var (buffer, line) = (new char[4096], new StringBuilder());
        for (int read; (read = await reader.ReadAsync(buffer, stop)) > 0;)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == '\n')
                {
                    yield return line.ToString();
                    line.Clear();
                }
                else if (line.Length < LongestLine)
                {
                    line.Append(buffer[i]);
                }
            }
        }
    }
}
