using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lectern.Host.Commands;
using Lectern.Host.Pages;
using Lectern.Host.Running;
using Lectern.Host.Tests.Jupyter;
using Lectern.Host.Tests.Setup;
using Spectre.Console;

namespace Lectern.Host.Tests.Commands;

/// <summary>README as a reader takes it: each command in it is run by a test, and its table says what the lessons say.</summary>
[Collection("sessions")]     // they share the machine's two cores
public sealed partial class ReadmeTests : IDisposable
{
    private const string Ci = ".ci/run", Editor = "tests/vscode/run.mjs";
    private const string Package = nameof(PackageTests.A_fresh_project_outside_of_the_kit_references_the_package_and_trains);

    private static readonly string Readme = File.ReadAllText(Path.Combine(Checkout.Root, "README.md")).ReplaceLineEndings("\n");

    // What stands in README, and what runs it: a test of this class or of another, or a file.
    private static readonly Dictionary<string, string> RunBy = new()
    {
        ["git clone ADDRESS lectern && cd lectern"] = Ci,
        ["./lectern test"] = Ci,
        ["./lectern test [NAME…] [--fast] [--vscode]"] = Ci,
        ["./lectern test --vscode"] = Ci,
        ["./lectern run"] = nameof(The_tour_and_lessons_by_name_run),
        ["./lectern run [NAME…] [--all]"] = nameof(The_tour_and_lessons_by_name_run),
        ["dotnet run -c Release --project src/Lectern.Host -- run"] = nameof(The_tour_and_lessons_by_name_run),
        ["LIBTORCH=FOLDER ./lectern run"] = nameof(ScriptTests.An_unpacked_libtorch_is_as_good_as_the_distributions_and_brings_its_own_blas),
        ["LECTERN_TORCH=package ./lectern run"] = nameof(ScriptTests.The_package_asked_for_by_name_needs_no_libtorch_and_no_compiler),
        ["./lectern install"] = nameof(The_kernel_is_registered_and_taken_out_again),
        ["./lectern uninstall"] = nameof(The_kernel_is_registered_and_taken_out_again),
        ["dotnet run -c Release --project src/Lectern.Host -- install"] = nameof(The_kernel_is_registered_and_taken_out_again),
        ["./lectern lab"] = nameof(LabCommandTests.Each_Jupyter_is_told_in_its_own_words),
        ["./lectern install --vscode"] = Editor,
        ["npm ci && npm run package"] = Editor,
        ["./lectern publish"] = nameof(A_lesson_is_published),
        ["./lectern publish [NAME…]"] = nameof(A_lesson_is_published),
        ["./lectern site [--out FOLDER]"] = nameof(The_book_is_written_where_it_is_wanted),
        ["./lectern new NAME --area AREA"] = nameof(NewCommandTests.A_new_lesson_builds_and_its_test_and_notebook_pass_at_once),
        ["./lectern exercises hand-out sheets OverSmoothing"] = nameof(Sheets_go_out_and_come_back_as_a_table),
        ["./lectern exercises hand-out FOLDER [NAME…]"] = nameof(Sheets_go_out_and_come_back_as_a_table),
        ["./lectern exercises grade FOLDER"] = nameof(Sheets_go_out_and_come_back_as_a_table),
        ["./lectern doctor"] = nameof(Doctor_and_data_say_what_there_is),
        ["./lectern data"] = nameof(Doctor_and_data_say_what_there_is),
        ["./lectern segment IMAGE --model NAME --weights FILE"] = nameof(SegmentCommandTests.A_model_finds_prints_writes_and_draws),
        ["./lectern reproduce NAME"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern reproduce NAME --device cuda"] = nameof(Experiments_and_benches_answer_a_wrong_name),
        ["./lectern reproduce FairComparison --shard 0/4"] = nameof(Experiments_and_benches_answer_a_wrong_name),
        ["./lectern reproduce MessagePassing --only large"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern results [NAME]"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern results FairComparison [--from FOLDER…]"] = nameof(Experiments_and_benches_answer_a_wrong_name),
        ["./lectern distribute"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern distribute -n N -- reproduce NAME"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern distribute -n 2 -- reproduce MessagePassing --only large"] = nameof(Experiments_are_run_by_one_process_and_by_two),
        ["./lectern bench"] = nameof(Experiments_and_benches_answer_a_wrong_name),
        ["./lectern bench ranks"] = nameof(Experiments_and_benches_answer_a_wrong_name),
        ["dotnet pack src/Torch -c Release -o packages && dotnet pack src/Lectern -c Release -o packages"] = Package,
        ["dotnet pack"] = Package,
        ["dotnet new console -o club && cd club"] = Package,
        ["dotnet add package Lectern --source KIT/packages"] = Package,
        ["dotnet run"] = Package,
    };

    private readonly TemporaryFolder kit = new();

    public void Dispose() => kit.Dispose();

    [Fact]
    public void Each_command_of_the_readme_is_run_by_a_test_or_a_file_that_is_there()
    {
        var found = Code().Matches(Fences().Replace(Readme, ""))
            .Select(match => match.Groups["code"].Value.Split('#')[0].Trim())
            .Where(code => Command().IsMatch(code)).Distinct();
        Assert.Equal(RunBy.Keys.Order(), found.Order());
        Assert.All(RunBy.Values.Where(by => by.Contains('/')), file => Assert.True(File.Exists(Path.Combine(Checkout.Root, file)), file));
    }

    [Fact]
    public void The_table_has_each_lesson_with_its_minutes_and_its_records()
    {
        var rows = Row().Matches(Readme).ToDictionary(row => row.Groups["name"].Value);
        var lessons = new Course(Checkout.Notebooks).Lessons;
        Assert.Equal(lessons.Select(lesson => lesson.Name).Order(), rows.Keys.Order());
        foreach (var lesson in lessons)
        {
            var row = rows[lesson.Name];
            var about = JsonNode.Parse(File.ReadAllText(lesson.Path))!["metadata"]!["lectern"]!;
            Assert.Equal(Checkout.Relative(lesson.Path).Replace('\\', '/'), row.Groups["path"].Value);
            Assert.Equal((int)about["minutes"]!, int.Parse(row.Groups["minutes"].Value));
            foreach (Match record in Record().Matches(row.Groups["record"].Value))
            {
                Assert.NotEmpty(Directory.EnumerateFiles(
                    Path.Combine(Checkout.Root, "tests", "reproduction"), record.Groups[1].Value + ".json"));
            }
        }
    }

    [Fact]
    public async Task The_tour_and_lessons_by_name_run()
    {
        // The tour's lessons are run whole by ./lectern test; here a course of one short lesson is its own tour.
        MakeKit("index.ipynb");
        Directory.CreateDirectory(In("notebooks/0-own"));
        File.Copy(In("notebooks/index.ipynb"), In("notebooks/0-own/Map.ipynb"));
        foreach (var words in new[] { new[] { "run" }, ["run", "Map"], ["run", "--all"], ["run", "index"] })
        {
            var said = await HostAsync(0, words);
            Assert.Contains("Every page: artifacts/lessons/index.html", said.Replace('\\', '/'));
            Assert.DoesNotContain("failed", said);
        }
        Assert.Contains("Map", File.ReadAllText(In("artifacts/lessons/index.html")));
    }

    [Fact]
    public async Task A_lesson_is_published()
    {
        Assert.SkipWhen(Chromium.Find() is null, Chromium.Missing);
        Assert.SkipUnless(await FigurePictures.PrepareAsync(TestContext.Current.CancellationToken), "the browser's driver cannot be had");
        MakeKit("index.ipynb");
        var notebook = In("notebooks/index.ipynb");
        var cells = JsonNode.Parse(File.ReadAllText(notebook))!;
        foreach (var cell in cells["cells"]!.AsArray()) { if (cell!["outputs"] is not null) { cell["outputs"] = new JsonArray(); } }
        File.WriteAllText(notebook, cells.ToJsonString());
        Assert.Equal(0, await PublishCommand.PublishAsync(
            new Course(In("notebooks")), ["index"], 60, AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(TextWriter.Null) }),
            TestContext.Current.CancellationToken));
        Assert.Contains("\"text/html\"", File.ReadAllText(notebook));
    }

    [Fact]
    public async Task The_book_is_written_where_it_is_wanted()
    {
        MakeKit("0-foundations/Tensors.ipynb");
        Assert.Contains("1 lessons; open", await HostAsync(0, "site", "--out", In("a book")));
        Assert.True(File.Exists(In("a book/Tensors.html")));
    }

    [Fact]
    public async Task Sheets_go_out_and_come_back_as_a_table()
    {
        MakeKit("1-theory/OverSmoothing.ipynb");
        await HostAsync(0, "exercises", "hand-out", In("sheets"), "OverSmoothing");
        File.Move(In("sheets/OverSmoothing.ipynb"), In("sheets/OverSmoothing-Ada.ipynb"));
        await HostAsync(0, "exercises", "grade", In("sheets"));
        var table = File.ReadAllLines(In("sheets/grades.csv"));
        Assert.Equal(2, table.Length);
        Assert.Contains("Ada", table[1]);
        Assert.True(File.Exists(In("sheets/grades.html")));
    }

    [Fact]
    public async Task The_kernel_is_registered_and_taken_out_again()
    {
        var folder = In("jupyter/share/jupyter/kernels");
        await HostAsync(0, "install", "--prefix", In("jupyter"));
        Assert.Single(Directory.EnumerateFiles(folder, "kernel.json", SearchOption.AllDirectories));
        await HostAsync(0, "uninstall", "--prefix", In("jupyter"));
        Assert.Empty(Directory.EnumerateFiles(folder, "kernel.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Doctor_and_data_say_what_there_is()
    {
        MakeKit();
        Assert.Contains("libtorch", await HostAsync(null, "doctor"));
        Assert.Contains("./lectern data get NAME", await HostAsync(0, "data"));
    }

    // Through the build of the real projects; what the runs do is in SweepTests and in the benches themselves.
    [Theory]
    [InlineData("There are no experiments for 'Nobody'", "reproduce", "Nobody", "--device", "cuda")]
    [InlineData("FairComparison has no experiment 'nothing'", "reproduce", "FairComparison", "--only", "nothing", "--shard", "0/4")]
    [InlineData("--from wants folders; there is no 'nowhere'", "results", "FairComparison", "--from", "nowhere")]
    [InlineData("There is no section 'nothing'; there are: overhead,", "bench", "ranks", "nothing")]
    public async Task Experiments_and_benches_answer_a_wrong_name(string answer, params string[] words) =>
        Assert.Contains(answer, await HostAsync(2, words));

    [Fact, Trait("Length", "long")]
    public async Task Experiments_are_run_by_one_process_and_by_two()
    {
        MakeKit();
        Directory.CreateDirectory(In("tests/reproduction"));
        string[] program = [Checkout.Binary("Lectern.Reproduction")], large = [.. program, "MessagePassing", "--only", "large"];
        Assert.Contains("test accuracy", await DotnetAsync(0, large));
        Assert.Contains("large", await DotnetAsync(0, [.. program, "results", "MessagePassing", "--only", "large"]));
        Directory.Delete(In("artifacts/reproduction"), recursive: true);
        Directory.Delete(In("tests/reproduction"), recursive: true);
        Directory.CreateDirectory(In("tests/reproduction"));
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await DistributeCommand.RunAsync(2, () => Start(large), output, errors, TestContext.Current.CancellationToken);
        Assert.True(code == 0, $"{output}\n{errors}");
        Assert.Single(Directory.EnumerateFiles(In("tests/reproduction"), "MessagePassing.large.json"));
    }

    private string In(string name) => Path.Combine(kit.Path, name);

    /// <summary>A kit of its own for what the command writes, of the real one's library and data.</summary>
    private void MakeKit(params string[] notebooks)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take a right there that readers need not have.");
        Directory.CreateDirectory(In("artifacts"));
        foreach (var part in new[] { "src", "data", "Lectern.slnx", "artifacts/bin" })
        {
            File.CreateSymbolicLink(In(part), part == "artifacts/bin"
                ? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..")) : Path.Combine(Checkout.Root, part));
        }
        Directory.CreateDirectory(In("notebooks"));
        foreach (var notebook in notebooks)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In("notebooks/" + notebook))!);
            File.Copy(Path.Combine(Checkout.Notebooks, notebook), In("notebooks/" + notebook));
        }
    }

    private Task<string> HostAsync(int? code, params string[] words) => DotnetAsync(code, [Checkout.Host, .. words]);

    private async Task<string> DotnetAsync(int? code, string[] arguments)
    {
        using var process = Process.Start(Start(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var said = await output + await errors;
        Assert.True(code is null || process.ExitCode == code, $"{string.Join(' ', arguments)} ended with code {process.ExitCode}:\n{said}");
        return said;
    }

    private ProcessStartInfo Start(string[] arguments)
    {
        var start = LessonProcess.Dotnet(arguments);
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (kit.Path, true, true);
        // What has no kit of its own needs the real one's projects.
        start.Environment["LECTERN_ROOT"] = File.Exists(In("Lectern.slnx")) ? kit.Path : Checkout.Root;
        start.Environment.Remove("MSBuildSDKsPath");
        return start;
    }

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("^    (?<code>.*)$|`(?<code>[^`\n]*)`", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^([A-Z_]+=\S+ )?(\./lectern|dotnet|git|npm) ")]
    private static partial Regex Command();

    [GeneratedRegex(@"^\| \[(?<name>\w+)\]\((?<path>[^)]*)\) \| (?<minutes>\d+) \|.*\| (?<record>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Record();
}
