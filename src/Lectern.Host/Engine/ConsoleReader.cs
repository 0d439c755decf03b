namespace Lectern.Host.Engine;

/// <summary>Lets a cell that reads from the console ask its session's reader.</summary>
/// <param name="original">Standard input as it was, for what runs outside of cells.</param>
internal sealed class ConsoleReader(TextReader original) : TextReader
{
    private string rest = "";

    /// <inheritdoc/>
    public override string? ReadLine()
    {
        if (rest.Length > 0)
        {
            var line = rest.TrimEnd('\n');
            rest = "";
            return line;
        }
        return Session.Current is { } session ? session.ReadLine("", password: false) : original.ReadLine();
    }

    /// <inheritdoc/>
    public override int Peek() => Fill() ? rest[0] : -1;

    /// <inheritdoc/>
    public override int Read()
    {
        if (!Fill())
        {
            return -1;
        }
        var next = rest[0];
        rest = rest[1..];
        return next;
    }

    private bool Fill()
    {
        if (rest.Length == 0 && ReadLine() is { } line)
        {
            rest = line + "\n";
        }
        return rest.Length > 0;
    }
}
