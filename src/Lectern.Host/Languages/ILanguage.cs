using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>A language whose cells run in this process and keep what they declare.</summary>
internal interface ILanguage
{
    /// <summary>What the cells so far have declared, each name once, in the order in which they were first declared.</summary>
    IReadOnlyList<Variable> Variables { get; }

    /// <summary>Compiles and runs code on the session's thread, and shows the value of its last expression.</summary>
    /// <param name="code">The code; line breaks before it keep the lines' numbers.</param>
    /// <param name="cell">The cell that it stands in.</param>
    /// <returns>The value of the last expression, or null.</returns>
    /// <exception cref="CellFailure">It does not compile, or it threw.</exception>
    object? Run(string code, CellScope cell);

    /// <summary>Declares a variable, in place of an earlier one of that name.</summary>
    /// <exception cref="CellFailure">The value's type cannot be named in this language.</exception>
    void Declare(Variable variable, CellScope cell);

    /// <summary>Makes the assemblies' types known to the cells that follow.</summary>
    void Reference(IReadOnlyList<string> assemblies);
}
