namespace Lectern.Training;

/// <summary>The wish to stop, shared by everything that loops: the host cancels it when the reader presses
/// Stop.</summary>
/// <remarks>
/// <see cref="Progress"/> asks it at every step; a long loop without a progress bar calls
/// <c>Interrupt.Token.ThrowIfCancellationRequested()</c> itself. One process runs one cell at a time.
/// </remarks>
public static class Interrupt
{
    private static CancellationTokenSource? current;

    /// <summary>Cancelled once the reader wants the running cell to stop; never cancelled without a
    /// host.</summary>
    public static CancellationToken Token { get; private set; }

    /// <summary>Makes <paramref name="token"/> the ambient one until the returned object is
    /// disposed.</summary>
    /// <param name="token">What the host cancels: by hand, or after a time limit.</param>
    /// <returns>Puts the token back that was ambient before.</returns>
    public static IDisposable Use(CancellationToken token)
    {
        var before = Token;
        Token = token;
        return new Restore(before);
    }

    /// <summary>Stops on Ctrl+C too: the first one cancels <see cref="Token"/>, a second one ends the
    /// process.</summary>
    public static void OnControlC()
    {
        if (current is not null) return;
        current = new CancellationTokenSource();
        Token = current.Token;
        Console.CancelKeyPress += (_, key) =>
        {
            key.Cancel = !current.IsCancellationRequested;
            current.Cancel();
        };
    }

    private sealed class Restore(CancellationToken before) : IDisposable
    {
        public void Dispose() => Token = before;
    }
}
