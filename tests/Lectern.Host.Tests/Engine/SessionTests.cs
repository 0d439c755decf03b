using Lectern.Host.Engine;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Tests.Engine;

/// <summary>Cells in one session: state, outputs, errors, limits.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class SessionTests
{
    [Fact]
    public async Task A_cell_sees_what_earlier_cells_declared()
    {
        using var book = new Cells();
        await book.Run("var x = 20; int Twice(int n) => 2 * n;");
        await book.Run("record Point(int X, int Y);");
        var result = await book.Run("Twice(x) + new Point(1, 2).Y");
        Assert.Equal(42, result.Value);
        Assert.Equal("42", book.Text("data", "text/plain"));
    }

    [Fact]
    public async Task A_cell_may_await()
    {
        using var book = new Cells();
        var result = await book.Run("await Task.Delay(20); var y = await Task.Run(() => 7); y");
        Assert.Equal(7, result.Value);
    }

    [Fact]
    public async Task All_cells_run_on_one_thread_also_after_an_await()
    {
        using var book = new Cells();
        var first = await book.Run("Environment.CurrentManagedThreadId");
        var second = await book.Run("await Task.Delay(5); Environment.CurrentManagedThreadId");
        Assert.Equal(first.Value, second.Value);
    }

    [Fact]
    public async Task A_statement_with_a_semicolon_has_no_value()
    {
        using var book = new Cells();
        await book.Run("var z = 3; z++;");
        Assert.Empty(book.Last);
    }

    [Fact]
    public async Task A_warning_is_no_error()
    {
        using var book = new Cells();
        var result = await book.Run("#warning careful\nint unused; async Task F() { }\n1");
        Assert.Null(result.Error);
    }

    [Fact]
    public async Task A_cell_that_throws_names_its_cell_and_line_and_the_session_lives_on()
    {
        using var book = new Cells();
        await book.Run("var before = 1;\nint Fail(int n)\n{\n    if (n == 0) throw new ArgumentException(\"too small\");\n    return Fail(n - 1);\n}");
        var result = await book.Run("var kept = 5;\nFail(2);\nvar never = 6;");
        Assert.Equal("ArgumentException", result.Error!.Name);
        Assert.Equal("too small", result.Error.Message);
        Assert.Equal("Cell 1, line 4:", result.Error.Traceback[0]);
        Assert.Contains("throw new ArgumentException", result.Error.Traceback[1]);
        Assert.Contains("called from Cell 2, line 2:", result.Error.Traceback);
        Assert.Equal("error", (string?)book.Last[^1]!["output_type"]);
        Assert.Equal(6, (await book.Run("before + kept")).Value);
    }

    [Fact]
    public async Task An_exception_after_an_await_names_its_line_too()
    {
        using var book = new Cells();
        var result = await book.Run("await Task.Yield();\n\nthrow new InvalidOperationException(\"later\");");
        Assert.Equal("Cell 1, line 3:", result.Error!.Traceback[0]);
    }

    [Fact]
    public async Task A_using_declaration_outside_of_methods_is_told_what_to_write_instead()
    {
        using var book = new Cells();
        var result = await book.Run("using var stream = new MemoryStream();");
        Assert.Contains(result.Error!.Traceback, line => line.Contains("using (var x = …)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cell_that_does_not_compile_shows_its_line()
    {
        using var book = new Cells();
        var result = await book.Run("var a = 1;\nvar b = a + missing;");
        Assert.Equal("CS0103", result.Error!.Name);
        Assert.StartsWith("Cell 1, line 2: error CS0103:", result.Error.Message, StringComparison.Ordinal);
        Assert.Equal("    var b = a + missing;", result.Error.Traceback[1]);
        Assert.Equal("                ^^^^^^^", result.Error.Traceback[2]);
        Assert.Equal(3, (await book.Run("var a = 3; a")).Value);
    }

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("var n = 0L; for (;;) n++;")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await Task.Yield(); while (true) { }")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("IEnumerable<int> Forever() { while (true) { } yield break; }\nForever()")]
    [InlineData("while (true) { try { while (true) { } } catch { } }")]
    public async Task A_cell_that_never_ends_is_stopped_and_the_session_lives_on(string code)
    {
        using var book = new Cells();
        await book.Run("var kept = 11;");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var result = await book.Run(code, TimeSpan.FromSeconds(0.5));
        Assert.Equal(CellError.TimeLimit, result.Error?.Name);
        Assert.Contains("Cell 2", result.Error!.Message);
        Assert.Contains("0.5 s", result.Error.Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 10);
        Assert.False(book.Session.IsLost);
        Assert.Equal(11, (await book.Run("kept")).Value);
    }

    [Fact]
    public async Task A_loop_that_asks_the_ambient_token_stops_by_itself()
    {
        using var book = new Cells();
        var result = await book.Run(
            "using Lectern.Training;\nvar kept = 1;\nwhile (true) { kept = 2; Interrupt.Token.ThrowIfCancellationRequested(); }",
            TimeSpan.FromSeconds(0.5));
        Assert.Equal(CellError.TimeLimit, result.Error?.Name);
        Assert.Equal(2, (await book.Run("kept")).Value);
    }

    [Fact]
    public async Task A_reader_can_interrupt_a_cell()
    {
        using var book = new Cells();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        var result = await book.Run("while (true) { }", null, stop.Token);
        Assert.Equal(CellError.Interrupted, result.Error?.Name);
    }

    [Fact]
    public async Task Streams_and_displays_keep_their_order()
    {
        using var book = new Cells();
        await book.Run("""
            Console.WriteLine("one"); Console.Write("two"); Console.Error.WriteLine("oops");
            display(3); Console.WriteLine("four"); "five"
            """);
        Assert.Equal(
            ["stdout:one\ntwo", "stderr:oops\n", "display_data:3", "stdout:four\n", "execute_result:five"],
            book.Last.Select(o => (string?)o!["output_type"] == "stream"
                ? $"{o["name"]}:{NotebookJson.Text(o["text"])}"
                : $"{o["output_type"]}:{NotebookJson.Text(o["data"]!["text/plain"])}"));
    }

    [Fact]
    public async Task Nothing_that_many_threads_write_is_lost()
    {
        using var book = new Cells();
        await book.Run("""
            var threads = Enumerable.Range(0, 8).Select(t => new System.Threading.Thread(() =>
            {
                for (var i = 0; i < 2500; i++) Console.WriteLine($"thread {t} line {i}");
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(_ => Console.WriteLine("from a thread without a caller"), null);
            System.Threading.Thread.Sleep(200);
            """);
        var lines = NotebookJson.Text(book.Last[0]!["text"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20_001, lines.Length);
        Assert.Equal(20_000, lines.Where(l => System.Text.RegularExpressions.Regex.IsMatch(l, @"^thread \d line \d+$")).Distinct().Count());
    }

    [Fact]
    public async Task A_display_is_updated_in_place_also_from_a_later_cell()
    {
        using var book = new Cells();
        await book.Run("var shown = display(\"first\"); Console.WriteLine(\"after\"); shown.Update(\"second\");");
        Assert.Equal(2, book.Last.Count);
        Assert.Equal("second", book.Text("data", "text/plain"));
        var earlier = book.Outputs[0];
        await book.Run("shown.Update(HTML(\"<b>third</b>\"));");
        Assert.Equal("<b>third</b>", NotebookJson.Text(earlier.ToJson()[0]!["data"]!["text/html"]));
    }

    [Fact]
    public async Task A_value_displays_itself_and_the_handle_is_not_shown_again()
    {
        using var book = new Cells();
        await book.Run("new[] { 1, 2 }.Display()");
        Assert.Single(book.Last);
        Assert.Equal("[ 1, 2 ]", book.Text("data", "text/plain"));
    }

    [Fact]
    public async Task Html_is_shown_as_html()
    {
        using var book = new Cells();
        await book.Run("HTML(\"<i>so</i>\")");
        Assert.Equal("<i>so</i>", book.Text("data", "text/html"));
    }

    [Theory]
    [InlineData("#r \"../../artifacts/bin/Lectern.Host/release/Lectern.dll\"")]
    [InlineData("#r \"..\\\\..\\\\nowhere\\\\Lectern.dll\"")]
    [InlineData("#r \"Lectern.dll\"")]
    public async Task The_kits_own_library_is_the_one_that_is_loaded_whatever_the_path_says(string reference)
    {
        using var book = new Cells();
        var result = await book.Run(reference + "\nusing Lectern.Lessons;\nLesson.Headline(\"accuracy\", 81.5, \"%\")");
        Assert.Null(result.Error);
        Assert.IsType<Lectern.Lessons.Headline>(result.Value);
    }

    [Fact]
    public async Task A_missing_reference_is_named()
    {
        using var book = new Cells();
        var result = await book.Run("#r \"nowhere/None.dll\"");
        Assert.Equal("CS0006", result.Error!.Name);
        Assert.Contains("nowhere/None.dll", result.Error.Message);
    }

    [Fact]
    public async Task A_relative_reference_and_load_start_at_the_notebooks_folder_also_with_blanks()
    {
        var folder = Directory.CreateTempSubdirectory("lectern with blanks ");
        File.Copy(typeof(Markdig.Markdown).Assembly.Location, Path.Combine(folder.FullName, "Other name.dll"));
        File.WriteAllText(Path.Combine(folder.FullName, "part.csx"), "var loaded = 9;");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"Other name.dll\"\n#load \"part.csx\"\nMarkdig.Markdown.ToPlainText(\"*a*\").Trim() + loaded");
        Assert.Equal("a9", result.Value);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_type_of_the_notebook_is_shown_as_a_table()
    {
        using var book = new Cells();
        await book.Run("record Row(string Name, double Value);");
        await book.Run("new List<Row> { new(\"a<b\", 1.5), new(\"c\", 20) }");
        Assert.Equal(
            "<table><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody><tr><td>a&lt;b</td><td style=\"text-align:right\">1.5</td></tr>" +
            "<tr><td>c</td><td style=\"text-align:right\">20</td></tr></tbody></table>",
            book.Text("data", "text/html"));
        Assert.Equal("Name  Value\na<b     1.5\nc        20", book.Text("data", "text/plain"));
    }

    [Fact]
    public async Task Two_sessions_at_once_keep_their_outputs_apart()
    {
        using var left = new Cells();
        using var right = new Cells();
        const string Code = "for (var i = 0; i < 200; i++) { Console.Write(NAME); await Task.Yield(); }";
        await Task.WhenAll(left.Run(Code.Replace("NAME", "'l'")), right.Run(Code.Replace("NAME", "'r'")));
        Assert.Equal(new string('l', 200), NotebookJson.Text(left.Last[0]!["text"]));
        Assert.Equal(new string('r', 200), NotebookJson.Text(right.Last[0]!["text"]));
    }
}
