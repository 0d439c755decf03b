using System.Reflection;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Host.Languages;

/// <summary>A cell that has been compiled; once started, the variables that it declares are the fields of its instance.</summary>
/// <param name="code">The cell.</param>
/// <param name="compilation">What later cells go on from.</param>
/// <param name="factory">Makes the instance, puts it at its place among those before it, and runs the cell; null where there is
/// nothing to run.</param>
internal sealed class Submission(
    string code, CSharpCompilation compilation, Func<object?[], Task<object?>>? factory)
{
    private readonly Func<object?[], Task<object?>>? factory = factory;
    private object? instance;

    /// <summary>The cell.</summary>
    public string Code => code;

    /// <summary>What later cells go on from.</summary>
    public CSharpCompilation Compilation { get; private set; } = compilation;

    /// <summary>Whether later cells can go on from it: its instance, if it needs one, stands.</summary>
    public bool IsStarted => factory is null || instance is not null;

    /// <summary>What was loaded for it; null before it is started, or where there is nothing to run.</summary>
    public Assembly? Assembly => instance?.GetType().Assembly;

    /// <summary>The cell's variables with their values, in the order in which it declares them.</summary>
    public IEnumerable<Variable> Variables => instance is null ? [] : instance.GetType()
        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        .Where(declared => char.IsLetter(declared.Name[0]) || declared.Name[0] == '_')
        .Select(declared => new Variable(declared.Name, declared.FieldType, declared.GetValue(instance)));

    /// <summary>Lets later cells see another one before this; it must mean the same there.</summary>
    public void Follow(CSharpCompilation previous) => Compilation = Compilation.WithScriptCompilationInfo(
        Compilation.ScriptCompilationInfo!.WithPreviousScriptCompilation(previous));

    /// <summary>Runs the cell up to its first wait.</summary>
    /// <param name="before">The cells that it goes on from.</param>
    /// <returns>Ends with the cell; the value of its last expression.</returns>
    public Task<object?> Start(IReadOnlyList<Submission> before)
    {
        if (factory is null)
        {
            return Task.FromResult<object?>(null);
        }
        // A place for the object of a host, one for each cell before that had anything to run, and the cell's own.
        object?[] places = [null, .. before.Where(cell => cell.factory is not null).Select(cell => cell.instance), null];
        try
        {
            return factory(places);
        }
        finally
        {
            instance = places[^1];
        }
    }
}
