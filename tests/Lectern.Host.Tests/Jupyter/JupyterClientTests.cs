using System.Diagnostics;
using System.Runtime.CompilerServices;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Jupyter;

/// <summary>Jupyter's own programs, as Debian has them, against the installed kernel.</summary>
public sealed class JupyterClientTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly TemporaryFolder data = new();

    public static TheoryData<string> Notebooks =>
    [
        .. Directory.EnumerateFiles(Checkout.Notebooks, "*.ipynb", SearchOption.AllDirectories)
            .Where(path => !path.Contains(".ipynb_checkpoints", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Checkout.Notebooks, path)).Order(StringComparer.Ordinal),
    ];

    public void Dispose() => data.Dispose();

    [Fact]
    public void Every_check_of_jupyter_kernel_test_passes()
    {
        SkipWithout("jupyter_kernel_test", "python3-jupyter-kernel-test");

        var (code, said) = Run([Script("kernel_checks.py")]);

        Assert.True(code == 0, said);
        Assert.Matches(@"Ran 12 tests", said);
        Assert.DoesNotContain("skipped", said);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Nbclient_runs_the_notebook_without_an_error(string name)
    {
        SkipWithout("nbclient", "python3-nbclient");
        var path = Path.Combine(Checkout.Notebooks, name);

        var (code, said) = Run([Script("run_notebook.py"), path, Path.GetDirectoryName(path)!]);

        Assert.True(code == 0, said);
        TestContext.Current.SendDiagnosticMessage($"{name}: {said}");
    }

    private static void SkipWithout(string module, string package)
    {
        FrontEnd.SkipUnlessPossible();
        Assert.SkipUnless(File.Exists(Python), "there is no Python of the system");
        using var asked = Process.Start(new ProcessStartInfo(Python, ["-c", $"import {module}"]) { RedirectStandardError = true })!;
        asked.StandardError.ReadToEnd();
        asked.WaitForExit();
        Assert.SkipUnless(asked.ExitCode == 0, $"{package} is not installed");
    }

    private (int Code, string Said) Run(string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR" })
        {
            start.Environment[name] = data.Path;
        }
        start.Environment.Remove("JUPYTER_PATH");
        start.Environment["LECTERN_THREADS"] = "1";
        new KernelSpec(Path.Combine(data.Path, "kernels", KernelSpec.Name)).Install(force: false);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(10)))
        {
            process.Kill(entireProcessTree: true);
        }
        return (process.ExitCode, output.Result + errors.Result);
    }

    private static string Script(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
