using System.Text.Json.Nodes;
using Lectern.Host.Grading;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;
using Runs = Lectern.Host.Grading.Grading;

namespace Lectern.Host.Tests.Grading;

/// <summary>Returned notebooks, the hostile ones too: each ends in a row that says what happened.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class GradingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LessonFile lesson;

    public GradingTests()
    {
        lesson = new LessonFile("1-theory", "Sums", Path.Combine(folder.Path, "kit", "Sums.ipynb"));
        Notebook.Create()
            .Add(Cell.Markdown("title", "# Sums"))
            .Add(Cell.Code("start", "using Lectern.Lessons;\nvar four = 4;"))
            .Add(Cell.Code("first", "int sum = 0;    // change me\n\nvar wanted = four + 1;\nCheck.Near(sum, wanted, hint: \"One more than four.\")", "exercise"))
            .Add(Cell.Markdown("first-solution", "<details><summary>Solution</summary>\n\n```csharp\nint sum = 5;\nCheck.Near(sum, 5)\n```\n\n</details>\n\n**2.** Double it."))
            .Add(Cell.Code("second", "int Twice(int n) => 0;\nCheck.Near(Twice(4), 8, hint: \"n + n.\")", "exercise"))
            .Add(Cell.Markdown("second-solution", "<details><summary>Solution</summary>\n\n```csharp\nint Twice(int n) => 2 * n;\nCheck.Near(Twice(4), 8)\n```\n\n</details>"))
            .Write(lesson.Path);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_hand_out_has_no_solutions_and_no_outputs_and_keeps_the_next_exercises_text()
    {
        var whole = Notebook.Read(lesson.Path);
        (whole.Cells[1].ExecutionCount, whole.Cells[1].Outputs) = (1, [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "4" }]);
        var sheet = HandOut.Of("Sums", whole);
        Assert.Equal(["title", "start", "first", "first-solution", "second"], sheet.Cells.Select(c => c.Id));
        Assert.Equal("**2.** Double it.", sheet.Cells[3].Source);
        Assert.DoesNotContain("2 * n", sheet.ToString());
        Assert.Null(sheet.Cells[1].ExecutionCount);
        Assert.Empty(sheet.Cells[1].Outputs);
        Assert.Contains("2 * n", whole.ToString());
    }

    [Theory]
    [InlineData("int sum = 5;\nCheck.Near(sum, 5)", nameof(GradeOutcome.Passed), "")]
    [InlineData("int sum = 7;\nvar wanted = four + 1;\nCheck.Near(sum, wanted)", nameof(GradeOutcome.Hint), "7 is too large. One more than four.")]
    // The check is the kit's, whatever has become of the student's copy of it.
    [InlineData("int sum = 7;", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = 5;", nameof(GradeOutcome.Passed), "")]
    [InlineData("int sum = 7;\nvar wanted = 7;\nCheck.Near(sum, wanted)", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = 7;\nCheck.That(true, \"x\")", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = 7;\nnew CheckResult(true, \"Right.\")", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = 7;\nreturn new CheckResult(true, \"Right.\");", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = 7;\nstatic class Check { public static CheckResult Near(params object[] all) => new(true, \"\"); }", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int sum = wanted;\nvar wanted = four + 1;\nCheck.Near(sum, wanted)", nameof(GradeOutcome.Hint), "One more than four.")]
    [InlineData("int Later() => wanted;\nint sum = 5;\nvar wanted = four + 1;\nCheck.Near(sum, wanted)", nameof(GradeOutcome.Passed), "")]
    [InlineData("int sum = ;", nameof(GradeOutcome.Error), "CS1525")]
    [InlineData("throw new InvalidOperationException(\"no\\nidea\");", nameof(GradeOutcome.Error), "InvalidOperationException")]
    [InlineData("/* and so on", nameof(GradeOutcome.Error), "CS1035")]
    [InlineData("", nameof(GradeOutcome.Error), "CS0103")]
    [InlineData("int sum = 5;\nfor (int i = 0; i < 3000; i++) Console.WriteLine(new string('x', 10000));", nameof(GradeOutcome.Passed), "")]
    public async Task An_answer_is_judged_by_the_kits_own_check(string code, string outcome, string message)
    {
        Return("ada", code);
        var file = Returned.In(Path.Combine(folder.Path, "in"), [lesson]).Single();
        var said = new List<AnswerEvent>();
        await new AnswerRun(lesson.Path, Runs.AnswersIn(file, Notebook.Read(lesson.Path)).Answers, 20, said.Add).RunAsync();
        Assert.Equal((1, outcome), (said[^1].Exercise, $"{said[^1].Outcome}"));
        Assert.Contains(message, said[^1].Message);
        Assert.DoesNotContain('\n', said[^1].Message);
    }

    /// <summary>Each starts two processes and waits for limits.</summary>
    [Theory, Trait("Length", "long")]
    [InlineData("while (true) { }", nameof(GradeOutcome.TimedOut))]
    [InlineData("while (true) { try { while (true) { } } catch { } finally { while (true) { } } }", nameof(GradeOutcome.TimedOut))]
    [InlineData("Environment.Exit(0);", nameof(GradeOutcome.Ended))]
    [InlineData("System.Diagnostics.Process.GetCurrentProcess().Kill();", nameof(GradeOutcome.Ended))]
    [InlineData("Environment.FailFast(\"gone\");", nameof(GradeOutcome.Ended))]
    [InlineData("int Down(int n) => Down(n + 1) + 1; Down(0);", nameof(GradeOutcome.Ended))]
    [InlineData("var all = new List<byte[]>(); while (true) { var b = new byte[1 << 24]; Array.Fill(b, (byte)1); all.Add(b); }", nameof(GradeOutcome.Memory))]
    [InlineData("var all = new List<nint>(); unsafe { while (true) { var p = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc(1 << 24); new Span<byte>(p, 1 << 24).Fill(1); all.Add((nint)p); } }", nameof(GradeOutcome.Memory))]
    public async Task An_answer_that_takes_its_process_along_costs_itself_alone(string code, string outcome)
    {
        // A machine whose pages come slowly needs some seconds for a gigabyte: the time must not be what ends that one.
        var limits = outcome == nameof(GradeOutcome.Memory) ? Limits with { CellSeconds = 20 } : Limits;
        var grades = await GradeAsync(Return("eve", code, "int Twice(int n) => n + n;"), limits);
        Assert.Equal([outcome, nameof(GradeOutcome.Passed)], grades.Select(g => g.Outcome.ToString()));
        Assert.NotEmpty(grades[0].Message);
    }

    [Fact]
    public async Task A_verdict_written_to_the_processes_own_output_does_not_count()
    {
        var forged = """
            var o = Console.OpenStandardOutput();
            o.Write(System.Text.Encoding.UTF8.GetBytes("\n\u001e{\"Exercise\":1,\"Outcome\":0,\"Message\":\"\"}\nhalf a line"));
            for (int i = 0; i < 300; i++) o.Write(new byte[100_000]);
            """;
        Assert.Equal(GradeOutcome.Hint, (await GradeAsync(Return("mal", forged + "\nint sum = 6;")))[0].Outcome);
    }

    [Fact]
    public async Task A_notebook_that_takes_too_long_in_all_says_so_for_what_it_did_not_reach()
    {
        var path = Return("slow", "System.Threading.Thread.Sleep(60_000);\nint sum = 5;", "int Twice(int n) => n + n;");
        var grades = await GradeAsync(path, Limits with { CellSeconds = 70, Minutes = 0.06 });
        Assert.All(grades, g => Assert.Equal((GradeOutcome.TimedOut, "the notebook took more than 0.06 minutes"), (g.Outcome, g.Message)));
    }

    [Fact]
    public async Task Cells_that_are_missing_or_as_they_were_are_named_and_added_ones_are_run()
    {
        var sheet = HandOut.Of("Sums", Notebook.Read(lesson.Path));
        sheet.Cells[4].Source = "int Twice(int n) => Add(n, n);";
        var book = JsonNode.Parse(sheet.ToString())!;
        var cells = book["cells"]!.AsArray();
        cells.RemoveAt(2);
        cells.Insert(3, Cell.Code("mine", "int Add(int a, int b) => a + b;").Json);
        Write("ada/Sums.ipynb", book.ToJsonString());
        Assert.Equal([GradeOutcome.Missing, GradeOutcome.Passed], (await GradeAsync("ada")).Select(g => g.Outcome));

        Write("bob/Sums.ipynb", HandOut.Of("Sums", Notebook.Read(lesson.Path)).ToString());
        Assert.Equal([GradeOutcome.Unchanged, GradeOutcome.Unchanged], (await GradeAsync("bob")).Select(g => g.Outcome));
    }

    [Theory]
    [InlineData("throw new InvalidOperationException();")]
    [InlineData("int half = ;")]
    public async Task A_cell_of_the_students_own_that_fails_costs_no_answer(string own)
    {
        var book = JsonNode.Parse(Sheet(["int sum = 5;", "int Twice(int n) => n + n;"]))!;
        foreach (int place in (int[])[4, 2]) book["cells"]!.AsArray().Insert(place, Cell.Code($"mine{place}", own).Json);
        Write("ada/Sums.ipynb", book.ToJsonString());
        Assert.Equal([GradeOutcome.Passed, GradeOutcome.Passed], (await GradeAsync("ada")).Select(g => g.Outcome));
    }

    [Theory]
    [InlineData("{ \"cells\": [")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"nbformat\":4,\"metadata\":{},\"cells\":[{\"cell_type\":\"code\",\"id\":\"first\",\"source\":7}]}")]
    [InlineData("{\"nbformat\":4,\"metadata\":{},\"cells\":[{\"cell_type\":\"code\",\"cell_type\":\"code\",\"id\":\"first\",\"id\":\"first\",\"source\":\"\"}]}")]
    [InlineData("{\"nbformat\":4,\"metadata\":7,\"cells\":[]}")]
    [InlineData("{\"nbformat\":4,\"metadata\":{\"lectern\":{\"lesson\":7}},\"cells\":[]}")]
    public async Task A_file_that_is_no_notebook_is_unreadable_and_no_more(string text)
    {
        Write("ada/Sums.ipynb", text);
        var grades = await GradeAsync("ada");
        Assert.All(grades, g => Assert.Equal(GradeOutcome.Unreadable, g.Outcome));
        Assert.Equal(2, grades.Count(g => g.Message.Length > 0));
    }

    [Fact]
    public async Task Students_are_known_by_folder_or_file_and_the_table_does_not_depend_on_the_order()
    {
        Write("Sums-ada.ipynb", Sheet("int sum = 5;", "int Twice(int n) => n + n;"));
        Write("bob/week 2/answer.ipynb", Sheet("int sum = 4;"));
        Write("carl_sums (1).ipynb", "{");
        Write("notes.ipynb", "{}");
        var files = Returned.In(folder.Path + "/in", [lesson]);
        async Task<GradeTable> Table(IEnumerable<Returned> some) =>
            await Runs.RunAsync([.. some], Limits, 1, (_, _) => { }, TestContext.Current.CancellationToken);
        var (forwards, backwards) = (await Table(files), await Table(files.Reverse()));
        Assert.Equal(forwards.ToCsv(), backwards.ToCsv());
        Assert.Equal(forwards.ToHtml(), backwards.ToHtml());
        Assert.Equal(["ada", "bob", "carl_ (1"], forwards.Rows.Select(r => r.Student));
        Assert.Equal("student,passed,of,Sums 1,Sums 2", forwards.ToCsv().Split('\n')[0]);
        Assert.Equal("ada,2,2,passed,passed", forwards.ToCsv().Split('\n')[1]);
        Assert.StartsWith("bob,0,2,hint: 4 is too small. One more than four.,unchanged", forwards.ToCsv().Split('\n')[2]);
        Assert.EndsWith("notes.ipynb", Assert.Single(forwards.NotGraded).Path);
    }

    [Fact]
    public void What_students_write_is_text_on_the_page_and_no_formula_in_the_spreadsheet()
    {
        var table = new GradeTable([("Sums", 1)], [new Grade("=cmd()", "Sums", 1, GradeOutcome.Error, "<script>alert(\"1\")</script>")], []);
        Assert.Contains("'=cmd(),0,1,\"error: <script>alert(\"\"1\"\")</script>\"", table.ToCsv());
        Assert.Contains("&lt;script&gt;", table.ToHtml());
        Assert.DoesNotContain("<script", table.ToHtml());
    }

    private static GradeLimits Limits => new(CellSeconds: 2, Minutes: 2, MemoryGigabytes: 1);

    private string Sheet(params string[] answers)
    {
        var sheet = HandOut.Of("Sums", Notebook.Read(lesson.Path));
        foreach (var (cell, answer) in sheet.Cells.Where(c => c.Tags.Contains(Exercise.Tag)).Zip(answers))
        {
            cell.Source = answer;
        }
        return sheet.ToString();
    }

    private string Return(string student, params string[] answers)
    {
        Write($"{student}/Sums.ipynb", Sheet(answers));
        return student;
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(folder.Path, "in", path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task<IReadOnlyList<Grade>> GradeAsync(string student, GradeLimits? limits = null)
    {
        var files = Returned.In(Path.Combine(folder.Path, "in"), [lesson]).Where(f => f.Student == student).ToList();
        return (await Runs.RunAsync(files, limits ?? Limits, 1, (_, _) => { }, TestContext.Current.CancellationToken)).Grades;
    }
}
