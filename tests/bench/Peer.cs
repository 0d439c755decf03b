using System.Diagnostics;
using System.Globalization;

namespace Lectern.Bench;

/// <summary>
/// The same work in Python's PyTorch: the scripts under peers/, which print a line "NAME SECONDS" a measurement. Where there
/// is no Python with torch, all is absent.
/// </summary>
internal static class Peer
{
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];
    private static readonly Lazy<(string? Python, string Description)> Found = new(Find);

    /// <summary>Which Python is the peer, or why there is none.</summary>
    internal static string Description => Found.Value.Description;

    /// <summary>Runs a peer script; null where there is no peer, or it failed and said why.</summary>
    internal static IReadOnlyDictionary<string, double>? Run(string script, params string[] arguments) =>
        Found.Value.Python is { } python ? Run(python, script, arguments) : null;

    /// <summary>Runs a peer script with a Python that has a module; null where there is none, or it failed and said why.</summary>
    internal static IReadOnlyDictionary<string, double>? RunWith(string module, string script, params string[] arguments) =>
        Pythons.FirstOrDefault(python => Start(python, ["-c", $"import {module}"], out _)) is { } python ? Run(python, script, arguments) : null;

    private static Dictionary<string, double>? Run(string python, string script, string[] arguments)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "peers", script);
        if (!Start(python, [file, get_num_threads().ToString(CultureInfo.InvariantCulture), .. arguments], out string output))
        {
            Console.Error.WriteLine($"{script} failed: {output.Trim()}");
            return null;
        }
        var times = new Dictionary<string, double>();
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int blank = line.LastIndexOf(' ');
            times[line[..blank]] = double.Parse(line[(blank + 1)..], CultureInfo.InvariantCulture);
        }
        return times;
    }

    /// <summary>The time of one measurement, or null where it is absent.</summary>
    internal static double? Of(this IReadOnlyDictionary<string, double>? times, string name) =>
        times is not null && times.TryGetValue(name, out double seconds) ? seconds : null;

    private static (string?, string) Find()
    {
        foreach (string python in Pythons)
            if (Start(python, ["-c", "import torch; print(torch.__version__)"], out string version))
                return (python, $"the peer is Python's PyTorch {version.Trim()} with as many threads");
        return (null, "no Python with PyTorch here (Debian: apt install python3-torch), so the peers are absent");
    }

    /// <summary>Runs a program to its end; whether it went well, and what it printed.</summary>
    internal static bool Start(string program, IEnumerable<string> arguments, out string output)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) output = errors.Result;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            output = error.Message;
            return false;
        }
    }
}
