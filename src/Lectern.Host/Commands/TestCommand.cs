using System.CommandLine;
using Lectern.Host.Running;
using Spectre.Console;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern test</c>: builds everything, runs all unit tests, all notebooks, and all solutions of exercises.</summary>
internal static class TestCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Only test classes whose names contain these, and lessons of these names." };
        var fast = new Option<bool>("--fast") { Description = "Without the notebooks, and without the tests that are slow by nature." };
        var seconds = new Option<double>("--cell-seconds")
        {
            Description = "How long a notebook's cell may take; 0 for no limit.",
            DefaultValueFactory = _ => NotebookRun.CellSeconds,
        };
        var editor = new Option<bool>("--vscode")
        {
            Description = "Also the extension, in VS Code itself: code-server is installed for it under artifacts/.",
        };
        var command = new Command("test", "Builds all, runs the unit tests, the notebooks and their exercises' solutions.") { names, fast, editor, seconds };
        command.SetAction((parsed, stop) => TestAsync(
            parsed.GetValue(names) ?? [], parsed.GetValue(fast), parsed.GetValue(editor), parsed.GetValue(seconds), stop));
        return command;
    }

    private static async Task<int> TestAsync(string[] names, bool fast, bool editor, double seconds, CancellationToken stop)
    {
        var (passed, skipped, failures) = (0, 0, new List<string>());
        if (await ProjectCommand.BuildAsync(Path.Combine(Checkout.Root, "Lectern.slnx"), stop) != 0)
        {
            failures.Add("The build failed; its errors are above.");
            return Close(0, 0, failures);
        }
        if (names.Length == 0)
        {
            Console.WriteLine("Formatting.");
            var target = Path.Combine(Checkout.Root, "Lectern.slnx");
            if (await ProjectCommand.StartAsync(LessonProcess.Dotnet(["format", "whitespace", target, "--verify-no-changes", "--no-restore"]), stop) != 0)
            {
                failures.Add($"Some files are not formatted; they are named above.\n(to mend: dotnet format whitespace {Checkout.Relative(target)})");
            }
        }
        foreach (var project in UnitTests.Projects)
        {
            Console.WriteLine();
            Console.WriteLine($"{project}:");
            var outcome = await UnitTests.RunAsync(project, names, fast, stop);
            (passed, skipped) = (passed + outcome.Passed, skipped + outcome.Skipped);
            failures.AddRange(outcome.Failures.Select(f => $"{f}\n(again: ./lectern test {ClassOf(f)} --fast)"));
        }

        var lessons = fast ? [] : Lessons(names);
        if (lessons.Count > 0)
        {
            Console.WriteLine();
            Console.WriteLine($"Notebooks: {string.Join(", ", lessons.Select(l => l.Name))}");
            var reports = await LessonRunner.RunAsync(
                lessons, new RunOptions { CellSeconds = seconds, Solutions = true }, AnsiConsole.Console, stop);
            AnsiConsole.Write(LessonRunner.Table(reports));
            foreach (var report in reports)
            {
                var (good, bad) = Judge(report);
                passed += good;
                failures.AddRange(bad);
            }
        }
        if (editor)
        {
            Console.WriteLine();
            Console.WriteLine("VS Code:");
            var outcome = await ExtensionTests.RunAsync(names, stop);
            (passed, skipped) = (passed + outcome.Passed, skipped + outcome.Skipped);
            failures.AddRange(outcome.Failures.Select(f => $"{f}\n(again: ./lectern test --vscode; pictures: artifacts/vscode/screenshots)"));
        }
        if (passed + skipped + failures.Count == 0)
        {
            failures.Add($"Nothing is named {string.Join(" or ", names)}: neither a test class nor a lesson.");
        }
        return Close(passed, skipped, failures);
    }

    /// <summary>What a notebook's run counts for: one for itself, one for each solution.</summary>
    internal static (int Passed, IReadOnlyList<string> Failures) Judge(LessonReport report)
    {
        var failures = new List<string>();
        if (report.Failure is { } failure)
        {
            failures.Add($"{report.Name}.ipynb\n{string.Join("\n", failure)}\n(again: ./lectern run {report.Name})");
        }
        failures.AddRange(report.Exercises.Where(e => e.Fault is not null)
            .Select(e => $"{report.Name}.ipynb, exercise {e.Number}: {e.Fault}\n(again: ./lectern test {report.Name})"));
        return (1 + report.Exercises.Count - failures.Count, failures);
    }

    private static IReadOnlyList<LessonFile> Lessons(string[] names)
    {
        var course = new Course(Checkout.Notebooks);
        IReadOnlyList<LessonFile> all = course.Index is { } index ? [index, .. course.Lessons] : course.Lessons;
        return names.Length == 0 ? all
            : [.. all.Where(l => names.Any(name => l.Name.Contains(name, StringComparison.OrdinalIgnoreCase)))];
    }

    private static string ClassOf(string failure)
    {
        var name = failure.Split('\n', '(')[0].Split('.');
        return name.Length > 1 ? name[^2] : name[0];
    }

    private static int Close(int passed, int skipped, List<string> failures)
    {
        Console.WriteLine();
        foreach (var failure in failures)
        {
            Console.WriteLine($"FAILED {failure.ReplaceLineEndings("\n    ")}");
            Console.WriteLine();
        }
        if (skipped > 0)
        {
            Console.WriteLine($"{skipped} skipped; each says why in artifacts/tests.");
        }
        Console.WriteLine($"{passed} passed, {failures.Count} failed");
        Console.Out.Flush();
        return failures.Count > 0 ? 1 : 0;
    }
}
