using System.Text.RegularExpressions;

namespace Lectern.Host.Notebooks;

/// <summary>An exercise: a code cell with the tag <c>exercise</c>, and the solution folded into the Markdown that follows it.</summary>
/// <param name="Stub">The cell that the reader completes.</param>
/// <param name="Number">The exercise's place in its notebook, from 1.</param>
/// <param name="Solution">The code that replaces the stub; null where the Markdown has none.</param>
internal sealed partial record Exercise(Cell Stub, int Number, string? Solution)
{
    /// <summary>The tag that marks a stub.</summary>
    public const string Tag = "exercise";

    /// <summary>The exercises of a notebook, in order.</summary>
    public static IReadOnlyList<Exercise> Of(Notebook notebook)
    {
        var exercises = new List<Exercise>();
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            if (notebook.Cells[i] is { Kind: CellKind.Code } stub && stub.Tags.Contains(Tag))
            {
                var next = i + 1 < notebook.Cells.Count ? notebook.Cells[i + 1] : null;
                exercises.Add(new Exercise(stub, exercises.Count + 1, SolutionIn(next)));
            }
        }
        return exercises;
    }

    private static string? SolutionIn(Cell? cell)
    {
        if (cell is not { Kind: CellKind.Markdown })
        {
            return null;
        }
        var match = Folded().Match(cell.Source.ReplaceLineEndings("\n"));
        return match.Success ? match.Groups["code"].Value : null;
    }

    [GeneratedRegex(@"<details\b.*?^[ ]*```(?:csharp|cs|c\#)[^\n]*\n(?<code>.*?)^[ ]*```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Folded();
}
