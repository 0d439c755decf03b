using System.Text.RegularExpressions;
using Lectern.Host.Notebooks;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Pages;

/// <summary>Pages: everything that the notebook shows, and nothing from elsewhere.</summary>
[Collection("sessions")]     // they share the ambient token and the progress sink
public sealed class PageTests
{
    [Fact]
    public async Task A_page_has_the_plots_the_formulas_and_the_contents_and_loads_nothing_from_elsewhere()
    {
        var notebook = Notebook.Create()
            .Add(Cell.Markdown("a", "# A title\n\n## The claim\n\n$\\bar x$ and [a paper](https://example.org/x)\n\n| a | b |\n|---|---|\n| 1 | 2 |"))
            .Add(Cell.Markdown("b", "## The claim\n\n<details><summary>More</summary>\n\n```csharp\nvar x = 1;\n```\n\n</details>"))
            .Add(Cell.Code("c", "using Lectern.Charts;\nChart.Line(new[] { 1.0, 2 }, new[] { 3.0, 4 }).WithTitle(\"</script> in a title\")"))
            .Add(Cell.Code("d", "Console.WriteLine(\"a < b\"); HTML(\"<b>bold</b>\")"));
        await NotebookRun.ExecuteAsync(notebook, "Sample", Path.GetTempPath());
        var html = Page.Html(notebook, "Sample", Path.GetTempPath());

        Assert.Contains("<title>A title</title>", html);
        Assert.Contains("<a href=\"#the-claim\">The claim</a>", html);
        Assert.Contains("id=\"the-claim-2\"", html);
        Assert.Contains("class=\"math\"", html);
        Assert.Contains("<table>", html);
        Assert.Contains("<details>", html);
        Assert.Contains("<span class=\"k-keyword\">var</span>", html);
        Assert.Contains("a &lt; b", html);
        Assert.Contains("<b>bold</b>", html);
        Assert.Single(Regex.Matches(html, "class=\"output plot\""));
        Assert.DoesNotContain("</script> in a title", html);
        Assert.Empty(Regex.Matches(html, "(?:src|srcset)=\"(?!assets/|data:)|<link[^>]*href=\"(?!assets/)|url\\(|@import"));
    }

    [Theory]
    [InlineData("so that\n$$x^2$$\nholds", "<span class=\"math display\">\\(x^2\\)</span>")]
    [InlineData("$$\nx^2\n$$", "<div class=\"math\">")]
    [InlineData("so that $x^2$ holds", "<span class=\"math\">\\(x^2\\)</span>")]
    public void A_formula_between_two_dollars_has_a_line_to_itself(string text, string shown) =>
        Assert.Contains(shown, Page.Html(Notebook.Create().Add(Cell.Markdown("a", text)), "x", "."));

    [Fact]
    public void The_files_that_a_page_names_and_the_fonts_of_its_formulas_lie_beside_it()
    {
        using var folder = new TemporaryFolder();
        Page.CopyAssets(folder.Path);

        var assets = Path.Combine(folder.Path, "assets");
        foreach (Match named in Regex.Matches(Page.Frame("t", "", ""), "(?:src|href)=\"(assets/[^\"]+)\""))
        {
            Assert.True(File.Exists(Path.Combine(folder.Path, named.Groups[1].Value)), named.Value);
        }
        // A machine without KaTeX has an empty style sheet, which asks for no font.
        foreach (Match font in Regex.Matches(File.ReadAllText(Path.Combine(assets, "katex.min.css")), @"url\((fonts/[^)]+\.woff2)\)"))
        {
            Assert.True(new FileInfo(Path.Combine(assets, font.Groups[1].Value)).Length > 1000, font.Value);
        }
    }

    [Fact]
    public void An_error_is_shown_with_its_text_escaped_and_without_a_terminals_colours()
    {
        var notebook = Notebook.Parse("""
            {"cells": [{"cell_type": "code", "id": "x", "metadata": {}, "execution_count": 1, "source": "f()", "outputs": [
             {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\u001b[31mCell 1, line 1:\u001b[0m <b>"]}]}],
             "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
            """);
        Assert.Contains("<pre class=\"output error\">Cell 1, line 1: &lt;b&gt;</pre>", Page.Html(notebook, "x", "."));
    }

    [Fact]
    public void Colouring_leaves_the_text_as_it_is()
    {
        const string Code = "#r \"x.dll\"\nvar s = $\"a{1 + 2}b\"; // done <b>\nawait foreach (var x in y) { }\n\"\"\"raw\"\"\"";
        var html = CSharpColours.Html(Code);
        Assert.Equal(Code, System.Net.WebUtility.HtmlDecode(Regex.Replace(html, "</?span[^>]*>", "")));
        Assert.Contains("<span class=\"k-comment\">// done &lt;b&gt;</span>", html);
        Assert.Contains("<span class=\"k-number\">1</span>", html);
    }
}
