using Lectern.Host.Engine;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Lectern.Lessons;

namespace Lectern.Host.Grading;

/// <summary>Runs a lesson's own cells and, in the place of its stubs, a student's answers; in a process that may be lost.</summary>
/// <param name="lesson">The lesson's notebook, of the kit.</param>
/// <param name="answers">The answers to run; where there is none the stub is.</param>
/// <param name="cellSeconds">How long each cell of the student's may take.</param>
/// <param name="say">Told what begins and what comes out.</param>
internal sealed class AnswerRun(string lesson, IReadOnlyList<Answer> answers, double cellSeconds, Action<AnswerEvent> say)
{
    private readonly Session session = new(Path.GetDirectoryName(Path.GetFullPath(lesson))!);

    /// <summary>Runs up to the last answer, or to the first that cannot be stopped.</summary>
    public async Task RunAsync()
    {
        var notebook = Notebook.Read(lesson);
        var exercises = Exercise.Of(notebook).ToDictionary(e => e.Stub);
        var left = answers.ToDictionary(a => a.Exercise);
        foreach (var cell in notebook.Cells.Where(c => c.Kind == CellKind.Code && !string.IsNullOrWhiteSpace(c.Source)))
        {
            if (left.Count == 0 || session.IsLost)
            {
                return;
            }
            if (exercises.TryGetValue(cell, out var exercise) && left.Remove(exercise.Number, out var answer))
            {
                say(new AnswerEvent(answer.Exercise));
                var (outcome, message) = await TryAsync(answer);
                say(new AnswerEvent(answer.Exercise, outcome, Grade.Line(message)));
                continue;
            }
            say(new AnswerEvent(0));
            if ((await ExecuteAsync(cell.Source, NotebookRun.CellSeconds)).Error is { } error)
            {
                say(new AnswerEvent(0, GradeOutcome.Error, Grade.Line($"a cell of the lesson itself fails: {error.Message}")));
                return;
            }
        }
    }

    private async Task<(GradeOutcome Outcome, string Message)> TryAsync(Answer answer)
    {
        foreach (var code in answer.Before)
        {
            // A cell of the student's own may fail: what counts is whether the answer stands.
            if ((await ExecuteAsync(code, cellSeconds)).Error is { Name: CellError.TimeLimit } late)
            {
                return Fault(late);
            }
        }
        var result = await ExecuteAsync(answer.Code, cellSeconds);
        if (result.Error is { Name: ['C', 'S', >= '0' and <= '9', ..] })
        {
            result = await ExecuteAsync(answer.Whole, cellSeconds);
        }
        if (result.Error is null)
        {
            result = await ExecuteAsync(answer.Check, cellSeconds);
        }
        return result switch
        {
            { Error: { } error } => Fault(error),
            { Value: CheckResult { Right: true } } => (GradeOutcome.Passed, ""),
            { Value: CheckResult verdict } => (GradeOutcome.Hint, verdict.Message),
            _ => (GradeOutcome.Error, "The lesson's check gave no verdict."),
        };
    }

    private static (GradeOutcome, string) Fault(CellError error) => error.Name == CellError.TimeLimit
        ? (GradeOutcome.TimedOut, "a cell ran into its time limit") : (GradeOutcome.Error, $"{error.Name}: {error.Message}");

    private async Task<CellResult> ExecuteAsync(string code, double seconds) => session.IsLost
        ? new CellResult(0, null, new CellError(CellError.TimeLimit, "", []), TimeSpan.Zero)
        : await session.ExecuteAsync(code, new NoOutput(), TimeSpan.FromSeconds(seconds));
}
