using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Grading;

/// <summary>Grades notebooks that came back: each student's answers, checked by the kit's own lessons.</summary>
internal static class Grading
{
    /// <summary>Runs the answers of every file.</summary>
    /// <param name="files">What came back.</param>
    /// <param name="limits">What each may use.</param>
    /// <param name="atOnce">How many files run at the same time.</param>
    /// <param name="said">Told each file that is done.</param>
    /// <param name="stop">Ends the run.</param>
    /// <returns>A grade an exercise, in the order of the files.</returns>
    public static async Task<GradeTable> RunAsync(
        IReadOnlyList<Returned> files, GradeLimits limits, int atOnce, Action<Returned, IReadOnlyList<Grade>> said, CancellationToken stop)
    {
        var lessons = files.Select(f => f.Lesson).OfType<LessonFile>().Distinct()
            .ToDictionary(lesson => lesson, lesson => Exercise.Of(Notebook.Read(lesson.Path)));
        var grades = new IReadOnlyList<Grade>[files.Count];
        await Parallel.ForAsync(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, async (i, token) =>
        {
            grades[i] = files[i].Lesson is { } lesson
                ? await GradeAsync(files[i], lesson, lessons[lesson], limits, Math.Max(1, Environment.ProcessorCount / atOnce), token) : [];
            said(files[i], grades[i]);
        });
        return new GradeTable(
            [.. lessons.OrderBy(l => l.Key.Area).ThenBy(l => l.Key.Name).SelectMany(l => l.Value.Select(e => (l.Key.Name, e.Number)))],
            [.. grades.SelectMany(g => g)],
            [.. files.Where(f => f.Lesson is null).Select(f => (f.Path, f.Fault!))]);
    }

    private static async Task<IReadOnlyList<Grade>> GradeAsync(
        Returned file, LessonFile lesson, IReadOnlyList<Exercise> exercises, GradeLimits limits, int threads, CancellationToken stop)
    {
        if (file.Fault is { } fault)
        {
            return [.. exercises.Select(e => new Grade(file.Student, lesson.Name, e.Number, GradeOutcome.Unreadable, fault))];
        }
        var (answers, known) = AnswersIn(file, Notebook.Read(lesson.Path));
        var run = await new AnswerProcess(lesson.Path, limits, threads).RunAsync(answers, stop);
        return [.. known.Concat(run).OrderBy(g => g.Key)
            .Select(g => new Grade(file.Student, lesson.Name, g.Key, g.Value.Outcome, g.Value.Message))];
    }

    /// <summary>The answers in a returned notebook, and the outcomes that are known before any is run.</summary>
    /// <param name="file">A notebook that could be read.</param>
    /// <param name="lesson">The kit's own.</param>
    public static (IReadOnlyList<Answer> Answers, IReadOnlyDictionary<int, (GradeOutcome Outcome, string Message)> Known) AnswersIn(
        Returned file, Notebook lesson)
    {
        var ours = lesson.Cells.Select(c => c.Id).ToHashSet();
        var (answers, known) = (new List<Answer>(), new Dictionary<int, (GradeOutcome, string)>());
        foreach (var exercise in Exercise.Of(lesson))
        {
            if (file.CellOf(exercise) is not { } cell)
            {
                known[exercise.Number] = (GradeOutcome.Missing, "the notebook has no cell for it");
                continue;
            }
            // What a student has added since the exercise before belongs to this one.
            var added = !file.Notebook!.HadIds ? [] : file.Notebook.Cells.TakeWhile(c => c != cell)
                .Where(c => c.Kind == CellKind.Code && !ours.Contains(c.Id)).ToList();
            ours.UnionWith(added.Select(c => c.Id));
            if (added.Count == 0 && cell.Source.ReplaceLineEndings("\n").Trim() == exercise.Stub.Source.Trim())
            {
                known[exercise.Number] = (GradeOutcome.Unchanged, "");
                continue;
            }
            var check = ExerciseParts.CheckOf(exercise);
            answers.Add(new Answer(
                exercise.Number, [.. added.Select(c => c.Source)], ExerciseParts.AnswerIn(cell.Source, check), cell.Source, check));
        }
        return (answers, known);
    }
}
