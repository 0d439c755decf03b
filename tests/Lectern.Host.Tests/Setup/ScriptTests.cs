using System.Diagnostics;

namespace Lectern.Host.Tests.Setup;

/// <summary>The script <c>./lectern</c>, as far as it can be tried without installing anything.</summary>
/// <remarks>
/// LECTERN_SETUP=plan stops it there; LECTERN_SYSTEM puts a made-up file system in the machine's place.
/// </remarks>
public sealed class ScriptTests : IDisposable
{
    private static readonly string[] Everything =
    [
        "usr/include/torch/csrc/api.h", "usr/lib/x86_64-linux-gnu/libtorch_cpu.so", "usr/bin/g++",
        "usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", "usr/lib/x86_64-linux-gnu/libzmq.so.5",
        "usr/lib/x86_64-linux-gnu/libturbojpeg.so.0", "usr/share/javascript/katex/katex.min.js",
    ];

    private readonly TemporaryFolder folder = new();

    public ScriptTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script is for bash");
        Write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void On_a_bare_debian_it_says_what_it_would_install_and_why()
    {
        var (code, said) = Plan();

        Assert.Equal(0, code);
        const string Packages = "libtorch-dev libopenblas0-pthread g++ libzmq5 libturbojpeg0 libjs-katex";
        Assert.Contains("apt-get install --no-install-recommends " + Packages, said);
        Assert.Matches("libjs-katex +formulas", said);
        Assert.Contains("engine: package", said);
    }

    [Fact]
    public void Where_nothing_is_missing_it_says_nothing_and_takes_the_bridge()
    {
        Have(Everything);

        Assert.Equal((0, "lectern: engine: bridge\n"), Plan());
    }

    [Fact]
    public void It_names_only_what_is_missing()
    {
        Have(Everything.Where(f => !f.Contains("openblas")));

        var (_, said) = Plan();

        Assert.Contains("apt-get install --no-install-recommends libopenblas0-pthread \n", said);
        Assert.DoesNotContain("libtorch-dev", said);
    }

    [Fact]
    public void An_unpacked_libtorch_is_as_good_as_the_distributions_and_brings_its_own_blas()
    {
        Have("opt/torch folder/lib/libtorch_cpu.so", "opt/torch folder/include/torch/csrc/api.h");
        Have([Everything[2], .. Everything[4..]]);

        var plan = Plan(("LIBTORCH", Path.Combine(folder.Path, "opt/torch folder")));

        Assert.Equal((0, "lectern: engine: bridge\n"), plan);
    }

    [Fact]
    public void Libtorch_without_a_compiler_ends_at_the_package_and_says_why()
    {
        Have(Everything.Where(f => !f.Contains("g++")));

        var (_, said) = Plan();

        Assert.Contains("no C++ compiler", said);
        Assert.Contains("engine: package", said);
    }

    [Fact]
    public void The_package_asked_for_by_name_needs_no_libtorch_and_no_compiler()
    {
        var (_, said) = Plan(("LECTERN_TORCH", "package"));

        Assert.Contains("apt-get install --no-install-recommends libzmq5 libturbojpeg0 libjs-katex", said);
        Assert.Contains("engine: package", said);
    }

    [Fact]
    public void Ubuntu_counts_as_debian_and_fedora_does_not()
    {
        Write("etc/os-release", "NAME=\"Pop!_OS\"\nID=pop\nID_LIKE=\"ubuntu debian\"\n");
        Assert.Contains("it would run: apt-get install", Plan().Said);

        Write("etc/os-release", "NAME=\"Fedora Linux\"\nID=fedora\n");
        Assert.Contains("no Debian or Ubuntu", Plan().Said);
    }

    [Fact]
    public void Called_from_elsewhere_through_a_link_it_finds_its_own_folder()
    {
        Have(Everything);
        var link = Path.Combine(folder.Path, "my lectern");
        File.CreateSymbolicLink(link, Script());

        Assert.Equal((0, "lectern: engine: bridge\n"), Run(link, folder.Path, [("LECTERN_SETUP", "plan")]));
    }

    [Fact]
    public void A_misspelt_setting_is_answered_with_the_ones_there_are()
    {
        var (code, said) = Run(Script(), folder.Path, [("LECTERN_SETUP", "never")]);

        Assert.Equal(1, code);
        Assert.Equal("lectern: LECTERN_SETUP is 'never'; it can be no, plan or again\n", said);
    }

    private void Have(params IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            Write(file, "");
        }
    }

    private void Write(string file, string content)
    {
        var path = Path.Combine(folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private (int Code, string Said) Plan(params (string, string)[] settings) =>
        Run(Script(), folder.Path, [("LECTERN_SETUP", "plan"), .. settings]);

    private (int Code, string Said) Run(string script, string from, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("bash", [script, "help"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = from,
        };
        foreach (var name in (string[])["LIBTORCH", "LECTERN_TORCH", "TorchSharpPath", "CXX"])
        {
            start.Environment.Remove(name);
        }
        start.Environment["LECTERN_SYSTEM"] = folder.Path;
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static string Script()
    {
        var up = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(up!.FullName, "lectern")))
        {
            up = up.Parent;
        }
        return Path.Combine(up.FullName, "lectern");
    }
}
