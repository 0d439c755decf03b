using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>A line that begins with <c>#!</c>.</summary>
/// <param name="Usage">How it is written, without <c>#!</c>.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Run">Does it: the rest of the line, and the cell.</param>
internal sealed record Magic(string Usage, string Summary, Action<string, CellScope> Run)
{
    /// <summary>Its name.</summary>
    public string Name => Usage.Split(' ')[0];
}
