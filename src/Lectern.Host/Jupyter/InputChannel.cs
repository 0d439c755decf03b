using System.Text.Json.Nodes;
using Lectern.Host.Jupyter.Sockets;

namespace Lectern.Host.Jupyter;

/// <summary>The kernel's stdin channel: a question to whoever sent the running cell, and the answer.</summary>
/// <param name="socket">The bound socket; the channel disposes it.</param>
/// <param name="wire">Signs and checks.</param>
internal sealed class InputChannel(ZmqSocket socket, Wire wire) : IDisposable
{
    private readonly Lock gate = new();

    /// <summary>Asks for a line, and waits for it.</summary>
    /// <param name="request">The cell's request: its sender is asked.</param>
    /// <param name="prompt">What to show beside the field.</param>
    /// <param name="password">Whether to hide what is typed.</param>
    /// <param name="interrupt">Gives up.</param>
    /// <exception cref="InvalidOperationException">The front end cannot be asked.</exception>
    /// <exception cref="OperationCanceledException">The cell was interrupted.</exception>
    public string? ReadLine(Request request, string prompt, bool password, CancellationToken interrupt)
    {
        lock (gate)
        {
            while (socket.Receive(0) is not null)
            {
                // An answer that came after its question was given up.
            }
            var content = new JsonObject { ["prompt"] = prompt, ["password"] = password };
            try
            {
                socket.Send(wire.Write(request.Identities, "input_request", Json.Bytes(content), request.HeaderBytes));
            }
            catch (IOException nobody)
            {
                throw new InvalidOperationException(
                    "This front end did not open the channel for input. " +
                    "Let the cell take the text from a variable.", nobody);
            }
            while (true)
            {
                interrupt.ThrowIfCancellationRequested();
                if (socket.Receive(50) is { } frames && wire.Read(frames, "stdin") is { Type: "input_reply" } reply)
                {
                    return reply.Content?.Text("value");
                }
            }
        }
    }

    /// <summary>Closes the socket once nobody waits at it.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            socket.Dispose();
        }
    }
}
