using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>Each message that a front end may send, and what the kernel answers. All tests speak with one kernel.</summary>
public class ProtocolTests(KernelFixture fixture) : IClassFixture<KernelFixture>
{
    private FrontEnd Kernel => fixture.Kernel;

    [Fact]
    public void It_says_which_language_it_speaks()
    {
        var (reply, outputs) = Kernel.Ask("kernel_info_request");

        Assert.Equal(("kernel_info_reply", "ok"), (reply.Type, reply["status"]));
        Assert.StartsWith("5.", reply["protocol_version"]);
        Assert.Equal(("C#", ".cs"), ((string?)reply.Content["language_info"]!["name"], (string?)reply.Content["language_info"]!["file_extension"]));
        Assert.Empty(outputs);
    }

    [Fact]
    public void A_cell_ends_with_its_value_and_keeps_its_variables()
    {
        var first = Kernel.Run("var apples = 3; apples + 1");
        var second = Kernel.Run("apples * 10");

        Assert.Equal("4", Assert.Single(first.Outputs, o => o.Type == "execute_result").Plain);
        Assert.Equal("30", Assert.Single(second.Outputs).Plain);
        Assert.Equal("ok", second.Reply["status"]);
        Assert.Equal(second.Reply["execution_count"], Assert.Single(second.Outputs)["execution_count"]);
        Assert.Equal(1, (int)second.Reply.Content["execution_count"]! - (int)first.Reply.Content["execution_count"]!);
    }

    [Fact]
    public void Both_streams_arrive_in_the_order_in_which_they_were_written()
    {
        var (_, outputs) = Kernel.Run("""
            Console.Write("a"); Console.Write("b"); Console.Error.WriteLine("c"); Console.WriteLine("d"); display("e"); Console.Write("f");
            """);

        Assert.Equal(
            ["stdout ab", "stderr c\n", "stdout d\n", "e", "stdout f"],
            outputs.Select(o => o.Type == "stream" ? $"{o["name"]} {o["text"]}" : o.Plain));
    }

    [Fact]
    public void Threads_write_into_the_cell_that_started_them()
    {
        var (_, outputs) = Kernel.Run("""
            var writers = Enumerable.Range(0, 4).Select(i => new System.Threading.Thread(() => Console.WriteLine($"thread {i}"))).ToList();
            writers.ForEach(t => t.Start());
            writers.ForEach(t => t.Join());
            """);

        Assert.Equal(["thread 0", "thread 1", "thread 2", "thread 3"], FrontEnd.Text(outputs).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public void What_native_code_and_other_programs_write_arrives_in_its_place()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the kernel does not take the place of native streams on Windows");

        var (_, outputs) = Kernel.Run("""
            [System.Runtime.InteropServices.DllImport("libc")] static extern int puts(string text);
            [System.Runtime.InteropServices.DllImport("libc")] static extern nint write(int to, byte[] text, nint size);
            puts("of C's own");
            write(2, new byte[] { 0xc3, 0xa4, 10 }, 3);
            System.Diagnostics.Process.Start("echo", "of another program").WaitForExit();
            """);

        Assert.Equal("of C's own\nof another program\n", FrontEnd.Text(outputs));
        Assert.Equal("ä\n", FrontEnd.Text(outputs, "stderr"));
    }

    [Fact]
    public void Fifty_thousand_lines_of_a_tight_loop_arrive_whole_in_few_messages_while_the_kernel_answers()
    {
        var id = Kernel.Send(Kernel.Shell, "execute_request", FrontEnd.Cell("for (var i = 0; i < 50_000; i++) Console.WriteLine(i);"));
        var watch = Stopwatch.StartNew();
        Kernel.Reply(Kernel.Control, Kernel.Send(Kernel.Control, "kernel_info_request"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"the control channel answered after {watch.Elapsed}");
        Kernel.Reply(Kernel.Shell, id);
        var outputs = Kernel.Outputs(id);

        Assert.Equal(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i}\n")), FrontEnd.Text(outputs));
        Assert.InRange(outputs.Count, 2, 500);
    }

    [Fact]
    public void An_output_of_ten_megabytes_arrives_whole()
    {
        var (reply, outputs) = Kernel.Run("""Console.Write(new string('x', 10_000_000)); display(HTML(new string('y', 10_000_000))); "end" """);

        Assert.Equal("ok", reply["status"]);
        Assert.Equal(10_000_000, FrontEnd.Text(outputs).Count(c => c == 'x'));
        Assert.Equal(10_000_000, ((string)outputs.Single(o => o.Type == "display_data").Content["data"]!["text/html"]!).Length);
    }

    [Fact]
    public void A_display_is_updated_under_its_name_also_by_a_later_cell()
    {
        var shown = Kernel.Run("var bar = display(\"one\");").Outputs.Single(o => o.Type == "display_data");
        var update = Kernel.Run("bar.Update(\"two\");").Outputs.Single(o => o.Type == "update_display_data");

        Assert.Equal(("one", "two"), (shown.Plain, update.Plain));
        Assert.NotNull(shown.Content["transient"]!["display_id"]);
        Assert.Equal((string?)shown.Content["transient"]!["display_id"], (string?)update.Content["transient"]!["display_id"]);
    }

    [Fact]
    public void An_error_stands_in_outputs_and_reply_and_the_session_goes_on()
    {
        var (reply, outputs) = Kernel.Run("var before = 7; throw new InvalidOperationException(\"no\");");

        Assert.Equal(("error", "InvalidOperationException", "no"), (reply["status"], reply["ename"], reply["evalue"]));
        Assert.Equal("InvalidOperationException", Assert.Single(outputs, o => o.Type == "error")["ename"]);
        Assert.Equal("2", Kernel.Run("1 + 1").Outputs.Single().Plain);
    }

    [Fact]
    public void An_error_keeps_the_cells_that_were_sent_after_it_from_being_run()
    {
        var failing = Kernel.Send(Kernel.Shell, "execute_request", FrontEnd.Cell("System.Threading.Thread.Sleep(300); throw new Exception();"));
        var second = Kernel.Send(Kernel.Shell, "execute_request", FrontEnd.Cell("var ran = true;"));
        var info = Kernel.Send(Kernel.Shell, "kernel_info_request");

        Assert.Equal("error", Kernel.Reply(Kernel.Shell, failing)["status"]);
        Assert.Equal("aborted", Kernel.Reply(Kernel.Shell, second)["status"]);
        Assert.Equal("ok", Kernel.Reply(Kernel.Shell, info)["status"]);
        Assert.Empty(Kernel.Outputs(second));
        Assert.Equal("error", Kernel.Run("ran").Reply["status"]);
    }

    [Fact]
    public void Where_the_front_end_says_so_the_cells_after_an_error_are_run()
    {
        var cell = FrontEnd.Cell("System.Threading.Thread.Sleep(100); throw new Exception();");
        cell["stop_on_error"] = false;
        var failing = Kernel.Send(Kernel.Shell, "execute_request", cell);
        var second = Kernel.Send(Kernel.Shell, "execute_request", FrontEnd.Cell("1"));

        Assert.Equal("error", Kernel.Reply(Kernel.Shell, failing)["status"]);
        Assert.Equal("ok", Kernel.Reply(Kernel.Shell, second)["status"]);
    }

    [Fact]
    public void A_silent_cell_shows_nothing_and_counts_for_nothing()
    {
        var before = (int)Kernel.Run("0").Reply.Content["execution_count"]!;
        var cell = FrontEnd.Cell("Console.WriteLine(1); display(2); 3");
        cell["silent"] = true;
        var (reply, outputs) = Kernel.Ask("execute_request", cell);

        Assert.Equal("ok", reply["status"]);
        Assert.Empty(outputs);
        Assert.Equal(before + 1, (int)Kernel.Run("0").Reply.Content["execution_count"]!);
    }

    [Fact]
    public void A_cell_that_is_not_to_be_stored_is_shown_but_not_counted()
    {
        var before = (int)Kernel.Run("0").Reply.Content["execution_count"]!;
        var cell = FrontEnd.Cell("\"not stored\"");
        cell["store_history"] = false;
        var (reply, outputs) = Kernel.Ask("execute_request", cell);

        Assert.Equal(before, (int)reply.Content["execution_count"]!);
        Assert.Equal("not stored", outputs.Single(o => o.Type == "execute_result").Plain);
        Assert.DoesNotContain("not stored", Kernel.Ask("history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 5 }).Reply.Content.ToJsonString());
    }

    [Fact]
    public void Expressions_beside_a_cell_are_answered_with_it()
    {
        var cell = FrontEnd.Cell("var basket = 5;");
        cell["user_expressions"] = new JsonObject { ["good"] = "basket + 1", ["bad"] = "no_such_name" };
        var (reply, outputs) = Kernel.Ask("execute_request", cell);

        Assert.Equal("6", (string?)reply.Content["user_expressions"]!["good"]!["data"]?["text/plain"]);
        Assert.Equal("error", (string?)reply.Content["user_expressions"]!["bad"]!["status"]);
        Assert.Equal(["execute_input"], outputs.Select(o => o.Type));
    }

    [Fact]
    public void An_empty_cell_is_well()
    {
        var (reply, outputs) = Kernel.Run("  \n");

        Assert.Equal("ok", reply["status"]);
        Assert.Empty(outputs);
    }

    [Fact]
    public void Clearing_is_told()
    {
        var (_, outputs) = Kernel.Run("Console.WriteLine(1); ClearOutput(); Console.WriteLine(2);");

        Assert.Equal(["stream", "clear_output", "stream"], outputs.Select(o => o.Type));
    }

    [Fact]
    public void Completion_counts_in_code_points_and_says_what_each_thing_is()
    {
        const string Code = "var s = \"𝄞\"; Console.WriteL";
        var (reply, _) = Kernel.Ask("complete_request", new JsonObject { ["code"] = Code, ["cursor_pos"] = Code.EnumerateRunes().Count() });

        Assert.Contains("WriteLine", reply.Content["matches"]!.AsArray().Select(m => (string)m!));
        Assert.Equal((Code.EnumerateRunes().Count() - "WriteL".Length, Code.EnumerateRunes().Count()),
            ((int)reply.Content["cursor_start"]!, (int)reply.Content["cursor_end"]!));
        var types = reply.Content["metadata"]!["_jupyter_types_experimental"]!.AsArray();
        Assert.Equal("method", types.Where(t => (string?)t!["text"] == "WriteLine").Select(t => (string?)t!["type"]).First());
    }

    [Fact]
    public void An_editor_that_asks_between_the_first_cells_does_not_spoil_them()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        for (var i = 0; i < 4; i++)
        {
            var completion = kernel.Send(kernel.Shell, "complete_request", new JsonObject { ["code"] = "display(1).Up", ["cursor_pos"] = 13 });
            var cell = kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell(i < 2 ? $"{i}" : $"display({i});"));

            Assert.Equal("Update", (string?)Assert.Single(kernel.Reply(kernel.Shell, completion).Content["matches"]!.AsArray()));
            Assert.Equal("ok", kernel.Reply(kernel.Shell, cell)["status"]);
        }
    }

    [Fact]
    public void Inspection_finds_what_there_is_and_says_where_there_is_nothing()
    {
        var known = Kernel.Ask("inspect_request", new JsonObject { ["code"] = "Console.WriteLine", ["cursor_pos"] = 12, ["detail_level"] = 0 }).Reply;
        var unknown = Kernel.Ask("inspect_request", new JsonObject { ["code"] = "zzzzz", ["cursor_pos"] = 2, ["detail_level"] = 0 }).Reply;

        Assert.Equal(("ok", "true"), (known["status"], known["found"]));
        Assert.Contains("WriteLine", known.Plain);
        Assert.Equal(("ok", "false"), (unknown["status"], unknown["found"]));
    }

    [Fact]
    public void A_question_mark_opens_the_pager()
    {
        var (reply, outputs) = Kernel.Run("Console.WriteLine?");

        Assert.Equal("page", (string?)Assert.Single(reply.Content["payload"]!.AsArray())!["source"]);
        Assert.Empty(outputs);
        Assert.Equal("error", Kernel.Run("?zzzzz").Reply["status"]);
    }

    [Theory]
    [InlineData("var a = 1;", "complete")]
    [InlineData("foreach (var i in new[] { 1 })\n{", "incomplete")]
    public void Whether_a_cell_is_whole_is_answered(string code, string status) =>
        Assert.Equal(status, Kernel.Ask("is_complete_request", new JsonObject { ["code"] = code }).Reply["status"]);

    [Fact]
    public void The_history_has_the_cells_of_this_kernel()
    {
        var one = (int)Kernel.Run("\"history one\"").Reply.Content["execution_count"]!;
        Kernel.Run("\"history two\"");
        Kernel.Run("\"history one\"");
        JsonArray Ask(JsonObject content) => Kernel.Ask("history_request", content).Reply.Content["history"]!.AsArray();

        var tail = Ask(new JsonObject { ["hist_access_type"] = "tail", ["n"] = 2, ["output"] = true });
        var range = Ask(new JsonObject { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = one, ["stop"] = one + 2 });
        var search = Ask(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*history*", ["n"] = 2 });
        var unique = Ask(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*history one*", ["unique"] = true });

        Assert.Equal(["history two", "history one"], tail.Select(cell => (string)cell![2]![1]!));
        Assert.Equal(["\"history one\"", "\"history two\""], range.Select(cell => (string)cell![2]!));
        Assert.Equal(["\"history two\"", "\"history one\""], search.Select(cell => (string)cell![2]!));
        Assert.Single(unique);
        Assert.Empty(Ask(new JsonObject { ["hist_access_type"] = "range", ["session"] = -1 }));
    }

    [Fact]
    public void A_comm_that_is_opened_is_closed_again()
    {
        var id = Kernel.Send(Kernel.Shell, "comm_open", new JsonObject { ["comm_id"] = "c1", ["target_name"] = "widgets", ["data"] = new JsonObject() });

        var closed = Assert.Single(Kernel.Outputs(id));
        Assert.Equal(("comm_close", "c1"), (closed.Type, closed["comm_id"]));
        Assert.Empty(Kernel.Ask("comm_info_request").Reply.Content["comms"]!.AsObject());
    }

    [Fact]
    public void A_request_that_it_does_not_know_harms_nothing()
    {
        Kernel.Outputs(Kernel.Send(Kernel.Shell, "make_coffee_request"));

        Assert.Equal("2", Kernel.Run("1 + 1").Outputs.Single().Plain);
        Assert.Contains("make_coffee_request", Kernel.Log);
    }

    [Fact]
    public void A_cell_asks_the_reader_for_a_line()
    {
        var cell = FrontEnd.Cell("var line = Console.ReadLine(); line.Length");
        cell["allow_stdin"] = true;
        var id = Kernel.Send(Kernel.Shell, "execute_request", cell);
        var asked = Kernel.Receive(Kernel.Input, (int)FrontEnd.Patience.TotalMilliseconds);
        Assert.Equal(("input_request", id, "false"), (asked?.Type, asked?.Parent, asked?["password"]));
        Kernel.Send(Kernel.Input, "input_reply", new JsonObject { ["value"] = "grüße", ["status"] = "ok" });

        Assert.Equal("ok", Kernel.Reply(Kernel.Shell, id)["status"]);
        Assert.Equal("5", Kernel.Outputs(id).Single(o => o.Type == "execute_result").Plain);
    }

    [Fact]
    public void A_cell_that_asks_where_nobody_can_answer_fails_and_says_what_to_do()
    {
        var (reply, _) = Kernel.Run("Console.ReadLine()");

        Assert.Equal("error", reply["status"]);
        Assert.Contains("variable", reply["evalue"]);
    }

    [Fact]
    public void A_cell_that_waits_for_a_line_can_be_interrupted()
    {
        var cell = FrontEnd.Cell("Console.ReadLine()");
        cell["allow_stdin"] = true;
        var id = Kernel.Send(Kernel.Shell, "execute_request", cell);
        Assert.NotNull(Kernel.Receive(Kernel.Input, (int)FrontEnd.Patience.TotalMilliseconds));
        Kernel.Send(Kernel.Control, "interrupt_request");

        Assert.Equal("error", Kernel.Reply(Kernel.Shell, id)["status"]);
        Assert.Equal("2", Kernel.Run("1 + 1").Outputs.Single().Plain);
    }

    [Fact]
    public void The_heartbeat_echoes_also_while_a_cell_runs()
    {
        var id = Kernel.Send(Kernel.Shell, "execute_request", FrontEnd.Cell("System.Threading.Thread.Sleep(500);"));
        Kernel.Heartbeat.Send([Encoding.UTF8.GetBytes("ping")]);

        Assert.Equal("ping", Encoding.UTF8.GetString(Assert.Single(Kernel.Heartbeat.Receive(5000)!)));
        Kernel.Reply(Kernel.Shell, id);
    }
}
