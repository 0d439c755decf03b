using System.Text.Json.Nodes;

namespace Lectern.Host.Jupyter;

/// <summary>A message from a front end whose signature is right.</summary>
/// <param name="Identities">The sender, to whom the reply goes.</param>
/// <param name="HeaderBytes">The header as it came: the parent of all that answers it.</param>
/// <param name="Header">The header.</param>
/// <param name="Content">The content; null where it is larger than <see cref="Wire.LargestContent"/>.</param>
/// <param name="Size">The content's size in bytes.</param>
internal sealed record Request(
    IReadOnlyList<byte[]> Identities, byte[] HeaderBytes, JsonObject Header, JsonObject? Content, long Size)
{
    /// <summary>What is asked for, such as <c>execute_request</c>.</summary>
    public string Type { get; } = Header.Text("msg_type")!;

    /// <summary>The type of the answer, such as <c>execute_reply</c>.</summary>
    public string ReplyType =>
        (Type.EndsWith("_request", StringComparison.Ordinal) ? Type[..^"_request".Length] : Type) + "_reply";
}
