namespace Lectern.Host.Jupyter.Sockets;

/// <summary>The threads and sockets of libzmq that belong together.</summary>
/// <exception cref="InvalidOperationException">libzmq is not on this machine.</exception>
internal sealed class ZmqContext : IDisposable
{
    private readonly nint handle;
    private int disposed;

    /// <summary>Loads libzmq and starts a context.</summary>
    /// <exception cref="InvalidOperationException">libzmq is not on this machine.</exception>
    public ZmqContext()
    {
        try
        {
            handle = Zmq.NewContext();
        }
        catch (DllNotFoundException missing)
        {
            throw new InvalidOperationException(missing.Message, missing);
        }
    }

    /// <summary>A new socket; it belongs to one thread at a time.</summary>
    /// <param name="type">One of libzmq's types, such as <see cref="Zmq.Router"/>.</param>
    public ZmqSocket Socket(int type) => new(Zmq.Socket(handle, type));

    /// <summary>Lets every call that waits on a socket return, so that its thread can end.</summary>
    public void ShutDown() => Zmq.ShutDown(handle);

    /// <summary>Waits for the closed sockets to send what they still have, for as long as they linger.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            while (Zmq.Terminate(handle) < 0 && Zmq.LastError == Zmq.Interrupted)
            {
            }
        }
    }
}
