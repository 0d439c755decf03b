using System.Xml.Linq;
using Lectern.Host.Commands;

namespace Lectern.Host.Running;

/// <summary>Runs the kit's test programs and reads what they found.</summary>
internal static class UnitTests
{
    /// <summary>The test projects, each an executable.</summary>
    public static readonly string[] Projects = ["Torch.Tests", "Lectern.Tests", "Lectern.Host.Tests"];

    /// <summary>What a test program came to.</summary>
    /// <param name="Passed">Tests that passed.</param>
    /// <param name="Skipped">Tests that said why they were not run.</param>
    /// <param name="Failures">One entry a failed test: its name and message; also a program that broke down.</param>
    public sealed record Outcome(int Passed, int Skipped, IReadOnlyList<string> Failures);

    /// <summary>Runs one program; it prints its failures itself as they happen.</summary>
    /// <param name="project">The test project.</param>
    /// <param name="names">Only classes whose names contain one of these; where there are none, all, without what is to be named (trait Run).</param>
    /// <param name="fast">Without the tests that are slow by nature (trait Length, value long): they build a copy of the kit, or wait for limits.</param>
    /// <param name="stop">Ends the program.</param>
    public static async Task<Outcome> RunAsync(string project, IEnumerable<string> names, bool fast, CancellationToken stop)
    {
        var program = Checkout.Binary(project);
        if (!File.Exists(program))
        {
            return new Outcome(0, 0, [$"{project}: there is no {Checkout.Relative(program)}; the build left it out."]);
        }
        var folder = Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts", "tests"));
        var results = Path.Combine(folder.FullName, $"{project}.xml");
        File.Delete(results);
        var code = await ProjectCommand.StartAsync(
            LessonProcess.Dotnet([program, "-noColor", "-noLogo", "-result-xml", results, .. Filters([.. names], fast)]), stop);
        if (!File.Exists(results))
        {
            return new Outcome(0, 0, [$"{project}: the program ended with code {code} and without results."]);
        }
        var outcome = Read(XDocument.Load(results));
        return outcome.Failures.Count > 0 || code == 0 || outcome.Passed + outcome.Skipped == 0 ? outcome
            : outcome with { Failures = [$"{project}: the program ended with code {code} after its tests."] };
    }

    /// <summary>xunit's words for which tests are run.</summary>
    /// <param name="names">As of <see cref="RunAsync"/>.</param>
    /// <param name="fast">As of <see cref="RunAsync"/>.</param>
    public static string[] Filters(IReadOnlyList<string> names, bool fast)
    {
        string[] chosen = names.Count == 0 ? ["-trait-", "Run=named"] : [.. names.SelectMany(name => new[] { "-class", $"*{name}*" })];
        return fast ? ["-trait-", "Length=long", .. chosen] : chosen;
    }

    /// <summary>Reads xunit's results.</summary>
    public static Outcome Read(XDocument results)
    {
        var tests = results.Descendants("test").ToList();
        int Count(string result) => tests.Count(t => (string?)t.Attribute("result") == result);
        var failures = tests.Where(t => (string?)t.Attribute("result") == "Fail")
            .Select(t => $"{(string?)t.Attribute("name")}\n{t.Descendants("message").FirstOrDefault()?.Value}")
            .Concat(results.Descendants("error").Select(e => $"{(string?)e.Attribute("name")}\n{e.Descendants("message").FirstOrDefault()?.Value}"));
        return new Outcome(Count("Pass"), Count("Skip") + Count("NotRun"), [.. failures]);
    }
}
