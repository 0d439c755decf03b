using System.Text;
using System.Text.Json.Nodes;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>A message of the kernel's, as a front end reads it.</summary>
internal sealed record KernelMessage(string Type, string? Parent, JsonObject Content)
{
    public string? this[string member] => Content[member]?.ToString();

    /// <summary>The plain text of a result or display.</summary>
    public string? Plain => Content["data"]?["text/plain"]?.ToString();

    public static KernelMessage Of(IReadOnlyList<byte[]> frames, string key)
    {
        var at = frames.ToList().FindIndex(f => f.AsSpan().SequenceEqual("<IDS|MSG>"u8));
        Assert.InRange(at, 0, 1);
        var signed = frames.Skip(at + 2).Take(4).SelectMany(f => f).ToArray();
        Assert.Equal(Signature(key, signed), Encoding.ASCII.GetString(frames[at + 1]));
        var header = JsonNode.Parse(frames[at + 2])!;
        return new KernelMessage(
            (string)header["msg_type"]!, (string?)JsonNode.Parse(frames[at + 3])!["msg_id"], JsonNode.Parse(frames[at + 5])!.AsObject());
    }

    public static string Signature(string key, byte[] signed) => key.Length == 0 ? ""
        : Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed));
}
