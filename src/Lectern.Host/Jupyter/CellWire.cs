using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Host.Engine;

namespace Lectern.Host.Jupyter;

/// <summary>The outputs of one cell, sent as messages that belong to the request which ran it.</summary>
/// <remarks>
/// Each method's work is in a <c>finally</c>, where a thread is not stopped: an interruption comes before a message or
/// after it. A loop that does nothing but write would hardly ever be found outside of one; so it is stopped here.
/// </remarks>
/// <param name="output">The way to the front end.</param>
/// <param name="parent">What names the request.</param>
/// <param name="count">The cell's number.</param>
/// <param name="silent">Whether the front end wants no outputs.</param>
/// <param name="displays">The names of outputs that can be updated, shared by the kernel's cells.</param>
/// <param name="readLine">Asks the reader; takes the prompt and whether to hide what is typed.</param>
/// <param name="interrupt">Cancelled when the cell is to stop.</param>
internal sealed class CellWire(
    OutputQueue output, byte[] parent, int count, bool silent, DisplayNames displays,
    Func<string, bool, string?> readLine, CancellationToken interrupt) : ICellOutput
{
    // What a cell that was asked to stop has for its last words, in milliseconds. The session's own patience is longer.
    private const long Grace = 500;

    private long asked;

    /// <summary>The plain text of the cell's value, for the history; null where it had none.</summary>
    public string? ResultText { get; private set; }

    /// <inheritdoc/>
    public void Stream(string name, string text)
    {
        try
        {
        }
        finally
        {
            if (!silent)
            {
                output.Write(name, text, parent, interrupt);
            }
        }
        if (interrupt.IsCancellationRequested && SynchronizationContext.Current is CellThread)
        {
            asked = asked == 0 ? Environment.TickCount64 : asked;
            if (Environment.TickCount64 - asked >= Grace)
            {
                throw new OperationCanceledException(interrupt);
            }
        }
    }

    /// <inheritdoc/>
    public void Display(MimeBundle bundle, string id) =>
        Send("display_data", writer => WriteBundle(writer, bundle, displays.Add(id)));

    /// <inheritdoc/>
    public void Update(MimeBundle bundle, string id)
    {
        if (displays.Find(id) is { } name)
        {
            Send("update_display_data", writer => WriteBundle(writer, bundle, name));
        }
    }

    /// <inheritdoc/>
    public void Result(MimeBundle bundle, int number)
    {
        ResultText = bundle.Forms.GetValueOrDefault("text/plain") is JsonValue value
            && value.TryGetValue<string>(out var text) ? text : null;
        Send("execute_result", writer =>
        {
            writer.WriteNumber("execution_count", count);
            WriteBundle(writer, bundle, null);
        });
    }

    /// <inheritdoc/>
    public void Error(CellError error) => Send("error", writer => WriteError(writer, error));

    /// <inheritdoc/>
    public void Clear(bool wait) => Send("clear_output", writer => writer.WriteBoolean("wait", wait));

    /// <inheritdoc/>
    public string? ReadLine(string prompt, bool password) => readLine(prompt, password);

    /// <summary>An error's members, as outputs and replies have them.</summary>
    public static void WriteError(Utf8JsonWriter writer, CellError error)
    {
        writer.WriteString("ename", PlainText.Of(error.Name));
        writer.WriteString("evalue", PlainText.Of(error.Message));
        writer.WriteStartArray("traceback");
        foreach (var line in error.Traceback)
        {
            writer.WriteStringValue(PlainText.Of(line));
        }
        writer.WriteEndArray();
    }

    /// <summary>A bundle's members, as outputs and replies have them.</summary>
    public static void WriteBundle(Utf8JsonWriter writer, MimeBundle bundle, string? displayId)
    {
        writer.WriteStartObject("data");
        foreach (var (type, form) in bundle.Forms)
        {
            writer.WritePropertyName(type);
            form.WriteTo(writer);
        }
        writer.WriteEndObject();
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        if (displayId is not null)
        {
            writer.WriteStartObject("transient");
            writer.WriteString("display_id", displayId);
            writer.WriteEndObject();
        }
    }

    private void Send(string type, Action<Utf8JsonWriter> members)
    {
        if (silent)
        {
            return;
        }
        var content = Json.Write(writer =>
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        });
        try
        {
        }
        finally
        {
            output.Send(type, content, parent);
        }
    }
}
