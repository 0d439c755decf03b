namespace Lectern.Host.Jupyter;

/// <summary>What the kernel says of itself: lines on its standard error, where Jupyter's log is.</summary>
/// <param name="writer">The standard error, before any cell has taken its place.</param>
internal sealed class KernelLog(TextWriter writer)
{
    private readonly Lock gate = new();

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        lock (gate)
        {
            try
            {
                writer.WriteLine($"lectern kernel: {PlainText.Of(line)}");
                writer.Flush();
            }
            catch (IOException)
            {
                // Whoever started the kernel reads its words no more.
            }
        }
    }
}
