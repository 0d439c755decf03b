using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lectern.Host.Notebooks;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Lessons;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Host.Site;

/// <summary>All lessons as one book of pages, with menu and search, that needs no network and no server.</summary>
/// <remarks>All pages lie in one folder, so that each finds <c>assets</c> and the others by name alone.</remarks>
internal static partial class Book
{
    private const string Head = """

        <link rel="stylesheet" href="assets/site.css">
        <script src="assets/theme.js"></script>
        <script defer src="assets/site.js"></script>
        """;

    private static readonly JsonSerializerOptions IndexJson = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Writes the book from the notebooks as they stand, with their stored outputs.</summary>
    /// <param name="notebooks">The folder of the notebooks; its <c>index.ipynb</c> becomes the first page, else a list does.</param>
    /// <param name="sources">The folder of the C# files whose types code links to; each becomes a page.</param>
    /// <param name="target">The book's folder; files of the same names are replaced.</param>
    /// <returns>How many lessons the book has.</returns>
    /// <exception cref="InvalidOperationException">There are no notebooks.</exception>
    public static int Write(string notebooks, string sources, string target)
    {
        var course = new Course(notebooks);
        if (course.Lessons.Count == 0)
        {
            throw new InvalidOperationException($"There are no notebooks in {notebooks}; the site is made of them. Check out the folder again.");
        }
        var order = ReadingOrder(notebooks);
        var lessons = course.Lessons.OrderBy(l => l.Area, StringComparer.Ordinal).ThenBy(l => order.IndexOf(l.Name))
            .Select(l => (l.Area, l.Name, l.Path, Notebook: Notebook.Parse(File.ReadAllText(l.Path)))).ToList();
        Page.CopyAssets(target);
        var types = Types(sources, out var files);
        var areas = lessons.GroupBy(l => l.Area).Select(area =>
            $"<h2>{AreaTitle(area.Key)}</h2><ol>{string.Concat(area.Select(l => $"<li><a href=\"{l.Name}.html\">{Encoded(l.Notebook.Title ?? l.Name)}</a></li>"))}</ol>");
        var list = string.Concat(areas);
        var parts = new List<Part>();
        for (var i = 0; i < lessons.Count; i++)
        {
            var (_, name, path, notebook) = lessons[i];
            var (title, contents, body) = Page.Parts(notebook, name, Path.GetDirectoryName(path)!, types.GetValueOrDefault);
            parts.AddRange(Searchable(name + ".html", title, body));
            var turn = Turn(i - 1, "prev", "Previous") + Turn(i + 1, "next", "Next");
            Save(name, title, contents, $"{body}<div class=\"turn\">{turn}</div>");
        }
        var (indexTitle, indexContents, indexBody) = course.Index is { } index
            ? Page.Parts(Notebook.Parse(File.ReadAllText(index.Path)), "Lectern", notebooks, types.GetValueOrDefault)
            : ("Lectern", "", $"<section class=\"text\"><h1>Lectern</h1>{list}</section>");
        Save("index", indexTitle, indexContents, indexBody);
        foreach (var (page, code) in files)
        {
            Save(page, Encoded(page), "", $"<h1>{Encoded(page)}</h1><pre class=\"source\"><code>{CSharpColours.Html(code, types.GetValueOrDefault)}</code></pre>");
        }
        File.WriteAllText(Path.Combine(target, "assets", "search-index.js"), $"window.lecternIndex = {JsonSerializer.Serialize(parts, IndexJson)};\n");
        return lessons.Count;

        string Turn(int at, string relation, string word) => at < 0 || at >= lessons.Count ? "<span></span>"
            : $"<a rel=\"{relation}\" href=\"{lessons[at].Name}.html\">{word}: {Encoded(lessons[at].Notebook.Title ?? lessons[at].Name)}</a>";

        void Save(string name, string title, string contents, string body)
        {
            var here = list.Replace($"href=\"{name}.html\"", $"href=\"{name}.html\" aria-current=\"page\"", StringComparison.Ordinal);
            var page = contents.Length == 0 ? "" : $"<h2>On this page</h2><ol>{contents}</ol>";
            File.WriteAllText(Path.Combine(target, name + ".html"), Page.Frame(title, $"""
                <a class="skip" href="#content">Skip to the text</a>
                <nav aria-label="Course"><button id="theme" type="button">Dark / light</button><a class="home" href="index.html">Lectern</a>
                <label for="search">Search</label><input id="search" type="search" autocomplete="off"><ol id="found" aria-label="Found" aria-live="polite"></ol>
                <details id="menu"><summary>Menu</summary>{page}{here}</details></nav>
                """, SourceLink().Replace(body, link => files.ContainsKey(link.Groups["file"].Value.Replace('/', '.'))
                    ? $"href=\"{link.Groups["file"].Value.Replace('/', '.')}.html\"" : link.Value), Head));
        }
    }

    // The map's order, in which a lesson comes after what it builds on; none where notebooks do not say what that is.
    private static List<string> ReadingOrder(string notebooks)
    {
        try
        {
            return [.. CourseMap.Load(notebooks).Lessons.Select(lesson => lesson.Name)];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);

    private static string AreaTitle(string area) =>
        CourseMap.AreaName(area) is { Length: > 0 } words ? Encoded(char.ToUpperInvariant(words[0]) + words[1..]) : Encoded(area);

    // The page of each public type by its name; a name that two files declare leads to the first.
    private static Dictionary<string, string> Types(string folder, out SortedDictionary<string, string> files)
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        files = new(StringComparer.Ordinal);
        var root = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        foreach (var path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var page = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '.');
            files[page] = File.ReadAllText(path);
            foreach (var type in CSharpSyntaxTree.ParseText(files[page]).GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
                .Where(t => t.Parent is BaseNamespaceDeclarationSyntax && t.Modifiers.Any(SyntaxKind.PublicKeyword)))
            {
                types.TryAdd(type.Identifier.Text, page + ".html");
            }
        }
        return types;
    }

    // One entry a section: what stands before the first heading of level 2, then from each to the next.
    private static IEnumerable<Part> Searchable(string page, string title, string body)
    {
        var sections = Section().Split(body);     // text, (id, text)…
        for (var i = 0; i < sections.Length; i += 2)
        {
            var id = i == 0 ? "" : sections[i - 1];
            var heading = i == 0 ? "" : Plain(sections[i].Split("</h2>")[0]);
            yield return new Part(page + (i == 0 ? "" : "#" + id), WebUtility.HtmlDecode(title), heading, Plain(sections[i]));
        }
    }

    private static string Plain(string html) => Blanks().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ").Trim();

    [GeneratedRegex("<h2 id=\"([^\"]*)\">")]
    private static partial Regex Section();

    [GeneratedRegex("<(script|style|svg)\\b.*?</\\1>|<[^>]+>", RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("href=\"(?:\\.\\./)*src/(?<file>[^\"]+\\.cs)\"")]
    private static partial Regex SourceLink();

    private sealed record Part(string Page, string Title, string Heading, string Text);
}
