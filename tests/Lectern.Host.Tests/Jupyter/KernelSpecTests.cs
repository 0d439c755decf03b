using System.Text.Json.Nodes;
using Lectern.Host.Jupyter;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Jupyter;

public sealed class KernelSpecTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly KernelSpec spec;

    public KernelSpecTests() => spec = KernelSpec.At(folder.Path);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_registered_under_the_name_of_the_notebooks_with_what_a_page_needs()
    {
        spec.Install(force: false);

        Assert.Equal(Path.Combine(folder.Path, "share", "jupyter", "kernels", ".net-csharp"), spec.Folder);
        var json = JsonNode.Parse(File.ReadAllText(spec.File))!;
        Assert.Equal(("C# (Lectern)", "C#", "message"), ((string)json["display_name"]!, (string)json["language"]!, (string)json["interrupt_mode"]!));
        Assert.Equal([Checkout.Host, "kernel", "{connection_file}"], json["argv"]!.AsArray().Skip(1).Select(a => (string)a!));
        Assert.True(File.Exists((string)json["argv"]![0]!), "the program that starts it is named by its path");
        // What the lectern script exports for speed, the kernel and the extension have too.
        var script = File.ReadAllText(Path.Combine(Checkout.Root, "lectern"));
        var exported = System.Text.RegularExpressions.Regex.Matches(script, @"(OMP_WAIT_POLICY|OPENBLAS_THREAD_TIMEOUT|MALLOC_\w+|DOTNET_GCgen0size)=\$\{\1:-(\w+)\}");
        Assert.Equal(6, exported.Count);
        Assert.All(exported, one => Assert.Equal(one.Groups[2].Value, (string?)json["env"]![one.Groups[1].Value]));
        var extension = File.ReadAllText(Path.Combine(Checkout.Root, "src", "Lectern.VSCode", "src", "host.ts"));
        Assert.All(exported, one => Assert.Contains($"{one.Groups[1].Value}: '{one.Groups[2].Value}'", extension));
        Assert.All(["plotly.min.js", "logo-32x32.png", "logo-64x64.png"], name => Assert.True(new FileInfo(Path.Combine(spec.Folder, name)).Length > 0));
        Assert.Equal([spec.Folder], Directory.GetFileSystemEntries(Path.GetDirectoryName(spec.Folder)!));
    }

    [Fact]
    public void Registered_again_it_takes_its_own_place()
    {
        spec.Install(force: false);
        File.WriteAllText(Path.Combine(spec.Folder, "old.js"), "");
        spec.Install(force: false);

        Assert.False(File.Exists(Path.Combine(spec.Folder, "old.js")));
        Assert.Equal(Checkout.Host, spec.Host);
    }

    [Fact]
    public void Another_kernel_of_the_name_stays_unless_it_is_forced()
    {
        Directory.CreateDirectory(spec.Folder);
        File.WriteAllText(spec.File, """{"argv": ["dotnet", "interactive"], "display_name": ".NET (C#)"}""");

        var fault = Assert.Throws<InvalidOperationException>(() => spec.Install(force: false));
        Assert.Contains("--force", fault.Message);
        Assert.Throws<InvalidOperationException>(() => spec.Uninstall());
        Assert.Contains("interactive", File.ReadAllText(spec.File));

        spec.Install(force: true);
        Assert.Equal(Checkout.Host, spec.Host);
    }

    [Fact]
    public void It_takes_out_its_own_and_no_others()
    {
        Assert.False(spec.Uninstall());
        spec.Install(force: false);
        var other = Path.Combine(folder.Path, "other.dll");
        File.WriteAllText(other, "");
        var own = File.ReadAllText(spec.File);
        File.WriteAllText(spec.File, own.Replace(Checkout.Host, other));

        Assert.Contains(other, Assert.Throws<InvalidOperationException>(() => spec.Uninstall()).Message);

        File.WriteAllText(spec.File, own);
        Assert.True(spec.Uninstall());
        Assert.False(Directory.Exists(spec.Folder));
        Assert.True(Directory.Exists(Path.GetDirectoryName(spec.Folder)));
    }
}
