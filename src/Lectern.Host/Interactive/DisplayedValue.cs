using Lectern.Host.Engine;

namespace Lectern.Host.Interactive;

/// <summary>An output that is on the page, and can be replaced by another in the same place.</summary>
public sealed class DisplayedValue
{
    private readonly Session session;
    private readonly string[] mimeTypes;

    internal DisplayedValue(Session session, string id, string[] mimeTypes)
    {
        this.session = session;
        this.mimeTypes = mimeTypes;
        DisplayId = id;
    }

    /// <summary>The output's name within its session.</summary>
    public string DisplayId { get; }

    /// <summary>Shows another value in this place.</summary>
    /// <param name="updatedValue">Any value, of the same kind or another.</param>
    public void Update(object? updatedValue) => session.Update(DisplayId, updatedValue, mimeTypes);
}
