using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Charts;

namespace Lectern.Lessons;

/// <summary>A lesson on the map.</summary>
/// <param name="Name">Its name, that of its notebook.</param>
/// <param name="Area">Its area, that of its folder.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Minutes">How long reading takes.</param>
/// <param name="After">Names of the lessons that it builds on.</param>
public sealed record CourseLesson(string Name, string Area, string Title, int Minutes, IReadOnlyList<string> After);

/// <summary>
/// The lessons and what each builds on, as their notebooks say in their metadata: <c>"lectern": { "minutes": 45, "after":
/// ["MessagePassing"] }</c>.
/// </summary>
public sealed class CourseMap
{
    private readonly string? records;

    private CourseMap(IReadOnlyList<CourseLesson> lessons, string? records) => (Lessons, this.records) = (lessons, records);

    /// <summary>
    /// All lessons, in an order in which each comes after what it builds on: area by area as far as that goes, and what
    /// builds on a lesson soon after it.
    /// </summary>
    public IReadOnlyList<CourseLesson> Lessons { get; }

    /// <summary>Reads the notebooks.</summary>
    /// <param name="notebooks">Their folder; the kit's where none is given.</param>
    /// <param name="records">The folder of the records that <see cref="Table"/> quotes; the kit's where none is given.</param>
    /// <exception cref="DirectoryNotFoundException">There is no folder of notebooks.</exception>
    /// <exception cref="InvalidDataException">A notebook does not say what it builds on, or something that cannot be.</exception>
    public static CourseMap Load(string? notebooks = null, string? records = null)
    {
        records ??= Record.Folder();
        notebooks ??= records is null ? null : Path.GetFullPath(Path.Combine(records, "..", "..", "notebooks"));
        if (notebooks is null || !Directory.Exists(notebooks))
            throw new DirectoryNotFoundException("The folder of the notebooks was not found: run this inside a clone of the kit, or name it.");
        var left = Directory.EnumerateDirectories(notebooks)
            .SelectMany(area => Directory.EnumerateFiles(area, "*.ipynb").Select(file => Read(file, Path.GetFileName(area))))
            .OrderBy(lesson => lesson.Area, StringComparer.Ordinal).ThenBy(lesson => lesson.Name, StringComparer.Ordinal).ToList();
        var names = left.Select(lesson => lesson.Name).ToHashSet();
        foreach (var lesson in left)
            foreach (string other in lesson.After.Where(other => !names.Contains(other)))
                throw new InvalidDataException($"{lesson.Name}.ipynb builds on '{other}', and there is no such lesson. Mend metadata.lectern.after.");

        var (ordered, done) = (new List<CourseLesson>(), new HashSet<string>());
        while (left.Count > 0)
        {
            var next = left.Where(lesson => lesson.After.All(done.Contains))
                .OrderBy(lesson => lesson.Area, StringComparer.Ordinal)
                .ThenByDescending(lesson => ordered.FindLastIndex(other => other.Area == lesson.Area && lesson.After.Contains(other.Name)))
                .FirstOrDefault() ?? throw new InvalidDataException(
                $"Of {string.Join(", ", left.Select(lesson => lesson.Name))} each builds on another one, in a circle. Mend metadata.lectern.after.");
            left.Remove(next);
            ordered.Add(next);
            done.Add(next.Name);
        }
        return new CourseMap(ordered, records);
    }

    /// <summary>The lessons of these names with all that they build on, in reading order.</summary>
    /// <param name="names">Where to arrive.</param>
    /// <exception cref="ArgumentException">There is no lesson of a name.</exception>
    public IReadOnlyList<CourseLesson> Way(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var wanted = new HashSet<string>();
        foreach (string name in names) Add(name);
        return [.. Lessons.Where(lesson => wanted.Contains(lesson.Name))];

        void Add(string name)
        {
            var lesson = Lessons.FirstOrDefault(one => one.Name == name) ?? throw new ArgumentException(
                $"There is no lesson '{name}'; there are {string.Join(", ", Lessons.Select(one => one.Name))}.", nameof(names));
            if (!wanted.Add(name)) return;
            foreach (string other in lesson.After) Add(other);
        }
    }

    /// <summary>The map: a column for each area, an arrow from each lesson to those that build on it.</summary>
    /// <param name="on">Lessons to mark, such as a <see cref="Way"/>; all where none are given.</param>
    public Figure Drawn(IEnumerable<CourseLesson>? on = null)
    {
        var marked = (on ?? Lessons).Select(lesson => lesson.Name).ToHashSet();
        string[] areas = [.. Lessons.Select(lesson => lesson.Area).Distinct().Order(StringComparer.Ordinal)];
        var columns = areas.Select(area => Lessons.Where(lesson => lesson.Area == area).ToList()).ToList();
        var order = Lessons.Select((lesson, i) => (lesson.Name, i)).ToDictionary(one => one.Name, one => one.i);
        var places = new List<(double X, double Y)>();
        foreach (var lesson in Lessons)
        {
            int column = Array.IndexOf(areas, lesson.Area);
            // What builds on a lesson of its area is moved to the right; every other column is half a step lower, so that names have room.
            double left = 2.6 * column;
            double x = lesson.After.Select(other => columns[column].Find(one => one.Name == other)).OfType<CourseLesson>()
                .Select(other => places[order[other.Name]].X + 0.4).DefaultIfEmpty(left).Max();
            places.Add((x, -columns[column].IndexOf(lesson) - 0.5 * (column % 2)));
        }
        var figure = Chart.Graph(places, Lessons.SelectMany(lesson => lesson.After.Select(other => (order[other], order[lesson.Name]))),
            Classes: Lessons.Select(lesson => marked.Contains(lesson.Name) ? Array.IndexOf(areas, lesson.Area) : areas.Length),
            Directed: true, NodeSize: 13);
        foreach (var (lesson, place) in Lessons.Zip(places))
            figure = figure.WithAnnotation(
                Small(marked.Contains(lesson.Name) ? $"<b>{View.Escape(lesson.Name)}</b>" : View.Escape(lesson.Name)), place.X, place.Y + 0.3, ShowArrow: false);
        for (int column = 0; column < areas.Length; column++) figure = figure.WithAnnotation(Small($"<i>{AreaName(areas[column])}</i>"), 2.6 * column + 0.4, 1.3, ShowArrow: false);
        return figure.WithLegend(false).WithSize(930, 70 * (1 + columns.Max(column => column.Count)));

        // As wide as a page's text, the columns hold the longest name in this size.
        static string Small(string text) => $"<span style=\"font-size:11.5px\">{text}</span>";
    }

    /// <summary>Lessons with the time they take, what they build on, and a number of their papers beside the one measured here.</summary>
    /// <param name="lessons">Which ones; all where none are given.</param>
    public View Table(IEnumerable<CourseLesson>? lessons = null)
    {
        var shown = (lessons ?? Lessons).ToList();
        var rows = shown.Select(lesson => (IReadOnlyList<string>)
        [
            lesson.Name, lesson.Title, AreaName(lesson.Area), lesson.Minutes.ToString(CultureInfo.InvariantCulture), string.Join(", ", lesson.After), Headline(lesson.Name),
        ]).Append(["", $"{shown.Count} lessons", "", shown.Sum(lesson => lesson.Minutes).ToString(CultureInfo.InvariantCulture), "", ""]).ToList();
        var table = HtmlTable.Write(["Lesson", "On", "Area", "Minutes", "After", "Paper → measured here"], rows);
        string html = table.Html;
        foreach (var lesson in shown)
            html = html.Replace($">{lesson.Name}</td>", $"><a href=\"{lesson.Area}/{lesson.Name}.ipynb\">{lesson.Name}</a></td>", StringComparison.Ordinal);
        return table with { Html = html };
    }

    // The first number that has one of the paper beside it, or else the first.
    private string Headline(string lesson)
    {
        var results = Record.Load(lesson, records).SelectMany(record => record.Results).Where(result => result.Measured is not null).ToList();
        return (results.Find(result => result.Paper is not null) ?? results.FirstOrDefault()) is { } result
            ? $"{result.Metric}: {(result.Paper is null ? "" : Show.Amount(result.Paper, result.PaperDeviation, result.Unit) + " → ")}"
                + Show.Amount(result.Measured, result.Deviation, result.Unit)
            : "not run at full scale yet";
    }

    /// <summary>An area as a reader says it: <c>3-knowledge-graphs</c> is <c>knowledge graphs</c>.</summary>
    /// <param name="area">The name of its folder.</param>
    public static string AreaName(string area) =>
        (area ?? throw new ArgumentNullException(nameof(area)))[(area.IndexOf('-') + 1)..].Replace('-', ' ');

    private static CourseLesson Read(string file, string area)
    {
        try
        {
            var book = JsonNode.Parse(File.ReadAllText(file))!;
            var said = book["metadata"]?["lectern"];
            var heading = book["cells"]?[0]?["source"] is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)book["cells"]?[0]?["source"];
            if ((int?)said?["minutes"] is { } minutes and > 0 && said["after"] is JsonArray after && heading?.Split('\n')[0] is ['#', ' ', .. var title])
                return new CourseLesson(Path.GetFileNameWithoutExtension(file), area, title, minutes, [.. after.Select(other => (string)other!)]);
            throw new InvalidDataException("it lacks them, or does not begin with '# Title'");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or InvalidDataException or FormatException)
        {
            throw new InvalidDataException(
                $"{file} has to have \"lectern\": {{ \"minutes\": 45, \"after\": [\"MessagePassing\"] }} in its metadata, which says how long reading takes and what it builds on: {error.Message}.",
                error);
        }
    }
}
