using System.Text.Json.Nodes;
using Lectern.Host.Engine;
using Lectern.Host.Languages;

namespace Lectern.Host.Jupyter;

/// <summary>The requests of an editor about code that is being written.</summary>
/// <param name="session">The session, which may still be starting.</param>
/// <param name="output">Where refused comms are told.</param>
internal sealed class Introspection(Task<Session> session, OutputChannel output)
{
    // The first question loads the compiler's services: seconds, and more on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Session Session => session.GetAwaiter().GetResult();

    /// <summary>The content of a <c>complete_reply</c>.</summary>
    public byte[] Complete(JsonObject asked)
    {
        var (code, place) = Place(asked);
        using var patience = new CancellationTokenSource(Patience);
        var found = Session.Services.CompleteAsync(new Draft(code), place, patience.Token).GetAwaiter().GetResult();
        var (start, end) = (CodePoints.FromIndex(code, found.Start), CodePoints.FromIndex(code, found.End));
        return Json.Bytes(new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Items.Select(item => JsonValue.Create(item.Text))]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Items.Select(item => new JsonObject
                {
                    ["text"] = item.Text,
                    ["type"] = item.Kind,
                    ["signature"] = item.Description,
                    ["start"] = start,
                    ["end"] = end,
                })]),
            },
        });
    }

    /// <summary>The content of an <c>inspect_reply</c>.</summary>
    public byte[] Inspect(JsonObject asked)
    {
        var (code, place) = Place(asked);
        var found = Inspect(code, place);
        return Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", "ok");
            writer.WriteBoolean("found", found is not null);
            CellWire.WriteBundle(writer, found ?? new MimeBundle(), null);
            writer.WriteEndObject();
        });
    }

    /// <summary>The content of an <c>is_complete_reply</c>.</summary>
    public byte[] IsComplete(JsonObject asked)
    {
        var (status, indent) = Session.IsComplete(asked.Text("code") ?? "");
        var reply = new JsonObject { ["status"] = status };
        if (status == "incomplete")
        {
            reply["indent"] = indent;
        }
        return Json.Bytes(reply);
    }

    /// <summary>Closes a comm that a front end has opened: the kernel has none.</summary>
    public void RefuseComm(Request request) => output.Send(
        "comm_close",
        Json.Bytes(new JsonObject { ["comm_id"] = request.Content!.Text("comm_id") ?? "", ["data"] = new JsonObject() }),
        request.HeaderBytes);

    /// <summary>What is known of the name at a place in code, in UTF-16 units; null where nothing is.</summary>
    public MimeBundle? Inspect(string code, int place)
    {
        using var patience = new CancellationTokenSource(Patience);
        return Session.Services.InspectAsync(new Draft(code), place, patience.Token).GetAwaiter().GetResult()?.Bundle;
    }

    private static (string Code, int Place) Place(JsonObject asked)
    {
        var code = asked.Text("code") ?? "";
        return (code, CodePoints.ToIndex(code, asked.Number("cursor_pos") ?? int.MaxValue));
    }
}
