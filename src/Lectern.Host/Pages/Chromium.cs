using Lectern.Host.Running;

namespace Lectern.Host.Pages;

/// <summary>Where the machine's Chromium is, or a browser made from it.</summary>
internal static class Chromium
{
    private static readonly string[] Names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"];

    /// <summary>What to do where there is none.</summary>
    public static string Missing => Named is { } path
        ? $"LECTERN_CHROMIUM is '{path}', which is no file. It is to name Chromium, Chrome or Edge; without it they are looked for."
        : "Pictures of figures are drawn by Chromium, and there is none on the PATH. On Debian and Ubuntu: apt-get install " +
          "chromium; elsewhere Chrome or Edge will do, and LECTERN_CHROMIUM can name the program.";

    private static string? Named => Environment.GetEnvironmentVariable("LECTERN_CHROMIUM") is { Length: > 0 } path ? path : null;

    /// <summary>The program that LECTERN_CHROMIUM names, else the first that is found; null where there is none.</summary>
    public static string? Find() => Named is { } path
        ? File.Exists(path) ? Path.GetFullPath(path) : null
        : Checkout.FindProgram(Names) ?? Places().FirstOrDefault(File.Exists);

    // Where the systems' own installers put it, off the PATH.
    private static IEnumerable<string> Places()
    {
        if (OperatingSystem.IsMacOS())
        {
            return ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
        }
        if (OperatingSystem.IsWindows())
        {
            Environment.SpecialFolder[] roots =
            [
                Environment.SpecialFolder.ProgramFiles, Environment.SpecialFolder.ProgramFilesX86,
                Environment.SpecialFolder.LocalApplicationData,
            ];
            return from root in roots
                   from program in new[] { @"Google\Chrome\Application\chrome.exe", @"Microsoft\Edge\Application\msedge.exe" }
                   select Path.Combine(Environment.GetFolderPath(root), program);
        }
        return ["/usr/bin/chromium", "/snap/bin/chromium", "/usr/lib/chromium/chromium"];
    }
}
