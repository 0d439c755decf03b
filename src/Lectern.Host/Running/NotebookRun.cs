using System.Diagnostics;
using System.Text.Json.Nodes;
using Lectern.Host.Engine;
using Lectern.Host.Notebooks;
using Lectern.Lessons;

namespace Lectern.Host.Running;

/// <summary>Runs a notebook from its first cell to its last in a session of its own, and writes the outputs into it.</summary>
internal static class NotebookRun
{
    /// <summary>The time that a cell may take where nothing else is said, in seconds.</summary>
    public const double CellSeconds = 120;

    /// <summary>Runs a notebook.</summary>
    /// <param name="notebook">The notebook; its outputs are replaced.</param>
    /// <param name="name">The lesson's name, for the report.</param>
    /// <param name="folder">The notebook's folder.</param>
    /// <param name="cellSeconds">The time limit of a cell; 0 for none.</param>
    /// <param name="solutions">Whether to run each exercise's solution after the last cell, and check it.</param>
    /// <param name="onCell">Told before each code cell: its number from 1, and how many there are.</param>
    /// <param name="interrupt">Stops the running cell, and with it the notebook.</param>
    /// <returns>What came out. A cell's failure is in the report; it is not thrown.</returns>
    public static async Task<LessonReport> ExecuteAsync(
        Notebook notebook,
        string name,
        string folder,
        double cellSeconds = CellSeconds,
        bool solutions = false,
        Action<int, int>? onCell = null,
        CancellationToken interrupt = default)
    {
        var watch = Stopwatch.StartNew();
        var limit = cellSeconds > 0 ? TimeSpan.FromSeconds(cellSeconds) : (TimeSpan?)null;
        var headlines = new List<Headline>();
        var displays = new Dictionary<string, JsonObject>();
        var code = notebook.Cells.Where(c => c.Kind == CellKind.Code).ToList();
        foreach (var cell in code)
        {
            (cell.Outputs, cell.ExecutionCount) = ([], null);
        }

        using var session = new Session(folder);
        session.Shown += value =>
        {
            if (value is Headline headline)
            {
                lock (headlines)
                {
                    headlines.Add(headline);
                }
            }
        };
        CellError? failure = null;
        var done = new List<(Cell Cell, CellOutputs Outputs)>();
        for (var i = 0; i < code.Count && failure is null; i++)
        {
            if (string.IsNullOrWhiteSpace(code[i].Source))
            {
                continue;
            }
            onCell?.Invoke(i + 1, code.Count);
            var outputs = new CellOutputs(displays);
            var result = await session.ExecuteAsync(code[i].Source, outputs, limit, interrupt);
            done.Add((code[i], outputs));
            code[i].ExecutionCount = result.Number;
            failure = result.Error;
        }
        // Only now: until the last cell has ended, an earlier one's display may be updated and its threads may write.
        foreach (var (cell, outputs) in done)
        {
            cell.Outputs = outputs.ToJson();
        }
        var seconds = watch.Elapsed.TotalSeconds;
        return new LessonReport
        {
            Name = name,
            Title = notebook.Title,
            Seconds = seconds,
            Headlines = [.. headlines],
            Failure = failure is null ? null : FailureLines(failure),
            Exercises = failure is null && solutions ? await SolveAsync(notebook, session, limit, interrupt) : [],
        };
    }

    private static IReadOnlyList<string> FailureLines(CellError error) =>
        error.Traceback.Count > 0 ? error.Traceback : [error.Message];

    // In the session that the notebook has left, so that a solution finds what its stub would have found.
    private static async Task<IReadOnlyList<ExerciseReport>> SolveAsync(
        Notebook notebook, Session session, TimeSpan? limit, CancellationToken interrupt)
    {
        var reports = new List<ExerciseReport>();
        var verdicts = new List<CheckResult>();
        session.Shown += value =>
        {
            if (value is CheckResult verdict)
            {
                verdicts.Add(verdict);
            }
        };
        foreach (var exercise in Exercise.Of(notebook))
        {
            verdicts.Clear();
            reports.Add(new ExerciseReport(exercise.Number, exercise.Solution is null
                ? "no solution: the Markdown cell after the stub needs <details> with a ```csharp block"
                : await SolveAsync(exercise.Solution)));
        }
        return reports;

        async Task<string?> SolveAsync(string solution)
        {
            if (session.IsLost)
            {
                return "not run: an earlier solution could not be stopped";
            }
            var result = await session.ExecuteAsync(solution, new CellOutputs([]), limit, interrupt);
            return result.Error is { } error ? string.Join("\n", FailureLines(error))
                : verdicts.Count == 0 ? "the solution shows no verdict: let a Check.… call be its last expression"
                : verdicts.Find(v => !v.Right) is { } wrong ? $"its check does not accept the solution: {wrong.Message}"
                : null;
        }
    }
}
