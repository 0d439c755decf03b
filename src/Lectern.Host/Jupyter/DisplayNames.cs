using System.Collections.Concurrent;

namespace Lectern.Host.Jupyter;

/// <summary>The names under which a front end knows the outputs that can be updated.</summary>
/// <remarks>
/// A session counts its displays from 1; a page keeps those of the kernel before a restart.
/// So each kernel adds a name of its own.
/// </remarks>
/// <param name="log">Told of updates that have no output.</param>
internal sealed class DisplayNames(Action<string> log)
{
    private readonly string kernel = Guid.NewGuid().ToString("N")[..12];
    private readonly ConcurrentDictionary<string, bool> shown = new(StringComparer.Ordinal);

    /// <summary>The name of a new output.</summary>
    /// <param name="id">The session's name for it.</param>
    public string Add(string id)
    {
        shown[id] = true;
        return $"{kernel}-{id}";
    }

    /// <summary>The name of an output that was shown; null, and a line in the log, for another.</summary>
    /// <param name="id">The session's name for it.</param>
    public string? Find(string id)
    {
        if (shown.ContainsKey(id))
        {
            return $"{kernel}-{id}";
        }
        log($"dropped an update of '{id}': no output of that name was shown");
        return null;
    }
}
