using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lectern.Tests.Data;

/// <summary>A small HTTP server on 127.0.0.1 that can misbehave, and remembers what it was asked.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();

    public FileServer()
    {
        listener.Start();
        _ = Task.Run(Accept);
    }

    public Dictionary<string, byte[]> Files { get; } = [];

    public bool KnowsRanges { get; set; } = true;

    /// <summary>How many bytes of a body to send before closing, answer by answer; then all.</summary>
    public ConcurrentQueue<int> CutAfter { get; } = new();

    /// <summary>Status codes to answer with before behaving, answer by answer.</summary>
    public ConcurrentQueue<int> Refusals { get; } = new();

    public TimeSpan Delay { get; set; }

    /// <summary>The requests so far: path, and the first byte asked for.</summary>
    public ConcurrentQueue<(string Path, long From)> Asked { get; } = new();

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>An address of this machine where nothing listens.</summary>
    public static string Nowhere()
    {
        using var server = new FileServer();
        return server.Address;
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = Task.Run(() => Answer(client));
            }
        }
        catch (Exception error) when (
            error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Answer(TcpClient client)
    {
        using var _ = client;
        await using var stream = client.GetStream();
        var head = await ReadHead(stream);
        var path = Uri.UnescapeDataString(head.Split(' ')[1].TrimStart('/'));
        const string Range = "Range: bytes=";
        var lines = head.Split("\r\n");
        var range = lines.FirstOrDefault(line => line.StartsWith(Range, StringComparison.Ordinal));
        var from = range is null ? 0 : long.Parse(range[Range.Length..].TrimEnd('-'));
        Asked.Enqueue((path, from));
        await Task.Delay(Delay);
        if (Refusals.TryDequeue(out var status))
        {
            await Send(stream, $"{status} No\r\nContent-Length: 0\r\n", default, 0);
        }
        else if (!Files.TryGetValue(path, out var bytes))
        {
            await Send(stream, "404 Not Found\r\nContent-Length: 0\r\n", default, 0);
        }
        else
        {
            var first = KnowsRanges ? (int)from : 0;
            var body = bytes.AsMemory(first);
            var start = first > 0
                ? $"206 Partial Content\r\nContent-Range: bytes {first}-{bytes.Length - 1}/{bytes.Length}\r\n"
                : "200 OK\r\n";
            var length = CutAfter.TryDequeue(out var cut) ? Math.Min(cut, body.Length) : body.Length;
            await Send(stream, $"{start}Content-Length: {body.Length}\r\n", body, length);
        }
    }

    private static async Task<string> ReadHead(NetworkStream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[1024];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                break;
            }
            head.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        return head.ToString();
    }

    private static async Task Send(NetworkStream stream, string head, ReadOnlyMemory<byte> body, int length)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {head}Connection: close\r\n\r\n"));
        await stream.WriteAsync(body[..length]);
    }
}
