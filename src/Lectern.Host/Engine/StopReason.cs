namespace Lectern.Host.Engine;

/// <summary>Why work was told to stop.</summary>
internal enum StopReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It took longer than it may.</summary>
    Limit,

    /// <summary>The reader wished it.</summary>
    Reader,
}
