using System.IO.Compression;
using System.Runtime.InteropServices;
using Lectern.Host.Engine;
using Lectern.Host.Languages;
using Lectern.Host.Tests.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Host.Tests.Languages;

/// <summary><c>#r "nuget: …"</c> and its kin, with a feed of the test's own in place of a network.</summary>
[Collection("sessions")]
public sealed class PackagesTests : IDisposable
{
    // What was loaded has to stay where it is as long as the process runs: F# looks at all that is loaded.
    private static readonly DirectoryInfo All = Directory.CreateTempSubdirectory("lectern packages ");

    private readonly DirectoryInfo folder = All.CreateSubdirectory(Guid.NewGuid().ToString("N"));
    private readonly string? cache = Environment.GetEnvironmentVariable("LECTERN_CACHE");

    static PackagesTests() => AppDomain.CurrentDomain.ProcessExit += (_, _) => All.Delete(recursive: true);

    public PackagesTests()
    {
        Environment.SetEnvironmentVariable("LECTERN_CACHE", Path.Combine(folder.FullName, "cache"));
        Feed.Create();
        // Only the test's feed, so that what a test finds does not depend on the network.
        File.WriteAllText(Path.Combine(folder.FullName, "NuGet.Config"), """
            <configuration>
              <config><add key="globalPackagesFolder" value="store" /></config>
              <packageSources><clear /><add key="test-feed" value="feed" /></packageSources>
            </configuration>
            """);
    }

    private DirectoryInfo Feed => new(Path.Combine(folder.FullName, "feed"));

    public void Dispose() => Environment.SetEnvironmentVariable("LECTERN_CACHE", cache);

    [Fact]
    public async Task A_package_is_installed_with_what_it_needs_and_says_so()
    {
        Pack("Lectern.Test.Base", "1.2.0", "namespace BaseOfA; public static class Number { public static int Seven => 7; }");
        Pack("Lectern.Test.Top", "2.0.0", "namespace TopOfA; public static class Sum { public static int Of(int a) => a + 1; }", ("Lectern.Test.Base", "1.2.0"));
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"nuget: Lectern.Test.Top, 2.0.0\"\nTopOfA.Sum.Of(BaseOfA.Number.Seven)");
        Assert.Null(result.Error);
        Assert.Equal(8, result.Value);
        Assert.StartsWith("Installed Lectern.Test.Top, 2.0.0\n", book.Plain, StringComparison.Ordinal);

        result = await book.Run("#r \"nuget: Lectern.Test.Top, 2.0.0\"\nTopOfA.Sum.Of(1)");
        Assert.Equal(2, result.Value);
        Assert.Single(book.Last);

        // The other language sees the same type.
        await book.Run("var seven = BaseOfA.Number.Seven;");
        Assert.Equal(8, (await book.Run("#!fsharp\nTopOfA.Sum.Of BaseOfA.Number.Seven")).Value);
        Assert.Contains((await book.Session.Services.CompleteAsync(new Draft("TopOfA."), 7, default)).Items, item => item.Text == "Sum");
    }

    [Fact]
    public async Task Several_packages_stand_in_one_cell_after_code_too_and_the_newest_is_taken_where_no_version_is_named()
    {
        Pack("Lectern.Test.One", "1.0.0", "public static class OneOfB { public static int Is => 1; }");
        Pack("Lectern.Test.One", "1.5.0", "public static class OneOfB { public static int Is => 15; }");
        Pack("Lectern.Test.Two", "1.0.0", "public static class TwoOfB { public static int Is => 2; }");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#!fsharp\n#r \"nuget: Lectern.Test.One\"\nlet one = OneOfB.Is\n#!csharp\nvar x = 1;\n#r \"nuget:Lectern.Test.Two,1.0.0\"\nOneOfB.Is + TwoOfB.Is");
        Assert.Null(result.Error);
        Assert.Equal(17, result.Value);
        Assert.Contains("Lectern.Test.One, 1.5.0", book.Plain);
    }

    [Fact]
    public async Task What_was_restored_once_needs_no_source_again()
    {
        Pack("Lectern.Test.Kept", "1.0.0", "public static class KeptOfC { public static int Is => 3; }");
        using (var first = new Cells(folder.FullName))
        {
            Assert.Equal(3, (await first.Run("#r \"nuget: Lectern.Test.Kept, 1.0.0\"\nKeptOfC.Is")).Value);
        }
        Feed.Delete(recursive: true);
        using var second = new Cells(folder.FullName);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(3, (await second.Run("#r \"nuget: Lectern.Test.Kept, 1.0.0\"\nKeptOfC.Is")).Value);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 3);     // nothing was started
        Feed.Create();
    }

    [Fact]
    public async Task A_package_of_the_machines_cache_needs_no_network()
    {
        var store = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(store, "plotly.blazor", "7.2.0")), $"Plotly.Blazor, which the host takes its script from, is not in {store}.");
        File.WriteAllText(Path.Combine(folder.FullName, "NuGet.Config"), "<configuration><packageSources><clear /></packageSources></configuration>");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"nuget: Plotly.Blazor, 7.2.0\"\ntypeof(Plotly.Blazor.PlotlyChart).Name");
        Assert.SkipWhen(result.Error?.Name is "PackageNotFound" or "PackageRestoreFailed", "What that package needs is not all cached.");
        Assert.Equal("PlotlyChart", result.Value);
    }

    [Fact]
    public async Task A_package_that_does_not_exist_is_named_with_sources_and_remedy_and_the_session_lives_on()
    {
        using var book = new Cells(folder.FullName);
        await book.Run("var kept = 4;");
        var result = await book.Run("#r \"nuget: Lectern.Test.Nowhere, 9.9.9\"\nkept = 5;");
        Assert.Equal("PackageNotFound", result.Error!.Name);
        var said = string.Join('\n', result.Error.Traceback);
        Assert.Contains("Lectern.Test.Nowhere, 9.9.9", said);
        Assert.Contains("test-feed", said);
        Assert.Contains("#i \"nuget: SOURCE\"", said);
        Assert.Equal(4, (await book.Run("kept")).Value);
    }

    [Fact]
    public async Task A_version_that_does_not_exist_is_named_with_its_source()
    {
        Pack("Lectern.Test.Old", "1.0.0", "public static class OldOfD { }");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"nuget: Lectern.Test.Old, 7.0.0\"");
        Assert.Equal("PackageVersionNotFound", result.Error!.Name);
        Assert.Contains("Found 1 version(s) in test-feed", string.Join('\n', result.Error.Traceback));
    }

    [Fact]
    public async Task A_source_that_cannot_be_reached_is_named()
    {
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#i \"nuget: https://localhost:9/v3/index.json\"\n#r \"nuget: Lectern.Test.Nowhere\"");
        Assert.Equal("PackageSourceUnreachable", result.Error!.Name);
        Assert.Contains("localhost:9", string.Join('\n', result.Error.Traceback));
    }

    [Fact]
    public async Task A_real_name_that_nobody_uses_fails_as_well_on_the_public_feed()
    {
        File.Delete(Path.Combine(folder.FullName, "NuGet.Config"));
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"nuget: Lectern.No.Such.Package.At.All\"");
        Assert.SkipWhen(result.Error?.Name == "PackageSourceUnreachable", "no network");
        Assert.Equal("PackageNotFound", result.Error?.Name);
        Assert.Equal(2, (await book.Run("1 + 1")).Value);
    }

    [Fact]
    public async Task A_further_source_is_a_folder_relative_to_the_notebook()
    {
        Pack("Lectern.Test.Aside", "1.0.0", "public static class AsideOfE { public static int Is => 6; }", to: "aside");
        using var book = new Cells(folder.FullName);
        Assert.Equal("PackageNotFound", (await book.Run("#r \"nuget: Lectern.Test.Aside, 1.0.0\"")).Error?.Name);
        Assert.Equal(6, (await book.Run("#i \"nuget: aside\"\n#r \"nuget: Lectern.Test.Aside, 1.0.0\"\nAsideOfE.Is")).Value);
    }

    [Fact]
    public async Task A_package_brings_its_native_library()
    {
        var native = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so");
        Assert.SkipUnless(File.Exists(native) && RuntimeInformation.ProcessArchitecture == Architecture.X64, "made for Linux on x64");
        Pack(
            "Lectern.Test.Native", "1.0.0",
            """
            using System.Runtime.InteropServices;
            public static class NativeOfF { [DllImport("lectern_test_native", EntryPoint = "SystemNative_GetPid")] public static extern int Id(); }
            """,
            files: [("runtimes/linux-x64/native/liblectern_test_native.so", native)]);
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"nuget: Lectern.Test.Native, 1.0.0\"\nNativeOfF.Id()");
        Assert.Null(result.Error);
        Assert.Equal(Environment.ProcessId, result.Value);
    }

    [Fact]
    public async Task A_version_other_than_the_loaded_one_asks_for_a_restart()
    {
        Pack("Lectern.Test.Moves", "1.0.0", "public static class MovesOfG { public static int Is => 1; }");
        Pack("Lectern.Test.Moves", "2.0.0", "public static class MovesOfG { public static int Is => 2; }");
        using var book = new Cells(folder.FullName);
        await book.Run("#r \"nuget: Lectern.Test.Moves, 1.0.0\"");
        var result = await book.Run("#r \"nuget: Lectern.Test.Moves, 2.0.0\"");
        Assert.Equal("PackageVersionConflict", result.Error?.Name);
        Assert.Contains("Restart", result.Error!.Message);
        Assert.Equal(1, (await book.Run("MovesOfG.Is")).Value);
    }

    [Fact]
    public async Task A_loaded_file_may_ask_for_packages_too()
    {
        Pack("Lectern.Test.Inner", "1.0.0", "public static class InnerOfH { public static int Is => 8; }");
        File.WriteAllText(Path.Combine(folder.FullName, "inner.csx"), "#r \"nuget: Lectern.Test.Inner, 1.0.0\"\nvar inner = InnerOfH.Is;");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#load \"inner.csx\"\ninner");
        Assert.Null(result.Error);
        Assert.Equal(8, result.Value);
    }

    [Fact]
    public async Task What_the_kit_is_made_of_is_not_installed_again()
    {
        using var book = new Cells(folder.FullName);
        Assert.Null((await book.Run("#r \"nuget: TorchSharp-cpu\"\nTorchSharp.torch.zeros(2).shape[0]")).Error);
        Assert.Contains("TorchSharp-cpu is built in.", book.Plain);
    }

    [Theory]
    [InlineData("#r \"nuget:\"")]
    [InlineData("#r \"nuget: two words\"")]
    [InlineData("#i \"https://localhost/\"")]
    public async Task A_directive_that_says_nothing_is_explained(string code)
    {
        using var book = new Cells(folder.FullName);
        Assert.Equal("BadDirective", (await book.Run(code)).Error?.Name);
    }

    [Fact]
    public async Task A_folder_of_assemblies_is_referenced_whole()
    {
        var lib = folder.CreateSubdirectory("my lib");
        Compile("OneOfI", "public static class OneOfI { public static int Is => 10; }", Path.Combine(lib.FullName, "OneOfI.dll"));
        Compile("TwoOfI", "public static class TwoOfI { public static int Is => 20; }", Path.Combine(lib.FullName, "TwoOfI.dll"));
        File.WriteAllText(Path.Combine(lib.FullName, "no.dll"), "not an assembly");
        using var book = new Cells(folder.FullName);
        var result = await book.Run("#r \"my lib\"\nOneOfI.Is + TwoOfI.Is");
        Assert.Null(result.Error);
        Assert.Equal(30, result.Value);
    }

    [Fact]
    public async Task An_install_can_be_interrupted()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();       // accepts, and never answers
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var book = new Cells(folder.FullName);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        var run = book.Run($"#i \"nuget: http://localhost:{port}/index.json\"\n#r \"nuget: Lectern.Test.Hangs\"", null, stop.Token);
        var result = await run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.SkipWhen(result.Error?.Name is "PackageSourceUnreachable" or "PackageRestoreFailed", "NuGet refuses plain http here");
        Assert.Equal(CellError.Interrupted, result.Error?.Name);
        Assert.Equal(2, (await book.Run("1 + 1")).Value);
    }

    private static void Compile(string name, string code, string path)
    {
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(code)], KitReferences.References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.True(compilation.Emit(path).Success);
    }

    private void Pack(
        string name, string version, string code, (string Name, string Version)? needs = null, string to = "feed",
        params (string Entry, string File)[] files)
    {
        var library = Path.Combine(folder.FullName, $"{name}.dll");
        Compile(name, code, library);
        var feed = folder.CreateSubdirectory(to);
        using var package = ZipFile.Open(Path.Combine(feed.FullName, $"{name}.{version}.nupkg"), ZipArchiveMode.Create);
        package.CreateEntryFromFile(library, $"lib/net10.0/{name}.dll");
        foreach (var (entry, file) in files)
        {
            package.CreateEntryFromFile(file, entry);
        }
        using var nuspec = new StreamWriter(package.CreateEntry($"{name}.nuspec").Open());
        nuspec.Write($"""
            <package><metadata>
              <id>{name}</id><version>{version}</version><authors>test</authors><description>test</description>
              <dependencies><group targetFramework="net10.0">{(needs is var (n, v) ? $"<dependency id=\"{n}\" version=\"{v}\" />" : "")}</group></dependencies>
            </metadata></package>
            """);
    }
}
