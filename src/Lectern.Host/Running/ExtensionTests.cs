using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Lectern.Host.Running;

/// <summary>Runs the extension's tests: scripts that drive VS Code in a browser.</summary>
internal static partial class ExtensionTests
{
    /// <summary>Builds the extension and runs its tests; these set VS Code up themselves.</summary>
    /// <param name="names">Only tests whose names contain one of these; all where there are none.</param>
    /// <param name="stop">Ends them.</param>
    public static async Task<UnitTests.Outcome> RunAsync(IReadOnlyCollection<string> names, CancellationToken stop)
    {
        if (Checkout.FindProgram("node") is not { } node || Extension.Npm is null)
        {
            Console.WriteLine("Skipped: the extension is tested where Node.js and npm are.");
            return new UnitTests.Outcome(0, 1, []);
        }
        try
        {
            await Extension.BuildAsync(stop);
        }
        catch (IOException fault)
        {
            Console.WriteLine($"Skipped: {fault.Message}");
            return new UnitTests.Outcome(0, 1, []);
        }
        var (failures, passed, skipped) = (new List<string>(), 0, 0);
        var code = await RunAsync(node, [Path.Combine(Checkout.Root, "tests", "vscode", "run.mjs"), .. names], line =>
        {
            Console.WriteLine(line);
            if (Line().Match(line) is { Success: true } match)
            {
                passed += match.Groups["word"].Value == "passed" ? 1 : 0;
                skipped += match.Groups["word"].Value == "skipped" ? 1 : 0;
                if (match.Groups["word"].Value == "FAILED")
                {
                    failures.Add($"VS Code: {match.Groups["name"].Value}");
                }
            }
        }, stop);
        return new UnitTests.Outcome(passed, skipped, code == 0 || failures.Count > 0 ? failures : [$"VS Code: the tests' program ended with code {code}."]);
    }

    private static async Task<int> RunAsync(string program, IEnumerable<string> arguments, Action<string> said, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Checkout.Root, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        using var ended = stop.Register(() => process.Kill(entireProcessTree: true));
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            said(line);
        }
        await process.WaitForExitAsync(CancellationToken.None);
        stop.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    // passed  opens a lesson (3.1 s)
    [GeneratedRegex(@"^(?<word>passed|skipped|FAILED)  (?<name>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
