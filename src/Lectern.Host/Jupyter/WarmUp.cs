using Lectern.Host.Engine;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace Lectern.Host.Jupyter;

/// <summary>Compiles a line before the first cell comes, so that the compiler is there when it does.</summary>
internal static class WarmUp
{
    /// <summary>Starts it.</summary>
    /// <param name="session">The session, whose references are used.</param>
    public static async Task RunAsync(Task<Session> session)
    {
        await session.ConfigureAwait(false);
        await CSharpScript.EvaluateAsync<object>("1 + 1", ScriptOptions.Default.WithReferences(KitReferences.References)).ConfigureAwait(false);
    }
}
