using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Lectern.Host.Engine;
using Lectern.Host.Jupyter;

namespace Lectern.Host.Editor;

/// <summary>A notebook's host as an editor talks to it: lines of JSON in and out, described in src/Lectern.VSCode/README.md.</summary>
/// <remarks>
/// Cells run one after the other; questions about code that is being written are answered beside them, so that an editor
/// helps while a network trains. What a cell shows has the contents of Jupyter's messages.
/// </remarks>
internal sealed class EditorHost
{
    /// <summary>What a change that old editors would not understand adds one to.</summary>
    public const int Protocol = 1;

    private readonly Task<Session> session;
    private readonly LineChannel output;
    private readonly KernelLog log;
    private readonly Action drain;
    private readonly DisplayNames displays;
    private readonly Channel<Turn> turns = Channel.CreateUnbounded<Turn>();
    private readonly BlockingCollection<string?> answers = [];
    private readonly ConcurrentDictionary<long, CancellationTokenSource> questions = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? running;
    private int interruptions;
    private int count;
    private long idleSince = Environment.TickCount64;

    /// <summary>Waits for lines.</summary>
    /// <param name="session">The session, which may still be starting.</param>
    /// <param name="output">The way back.</param>
    /// <param name="log">The host's log.</param>
    /// <param name="drain">Called at a cell's end: brings in what native code has written.</param>
    public EditorHost(Task<Session> session, LineChannel output, KernelLog log, Action drain)
    {
        (this.session, this.output, this.log, this.drain) = (session, output, log, drain);
        displays = new DisplayNames(log.Write);
    }

    /// <summary>How long no cell has run.</summary>
    public TimeSpan Idle => TimeSpan.FromMilliseconds(Math.Max(0, Environment.TickCount64 - Volatile.Read(ref idleSince)));

    /// <summary>Serves until the input ends or the editor says so.</summary>
    /// <param name="input">The lines.</param>
    public async Task RunAsync(TextReader input)
    {
        Send("ready", null, new JsonObject
        {
            ["protocol"] = Protocol,
            ["version"] = typeof(EditorHost).Assembly.GetName().Version?.ToString(3),
            ["folder"] = Directory.GetCurrentDirectory(),
        });
        _ = Task.Run(TakeTurnsAsync);
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            EditorRequest request;
            try
            {
                request = EditorRequest.Read(line);
            }
            catch (FormatException fault)
            {
                Send("fault", null, new JsonObject { ["message"] = fault.Message });
                continue;
            }
            if (request.Type == "shutdown")
            {
                Reply(request, []);
                break;
            }
            Take(request);
        }
        Interrupt();
    }

    /// <summary>Stops the running cell and drops those that wait.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            interruptions++;
            running?.Cancel();
        }
    }

    private void Take(EditorRequest request)
    {
        switch (request.Type)
        {
            case "execute" or "variables":
                turns.Writer.TryWrite(new Turn(request, Volatile.Read(ref interruptions)));
                break;
            case "input":
                answers.Add(request.Content.Text("value"));
                break;
            case "interrupt":
                Interrupt();
                Reply(request, []);
                break;
            case "cancel":
                if (request.Content["request"] is JsonValue id && id.TryGetValue<long>(out var number) && questions.TryGetValue(number, out var question))
                {
                    question.Cancel();
                }
                break;
            default:
                // Known before the next line is read: it may be the word that the answer is not wanted.
                var cancellation = questions[request.Id] = new CancellationTokenSource();
                _ = Task.Run(() => AnswerAsync(request, cancellation));
                break;
        }
    }

    private async Task TakeTurnsAsync()
    {
        await foreach (var (request, before) in turns.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Volatile.Write(ref idleSince, long.MaxValue);
            try
            {
                if (request.Type == "variables")
                {
                    var variables = await (await session.ConfigureAwait(false)).VariablesAsync().ConfigureAwait(false);
                    Reply(request, new JsonObject
                    {
                        ["variables"] = EditorAnswers.Of(variables),
                    });
                }
                else if (before != Volatile.Read(ref interruptions))
                {
                    Fail(request, CellError.Interrupted, "The cell was not run: an earlier one was interrupted.");
                }
                else
                {
                    await ExecuteAsync(request).ConfigureAwait(false);
                }
            }
            catch (Exception fault)
            {
                log.Write($"a {request.Type} failed: {fault}");
                Fail(request, fault.GetType().Name, fault.Message);
            }
            Volatile.Write(ref idleSince, Environment.TickCount64);
        }
    }

    private async Task ExecuteAsync(EditorRequest request)
    {
        var code = request.Content.Text("code") ?? throw new FormatException("'execute' needs the cell's text as 'code'.");
        var parent = LineChannel.Parent(request.Id);
        output.Send("started", Json.Empty, parent);
        var watch = Stopwatch.StartNew();
        CellError? error = null;
        if (!string.IsNullOrWhiteSpace(code))
        {
            count++;
            using var interrupt = new CancellationTokenSource();
            lock (gate)
            {
                running = interrupt;
            }
            var wire = new CellWire(
                output, parent, count, silent: false, displays, (prompt, password) => Ask(parent, prompt, password, interrupt.Token), interrupt.Token);
            try
            {
                error = (await (await session.ConfigureAwait(false)).ExecuteAsync(code, wire, null, interrupt.Token).ConfigureAwait(false)).Error;
            }
            catch (Exception fault)
            {
                // The session itself gave up: an earlier cell holds its thread, or there is no memory left.
                error = new CellError(fault.GetType().Name, fault.Message, [fault.Message]);
                wire.Error(error);
            }
            finally
            {
                lock (gate)
                {
                    running = null;
                }
                drain();
            }
        }
        output.Send("reply", Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", error is null ? "ok" : "error");
            writer.WriteNumber("execution_count", count);
            writer.WriteNumber("milliseconds", Math.Round(watch.Elapsed.TotalMilliseconds, 3));
            if (error is not null)
            {
                CellWire.WriteError(writer, error);
            }
            writer.WriteEndObject();
        }), parent);
    }

    private string? Ask(byte[] parent, string prompt, bool password, CancellationToken interrupt)
    {
        while (answers.TryTake(out _))
        {
            // An answer that came after its question was given up.
        }
        output.Send("input_request", Json.Bytes(new JsonObject { ["prompt"] = prompt, ["password"] = password }), parent);
        return answers.Take(interrupt);
    }

    private async Task AnswerAsync(EditorRequest request, CancellationTokenSource cancellation)
    {
        try
        {
            var services = (await session.ConfigureAwait(false)).Services;
            Reply(request, await EditorAnswers.ToAsync(request, services, cancellation.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            Fail(request, "Cancelled", "The answer was not wanted any more.");
        }
        catch (Exception fault)
        {
            log.Write($"a {request.Type} failed: {fault}");
            Fail(request, fault.GetType().Name, fault.Message);
        }
        finally
        {
            questions.TryRemove(request.Id, out _);
            cancellation.Dispose();
        }
    }

    private void Reply(EditorRequest request, JsonObject content)
    {
        content.Insert(0, "status", "ok");
        Send("reply", request, content);
    }

    private void Fail(EditorRequest request, string name, string message) =>
        Send("reply", request, new JsonObject { ["status"] = "error", ["ename"] = name, ["evalue"] = message });

    private void Send(string type, EditorRequest? request, JsonObject content) =>
        output.Send(type, Json.Bytes(content), request is null ? null : LineChannel.Parent(request.Id));

    // What waits for its turn, and how many interruptions there had been when it came.
    private sealed record Turn(EditorRequest Request, int Interruptions);
}
