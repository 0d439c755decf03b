using System.Globalization;
using System.Net;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Lectern.Host.Grading;

/// <summary>Students × exercises, for the terminal, for a spreadsheet and as a page.</summary>
/// <param name="Exercises">The columns: lesson and number.</param>
/// <param name="Grades">All grades, in any order.</param>
/// <param name="NotGraded">Files that belong to no lesson, and why.</param>
internal sealed record GradeTable(
    IReadOnlyList<(string Lesson, int Number)> Exercises, IReadOnlyList<Grade> Grades, IReadOnlyList<(string Path, string Why)> NotGraded)
{
    /// <summary>The rows, by student: a grade a column.</summary>
    public IReadOnlyList<(string Student, IReadOnlyList<Grade> Grades)> Rows { get; } =
    [
        .. Grades.GroupBy(g => g.Student).OrderBy(g => g.Key, StringComparer.OrdinalIgnoreCase).Select(mine => (mine.Key, (IReadOnlyList<Grade>)
        [
            .. Exercises.Select(e => mine.FirstOrDefault(g => (g.Lesson, g.Exercise) == e)
                ?? new Grade(mine.Key, e.Lesson, e.Number, GradeOutcome.NotReturned)),
        ])),
    ];

    /// <summary>A row a student and lesson, since a terminal is narrow: how many passed, then each exercise's outcome.</summary>
    public IRenderable ToTerminal()
    {
        var most = Exercises.Select(e => e.Number).DefaultIfEmpty().Max();
        var table = new Table().Border(TableBorder.Simple).AddColumns(["student", "lesson", "passed", .. Enumerable.Range(1, most).Select(n => $"{n}")]);
        table.Columns[0].NoWrap();
        table.Columns[1].NoWrap();
        foreach (var (student, all) in Rows)
        {
            foreach (var lesson in all.GroupBy(g => g.Lesson))
            {
                var words = lesson.Select(g => $"[{Colour(g)}]{Markup.Escape(g.Word)}[/]").ToList();
                table.AddRow([
                    Markup.Escape(student), Markup.Escape(lesson.Key), $"{Passed([.. lesson])}/{words.Count}",
                    .. words, .. Enumerable.Repeat("", most - words.Count)]);
            }
        }
        return table;
    }

    /// <summary>Comma-separated values: student, passed, of, then each exercise's outcome with its hint or fault.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder();
        csv.AppendJoin(',', ["student", "passed", "of", .. Exercises.Select(e => Field($"{e.Lesson} {e.Number}"))]).Append('\n');
        foreach (var (student, grades) in Rows)
        {
            csv.AppendJoin(',', [Field(student), $"{Passed(grades)}", $"{grades.Count}", .. grades.Select(g => Field(g.Text))]).Append('\n');
        }
        return csv.ToString();
    }

    /// <summary>A page of its own, for light and dark: the table, then each student's hints and faults.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder(Head);
        html.Append(CultureInfo.InvariantCulture, $"<h1>Exercises</h1><p>{Rows.Count} students, {Exercises.Count} exercises, {Grades.Count(g => g.Outcome == GradeOutcome.Passed)} answers passed. Click a cell for its message.</p>");
        html.Append("<div class=\"wide\"><table><thead><tr><th rowspan=\"2\">student</th><th rowspan=\"2\">passed</th>");
        foreach (var lesson in Exercises.CountBy(e => e.Lesson))
        {
            html.Append(CultureInfo.InvariantCulture, $"<th class=\"lesson\" colspan=\"{lesson.Value}\">{WebUtility.HtmlEncode(lesson.Key)}</th>");
        }
        html.Append("</tr><tr>").AppendJoin("", Exercises.Select(e => $"<th>{e.Number}</th>")).Append("</tr></thead><tbody>");
        foreach (var (student, grades) in Rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th>{WebUtility.HtmlEncode(student)}</th><td>{Passed(grades)}/{grades.Count}</td>").AppendJoin("", grades.Select(Cell)).Append("</tr>\n");
        }
        html.Append("</tbody><tfoot><tr><th>passed</th><td></td>");
        for (var i = 0; i < Exercises.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<td>{Rows.Count(row => row.Grades[i].Outcome == GradeOutcome.Passed)}/{Rows.Count}</td>");
        }
        html.Append("</tr></tfoot></table></div>");
        if (NotGraded.Count > 0)
        {
            html.Append("<h2>Not graded</h2><ul>").AppendJoin("", NotGraded.Select(f => $"<li><code>{WebUtility.HtmlEncode(f.Path)}</code>: {WebUtility.HtmlEncode(f.Why)}</li>")).Append("</ul>");
        }
        return html.Append("</body></html>\n").ToString();
    }

    private static int Passed(IReadOnlyList<Grade> grades) => grades.Count(g => g.Outcome == GradeOutcome.Passed);

    private static string Colour(Grade grade) => grade.Outcome switch
    {
        GradeOutcome.Passed => "green",
        GradeOutcome.Hint => "yellow",
        GradeOutcome.Unchanged or GradeOutcome.NotReturned => "grey",
        _ => "red",
    };

    private static string Cell(Grade grade)
    {
        var word = WebUtility.HtmlEncode((grade.Outcome == GradeOutcome.Passed ? "✓ " : "") + grade.Word);
        return $"<td class=\"{Colour(grade)}\">" + (grade.Message.Length == 0 ? word
            : $"<details><summary>{word}</summary>{WebUtility.HtmlEncode(grade.Message)}</details>") + "</td>";
    }

    // A field that begins so would be a formula to a spreadsheet; and a student may have named it.
    private static string Field(string text)
    {
        var safe = text.Length > 0 && "=+-@\t".Contains(text[0]) ? "'" + text : text;
        return safe.IndexOfAny([',', '"', '\n', '\r']) < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private const string Head = """
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Exercises</title>
        <style>
        :root { color-scheme: light dark; --line: light-dark(#d8dde3, #3a424c); --head: light-dark(#f3f5f7, #20262d); --page: light-dark(#fff, #15191e); }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: light-dark(#1c2127, #e3e7eb); background: var(--page); }
        h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin-top: 2rem }
        .wide { overflow-x: auto } table { border-collapse: collapse }
        th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; white-space: nowrap }
        thead th, tfoot th, tfoot td { background: var(--head) } .lesson { text-align: center }
        tbody th { position: sticky; left: 0; background: var(--page); font-weight: 600 }
        details { max-width: 22rem; white-space: normal } summary { cursor: pointer; white-space: nowrap }
        .green { background: light-dark(#dff3e4, #143d25) } .yellow { background: light-dark(#fff3cf, #453809) }
        .red { background: light-dark(#fbe0dd, #4d1f1a) } .grey { color: light-dark(#6b7480, #8a949f) }
        </style></head><body>
        """;
}
