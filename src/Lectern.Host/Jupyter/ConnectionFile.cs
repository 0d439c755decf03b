using System.Text.Json;

namespace Lectern.Host.Jupyter;

/// <summary>What a front end says of a kernel's channels: where they are to listen, and with which key to sign.</summary>
/// <param name="Transport"><c>tcp</c> or <c>ipc</c>.</param>
/// <param name="Ip">The address of <c>tcp</c>; the beginning of the sockets' path of <c>ipc</c>.</param>
/// <param name="Shell">The port of requests.</param>
/// <param name="Control">The port of requests that overtake others.</param>
/// <param name="IOPub">The port of outputs.</param>
/// <param name="Stdin">The port of questions to the reader.</param>
/// <param name="Heartbeat">The port that echoes.</param>
/// <param name="Key">The key of signatures; empty for none.</param>
internal sealed record ConnectionFile(
    string Transport, string Ip, int Shell, int Control, int IOPub, int Stdin, int Heartbeat, string Key)
{
    /// <summary>The one way of signing that Jupyter has.</summary>
    public const string Scheme = "hmac-sha256";

    /// <summary>Reads a connection file.</summary>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="FormatException">It is not what Jupyter writes.</exception>
    public static ConnectionFile Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var why = fault is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : fault.Message;
            throw new IOException(
                $"The connection file {path} cannot be read: {why}. " +
                "Jupyter writes it and names it when it starts the kernel.", fault);
        }
        return Parse(text, path);
    }

    /// <summary>Reads the text of a connection file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="FormatException">It is not what Jupyter writes.</exception>
    public static ConnectionFile Parse(string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Wrong($"its text is a JSON {root.ValueKind}, not an object");
            }
            var scheme = Text("signature_scheme", Scheme);
            if (scheme != Scheme)
            {
                throw Wrong($"signature_scheme is '{scheme}'; the kernel signs with {Scheme} only");
            }
            var transport = Text("transport", "tcp");
            if (transport is not ("tcp" or "ipc"))
            {
                throw Wrong($"transport is '{transport}'; it can be tcp or ipc");
            }
            return new ConnectionFile(
                transport, Text("ip"), Port("shell_port"), Port("control_port"), Port("iopub_port"), Port("stdin_port"),
                Port("hb_port"), Text("key", ""));

            string Text(string name, string? absent = null) =>
                !root.TryGetProperty(name, out var value) ? absent ?? throw Wrong($"{name} is missing")
                : value.ValueKind == JsonValueKind.String ? value.GetString()!
                : throw Wrong($"{name} is a {value.ValueKind}, not a text");

            int Port(string name) =>
                !root.TryGetProperty(name, out var value) ? throw Wrong($"{name} is missing")
                : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var port)
                    && port is > 0 and < 65536 ? port
                : throw Wrong($"{name} is {value.GetRawText()}, not a port from 1 to 65535");
        }
        catch (JsonException fault)
        {
            throw Wrong($"it is no JSON ({fault.Message.TrimEnd('.')})");
        }

        FormatException Wrong(string why) => new($"The connection file {path} is not what Jupyter writes: {why}.");
    }

    /// <summary>The address of a channel in libzmq's notation.</summary>
    /// <param name="port">The channel's port.</param>
    public string Address(int port) => Transport == "ipc" ? $"ipc://{Ip}-{port}"
        : Ip.Contains(':') && !Ip.StartsWith('[') ? $"tcp://[{Ip}]:{port}"
        : $"tcp://{Ip}:{port}";
}
