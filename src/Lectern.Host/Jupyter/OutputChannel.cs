using System.Text;
using Lectern.Host.Jupyter.Sockets;

namespace Lectern.Host.Jupyter;

/// <summary>The kernel's iopub channel.</summary>
internal sealed class OutputChannel : OutputQueue
{
    private const int MessagesInFlight = 1000;

    // A front end that takes nothing for so long has gone without saying so.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ZmqSocket socket;
    private readonly Wire wire;
    private readonly Action<string> log;

    /// <summary>Starts sending.</summary>
    /// <param name="socket">The bound socket; the channel disposes it.</param>
    /// <param name="wire">Signs.</param>
    /// <param name="log">Told of what could not be sent.</param>
    public OutputChannel(ZmqSocket socket, Wire wire, Action<string> log) : base("iopub")
    {
        (this.socket, this.wire, this.log) = (socket, wire, log);
        Start();
    }

    /// <summary>Prepares the socket: with so many messages on their way it refuses more, and loses none.</summary>
    public static void Configure(ZmqSocket socket)
    {
        socket.Set(Zmq.SendHighWaterOption, MessagesInFlight);
        socket.Set(Zmq.NoDropOption, 1);
    }

    /// <inheritdoc/>
    protected override void Deliver(string type, string? stream, byte[] content, byte[]? parent)
    {
        var topic = Encoding.UTF8.GetBytes(stream is null ? type : $"{type}.{stream}");
        var frames = wire.Write([topic], type, content, parent);
        var since = Environment.TickCount64;
        while (!socket.Send(frames, wait: false))
        {
            if (IsClosing || Environment.TickCount64 - since > Patience.TotalMilliseconds)
            {
                log($"a front end has taken nothing for {Patience.TotalSeconds} s: it loses what it does not take");
                socket.Set(Zmq.NoDropOption, 0);
            }
            Thread.Sleep(1);
        }
    }

    /// <inheritdoc/>
    protected override void Close() => socket.Dispose();
}
