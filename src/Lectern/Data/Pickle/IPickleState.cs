namespace Pickle;

/// <summary>An object that a pickle fills after making it (the BUILD opcode, Python's
/// <c>__setstate__</c>).</summary>
internal interface IPickleState
{
    /// <summary>Takes the state, as the unpickler read it: mostly a tuple (<c>object?[]</c>) or a
    /// dictionary.</summary>
    void Build(object? state);
}
