using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lectern.Host.Jupyter;

/// <summary>Jupyter's messages as frames: signs them, and takes only those that are signed, new and well formed.</summary>
/// <param name="key">The connection file's key; empty where messages are not signed.</param>
/// <param name="log">Told why a message was dropped.</param>
internal sealed class Wire(string key, Action<string> log)
{
    /// <summary>A content above this many bytes is not read; the request is answered with an error.</summary>
    public const int LargestContent = 32 << 20;

    // As many signatures are remembered; each is 32 bytes.
    private const int Remembered = 1 << 16;
    private const int LargestHeader = 1 << 20;

    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private readonly byte[] key = Encoding.UTF8.GetBytes(key);
    private readonly string session = Guid.NewGuid().ToString("N");
    private readonly Lock gate = new();
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();
    private int count;

    /// <summary>Reads a message.</summary>
    /// <param name="frames">Its frames.</param>
    /// <param name="channel">Where it came from, for the log.</param>
    /// <returns>The message; null where it was dropped.</returns>
    public Request? Read(IReadOnlyList<byte[]> frames, string channel)
    {
        var at = -1;
        for (var i = 0; i < frames.Count && at < 0; i++)
        {
            at = frames[i].AsSpan().SequenceEqual(Delimiter) ? i : -1;
        }
        if (at < 0 || frames.Count < at + 6)
        {
            return Drop(at < 0 ? "it has no <IDS|MSG>"
                : $"it has {frames.Count - at - 1} frames after <IDS|MSG>, not 5 or more");
        }
        if (!IsSigned(frames, at, out var why))
        {
            return Drop(why);
        }
        try
        {
            if (frames[at + 2].Length > LargestHeader || frames[at + 3].Length > LargestHeader)
            {
                return Drop("its header is larger than 1 MB");
            }
            var header = Parse(frames[at + 2], "header");
            if (header.Text("msg_type") is null or "" || header.Text("msg_id") is null)
            {
                return Drop("its header lacks msg_type or msg_id");
            }
            Parse(frames[at + 3], "parent header");
            var size = frames[at + 5].LongLength;
            var content = size > LargestContent ? null : Parse(frames[at + 5], "content");
            return new Request([.. frames.Take(at)], frames[at + 2], header, content, size);
        }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException)
        {
            return Drop(fault.Message);
        }

        Request? Drop(string reason)
        {
            log($"dropped a message on {channel}: {reason}");
            return null;
        }
    }

    /// <summary>The frames of a message of the kernel's.</summary>
    /// <param name="identities">To whom it goes; on iopub, its topic.</param>
    /// <param name="type">Its type.</param>
    /// <param name="content">Its content.</param>
    /// <param name="parent">The header of the message that caused it; null where there is none.</param>
    public IReadOnlyList<byte[]> Write(IReadOnlyList<byte[]> identities, string type, byte[] content, byte[]? parent)
    {
        var number = Interlocked.Increment(ref count);
        var header = Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("msg_id", string.Create(CultureInfo.InvariantCulture, $"{session}_{number}"));
            writer.WriteString("msg_type", type);
            writer.WriteString("session", session);
            writer.WriteString("username", "kernel");
            writer.WriteString(
                "date", DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("version", "5.3");
            writer.WriteEndObject();
        });
        byte[][] signed = [header, parent ?? Json.Empty, Json.Empty, content];
        var signature = key.Length == 0 ? "" : Convert.ToHexStringLower(Sign(signed));
        return [.. identities, Delimiter, Encoding.ASCII.GetBytes(signature), .. signed];
    }

    private bool IsSigned(IReadOnlyList<byte[]> frames, int at, out string why)
    {
        why = "";
        if (key.Length == 0)
        {
            return true;
        }
        var expected = Sign(frames.Skip(at + 2).Take(4));
        var text = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(expected));
        if (!CryptographicOperations.FixedTimeEquals(text, frames[at + 1]))
        {
            why = frames[at + 1].Length == 0 ? "it is not signed" : "its signature is not that of the connection file's key";
            return false;
        }
        lock (gate)
        {
            var signature = Encoding.ASCII.GetString(text);
            if (!seen.Add(signature))
            {
                why = "it was received before";
                return false;
            }
            order.Enqueue(signature);
            if (order.Count > Remembered)
            {
                seen.Remove(order.Dequeue());
            }
        }
        return true;
    }

    private byte[] Sign(IEnumerable<byte[]> frames)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var frame in frames)
        {
            hash.AppendData(frame);
        }
        return hash.GetHashAndReset();
    }

    private static JsonObject Parse(byte[] json, string what)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Strict) as JsonObject
                ?? throw new FormatException($"its {what} is no JSON object");
        }
        catch (JsonException fault)
        {
            throw new FormatException($"its {what} is no JSON ({fault.Message.TrimEnd('.')})", fault);
        }
    }
}
