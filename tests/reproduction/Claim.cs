using System.Text.Json;

namespace Lectern.Reproduction;

/// <summary>A file that says which process does a run. Its time is the owner's last sign of life.</summary>
/// <remarks>Clocks of machines that share a folder have to agree to a minute.</remarks>
internal sealed class Claim : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a sign of life the owner is taken for dead.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <summary>A process: where its number counts, the number, and when it began, since numbers are used again.</summary>
    internal sealed record Owner(string Machine, string Place, int Process, DateTime Began)
    {
        internal static readonly Owner Me = OfThisProcess();

        private static Owner OfThisProcess()
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            // Containers of one machine number their processes each for themselves, and may share the machine's name.
            const string boot = "/proc/sys/kernel/random/boot_id";
            string place = File.Exists(boot) ? File.ReadAllText(boot).Trim() + new FileInfo("/proc/self/ns/pid").LinkTarget : "";
            return new Owner(Environment.MachineName, place, Environment.ProcessId, process.StartTime.ToUniversalTime());
        }

        internal bool IsDead()
        {
            if ((Machine, Place) != (Me.Machine, Me.Place)) return false;       // cannot be seen from here
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(Process);
                // The system's own reckoning of a start wavers by some milliseconds.
                return process.HasExited || (process.StartTime.ToUniversalTime() - Began).Duration() > TimeSpan.FromSeconds(5);
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return true;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;                                                   // another user's
            }
        }
    }

    private readonly string file;
    private readonly string text = JsonSerializer.Serialize(Owner.Me);
    private readonly Timer timer;

    /// <summary>Claims a run for this process. The caller holds the folder's lock and has asked <see cref="Holder"/>.</summary>
    /// <param name="file">The claim's file; one of a dead process gives way.</param>
    internal Claim(string file)
    {
        this.file = file;
        File.Delete(file);
        using (var stream = new FileStream(file, FileMode.CreateNew)) stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        timer = new Timer(_ => ShowLife(), null, Beat, Beat);
    }

    /// <summary>Whether the run is still this process's: one that stood still too long has lost it.</summary>
    internal bool IsMine
    {
        get
        {
            try
            {
                return File.ReadAllText(file) == text;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Who does a run; null where nobody alive does.</summary>
    /// <param name="file">The claim's file.</param>
    internal static string? Holder(string file)
    {
        try
        {
            var silent = DateTime.UtcNow - File.GetLastWriteTimeUtc(file);     // years where there is none
            if (silent > Silence) return null;
            var owner = JsonSerializer.Deserialize<Owner>(File.ReadAllText(file))!;
            return owner.IsDead() ? null : $"process {owner.Process} on {owner.Machine}";
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return "a process that is writing its claim";
        }
    }

    /// <summary>Gives the run back.</summary>
    public void Dispose()
    {
        using var ended = new ManualResetEvent(false);
        if (timer.Dispose(ended)) ended.WaitOne();
        if (IsMine) File.Delete(file);
    }

    private void ShowLife()
    {
        try
        {
            if (IsMine) File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A shared folder may be away for a moment: the next beat tells.
        }
    }
}
