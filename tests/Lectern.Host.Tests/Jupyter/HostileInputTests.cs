using System.Text;
using System.Text.Json.Nodes;
using Lectern.Host.Jupyter.Sockets;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>What the kernel must outlive: after each attack it still answers, and its log says what it dropped.</summary>
public class HostileInputTests(KernelFixture fixture) : IClassFixture<KernelFixture>
{
    private FrontEnd Kernel => fixture.Kernel;

    [Fact]
    public void A_forged_signature_is_dropped()
    {
        var frames = Kernel.Frames("execute_request", FrontEnd.Cell("Environment.Exit(7)"), out _);
        frames[1][0] ^= 1;
        Kernel.Shell.Send(frames);

        StaysAlive("signature is not that of");
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("not hexadecimal at all, and much longer than a signature can ever be, so that a comparison of lengths is met")]
    public void A_message_without_a_right_signature_is_dropped(string signature)
    {
        var frames = Kernel.Frames("execute_request", FrontEnd.Cell("Environment.Exit(7)"), out _);
        frames[1] = Encoding.ASCII.GetBytes(signature);
        Kernel.Shell.Send(frames);

        StaysAlive(signature.Length == 0 ? "it is not signed" : "signature is not that of");
    }

    [Fact]
    public void A_signature_does_not_serve_for_other_code()
    {
        var frames = Kernel.Frames("execute_request", FrontEnd.Cell("1"), out _);
        frames[^1] = Encoding.UTF8.GetBytes(FrontEnd.Cell("Environment.Exit(7)").ToJsonString());
        Kernel.Shell.Send(frames);

        StaysAlive("signature is not that of");
    }

    [Fact]
    public void A_replayed_message_is_dropped_on_whichever_channel()
    {
        Kernel.Run("var plays = 0;");
        var frames = Kernel.Frames("execute_request", FrontEnd.Cell("plays++;"), out var id);
        Kernel.Shell.Send(frames);
        Kernel.Reply(Kernel.Shell, id);
        Kernel.Shell.Send(frames);
        Kernel.Control.Send(frames);

        StaysAlive("it was received before");
        Assert.Equal("1", Kernel.Run("plays").Outputs.Single().Plain);
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("""{"msg_type": "execute_request"}""", "lacks msg_type or msg_id")]
    [InlineData("""{"msg_type": 5, "msg_id": {}}""", "lacks msg_type or msg_id")]
    [InlineData("""{"msg_type": "a", "msg_type": "b", "msg_id": "c"}""", "no JSON")]
    public void A_malformed_header_is_dropped_although_it_is_signed(string header, string why)
    {
        Kernel.Shell.Send(Kernel.Signed(header, "{}", "{}", "{}"));

        StaysAlive(why);
    }

    [Theory]
    [InlineData("{\"code\": ")]
    [InlineData("\"text\"")]
    [InlineData("")]
    public void Malformed_content_is_dropped_although_it_is_signed(string content)
    {
        Kernel.Shell.Send(Kernel.Signed("""{"msg_type": "execute_request", "msg_id": "m"}""", "{}", "{}", content));

        StaysAlive("its content is no JSON");
    }

    [Fact]
    public void JSON_nested_without_end_is_dropped()
    {
        Kernel.Shell.Send(Kernel.Signed(
            """{"msg_type": "execute_request", "msg_id": "nested"}""", "{}", "{}",
            "{\"code\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}"));

        StaysAlive("its content is no JSON");
    }

    [Fact]
    public void Content_of_the_wrong_kind_is_answered_with_an_error()
    {
        var (reply, _) = Kernel.Ask("execute_request", new JsonObject { ["code"] = 5 });
        var (complete, _) = Kernel.Ask("complete_request", new JsonObject { ["code"] = "Cons", ["cursor_pos"] = -40 });

        Assert.Equal("error", reply["status"]);
        Assert.Equal("ok", complete["status"]);
        StaysAlive();
    }

    [Fact]
    public void Frames_that_are_no_message_are_dropped()
    {
        Kernel.Shell.Send([[1, 2, 3]]);
        Kernel.Shell.Send(["<IDS|MSG>"u8.ToArray()]);
        Kernel.Control.Send([.. Enumerable.Repeat(new byte[1], 10_000)]);

        StaysAlive("it has no <IDS|MSG>");
    }

    [Fact]
    public void A_signed_request_of_100_MB_is_refused_in_words()
    {
        var (reply, outputs) = Kernel.Ask("execute_request", FrontEnd.Cell(new string('x', 100 << 20)));

        Assert.Equal(("execute_reply", "error", "RequestTooLarge"), (reply.Type, reply["status"], reply["ename"]));
        Assert.Contains($"{32 << 20}", reply["evalue"]);
        Assert.Empty(outputs);
        StaysAlive();
        // What it took for the frame is given back.
        Assert.True(Memory() < 1L << 30, $"the kernel has {Memory() >> 20} MB");
    }

    [Fact]
    public void A_frame_of_100_MB_from_a_stranger_is_dropped()
    {
        Kernel.Shell.Send(["<IDS|MSG>"u8.ToArray(), [], [], [], [], new byte[100 << 20]]);

        StaysAlive("it is not signed");
    }

    [Fact]
    public void A_frame_that_no_front_end_sends_ends_the_connection_and_not_the_kernel()
    {
        using var context = new ZmqContext();
        using (var stranger = context.Socket(Zmq.Dealer))
        {
            stranger.Set(Zmq.LingerOption, 3000);
            stranger.Connect(Kernel.Connection.Address(Kernel.Connection.Shell));
            stranger.Send([new byte[300 << 20]]);
            Assert.Null(stranger.Receive(500));
        }

        StaysAlive();
    }

    [Fact]
    public void An_update_of_a_display_that_was_never_shown_is_dropped()
    {
        // A reader cannot make one; a display of a silent cell is one.
        var silent = FrontEnd.Cell("var unseen = display(1);");
        silent["silent"] = true;
        Kernel.Ask("execute_request", silent);
        var (reply, outputs) = Kernel.Run("unseen.Update(2); 3");

        Assert.Equal("ok", reply["status"]);
        Assert.Equal(["execute_result"], outputs.Select(o => o.Type));
        StaysAlive("no output of that name was shown");
    }

    [Fact]
    public void An_exceptions_text_moves_no_cursor_and_is_no_page()
    {
        var (reply, outputs) = Kernel.Run("""throw new Exception("\u001b]0;title\u0007\u001b[2J<script>alert(1)</script>\r\nsecond line");""");

        var error = outputs.Single(o => o.Type == "error");
        foreach (var text in error.Content["traceback"]!.AsArray().Select(line => (string)line!).Append(error["evalue"]!).Append(reply["evalue"]!))
        {
            Assert.DoesNotContain(text, c => char.IsControl(c) && c is not ('\n' or '\t'));
        }
        // Front ends show an error as text: the tags stand there as they were written, and no form of it is HTML.
        Assert.Contains("<script>alert(1)</script>", error["evalue"]);
        Assert.Contains("\nsecond line", error["evalue"]);
        Assert.Equal(["ename", "evalue", "traceback"], error.Content.Select(member => member.Key).Order());
    }

    [Fact]
    public void Text_that_is_no_valid_Unicode_is_shown_all_the_same()
    {
        var (reply, outputs) = Kernel.Run("""Console.WriteLine("\ud800!"); display("\udc00?"); throw new Exception("\ud800");""");

        Assert.Equal("Exception", reply["ename"]);
        Assert.Equal("\ufffd!\n", FrontEnd.Text(outputs));
        Assert.Equal("\ufffd?", outputs.Single(o => o.Type == "display_data").Plain);
    }

    [Fact]
    public void An_exception_on_another_thread_is_reported_in_the_cell_and_ends_nothing()
    {
        var (_, outputs) = Kernel.Run("""
            var kept = 11;
            var thread = new System.Threading.Thread(() => throw new InvalidOperationException("out of sight"));
            thread.Start();
            thread.Join();
            """);

        Assert.Contains("out of sight", FrontEnd.Text(outputs, "stderr"));
        Assert.Equal("11", Kernel.Run("kept").Outputs.Single().Plain);
    }

    private long Memory()
    {
        Kernel.Process.Refresh();
        return Kernel.Process.WorkingSet64;
    }

    private void StaysAlive(string? log = null)
    {
        Assert.Equal("2", Kernel.Run("1 + 1").Outputs.Single().Plain);
        if (log is not null)
        {
            Assert.True(SpinWait.SpinUntil(() => Kernel.Log.Contains(log), 5000), $"the log has no '{log}':\n{Kernel.Log}");
        }
    }
}
