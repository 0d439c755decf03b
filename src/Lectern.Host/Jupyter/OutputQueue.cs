using System.Text;

namespace Lectern.Host.Jupyter;

/// <summary>Everything that a front end shows, in the order in which it happened.</summary>
/// <remarks>
/// <para>Whoever has something to say only puts it in a queue. One thread owns the wire and sends: a cell's thread can be
/// stopped at any instruction, and half a message would spoil all that follow.</para>
/// <para>Text of a stream waits a moment for more, so that a loop of short lines becomes a few large messages. Where a
/// front end does not keep up, the writer is made to wait rather than lines to be lost.</para>
/// </remarks>
internal abstract class OutputQueue : IDisposable
{
    private const int LargestText = 1 << 16;
    private const long MostWaiting = 16 << 20;

    // Long enough to gather a loop's lines, too short to be noticed.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(25);

    private readonly object gate = new();
    private readonly Queue<Item> queue = new();
    private readonly Thread thread;
    private Item? last;
    private long waiting;
    private long added;
    private long sent;
    private int flushes;
    private bool closing;

    /// <summary>Begins empty.</summary>
    /// <param name="name">The sending thread's name.</param>
    protected OutputQueue(string name) => thread = new Thread(Loop) { IsBackground = true, Name = name };

    /// <summary>Whether nobody waits for what is still to be sent.</summary>
    protected bool IsClosing => Volatile.Read(ref closing);

    /// <summary>Starts sending; the last thing that a constructor does.</summary>
    protected void Start() => thread.Start();

    /// <summary>Sends a message, on the queue's thread.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="stream">The stream's name, where the message is text of one.</param>
    /// <param name="content">Its content.</param>
    /// <param name="parent">What names the request that it belongs to.</param>
    /// <exception cref="ObjectDisposedException">The other side is gone.</exception>
    protected abstract void Deliver(string type, string? stream, byte[] content, byte[]? parent);

    /// <summary>Lets go of the wire, on the queue's thread.</summary>
    protected abstract void Close();

    /// <summary>Sends a message after all that was said before it.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="content">Its content.</param>
    /// <param name="parent">What names the request that it belongs to.</param>
    public void Send(string type, byte[] content, byte[]? parent)
    {
        lock (gate)
        {
            Add(new Item(type, parent, content, null, 0), content.Length);
        }
    }

    /// <summary>Sends text of a stream, gathered with what is written shortly after it.</summary>
    /// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">The text.</param>
    /// <param name="parent">What names the request that it belongs to.</param>
    /// <param name="hurry">Cancelled when the writer must not be made to wait.</param>
    public void Write(string name, string text, byte[]? parent, CancellationToken hurry)
    {
        lock (gate)
        {
            if (last?.Text is { } open && last.Type == name && ReferenceEquals(last.Parent, parent)
                && open.Length + text.Length <= LargestText)
            {
                open.Append(text);
                waiting += text.Length;
                if (open.Length > LargestText / 2)
                {
                    Monitor.PulseAll(gate);
                }
            }
            else
            {
                Add(new Item(name, parent, null, new StringBuilder(text), Environment.TickCount64), text.Length);
            }
            while (waiting > MostWaiting && !closing && !hurry.IsCancellationRequested && Thread.CurrentThread != thread)
            {
                Monitor.Wait(gate, 50);
            }
        }
    }

    /// <summary>Waits until all that was said so far is on the wire.</summary>
    public void Flush()
    {
        lock (gate)
        {
            var end = added;
            flushes++;
            Monitor.PulseAll(gate);
            while (sent < end && !closing)
            {
                Monitor.Wait(gate, 50);
            }
            flushes--;
        }
    }

    /// <summary>Sends what is left, and closes.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closing = true;
            Monitor.PulseAll(gate);
        }
        thread.Join(TimeSpan.FromSeconds(2));
    }

    private void Add(Item item, long size)
    {
        queue.Enqueue(item);
        last = item;
        added++;
        waiting += size;
        Monitor.PulseAll(gate);
    }

    private void Loop()
    {
        try
        {
            while (Next() is { } item)
            {
                var (type, stream, content) = item.Content is { } ready ? (item.Type, null, ready) : ("stream", item.Type, StreamContent(item));
                Deliver(type, stream, content, item.Parent);
                lock (gate)
                {
                    sent++;
                    Monitor.PulseAll(gate);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The other side is gone, or the host ends.
        }
        finally
        {
            Close();
        }
    }

    private Item? Next()
    {
        lock (gate)
        {
            while (true)
            {
                if (queue.TryPeek(out var item))
                {
                    var age = Environment.TickCount64 - item.Since;
                    // Only text that nothing follows may still grow.
                    var grows = item.Text is { } text && item == last && text.Length < LargestText / 2
                        && flushes == 0 && !closing;
                    if (!grows || age >= Gathering.TotalMilliseconds)
                    {
                        queue.Dequeue();
                        last = item == last ? null : last;
                        waiting -= item.Content?.Length ?? item.Text!.Length;
                        return item;
                    }
                    Monitor.Wait(gate, Gathering - TimeSpan.FromMilliseconds(age));
                }
                else if (closing)
                {
                    return null;
                }
                else
                {
                    Monitor.Wait(gate);
                }
            }
        }
    }

    private static byte[] StreamContent(Item item) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name", item.Type);
        writer.WriteString("text", item.Text!.ToString());
        writer.WriteEndObject();
    });

    // A message that is ready, or a stream's text that may grow until it is taken.
    private sealed class Item(string type, byte[]? parent, byte[]? content, StringBuilder? text, long since)
    {
        public string Type => type;

        public byte[]? Parent => parent;

        public byte[]? Content => content;

        public StringBuilder? Text => text;

        public long Since => since;
    }
}
