namespace Lectern.Host.Setup;

/// <summary>What the doctor thinks of one thing.</summary>
public enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>The kit works, but slower or with less than it could.</summary>
    Warn,

    /// <summary>Lessons cannot run.</summary>
    Fail,
}
