namespace Lectern.Host.Jupyter.Sockets;

/// <summary>One socket of libzmq: whole messages of several frames, and times to wait.</summary>
internal sealed unsafe class ZmqSocket : IDisposable
{
    // A frame above this is not taken: libzmq closes the connection that sends it. Far above anything that a front end
    // sends, and far below what would harm the kernel.
    private const long LargestFrame = 256L << 20;

    // A message of more frames than this is no message of Jupyter's; the rest of its frames is not kept.
    private const int MostFrames = 4096;

    private nint handle;
    private int timeout = -1;

    /// <summary>Takes over a socket.</summary>
    public ZmqSocket(nint handle)
    {
        this.handle = handle != 0 ? handle : throw Failure("A socket could not be made");
        Set(Zmq.LingerOption, 1000);
        long largest = LargestFrame;
        Check(Zmq.Set(handle, Zmq.MaxMessageSizeOption, &largest, sizeof(long)), "A socket refused its frame limit");
    }

    /// <summary>Sets one of libzmq's options that are numbers.</summary>
    public void Set(int option, int value) =>
        Check(Zmq.Set(handle, option, &value, sizeof(int)), $"A socket refused option {option}");

    /// <summary>Sets one of libzmq's options that are bytes.</summary>
    public void Set(int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* first = value)
        {
            Check(Zmq.Set(handle, option, first, (nuint)value.Length), $"A socket refused option {option}");
        }
    }

    /// <summary>Listens at an address, and only there.</summary>
    /// <exception cref="IOException">The address is taken, or not this machine's.</exception>
    public void Bind(string address)
    {
        UseIPv6(address);
        Check(Zmq.Bind(handle, address), $"{address} cannot be listened at");
    }

    /// <summary>Connects to an address; it need not listen yet.</summary>
    public void Connect(string address)
    {
        UseIPv6(address);
        Check(Zmq.Connect(handle, address), $"{address} cannot be connected to");
    }

    /// <summary>Sends one message.</summary>
    /// <param name="frames">Its frames.</param>
    /// <param name="wait">Whether to wait where the other side takes no more; else the message is not sent.</param>
    /// <returns>Whether it was sent.</returns>
    /// <exception cref="ObjectDisposedException">The context was shut down.</exception>
    /// <exception cref="IOException">There is nobody at the other side, and the socket insists on one.</exception>
    public bool Send(IReadOnlyList<byte[]> frames, bool wait = true)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            var flags = (wait ? 0 : Zmq.DontWait) | (i < frames.Count - 1 ? Zmq.SendMore : 0);
            fixed (byte* first = frames[i])
            {
                while (Zmq.Send(handle, first, (nuint)frames[i].Length, flags) < 0)
                {
                    var error = Zmq.LastError;
                    if (error == Zmq.Again && i == 0)
                    {
                        return false;
                    }
                    if (error != Zmq.Interrupted && error != Zmq.Again)
                    {
                        throw Failure("A message could not be sent", error);
                    }
                }
            }
        }
        return true;
    }

    /// <summary>Receives one message.</summary>
    /// <param name="milliseconds">How long to wait for it; -1 for as long as it takes.</param>
    /// <returns>The message's frames; null where none came in that time.</returns>
    /// <exception cref="ObjectDisposedException">The context was shut down.</exception>
    public List<byte[]>? Receive(int milliseconds = -1)
    {
        if (timeout != milliseconds)
        {
            Set(Zmq.ReceiveTimeoutOption, timeout = milliseconds);
        }
        var frames = new List<byte[]>();
        Zmq.Frame frame;
        Zmq.Begin(&frame);
        try
        {
            do
            {
                while (Zmq.Receive(&frame, handle, 0) < 0)
                {
                    var error = Zmq.LastError;
                    if (error == Zmq.Again)
                    {
                        return null;
                    }
                    if (error != Zmq.Interrupted)
                    {
                        throw Failure("A message could not be received", error);
                    }
                }
                if (frames.Count < MostFrames)
                {
                    frames.Add(new ReadOnlySpan<byte>(Zmq.Data(&frame), checked((int)Zmq.Size(&frame))).ToArray());
                }
            }
            while (Zmq.HasMore(&frame) != 0);
            return frames;
        }
        finally
        {
            Zmq.End(&frame);
        }
    }

    /// <summary>Closes the socket; what it still has to send is sent for another second.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var open and not 0)
        {
            Zmq.Close(open);
        }
    }

    private void UseIPv6(string address)
    {
        if (address.StartsWith("tcp://[", StringComparison.Ordinal))
        {
            Set(Zmq.IPv6Option, 1);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw Failure(what);
        }
    }

    private static Exception Failure(string what) => Failure(what, Zmq.LastError);

    private static Exception Failure(string what, int error) => error == Zmq.Terminated
        ? new ObjectDisposedException(nameof(ZmqContext))
        : new IOException($"{what}: {Zmq.Describe(error)}.");
}
