namespace Lectern.Host.Engine;

/// <summary>Ends a cell with an error that is ready to be shown.</summary>
internal sealed class CellFailure(CellError error) : Exception(error.Message)
{
    /// <summary>A failure without a place in the code.</summary>
    public CellFailure(string name, string message) : this(new CellError(name, message, [message]))
    {
    }

    /// <summary>What the reader is shown.</summary>
    public CellError Error => error;
}
