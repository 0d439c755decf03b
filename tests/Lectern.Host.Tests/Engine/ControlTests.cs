using Lectern.Host.Engine;
using Lectern.Host.Languages;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Tests.Engine;

/// <summary>What a front end asks of a session beside running cells, and what must not end it.</summary>
[Collection("sessions")]
public sealed class ControlTests
{
    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("var x = 1;", "complete")]
    [InlineData("", "complete")]
    [InlineData("for (var i = 0; i < 3; i++)\n{", "incomplete")]
    [InlineData("Console.WriteLine(", "incomplete")]
    [InlineData("var text = \"\"\"\n  abc", "incomplete")]
    [InlineData("import = 7q", "invalid")]
    [InlineData("var x = ) 3;", "invalid")]
    [InlineData("#!whos", "complete")]
    [InlineData("#!fsharp\nlet x =", "unknown")]
    [InlineData("#!html\n<b>\n#!csharp\nif (true) {", "incomplete")]
    public void A_front_end_learns_whether_a_cell_is_complete(string code, string status)
    {
        using var book = new Cells();
        Assert.Equal(status, book.Session.IsComplete(code).Status);
    }

    [Theory]
    [InlineData("if (true) {", "    ")]
    [InlineData("if (true) {\n    while (true) {", "        ")]
    [InlineData("    var x = 1 +", "    ")]
    public void The_next_line_is_indented_as_the_last_one_asks(string code, string indent)
    {
        using var book = new Cells();
        Assert.Equal(new Completeness("incomplete", indent), book.Session.IsComplete(code));
    }

    [Fact]
    public async Task An_expression_is_evaluated_beside_the_cells()
    {
        using var book = new Cells();
        await book.Run("var x = 20; Console.WriteLine(\"cell\");");
        var result = await book.Session.EvaluateAsync("2 * x + 2");
        Assert.Null(result.Error);
        Assert.Equal("42", NotebookJson.Text(result.Value!.Forms["text/plain"]));
        Assert.Equal("cell\n", book.Plain);
        Assert.Equal(1, book.Session.Count);
        await book.Session.EvaluateAsync("Console.WriteLine(\"unseen\")");
        await book.Session.EvaluateAsync("var forgotten = 1;");
        Assert.Equal("CS0103", (await book.Run("forgotten")).Error?.Name);
        Assert.DoesNotContain("unseen", book.Outputs[0].ToJson().ToJsonString());
    }

    [Fact]
    public async Task What_a_thread_writes_after_an_expression_was_evaluated_is_shown()
    {
        using var book = new Cells();
        await book.Run("var go = new System.Threading.ManualResetEventSlim(); _ = Task.Run(() => { go.Wait(); Console.WriteLine(\"late\"); go.Reset(); });");
        Assert.Null((await book.Session.EvaluateAsync("go.IsSet")).Error);
        await book.Session.EvaluateAsync("Task.Delay(1000).ContinueWith(_ => go.Set())");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!book.Plain.Contains("late") && watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(20);
        }
        Assert.Equal("late\n", book.Plain);
    }

    [Theory]
    [InlineData("missing", "CS0103")]
    [InlineData("int.Parse(\"x\")", "FormatException")]
    public async Task An_expression_that_fails_says_why(string expression, string name)
    {
        using var book = new Cells();
        await book.Run("var x = 1;");
        var result = await book.Session.EvaluateAsync(expression);
        Assert.Null(result.Value);
        Assert.Equal(name, result.Error?.Name);
        Assert.Equal(1, (await book.Run("x")).Value);
    }

    [Fact]
    public async Task A_cell_reads_lines_from_the_reader()
    {
        using var book = new Cells();
        var reader = new Reader(["Ada", "12"]);
        var result = await book.Session.ExecuteAsync(
            "var name = Console.ReadLine(); var letter = (char)Console.Read(); var rest = Console.ReadLine();\n" +
            "Console.ReadLine() ?? $\"{name} {letter} {rest}\"", reader);
        Assert.Equal("Ada 1 2", result.Value);
        reader = new Reader(["secret", "shown"]);
        result = await book.Session.ExecuteAsync("await Kernel.GetPasswordAsync(\"Key\") + await Kernel.GetInputAsync(\"Name\")", reader);
        Assert.Equal("secretshown", result.Value);
        Assert.Equal([("Key", true), ("Name", false)], reader.Asked);
        reader = new Reader(["typed"]);
        await book.Session.ExecuteAsync("#!set --value @input:\"Your name\" --name you", reader);
        Assert.Equal([("Your name", false)], reader.Asked);
        Assert.Equal("typed", (await book.Run("you")).Value);
    }

    [Fact]
    public async Task A_session_reads_though_a_library_has_set_the_consoles_encoding()
    {
        using (new Cells())
        {
            Console.InputEncoding = System.Text.Encoding.UTF8;
        }
        using var book = new Cells();
        Assert.Equal("Ada", (await book.Session.ExecuteAsync("Console.ReadLine()", new Reader(["Ada"]))).Value);
    }

    [Fact]
    public async Task Where_nobody_can_type_a_cell_that_asks_says_so()
    {
        using var book = new Cells();
        var result = await book.Run("Console.ReadLine()");
        Assert.Equal("InvalidOperationException", result.Error?.Name);
        Assert.Contains("nobody is there to type", result.Error!.Message);
    }

    [Fact]
    public async Task Outputs_can_be_cleared_at_once_or_with_the_next_one()
    {
        using var book = new Cells();
        await book.Run("Console.WriteLine(1); ClearOutput(); Console.WriteLine(2); ClearOutput(wait: true); Console.WriteLine(3);");
        Assert.Equal("3\n", book.Plain);
        await book.Run("display(1); ClearOutput(wait: true);");
        Assert.Single(book.Last);
    }

    [Fact]
    public async Task A_cell_that_exhausts_memory_reports_it_and_the_session_lives_on()
    {
        using var book = new Cells();
        await book.Run("var kept = 3;");
        var result = await book.Run("var all = new List<long[,]>(); while (true) all.Add(new long[int.MaxValue, int.MaxValue]);");
        Assert.Equal("OutOfMemoryException", result.Error?.Name);
        Assert.Equal(3, (await book.Run("kept")).Value);
    }

    [Fact]
    public async Task A_task_that_fails_unobserved_does_no_harm()
    {
        using var book = new Cells();
        await book.Run("_ = Task.Run(() => throw new Exception(\"nobody waits\")); async void Later() { await Task.Yield(); throw new Exception(\"void\"); } Later();");
        GC.Collect();
        Assert.Equal(2, (await book.Run("await Task.Delay(50); 1 + 1")).Value);
    }

    [Fact]
    public async Task An_async_void_that_fails_while_a_cell_waits_is_told_of_and_does_not_end_the_cell()
    {
        using var book = new Cells();
        var result = await book.Run(
            "async void Later() { await Task.Delay(20); throw new Exception(\"void\"); } Later(); await Task.Delay(300); 1 + 1");
        Assert.Equal(2, result.Value);
        Assert.Contains("Exception: void", book.Plain);
    }

    [Fact]
    public async Task A_cell_that_is_stopped_leaves_what_it_had_declared_by_then()
    {
        using var book = new Cells();
        await book.Run("var kept = 1;");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await book.Run("kept = 2; var also = 3; while (true) { }", null, stop.Token);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.5, 2.5 + 1);
        Assert.Equal(2, (await book.Run("kept")).Value);
        Assert.Equal(3, (await book.Run("also")).Value);
        Assert.Contains((await book.Session.Services.CompleteAsync(new Draft("als"), 3, default)).Items, item => item.Text == "also");
    }

    [Fact]
    public async Task What_a_cell_declares_stays_where_its_value_cannot_be_shown()
    {
        using var book = new Cells();
        var result = await book.Run("var here = 4; IEnumerable<int> Bad() { yield return 1; throw new Exception(\"late\"); }\nBad()");
        Assert.NotNull(result.Error);
        Assert.Equal(4, (await book.Run("here")).Value);
    }

    [Fact]
    public async Task Cells_that_only_compute_leave_no_trace_and_variables_in_patterns_do()
    {
        using var book = new Cells();
        Assert.Null((await book.Run("using System.Globalization;")).Error);
        Assert.Equal(2, (await book.Run("1 + 1")).Value);
        Assert.Equal(true, (await book.Run("int.TryParse(\"5\", out var five)")).Value);
        Assert.Null((await book.Run("if (CultureInfo.InvariantCulture is { } culture) five++;")).Error);
        Assert.Equal(6, (await book.Run("five")).Value);
    }

    [Fact]
    public async Task A_thousand_cells_cost_little_memory()
    {
        using var book = new Cells();
        for (var i = 0; i < 100; i++)
        {
            await book.Run($"var a{i} = {i}; a{i} + 1");
        }
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 100; i < 300; i++)
        {
            await book.Run($"var a{i} = {i}; a{i} + 1");
        }
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / 200;
        Assert.True(each < 200_000, $"{each} bytes a cell");      // it was a megabyte, and grew; less than 0 where other tests have let go
        Assert.Equal(299, (await book.Run("a299")).Value);
    }

    private sealed class Reader(IEnumerable<string> lines) : NoOutput
    {
        private readonly Queue<string> rest = new(lines);

        public List<(string Prompt, bool Password)> Asked { get; } = [];

        public override string? ReadLine(string prompt, bool password)
        {
            Asked.Add((prompt, password));
            return rest.TryDequeue(out var line) ? line : null;
        }
    }
}
