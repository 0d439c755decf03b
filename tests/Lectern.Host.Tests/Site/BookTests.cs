using System.Text.Json;
using System.Text.RegularExpressions;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Site;
using Lectern.Lessons;

namespace Lectern.Host.Tests.Site;

/// <summary>The book of the kit's own lessons: each is in it, and it leads nowhere that it does not have.</summary>
public sealed class BookTests(BookTests.Written book) : IClassFixture<BookTests.Written>
{
    /// <summary>The book, written once.</summary>
    public sealed class Written : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("lectern-site-").FullName;

        public IReadOnlyDictionary<string, string> Pages { get; }

        public Written()
        {
            Book.Write(Checkout.Notebooks, Path.Combine(Checkout.Root, "src", "Lectern"), Folder);
            Pages = Directory.EnumerateFiles(Folder, "*.html").ToDictionary(p => Path.GetFileName(p)!, File.ReadAllText);
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    // In the map's order, area by area.
    private static IEnumerable<string> Lessons => CourseMap.Load(Checkout.Notebooks).Lessons
        .OrderBy(l => l.Area, StringComparer.Ordinal).Select(l => l.Name);

    [Fact]
    public void Each_lesson_has_a_page_a_place_in_every_menu_and_sections_in_the_search()
    {
        var script = File.ReadAllText(Path.Combine(book.Folder, "assets", "search-index.js"));
        using var index = JsonDocument.Parse(script["window.lecternIndex = ".Length..].TrimEnd().TrimEnd(';'));
        var parts = index.RootElement.EnumerateArray().ToList();
        foreach (var lesson in Lessons)
        {
            Assert.Contains($"href=\"{lesson}.html\" aria-current=\"page\"", book.Pages[lesson + ".html"]);
            Assert.All(book.Pages.Values, page => Assert.Contains($"<li><a href=\"{lesson}.html\"", page));
            var own = parts.Where(p => p.GetProperty("page").GetString()!.Split('#')[0] == lesson + ".html").ToList();
            Assert.All(own, p => Assert.DoesNotContain("<span", p.GetProperty("text").GetString()));
            foreach (var id in own.Select(p => p.GetProperty("page").GetString()!.Split('#')).Where(p => p.Length > 1))
            {
                Assert.Contains($"id=\"{id[1]}\"", book.Pages[lesson + ".html"]);
            }
            Assert.Contains(own, p => p.GetProperty("heading").GetString() == "Exercises");
        }
    }

    [Fact]
    public void Every_link_within_the_book_leads_to_a_page_and_a_place_that_it_has()
    {
        var broken = new List<string>();
        var ids = book.Pages.ToDictionary(
            p => p.Key, p => Regex.Matches(p.Value, "\\bid=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToHashSet());
        foreach (var (name, html) in book.Pages)
        {
            foreach (var link in Regex.Matches(html, "<a\\b[^>]*?\\bhref=\"([^\"]*)\"").Select(m => m.Groups[1].Value).Distinct())
            {
                if (!Regex.IsMatch(link, "^(https?|mailto):"))
                {
                    var parts = link.Split('#');
                    var page = parts[0].Length == 0 ? name : parts[0];
                    if (!ids.TryGetValue(page, out var places) || (parts.Length > 1 && !places.Contains(Uri.UnescapeDataString(parts[1]))))
                    {
                        broken.Add($"{name}: {link}");
                    }
                }
            }
        }
        Assert.Empty(broken);
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere_and_what_is_loaded_is_there()
    {
        foreach (var (name, html) in book.Pages)
        {
            // Figures are data, which may hold any text; code is escaped, so that its quotes are none here.
            var page = Regex.Replace(html, "<script type=\"application/json\">.*?</script>", "", RegexOptions.Singleline);
            foreach (Match load in Regex.Matches(page, "<(?:script|img|iframe|source)\\b[^>]*?\\bsrc=\"(?!data:)([^\"]*)\"|<link\\b[^>]*?\\bhref=\"([^\"]*)\""))
            {
                var file = load.Groups[1].Value + load.Groups[2].Value;
                Assert.True(File.Exists(Path.Combine(book.Folder, file)), $"{name} loads {file}");
            }
        }
    }

    [Fact]
    public void Neighbours_lead_to_each_other_as_the_menu_has_them_and_solutions_stay_folded()
    {
        var names = Lessons.ToList();
        Assert.Equal(new Course(Checkout.Notebooks).Lessons.Count, names.Count);
        Assert.Equal(names, Regex.Matches(book.Pages["index.html"], "<li><a href=\"(\\w+)\\.html\"").Select(m => m.Groups[1].Value).Take(names.Count));
        foreach (var (before, after) in names.Zip(names.Skip(1)))
        {
            Assert.Contains($"<a rel=\"next\" href=\"{after}.html\"", book.Pages[before + ".html"]);
            Assert.Contains($"<a rel=\"prev\" href=\"{before}.html\"", book.Pages[after + ".html"]);
        }
        Assert.DoesNotContain("rel=\"prev\"", book.Pages[names[0] + ".html"]);
        Assert.DoesNotContain("rel=\"next\"", book.Pages[names[^1] + ".html"]);
        Assert.All(book.Pages.Values, page => Assert.DoesNotMatch("<details[^>]*\\bopen\\b", page));
    }

    [Fact]
    public void Names_of_types_lead_to_the_page_of_their_source_and_the_text_stays()
    {
        Assert.Contains("href=\"Lectern.Papers.InstanceSegmentation.MaskRcnn", book.Pages["MaskRcnn.html"]);
        const string Code = "var a = new Known(); Other.Go<Known>(\"Known\").Known(); // Known";
        var html = CSharpColours.Html(Code, name => name == "Known" ? "here.html" : null);
        Assert.Equal(2, Regex.Count(html, "<a class=\"k-type\" href=\"here.html\">Known</a>"));
        Assert.Equal(Code, System.Net.WebUtility.HtmlDecode(Regex.Replace(html, "<[^>]*>", "")));
    }

    [Fact]
    public void Without_notebooks_the_error_names_the_folder()
    {
        var empty = Path.Combine(book.Folder, "none");
        var fault = Assert.Throws<InvalidOperationException>(() => Book.Write(empty, empty, empty));
        Assert.Contains(empty, fault.Message);
    }
}
