using System.Diagnostics;
using Lectern.Host.Commands;
using Lectern.Host.Notebooks;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Commands;

/// <summary>A new lesson: what is made, what is refused, and that it passes and trains as it stands.</summary>
public sealed class NewCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public NewCommandTests()
    {
        foreach (var part in new[] { "src/Lectern/Papers/Theory", "notebooks/1-theory", "tests/Lectern.Tests" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, part));
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("graphs", "GraphEmbeddings", "4-graph-embeddings")]
    [InlineData("theory", "Theory", "1-theory")]
    [InlineData("5-instance-segmentation", "InstanceSegmentation", "5-instance-segmentation")]
    public void Three_files_bear_the_name_in_the_areas_folders(string area, string space, string notebooks)
    {
        var files = NewCommand.Make(folder.Path, "Attention", area);
        Assert.Equal(
            [$"src/Lectern/Papers/{space}/Attention.cs", $"notebooks/{notebooks}/Attention.ipynb", $"tests/Lectern.Tests/Papers/{space}/AttentionTests.cs"],
            files);
        Assert.Equal(files.Order(), Files());
        Assert.Contains($"namespace Lectern.Papers.{space};", File.ReadAllText(Path.Combine(folder.Path, files[0])));
        Assert.All(files, file => Assert.DoesNotContain("New", File.ReadAllText(Path.Combine(folder.Path, file)).Replace("NewDisposeScope", "")));
    }

    [Fact]
    public void The_notebook_has_a_lessons_headings_and_three_exercises_with_solutions()
    {
        var path = NewCommand.Make(folder.Path, "Attention", "theory")[1];
        var notebook = Notebook.Read(Path.Combine(folder.Path, path));
        Assert.Equal("Attention", notebook.Title);
        Assert.Equal(
            ["The claim", "The idea", "By hand", "Experiment", "Paper and measured", "Break it", "At scale", "Your own data", "Exercises"],
            notebook.Cells.Where(c => c.Source.StartsWith("## ")).Select(c => c.Source.Split('\n')[0][3..]));
        Assert.Equal(3, Exercise.Of(notebook).Count(e => e.Solution is not null));
    }

    [Theory]
    [InlineData("class", "theory", "'class' cannot be a lesson's name: expected a C# identifier that begins with a capital letter")]
    [InlineData("Two words", "theory", "C# identifier")]
    [InlineData("../Up", "theory", "C# identifier")]
    [InlineData("2Fast", "theory", "C# identifier")]
    [InlineData("lower", "theory", "capital letter")]
    [InlineData("Attention", "cooking", "There is no area 'cooking'. There are: foundations, theory, applications, knowledge-graphs")]
    [InlineData("Trainer", "theory", "The name Trainer is taken: Lectern.Training.Trainer")]
    [InlineData("System", "theory", "in a namespace of that name")]
    [InlineData("taken", "theory", "capital letter")]
    [InlineData("Taken", "graphs", "Taken is taken: there is notebooks")]
    public void What_cannot_be_is_refused_and_nothing_is_changed(string name, string area, string reason)
    {
        File.WriteAllText(Path.Combine(folder.Path, "notebooks/1-theory/taken.ipynb"), "{}");
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => NewCommand.Make(folder.Path, name, area)).Message);
        Assert.Equal(["notebooks/1-theory/taken.ipynb"], Files());
    }

    /// <summary>In a copy of the kit that has no other tests: the build is what takes the time.</summary>
    [Fact, Trait("Length", "long")]
    public async Task A_new_lesson_builds_and_its_test_and_notebook_pass_at_once()
    {
        var artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
        var built = Path.GetRelativePath(Checkout.Root, artifacts);
        foreach (var part in new[] { "src/Lectern", "src/Torch", "src/Lectern.Host/Template", "tests/reproduction", "data" })
        {
            Copy(Path.Combine(Checkout.Root, part), part);
        }
        foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", "Lectern.slnx", ".editorconfig",
            "tests/Lectern.Tests/Lectern.Tests.csproj", "tests/Lectern.Tests/OneAtATime.cs" })
        {
            File.Copy(Path.Combine(Checkout.Root, file), Path.Combine(folder.Path, file));
        }
        // The C++ bridge need not be compiled once more.
        Copy(Path.Combine(artifacts, "obj/Torch"), $"{built}/obj/Torch");
        Copy(Path.GetDirectoryName(Checkout.Host)!, $"{built}/bin/Lectern.Host/release");

        var notebook = NewCommand.Make(folder.Path, "Attention", "graphs")[1];
        await DotnetAsync("build", "tests/Lectern.Tests", "-c", "Release", "-nodeReuse:false", "-nologo", "-v", "quiet");
        var tests = await DotnetAsync($"{built}/bin/Lectern.Tests/release/Lectern.Tests.dll", "-noColor", "-class", "*.AttentionTests");
        Assert.Contains("Total: 5, Errors: 0, Failed: 0, Skipped: 0", tests);

        Copy(Path.Combine(folder.Path, built, "bin/Lectern/release"), $"{built}/bin/Lectern.Host/release");
        var run = await DotnetAsync($"{built}/bin/Lectern.Host/release/Lectern.Host.dll", "execute", notebook, "--solutions");
        var report = run.Split('\n').Select(RunEvent.Parse).Last(e => e?.Report is not null)!.Report!;
        Assert.Null(report.Failure);
        Assert.Equal([null, null, null], report.Exercises.Select(e => e.Fault));
        Assert.True(report.Headlines.Single().Value > 75, $"{report.Headlines[0]}");
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(folder.Path, path).Replace('\\', '/')).Order();

    private void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder.Path, to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target, overwrite: true);
        }
    }

    private async Task<string> DotnetAsync(params string[] arguments)
    {
        var start = LessonProcess.Dotnet(arguments);
        (start.WorkingDirectory, start.RedirectStandardOutput) = (folder.Path, true);
        start.Environment["LECTERN_ROOT"] = folder.Path;
        start.Environment.Remove("MSBuildSDKsPath");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)} ended with code {process.ExitCode}:\n{output}");
        return output;
    }
}
