using System.Diagnostics;
using Lectern.Host.Engine;
using Lectern.Host.Languages;
using Lectern.Host.Notebooks;
using Lectern.Host.Tests.Engine;

namespace Lectern.Host.Tests.Languages;

/// <summary>Completion and inspection.</summary>
[Collection("sessions")]
public sealed class LanguageServicesTests
{
    // The place is marked with |.
    private static async Task<CompletionResult> Complete(Cells book, string marked)
    {
        var position = marked.IndexOf('|', StringComparison.Ordinal);
        return await book.Session.Services.CompleteAsync(new Draft(marked.Remove(position, 1)), position, default);
    }

    private static async Task<string?> Inspect(Cells book, string marked)
    {
        var position = marked.IndexOf('|', StringComparison.Ordinal);
        var bundle = (await book.Session.Services.InspectAsync(new Draft(marked.Remove(position, 1)), position, default))?.Bundle;
        return bundle is null ? null : NotebookJson.Text(bundle.Forms["text/plain"]);
    }

    [Fact]
    public async Task Members_come_with_kind_signature_and_documentation()
    {
        using var book = new Cells();
        var result = await Complete(book, "var n = 1;\nConsole.WriteL|");
        Assert.Equal(("var n = 1;\nConsole.".Length, "var n = 1;\nConsole.WriteL".Length), (result.Start, result.End));
        Assert.Equal("WriteLine", result.Items[0].Text);
        Assert.Equal("method", result.Items[0].Kind);
        Assert.Contains("void Console.WriteLine", result.Items[0].Description);
        Assert.Contains("standard output stream", result.Items[0].Description);
        Assert.Contains((await Complete(book, "\"abc\".|")).Items, item => item is { Text: "Length", Kind: "property" });
    }

    [Fact]
    public async Task What_earlier_cells_declared_used_and_loaded_is_known()
    {
        using var book = new Cells();
        await book.Run("var learningRate = 0.1; record Point(int Across, int Down); Point MakePoint(int n) => new(n, n);");
        await book.Run("using System.Globalization; using Lectern.Charts;");
        Assert.Equal("variable field", string.Join(' ', "variable", (await Complete(book, "learn|")).Items.Single(i => i.Text == "learningRate").Kind));
        Assert.Contains((await Complete(book, "MakePoint(1).|")).Items, item => item is { Text: "Across", Kind: "property" });
        Assert.Contains((await Complete(book, "CultureI|")).Items, item => item is { Text: "CultureInfo", Kind: "class" });
        var figure = (await Complete(book, "new Figu|")).Items.Single(i => i.Text == "Figure");
        Assert.True(figure.Description.Length > "class Lectern.Charts.Figure".Length + 5, figure.Description);
        Assert.Contains((await Complete(book, "disp|")).Items, item => item is { Text: "display", Kind: "method" });
        Assert.Contains((await Complete(book, "fore|")).Items, item => item is { Text: "foreach", Kind: "keyword" });
    }

    [Fact]
    public async Task A_cell_that_failed_to_compile_leaves_no_names_and_one_that_threw_does()
    {
        using var book = new Cells();
        await book.Run("var broken = missing;");
        await book.Run("var thrown = 1; throw new Exception();");
        Assert.DoesNotContain((await Complete(book, "bro|")).Items, item => item.Text == "broken");
        Assert.Contains((await Complete(book, "thro|")).Items, item => item.Text == "thrown");
    }

    [Fact]
    public async Task Magics_are_offered_at_the_start_of_a_line()
    {
        using var book = new Cells();
        var result = await Complete(book, "var x = 1;\n#!s|");
        Assert.Equal(["#!set", "#!share"], result.Items.Select(i => i.Text));
        Assert.All(result.Items, item => Assert.Equal("magic", item.Kind));
        Assert.Contains("another language", result.Items[1].Description);
        Assert.Equal("var x = 1;\n".Length, result.Start);
        Assert.Contains((await Complete(book, "#|")).Items, item => item.Text == "#!fsharp");
    }

    [Fact]
    public async Task Paths_are_offered_where_a_file_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("lectern paths ");
        foreach (var name in new[] { "alpha.csx", "alpha.dll", "alpha.ipynb", "beta.csx" })
        {
            File.WriteAllText(Path.Combine(folder.FullName, name), "");
        }
        File.WriteAllText(Path.Combine(folder.CreateSubdirectory("alps").FullName, "inner.dll"), "");
        using var book = new Cells(folder.FullName);
        async Task<IEnumerable<string>> Texts(string marked) => (await Complete(book, marked)).Items.Select(i => i.Text);
        Assert.Equal(["alpha.dll", "alps/"], await Texts("#r \"al|"));
        Assert.Equal(["inner.dll"], await Texts("#r \"alps/|"));
        Assert.Equal(["alpha.csx", "alps/"], await Texts("#load \"al|"));
        Assert.Equal(["alpha.csx", "alpha.ipynb", "alps/"], await Texts("#!import al|"));
        Assert.Empty(await Texts("#r \"nowhere/|"));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Other_languages_do_not_disturb()
    {
        using var book = new Cells();
        Assert.Empty((await Complete(book, "#!html\n<b|")).Items);
        Assert.Contains((await Complete(book, "#!html\n<b>\"\n#!csharp\nConsole.Wri|")).Items, item => item.Text == "Write");
        await book.Run("#!fsharp\nlet learningRate = 0.1");
        Assert.Contains((await Complete(book, "#!fsharp\nlearn|")).Items, item => item.Text == "learningRate");
        Assert.Contains((await Complete(book, "#!fsharp\nSystem.Math.Sq|")).Items, item => item.Text == "Sqrt");
    }

    [Fact]
    public async Task Nothing_is_an_answer_at_odd_places()
    {
        using var book = new Cells();
        Assert.DoesNotContain((await book.Session.Services.CompleteAsync(new Draft(""), 0, default)).Items, item => item.Kind == "magic");
        Assert.NotNull(await book.Session.Services.CompleteAsync(new Draft("abc"), 99, default));
        Assert.Null(await book.Session.Services.InspectAsync(new Draft(""), 0, default));
        Assert.Null(await Inspect(book, "1 + missing|Name;"));
        Assert.Null(await Inspect(book, "#!html\n<b|>"));
    }

    [Theory]
    [InlineData("Math.Abs(-1|)")]
    [InlineData("Math.A|bs(-1)")]
    [InlineData("Math.Abs|(-1)")]
    [InlineData("Math.Abs(|")]
    public async Task Inspection_gives_signature_and_documentation_of_what_is_called(string marked)
    {
        using var book = new Cells();
        var text = await Inspect(book, marked);
        Assert.Contains("Math.Abs(int value)", text);
        Assert.Contains("absolute value", text);
        Assert.Contains("Parameters:\n    value: ", text);
        Assert.Contains("Returns:", text);
    }

    [Fact]
    public async Task Inspection_knows_variables_types_and_comments_of_cells_and_of_the_kit()
    {
        using var book = new Cells();
        await book.Run("var rates = new Dictionary<string, double>();\n/// <summary>Doubles a number.</summary>\nint Twice(int n) => 2 * n;");
        Assert.Contains("Dictionary<string, double> rates", await Inspect(book, "rat|es"));
        var twice = await Inspect(book, "Twi|ce(2)");
        Assert.Contains("int Twice(int n)", twice);
        Assert.Contains("Doubles a number.", twice);
        var bundle = (await book.Session.Services.InspectAsync(new Draft("List<int> xs;"), 2, default))?.Bundle;
        Assert.Contains("class List<", NotebookJson.Text(bundle!.Forms["text/plain"]).Replace("System.Collections.Generic.", "", StringComparison.Ordinal));
        Assert.Contains("<pre>", NotebookJson.Text(bundle.Forms["text/html"]));
        var tensor = await Inspect(book, "TorchSharp.torch.ze|ros(2, 3)");
        Assert.Contains("Tensor", tensor);
    }

    [Fact]
    public async Task Completion_stays_fast_as_the_notebook_grows()
    {
        using var book = new Cells();
        for (var i = 0; i < 200; i++)
        {
            await book.Run($"var value{i} = {i}; int Next{i}(int n) => n + value{Math.Max(0, i - 1)};");
        }
        await Complete(book, "val|");
        var watch = Stopwatch.StartNew();
        const int Rounds = 5;
        for (var i = 0; i < Rounds; i++)
        {
            var result = await Complete(book, $"var other{i} = 1;\nvalue{i}|");
            Assert.Contains(result.Items, item => item.Text == $"value{i}");
        }
        var each = watch.Elapsed.TotalMilliseconds / Rounds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each:0} ms for a completion after 200 cells");
        Assert.InRange(each, 0, 5000);     // about 300 on an idle machine
    }
}
