using System.Diagnostics;
using Lectern.Host.Commands;

namespace Lectern.Host.Tests.Commands;

/// <summary>Several processes of a program: what they are told, and what happens when one fails.</summary>
public sealed class DistributeCommandTests
{
    private static async Task<(int Code, string Output, string Errors)> RunAsync(int count, string script)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "The ranks of these tests are shell scripts.");
        var (output, errors) = (new StringWriter(), new StringWriter());
        int code = await DistributeCommand.RunAsync(count, () => new ProcessStartInfo("/bin/sh", ["-c", script]), output, errors,
            TestContext.Current.CancellationToken, grace: TimeSpan.FromSeconds(0.2)).WaitAsync(TimeSpan.FromSeconds(30));
        return (code, output.ToString(), errors.ToString());
    }

    [Fact]
    public async Task Each_rank_is_told_who_it_is_and_its_lines_say_who_speaks()
    {
        var (code, output, errors) = await RunAsync(
            3, "[ $RANK = 0 ] || echo $RANK,$WORLD_SIZE,$LOCAL_RANK,$LOCAL_WORLD_SIZE,$MASTER_ADDR,$OMP_NUM_THREADS,$LECTERN_THREADS");
        Assert.Equal(0, code);
        string threads = Environment.GetEnvironmentVariable("LECTERN_THREADS") is { Length: > 0 } said ? said : "1";
        Assert.Equal(
            [$"[rank 1] 1,3,1,3,127.0.0.1,{threads},{threads}", $"[rank 2] 2,3,2,3,127.0.0.1,{threads},{threads}"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).Order());
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Ranks_that_end_at_once_are_waited_for_all()
    {
        for (int round = 0; round < 5; round++) Assert.Equal((0, "", ""), await RunAsync(6, "exit 0"));
        Assert.Equal(3, (await RunAsync(6, "exit 3")).Code);
    }

    [Fact]
    public async Task A_rank_that_fails_ends_all_and_its_last_words_are_repeated()
    {
        var (code, _, errors) = await RunAsync(2, "if [ $RANK = 1 ]; then echo out of luck >&2; exit 3; fi; exec sleep 60");
        Assert.Equal(3, code);
        Assert.Contains("Rank 1 of 2 ended with code 3, and the others with it. The last it said:", errors, StringComparison.Ordinal);
        Assert.Contains("    out of luck", errors, StringComparison.Ordinal);
        Assert.Contains("last checkpoint", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_rank_is_named_with_its_signal()
    {
        var (code, _, errors) = await RunAsync(2, "if [ $RANK = 1 ]; then kill -9 $$; fi; exec sleep 60");
        Assert.Equal(137, code);
        Assert.Contains("Rank 1 of 2 was ended by signal 9 (SIGKILL", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Less_than_a_rank_is_refused() =>
        Assert.Contains("number of ranks is 0", (await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(0, "true"))).Message, StringComparison.Ordinal);
}
