using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Host.Engine;

namespace Lectern.Host.Jupyter;

/// <summary>Runs the cells that a front end sends, one after the other.</summary>
/// <param name="session">The session, which may still be starting.</param>
/// <param name="output">Where the cells' outputs go.</param>
/// <param name="input">Where a cell asks the reader.</param>
/// <param name="introspection">Where a question about a name is answered.</param>
/// <param name="log">Told of what a reader cannot see.</param>
/// <param name="drain">Called at a cell's end: brings in what native code has written.</param>
internal sealed partial class Execution(
    Task<Session> session, OutputChannel output, InputChannel input, Introspection introspection,
    Action<string> log, Action drain)
{
    private readonly Lock gate = new();
    private readonly DisplayNames displays = new(log);
    private CancellationTokenSource? running;
    private int count;

    /// <summary>The cells so far.</summary>
    public History History { get; } = new();

    /// <summary>Stops the running cell, if there is one.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            running?.Cancel();
        }
    }

    /// <summary>Runs a cell; the content of its <c>execute_reply</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="channel">Where it came from: a failure keeps the requests that wait there from being run.</param>
    public byte[] Execute(Request request, RequestChannel channel)
    {
        var asked = request.Content!;
        var code = asked.Text("code") ?? throw new FormatException("An execute_request needs its code as text.");
        var silent = asked.Flag("silent");
        var kept = !silent && asked.Flag("store_history", absent: true);
        var number = kept && !string.IsNullOrWhiteSpace(code) ? ++count : count;
        if (!silent)
        {
            var shown = new JsonObject { ["code"] = code, ["execution_count"] = number };
            output.Send("execute_input", Json.Bytes(shown), request.HeaderBytes);
        }

        using var interrupt = new CancellationTokenSource();
        lock (gate)
        {
            running = interrupt;
        }
        try
        {
            var asks = asked.Flag("allow_stdin", absent: true);
            var wire = new CellWire(
                output, request.HeaderBytes, number, silent, displays,
                (prompt, password) => Ask(asks, prompt, password), interrupt.Token);
            var question = Question().Match(code);
            var name = question.Groups["name"].Value;
            var page = question.Success ? introspection.Inspect(name, name.Length) : null;
            var error = question.Success ? NothingKnown(page, name, wire) : Run(code, wire, interrupt.Token);
            if (kept)
            {
                History.Add(number, code, wire.ResultText);
            }
            if (error is not null && asked.Flag("stop_on_error", absent: true))
            {
                channel.AbortWaiting();
            }
            var values = error is null ? Evaluate(asked["user_expressions"] as JsonObject, interrupt.Token) : [];
            return Reply(number, error, page, values);
        }
        finally
        {
            lock (gate)
            {
                running = null;
            }
        }

        string? Ask(bool asks, string prompt, bool password) => asks
            ? input.ReadLine(request, prompt, password, interrupt.Token)
            : throw new InvalidOperationException(
                "This front end takes no input for this cell. Let the cell take the text from a variable.");
    }

    private static CellError? NothingKnown(MimeBundle? page, string name, CellWire wire)
    {
        if (page is not null)
        {
            return null;
        }
        var message = $"Nothing is known of '{name}'.";
        var error = new CellError("UnknownName", message, [message]);
        wire.Error(error);
        return error;
    }

    private CellError? Run(string code, CellWire wire, CancellationToken interrupt)
    {
        if (string.IsNullOrWhiteSpace(code))
        {
            return null;
        }
        try
        {
            var result = session.GetAwaiter().GetResult().ExecuteAsync(code, wire, null, interrupt).GetAwaiter().GetResult();
            return result.Error;
        }
        catch (Exception fault)
        {
            // The session itself gave up: an earlier cell holds its thread, or there is no memory left.
            var error = new CellError(fault.GetType().Name, fault.Message, [fault.Message]);
            wire.Error(error);
            return error;
        }
        finally
        {
            drain();
        }
    }

    private List<(string Name, ExpressionResult Result)> Evaluate(JsonObject? expressions, CancellationToken interrupt) =>
    [
        .. (expressions ?? []).Select(pair =>
        {
            var code = pair.Value is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
            return (pair.Key, session.Result.EvaluateAsync(code, interrupt).GetAwaiter().GetResult());
        }),
    ];

    private static byte[] Reply(
        int number, CellError? error, MimeBundle? page,
        List<(string Name, ExpressionResult Result)> expressions) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("status", error is null ? "ok" : "error");
        writer.WriteNumber("execution_count", number);
        if (error is not null)
        {
            CellWire.WriteError(writer, error);
        }
        writer.WriteStartObject("user_expressions");
        foreach (var (name, result) in expressions)
        {
            writer.WriteStartObject(name);
            WriteExpression(writer, result);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteStartArray("payload");
        if (page is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("source", "page");
            writer.WriteNumber("start", 0);
            CellWire.WriteBundle(writer, page, null);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteExpression(Utf8JsonWriter writer, ExpressionResult result)
    {
        writer.WriteString("status", result.Error is null ? "ok" : "error");
        if (result.Error is { } error)
        {
            CellWire.WriteError(writer, error);
        }
        else
        {
            CellWire.WriteBundle(writer, result.Value ?? new MimeBundle(), null);
        }
    }

    // ?name or name?, as in IPython: neither is C#. The answer opens in the notebook's pager.
    [GeneratedRegex(@"^\s*(?:\?{1,2}\s*(?<name>[\w.<>]+)|(?<name>[\w.<>]+)\s*\?{1,2})\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Question();
}
