namespace Lectern.Host.Notebooks;

/// <summary>What a cell holds.</summary>
internal enum CellKind
{
    /// <summary>Code, with outputs.</summary>
    Code,

    /// <summary>Markdown.</summary>
    Markdown,

    /// <summary>Anything else: left as it is.</summary>
    Raw,
}
