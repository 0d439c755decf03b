namespace Lectern.Host.Languages;

/// <summary>A cell that is being written.</summary>
/// <param name="Code">Its text.</param>
/// <param name="Before">The texts of the cells above it: what they declare is known, whether they have run or not.</param>
internal sealed record Draft(string Code, IReadOnlyList<string> Before)
{
    /// <summary>A cell whose neighbours are not known: what has run is what there is.</summary>
    public Draft(string code) : this(code, [])
    {
    }
}
