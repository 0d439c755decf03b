using System.Text.Json.Nodes;
using Lectern.Host.Commands;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Lectern.Training;

namespace Lectern.Host.Tests.Running;

/// <summary>Whole notebooks: order, failures, headlines, exercises.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class NotebookRunTests
{
    [Fact]
    public async Task Cells_run_in_order_and_their_outputs_are_written_back()
    {
        var notebook = Book("var x = 1;", "x += 1;", "x * 10");
        var report = await Run(notebook);
        Assert.Null(report.Failure);
        Assert.Equal([1, 2, 3], notebook.Cells.Select(c => c.ExecutionCount));
        Assert.Equal("20", NotebookJson.Text(notebook.Cells[2].Outputs[0]!["data"]!["text/plain"]));
    }

    [Theory]
    [InlineData("throw new InvalidOperationException(\"no\");", "InvalidOperationException")]
    [InlineData("var broken = ;", "CS1525")]
    [InlineData("while (true) { }", "CellTimeLimit")]
    public async Task A_cell_that_fails_ends_the_notebook_and_the_process_lives_on(string code, string name)
    {
        var notebook = Book("1", code, "\"never\"");
        notebook.Cells[2].Outputs = [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "of an earlier run" }];
        var report = await Run(notebook, seconds: 3);
        Assert.Contains("Cell 2", report.Failure![0]);
        Assert.Equal(name, (string?)notebook.Cells[1].Outputs[^1]!["ename"]);
        Assert.Null(notebook.Cells[2].ExecutionCount);
        Assert.Empty(notebook.Cells[2].Outputs);
        Assert.Null((await Run(Book("2"))).Failure);
    }

    [Fact]
    public async Task Running_twice_gives_the_same_file()
    {
        var notebook = Book(
            "using Lectern.Charts;\nusing Lectern.Lessons;",
            "display(1); Console.WriteLine(\"a\"); Chart.Line(new[] { 1.0, 2 }, new[] { 3.0, 4 })",
            "Lesson.Headline(\"accuracy\", 81.5, \"%\")");
        await Run(notebook);
        var once = notebook.ToString();
        await Run(notebook);
        Assert.Equal(once, notebook.ToString());
    }

    [Fact]
    public async Task Headlines_are_harvested_in_order_from_values_and_displays()
    {
        var report = await Run(Book(
            "using Lectern.Lessons;",
            "display(Lesson.Headline(\"first\", 1)); Lesson.Headline(\"second\", 2, \"%\", 3)"));
        Assert.Equal(["first: 1", "second: 2 % (paper 3 %)"], report.Headlines.Select(h => h.ToString()));
    }

    [Fact]
    public async Task A_figure_is_kept_as_Plotlys_json()
    {
        var notebook = Book("using Lectern.Charts;\nChart.Line(new[] { 1.0, 2 }, new[] { 3.0, 4 }).WithTitle(\"Two points\")");
        await Run(notebook);
        var data = notebook.Cells[0].Outputs[0]!["data"]!;
        Assert.Equal("[3,4]", data["application/vnd.plotly.v1+json"]!["data"]![0]!["y"]!.ToJsonString().Replace(".0", ""));
        Assert.Contains("Two points", NotebookJson.Text(data["text/html"]));
        Assert.Contains("Two points", NotebookJson.Text(data["text/plain"]));
    }

    [Fact]
    public async Task A_stub_with_a_hint_is_no_error_and_a_right_solution_passes()
    {
        var report = await Run(Exercises("var mine = 4; Check(mine)"), solutions: true);
        Assert.Null(report.Failure);
        Assert.Equal([new ExerciseReport(1, null)], report.Exercises);
        Assert.Equal((2, 0), (TestCommand.Judge(report).Passed, TestCommand.Judge(report).Failures.Count));
    }

    [Theory]
    [InlineData("var mine = 5; Check(mine)", "Think of two twos.")]
    [InlineData("var mine = 4;", "no verdict")]
    [InlineData("var mine = four; Check(mine)", "CS0103")]
    public async Task A_wrong_solution_is_a_failure(string solution, string fault)
    {
        var report = await Run(Exercises(solution), solutions: true);
        Assert.Null(report.Failure);
        Assert.Contains(fault, report.Exercises[0].Fault);
        var (passed, failures) = TestCommand.Judge(report);
        Assert.Equal((1, 1), (passed, failures.Count));
        Assert.Contains("./lectern test Sample", failures[0]);
    }

    [Fact]
    public async Task Solutions_leave_the_notebook_as_it_stands()
    {
        var notebook = Exercises("var mine = 4; Console.WriteLine(\"from the solution\"); Check(mine)");
        await Run(notebook, solutions: true);
        Assert.DoesNotContain("from the solution\"\n", notebook.Cells[1].Outputs.ToJsonString());
        Assert.Contains("Think of two twos.", notebook.Cells[1].Outputs.ToJsonString());
    }

    [Fact]
    public async Task Progress_goes_live_to_the_watcher_and_its_end_stays_in_the_notebook_as_a_bar()
    {
        var before = Progress.Sink;
        var said = new List<RunEvent>();
        try
        {
            Progress.Sink = new EventProgressSink(said.Add);
            var notebook = Book(
                "using Lectern.Training;\nusing (var p = Progress.Start(\"train <b>\", 6)) for (var i = 0; i < 6; i++) { await Task.Delay(120); p.Step($\"loss {i}\"); }");
            await Run(notebook);
            Assert.True(said.Count >= 4, $"{said.Count} events");
            Assert.Equal(1, said[^1].Fraction);
            var data = notebook.Cells[0].Outputs.Single()!["data"]!;
            Assert.Matches(@"^train <b>  6/6  \S+/s  in \S+ s  loss 5$", NotebookJson.Text(data["text/plain"]));
            var html = NotebookJson.Text(data["text/html"]);
            Assert.Contains("<progress max=\"1\" value=\"1\"", html);
            Assert.Contains("train &lt;b&gt;", html);
        }
        finally
        {
            Progress.Sink = before;
        }
    }

    private static Notebook Book(params string[] code)
    {
        var notebook = Notebook.Create();
        for (var i = 0; i < code.Length; i++)
        {
            notebook.Add(Cell.Code($"c{i}", code[i]));
        }
        return notebook;
    }

    private static Notebook Exercises(string solution) => Notebook.Create()
        .Add(Cell.Code("a", "using Lectern.Lessons;\nCheckResult Check(int mine) => new(mine == 4, mine == 4 ? \"Right.\" : \"Think of two twos.\");"))
        .Add(Cell.Code("b", "var mine = 3;\nCheck(mine)", "exercise"))
        .Add(Cell.Markdown("c", $"<details><summary>Solution</summary>\n\n```csharp\n{solution}\n```\n\n</details>"));

    private static Task<LessonReport> Run(Notebook notebook, double seconds = 60, bool solutions = false) =>
        NotebookRun.ExecuteAsync(notebook, "Sample", Path.GetTempPath(), seconds, solutions);
}
