using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Editor;

/// <summary>An editor's end of the stream, and the host that it has started.</summary>
internal sealed class EditorClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder folder = new();
    private readonly BlockingCollection<JsonObject> messages = [];
    private readonly List<JsonObject> early = [];
    private long last;

    public EditorClient()
    {
        var start = LessonProcess.Dotnet([Checkout.Host, "stream"]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        (start.WorkingDirectory, start.StandardInputEncoding, start.StandardOutputEncoding) = (folder.Path, new UTF8Encoding(false), Encoding.UTF8);
        Process = Process.Start(start)!;
        Process.ErrorDataReceived += (_, line) => Log.Enqueue(line.Data ?? "");
        Process.BeginErrorReadLine();
        new Thread(() =>
        {
            while (Process.StandardOutput.ReadLine() is { } line)
            {
                messages.Add((JsonObject)JsonNode.Parse(line)!);
            }
            messages.CompleteAdding();
        })
        { IsBackground = true }.Start();
    }

    public Process Process { get; }

    public ConcurrentQueue<string> Log { get; } = [];

    public string Folder => folder.Path;

    public void Line(string line)
    {
        Process.StandardInput.WriteLine(line);
        Process.StandardInput.Flush();
    }

    /// <summary>Sends a request; its number.</summary>
    public long Send(string type, object? content = null)
    {
        var id = ++last;
        Line(JsonSerializer.Serialize(new { id, type, content = content ?? new { } }));
        return id;
    }

    /// <summary>The next message that is wanted; others are kept for later.</summary>
    public JsonObject Next(Func<JsonObject, bool> wanted)
    {
        var kept = early.FindIndex(message => wanted(message));
        if (kept >= 0)
        {
            var message = early[kept];
            early.RemoveAt(kept);
            return message;
        }
        var since = Stopwatch.StartNew();
        while (messages.TryTake(out var message, Patience - since.Elapsed is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero))
        {
            if (wanted(message))
            {
                return message;
            }
            early.Add(message);
        }
        throw new TimeoutException($"The message did not come; there came: {string.Join('\n', early)}\n{string.Join('\n', Log)}");
    }

    public JsonObject Reply(long id) => (JsonObject)Next(message => IsOf(message, id) && Type(message) == "reply")["content"]!;

    public JsonObject Ask(string type, object? content = null) => Reply(Send(type, content));

    /// <summary>Runs a cell: what came before its reply, and the reply.</summary>
    public (List<JsonObject> Outputs, JsonObject Reply) Run(string code)
    {
        var id = Send("execute", new { code });
        var outputs = new List<JsonObject>();
        while (true)
        {
            var message = Next(message => IsOf(message, id));
            if (Type(message) == "reply")
            {
                return (outputs, (JsonObject)message["content"]!);
            }
            outputs.Add(message);
        }
    }

    public static string Type(JsonObject message) => (string)message["type"]!;

    public static bool IsOf(JsonObject message, long id) => (long?)message["parent"] == id;

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
        }
        Process.WaitForExit();
        Process.Dispose();
        folder.Dispose();
    }
}
