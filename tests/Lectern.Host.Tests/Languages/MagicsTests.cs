using System.Text.RegularExpressions;
using Lectern.Host.Notebooks;
using Lectern.Host.Tests.Engine;

namespace Lectern.Host.Tests.Languages;

/// <summary>Lines that begin with <c>#!</c>.</summary>
[Collection("sessions")]
public sealed partial class MagicsTests
{
    [Fact]
    public async Task Languages_change_within_a_cell_and_errors_keep_their_lines()
    {
        using var book = new Cells();
        var result = await book.Run("var x = 1;\n#!html\n<b>bold</b>\n#!csharp\nvar y = x + 1;\nmissing");
        Assert.StartsWith("Cell 1, line 6: error CS0103", result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("<b>bold</b>", NotebookJson.Text(book.Last[0]!["data"]!["text/html"]));
        Assert.Equal(1, (await book.Run("x")).Value);
    }

    [Theory]
    [InlineData("#!html\n<i>a</i>", "text/html", "<i>a</i>")]
    [InlineData("#!markdown\n# Title", "text/markdown", "# Title")]
    [InlineData("#!mermaid\ngraph LR; A-->B", "text/vnd.mermaid", "graph LR; A-->B")]
    [InlineData("#!mermaid\ngraph LR; A-->B", "text/plain", "graph LR; A-->B")]
    public async Task Texts_for_the_browser_are_shown_as_what_they_are(string code, string mimeType, string content)
    {
        using var book = new Cells();
        await book.Run(code);
        Assert.Equal(content, book.Text("data", mimeType));
    }

    [Theory]
    [InlineData("#!javascript\nconst a = '</script>';")]
    [InlineData("#!js\nconst a = '</script>';")]
    [InlineData("Javascript(\"const a = '</script>';\");")]
    public async Task JavaScript_runs_in_a_scope_of_its_own_and_cannot_end_its_tag(string code)
    {
        using var book = new Cells();
        Assert.Null((await book.Run(code)).Error);
        var html = book.Text("data", "text/html");
        Assert.StartsWith("<script", html, StringComparison.Ordinal);
        Assert.Contains("(async () => {", html);
        Assert.Contains("'<\\/script>'", html);
    }

    [Fact]
    public async Task Time_shows_the_wall_time_also_of_a_cell_that_fails()
    {
        using var book = new Cells();
        await book.Run("#!time\nawait Task.Delay(120);");
        var match = WallTime().Match(book.Plain);
        Assert.True(match.Success, book.Plain);
        await book.Run("#!time\nthrow new Exception();");
        Assert.Contains(book.Last, o => NotebookJson.Text(o!["data"]?["text/plain"]).StartsWith("Wall time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whos_lists_variables_with_type_and_value_in_both_languages()
    {
        using var book = new Cells();
        await book.Run("var count = 3; var names = new List<string> { \"a<b\" }; string? empty = null;");
        await book.Run("var count = 4.5;\n#!fsharp\nlet ratio = 0.25");
        await book.Run("#!whos");
        var lines = book.Plain.TrimEnd().Split('\n').Select(line => Regex.Replace(line, " {2,}", " | ")).ToList();
        Assert.Equal("Name | Type | Value", lines[0]);
        Assert.Equal("count | double | 4.5", lines[1]);
        Assert.Contains("empty | string | <null>", lines);
        Assert.Contains("names | List<string> | [ a<b ]", lines);
        Assert.Contains("ratio | double | 0.25", lines);
        Assert.Equal(5, lines.Count);
        Assert.Contains("a&lt;b", book.Text("data", "text/html"));
        await book.Run("#!who");
        Assert.Equal(["Name", "count", "empty", "names", "ratio"], book.Plain.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("#!lsmagic")]
    [InlineData("#!help")]
    public async Task Help_lists_languages_and_magics(string code)
    {
        using var book = new Cells();
        await book.Run(code);
        foreach (var name in new[] { "#!csharp", "#!fsharp", "#!mermaid", "#!time", "#!whos", "#!import", "#!share", "#r \"nuget:", "#load" })
        {
            Assert.Contains(name, book.Plain);
        }
    }

    [Fact]
    public async Task An_unknown_magic_is_refused_before_anything_runs_and_told_which_there_are()
    {
        using var book = new Cells();
        var result = await book.Run("Console.WriteLine(1);\n#!tiem\n2");
        Assert.Equal("UnknownMagic", result.Error!.Name);
        Assert.Contains("'#!tiem'", result.Error.Message);
        Assert.Contains("#!time", result.Error.Message);
        Assert.Contains("#!fsharp", result.Error.Message);
        Assert.Single(book.Last);
    }

    [Fact]
    public async Task A_set_variable_comes_from_the_reader_a_text_or_another_language()
    {
        using var book = new Cells();
        await book.Run("#!set --value \"two words\" --name text\n#!fsharp\n#!set --value @csharp:text --name copy\ncopy.Length");
        Assert.Equal(9, (await book.Run("#!fsharp\ncopy.Length")).Value);
        Assert.Equal("two words", (await book.Run("text")).Value);
        var result = await book.Run("#!set --value @input:\"Your name\" --name you");
        Assert.Equal("InvalidOperationException", result.Error!.Name);
        Assert.Contains("nobody is there to type", result.Error.Message);
    }

    [Theory]
    [InlineData("#!share x", "BadMagic")]
    [InlineData("#!share --from csharp x", "BadMagic")]
    [InlineData("#!share --from python x", "UnknownLanguage")]
    [InlineData("#!fsharp\n#!share --from csharp nothing", "UnknownVariable")]
    [InlineData("#!set --name x", "BadMagic")]
    public async Task What_cannot_be_shared_says_why(string code, string error)
    {
        using var book = new Cells();
        await book.Run("var x = 1;");
        Assert.Equal(error, (await book.Run(code)).Error?.Name);
    }

    [Fact]
    public async Task Import_runs_notebooks_and_files_as_if_they_stood_here()
    {
        var folder = Directory.CreateTempSubdirectory("lectern import ");
        var path = Path.Combine(folder.FullName, "other book.ipynb");
        var notebook = Notebook.Create().Add(Cell.Markdown("m", "# not code")).Add(Cell.Code("a", "var fromBook = 5;\n\"shown\"")).Add(Cell.Code("b", "#!fsharp\nlet inBook = 6"));
        notebook.Write(path);
        File.WriteAllText(Path.Combine(folder.FullName, "part.csx"), "int Half(int n) => n / 2;\nint Fail() => throw new Exception(\"here\");");
        File.WriteAllText(Path.Combine(folder.FullName, "part.fsx"), "let third n = n / 3");
        using var book = new Cells(folder.FullName);
        Assert.Null((await book.Run("#!import \"other book.ipynb\"\n#!import part.csx\n#!import part.fsx")).Error);
        Assert.Equal("shown\n", book.Plain);
        Assert.Equal(2, (await book.Run("Half(fromBook)")).Value);
        Assert.Equal(2, (await book.Run("#!fsharp\nthird inBook")).Value);
        Assert.Contains("part.csx, line 2:", (await book.Run("Fail()")).Error!.Traceback);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Import_of_what_is_not_there_or_imports_itself_is_an_error()
    {
        var folder = Directory.CreateTempSubdirectory("lectern");
        File.WriteAllText(Path.Combine(folder.FullName, "self.csx"), "#!import self.csx");
        File.WriteAllText(Path.Combine(folder.FullName, "bad.ipynb"), "{");
        using var book = new Cells(folder.FullName);
        Assert.Equal("FileNotFound", (await book.Run("#!import nothing.csx")).Error?.Name);
        Assert.Equal("ImportsItself", (await book.Run("#!import self.csx")).Error?.Name);
        Assert.Equal("BadNotebook", (await book.Run("#!import bad.ipynb")).Error?.Name);
        Assert.Equal("FileNotFound", (await book.Run("#!import")).Error?.Name);
        folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"^Wall time: 1[2-9]\d(\.\d)? ms$|^Wall time: [2-9]\d\d(\.\d)? ms$", RegexOptions.Multiline)]
    private static partial Regex WallTime();
}
