using System.Diagnostics;
using System.Text.RegularExpressions;
using Lectern.Host.Running;
using Lectern.Host.Tests.Setup;

namespace Lectern.Host.Tests.Commands;

/// <summary>The library as a package: README's application, in a folder that knows nothing of the kit.</summary>
public sealed partial class PackageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact, Trait("Length", "long")]
    public async Task A_fresh_project_outside_of_the_kit_references_the_package_and_trains()
    {
        var packages = Path.Combine(folder.Path, "packages");
        var bridge = typeof(TorchSharp.torch).Assembly.GetName().Name == "Lectern.Torch";
        foreach (var project in bridge ? new[] { "Torch", "Lectern" } : ["Lectern"])
        {
            await DotnetAsync(Checkout.Root, "pack", $"src/{project}", "-c", "Release", "--no-build", "-o", packages, "-nodeReuse:false");
        }
        var readme = File.ReadAllText(Path.Combine(Checkout.Root, "README.md")).ReplaceLineEndings("\n");
        var program = Program().Match(readme[readme.IndexOf("## From notebook to application", StringComparison.Ordinal)..]).Groups[1].Value;
        var application = Directory.CreateDirectory(Path.Combine(folder.Path, "club")).FullName;
        File.WriteAllText(Path.Combine(application, "Program.cs"), program);
        // As `dotnet new console` and `dotnet add package` leave it; and offline: the packed ones, and what the kit was built from.
        File.WriteAllText(Path.Combine(application, "club.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <RestoreSources>{packages}</RestoreSources>
                <RestorePackagesPath>{Path.Combine(folder.Path, "restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{Restored}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Lectern" Version="0.1.0" />
              </ItemGroup>
            </Project>
            """);
        await DotnetAsync(application, "build", "-c", "Release", "-nodeReuse:false");
        var said = await DotnetAsync(application, "bin/Release/net10.0/club.dll");
        Assert.InRange(int.Parse(Percent().Match(said).Groups[1].Value), 75, 100);
    }

    private static string Restored => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<string> DotnetAsync(string at, params string[] arguments)
    {
        var start = LessonProcess.Dotnet(arguments);
        (start.WorkingDirectory, start.RedirectStandardOutput) = (at, true);
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("LECTERN_ROOT");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)} ended with code {process.ExitCode}:\n{output}");
        return output;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Program();

    [GeneratedRegex("(\\d+) % of the members are sorted rightly")]
    private static partial Regex Percent();
}
