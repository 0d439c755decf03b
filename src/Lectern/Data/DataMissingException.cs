namespace Lectern.Data;

/// <summary>A data set was asked for that is neither shipped, nor in the cache, nor in the mirror
/// folder.</summary>
/// <param name="set">The data set's name.</param>
/// <param name="message">What is missing, where it was looked for, and how to get it.</param>
public sealed class DataMissingException(string set, string message) : IOException(message)
{
    /// <summary>The data set's name.</summary>
    public string Set { get; } = set;
}
