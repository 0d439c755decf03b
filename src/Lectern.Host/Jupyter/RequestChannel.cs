using Lectern.Host.Jupyter.Sockets;

namespace Lectern.Host.Jupyter;

/// <summary>A channel of requests, shell or control, with a thread that takes one after the other.</summary>
/// <remarks>Around each request stand the outputs <c>busy</c> and <c>idle</c>, whatever happens to it.</remarks>
internal sealed class RequestChannel
{
    // Requests that a front end sent in one go with the one that failed are here by then.
    private const int Straggling = 20;

    private readonly string name;
    private readonly ZmqSocket socket;
    private readonly Wire wire;
    private readonly OutputChannel output;
    private readonly Action<string> log;
    private readonly Func<Request, RequestChannel, byte[]?> answer;
    private readonly Action interrupt;
    private readonly Queue<Request> waiting = new();
    private readonly HashSet<Request> aborted = [];
    private long idleSince = Environment.TickCount64;

    /// <summary>Starts taking requests.</summary>
    /// <param name="name">The channel's name, for the log.</param>
    /// <param name="socket">The bound socket; the channel disposes it.</param>
    /// <param name="wire">Signs and checks.</param>
    /// <param name="output">Where busy and idle go.</param>
    /// <param name="log">Told of what was dropped.</param>
    /// <param name="answer">Makes a reply's content; null where a request has none.</param>
    /// <param name="interrupt">Stops the running cell.</param>
    public RequestChannel(
        string name, ZmqSocket socket, Wire wire, OutputChannel output, Action<string> log,
        Func<Request, RequestChannel, byte[]?> answer, Action interrupt)
    {
        (this.name, this.socket, this.wire, this.output, this.log, this.answer, this.interrupt) =
            (name, socket, wire, output, log, answer, interrupt);
        Thread = new Thread(Loop) { IsBackground = true, Name = name };
        Thread.Start();
    }

    /// <summary>The thread that takes the requests; it ends when the context is shut down.</summary>
    public Thread Thread { get; }

    /// <summary>How long the channel has had nothing to do.</summary>
    public TimeSpan Idle => TimeSpan.FromMilliseconds(Math.Max(0, Environment.TickCount64 - Volatile.Read(ref idleSince)));

    /// <summary>While a request is answered: those to run code that came after it will not be run.</summary>
    public void AbortWaiting()
    {
        while (socket.Receive(Straggling) is { } frames)
        {
            if (wire.Read(frames, name) is { } request)
            {
                waiting.Enqueue(request);
            }
        }
        aborted.UnionWith(waiting.Where(request => request.Type == "execute_request"));
    }

    private void Loop()
    {
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out var request) || (request = wire.Read(socket.Receive()!, name)) is not null)
                {
                    Volatile.Write(ref idleSince, long.MaxValue);
                    Handle(request);
                    Volatile.Write(ref idleSince, Environment.TickCount64);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The kernel ends.
        }
        finally
        {
            socket.Dispose();
        }
    }

    private void Handle(Request request)
    {
        if (request.Type == "interrupt_request")
        {
            // Before a word is said: a cell that prints without end may keep the output busy.
            interrupt();
        }
        output.Send("status", Status("busy"), request.HeaderBytes);
        try
        {
            if (Answer(request) is { } content)
            {
                // A front end that has the reply may take it that it has the outputs.
                output.Flush();
                socket.Send(wire.Write(request.Identities, request.ReplyType, content, request.HeaderBytes));
            }
        }
        catch (IOException fault)
        {
            log($"could not answer a {request.Type}: {fault.Message}");
        }
        finally
        {
            output.Send("status", Status("idle"), request.HeaderBytes);
        }
    }

    private byte[]? Answer(Request request)
    {
        if (aborted.Remove(request))
        {
            return """{"status":"aborted"}"""u8.ToArray();
        }
        if (request.Content is null)
        {
            return Failure(
                "RequestTooLarge", $"The request has {request.Size} bytes; the kernel reads up to {Wire.LargestContent}.");
        }
        try
        {
            return answer(request, this);
        }
        catch (Exception fault) when (fault is not ObjectDisposedException)
        {
            log($"a {request.Type} failed: {fault}");
            return Failure(fault.GetType().Name, fault.Message);
        }
    }

    private static byte[] Failure(string name, string message) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("status", "error");
        CellWire.WriteError(writer, new Engine.CellError(name, message, [message]));
        writer.WriteEndObject();
    });

    private static byte[] Status(string state) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("execution_state", state);
        writer.WriteEndObject();
    });
}
