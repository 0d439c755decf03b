using System.Text.Json.Nodes;
using Lectern.Host.Engine;
using Lectern.Host.Jupyter.Sockets;

namespace Lectern.Host.Jupyter;

/// <summary>A kernel as Jupyter knows it: five channels, and one session behind them.</summary>
/// <remarks>
/// Shell and control have a thread each, so that a request on control reaches a kernel whose cell runs for ever.
/// </remarks>
internal sealed class JupyterKernel : IDisposable
{
    private readonly ZmqContext context = new();
    private readonly Wire wire;
    private readonly KernelLog log;
    private readonly OutputChannel output;
    private readonly InputChannel input;
    private readonly Execution execution;
    private readonly Introspection introspection;
    private readonly RequestChannel requests;
    private readonly List<Thread> threads = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens at the places that the connection file names.</summary>
    /// <param name="connection">The connection file.</param>
    /// <param name="session">The session, which may still be starting.</param>
    /// <param name="log">The kernel's log.</param>
    /// <param name="drain">Called at a cell's end: brings in what native code has written.</param>
    /// <exception cref="IOException">A place cannot be listened at.</exception>
    /// <exception cref="InvalidOperationException">libzmq is not on this machine.</exception>
    public JupyterKernel(ConnectionFile connection, Task<Session> session, KernelLog log, Action drain)
    {
        this.log = log;
        wire = new Wire(connection.Key, log.Write);
        // All places first: a kernel that cannot have one of them does not begin.
        var shell = Listen(Zmq.Router, connection.Shell);
        var control = Listen(Zmq.Router, connection.Control);
        var stdin = Listen(Zmq.Router, connection.Stdin, socket => socket.Set(Zmq.MandatoryOption, 1));
        var heartbeat = Listen(Zmq.Reply, connection.Heartbeat);
        output = new OutputChannel(Listen(Zmq.Publish, connection.IOPub, OutputChannel.Configure), wire, log.Write);
        input = new InputChannel(stdin, wire);
        introspection = new Introspection(session, output);
        execution = new Execution(session, output, input, introspection, log.Write, drain);
        output.Send("status", """{"execution_state":"starting"}"""u8.ToArray(), null);
        threads.Add(StartHeartbeat(heartbeat));
        requests = new RequestChannel("shell", shell, wire, output, log.Write, Answer, Interrupt);
        threads.Add(requests.Thread);
        threads.Add(new RequestChannel("control", control, wire, output, log.Write, Answer, Interrupt).Thread);

        ZmqSocket Listen(int type, int port, Action<ZmqSocket>? configure = null)
        {
            var socket = context.Socket(type);
            if (type == Zmq.Router)
            {
                // A front end that comes back under its name takes its old place. No reply is lost for a slow reader.
                socket.Set(Zmq.HandoverOption, 1);
                socket.Set(Zmq.SendHighWaterOption, 0);
                socket.Set(Zmq.ReceiveHighWaterOption, 0);
            }
            configure?.Invoke(socket);
            socket.Bind(connection.Address(port));
            return socket;
        }
    }

    /// <summary>Ends when a front end has told the kernel to.</summary>
    public Task Ended => ended.Task;

    /// <summary>How long no request has come.</summary>
    public TimeSpan Idle => requests.Idle;

    /// <summary>Stops the running cell, if there is one.</summary>
    public void Interrupt() => execution.Interrupt();

    /// <summary>Ends the channels, after what they still have to send; waits a second for a running cell.</summary>
    public void Dispose()
    {
        output.Dispose();
        context.ShutDown();
        var until = Environment.TickCount64 + 1000;
        if (threads.All(thread => thread.Join((int)Math.Max(1, until - Environment.TickCount64))))
        {
            input.Dispose();
            context.Dispose();
        }
        // Else a cell runs, and its request's thread holds a socket: the process will end with it.
    }

    private byte[]? Answer(Request request, RequestChannel channel)
    {
        var content = request.Content!;
        switch (request.Type)
        {
            case "kernel_info_request": return KernelInfo.Reply;
            case "execute_request": return execution.Execute(request, channel);
            case "history_request": return Json.Bytes(Ok(("history", execution.History.Answer(content))));
            case "complete_request": return introspection.Complete(content);
            case "inspect_request": return introspection.Inspect(content);
            case "is_complete_request": return introspection.IsComplete(content);
            case "comm_info_request": return Json.Bytes(Ok(("comms", new JsonObject())));
            case "comm_open": introspection.RefuseComm(request); return null;
            case "comm_msg" or "comm_close": return null;
            case "interrupt_request": return Json.Bytes(Ok());
            case "shutdown_request":
                // The reply is on its way before the channels are closed: closing waits for it.
                Task.Delay(50).ContinueWith(_ => ended.TrySetResult(), TaskScheduler.Default);
                return Json.Bytes(Ok(("restart", content.Flag("restart"))));
            default:
                log.Write($"does not know the request '{request.Type}'");
                return null;
        }
    }

    private static JsonObject Ok(params (string Name, JsonNode? Value)[] members)
    {
        var reply = new JsonObject { ["status"] = "ok" };
        foreach (var (name, value) in members)
        {
            reply[name] = value;
        }
        return reply;
    }

    private static Thread StartHeartbeat(ZmqSocket socket)
    {
        var thread = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    socket.Send(socket.Receive()!);
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
        })
        {
            IsBackground = true,
            Name = "heartbeat",
        };
        thread.Start();
        return thread;
    }
}
