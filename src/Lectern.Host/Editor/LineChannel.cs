using System.Text;
using System.Text.Json;
using Lectern.Host.Jupyter;

namespace Lectern.Host.Editor;

/// <summary>Messages to an editor, each a line of JSON: <c>{"type":…,"parent":…,"content":{…}}</c>.</summary>
internal sealed class LineChannel : OutputQueue
{
    private readonly Stream stream;
    private bool isBroken;

    /// <summary>Starts sending.</summary>
    /// <param name="stream">Where lines go; the channel disposes it.</param>
    public LineChannel(Stream stream) : base("lines")
    {
        this.stream = stream;
        Start();
    }

    /// <summary>What names a request in the messages that belong to it.</summary>
    public static byte[] Parent(long id) => Encoding.ASCII.GetBytes(id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    protected override void Deliver(string type, string? stream, byte[] content, byte[]? parent)
    {
        if (isBroken)
        {
            return;
        }
        var line = Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            if (parent is not null)
            {
                writer.WritePropertyName("parent");
                writer.WriteRawValue(parent);
            }
            writer.WritePropertyName("content");
            writer.WriteRawValue(content, skipInputValidation: true);
            writer.WriteEndObject();
        });
        try
        {
            this.stream.Write([.. line, (byte)'\n']);
            this.stream.Flush();
        }
        catch (IOException)
        {
            // The editor reads no more. Its end of the input is closed as well, which ends the host.
            isBroken = true;
        }
    }

    /// <inheritdoc/>
    protected override void Close() => stream.Dispose();
}
