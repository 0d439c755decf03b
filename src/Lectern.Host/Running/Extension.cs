using System.Diagnostics;
using Lectern.Host.Commands;

namespace Lectern.Host.Running;

/// <summary>The VS Code extension: builds its package, and puts it into the editors that are here.</summary>
internal static class Extension
{
    /// <summary>The package, which an editor can also be given by hand.</summary>
    public static string Package => Path.Combine(Checkout.Root, "artifacts", "vscode", "lectern.vsix");

    /// <summary>npm, or null.</summary>
    public static string? Npm => Checkout.FindProgram(OperatingSystem.IsWindows() ? "npm.cmd" : "npm");

    private static string Sources => Path.Combine(Checkout.Root, "src", "Lectern.VSCode");

    /// <summary>The programs of editors that take VS Code's extensions.</summary>
    public static IEnumerable<string> Editors => new[] { "code", "code-insiders", "codium", "code-server" }
        .Select(name => Checkout.FindProgram(name, $"{name}.cmd")).OfType<string>();

    /// <summary>Builds the package, where the sources are newer than it.</summary>
    /// <exception cref="InvalidOperationException">npm is missing, or the sources do not build.</exception>
    /// <exception cref="IOException">npm could not install the packages that it is built with.</exception>
    public static async Task BuildAsync(CancellationToken stop)
    {
        var newest = Directory.EnumerateFiles(Sources, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Sources, file).StartsWith("node_modules", StringComparison.Ordinal))
            .Max(File.GetLastWriteTimeUtc);
        if (File.Exists(Package) && File.GetLastWriteTimeUtc(Package) >= newest)
        {
            return;
        }
        var npm = Npm ?? throw new InvalidOperationException(
            "The extension is built by npm, which is not on the PATH. Debian, Ubuntu: sudo apt-get install nodejs npm; elsewhere: nodejs.org. "
            + $"Where someone has built it, {Checkout.Relative(Package)} can be copied from there.");
        if (await RunAsync("ci", "--no-audit", "--no-fund") != 0)
        {
            throw new IOException("npm could not install what the extension is built with; what it said is above. Is there a network?");
        }
        if (await RunAsync("run", "package") != 0)
        {
            throw new InvalidOperationException("npm run package failed; what it said is above.");
        }

        Task<int> RunAsync(params string[] arguments)
        {
            Console.Error.WriteLine($"npm {string.Join(' ', arguments)} (in {Checkout.Relative(Sources)})");
            return ProjectCommand.StartAsync(new ProcessStartInfo(npm, arguments) { WorkingDirectory = Sources }, stop);
        }
    }
}
