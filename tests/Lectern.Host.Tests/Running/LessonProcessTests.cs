using Lectern.Host.Notebooks;
using Lectern.Host.Running;

namespace Lectern.Host.Tests.Running;

/// <summary>Lessons in processes of their own.</summary>
public sealed class LessonProcessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern lessons ").FullName;

    [Fact]
    public async Task A_lesson_runs_in_a_folder_with_blanks_and_leaves_a_copy_and_a_page()
    {
        var lesson = Write("Good", "using Lectern.Lessons;", "Lesson.Headline(\"accuracy\", 81.5, \"%\")");
        var events = new List<RunEvent>();
        var report = await Run(lesson, events);
        Assert.Null(report.Failure);
        Assert.Equal("accuracy: 81.5 %", report.Headlines.Single().ToString());
        Assert.Equal([1, 2], events.Where(e => e.Cell > 0).Select(e => e.Cell));
        var copy = Notebook.Read(Path.Combine(folder, "out", "Good.ipynb"));
        Assert.Equal(2, copy.Cells[2].ExecutionCount);
        Assert.Null(Notebook.Read(lesson.Path).Cells[2].ExecutionCount);
        Assert.Contains("accuracy", File.ReadAllText(report.Page!));
        Assert.True(File.Exists(Path.Combine(folder, "out", "assets", "plotly.min.js")));
    }

    [Fact]
    public async Task A_process_that_dies_says_in_which_cell_and_with_what_last_words()
    {
        var lesson = Write("Bad", "1", "Environment.FailFast(\"gone\");");
        var report = await Run(lesson, []);
        Assert.Contains("in cell 2", report.Failure![0]);
        Assert.Contains(report.Failure, line => line.Contains("gone", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private LessonFile Write(string name, params string[] code)
    {
        var notebook = Notebook.Create().Add(Cell.Markdown("m", $"# {name}"));
        for (var i = 0; i < code.Length; i++)
        {
            notebook.Add(Cell.Code($"c{i}", code[i]));
        }
        var path = Path.Combine(folder, $"{name}.ipynb");
        notebook.Write(path);
        return new LessonFile("0-foundations", name, path);
    }

    private Task<LessonReport> Run(LessonFile lesson, List<RunEvent> events) => LessonProcess.RunAsync(
        lesson, new RunOptions { Output = Path.Combine(folder, "out") }, 1, events.Add, CancellationToken.None);
}
