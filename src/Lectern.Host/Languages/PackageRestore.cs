using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lectern.Host.Engine;
using Lectern.Host.Running;

namespace Lectern.Host.Languages;

/// <summary>Lets the SDK restore packages, in a project made for it; what it found is kept for the next time.</summary>
/// <param name="folder">The notebook's folder, whose NuGet.Config counts.</param>
/// <param name="cache">Where the answers are kept.</param>
internal sealed partial class PackageRestore(string folder, string cache)
{
    private static readonly TimeSpan NewestIsGoodFor = TimeSpan.FromDays(1);

    /// <summary>The files of packages that agree with one another.</summary>
    /// <param name="requests">The packages.</param>
    /// <param name="sources">Sources beside those that NuGet's configuration names.</param>
    /// <param name="onWait">Told now and then how long it has taken; not told where the answer is known.</param>
    /// <param name="stop">Ends the restore.</param>
    /// <exception cref="CellFailure">The packages cannot be had.</exception>
    public PackageAssets Restore(
        IReadOnlyList<PackageRequest> requests, IReadOnlyList<string> sources, Action<TimeSpan> onWait, CancellationToken stop)
    {
        var project = Project(requests, sources);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16];
        var answer = Path.Combine(cache, $"{name}.json");
        var known = Known(answer);
        var fresh = requests.All(request => !request.Floats)
            || DateTime.UtcNow - File.GetLastWriteTimeUtc(answer) < NewestIsGoodFor;
        if (known is not null && fresh)
        {
            return known;
        }
        var place = Directory.CreateDirectory(Path.Combine(cache, $"{name}.{Environment.ProcessId}"));
        try
        {
            File.WriteAllText(Path.Combine(place.FullName, "packages.csproj"), project);
            var (code, said) = Run(place.FullName, onWait, stop);
            if (code == 0)
            {
                File.Move(Path.Combine(place.FullName, "obj", "project.assets.json"), answer, overwrite: true);
                return PackageAssets.Read(answer);
            }
            // Without a network, yesterday's newest version is better than none.
            return known ?? throw Failure(requests, said);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static PackageAssets? Known(string answer)
    {
        try
        {
            return File.Exists(answer) && PackageAssets.Read(answer) is { Exist: true } assets ? assets : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private string Project(IReadOnlyList<PackageRequest> requests, IReadOnlyList<string> sources) => new XElement(
        "Project",
        new XAttribute("Sdk", "Microsoft.NET.Sdk"),
        new XElement(
            "PropertyGroup",
            new XElement("TargetFramework", $"net{Environment.Version.Major}.{Environment.Version.Minor}"),
            new XElement("RuntimeIdentifier", Runtime),
            new XElement("SelfContained", false),
            new XElement("UseAppHost", false),
            new XElement("NuGetAudit", false),
            new XElement("RestoreRootConfigDirectory", folder),
            new XElement("RestoreAdditionalProjectSources", string.Join(';', sources))),
        new XElement(
            "ItemGroup",
            // As in the host: what this framework has need not be had as packages.
            new XElement("FrameworkReference", new XAttribute("Include", "Microsoft.AspNetCore.App")),
            requests.Select(request => new XElement(
                "PackageReference", new XAttribute("Include", request.Name), new XAttribute("Version", request.Version))))).ToString();

    // The names of a distribution (debian.12-x64) are not those that packages use.
    private static string Runtime
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win"
                : OperatingSystem.IsMacOS() ? "osx"
                : RuntimeInformation.RuntimeIdentifier is var name && (name.Contains("musl") || name.StartsWith("alpine")) ? "linux-musl"
                : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    private static (int Code, string Said) Run(string place, Action<TimeSpan> onWait, CancellationToken stop)
    {
        var start = LessonProcess.Dotnet(
        [
            "restore", "packages.csproj", "-nodeReuse:false", "-v:quiet", "-nologo", "-tl:off",
            // Nothing that lies above the cache has a say.
            "-p:ImportDirectoryBuildProps=false", "-p:ImportDirectoryBuildTargets=false", "-p:ImportDirectoryPackagesProps=false",
        ]);
        start.WorkingDirectory = place;
        // Set where this process was itself started by an SDK, whose MSBuild need not be the one that restores.
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new CellFailure(
                "NoSdk", $"#r \"nuget: …\" needs the .NET SDK's command 'dotnet', which cannot be started: {fault.Message}");
        }
        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var watch = Stopwatch.StartNew();
            try
            {
                while (!process.WaitForExit(TimeSpan.FromMilliseconds(200)))
                {
                    stop.ThrowIfCancellationRequested();
                    onWait(watch.Elapsed);
                }
            }
            catch
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return (process.ExitCode, output.Result + errors.Result);
        }
    }

    private static CellFailure Failure(IReadOnlyList<PackageRequest> requests, string said)
    {
        var errors = Error().Matches(said).Select(match => (Code: match.Groups[1].Value, Text: match.Groups[2].Value.Trim()))
            .Distinct().ToList();
        var asked = string.Join(", ", requests.Select(request => $"#r \"nuget: {request}\""));
        if (errors.Count == 0)
        {
            return new CellFailure("PackageRestoreFailed", $"{asked}: the SDK's restore failed.\n{said.Trim()}");
        }
        var (name, remedy) = errors.Any(e => e.Code is "NU1301" or "NU1801")
                ? ("PackageSourceUnreachable", "Is there a network? A package that was restored here before needs none, if its version is written out. " +
                    "#i \"nuget: FOLDER\" names a folder of packages.")
            : errors.Any(e => e.Code == "NU1101")
                ? ("PackageNotFound", "Is the name spelled as the source spells it? #i \"nuget: SOURCE\" names another source, an address or a folder.")
            : errors.Any(e => e.Code is "NU1102" or "NU1103")
                ? ("PackageVersionNotFound", "Leave the version out for the newest, or name one that the source has.")
            : errors.Any(e => e.Code is "NU1107" or "NU1605" or "NU1608")
                ? ("PackageVersionConflict", "Name one version of the package that the others agree with, in the first cell.")
            : ("PackageRestoreFailed", "");
        return new CellFailure(new CellError(
            name,
            $"{asked}: {errors[0].Text}",
            [$"{asked} cannot be had:", .. errors.Select(e => $"    {e.Code}: {e.Text}"), .. remedy.Length > 0 ? [remedy] : Array.Empty<string>()]));
    }

    [GeneratedRegex(@"error (NU\d+): (.*?)(?: \[[^\[]*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
