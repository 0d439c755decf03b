using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lectern.Host.Tests.Editor;

/// <summary>The stream that the VS Code extension speaks.</summary>
[Collection("sessions")]
public sealed class EditorHostTests
{
    private static string Text(JsonNode? node) => (string)node!;

    [Fact]
    public void Cells_run_in_order_and_their_outputs_come_before_the_reply()
    {
        using var editor = new EditorClient();
        var ready = editor.Next(message => EditorClient.Type(message) == "ready")["content"]!;
        Assert.Equal((1, editor.Folder), ((int)ready["protocol"]!, Text(ready["folder"])));

        var (outputs, reply) = editor.Run("Console.WriteLine(\"α\\nβ\"); var x = 20; display(\"shown\"); x + 1");
        Assert.Equal(["started", "stream", "display_data", "execute_result"], outputs.Select(EditorClient.Type));
        Assert.Equal("α\nβ\n", Text(outputs[1]["content"]!["text"]));
        Assert.Equal("shown", Text(outputs[2]["content"]!["data"]!["text/plain"]));
        Assert.Equal("21", Text(outputs[3]["content"]!["data"]!["text/plain"]));
        Assert.Equal(("ok", 1), (Text(reply["status"]), (int)reply["execution_count"]!));
        Assert.True((double)reply["milliseconds"]! > 0);

        // Sent in one go; the failure of one does not keep the next from running.
        var (first, second) = (editor.Send("execute", new { code = "throw new Exception(\"no\");" }), editor.Send("execute", new { code = "x" }));
        var failed = editor.Reply(first);
        Assert.Equal(("error", "no"), (Text(failed["status"]), Text(failed["evalue"])));
        Assert.NotEmpty(failed["traceback"]!.AsArray());
        Assert.Equal(3, (int)editor.Reply(second)["execution_count"]!);
        Assert.Equal(2, (int)editor.Run("  ").Reply["execution_count"]! - 1);

        var (shown, _) = editor.Run("var d = display(\"before\"); d.Update(\"after\");");
        Assert.Equal(["started", "display_data", "update_display_data"], shown.Select(EditorClient.Type));
        Assert.Equal(shown[1]["content"]!["transient"]!.ToJsonString(), shown[2]["content"]!["transient"]!.ToJsonString());
    }

    [Fact]
    public void What_is_no_request_is_answered_and_nothing_ends_by_it()
    {
        using var editor = new EditorClient();
        editor.Line("not JSON");
        editor.Line("[1, 2]");
        for (var i = 0; i < 2; i++)
        {
            Assert.Contains("'type'", Text(editor.Next(message => EditorClient.Type(message) == "fault")["content"]!["message"]));
        }
        Assert.Contains("'sing' is not known", Text(editor.Ask("sing")["evalue"]));
        Assert.Contains("'code'", Text(editor.Ask("execute")["evalue"]));
        Assert.Contains("'at'", Text(editor.Ask("complete", new { code = "x" })["evalue"]));
        Assert.Equal("ok", Text(editor.Run("1").Reply["status"]));
    }

    [Fact]
    public void Questions_about_code_are_answered_with_places_in_it()
    {
        using var editor = new EditorClient();
        string[] before = ["#!time\nvar rate = 0.5;"];
        var hover = editor.Ask("hover", new { code = "Math.Abs(rate)", at = 6, before });
        Assert.Equal((true, 5, 8), ((bool)hover["found"]!, (int)hover["start"]!, (int)hover["end"]!));
        Assert.StartsWith("```csharp\ndouble Math.Abs(double value)\n```\n\nReturns the absolute value", Text(hover["markdown"]));
        Assert.False((bool)editor.Ask("hover", new { code = "1 + 1", at = 0 })["found"]!);
        var place = editor.Ask("define", new { code = "Math.Abs(rate)", at = 10, before })["places"]![0]!;
        Assert.Equal("rate", before[(int)place["cell"]!][(int)place["start"]!..(int)place["end"]!]);
        var file = editor.Ask("define", new { code = "Lectern.Charts.Figure f;", at = 17 })["places"]![0]!;
        Assert.EndsWith("Figure.cs", Text(file["file"]));
        var problem = editor.Ask("diagnose", new { code = "rate = \"a\";", before })["problems"]![0]!;
        Assert.Equal(("error", "CS0029"), (Text(problem["severity"]), Text(problem["code"])));
        Assert.Equal(1, (int)editor.Ask("signature", new { code = "Math.Max(rate, ", at = 15, before })["parameter"]!);
    }

    [Fact]
    public void An_interruption_stops_the_cell_and_drops_those_that_wait()
    {
        using var editor = new EditorClient();
        editor.Run("var kept = 5;");
        var (endless, waiting) = (editor.Send("execute", new { code = "while (true) { }" }), editor.Send("execute", new { code = "kept = 6;" }));
        editor.Next(message => EditorClient.IsOf(message, endless) && EditorClient.Type(message) == "started");
        // Beside the loop, the editor's questions are answered.
        Assert.Contains("Length", editor.Ask("complete", new { code = "\"a\".Len", at = 7 })["items"]!.ToJsonString());
        Assert.Equal("ok", Text(editor.Ask("interrupt")["status"]));
        Assert.Equal("CellInterrupted", Text(editor.Reply(endless)["ename"]));
        Assert.Equal("CellInterrupted", Text(editor.Reply(waiting)["ename"]));
        Assert.Equal("5", Text(editor.Run("kept").Outputs[^1]["content"]!["data"]!["text/plain"]));
    }

    [Fact]
    public void A_cell_asks_the_reader()
    {
        using var editor = new EditorClient();
        var id = editor.Send("execute", new { code = "Console.Write(Console.ReadLine() + \"!\");" });
        editor.Next(message => EditorClient.IsOf(message, id) && EditorClient.Type(message) == "input_request");
        editor.Send("input", new { value = "hello" });
        Assert.Equal("hello!", Text(editor.Next(message => EditorClient.Type(message) == "stream")["content"]!["text"]));
        Assert.Equal("ok", Text(editor.Reply(id)["status"]));

        id = editor.Send("execute", new { code = "Console.ReadLine()" });
        editor.Next(message => EditorClient.IsOf(message, id) && EditorClient.Type(message) == "input_request");
        editor.Send("interrupt");
        Assert.Equal("CellInterrupted", Text(editor.Reply(id)["ename"]));
    }

    [Fact]
    public void What_native_code_and_programs_write_stays_out_of_the_lines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the program is Linux's");
        using var editor = new EditorClient();
        var (outputs, reply) = editor.Run("System.Diagnostics.Process.Start(\"echo\", [\"{\\\"type\\\":1}\"]).WaitForExit();");
        Assert.Equal("ok", Text(reply["status"]));
        Assert.Contains(outputs, message => EditorClient.Type(message) == "stream" && Text(message["content"]!["text"]).Contains("{\"type\":1}", StringComparison.Ordinal));
    }

    [Fact]
    public void The_variables_have_types_shapes_and_heads()
    {
        using var editor = new EditorClient();
        editor.Run("using static TorchSharp.torch; var w = ones(2, 3); var names = new[] { \"a\", \"b\" }; var rate = 0.5;");
        var rows = editor.Ask("variables")["variables"]!.AsArray().Select(row => string.Join(" | ", row!.AsObject().Select(member => Text(member.Value)))).ToList();
        Assert.Equal("names | string[] | [2] | ", rows[0][..rows[0].LastIndexOf("| ", StringComparison.Ordinal)] + "| ");
        Assert.Contains("rate | double |  | 0.5", rows);
        Assert.StartsWith("w | Tensor | [2, 3] | float32 on cpu", rows[2]);
    }

    [Fact]
    public void The_host_ends_with_its_editor()
    {
        using var asked = new EditorClient();
        Assert.Equal("ok", Text(asked.Ask("shutdown")["status"]));
        Assert.True(asked.Process.WaitForExit(20_000));
        using var gone = new EditorClient();
        gone.Next(message => EditorClient.Type(message) == "ready");
        gone.Send("execute", new { code = "while (true) { }" });
        gone.Next(message => EditorClient.Type(message) == "started");
        gone.Process.StandardInput.Close();
        Assert.True(gone.Process.WaitForExit(20_000));
    }

    [Fact]
    public void A_loop_that_prints_without_end_is_held_back_and_stopped()
    {
        using var editor = new EditorClient();
        var id = editor.Send("execute", new { code = "while (true) Console.WriteLine(new string('x', 100));" });
        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < 1500)
        {
            editor.Next(message => EditorClient.Type(message) == "stream");
        }
        editor.Send("interrupt");
        Assert.Equal("CellInterrupted", Text(editor.Reply(id)["ename"]));
        Assert.Equal("ok", Text(editor.Run("1").Reply["status"]));
    }
}
