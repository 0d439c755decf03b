using System.Text.Json;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Grading;

/// <summary>A notebook that came back.</summary>
/// <param name="Student">Whose it is.</param>
/// <param name="Lesson">The lesson; null where neither the notebook nor its file's name says which.</param>
/// <param name="Path">The file.</param>
/// <param name="Notebook">What it holds; null where it cannot be read.</param>
/// <param name="Fault">Why it cannot be read or graded; null where it can.</param>
internal sealed record Returned(string Student, LessonFile? Lesson, string Path, Notebook? Notebook, string? Fault)
{
    private const long LargestFile = 100 << 20;

    /// <summary>All notebooks under a folder: STUDENT/LESSON.ipynb, or files whose names have both.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<Returned> In(string folder, IReadOnlyList<LessonFile> lessons)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}': expected one with STUDENT/LESSON.ipynb or files such as LESSON-STUDENT.ipynb.");
        }
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        var seen = new HashSet<(string, string?)>();
        return [.. Directory.EnumerateFiles(folder, "*.ipynb", everywhere)
            .Select(path => (Path: path, Parts: System.IO.Path.GetRelativePath(folder, path).Split(System.IO.Path.DirectorySeparatorChar)))
            .Where(file => !file.Parts.Contains(".ipynb_checkpoints")).OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => Read(file.Path, file.Parts, lessons))
            .Select(r => r.Lesson is null || seen.Add((r.Student, r.Lesson.Name)) ? r
                : r with { Lesson = null, Fault = $"a second file of {r.Student}'s for {r.Lesson.Name}" })];
    }

    /// <summary>The student's cell for an exercise; null where there is none.</summary>
    /// <param name="exercise">The lesson's exercise.</param>
    public Cell? CellOf(Exercise exercise)
    {
        var code = Notebook!.Cells.Where(c => c.Kind == CellKind.Code).ToList();
        return code.Find(c => c.Id == exercise.Stub.Id)
            // An old front end has dropped all names of cells: then the tags count.
            ?? (Notebook.HadIds ? null : code.Where(c => c.Tags.Contains(Exercise.Tag)).ElementAtOrDefault(exercise.Number - 1));
    }

    private static Returned Read(string path, string[] parts, IReadOnlyList<LessonFile> lessons)
    {
        var (notebook, fault) = ((Notebook?)null, (string?)null);
        string? named = null;
        try
        {
            notebook = new FileInfo(path).Length <= LargestFile ? Notebook.Read(path)
                : throw new FormatException($"The file has more than {LargestFile >> 20} MB.");
            named = notebook.Metadata[HandOut.Key]?["lesson"]?.GetValue<string>();
            // A cell is read when it is asked for; what is wrong with one is better known now.
            _ = notebook.Cells.Count(c => c.Source.Length + c.Tags.Count + c.Id.Length < 0);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or JsonException or IOException
            or UnauthorizedAccessException or InvalidCastException or NullReferenceException)
        {
            (notebook, fault) = (null, Grade.Line(e.Message.Replace($"{path}: ", "", StringComparison.Ordinal)));
        }
        var file = System.IO.Path.GetFileNameWithoutExtension(path);
        var lesson = lessons.FirstOrDefault(l => l.Name == named)
            // YolactPlusPlus is no Yolact.
            ?? lessons.Where(l => file.Contains(l.Name, StringComparison.OrdinalIgnoreCase)).MaxBy(l => l.Name.Length);
        var student = parts.Length > 1 ? parts[0]
            : file.Replace(lesson?.Name ?? " ", "", StringComparison.OrdinalIgnoreCase).Trim(' ', '-', '_', '.', '(', ')');
        return new Returned(student.Length > 0 ? student : file, lesson, path, notebook,
            fault ?? (lesson is null ? "neither its name nor its metadata names a lesson" : null));
    }
}
