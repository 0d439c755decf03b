namespace Lectern.Host.Engine;

/// <summary>Keeps nothing of what a cell shows, however much that is.</summary>
internal class NoOutput : ICellOutput
{
    public void Stream(string name, string text)
    {
    }

    public void Display(MimeBundle bundle, string id)
    {
    }

    public void Update(MimeBundle bundle, string id)
    {
    }

    public void Result(MimeBundle bundle, int number)
    {
    }

    public void Error(CellError error)
    {
    }

    public void Clear(bool wait)
    {
    }

    public virtual string? ReadLine(string prompt, bool password) =>
        throw new InvalidOperationException("Nobody is there to type a line of input.");
}
