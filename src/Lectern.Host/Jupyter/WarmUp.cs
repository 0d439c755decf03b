using Microsoft.CodeAnalysis.CSharp.Scripting;

namespace Lectern.Host.Jupyter;

/// <summary>Compiles a line before the first cell comes, so that the compiler is there when it does.</summary>
/// <remarks>
/// With references of its own, not the session's: where two compilations read the same references at once, each may make
/// symbols of its own for an assembly, and later cells then find every function of it twice (CS0121).
/// </remarks>
internal static class WarmUp
{
    /// <summary>Starts it.</summary>
    public static Task RunAsync() => Task.Run(() => CSharpScript.EvaluateAsync<object>("1 + 1"));
}
