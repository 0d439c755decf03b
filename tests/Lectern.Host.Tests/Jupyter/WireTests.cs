using System.Text;
using Lectern.Host.Jupyter;

namespace Lectern.Host.Tests.Jupyter;

public class WireTests
{
    private readonly List<string> log = [];

    [Fact]
    public void What_is_written_with_a_key_is_read_with_it_once()
    {
        var frames = new Wire("key", log.Add).Write([[7]], "status", "{\"a\":1}"u8.ToArray(), null);
        var reader = new Wire("key", log.Add);

        var read = reader.Read(frames, "shell");
        Assert.Equal(("status", 1), (read?.Type, (int)read!.Content!["a"]!));
        Assert.Equal([7], Assert.Single(read.Identities));
        Assert.Null(reader.Read(frames, "control"));
        Assert.Equal("dropped a message on control: it was received before", Assert.Single(log));
    }

    [Fact]
    public void The_signature_is_that_of_RFC_2104_over_the_four_frames()
    {
        var frames = new Wire("key", log.Add).Write([], "status", "{}"u8.ToArray(), "{\"p\":0}"u8.ToArray());

        Assert.Equal(KernelMessage.Signature("key", [.. frames.Skip(2).SelectMany(f => f)]), Encoding.ASCII.GetString(frames[1]));
        Assert.Equal("{\"p\":0}", Encoding.UTF8.GetString(frames[3]));
    }

    [Fact]
    public void Another_key_and_no_key_are_refused()
    {
        Assert.Null(new Wire("key", log.Add).Read(new Wire("yek", log.Add).Write([], "status", "{}"u8.ToArray(), null), "shell"));
        Assert.Null(new Wire("key", log.Add).Read(new Wire("", log.Add).Write([], "status", "{}"u8.ToArray(), null), "shell"));
        Assert.Equal(2, log.Count);
    }

    [Fact]
    public void Of_the_signatures_seen_the_last_ones_are_remembered()
    {
        var writer = new Wire("key", log.Add);
        var reader = new Wire("key", log.Add);
        var first = writer.Write([], "status", "{}"u8.ToArray(), null);
        Assert.NotNull(reader.Read(first, "shell"));
        for (var i = 0; i < 1 << 16; i++)
        {
            Assert.NotNull(reader.Read(writer.Write([], "status", "{}"u8.ToArray(), null), "shell"));
        }

        Assert.NotNull(reader.Read(first, "shell"));
        Assert.Empty(log);
    }
}
