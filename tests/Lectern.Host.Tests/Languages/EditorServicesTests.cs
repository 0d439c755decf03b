using Lectern.Host.Languages;
using Lectern.Host.Running;
using Lectern.Host.Tests.Engine;

namespace Lectern.Host.Tests.Languages;

/// <summary>What an editor asks beside completion: signatures, problems, definitions, with the cells above as context.</summary>
[Collection("sessions")]
public sealed class EditorServicesTests
{
    // The place is marked with |.
    private static (Draft Draft, int At) Mark(string marked, params string[] before)
    {
        var at = marked.IndexOf('|', StringComparison.Ordinal);
        return (new Draft(marked.Remove(at, 1), before), at);
    }

    private static async Task<CallHelp?> Call(Cells book, string marked, params string[] before)
    {
        var (draft, at) = Mark(marked, before);
        return await book.Session.Services.SignaturesAsync(draft, at, default);
    }

    private static async Task<Place?> Define(Cells book, string marked, params string[] before)
    {
        var (draft, at) = Mark(marked, before);
        return await book.Session.Services.DefinitionAsync(draft, at, default);
    }

    [Fact]
    public async Task Cells_above_are_known_before_they_have_run_and_after()
    {
        using var book = new Cells();
        string[] before = ["using Lectern.Charts;", "#!time\nvar figures = new List<Figure>();", "#!markdown\nvar no = 1;"];
        var (draft, at) = Mark("figures.Ad|", before);
        Assert.Contains((await book.Session.Services.CompleteAsync(draft, at, default)).Items, item => item.Text == "AddRange");
        Assert.Empty(await book.Session.Services.ProblemsAsync(new Draft("figures.Count", before), default));
        await book.Run(before[0]);
        await book.Run(before[1]);
        Assert.Contains((await book.Session.Services.CompleteAsync(draft, at, default)).Items, item => item.Text == "AddRange");
        // A cell that has been changed since it ran stands for what it says now.
        var changed = new Draft("figures.Trim", ["using Lectern.Charts;", "var figures = \"text\";"]);
        Assert.Contains((await book.Session.Services.CompleteAsync(changed, changed.Code.Length, default)).Items, item => item.Text == "TrimEnd");
    }

    [Fact]
    public async Task Problems_have_their_places()
    {
        using var book = new Cells();
        var problems = await book.Session.Services.ProblemsAsync(new Draft("#!time\nint q = \"a\";\nmissing + 1", []), default);
        Assert.Equal([("CS0029", "\"a\""), ("CS0103", "missing")], problems.Select(p => (p.Code, "#!time\nint q = \"a\";\nmissing + 1"[p.Start..p.End])));
        Assert.All(problems, problem => Assert.True(problem.IsError));
        // No semicolon behind the last expression, awaiting, directives and other languages are all right.
        foreach (var code in new[] { "1 + 1", "await Task.Delay(1);", "#r \"nuget: Nothing.Here, 1.0\"\nvar y = 1;", "#!fsharp\nlet x = 1", "#!markdown\nint" })
        {
            Assert.Empty(await book.Session.Services.ProblemsAsync(new Draft(code), default));
        }
        Assert.False((await book.Session.Services.ProblemsAsync(new Draft("void F() { int unused; }"), default)).Single().IsError);
    }

    [Fact]
    public async Task Signatures_tell_the_overload_and_the_parameter()
    {
        using var book = new Cells();
        var call = (await Call(book, "int Add(int left, double right = 2) => left; Add(1, |"))!;
        Assert.Equal(("int Add(int left, double right = 2)", 1), (call.Signatures.Single().Label, call.Parameter));
        var (start, end, _) = call.Signatures[0].Parameters[1];
        Assert.Equal("double right = 2", call.Signatures[0].Label[start..end]);
        var max = (await Call(book, "Math.Max(1.5, 2|.5)"))!;
        Assert.Equal("double Math.Max(double val1, double val2)", max.Signatures[max.Signature].Label);
        Assert.Contains("Returns the larger", max.Signatures[max.Signature].Summary);
        Assert.NotEqual("", max.Signatures[max.Signature].Parameters[1].Text);
        Assert.Contains((await Call(book, "new List<int>(|"))!.Signatures, one => one.Label.Contains("capacity", StringComparison.Ordinal));
        Assert.Equal(0, (await Call(book, "Math.Max(val2: 1, val1: |"))!.Parameter);
        Assert.Equal("this[int index]", (await Call(book, "new List<int>()[|]"))!.Signatures.Single().Label);
        // Within the inner call, that one is meant; behind the brackets, none.
        Assert.StartsWith("double Math.Sqrt", (await Call(book, "Math.Max(1, Math.Sqrt(|"))!.Signatures[0].Label);
        Assert.Null(await Call(book, "Math.Max(1, 2)|"));
        Assert.Null(await Call(book, "var x = 1;|"));
    }

    [Fact]
    public async Task Definitions_are_found_in_cells_and_in_the_sources()
    {
        using var book = new Cells();
        string[] before = ["var first = 1;\nvar rate = 0.1;", "record Point(int X);"];
        foreach (var run in new[] { false, true })
        {
            if (run)
            {
                await book.Run(before[0]);
            }
            var rate = (await Define(book, "ra|te", before))!;
            Assert.Equal((null, 0, 1, 4), (rate.File, rate.Cell, rate.Lines.Start.Line, rate.Lines.Start.Character));
        }
        Assert.Equal(1, (await Define(book, "new Poi|nt(1)", before))!.Cell);
        Assert.Equal(2, (await Define(book, "var here = 1; he|re", before))!.Cell);
        Assert.Null(await Define(book, "\"text\".Le|ngth", before));

        async Task Finds(string marked, string file, string line)
        {
            var place = (await Define(book, marked))!;
            Assert.EndsWith(file, place.File!.Replace('\\', '/'));
            Assert.Contains(line, File.ReadAllLines(place.File)[place.Lines.Start.Line]);
        }
        await Finds("Lectern.Charts.Fig|ure f;", "src/Lectern/Charts/Figure.cs", "class Figure");
        await Finds("Lectern.Charts.Figure.Mime|Type", "src/Lectern/Charts/Figure.cs", "string MimeType");
        await Finds("Lectern.Lessons.Check.Th|at(true, \"\")", "src/Lectern/Lessons/Check.cs", "CheckResult That(bool right");
        await Finds("new Lectern.Vision.SegmentationTraining().Epo|chs", "src/Lectern/Vision/Networks/SegmentationTraining.cs", "int Epochs");
        await Finds("new Lectern.Vision.ShapesResult(null, null).Mas|ks", "src/Lectern/Vision/Scenes/ShapesTrial.cs", "ShapesResult(CocoScores Masks");
    }
}
