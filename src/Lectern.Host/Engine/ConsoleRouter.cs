using System.Text;

namespace Lectern.Host.Engine;

/// <summary>Sends what is written to the console to the session that wrote it, from whichever of its threads.</summary>
internal sealed class ConsoleRouter : TextWriter
{
    private static readonly Lock Gate = new();
    private static TextWriter? output, errors;
    private static TextReader? input;

    [ThreadStatic]
    private static CancellationToken asked;

    private readonly TextWriter original;
    private readonly string stream;

    private ConsoleRouter(TextWriter original, string stream) => (this.original, this.stream) = (original, stream);

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Standard output as it was before the first session, for the host's own words.</summary>
    public static TextWriter Out => Console.Out is ConsoleRouter router ? router.original : Console.Out;

    /// <summary>Puts the routers in place, and again, for the next session, where others have taken it: setting an encoding of the
    /// console, as Playwright does, makes a new reader.</summary>
    public static void Install()
    {
        lock (Gate)
        {
            // Console.SetOut locks its writer; the router stands behind that and is told of each write at once.
            if (output is null || Console.Out != output)
            {
                Console.SetOut(new ConsoleRouter(Console.Out, "stdout"));
                output = Console.Out;
            }
            if (errors is null || Console.Error != errors)
            {
                Console.SetError(new ConsoleRouter(Console.Error, "stderr"));
                errors = Console.Error;
            }
            if (input is null || Console.In != input)
            {
                Console.SetIn(new ConsoleReader(Console.In));
                input = Console.In;
            }
        }
    }

    /// <summary>Makes what this thread writes throw once <paramref name="stop"/> is cancelled, for code that cannot be stopped
    /// elsewhere, until the returned object is disposed.</summary>
    public static IDisposable AskAtWrites(CancellationToken stop)
    {
        asked = stop;
        return new NoMore();
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }
        if (Session.Current is { } session)
        {
            try
            {
            }
            finally
            {
                // A cell's thread is not stopped within a finally: stopped while it holds a lock, it would hold it for ever.
                session.WriteStream(stream, value);
            }
            asked.ThrowIfCancellationRequested();
        }
        else
        {
            original.Write(value);
        }
    }

    // One write with its line break, so that two threads' lines do not mix.
    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<char> buffer) => Write(new string(buffer) + "\n");

    /// <inheritdoc/>
    public override void WriteLine() => Write("\n");

    /// <inheritdoc/>
    public override void Flush() => original.Flush();

    private sealed class NoMore : IDisposable
    {
        public void Dispose() => asked = default;
    }
}
