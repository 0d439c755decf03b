using System.Diagnostics;
using System.Runtime.CompilerServices;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>Jupyter's own programs, as Debian has them, against the installed kernel.</summary>
public sealed class JupyterClientTests(JupyterClientTests.NotebookRuns runs) : IClassFixture<JupyterClientTests.NotebookRuns>
{
    private const string Python = "/usr/bin/python3";

    // ./lectern test runs every notebook by the same engine anyway. What Jupyter may add is its protocol's: in the whole run the index and the
    // first lesson of each part show it; the others (15 minutes more) where this class is named: ./lectern test JupyterClient.
    public static TheoryData<string> OneOfEachPart => [.. Names().GroupBy(Path.GetDirectoryName).Select(part => part.First())];

    public static TheoryData<string> Others => [.. Names().Except(OneOfEachPart.Select(row => row.Data))];

    [Fact]
    public async Task Every_check_of_jupyter_kernel_test_passes()
    {
        SkipWithout("jupyter_kernel_test", "python3-jupyter-kernel-test");
        using var data = new TemporaryFolder();
        Install(data);

        var (code, said) = await RunAsync(data, Script("kernel_checks.py"));

        Assert.True(code == 0, said);
        Assert.Matches(@"Ran 12 tests", said);
        Assert.DoesNotContain("skipped", said);
    }

    [Theory]
    [MemberData(nameof(OneOfEachPart))]
    public Task Nbclient_runs_one_notebook_of_each_part_without_an_error(string name) => PassesAsync(name, OneOfEachPart);

    [Theory, Trait("Run", "named")]
    [MemberData(nameof(Others))]
    public Task Nbclient_runs_the_others_without_an_error(string name) => PassesAsync(name, Others);

    private async Task PassesAsync(string name, TheoryData<string> beside)
    {
        SkipWithout("nbclient", "python3-nbclient");

        var (code, said) = await runs.Of(name, beside.Select(row => row.Data));

        Assert.True(code == 0, said);
        TestContext.Current.SendDiagnosticMessage($"{name}: {said}");
    }

    private static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Checkout.Notebooks, "*.ipynb", SearchOption.AllDirectories)
            .Where(path => !path.Contains(".ipynb_checkpoints", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Checkout.Notebooks, path)).Order(StringComparer.Ordinal);

    private static void SkipWithout(string module, string package)
    {
        FrontEnd.SkipUnlessPossible();
        Assert.SkipUnless(File.Exists(Python), "there is no Python of the system");
        using var asked = Process.Start(new ProcessStartInfo(Python, ["-c", $"import {module}"]) { RedirectStandardError = true })!;
        asked.StandardError.ReadToEnd();
        asked.WaitForExit();
        Assert.SkipUnless(asked.ExitCode == 0, $"{package} is not installed");
    }

    private static void Install(TemporaryFolder data) =>
        new KernelSpec(Path.Combine(data.Path, "kernels", KernelSpec.Name)).Install(force: false);

    private static async Task<(int Code, string Said)> RunAsync(TemporaryFolder data, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR" })
        {
            start.Environment[name] = data.Path;
        }
        start.Environment.Remove("JUPYTER_PATH");
        start.Environment["LECTERN_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        return (process.ExitCode, await output + await errors);
    }

    private static string Script(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    /// <summary>
    /// The notebooks' runs, begun by the first test that asks for one. Cases of a theory come one after the other, and
    /// a notebook has one thread: so that no core waits, as many notebooks run at once as <c>./lectern run</c> has.
    /// </summary>
    public sealed class NotebookRuns : IDisposable
    {
        private readonly TemporaryFolder data = new();
        private readonly SemaphoreSlim room = new(Math.Min(2, Environment.ProcessorCount));
        private readonly Dictionary<string, Task<(int, string)>> runs = [];

        /// <summary>How a notebook's run ended, and what was printed.</summary>
        /// <param name="name">The notebook.</param>
        /// <param name="beside">Those of its theory, which begin with it.</param>
        public Task<(int Code, string Said)> Of(string name, IEnumerable<string> beside)
        {
            if (runs.Count == 0) Install(data);
            foreach (string one in beside.Where(one => !runs.ContainsKey(one))) runs[one] = InTurnAsync(one);
            return runs[name];
        }

        /// <summary>Deletes what Jupyter wrote.</summary>
        public void Dispose()
        {
            room.Dispose();
            data.Dispose();
        }

        private async Task<(int, string)> InTurnAsync(string name)
        {
            await room.WaitAsync();
            try
            {
                var path = Path.Combine(Checkout.Notebooks, name);
                return await RunAsync(data, Script("run_notebook.py"), path, Path.GetDirectoryName(path)!);
            }
            finally
            {
                room.Release();
            }
        }
    }
}
