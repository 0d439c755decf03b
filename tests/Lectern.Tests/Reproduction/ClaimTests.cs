using System.Text.Json;
using Lectern.Reproduction;

namespace Lectern.Tests.Reproduction;

public sealed class ClaimTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern claim ").FullName;

    private string FileOf => Path.Combine(folder, "seed-1.claim");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void It_names_its_process_and_ends_with_it()
    {
        Assert.Null(Claim.Holder(FileOf));
        using (var claim = new Claim(FileOf))
        {
            Assert.True(claim.IsMine);
            Assert.Equal($"process {Environment.ProcessId} on {Environment.MachineName}", Claim.Holder(FileOf));
        }
        Assert.False(File.Exists(FileOf));
    }

    [Fact]
    public void A_process_that_ended_holds_nothing()
    {
        using var ended = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        ended.WaitForExit();
        Write(Claim.Owner.Me with { Process = ended.Id });

        Assert.Null(Claim.Holder(FileOf));
    }

    [Fact]
    public void Another_process_under_a_number_that_is_used_again_holds_nothing()
    {
        Write(Claim.Owner.Me with { Began = Claim.Owner.Me.Began.AddHours(-1) });

        Assert.Null(Claim.Holder(FileOf));
    }

    [Fact]
    public void A_process_that_cannot_be_seen_holds_its_run_until_it_is_silent_too_long()
    {
        Write(Claim.Owner.Me with { Machine = "elsewhere", Process = 1 });
        Assert.Equal("process 1 on elsewhere", Claim.Holder(FileOf));

        File.SetLastWriteTimeUtc(FileOf, DateTime.UtcNow - Claim.Silence - TimeSpan.FromSeconds(1));
        Assert.Null(Claim.Holder(FileOf));
    }

    [Fact]
    public void A_claim_that_is_being_written_is_one()
    {
        File.WriteAllText(FileOf, "");
        Assert.NotNull(Claim.Holder(FileOf));
    }

    [Fact]
    public void What_was_taken_over_is_neither_mine_nor_taken_away_from_its_new_owner()
    {
        using (var claim = new Claim(FileOf))
        {
            Write(Claim.Owner.Me with { Machine = "elsewhere" });
            Assert.False(claim.IsMine);
        }
        Assert.True(File.Exists(FileOf));
    }

    private void Write(Claim.Owner owner) => File.WriteAllText(FileOf, JsonSerializer.Serialize(owner));
}
