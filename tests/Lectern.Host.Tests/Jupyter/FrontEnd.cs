using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Lectern.Host.Jupyter;
using Lectern.Host.Jupyter.Sockets;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>A kernel in a process of its own, and the front end that speaks with it.</summary>
internal sealed class FrontEnd : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly ZmqContext context = new();
    private readonly List<ZmqSocket> sockets = [];
    private readonly ZmqSocket output;
    private readonly StringBuilder log = new();
    private int count;

    /// <summary>Starts a kernel and waits until its outputs arrive.</summary>
    public FrontEnd(string transport = "tcp", string key = "a key of the tests", params (string Name, string Value)[] environment)
    {
        Key = key;
        var ports = FreePorts();
        Connection = new ConnectionFile(
            transport, transport == "ipc" ? Path.Combine(folder.Path, "kernel") : "127.0.0.1", ports[0], ports[1], ports[2], ports[3], ports[4], key);
        File = Path.Combine(folder.Path, "connection.json");
        System.IO.File.WriteAllText(File, Json(Connection));
        Process = Start(File, log, folder.Path, environment);
        Shell = Connect(Zmq.Dealer, Connection.Shell);
        Control = Connect(Zmq.Dealer, Connection.Control);
        Input = Connect(Zmq.Dealer, Connection.Stdin);
        Heartbeat = Connect(Zmq.Request, Connection.Heartbeat);
        output = Connect(Zmq.Subscribe, Connection.IOPub);
        // A subscription takes a moment: what was published before it is not received.
        var since = Stopwatch.StartNew();
        while (true)
        {
            var id = Send(Shell, "kernel_info_request");
            Reply(Shell, id);
            if (Output(500) is not null)
            {
                while (Output(100) is not null)
                {
                }
                break;
            }
            Assert.True(since.Elapsed < Patience, $"no outputs of the kernel arrive\n{Log}");
        }
    }

    public ConnectionFile Connection { get; }

    public string File { get; }

    public string Key { get; }

    public Process Process { get; }

    public ZmqSocket Shell { get; }

    public ZmqSocket Control { get; }

    public ZmqSocket Input { get; }

    public ZmqSocket Heartbeat { get; }

    /// <summary>What the kernel has said on its standard error.</summary>
    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    public static void SkipUnlessPossible() => Assert.SkipUnless(
        new[] { "libzmq.so.5", "libzmq.dylib", "libzmq.dll" }.Any(name => NativeLibrary.TryLoad(name, out _)), "libzmq is not here");

    /// <summary>The text of a connection file.</summary>
    public static string Json(ConnectionFile c) => new JsonObject
    {
        ["transport"] = c.Transport,
        ["ip"] = c.Ip,
        ["shell_port"] = c.Shell,
        ["control_port"] = c.Control,
        ["iopub_port"] = c.IOPub,
        ["stdin_port"] = c.Stdin,
        ["hb_port"] = c.Heartbeat,
        ["key"] = c.Key,
        ["signature_scheme"] = "hmac-sha256",
        ["kernel_name"] = ".net-csharp",
    }.ToJsonString();

    /// <summary>Starts a kernel.</summary>
    public static Process Start(string file, StringBuilder log, string folder, params (string Name, string Value)[] environment)
    {
        var start = LessonProcess.Dotnet([Checkout.Host, "kernel", file]);
        (start.RedirectStandardError, start.RedirectStandardOutput, start.WorkingDirectory) = (true, true, folder);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        var process = new Process { StartInfo = start };
        void Take(string? line)
        {
            lock (log)
            {
                log.AppendLine(line);
            }
        }
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>The frames of a signed message.</summary>
    public List<byte[]> Frames(string type, JsonObject? content, out string id)
    {
        id = $"test-{++count}";
        var header = new JsonObject
        {
            ["msg_id"] = id,
            ["msg_type"] = type,
            ["session"] = "tests",
            ["username"] = "reader",
            ["date"] = "2026-01-01T00:00:00Z",
            ["version"] = "5.3",
        };
        return Signed(header.ToJsonString(), "{}", "{}", (content ?? []).ToJsonString());
    }

    /// <summary>The frames with a right signature, whatever they hold.</summary>
    public List<byte[]> Signed(params string[] parts)
    {
        var frames = parts.Select(Encoding.UTF8.GetBytes).ToList();
        var signature = KernelMessage.Signature(Key, [.. frames.SelectMany(f => f)]);
        return ["<IDS|MSG>"u8.ToArray(), Encoding.ASCII.GetBytes(signature), .. frames];
    }

    public string Send(ZmqSocket channel, string type, JsonObject? content = null)
    {
        channel.Send(Frames(type, content, out var id));
        return id;
    }

    /// <summary>The next message on a channel; null where none comes in that time.</summary>
    public KernelMessage? Receive(ZmqSocket channel, int milliseconds) =>
        channel.Receive(milliseconds) is { } frames ? KernelMessage.Of(frames, Key) : null;

    /// <summary>The next output; null where none comes in that time.</summary>
    public KernelMessage? Output(int milliseconds) => Receive(output, milliseconds);

    public KernelMessage Reply(ZmqSocket channel, string id)
    {
        while (true)
        {
            var reply = Receive(channel, (int)Patience.TotalMilliseconds);
            Assert.True(reply is not null, $"the kernel does not answer {id}; it says:\n{Log}");
            if (reply!.Parent == id)
            {
                return reply;
            }
        }
    }

    /// <summary>The outputs that belong to a request, up to its idle; busy and idle are checked and left out.</summary>
    public List<KernelMessage> Outputs(string id)
    {
        var outputs = new List<KernelMessage>();
        while (true)
        {
            var next = Output((int)Patience.TotalMilliseconds);
            Assert.True(next is not null, $"no idle comes for {id}; the kernel says:\n{Log}");
            if (next!.Parent != id)
            {
                continue;
            }
            outputs.Add(next);
            if (next.Type == "status" && next["execution_state"] == "idle")
            {
                Assert.Equal(("status", "busy"), (outputs[0].Type, outputs[0]["execution_state"]));
                Assert.Equal(2, outputs.Count(o => o.Type == "status"));
                return outputs[1..^1];
            }
        }
    }

    /// <summary>Asks on the shell channel; the reply and the outputs.</summary>
    public (KernelMessage Reply, List<KernelMessage> Outputs) Ask(string type, JsonObject? content = null)
    {
        var id = Send(Shell, type, content);
        return (Reply(Shell, id), Outputs(id));
    }

    /// <summary>Runs a cell; the reply and the outputs without its own code.</summary>
    public (KernelMessage Reply, List<KernelMessage> Outputs) Run(string code)
    {
        var (reply, outputs) = Ask("execute_request", Cell(code));
        Assert.Equal("execute_reply", reply.Type);
        Assert.Equal(code, Assert.Single(outputs, o => o.Type == "execute_input")["code"]);
        return (reply, [.. outputs.Where(o => o.Type != "execute_input")]);
    }

    /// <summary>The content of a request to run code.</summary>
    public static JsonObject Cell(string code) => new()
    {
        ["code"] = code,
        ["silent"] = false,
        ["store_history"] = true,
        ["user_expressions"] = new JsonObject(),
        ["allow_stdin"] = false,
        ["stop_on_error"] = true,
    };

    /// <summary>The text of a stream among outputs.</summary>
    public static string Text(IEnumerable<KernelMessage> outputs, string name = "stdout") =>
        string.Concat(outputs.Where(o => o.Type == "stream" && o["name"] == name).Select(o => o["text"]));

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
        }
        Process.WaitForExit();
        Process.Dispose();
        foreach (var socket in sockets)
        {
            socket.Set(Zmq.LingerOption, 0);
            socket.Dispose();
        }
        context.Dispose();
        folder.Dispose();
    }

    private ZmqSocket Connect(int type, int port)
    {
        var socket = context.Socket(type);
        sockets.Add(socket);
        if (type == Zmq.Dealer)
        {
            socket.Set(Zmq.IdentityOption, "the reader"u8);
        }
        if (type == Zmq.Subscribe)
        {
            socket.Set(Zmq.SubscribeOption, []);
        }
        socket.Connect(Connection.Address(port));
        return socket;
    }

    private static int[] FreePorts()
    {
        var listeners = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}
