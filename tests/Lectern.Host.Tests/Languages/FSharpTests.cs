using Lectern.Host.Engine;
using Lectern.Host.Tests.Engine;

namespace Lectern.Host.Tests.Languages;

/// <summary>F# cells, alone and beside C# ones.</summary>
[Collection("sessions")]
public sealed class FSharpTests
{
    [Fact]
    public async Task A_cell_keeps_what_it_declares_and_shows_its_last_value()
    {
        using var book = new Cells();
        Assert.Null((await book.Run("#!fsharp\nlet x = 20\nlet twice n = 2 * n")).Error);
        Assert.Empty(book.Last);
        var result = await book.Run("#!fsharp\ntwice x + 2");
        Assert.Equal(42, result.Value);
        Assert.Equal("42", book.Text("data", "text/plain"));
    }

    [Fact]
    public async Task It_prints_and_displays_as_C_sharp_does()
    {
        using var book = new Cells();
        await book.Run("#!fsharp\nprintfn \"one %d\" 1\nConsole.WriteLine \"two\"\ndisplay(3) |> ignore\nHTML \"<b>four</b>\"");
        Assert.Equal(["stream", "display_data", "execute_result"], book.Last.Select(o => (string?)o!["output_type"]));
        Assert.Equal("one 1\ntwo\n3\n", book.Plain[..12]);
    }

    [Fact]
    public async Task A_cell_that_does_not_compile_shows_its_line_and_the_session_lives_on()
    {
        using var book = new Cells();
        await book.Run("#!fsharp\nlet kept = 5");
        var result = await book.Run("#!fsharp\nlet a = 1\nlet b = a + missing");
        Assert.Equal("FS0039", result.Error!.Name);
        Assert.StartsWith("Cell 2, line 3: error FS0039:", result.Error.Message, StringComparison.Ordinal);
        Assert.Equal("    let b = a + missing", result.Error.Traceback[1]);
        Assert.Equal("                ^^^^^^^", result.Error.Traceback[2]);
        Assert.Equal(5, (await book.Run("#!fsharp\nkept")).Value);
    }

    [Fact]
    public async Task A_cell_that_throws_says_what_and_keeps_what_came_before()
    {
        using var book = new Cells();
        var result = await book.Run("#!fsharp\nlet kept = 7\nif kept > 0 then failwith \"too small\"");
        Assert.Equal("Exception", result.Error!.Name);
        Assert.Equal("too small", result.Error.Message);
        Assert.DoesNotContain(result.Error.Traceback, line => line.Contains("FSharp.Compiler", StringComparison.Ordinal));
        await book.Run("#!fsharp\nlet after = 1");
        Assert.Equal(8, (await book.Run("#!fsharp\nafter + 7")).Value);
    }

    [Fact]
    public async Task Values_are_shared_both_ways()
    {
        using var book = new Cells();
        await book.Run("var numbers = new[] { 1, 2, 3 }; var name = \"abc\";");
        var result = await book.Run("#!fsharp\n#!share --from csharp numbers\n#!share --from csharp name --as title\nlet total = Array.sum numbers + title.Length");
        Assert.Null(result.Error);
        result = await book.Run("#!share --from fsharp total\ntotal + 1");
        Assert.Equal(10, result.Value);
        Assert.IsType<int>(result.Value);
    }

    [Fact]
    public async Task A_type_of_F_sharp_is_known_in_C_sharp()
    {
        using var book = new Cells();
        await book.Run("#!fsharp\ntype Point = { X: int; Y: int }\nlet points = [| { X = 1; Y = 2 } |]");
        var result = await book.Run("#!share --from fsharp points\npoints[0].Y");
        Assert.Null(result.Error);
        Assert.Equal(2, result.Value);
    }

    [Fact]
    public async Task A_value_of_a_cells_own_type_that_cannot_be_shared_says_why()
    {
        using var book = new Cells();
        await book.Run("record Point(int X, int Y); var p = new Point(1, 2);");
        var result = await book.Run("#!fsharp\n#!share --from csharp p\np.X");
        if (result.Error is { } error)
        {
            Assert.Equal("CannotShare", error.Name);
            Assert.Contains("'p'", error.Message);
        }
        else
        {
            Assert.Equal(1, result.Value);
        }
    }

    [Theory]
    [InlineData("while true do printfn \"on and on\"")]
    [InlineData("for i in Seq.initInfinite id do Console.Write i")]
    [InlineData("while true do Lectern.Training.Interrupt.Token.ThrowIfCancellationRequested()")]
    [InlineData("System.Threading.Thread.Sleep -1")]
    public async Task A_loop_that_writes_waits_or_asks_is_stopped_as_often_as_a_reader_likes(string code)
    {
        using var book = new Cells();
        await book.Run("#!fsharp\nlet kept = 5");
        for (var time = 0; time < 2; time++)
        {
            // Compiling is over, and the loop goes round, before it is told to stop.
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(4));
            var result = await book.Run("#!fsharp\n" + code, null, stop.Token);
            Assert.Equal((time, CellError.Interrupted), (time, result.Error?.Name));
            Assert.Contains("was interrupted", result.Error!.Message);
            Assert.Equal(5, (await book.Run("#!fsharp\nkept")).Value);
        }
    }

    [Fact]
    public async Task A_loop_that_asks_nothing_loses_the_session_and_says_so()
    {
        using var book = new Cells();
        // It ends by itself once the session is lost, so that the test's process can.
        var result = await book.Run(
            "#!fsharp\nlet watch = System.Diagnostics.Stopwatch.StartNew()\nwhile watch.Elapsed.TotalSeconds < 40.0 do ()",
            TimeSpan.FromSeconds(4));
        Assert.True(book.Session.IsLost);
        Assert.Equal(CellError.TimeLimit, result.Error?.Name);
        Assert.Contains("Restart the kernel", result.Error!.Message);
        Assert.Contains("Interrupt.Token", result.Error.Message);
    }
}
