using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Lectern.Host.Running;

namespace Lectern.Host.Pages;

/// <summary>The page that lists the lessons which were run, the last run of each.</summary>
internal static class PageIndex
{
    private const string Record = "lessons.json";

    /// <summary>Takes a run's reports in and writes the page anew.</summary>
    /// <param name="folder">The folder of the pages.</param>
    /// <param name="reports">The run.</param>
    public static void Update(string folder, IReadOnlyList<LessonReport> reports)
    {
        Directory.CreateDirectory(folder);
        var record = Path.Combine(folder, Record);
        var known = Read(record);
        foreach (var report in reports.Where(r => r.Page is not null))
        {
            known[report.Name] = report with { Page = Path.GetFileName(report.Page) };
        }
        File.WriteAllText(record, JsonSerializer.Serialize(known.Values));
        Page.CopyAssets(folder);
        File.WriteAllText(Path.Combine(folder, "index.html"), Html(known.Values.Where(r => File.Exists(Path.Combine(folder, r.Page!)))));
    }

    private static SortedDictionary<string, LessonReport> Read(string record)
    {
        try
        {
            var reports = JsonSerializer.Deserialize<List<LessonReport>>(File.ReadAllText(record)) ?? [];
            return new(reports.ToDictionary(r => r.Name), StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or JsonException or ArgumentException)
        {
            return new(StringComparer.Ordinal);      // none yet, or one of another version: the next runs fill it again
        }
    }

    private static string Html(IEnumerable<LessonReport> reports)
    {
        var rows = new StringBuilder();
        var course = new Course(Checkout.Notebooks).Lessons.Select(lesson => lesson.Name).ToList();
        foreach (var report in reports.OrderBy(r => course.IndexOf(r.Name)))
        {
            var headlines = string.Join("<br>", report.Headlines.Select(h => WebUtility.HtmlEncode(h.ToString())));
            rows.Append($"<tr><td><a href=\"{Uri.EscapeDataString(report.Page!)}\">{WebUtility.HtmlEncode(report.Title ?? report.Name)}</a></td>")
                .Append(CultureInfo.InvariantCulture, $"<td style=\"text-align:right;white-space:nowrap\">{report.Seconds:0.0} s</td>")
                .Append($"<td>{(report.Failure is null ? headlines : "<b class=\"failed\">failed</b> " + headlines)}</td></tr>\n");
        }
        return Page.Frame("Lectern", "", $"""
            <section class="text">
            <h1>Lectern</h1>
            <p>The lessons that were run on this machine.</p>
            <table><thead><tr><th>Lesson</th><th>Time</th><th>Headline</th></tr></thead><tbody>
            {rows}</tbody></table>
            </section>
            """);
    }
}
