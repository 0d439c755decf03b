using Lectern.Host.Engine;
using Lectern.Host.Languages;

namespace Lectern.Host.Jupyter;

/// <summary>Loads ahead what a reader would wait for: the compiler at once, an editor's services in a pause.</summary>
internal static class WarmUp
{
    // A reader who reads; a notebook that is run from end to end never pauses so long, and is not disturbed.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>Starts it.</summary>
    /// <param name="session">The session, which may still be starting.</param>
    /// <param name="idle">How long the kernel has had nothing to do.</param>
    public static async Task RunAsync(Task<Session> session, Func<TimeSpan> idle)
    {
        var started = await session.ConfigureAwait(false);
        await started.PrepareAsync().ConfigureAwait(false);
        while (idle() < Pause)
        {
            await Task.Delay(500).ConfigureAwait(false);
        }
        const string Code = "Console.";
        await started.Services.CompleteAsync(new Draft(Code), Code.Length, default).ConfigureAwait(false);
    }
}
