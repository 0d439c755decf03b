using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>Beginning, interruption, restart and end of a kernel's process.</summary>
public class LifecycleTests
{
    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("while (true) Console.WriteLine(\"on and on\");")]
    [InlineData("System.Threading.Thread.Sleep(60_000);")]
    [InlineData("await Task.Delay(60_000);")]
    [InlineData("Lectern.Training.Progress.Over(\"train\", Enumerable.Range(0, int.MaxValue)).Count()")]
    public void An_endless_cell_stops_within_two_seconds_and_the_variables_survive(string code)
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        kernel.Run("var kept = 21; 0");
        var id = kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell(code));
        while (kernel.Output(10_000) is { } output && output.Parent != id)
        {
        }
        Thread.Sleep(700);
        var watch = Stopwatch.StartNew();
        var interrupted = kernel.Reply(kernel.Control, kernel.Send(kernel.Control, "interrupt_request"));
        var reply = kernel.Reply(kernel.Shell, id);

        Assert.Equal(("interrupt_reply", "ok"), (interrupted.Type, interrupted["status"]));
        Assert.Equal(("error", "CellInterrupted"), (reply["status"], reply["ename"]));
        // The promise is two seconds; a machine that tests in parallel gets a little more.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"it stopped after {watch.Elapsed}");
        Assert.Equal("42", kernel.Run("kept * 2").Outputs.Single().Plain);
    }

    [Fact]
    public void The_signal_interrupts_too()
    {
        FrontEnd.SkipUnlessPossible();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal");
        Assert.SkipWhen(IgnoresInterrupts(), "these tests were started to ignore it, as a script's background jobs are");
        using var kernel = new FrontEnd();
        kernel.Run("var kept = 21; 0");
        var id = kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell("while (true) { }"));
        Thread.Sleep(700);
        Process.Start("kill", ["-INT", $"{kernel.Process.Id}"]).WaitForExit();

        Assert.Equal("CellInterrupted", kernel.Reply(kernel.Shell, id)["ename"]);
        Assert.Equal("42", kernel.Run("kept * 2").Outputs.Single().Plain);
    }

    // A process hands it down to those that it starts.
    private static bool IgnoresInterrupts() =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToInt64(line[7..].Trim(), 16) >> (2 - 1) & 1) == 1;        // SIGINT is number 2

    [Fact]
    public void An_interruption_of_nothing_harms_nothing()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        kernel.Reply(kernel.Control, kernel.Send(kernel.Control, "interrupt_request"));

        Assert.Equal("2", kernel.Run("1 + 1").Outputs.Single().Plain);
    }

    [Theory]
    [InlineData(true, "0")]
    [InlineData(false, "while (true) { }")]
    public void Told_to_shut_down_it_says_so_and_its_process_ends(bool restart, string running)
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell(running));
        Thread.Sleep(300);
        var reply = kernel.Reply(kernel.Control, kernel.Send(kernel.Control, "shutdown_request", new JsonObject { ["restart"] = restart }));

        Assert.Equal(("shutdown_reply", "ok", restart), (reply.Type, reply["status"], (bool)reply.Content["restart"]!));
        Assert.True(kernel.Process.WaitForExit(5000), "the process goes on");
        Assert.Equal(0, kernel.Process.ExitCode);
    }

    [Fact]
    public void A_kernel_that_is_started_again_at_the_same_places_begins_anew()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        kernel.Run("var old = 1;");
        kernel.Reply(kernel.Control, kernel.Send(kernel.Control, "shutdown_request", new JsonObject { ["restart"] = true }));
        kernel.Process.WaitForExit();

        using var again = FrontEnd.Start(kernel.File, new StringBuilder(), Path.GetTempPath());
        try
        {
            Assert.Equal("error", kernel.Reply(kernel.Shell, kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell("old")))["status"]);
            Assert.Equal("ok", kernel.Reply(kernel.Shell, kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell("1")))["status"]);
        }
        finally
        {
            again.Kill();
        }
    }

    [Fact]
    public void A_cell_that_ends_the_process_is_a_death_that_is_seen_at_once()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        kernel.Send(kernel.Shell, "execute_request", FrontEnd.Cell("int Deep(int n) => Deep(n + 1) + 1; Deep(0)"));

        Assert.True(kernel.Process.WaitForExit(30_000), "a stack without end goes on");
        kernel.Process.WaitForExit();
        Assert.NotEqual(0, kernel.Process.ExitCode);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps the streams of native code");
        Assert.Contains("Stack overflow", kernel.Log);
    }

    [Fact]
    public void A_kernel_whose_Jupyter_is_gone_ends()
    {
        FrontEnd.SkipUnlessPossible();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows names a parent in another way");
        using var folder = new TemporaryFolder();
        using var kernel = new FrontEnd();
        var file = Path.Combine(folder.Path, "connection.json");
        File.WriteAllText(file, FrontEnd.Json(kernel.Connection with { Transport = "ipc", Ip = Path.Combine(folder.Path, "k") }));
        var host = Host.Running.LessonProcess.Dotnet([Host.Running.Checkout.Host, "kernel", file]);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "JPY_PARENT_PID=$$ \"$@\" 2>/dev/null & echo $!; wait", "sh", host.FileName, .. host.ArgumentList])
        {
            RedirectStandardOutput = true,
        };
        using var jupyter = Process.Start(start)!;
        using var orphan = Process.GetProcessById(int.Parse(jupyter.StandardOutput.ReadLine()!));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Path.Combine(folder.Path, $"k-{kernel.Connection.IOPub}")), 20_000));
        Thread.Sleep(1000);
        Assert.False(orphan.HasExited);
        jupyter.Kill(entireProcessTree: false);

        Assert.True(SpinWait.SpinUntil(() => orphan.HasExited, 10_000), "the kernel goes on without its Jupyter");
    }

    [Fact]
    public void A_cell_that_exhausts_the_memory_fails_and_the_kernel_lives()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd(environment: ("DOTNET_GCHeapHardLimit", "0x20000000"));
        kernel.Run("var kept = 21; 0");
        var (reply, _) = kernel.Run("var all = new List<byte[]>(); while (true) all.Add(new byte[1 << 20]);");

        Assert.Equal("OutOfMemoryException", reply["ename"]);
        Assert.Equal("42", kernel.Run("kept * 2").Outputs.Single().Plain);
    }

    [Fact]
    public void It_works_without_signatures_and_over_sockets_of_the_file_system()
    {
        FrontEnd.SkipUnlessPossible();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "libzmq has no ipc on Windows");
        using var kernel = new FrontEnd("ipc", key: "");

        Assert.Equal("2", kernel.Run("1 + 1").Outputs.Single().Plain);
        Assert.True(File.Exists($"{kernel.Connection.Ip}-{kernel.Connection.Shell}"));
    }

    [Fact]
    public void A_place_that_is_taken_is_named_and_ends_the_start()
    {
        FrontEnd.SkipUnlessPossible();
        using var kernel = new FrontEnd();
        var log = new StringBuilder();
        using var second = FrontEnd.Start(kernel.File, log, Path.GetTempPath());

        Assert.True(second.WaitForExit(20_000));
        second.WaitForExit();
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($":{kernel.Connection.Shell} cannot be listened at", log.ToString());
    }

    [Theory]
    [InlineData(null, "it does not exist")]
    [InlineData("", "no JSON")]
    [InlineData("{\"ip\": \"127.0.0.1\"", "no JSON")]
    [InlineData("[1, 2]", "not an object")]
    [InlineData("{\"ip\": \"127.0.0.1\"}", "shell_port is missing")]
    [InlineData("{\"ip\": \"127.0.0.1\", \"shell_port\": 70000}", "not a port")]
    [InlineData("{\"ip\": \"127.0.0.1\", \"signature_scheme\": \"hmac-md5\"}", "hmac-sha256 only")]
    [InlineData("{\"ip\": \"127.0.0.1\", \"transport\": \"pgm\"}", "tcp or ipc")]
    [InlineData("{\"ip\": 5}", "not a text")]
    public void A_connection_file_that_is_no_good_is_named_with_what_is_wrong(string? text, string why)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "kernel-1.json");
        if (text is not null)
        {
            File.WriteAllText(file, text);
        }
        var log = new StringBuilder();
        using var process = FrontEnd.Start(file, log, folder.Path);

        Assert.True(process.WaitForExit(20_000));
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains(why, log.ToString());
        Assert.Contains(file, log.ToString());
        Assert.DoesNotContain("   at ", log.ToString());
    }

    [Fact]
    public void A_connection_file_that_may_not_be_read_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.UserName == "root", "this user may read every file");
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "kernel-1.json");
        File.WriteAllText(file, "{}");
        Process.Start("chmod", ["000", file]).WaitForExit();

        var fault = Assert.Throws<IOException>(() => Host.Jupyter.ConnectionFile.Read(file));
        Assert.Contains(file, fault.Message);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_connection_file_is_named()
    {
        using var folder = new TemporaryFolder();

        var fault = Assert.Throws<IOException>(() => Host.Jupyter.ConnectionFile.Read(folder.Path));
        Assert.Contains(folder.Path, fault.Message);
    }
}
