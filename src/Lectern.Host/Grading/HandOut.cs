using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Host.Notebooks;

namespace Lectern.Host.Grading;

/// <summary>A lesson for students: without solutions and outputs.</summary>
internal static partial class HandOut
{
    /// <summary>The metadata that says which lesson a notebook is, whatever its file is called when it comes back.</summary>
    public const string Key = "lectern";

    /// <summary>The lesson as it is handed out.</summary>
    /// <param name="lesson">The lesson's name.</param>
    /// <param name="notebook">Its notebook, which stays as it is.</param>
    public static Notebook Of(string lesson, Notebook notebook)
    {
        var stubs = Exercise.Of(notebook).Select(e => e.Stub).ToHashSet();
        var sheet = Notebook.Create();
        sheet.Metadata[Key] = new JsonObject { ["lesson"] = lesson };
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = new Cell((JsonObject)notebook.Cells[i].Json.DeepClone());
            if (cell.Kind == CellKind.Code)
            {
                (cell.Outputs, cell.ExecutionCount) = ([], null);
            }
            else if (i > 0 && stubs.Contains(notebook.Cells[i - 1]))
            {
                cell.Source = Folded().Replace(cell.Source.ReplaceLineEndings("\n"), "").Trim();
                if (cell.Source.Length == 0)
                {
                    continue;
                }
            }
            sheet.Add(cell);
        }
        return sheet;
    }

    [GeneratedRegex(@"<details\b.*?</details>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Folded();
}
